"""What each phase worked on, as a digest: a phase whose input has changed since is not complete any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nrpd.journal import digest
from nrpd.mapping import sheet
from nrpd.netresults.staging import load_staged
from nrpd.phases.source import erased_hashes, stage_delta

if TYPE_CHECKING:
    from nrpd.phases.session import Session

BASE_ONLY = ("01_discovery", "02_mapping", "03_owners", "05_suppression")
WITH_DELTA = ("11_cutover", "12_handover")


def inputs_of(session: Session, phase: str) -> str:
    """The digest of the staged source, of the map where the phase follows it, and of the delta where it moves it."""
    folder = session.workspace.staged / "base"
    parts = [load_staged(folder).digest if (folder / "staged.json").is_file() else ""]
    if phase == "01_discovery" and (erased := erased_hashes(session.parameters.source)):
        # Who is erased afterwards must leave the staged source before anything more is written.
        parts += sorted(erased)
    path = session.workspace.decisions / "mapping.yaml"
    if phase not in BASE_ONLY and path.is_file():
        parts.append(sheet.digest(sheet.read_yaml(path)))
    if phase in WITH_DELTA and parts[0]:
        delta = stage_delta(session.parameters, session.workspace)
        parts.append("" if delta is None else delta[0].digest)
    return digest(parts)


def is_complete(session: Session, phase: str) -> bool:
    """Whether a phase was completed on what is there now."""
    done = session.journal.completed(phase)
    return done is not None and done.inputs == inputs_of(session, phase)
