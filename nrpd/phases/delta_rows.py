"""What became of the rows of the later export: each counted once, by what it changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace

from nrpd.journal import RowOutcome
from nrpd.loader.source_view import Tables, row_key
from nrpd.netresults.staged import Staged


def counted_now(outcomes: Iterable[RowOutcome], delta: Tables | None) -> list[RowOutcome]:
    """Of what became of all rows that of the delta's own, also what staging kept out of it; nothing without a delta."""
    if delta is None:
        return []
    rows = {o: {row_key(r) for r in delta.of(o)} for o in delta.rows}
    torn = {(q.object, f"{q.file}:{q.line}") for q in delta.quarantined}
    return [
        row
        for row in outcomes
        if row.row in rows.get(row.object, set())
        or (row.object, row.row) in torn
        or row.row.startswith(("same row", "erased"))
    ]


def as_moved(
    mine: Iterable[RowOutcome], every: Iterable[RowOutcome], repeated: Collection[tuple[str, str]]
) -> list[RowOutcome]:
    """Outcomes of the delta's rows, told by what they changed: one that only says again what the base says is
    unchanged, and one that was folded into a send of the base has that send's outcome."""
    sends: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in every:
        if row.object == "email_sends" and row.source_id and row.outcome in ("created", "updated", "unchanged"):
            sends[row.source_id, row.email].add(row.outcome)
    found = []
    for row in mine:
        said = sends[row.source_id, row.email] if row.object == "email_sends" and row.outcome == "skipped" else ()
        if (row.object, row.row) in repeated and (row.outcome == "created" or said):
            row = replace(row, outcome="unchanged", reason="")
        elif len(said) == 1:
            row = replace(row, outcome=next(iter(said)), reason="")
        found.append(row)
    return found


def of_delta(outcomes: Iterable[RowOutcome], staged: Staged) -> list[RowOutcome]:
    """Of the outcomes of all suppressions those of the later export, each row once, also what staging kept out."""
    mine = {row_key(row) for row in staged.rows("suppressions")}
    mine |= {f"{q.file}:{q.line}" for q in staged.quarantined if q.object == "suppressions"}
    counts = (("same row", staged.same_rows), ("erased", staged.erased_rows))
    unnamed = [
        RowOutcome("suppressions", f"{reason}:{n}", "skipped", reason)
        for reason, numbers in counts
        for n in range(numbers.get("suppressions", 0))
    ]
    return [*(outcome for outcome in outcomes if outcome.row in mine), *unnamed]
