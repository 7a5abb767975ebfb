"""The state of the mapping editor."""

from __future__ import annotations

import pytest

from nrpd.errors import BadInput
from nrpd.pipedrive.records import MappingRow, Target
from nrpd.views.sheet import SKIPPED, Sheet


def row(source: str, confidence: float = 0.95, **changes: object) -> MappingRow:
    values = {
        "object": "contacts", "source": source, "column": source, "fill": 0.5, "type": "text",
        "target": Target("person", source, "varchar", True), "transform": "text", "confidence": confidence,
        "reason": "same name",
    }  # fmt: skip
    return MappingRow(**{**values, **changes})  # type: ignore[arg-type]


def test_confident_rows_are_confirmed_together_and_unsure_ones_are_not() -> None:
    sheet = Sheet([row("A"), row("B", 0.4)])
    assert sheet.needing() == [1]
    with pytest.raises(BadInput, match="contacts, B: look at this field"):
        sheet.confirmed("Kim")
    sheet.accept(1)
    assert [(r.source, r.by) for r in sheet.confirmed("Kim")] == [("A", "Kim"), ("B", "Kim")]


def test_leaving_out_needs_a_reason_and_undo_brings_everything_back() -> None:
    sheet = Sheet([row("A")])
    sheet.retarget(0, SKIPPED)
    assert sheet.rows[0].transform == "skip"
    assert sheet.problems() == [(0, "say why this field is left out.")]
    sheet.give_reason(0, " test data ")
    assert sheet.confirmed("Kim")[0].reason == "test data"
    assert (sheet.undo(), sheet.undo(), sheet.undo()) == ([0], [0], [])
    assert sheet.rows == [row("A")]
    assert sheet.accepted == [False]


@pytest.mark.parametrize(
    ("transform", "target", "expected"),
    [
        ("text", Target("person", "X", "text", True), "text"),
        ("text", Target("person", "X", "date", True), "date"),
        ("options_bar", Target("person", "X", "set", True), "options_bar"),
        ("options_bar", Target("person", "X", "text", True), "text"),
        ("number_comma", Target("person", "X", "double", False), "number_comma"),
        ("skip", Target("person", "X", "enum", True), "option"),
        ("city", Target("person", "Address", "address", True), "city"),
    ],
)
def test_a_new_target_gets_a_transform_that_can_fill_it(transform: str, target: Target, expected: str) -> None:
    sheet = Sheet([row("A", transform=transform)])
    sheet.retarget(0, target)
    assert (sheet.rows[0].target, sheet.rows[0].transform) == (target, expected)


def test_going_back_to_the_proposal_brings_back_its_transform_and_reason() -> None:
    fixed = row("status", target=Target("activity", "note", "", False), transform="fixed", reason="as the design says")
    sheet = Sheet([fixed])
    sheet.retarget(0, SKIPPED)
    sheet.retarget(0, fixed.target)
    assert sheet.rows == [fixed]


def test_accept_above_leaves_warnings_and_is_one_step() -> None:
    sheet = Sheet([row("A", 0.7), row("B", 0.7), row("C", 0.5)], warn=lambda r: "cut at 255" if r.source == "B" else "")
    assert sheet.accept_above(0.6) == 1
    assert sheet.needing() == [1, 2]
    assert sheet.undo() == [0]
    assert sheet.needing() == [0, 1, 2]


def test_a_new_field_needs_a_name_and_a_type() -> None:
    sheet = Sheet([row("A"), row("B")])
    sheet.retarget(0, Target("person", " ", "varchar", True))
    sheet.retarget(1, Target("person", "B", "", True))
    assert [text for _, text in sheet.problems()] == ["give the new field a name.", "choose a type for the new field."]


def test_what_only_the_machine_proposed_is_not_yet_looked_at() -> None:
    sheet = Sheet([row("A", 0.4, by="proposal"), row("B", 0.4, by="Kim"), row("C", 0.98, by="proposal")])
    assert sheet.needing() == [0]


def test_a_proposal_to_quarantine_needs_a_look_however_sure_the_place_is() -> None:
    sheet = Sheet(
        [row("A", 0.98, unfit="quarantine"), row("B", 0.98)], warn=lambda r: "a date is lost", misfit=lambda r: "2 odd"
    )
    assert sheet.warning(sheet.rows[0]) == "a date is lost. 2 odd; they stay out"
    assert sheet.needing() == [0, 1]
    sheet.accept(0)
    assert [number for number, _ in sheet.problems()] == [1]
    assert sheet.problem(1).startswith("decide: 2 odd")
