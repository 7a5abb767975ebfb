"""One later export after another. Each is laid over the first export, so it must hold what the one before it held."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from nrpd.errors import BadInput
from nrpd.matching.rows import content, digest, text_of
from nrpd.netresults.records import ID_COLUMN, email_key, emails_in
from nrpd.netresults.staged import Staged
from nrpd.phases.source import tables_of

if TYPE_CHECKING:
    from nrpd.phases.step import Step

_LOADED = "later export"


def check(step: Step, delta: tuple[Staged, bool]) -> None:
    """Raises BadInput for an export of changes that lacks what an earlier one brought: values would go back to those
    of the first export, and opt-outs that stood only there would be forgotten."""
    staged, full = delta
    earlier = step.journal.noted(_LOADED)
    if full or not earlier or set(earlier["files"]) <= _files(staged):
        return
    if not earlier["full"] and set(earlier["records"]) <= set(_records(staged)):
        return
    raise BadInput(
        f"11_cutover: {earlier['name']} was loaded before, and this export of changes does not hold all that it held. "
        "What stood only there, opt-outs too, would be lost. Put the files of both into one folder, name that in "
        "source.delta_export, and run again; or take a full export"
    )


def note(step: Step, delta: tuple[Staged, bool]) -> None:
    """Remembers what is loaded now: the hashes of the files, and of an export of changes those of its records."""
    staged, full = delta
    export = step.parameters.source.delta_export
    step.journal.note(
        _LOADED,
        {
            "name": export.path.name if export else "the later export", "full": full, "files": sorted(_files(staged)),
            "records": [] if full else sorted(set(_records(staged))),
        },
    )  # fmt: skip


def _files(staged: Staged) -> set[str]:
    return {file.sha256 for file in staged.files if file.object}


def _records(staged: Staged) -> Iterator[str]:
    """A hash for each record by its id, each opt-out by its address, and what has neither by all that it says."""
    for object_, rows in tables_of(staged).rows.items():
        column = ID_COLUMN.get(object_, "")
        for row in rows:
            if object_ == "suppressions":
                yield from (digest(object_, email_key(address)) for address in emails_in(row.get("email", "")))
            elif column and (identity := text_of(row, column)):
                yield digest(object_, identity)
            else:
                yield digest(object_, *map(str, content(row)))
