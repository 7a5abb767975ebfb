"""Gates: who decided, when, on what; and that nothing else passes for a decision."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from nrpd.errors import BadInput, GateWaiting
from nrpd.gates import GATE_AFTER, PHASES, QUESTIONS, Gates
from nrpd.journal import Journal
from nrpd.mapping import sheet
from nrpd.pipedrive.records import MappingRow, Target
from tests.support.opened import workspace

Open = Callable[..., Gates]


@pytest.fixture
def open_gates(tmp_path: Path) -> Iterator[Open]:
    journals: list[Journal] = []

    def make(gates: str = "manual") -> Gates:
        place = workspace(tmp_path, gates=gates)
        journals.append(Journal(place.journal_path, "20260101T000000Z"))
        return Gates(place, journals[-1])

    yield make
    for journal in journals:
        journal.close()


def _row(field: str, reason: str = "as named") -> MappingRow:
    target = Target("person", field, "varchar", True)
    return MappingRow("contacts", "Shoe", "Shoe", 1.0, "text", target, "text", 0.9, reason, "Ada")


def test_a_gate_goes_from_to_do_to_confirmed(open_gates: Open) -> None:
    gates = open_gates()
    assert gates.status("owners").status == "to do"
    stated = gates.state("owners", [["a", 1]], {"open": ["a"]})
    assert (gates.status("owners").status, gates.status("owners").digest) == ("waiting", stated)
    gates.confirm("owners", "  Ada ", {"a": "b@c.example"})
    found = gates.status("owners")
    assert (found.status, found.by) == ("confirmed", "Ada")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", found.at)
    assert gates.answers("owners") == {"a": "b@c.example"}


def test_a_decision_holds_for_what_was_decided_on(open_gates: Open) -> None:
    gates = open_gates()
    gates.state("suppression", ["one"], {})
    gates.confirm("suppression", "Ada")
    gates.state("suppression", ["one", "two"], {})
    assert gates.status("suppression").status == "stale"
    gates.state("suppression", ["one"], {})
    assert gates.status("suppression").status == "confirmed"


def test_what_was_said_of_one_delta_is_not_said_of_the_next(open_gates: Open) -> None:
    gates = open_gates()
    gates.state("cutover", ["one"], {})
    gates.confirm("cutover", "Ada", {"sending_stopped": True, "freeze": "2026-01-01", "take_source": "all"})
    gates.state("cutover", ["two"], {})
    gates.confirm("cutover", "Bob")
    assert gates.answers("cutover") == {"sending_stopped": True, "freeze": "2026-01-01"}


@pytest.mark.parametrize(
    "change",
    [
        {"answers": {"a": "someone@else.example"}},
        {"answers": {"a": "b@c.example", "more": True}},
        {"answers": None},
        {"digest": "0" * 64},
        {"digest": None},
        {"answers_digest": None},
        {"by": ""},
        {"by": None},
    ],
    ids=str,
)
def test_a_decision_that_was_changed_by_hand_does_not_hold(open_gates: Open, change: dict[str, Any]) -> None:
    gates = open_gates()
    gates.state("owners", ["one"], {})
    gates.confirm("owners", "Ada", {"a": "b@c.example"})
    content = gates.workspace.decision("owners")
    assert content is not None
    gates.workspace.write_decision("owners", {**content, **change})
    assert gates.status("owners").status == "stale"
    with pytest.raises(GateWaiting, match="something else"):
        gates.require_gate("owners")


@pytest.mark.parametrize("text", ["[1, 2]", "a: [", "just text"])
def test_a_decision_file_that_is_none_is_bad_input(open_gates: Open, text: str) -> None:
    gates = open_gates()
    gates.state("owners", ["one"], {})
    gates.workspace.decision_path("owners").write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=r"owners\.yaml"):
        gates.require_gate("owners")


def test_a_decision_removed_is_a_decision_to_make(open_gates: Open) -> None:
    gates = open_gates()
    gates.state("owners", ["one"], {})
    gates.confirm("owners", "Ada")
    gates.workspace.decision_path("owners").unlink()
    assert gates.status("owners").status == "waiting"


def test_the_map_is_decided_on_as_it_lies_in_its_file(open_gates: Open) -> None:
    gates = open_gates()
    path = gates.workspace.decisions / "mapping.yaml"
    sheet.write_yaml([_row("Shoe")], path)
    gates.state("mapping", sheet.digest([_row("Shoe")]), {})
    gates.confirm("mapping", "Ada")
    assert gates.status("mapping").status == "confirmed"
    sheet.write_yaml([_row("Shoe", "another remark")], path)
    assert gates.status("mapping").status == "confirmed", "a remark needs no new decision"
    sheet.write_yaml([_row("Boot")], path)
    assert gates.status("mapping").status == "stale"
    sheet.write_yaml([_row("Shoe")], path)
    assert gates.status("mapping").status == "confirmed"


@pytest.mark.parametrize(
    ("gate", "by", "says"),
    [
        ("nonsense", "Ada", "no such gate"),
        ("owners", "", "needs the name"),
        ("owners", "   ", "needs the name"),
        ("signoff", "Ada", "run 06_sample first"),
    ],
)
def test_what_cannot_be_confirmed(open_gates: Open, gate: str, by: str, says: str) -> None:
    gates = open_gates()
    gates.state("owners", ["one"], {})
    with pytest.raises(BadInput, match=says):
        gates.confirm(gate, by)
    assert gates.workspace.decision("owners") is None


def test_a_confirmation_of_another_plan_than_the_present_is_refused(open_gates: Open) -> None:
    gates = open_gates()
    shown = gates.state("cutover", ["one"], {})
    gates.state("cutover", ["two"], {})
    with pytest.raises(BadInput, match="look at it again"):
        gates.confirm("cutover", "Ada", plan_digest=shown)
    assert gates.status("cutover").status == "waiting"


@pytest.mark.parametrize("gate", list(QUESTIONS))
def test_open_questions_hold_a_gate(open_gates: Open, gate: str) -> None:
    gates = open_gates()
    gates.state(gate, ["one"], {})
    for key, text in QUESTIONS[gate]:
        with pytest.raises(BadInput, match=re.escape(text)):
            gates.confirm(gate, "Ada", {key: False})
    assert gates.status(gate).status == "waiting"
    gates.confirm(gate, "Ada")
    assert gates.status(gate).status == "confirmed"


BEFORE = [
    ("01_discovery", []),
    ("02_mapping", ["preflight"]),
    ("04_schema", ["preflight", "mapping", "owners"]),
    ("06_sample", ["preflight", "mapping", "owners", "suppression"]),
    ("07_organizations", ["preflight", "mapping", "owners", "suppression", "signoff"]),
    ("10_suppression_pass", ["preflight", "mapping", "owners", "suppression", "signoff"]),
    ("11_cutover", ["preflight", "mapping", "owners", "suppression", "signoff", "cutover"]),
    ("rollback", ["rollback"]),
    ("suppress", ["preflight", "mapping", "owners", "suppression", "signoff"]),
    ("a made-up name", ["preflight", "mapping", "owners", "suppression", "signoff"]),
]


@pytest.mark.parametrize(("phase", "wanted"), BEFORE)
def test_which_gates_stand_before_a_phase(open_gates: Open, phase: str, wanted: list[str]) -> None:
    assert open_gates().before(phase) == wanted


@pytest.mark.parametrize("missing", ["preflight", "mapping", "owners", "suppression", "signoff"])
def test_one_missing_decision_is_named(open_gates: Open, missing: str) -> None:
    gates = open_gates()
    for gate in GATE_AFTER:
        gates.state(gate, "digest" if gate == "mapping" else ["one"], {})
        if gate != missing:
            gates.confirm(gate, "Ada")
    with pytest.raises(GateWaiting) as caught:
        gates.require("07_organizations")
    said = str(caught.value)
    assert caught.value.gate == missing
    assert f"gate {missing}" in said
    assert f"{GATE_AFTER[missing]}.ipynb" in said
    assert f"nrpd confirm PARAMETERS {missing} --by NAME" in said


def test_auto_decides_on_record_but_never_a_rollback(open_gates: Open) -> None:
    gates = open_gates("auto")
    for gate in GATE_AFTER:
        gates.state(gate, "digest" if gate == "mapping" else ["one"], {})
    found = {gate: gates.status(gate) for gate in GATE_AFTER}
    assert {gate for gate, state in found.items() if state.status == "confirmed"} == set(GATE_AFTER) - {"rollback"}
    assert {state.by for gate, state in found.items() if gate != "rollback"} == {"auto"}
    for phase in PHASES:
        gates.require(phase)


def test_a_read_only_repetition_states_and_decides_nothing(open_gates: Open) -> None:
    gates = open_gates("auto")
    gates.frozen = True
    assert gates.state("owners", ["one"], {})
    assert gates.status("owners").status == "to do"


def test_the_file_says_who_and_when_and_on_what(open_gates: Open) -> None:
    gates = open_gates()
    stated = gates.state("signoff", ["one"], {})
    gates.confirm("signoff", "Ada Löf", {"note": "fine"})
    content = yaml.safe_load(gates.workspace.decision_path("signoff").read_text(encoding="utf-8"))
    assert (content["gate"], content["by"], content["digest"]) == ("signoff", "Ada Löf", stated)
    assert content["answers"] == {"note": "fine"}
