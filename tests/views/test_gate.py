"""The gate editor: asks, hands on once, shows errors beside the button, and is readable without a widget."""

from __future__ import annotations

from typing import Any

import pytest

from nrpd.errors import BadInput
from nrpd.views import Ask, GateView, table

ASKS = (
    Ask("paused", "Automations and webhooks are paused"),
    Ask("backup", "Where the backup is", kind="text"),
    Ask("visible", "Who may see it", kind="choice", options=("all", "owner"), required=False),
)


def gate(act: Any) -> tuple[GateView, Any]:
    view = GateView("preflight", "May the migration begin?", table([{"contacts": 5}], "Counts"), act, ASKS)
    assert view.widget is not None
    assert view.bar is not None
    return view, view.bar


def fill(view: GateView, bar: Any) -> None:
    bar.name.value = "  Kim   Lee "
    view.inputs["paused"].value = True
    view.inputs["backup"].value = "vault 7"


def test_a_second_click_does_nothing() -> None:
    calls: list[Any] = []
    view, bar = gate(lambda name, answers: calls.append((name, answers)))
    fill(view, bar)
    bar.button.click()
    bar.button.click()
    bar._clicked(None)
    assert calls == [("Kim Lee", {"paused": True, "backup": "vault 7", "visible": ""})]
    assert bar.done
    assert bar.button.disabled
    assert "Confirmed by Kim Lee" in bar.message.value


def test_a_click_while_the_first_one_works_does_nothing() -> None:
    calls: list[str] = []

    def slow(name: str, answers: dict[str, Any]) -> None:
        calls.append(name)
        bar._clicked(None)

    view, bar = gate(slow)
    fill(view, bar)
    bar.button.click()
    assert calls == ["Kim Lee"]


def test_what_is_missing_is_said_beside_the_button_and_can_be_mended() -> None:
    calls: list[str] = []
    view, bar = gate(lambda name, answers: calls.append(name))
    bar.button.click()
    assert "Write your name" in bar.message.value
    bar.name.value = "Kim"
    bar.button.click()
    assert "Not answered yet: Automations and webhooks are paused · Where the backup is" in bar.message.value
    assert not calls
    fill(view, bar)
    bar.button.click()
    assert calls == ["Kim Lee"]


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (BadInput("Counts changed since."), "Counts changed since."),
        (KeyError("x"), "Nothing was recorded. Unexpected: KeyError"),
    ],
)
def test_an_error_of_the_callable_is_shown_and_the_button_works_again(problem: Exception, said: str) -> None:
    failing = [problem]

    def act(name: str, answers: dict[str, Any]) -> None:
        if failing:
            raise failing.pop()

    view, bar = gate(act)
    fill(view, bar)
    bar.button.click()
    assert said in bar.message.value
    assert not bar.button.disabled
    bar.button.click()
    assert bar.done


def test_the_static_form_is_complete_and_stands_beside_the_widget() -> None:
    view, _ = gate(lambda name, answers: None)
    data = view._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    for text in (data["text/html"], data["text/plain"]):
        for part in ("preflight", "May the migration begin?", "Counts", "Where the backup is", "Waiting for a person"):
            assert part in text


def test_a_decided_gate_asks_nothing() -> None:
    view = GateView(
        "mapping", "Is the map right?", "200 fields", lambda n, a: None, ASKS, decided=("Kim", "2026-01-02")
    )
    data = view._repr_mimebundle_()
    assert view.widget is None
    assert "application/vnd.jupyter.widget-view+json" not in data
    assert "Confirmed by Kim, 2026-01-02." in data["text/plain"]
