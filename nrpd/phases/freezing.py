"""The freeze of the source: what was read after it, and whether two full readings agree that nothing moves any more."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nrpd.errors import BadInput
from nrpd.journal import canonical
from nrpd.netresults.staged import Staged
from nrpd.phases.source import OBJECTS, reading_of
from nrpd.workspace import stamp

if TYPE_CHECKING:
    from nrpd.phases.step import Step

VERIFIED, NOT_VERIFIED = "verified: two full exports after it agree", "not verified"
SUPPRESSING = ("suppressions", "contacts")
"""Objects that tell who must not be mailed."""
_SEEN = "full exports"


def declared(step: Step) -> datetime | None:
    """The freeze time that was declared at the gate, aware; None where there is none. Raises BadInput for no time."""
    text = str(step.gates.answers("cutover").get("freeze", "") or "")
    if not text:
        return None
    try:
        freeze = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise BadInput(
            f"decisions/cutover.yaml: freeze: {text!r} is no time; expected such as 2026-12-04T18:00:00-07:00"
        ) from None
    return freeze if freeze.tzinfo else freeze.replace(tzinfo=step.parameters.source.zone)


def check(step: Step, newest: Staged) -> None:
    """A declared freeze needs a source of suppressions that was taken after it. Raises BadInput where there is none."""
    freeze = declared(step)
    if freeze is None:
        return
    taken = _taken(step, newest, SUPPRESSING)
    if taken is None or taken < freeze:
        folder = _folder(step)
        raise BadInput(
            f"11_cutover: no suppressions of {folder.name if folder else 'the API'} were written after the freeze "
            f"{freeze}; take a suppression export after the freeze, name it in source.delta_export, and run again"
        )


def note(step: Step, full: Staged) -> None:
    """Remembers what a full export said, and when it was taken."""
    taken = _taken(step, full, OBJECTS)
    if taken is None:
        return
    seen: list[dict[str, str]] = step.journal.noted(_SEEN) or []
    at = stamp(taken)
    step.journal.note(_SEEN, [*(line for line in seen if line["taken"] != at), {"taken": at, "said": _content(full)}])


def standing(step: Step) -> str:
    """The freeze in words, and whether it is verified."""
    freeze = declared(step)
    if freeze is None:
        return f"not declared ({NOT_VERIFIED})"
    after = [line for line in step.journal.noted(_SEEN) or [] if datetime.fromisoformat(line["taken"]) >= freeze]
    agreed = max(Counter(line["said"] for line in after).values(), default=0)
    newest = max(after, key=lambda line: line["taken"], default=None)
    verified = agreed > 1 and newest is not None and sum(line["said"] == newest["said"] for line in after) > 1
    return f"{freeze.isoformat()} ({VERIFIED if verified else NOT_VERIFIED})"


def _folder(step: Step) -> Path | None:
    source = step.parameters.source
    return source.delta_export.path if source.delta_export else source.export


def _taken(step: Step, staged: Staged, objects: tuple[str, ...]) -> datetime | None:
    """When the newest file of these objects was written, or the API read; None where neither is known."""
    folder, read = _folder(step), reading_of(step.workspace, "delta")
    times = []
    if folder is not None:
        names = {Path(file.path).name for file in staged.files if file.object in objects}
        files = [p for p in folder.rglob("*") if p.is_file()] if folder.is_dir() else [folder]
        # A zip holds its files' names inside; its own time is when the export was taken.
        times = [p.stat().st_mtime for p in files if p.name in names or p.suffix.lower() == ".zip"]
    if read is not None and (read.says_suppressions or folder is None or objects == OBJECTS):
        times.append(read.began.timestamp())
    return datetime.fromtimestamp(max(times), UTC) if times else None


def _content(staged: Staged) -> str:
    """What an export says, whatever the order of its rows and the names of its files."""
    found: dict[str, Any] = {}
    for object_ in OBJECTS:
        rows = sorted(hashlib.sha256(_said(row).encode()).hexdigest() for row in staged.rows(object_))
        found[object_] = rows
    # A row that cannot be read tells as well that somebody still writes.
    found["kept out"] = sorted(f"{q.object} {q.source_id} {q.email} {q.reason}" for q in staged.quarantined)
    return hashlib.sha256(canonical(found).encode()).hexdigest()


def _said(row: Mapping[str, str]) -> str:
    return canonical({k: v for k, v in row.items() if k not in ("row_file", "row_line")})
