"""What a rehearsal found: what the live run would do and cost, and what would fail. A document, and files of it."""

from __future__ import annotations

import csv
import json
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nrpd import evidence
from nrpd.gates import GATE_AFTER, PHASES
from nrpd.handover import rehearsal as paper
from nrpd.handover import render
from nrpd.journal import Journal
from nrpd.phases.figures import SIMPLE
from nrpd.phases.rehearsal.copying import Copying
from nrpd.phases.rehearsal.made import Rehearsal
from nrpd.pipedrive.ledger import daily_budget
from nrpd.workspace import stamp, write_atomically

COLUMNS = ("phase", "object", "source", *SIMPLE, "skipped", "quarantined", "fields_different", "tokens", "requests")


def write_report(
    session: Copying, made: Rehearsal, executed: Sequence[str], stopped: Mapping[str, Any]
) -> dict[str, Any]:
    """Writes `report.json`, `.md` and `.html`, `outcomes` and the run's own reports; returns the document of `--json`.

    `executed`: the phases that were completed; `stopped`: how the last run ended (`exit_code`, `message`, `gate`).
    """
    reports = _collect(made)
    with Journal(made.workspace.journal_path) as journal:
        phases = _figures(journal, executed)
        gates = _gates(session, journal)
    unfinished = {phase: objects for phase, objects in phases.items() if phase not in executed}
    wanted = session.parameters.destination
    document = {
        "customer": session.parameters.customer, "rehearsal": True, "at": stamp(), "exit_code": stopped["exit_code"],
        "message": stopped["message"], "executed": list(executed), "gate": stopped["gate"],
        "copied": {
            "tokens": made.copied.tokens, "tokens_at_most": made.copied.cost.most, "records": made.copied.records,
        },
        "tokens": made.tokens, "requests": _sum(phases, "requests"), "days": made.days,
        "daily_budget": int(daily_budget(wanted.plan, wanted.seats) * wanted.daily_token_share),
        "plan": wanted.plan, "seats": wanted.seats, "gates": gates,
        "phases": {phase: objects for phase, objects in phases.items() if phase in executed}, "unfinished": unfinished,
        "would_fail": _failing(made, phases, reports, stopped),
        "to_review": _to_review(made, reports), "report": str(made.folder / "report.html"),
    }  # fmt: skip
    write_atomically(made.folder / "report.json", json.dumps(document, indent=1, ensure_ascii=False))
    evidence.write_report(made.folder, "outcomes", _rows(phases), COLUMNS)
    text = paper.build(document)
    write_atomically(made.folder / "report.md", text)
    write_atomically(
        made.folder / "report.html", render.html(text, f"Rehearsal of the migration: {session.parameters.customer}")
    )
    return document


def _collect(made: Rehearsal) -> Path:
    """The reports of the runs, of each the newest."""
    folder = made.folder / "reports"
    folder.mkdir(mode=0o700)
    for run in made.workspace.runs():
        for path in sorted((run / "reports").glob("*")):
            shutil.copyfile(path, folder / path.name)
    return folder


def _figures(journal: Journal, executed: Sequence[str]) -> dict[str, dict[str, dict[str, Any]]]:
    """Phase → object → figures, of the phases that ran; of the one that stopped, as far as it came."""
    newest = journal.phase_states()
    found = {}
    for phase in PHASES:
        row = newest.get(phase)
        if row is not None and (phase in executed or row.state == "failed"):
            figures = json.loads(row.figures or "{}")
            found[phase] = figures.get("objects", figures)
    return {phase: objects for phase, objects in found.items() if objects}


def _sum(phases: Mapping[str, Mapping[str, Mapping[str, Any]]], name: str) -> int:
    return sum(int(line[name]) for objects in phases.values() for line in objects.values())


def _rows(phases: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> list[dict[str, Any]]:
    return [
        {"phase": phase, "object": object_}
        | {key: sum(line[key].values()) if isinstance(line[key], Mapping) else line[key] for key in COLUMNS[2:]}
        for phase, objects in phases.items()
        for object_, line in objects.items()
    ]


def _gates(session: Copying, journal: Journal) -> list[dict[str, Any]]:
    """How each gate stands for the live run, and what there is to decide."""
    found = []
    for gate in GATE_AFTER:
        subject = journal.subject(gate)
        if gate == "rollback" or subject is None:
            continue
        state = session.gates.status(gate)
        decided = state.status == "confirmed"
        found.append(
            {"gate": gate, "status": state.status if not session.gates.automatic else "auto",
             "by": state.by if decided else "", "at": state.at if decided else "",
             "summary": json.loads(subject.summary)}
        )  # fmt: skip
    return found


def _failing(
    made: Rehearsal, phases: Mapping[str, Mapping[str, Mapping[str, Any]]], reports: Path, stopped: Mapping[str, Any]
) -> list[str]:
    found = [str(stopped["message"])] if stopped["message"] else []
    if made.copied.awaited:
        found.append(f"03_owners: waits until these users are in the account: {', '.join(made.copied.awaited)}")
    kept_out = Counter((row["object"], row["reason"]) for row in _csv(reports / "quarantine.csv"))
    found += [f"{object_}: {n:,} quarantined: {reason}" for (object_, reason), n in sorted(kept_out.items())]
    for phase, objects in phases.items():
        for object_, line in objects.items():
            if line["fields_different"]:
                found.append(f"{phase}: {line['fields_different']:,} values of {object_} would differ after the load")
    return found


def _to_review(made: Rehearsal, reports: Path) -> list[str]:
    reasons = Counter((row["object"], _why(row)) for row in _csv(reports / "conflicts.csv"))
    found = [f"{object_}: {n:,} {why}" for (object_, why), n in sorted(reasons.items())]
    if not made.copied.complete:
        found.append("the counts are possibly partial: the token's user may not see every record")
    wanted = made.workspace.parameters.destination
    if made.copied.today.limit != (said := daily_budget(wanted.plan, wanted.seats)):
        found.append(
            f"the account's answers name {made.copied.today.limit:,} tokens a day, plan and seats make {said:,}: "
            "the days are counted with the latter"
        )
    return found


def _why(row: Mapping[str, str]) -> str:
    """What a row of `conflicts` is about, without its own values."""
    if row["field"] == "(match)":
        return "matches to look at: another name, several candidates, or look-alikes"
    if "; not taken" in row["why"]:
        return f"values that were not taken: {row['why'].partition('; not taken')[0]}"
    return f"values of the account that stay: {row['why']}"


def _csv(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))
