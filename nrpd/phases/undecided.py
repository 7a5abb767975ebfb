"""What a later export brings that nobody decided on: columns that are not in the map, owners that
03_owners did not know. It is shown at the gate of the cutover, and confirmed with it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from nrpd.matching.owners import OwnerDecision
from nrpd.netresults.records import SourceField

Line = dict[str, Any]
"""A row of `reports/conflicts`."""

NOT_MAPPED = (
    "a column that came with the later export: it is not in the map, and is not moved. To move it, make that export "
    "source.export and run 01_discovery once more with --restart-phase"
)
NOT_ASKED = "an owner that came with the later export: nobody decided who it is, so the default owner has the record"


def new_columns(base: Iterable[SourceField], later: Iterable[SourceField]) -> list[Line]:
    """Columns with values that no export before had."""
    known = {(field.object, field.column) for field in base}
    return [
        _line(f.object, f.header, f"{f.filled} values, such as {f.samples[0] if f.samples else ''}", NOT_MAPPED)
        for f in later
        if not f.known and f.filled and (f.object, f.column) not in known
    ]


def new_owners(decisions: Iterable[OwnerDecision], known: Collection[str]) -> list[Line]:
    """Owners of records that nobody has decided on. `decisions`: those of all owners, the later export's too; `known`:
    keys of those that 03_owners saw."""
    return [
        _line("owners", "owner_id", f"{d.email or d.key} ({sum(d.counts.values())} records)", NOT_ASKED)
        for d in decisions
        if d.key and not d.settled and d.key not in known
    ]


def _line(object_: str, field: str, value: str, why: str) -> Line:
    return {"object": object_, "source_id": "", "record": "", "field": field, "source_value": value,
            "account_value": "", "why": why}  # fmt: skip
