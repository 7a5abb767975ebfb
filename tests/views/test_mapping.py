"""The mapping editor, driven through its widgets as the browser would."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from nrpd.netresults.records import SourceField
from nrpd.pipedrive.records import Field, MappingRow, Target
from nrpd.views import MappingView

OBJECTS = ("contacts", "companies")


def rows(count: int) -> list[MappingRow]:
    return [
        MappingRow(
            OBJECTS[n % 2], f"Field {n}", f"Field {n}", 0.5, "text",
            Target(("person", "organization")[n % 2], f"Field {n}", "varchar", True), "text",
            0.5 if n % 10 == 0 else 0.95, "by name",
        )
        for n in range(count)
    ]  # fmt: skip


def fields(count: int) -> list[SourceField]:
    return [
        SourceField(OBJECTS[n % 2], f"Field {n}", f"Field {n}", False, 10, 5, 3, "text", 1.0, 9, ("<b>x</b>",))
        for n in range(count)
    ]


def view_of(count: int, **changes: Any) -> tuple[MappingView, list[Any]]:
    calls: list[Any] = []
    view = MappingView(
        rows(count), fields(count), changes.pop("preview", lambda now: [{"rows": len(now)}]),
        lambda name, confirmed: calls.append((name, confirmed)),
        targets=[
            Field("person", "Lead Source", "k" * 40, "enum", True), Field("person", "Name", "name", "varchar", False),
        ],
        warn=lambda row: "options are made of every value" if row.target.type == "enum" else "", **changes,
    )  # fmt: skip
    assert view.widget is not None
    return view, calls


def test_change_skip_warn_undo_and_confirm() -> None:
    view, calls = view_of(4)
    first, second = view.editors[:2]
    assert first.target.value == "new:person"
    first.target.value = "person:Lead Source:enum"
    assert "options are made of every value" in first.warning.value
    assert first.type.layout.display == "none"
    second.target.value = "skip"
    assert second.reason.layout.display == "flex"
    assert "say why this field is left out" in second.warning.value
    assert view.bar is not None
    view.bar.name.value = "Kim"
    view.bar.button.click()
    assert "contacts, Field 2: say why this field is left out." in view.bar.message.value
    second.reason.value = "test data"
    second.target.value = "new:person"
    view.undo.click()
    assert second.reason.value == "test data"
    view.bar.button.click()
    view.bar.button.click()
    [(name, confirmed)] = calls
    assert name == "Kim"
    assert confirmed[0].target == Target("person", "Lead Source", "enum", False)
    assert confirmed[0].transform == "option"
    assert (confirmed[2].transform, confirmed[2].reason) == ("skip", "test data")
    assert {row.by for row in confirmed} == {"Kim"}
    assert first.target.disabled


def test_a_new_field_can_be_renamed_and_typed() -> None:
    view, _ = view_of(2)
    editor = view.editors[0]
    editor.name.value = "Shoe size"
    editor.type.value = "double"
    assert view.sheet.rows[0].target == Target("person", "Shoe size", "double", True)
    assert view.sheet.rows[0].transform == "number"
    offered = {value for _, value in editor.target.options}
    assert {"skip", "new:person", "note:person", "person:Lead Source:enum"} <= offered
    assert not [value for value in offered if "organization" in value]


def test_tabs_pages_and_filter_show_the_right_rows() -> None:
    view, _ = view_of(200)
    assert "20 of 200 fields need attention" in view._counted.value
    assert view.tabs.titles == ("contacts (20)", "companies")
    assert len(view._boxes[0].children) == 8
    view._pager._after.click()
    assert "Field 16<" in view.editors[0]._about.value
    view.tabs.selected_index = 1
    assert len(view._boxes[0].children) == 0
    assert "Field 1<" in view.editors[0]._about.value
    view.tabs.selected_index = 0
    view.only.value = True
    assert "Field 10<" in view.editors[1]._about.value
    view.above.value = 0.5
    view.accept.click()
    assert "0 of 200 fields need attention" in view._counted.value


def test_two_hundred_fields_open_quickly() -> None:
    begun = time.perf_counter()
    view, _ = view_of(200)
    bundle = view._repr_mimebundle_()
    assert time.perf_counter() - begun < 5
    assert bundle["text/plain"].count("Field ") >= 200
    assert "&lt;b&gt;x&lt;/b&gt;" in bundle["text/html"]
    assert len(view.editors) == 8


def test_preview_shows_records_or_its_error() -> None:
    view, _ = view_of(2)
    view.show.click()
    assert "rows" in view._previewed.value

    def fail(now: list[MappingRow]) -> Any:
        raise ValueError("no records")

    view, _ = view_of(2, preview=fail)
    view.show.click()
    assert "no records" in view._previewed.value


def test_confirming_jumps_to_the_first_row_that_needs_someone() -> None:
    view, calls = view_of(60)
    for number in view.sheet.needing()[:-1]:
        view.sheet.accept(number)
    assert view.bar is not None
    view.tabs.selected_index = 1
    view.bar.name.value = "Kim"
    view.bar.button.click()
    assert not calls
    assert view.tabs.selected_index == 0
    assert any("Field 50<" in editor._about.value for editor in view.editors)


def test_an_empty_sheet_and_a_decided_one_do_not_fail() -> None:
    empty = MappingView([], [], lambda now: [], lambda n, r: None)
    assert "Mapping sheet: none." in empty._repr_mimebundle_()["text/plain"]
    done = MappingView(rows(1), [], lambda now: [], lambda n, r: None, decided=("Kim", ""))
    assert done.widget is None
    assert "Confirmed by Kim." in repr(done)


def number_misfit(row: MappingRow) -> str:
    """Of a column of words: none is a number."""
    return "10 values do not fit: 10 x not a number" if row.transform in ("number", "number_comma") else ""


def test_values_that_do_not_fit_are_decided_in_the_row() -> None:
    view, calls = view_of(2, misfit=number_misfit)
    editor = view.editors[0]
    assert editor.unfit.layout.display == "none"
    editor.type.value = "double"
    assert "decide: 10 values do not fit" in editor.warning.value
    assert (editor.unfit.layout.display, editor.transform.layout.display) == ("flex", "flex")
    assert view.bar is not None
    view.bar.name.value = "Kim"
    view.bar.button.click()
    assert "decide: 10 values do not fit" in view.bar.message.value
    assert not calls
    editor.transform.value = "number_comma"
    assert (view.sheet.rows[0].transform, view.sheet.needs(0)) == ("number_comma", True)
    editor.unfit.value = "quarantine"
    assert (view.sheet.rows[0].unfit, view.sheet.needs(0)) == ("quarantine", False)
    assert "they stay out" in editor.warning.value
    editor.type.value = "varchar"
    assert view.sheet.rows[0].unfit == ""
    editor.type.value = "double"
    editor.unfit.value = "text"
    assert view.sheet.rows[0].target == Target("person", "Field 0", "text", True)
    editor.type.value = "double"
    editor.unfit.value = "skip"
    assert "say why this field is left out" in editor.warning.value
    view.undo.click()
    editor.unfit.value = "quarantine"
    view.bar.button.click()
    [(_, confirmed)] = calls
    assert (confirmed[0].target.type, confirmed[0].unfit) == ("double", "quarantine")


def test_what_the_plan_has_no_room_for_is_folded_with_one_click() -> None:
    def over(now: list[MappingRow]) -> str:
        return "2 too many" if not any(row.transform == "note" for row in now) else ""

    def fold(now: list[MappingRow]) -> list[MappingRow]:
        line = replace(now[2].target, type="note", new=False)
        return [*now[:2], replace(now[2], target=line, transform="note"), *now[3:]]

    view, calls = view_of(4, over=over, fold=fold)
    assert "2 too many" in view._repr_mimebundle_()["text/plain"]
    assert view._limit.layout.display == "flex"
    for number in view.sheet.needing():
        view.sheet.accept(number)
    assert view.bar is not None
    view.bar.name.value = "Kim"
    view.bar.button.click()
    assert "2 too many" in view.bar.message.value
    assert not calls
    view.fold_button.click()
    second = view.editors[1]
    assert (view._limit.layout.display, second.target.value) == ("none", "note:person")
    view.undo.click()
    assert (view._limit.layout.display, second.target.value) == ("flex", "new:person")
    view.fold_button.click()
    second.name.value = "Shoe size"
    view.bar.button.click()
    [(_, confirmed)] = calls
    assert confirmed[2].target == Target("person", "Shoe size", "note", False)
    assert "person: Shoe size (in the note)" in repr(view)


def test_a_field_can_become_a_line_of_the_note_and_a_field_again() -> None:
    view, _ = view_of(1)
    editor = view.editors[0]
    editor.target.value = "note:person"
    assert (view.sheet.rows[0].target, view.sheet.rows[0].transform) == (
        Target("person", "Field 0", "note", False), "note"
    )  # fmt: skip
    assert (editor.name.layout.display, editor.type.layout.display) == ("flex", "none")
    editor.target.value = "new:person"
    assert (view.sheet.rows[0].target.type, view.sheet.rows[0].transform) == ("varchar", "text")
