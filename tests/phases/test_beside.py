"""What a sign-off says of each value: what changed on the way."""

from __future__ import annotations

from typing import Any

import pytest

from nrpd.loader.plans.records import Wanted
from nrpd.mapping.transform import Built
from nrpd.phases.beside import KEPT, NO_ORGANIZATION, NOT_MOVED, changed
from nrpd.pipedrive.records import MappingRow, Target

HOURS = "the time of day is left out"


def _row(field: str, transform: str, type_: str) -> MappingRow:
    target = Target("person", field, type_, new=False)
    return MappingRow("contacts", "Column", "column", 1.0, "text", target, transform, 1.0, "")


TITLE, DAY = _row("Title", "text", "varchar"), _row("Opt-in Date", "date", "date")
REGION, FIRM = _row("Region", "option", "enum"), _row("org_id", "organization", "org")
PLAIN = Built()


@pytest.mark.parametrize(
    ("row", "text", "built", "wanted", "stands", "says"),
    [
        (TITLE, "CFO", PLAIN, "CFO", "CFO", ""),
        (_row("Lead Score", "integer", "double"), "57", PLAIN, 57, 57, ""),
        (DAY, "09/04/2024", PLAIN, "2024-09-04", "2024-09-04", "the date as written, without a time of day"),
        (DAY, "09/04/2024 10:00", Built(losses=[("column", "", HOURS)]), "2024-09-04", "2024-09-04", HOURS),
        (DAY, "09/04/2024", Built(losses=[("other", "", HOURS)]), "2024-09-04", "2024-09-04",
         "the date as written, without a time of day"),
        (DAY, "soon", Built(unfit=[("column", "soon", "no date")]), None, None, f"{NOT_MOVED}: no date"),
        (TITLE, "CFO", Built(unfit=[("column", "CFO", "too long")]), None, "CEO", f"{NOT_MOVED}: too long"),
        (REGION, "EMEA", PLAIN, "EMEA", "APAC", KEPT),
        (REGION, "EMEA", PLAIN, "EMEA", None, NOT_MOVED),
        (FIRM, "2000", PLAIN, None, None, NO_ORGANIZATION),
        (FIRM, "2000", PLAIN, 7, 7, "the organization of this id or name"),
        (_row("emails", "email", "emails"), "a@b.example", PLAIN, ({"value": "a@b.example", "primary": True},),
         ({"value": "old@b.example", "primary": True}, {"value": "a@b.example", "primary": False}),
         "e-mail addresses, the first one primary"),
    ],
)  # fmt: skip
def test_what_changed_on_the_way(row: MappingRow, text: str, built: Built, wanted: Any, stands: Any, says: str) -> None:
    values = {} if wanted is None else {row.target.field: wanted}
    assert changed(row, text, built, Wanted("person", "1", values), stands, stands) == says
