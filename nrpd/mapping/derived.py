"""Fields that nrpd fills from no single column: source id, suppression, sums of sends, the list of campaigns.

04_schema creates those that a customer's source gives reason for (design.md, "Destination rules").
"""

from __future__ import annotations

from collections.abc import Sequence

from nrpd.mapping.convert import CONVERTERS
from nrpd.mapping.targets import Names
from nrpd.mapping.transforms import NOTE
from nrpd.pipedrive.records import SOURCE_ID_FIELD, SUPPRESSION_FIELDS, AccountFacts, MappingRow, Target

SUPPRESSION_TYPES = ("text", "varchar", "date")
"""Of SUPPRESSION_FIELDS, in their order. The status may name many lists, so it is text."""
SUMS = (
    ("Emails Sent", "double"),
    ("Emails Opened", "double"),
    ("Emails Clicked", "double"),
    ("Emails Bounced", "double"),
    ("Last Email Sent", "date"),
)
CAMPAIGNS = ("Campaigns", "text")


def derived(
    account: AccountFacts,
    rows: Sequence[MappingRow] = (),
    *,
    sends: bool = True,
    campaigns: bool = True,
    deals: bool = False,
    longest_id: int = 0,
) -> list[Target]:
    """The derived fields that this account needs, each existing or new (`new`), besides those that `rows` fill.

    `campaigns`: campaign fields go onto organizations; `deals`: onto deals too. `longest_id` as in `propose`.
    """
    names = Names(account)
    made = [row.target for row in rows if row.transform in CONVERTERS and row.transform != NOTE]
    for target in made:
        names.take(target)
    filled = {(target.entity, target.field) for target in made}
    wanted = [("person", SOURCE_ID_FIELD, "text" if longest_id > 255 else "varchar")]
    wanted += [("organization", SOURCE_ID_FIELD, "varchar")]
    wanted += [("person", name, kind) for name, kind in zip(SUPPRESSION_FIELDS, SUPPRESSION_TYPES, strict=True)]
    wanted += [("person", name, kind) for name, kind in SUMS if sends]
    wanted += [(entity, *CAMPAIGNS) for entity in ("organization", *(("deal",) if deals else ())) if campaigns]
    return [names.place(*field)[0] for field in wanted if (field[0], field[1]) not in filled]
