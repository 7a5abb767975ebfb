"""Gates: what a person must decide before the next phase may write, and whether they decided on what is there now.

A phase states what is to be decided (`state`: a digest of it and a summary). A confirmation names who, when and that
digest, and carries the answers with a digest of their own, so that neither can be changed unseen. `require` is asked
by the loader before any write, however it was started: by hand, by papermill or by a script.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nrpd.errors import BadInput, GateWaiting
from nrpd.journal import Journal, digest
from nrpd.mapping import sheet
from nrpd.workspace import Workspace, stamp

PHASES = (
    "01_discovery", "02_mapping", "03_owners", "04_schema", "05_suppression", "06_sample", "07_organizations",
    "08_persons", "09_activities", "10_suppression_pass", "11_cutover", "12_handover",
)  # fmt: skip
"""The runbook, in order. `rollback` stands outside."""

GATE_AFTER: Mapping[str, str] = {
    "preflight": "01_discovery", "mapping": "02_mapping", "owners": "03_owners", "suppression": "05_suppression",
    "signoff": "06_sample", "cutover": "11_cutover", "rollback": "rollback",
}  # fmt: skip
"""Gate → the phase that states it."""

WRITES_ITSELF = ("cutover", "rollback")
"""Gates whose own phase writes: it plans, waits for the gate, then writes."""

AFTER_THE_LOAD = "10_suppression_pass"
"""What is written outside of the runbook's phases (late opt-outs) needs the same gates as this phase."""

QUESTIONS: Mapping[str, Sequence[tuple[str, str]]] = {
    "preflight": (
        ("automations_paused", "Automations and webhooks in the Pipedrive account are paused"),
        ("counts_complete", "The counts are complete (the token's user is an admin who sees everything)"),
        ("backup_taken", "A backup of the Pipedrive account was taken"),
    ),
    "cutover": (("sending_stopped", "Net-Results has stopped sending"),),
}
"""What must be ticked besides the name. `nrpd confirm` ticks them for the person it names."""

OF_ONE = ("take_source",)
"""Answers that are said of one subject: when something else is to be decided on, they are to be given again."""


@dataclass(frozen=True)
class GateState:
    """Where a gate stands: `to do` (nothing to decide yet), `waiting`, `stale` (decided for something else) or
    `confirmed`."""

    gate: str
    status: str
    digest: str = ""
    by: str = ""
    at: str = ""
    summary: Mapping[str, Any] = field(default_factory=dict)


class Gates:
    """The gates of one customer."""

    def __init__(self, workspace: Workspace, journal: Journal) -> None:
        self.workspace = workspace
        self.journal = journal
        self.automatic = workspace.parameters.gates == "auto"
        self.frozen = False
        """In a read-only repetition nothing is stated or decided anew."""

    def state(self, gate: str, subject: Any, summary: Mapping[str, Any]) -> str:
        """Records what the gate is to be decided on, and returns the digest of it. `auto` decides at once."""
        subject_digest = subject if gate == "mapping" else digest(subject)
        if self.frozen:
            return str(subject_digest)
        self.journal.set_subject(gate, subject_digest, summary)
        if self.automatic and gate != "rollback" and self.status(gate).status != "confirmed":
            self.confirm(gate, "auto")
        return str(subject_digest)

    def status(self, gate: str) -> GateState:
        """Where the gate stands now."""
        subject = self.journal.subject(gate)
        if subject is None:
            return GateState(gate, "to do")
        current = self._current_digest(gate, subject.digest)
        decision = self.workspace.decision(gate)
        if decision is None:
            return GateState(gate, "waiting", current)
        whole = decision.get("digest") == current and decision.get("answers_digest") == digest(decision.get("answers"))
        by, at = (str(decision.get(key) or "").strip() for key in ("by", "at"))
        return GateState(gate, "confirmed" if whole and by else "stale", current, by, at)

    def confirm(
        self, gate: str, by: str, answers: Mapping[str, Any] | None = None, plan_digest: str | None = None
    ) -> GateState:
        """Records a decision on what the gate is to be decided on now. Raises BadInput where that is not possible.

        `plan_digest`: the digest that the person was shown; refused where it is not the present one.
        """
        if gate not in GATE_AFTER:
            raise BadInput(f"{gate}: no such gate; known are {', '.join(GATE_AFTER)}")
        if not by.strip():
            raise BadInput(f"{gate}: a decision needs the name of the person who makes it")
        subject = self.journal.subject(gate)
        if subject is None:
            raise BadInput(f"{gate}: there is nothing to decide yet; run {GATE_AFTER[gate]} first")
        current = self._current_digest(gate, subject.digest)
        if plan_digest is not None and plan_digest != current:
            raise BadInput(
                f"{gate}: the plan is now {current[:12]}, not {plan_digest[:12]}; "
                "look at it again, then confirm that one"
            )
        ticked = {key: True for key, _ in QUESTIONS.get(gate, ())} if by != "auto" else {}
        kept = {**ticked, **(self._answers_again(gate, current) if answers is None else dict(answers))}
        missing = [text for key, text in QUESTIONS.get(gate, ()) if by != "auto" and kept.get(key) is not True]
        if missing:
            raise BadInput(f"{gate}: still open: {'; '.join(missing)}")
        content = {"gate": gate, "by": by.strip(), "at": stamp(), "digest": current}
        self.workspace.write_decision(gate, {**content, "answers": kept, "answers_digest": digest(kept)})
        return self.status(gate)

    def answers(self, gate: str) -> dict[str, Any]:
        """What was answered at a gate; empty where nothing was."""
        found = (self.workspace.decision(gate) or {}).get("answers")
        return dict(found) if isinstance(found, Mapping) else {}

    def _answers_again(self, gate: str, current: str) -> dict[str, Any]:
        """What was answered before; of another subject less what was said of that one alone."""
        decided = self.workspace.decision(gate) or {}
        answers = self.answers(gate)
        return answers if decided.get("digest") == current else {k: v for k, v in answers.items() if k not in OF_ONE}

    def require(self, phase: str) -> None:
        """Raises GateWaiting unless all that must be decided before this phase writes is decided."""
        for gate in self.before(phase):
            self.require_gate(gate)

    def before(self, phase: str) -> list[str]:
        """The gates that must be confirmed before a phase writes."""
        if phase == "rollback":
            return ["rollback"]
        if phase not in PHASES:
            return self.before(AFTER_THE_LOAD)
        position = PHASES.index(phase)
        ours = [g for g, after in GATE_AFTER.items() if after in PHASES and PHASES.index(after) < position]
        return ours + [g for g in WRITES_ITSELF if GATE_AFTER[g] == phase]

    def require_gate(self, gate: str) -> None:
        """Raises GateWaiting, naming gate, notebook and the line that confirms it, unless it is confirmed."""
        found = self.status(gate)
        if found.status == "confirmed":
            return
        why = {
            "to do": f"{GATE_AFTER[gate]} has not been run yet",
            "waiting": "nobody has decided yet",
            "stale": f"it was confirmed by {found.by or 'nobody'} for something else than what is there now",
        }[found.status]
        raise GateWaiting(
            f"waiting at the gate {gate}: {why}; nothing was written.\n"
            f"Look at {GATE_AFTER[gate]}.ipynb, then: nrpd confirm PARAMETERS {gate} --by NAME",
            gate,
        )

    def _current_digest(self, gate: str, stated: str) -> str:
        """The map is decided on as it lies in its file now, whoever changed it since it was proposed."""
        path = self.workspace.decisions / "mapping.yaml"
        return sheet.digest(sheet.read_yaml(path)) if gate == "mapping" and path.is_file() else stated
