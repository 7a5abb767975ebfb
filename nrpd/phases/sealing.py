"""Closes a run: its index page and manifest, and the head of the chain into the journal."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from nrpd import evidence
from nrpd.errors import BadInput
from nrpd.gates import PHASES
from nrpd.loader.recovery import in_words
from nrpd.netresults.staging import load_staged
from nrpd.phases import figures, preflight, spending
from nrpd.phases.session import Session


def seal_run(session: Session, folder: Path, executed: Sequence[str], result: str) -> tuple[str, Path]:
    """Seals a run folder. Returns the head of the chain and the path of the index page."""
    for name in ("reports", "deliverables", "html"):
        (folder / name).mkdir(exist_ok=True, mode=0o700)
    without_answer = in_words(figures.write_unknown_outcomes(session.journal, folder / "reports"))
    phases, gates = figures.strip_of(session)
    spent = spending.beside(session)
    phases = [_with_spending(line, spent[line.phase]) if line.phase in spent else line for line in phases]
    previous = evidence.newest(session.workspace.folder)
    made = {}
    for phase in PHASES:
        done = session.journal.completed(phase)
        if done is not None:
            made[phase] = json.loads(done.figures).get("objects", {})
    destination = session.parameters.destination
    summary = evidence.IndexSummary(
        session.parameters.customer, _in_a_sentence(result, made), destination=destination.base_url or "sandbox",
        plan=f"{destination.plan}, {destination.seats} seats", figures=made, phases=phases, gates=gates,
        runs=_before(session, folder), done=tuple(executed),
        sentences=[
            *([f"{without_answer} Each is listed in reports/unknown_outcomes.csv."] if without_answer else ()),
            *([f"Counts of the account are {note}."] if (note := preflight.noted(session.journal)) else ()),
        ],
        good=result == "complete" or (None if result.startswith("done so far") else False),
    )  # fmt: skip
    head = evidence.seal(
        folder, customer_folder=session.workspace.folder, inputs=input_hashes(session),
        journal=session.journal.run_digest(folder.name), summary=summary,
        previous_head=previous.head if previous else None,
    )  # fmt: skip
    session.journal.add_head(folder.name, head)
    return head, folder / "html" / "index.html"


def _with_spending(line: evidence.PhaseLine, spent: dict[str, int]) -> evidence.PhaseLine:
    return replace(
        line, tokens=spent["tokens"], requests=spent["requests"], estimated_tokens=spent["estimated_tokens"],
        estimated_requests=spent["estimated_requests"],
    )  # fmt: skip


def _in_a_sentence(result: str, made: Mapping[str, Mapping[str, Any]]) -> str:
    """How the migration stands, for somebody who reads nothing else."""
    lines = [line for objects in made.values() for line in objects.values()]
    compared, different = (sum(line[name] for line in lines) for name in ("fields_compared", "fields_different"))
    counted = f"{compared:,} values were compared with the account, and {different or 'none'} differ."
    if result == "complete":
        return f"Complete: {len(made)} of {len(PHASES)} phases are done; {counted}"
    if result.startswith("done so far"):
        return f"Not finished yet: {len(made)} of {len(PHASES)} phases are done; {counted}"
    return result.splitlines()[0]


def _before(session: Session, folder: Path) -> list[evidence.ChainLine]:
    """The runs that were sealed before this one."""
    return [
        evidence.ChainLine(
            s.run, tuple(sorted(path.removesuffix(".ipynb") for path in s.content["files"] if path.endswith(".ipynb"))),
            str(s.content.get("result", "")), str(s.content.get("created", "")), s.head,
        )
        for s in evidence.chain(session.workspace.folder) if s.run != folder.name
    ]  # fmt: skip


def input_hashes(session: Session) -> dict[str, str]:
    """Path of each input file → SHA-256, for base and delta."""
    found: dict[str, str] = {}
    for name in ("base", "delta", "again"):
        try:
            staged = load_staged(session.workspace.staged / name)
        except BadInput:
            continue
        found |= {f"{name}/{path}": sha for path, sha in staged.inputs.items()}
    return found
