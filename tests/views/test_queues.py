"""Owner and suppression queues hand on the answers in the form that matching takes."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from nrpd.errors import BadInput
from nrpd.matching.owners import resolve
from nrpd.matching.standing import EDITED, OPTED_IN, Decision
from nrpd.pipedrive.records import User
from nrpd.views import Choice, OwnersView, QueueItem, QueueView, SuppressionView

USERS = [
    User(1, "Ada", "ada@x.example", True, True),
    User(2, "Bo", "bo@x.example", True),
    User(3, "Cy", "cy@x.example", False),
]
COUNTS = {
    "ada@x.example": {"contacts": 5},
    "cy@x.example": {"contacts": 2},
    "di@x.example": {"contacts": 1},
    "": {"contacts": 3},
}


def test_owners_are_asked_only_where_nobody_matches_and_the_answers_fit_resolve() -> None:
    calls: list[Any] = []
    found = resolve(COUNTS, [], USERS, USERS[0])
    view = OwnersView(found, USERS, USERS[0], lambda name, answers: calls.append((name, answers)))
    assert [item.key for item in view.items] == ["cy@x.example", "di@x.example"]
    assert view.widget is not None
    assert view.bar is not None
    first, second = view.editors
    assert [value for _, value in first.choice.options] == ["", "default", "provision", "1", "2"]
    first.choice.value = "2"
    view.bar.name.value = "Kim"
    view.bar.button.click()
    assert "1 without a decision: di@x.example" in view.bar.message.value
    second.choice.value = "provision"
    view.bar.button.click()
    view.bar.button.click()
    assert calls == [("Kim", {"cy@x.example": "2", "di@x.example": "provision"})]
    again = {d.key: (d.how, d.user_id) for d in resolve(COUNTS, [], USERS, USERS[0], calls[0][1])}
    assert again["cy@x.example"] == ("assigned", 2)
    assert again["di@x.example"] == ("provision", None)
    text = view.static.text
    assert "ada@x.example" in text
    assert "assign to Bo" in text


def decision(key: str, *conflicts: str) -> Decision:
    return Decision(key, key, "suppressed", ("unsubscribe",), date(2024, 1, 2), (7,), (), conflicts, "flag")


def test_mailable_can_be_chosen_only_after_a_later_opt_in() -> None:
    calls: list[Any] = []
    decisions = [decision("a@x.example", OPTED_IN), decision("b@x.example", EDITED), decision("c@x.example")]
    view = SuppressionView(decisions, lambda name, answers: calls.append(answers))
    assert [[c.value for c in item.choices] for item in view.items] == [["suppress", "mailable"], ["suppress"]]
    with pytest.raises(BadInput, match="no answer"):
        view.answer("b@x.example", "mailable")
    view.answer("a@x.example", "mailable")
    assert view.widget is not None
    assert view.bar is not None
    view.answer_open("suppress")
    view.bar.name.value = "Kim"
    view.bar.button.click()
    assert calls == [{"a@x.example": "mailable", "b@x.example": "suppress"}]
    assert "c@x.example" in view._repr_mimebundle_()["text/html"]


def test_a_long_queue_builds_one_page_and_can_be_answered_at_once() -> None:
    choices = (Choice("yes", "Yes"), Choice("no", "No"))
    items = [QueueItem(str(n), f"<question {n}>", choices, {"records": n}) for n in range(2500)]
    calls: list[Any] = []
    view = QueueView("Open", items, lambda name, answers: calls.append(answers))
    assert view.widget is not None
    assert view.bar is not None
    assert len(view.editors) == 10
    view.answer("3", "no")
    assert view.answer_open("yes") == 2499
    view.bar.name.value = "Kim"
    view.bar.button.click()
    assert calls[0]["3"] == "no"
    assert calls[0]["2499"] == "yes"
    assert "&lt;question 1&gt;" in view._repr_html_()


def test_an_empty_queue_can_be_confirmed() -> None:
    calls: list[Any] = []
    view = QueueView("Open", [], lambda name, answers: calls.append(name))
    assert view.widget is not None
    assert view.bar is not None
    view.bar.name.value = "Kim"
    view.bar.button.click()
    assert calls == ["Kim"]


def test_what_a_decision_left_unanswered_is_said_to_be_left_to_who_decided() -> None:
    items = [QueueItem("a", "a@x.example", (Choice("1", "one"),)), QueueItem("b", "b@x.example", (Choice("1", "one"),))]
    undecided = QueueView("Who", items, lambda *_: None).static.text
    assert undecided.count("open") == 3
    decided = QueueView("Who", items, lambda *_: None, decided=("auto", "2026-01-01T00:00:00Z")).static.text
    assert decided.count("left to auto") == 2
    assert "open" not in decided


def test_one_answer_for_all_that_offer_it() -> None:
    strict, proposed, other = Choice("suppress", "suppress"), Choice("as", "as proposed"), Choice("7", "person 7")
    items = [QueueItem(f"s{n}", f"s{n}@x.example", (strict, Choice("ok", "mailable"))) for n in range(3)]
    items += [QueueItem("c1", "C1", (proposed, other)), QueueItem("c2", "C2", (proposed,))]
    view = QueueView("Who", items, lambda *_: None)
    (choice, button) = next(
        child.children for child in view.widget.children
        if [getattr(part, "description", "") for part in getattr(child, "children", ())] == ["All that are open", "Set"]
    )  # fmt: skip
    assert [value for _, value in choice.options] == ["suppress", "ok", "as"]
    for value in ("suppress", "as"):
        choice.value = value
        button.click()
    assert view.answers == {"s0": "suppress", "s1": "suppress", "s2": "suppress", "c1": "as", "c2": "as"}
