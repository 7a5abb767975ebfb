"""Counts: what became of each source row, in the form that every report and `--json` uses."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from nrpd import evidence, views
from nrpd.gates import GATE_AFTER, PHASES
from nrpd.journal import Journal, UnknownOutcome, unknown_outcomes
from nrpd.loader.recovery import in_words
from nrpd.phases.session import Session
from nrpd.reconcile import Reconciliation, describe

SIMPLE = ("created", "updated", "adopted", "unchanged")
COUNTED = ("tokens", "requests", "rate_limited")
TOTALS = (
    "source", "created", "updated", "adopted", "skipped", "quarantined", "fields_compared", "fields_different",
    "tokens",
)  # fmt: skip
COUNTED_IN = (
    "01_discovery", "07_organizations", "08_persons", "09_activities", "10_suppression_pass", "12_handover",
)  # fmt: skip
"""The phase that speaks for an object in the closing table is the last of these that has it."""


def blank() -> dict[str, Any]:
    """The figures of an object before anything was counted."""
    zeros: dict[str, Any] = {"source": 0, **dict.fromkeys(SIMPLE, 0), "skipped": {}, "quarantined": {}}
    return {**zeros, "fields_compared": 0, "fields_different": 0, **dict.fromkeys(COUNTED, 0)}


def of_phase(
    journal: Journal, phase: str, spent: Mapping[str, Counter[str]], reconciliations: Sequence[Reconciliation]
) -> dict[str, dict[str, Any]]:
    """Object → figures of a phase: outcomes from the journal, comparisons, requests."""
    found: dict[str, dict[str, Any]] = {}
    for row in journal.outcomes_of(phase):
        line = found.setdefault(row.object, blank())
        line["source"] += 1
        if row.outcome in SIMPLE:
            line[row.outcome] += 1
        else:
            reasons = line[row.outcome]
            reasons[row.reason] = reasons.get(row.reason, 0) + 1
    for result in reconciliations:
        line = found.setdefault(result.object, blank())
        line["fields_compared"] += result.compared
        line["fields_different"] += result.different + len(result.missing)
    for object_, counts in spent.items():
        if any(counts.values()):
            line = found.setdefault(object_ or "account", blank())
            for name in COUNTED:
                line[name] += counts[name]
    return found


def totals(phases: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> dict[str, dict[str, int]]:
    """Object → figures over all phases: rows are counted once, whatever phase moved them; requests are added up."""
    found: dict[str, dict[str, int]] = {}
    for phase, objects in phases.items():
        for object_, line in objects.items():
            total = found.setdefault(object_, dict.fromkeys(TOTALS, 0))
            for name in ("created", "updated", "adopted", "fields_different", "tokens"):
                total[name] += line[name]
            total["fields_compared"] = max(total["fields_compared"], line["fields_compared"])
            if phase != "11_cutover":
                total["source"] = max(total["source"], line["source"])
            else:
                total["source"] += line["source"]
            if phase in COUNTED_IN or phase in ("02_mapping", "03_owners"):
                total["skipped"] = sum(line["skipped"].values())
                total["quarantined"] = sum(line["quarantined"].values())
    return found


def as_unchanged(figures: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The figures of a phase that this run did not repeat: what was written earlier is unchanged, nothing was sent."""
    found = {}
    for object_, line in figures.items():
        written = sum(line[name] for name in SIMPLE)
        found[object_] = {**line, **dict.fromkeys(SIMPLE, 0), "unchanged": written, **dict.fromkeys(COUNTED, 0)}
    return found


def table_of(figures: Mapping[str, Mapping[str, Any]], title: str = "What became of each source row") -> views.View:
    """Figures as a table, without columns in which there is nothing but zeros: so it fits a screen."""
    used = {name for line in figures.values() for name, value in line.items() if value} | {"source"}
    rows = [
        {"object": object_, **{k: _words(v) if isinstance(v, Mapping) else v for k, v in line.items() if k in used}}
        for object_, line in figures.items()
    ]
    return views.table(rows, title)


def kept_out(journal: Journal, phase: str) -> views.View:
    """What a phase skipped or quarantined, by object and reason, with an example of each."""
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for row in journal.outcomes_of(phase):
        if row.outcome in ("skipped", "quarantined"):
            example = "" if row.row.startswith(row.reason) else row.row  # repeated rows have no line of their own
            start = {"object": row.object, "outcome": row.outcome, "reason": row.reason, "rows": 0, "example": example}
            found.setdefault((row.object, row.outcome, row.reason), start)["rows"] += 1
    rows = sorted(found.values(), key=lambda line: (line["object"], line["outcome"], -line["rows"]))
    return views.table(rows, "Rows that did not become a record of their own") if rows else (
        views.notice("ok", "Every row became a record, or was found as one.")
    )  # fmt: skip


def _words(reasons: Mapping[str, int]) -> str:
    return "; ".join(f"{reason}: {n}" for reason, n in sorted(reasons.items()))


def red_message(phase: str, red: Sequence[Reconciliation]) -> str:
    """Why a phase is not green, in two lines."""
    parts = []
    for result in red:
        names = [f"{name} ({f.different})" for name, f in result.fields.items() if f.different]
        if names:
            parts.append(f"{result.object}: {', '.join(names)}")
        if result.missing:
            parts.append(f"{result.object}: {len(result.missing)} records missing, such as {result.missing[0]}")
        parts += [f"{result.object}: {n} not compared, {why}" for why, n in result.not_compared.items()]
    example = next((describe(f.examples[0]) for r in red for f in r.fields.values() if f.examples), "")
    message = f"{phase}: source and account differ. {'; '.join(parts)[:600]}"
    return f"{message}\nFor example {example[:400]}" if example else message


def write_quarantine(journal: Journal, reports: Path) -> None:
    """`reports/quarantine.csv`: one row per source row kept out, whatever the phase; the newest word counts."""
    newest: dict[tuple[str, str], Any] = {}
    order = {phase: n for n, phase in enumerate(PHASES)}
    for row in sorted(journal.outcomes_of(), key=lambda r: order.get(r.phase, 99)):
        if row.phase != "01_discovery":
            newest[row.object, row.row] = row
    for row in journal.outcomes_of("01_discovery"):
        newest.setdefault((row.object, row.row), row)
    columns = ("object", "source_id", "email", "file", "line", "reason")
    for name, outcome, reason in (
        ("quarantine", "quarantined", ""),
        ("skipped_anonymous", "skipped", "anonymous visitor"),
    ):
        rows = []
        for row in newest.values():
            if row.outcome != outcome or (reason and row.reason != reason):
                continue
            file, _, line = row.row.rpartition(":")
            rows.append(
                dict(
                    zip(columns, (row.object, row.source_id, row.email, file, int(line or 0), row.reason), strict=True)
                )
            )
        evidence.write_report(reports, name, rows, columns)


def write_unknown_outcomes(journal: Journal, reports: Path) -> list[UnknownOutcome]:
    """`reports/unknown_outcomes.csv`: one row per write that got no answer, in whichever run, and how it was
    resolved."""
    found = unknown_outcomes(journal)
    columns = [field.name for field in fields(UnknownOutcome)]
    evidence.write_report(reports, "unknown_outcomes", map(asdict, found), columns)
    return found


def unknown_view(found: Sequence[UnknownOutcome]) -> views.View | None:
    """The writes of a phase that got no answer; nothing where each got one."""
    if not found:
        return None
    rows = [
        {"record": u.entity, "write": u.verb, "source id": u.source_id, "why": u.why, "resolved": u.resolution,
         "id in the account": u.dest_id}
        for u in found
    ]  # fmt: skip
    return views.table(rows, in_words(found), limit=10, more="reports/unknown_outcomes.csv")


def in_short(objects: Mapping[str, Mapping[str, Any]]) -> str:
    """All rows of a phase by what became of them, in a few words: `369 created, 20 adopted, 31 kept out`."""
    found = Counter({name: sum(line[name] for line in objects.values()) for name in SIMPLE})
    out = (line[name] for line in objects.values() for name in ("skipped", "quarantined"))
    found["kept out"] = sum(sum(reasons.values()) for reasons in out)
    return ", ".join(f"{n:,} {name}" for name, n in found.items() if n)


def strip_of(session: Session) -> tuple[list[evidence.PhaseLine], list[evidence.GateLine]]:
    """Phases and gates as the strip and the index page show them."""

    states = session.journal.phase_states()
    phases = []
    for phase in PHASES:
        done = session.journal.completed(phase)
        row = done or states.get(phase)
        status = (
            "complete"
            if done
            else {None: "to do", "started": "failed"}.get(row and row.state, row.state if row else "to do")
        )
        figures = json.loads(row.figures) if row is not None and row.figures else {}
        spent = figures.get("objects", {})
        phases.append(
            evidence.PhaseLine(
                phase, status, row.run if row is not None else "", done.at if done else "",
                sum(o["tokens"] for o in spent.values()), sum(o["requests"] for o in spent.values()),
                figures.get("seconds", 0.0), "" if done or row is None else row.error,
                counts=in_short(spent) if done else "",
            )
        )  # fmt: skip
    gates = []
    for gate in GATE_AFTER:
        state = session.gates.status(gate)
        if gate != "rollback" or state.status != "to do":
            gates.append(evidence.GateLine(gate, state.status, state.by, state.at, state.digest))
    return phases, gates
