"""What the commands besides `run` do: each opens a customer, calls a phase's functions, and returns plain data."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from nrpd import evidence, runbook
from nrpd.errors import BadInput, NrpdError
from nrpd.gates import GATE_AFTER, PHASES, QUESTIONS
from nrpd.journal import Journal
from nrpd.mapping import sheet
from nrpd.mapping.folding import fold_least_used
from nrpd.parameters import Destination
from nrpd.phases import aftercare, figures, masking, preflight, spending
from nrpd.phases.discovery import Discovery
from nrpd.phases.rollback import Rollback
from nrpd.phases.room import noted_room, require_room
from nrpd.phases.sealing import seal_run
from nrpd.phases.session import Session
from nrpd.phases.value_check import staged_check
from nrpd.workspace import is_run_name, read_yaml_mapping

EXAMPLE = Path(__file__).resolve().parents[1] / "parameters" / "example.yaml"


def phase_named(name: str | None) -> str | None:
    """A phase by its name, its number or its word (`08_persons`, `08`, `persons`). Raises BadInput."""
    if name is None:
        return None
    found = [p for p in PHASES if name in (p, p[:2], p[3:])]
    if not found:
        raise BadInput(f"{name}: no such phase; known are {', '.join(PHASES)}")
    return found[0]


def new_parameters(customer: str, folder: Path) -> Path:
    """Writes `parameters/CUSTOMER.yaml` from the explained example."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", customer):
        raise BadInput(f"{customer}: a customer's name is letters, digits, - and _, at most 64")
    path = folder / "parameters" / f"{customer}.yaml"
    if path.exists():
        raise BadInput(f"{path} is there already; nothing was written")
    path.parent.mkdir(exist_ok=True)
    text = EXAMPLE.read_text(encoding="utf-8")
    path.write_text(re.sub(r"^customer: \S+", f"customer: {customer}", text, count=1, flags=re.M), encoding="utf-8")
    return path


def status(path: Path) -> dict[str, Any]:
    """Where a customer stands. Reads the journal only; the account is not asked."""
    with Session(path) as session:
        phases, gates = figures.strip_of(session)
        made = runbook.all_figures(session)
        spent = spending.spent_on(session)
        waiting = next((g.gate for g in gates if g.status in ("waiting", "stale")), None)
        due = next((p.phase for p in phases if p.status != "complete"), None)
        if waiting and (due is None or PHASES.index(GATE_AFTER[waiting]) <= PHASES.index(due)):
            what = f"Decide: nrpd confirm {path} {waiting} --by NAME (look at {GATE_AFTER[waiting]}.ipynb first)"
        elif due and (paused := session.journal.phase_states().get(due)) is not None and paused.state == "paused":
            what = f"Paused in {due}: {paused.error.splitlines()[-1]}"
        else:
            what = f"Next: nrpd run {path} (from {due})" if due else f"Complete. Any time: nrpd reconcile {path}"
        return {
            "customer": session.parameters.customer, "phases": made,
            "progress": {p.phase: p.status for p in phases},
            "gates": {g.gate: {"status": g.status, "by": g.by, "at": g.at} for g in gates},
            "unknown_outcomes": len(session.journal.open_writes()), "tokens": sum(f.tokens for f in spent.values()),
            "estimate": _actual(session), "counts": preflight.noted(session.journal), "next": what,
        }  # fmt: skip


def estimate(path: Path) -> dict[str, Any]:
    """The estimate of a customer, beside what each phase has spent since.

    Once something is written, the estimate is the one that was made before: the account is no longer what it was."""
    with Session(path) as session:
        basis = spending.kept(session) if session.journal.written_count() else None
        if basis is None:
            step = Discovery(session, session.workspace.folder, "hand", record=False)
            step.stage_only()
            step.estimate()
            made, counts = step.made, preflight.counts_note(session)
        else:
            made, counts = basis.estimate(), preflight.noted(session.journal)
        return {**made.as_dict(), "counts": counts, "actual": _actual(session)}


def _actual(session: Session) -> dict[str, Any]:
    """Phase → estimated and actual requests and tokens, for the phases that have spent anything."""
    found = spending.beside(session)
    return {phase: line for phase, line in found.items() if line["requests"]}


def estimate_text(document: Mapping[str, Any]) -> str:
    """The estimate in a few lines."""
    lines = [
        f"{name}: {p['requests']:,} requests, {p['tokens']:,} tokens, {p['hours']} hour(s) at full speed, "
        f"{p['days']} day(s) of {document['daily_budget']:,} tokens"
        for name, p in document["policies"].items()
    ]
    lines += [
        f"Day {d['day']} ({d['date']}): {d['tokens']:,} tokens, {', '.join(d['phases'])}" for d in document["calendar"]
    ]
    if document["stuck_in"]:
        lines.append(document["assumptions"][-1])
    grade = document["complexity"]
    lines.append(f"Complexity {grade['grade']}: " + "; ".join(r["reason"] for r in grade["reasons"]))
    moved = ", ".join(f"{o['object']} {o['fate']}" for o in document["objects"])
    lines.append(f"Objects: {moved}" if moved else "Objects: none")
    lines.append(f"Working days: {document['working_days']['total']:g}")
    if document["quote"]:
        lines.append(f"Quote: {document['quote']['total']:,.2f} {document['quote']['currency']}".rstrip())
    if document["counts"]:
        lines.append(f"Counts are {document['counts']}.")
    if document["scope_individually"]:
        lines.append("More than 2 million records: scope individually.")
    return "\n".join([*lines, *spent_lines(document["actual"])])


def spent_lines(beside: Mapping[str, Mapping[str, int]]) -> list[str]:
    """What phases have spent, beside the estimate, a line each."""
    return [
        f"{row['phase']:22} {row['tokens']:>9,} tokens spent, {row['estimated_tokens']:,} estimated; "
        f"{row['requests']:,} requests, {row['estimated_requests']:,} estimated"
        for row in spending.rows({phase: dict(line) for phase, line in beside.items()})
    ]


def confirm(path: Path, gate: str, by: str, file: Path | None, *, fold: bool = False) -> str:
    """Records a decision. `file`: an edited map (yaml or xlsx) for the gate mapping, else answers by key. `fold`: of
    the map, the least used fields beyond the plan's limit become lines of a note."""
    if gate not in GATE_AFTER:
        raise BadInput(f"{gate}: no such gate; known are {', '.join(GATE_AFTER)}")
    if fold and gate != "mapping":
        raise BadInput(f"{gate}: --fold is for the gate mapping only")
    with Session(path) as session:
        answers: dict[str, Any] | None = None
        if file is not None and not file.is_file():
            raise BadInput(f"{file}: no such file")
        if gate == "mapping":
            _take_map(session, by, file, fold=fold)
        elif file is not None:
            answers = read_yaml_mapping(file) or {}
            answers = answers.get("answers", answers)
        state = session.gates.confirm(gate, by, None if answers is None else _with_ticks(gate, answers))
        return f"{gate}: confirmed by {state.by} at {state.at} for {state.digest[:12]}. Go on with: nrpd run {path}"


def _with_ticks(gate: str, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Whoever confirms on the command line ticks the gate's questions, unless the file says otherwise."""
    return {**{key: True for key, _ in QUESTIONS.get(gate, ())}, **answers}


def _take_map(session: Session, by: str, file: Path | None, *, fold: bool) -> None:
    path = session.workspace.decisions / "mapping.yaml"
    if not path.is_file():
        raise BadInput("mapping: there is no map yet; run 02_mapping first")
    rows = sheet.read_yaml(path)
    if file is not None:
        rows = sheet.read_xlsx(file, rows) if file.suffix.lower() == ".xlsx" else sheet.read_yaml(file)
    room = noted_room(session.journal)
    if fold and room is not None:
        rows = fold_least_used(room, rows)
    require_room(room, rows, "mapping")
    staged_check(session).require_decided(rows, "mapping")
    rows = [replace(row, by=by) for row in rows]
    sheet.write_yaml(rows, path)
    sheet.write_xlsx(rows, path.with_suffix(".xlsx"))


def reconcile(path: Path) -> dict[str, Any]:
    """Compares again, in a run of its own."""
    with Session(path, read_only=True) as session, session.workspace.customer_lock():
        folder = session.workspace.new_run()
        session.journal.run = folder.name
        made, results, trend = aftercare.reconcile_again(session, folder)
        red = [r for r in results if not r.green]
        message = figures.red_message("reconcile", red) if red else ""
        changed = [
            f"{r.object}: {n} x {name}" for r in results for name, f in r.fields.items() if (n := f.changed_since)
        ]
        head, index = seal_run(session, folder, ["reconcile"], message or "complete")
        return {
            "phases": {"reconcile": made}, "counts": preflight.noted(session.journal),
            "changed_since": changed, "trend": trend, "exit_code": 4 if red else 0, "message": message,
            "run": folder.name, "head": head, "index": str(index),
        }  # fmt: skip


def suppress(path: Path, file: Path) -> str:
    """Adds late opt-outs and flags the persons concerned, in a run of its own."""
    with Session(path) as session, session.workspace.customer_lock():
        read = aftercare.add_late(session, file)
        folder = session.workspace.new_run()
        session.journal.run = folder.name
        step = aftercare.Late(session, folder, "hand", record=False)
        try:
            made = step.run_all()
        finally:
            seal_run(session, folder, ["suppress"], "late opt-outs")
        line = made.get("suppressions", figures.blank())
        return (
            f"{read}; of all suppressions {line['updated']} stand on a person. "
            f"Ledger: {step.reports}/suppression_ledger.csv"
        )


def rollback_plan(path: Path) -> dict[str, Any]:
    """What a rollback would do, and the digest of it. Raises Locked during a run: it settles what has no answer."""
    with Session(path) as session, session.workspace.customer_lock():
        step = Rollback(session, session.workspace.folder, "hand", record=False)
        view = step.plan()
        found = step.state_gate()
        counts = Counter((u.entity, u.verb) for u in step.undos)
        rows = [{"entity": e, "what": v, "records": n} for (e, v), n in sorted(counts.items())]
        text = f"{view.text}\nPlan digest: {found}\nTo undo this: nrpd rollback {path} --by NAME --plan-digest {found}"
        return {"digest": found, "plan": rows, "text": text}


def demand_plan(destination: Destination, plan_digest: str | None) -> None:
    """Raises BadInput where nobody names the plan that is to be carried out, and the account is a real one."""
    if not (plan_digest or destination.on_loopback):
        raise BadInput(
            "rollback: nothing was undone. For an account outside of this machine, --plan-digest must name the plan "
            "that was shown: run nrpd rollback PARAMETERS --plan, look at it, and take its last line"
        )


def roll_back(path: Path, by: str, plan_digest: str | None) -> dict[str, Any]:
    """Plans, records the decision for that very plan, and carries it out as a notebook. Raises BadInput, before the
    account is asked anything, where `demand_plan` does; and where the plan is no longer the one that was named."""
    with Session(path) as session, session.workspace.customer_lock():
        demand_plan(session.parameters.destination, plan_digest)
        step = Rollback(session, session.workspace.folder, "hand", record=False)
        step.plan()
        found = step.state_gate()
        if plan_digest is not None and plan_digest != found:
            raise BadInput(f"rollback: the plan is now {found}, not {plan_digest}; look at --plan again")
        session.gates.confirm("rollback", by)
        session.disconnect()
        folder = session.workspace.new_run()
        session.journal.run = folder.name
        message, code = "", 0
        try:
            runbook.execute(session, "rollback", folder, read_only=False, tell=lambda *_: None)
        except NrpdError as error:
            message, code = str(error), error.exit_code
        head, index = seal_run(session, folder, ["rollback"], message or "rolled back")
        done = session.journal.completed("rollback")
        buckets = json.loads(done.figures).get("buckets", {}) if done is not None and not code else {}
        return {
            "buckets": buckets,
            "digest": found,
            "exit_code": code,
            "message": message,
            "head": head,
            "index": str(index),
        }


def purge(path: Path, by: str, *, keep_evidence: bool) -> list[str]:
    """Removes what need not be kept."""
    if not by.strip():
        raise BadInput("purge: needs the name of the person who decides it")
    with Session(path) as session, session.workspace.customer_lock():
        return aftercare.purge(session, by, keep_evidence=keep_evidence)


def verify(run_folder: Path, head: str | None) -> evidence.Verified:
    """Checks a run folder; where it lies in its customer's folder, the journal too."""
    folder = run_folder.resolve()
    if not folder.is_dir():
        raise BadInput(f"{run_folder}: no such run folder")
    journal_path = folder.parent / "journal.sqlite"
    if not journal_path.is_file() or not is_run_name(folder.name):
        return evidence.verify(folder, head)
    with Journal(journal_path) as journal:
        newest = journal.newest_head()
        return evidence.verify(folder, head, journal.run_digest, newest.head if newest else None)


def mask(run_folder: Path, target: Path) -> tuple[str, list[str]]:
    """Writes a masked copy of a run's evidence. Returns its head, and the files that were left out."""
    folder = run_folder.resolve()
    if not folder.is_dir():
        raise BadInput(f"{run_folder}: no such run folder")
    if target.resolve().is_relative_to(folder.parent):
        raise BadInput(f"{target}: lies in the customer's folder, where it would count as a run; name another folder")
    return evidence.masked_copy(folder, target, masking.masker_of(folder.parent).text)


def batch(paths: Sequence[Path], workers: int) -> dict[str, Any]:
    """Each customer in a process of its own. The exit code is the worst: failures before waiting before done."""
    with ThreadPoolExecutor(workers) as pool:
        lines = list(pool.map(_run_one, paths))
    codes = {line["exit_code"] for line in lines}
    worst = next((code for code in (1, 4, 2, 6, 5, 3) if code in codes), 0)
    return {"customers": lines, "exit_code": worst}


def _run_one(path: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "nrpd", "run", str(path), "--json"]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        document = json.loads(made.stdout)
    except ValueError:
        document = {"message": made.stderr.strip(), "phases": {}}
    return {"parameters": str(path), **document, "exit_code": made.returncode}
