"""What a rollback would do with each record."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nrpd.loader.plans.undo import Undo, undo_record
from nrpd.pipedrive.records import SUPPRESSION_FIELDS

STATUS = SUPPRESSION_FIELDS[0]


def _memory(origin: str, written: dict[str, Any], before: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"origin": origin, "written": written, "before": before or {}}


def _mails(*texts: str) -> tuple[dict[str, Any], ...]:
    return tuple({"value": text, "label": "work", "primary": not n} for n, text in enumerate(texts))


def _undo(
    memory: Any, present: Any, after: Any = None, hung: Any = (), entity: str = "person", history: Any = ()
) -> Undo:
    return undo_record(entity, "7", memory, present, memory["written"] if after is None else after, hung, history)


CREATED: list[tuple[str, Any, Any, tuple[str, ...], str, str]] = [
    ("untouched goes", {"name": "A"}, {"name": "A"}, (), "delete", ""),
    ("changed stays", {"name": "A"}, {"name": "B"}, (), "keep", "changed by people since: name"),
    ("a field that people added", {"name": "A"}, {"name": "A", "Tier": "Gold"}, (), "keep", "Tier"),
    ("a field that people cleared", {"name": "A", "Tier": "Gold"}, {"name": "A"}, (), "keep", "Tier"),
    ("something hangs on it", {"name": "A"}, {"name": "A"}, ("deal 3", "note 1"), "keep", "deal 3, note 1"),
    ("gone", {"name": "A"}, None, (), "gone already", "not in the account"),
    ("a new update time is no change", {"name": "A"}, {"name": "A", "update_time": "later"}, (), "delete", ""),
    ("a number is a number", {"Score": 5}, {"Score": 5.0}, (), "delete", ""),
    ("blank is absent", {"name": "A", "Tier": ""}, {"name": "A"}, (), "delete", ""),
]


@pytest.mark.parametrize(("shown", "written", "present", "hung", "verb", "why"), CREATED, ids=[c[0] for c in CREATED])
def test_a_record_that_nrpd_created(shown: str, written: Any, present: Any, hung: Any, verb: str, why: str) -> None:
    found = _undo(_memory("created", written), present, hung=hung)
    assert found.verb == verb
    assert why in found.why


ADOPTED: list[tuple[str, Any, Any, Any, str, Any, list[str]]] = [
    ("a filled blank is cleared", {"Title": "T"}, {}, {"Title": "T"}, "restore", {"Title": None}, []),
    ("an overwritten value comes back", {"Title": "T"}, {"Title": "Old"}, {"Title": "T"}, "restore",
     {"Title": "Old"}, []),
    ("what people changed stays", {"Title": "T"}, {"Title": "Old"}, {"Title": "Theirs"}, "keep", {}, ["Title"]),
    ("what people cleared stays so", {"Title": "T"}, {"Title": "Old"}, {}, "keep", {}, ["Title"]),
    ("suppression stays", {STATUS: "suppressed", "Title": "T"}, {}, {STATUS: "suppressed", "Title": "T"}, "restore",
     {"Title": None}, [STATUS]),
    ("only suppression", {STATUS: "suppressed"}, {}, {STATUS: "suppressed"}, "keep", {}, [STATUS]),
    ("the added address goes", {"emails": _mails("a@b.example", "c@d.example")}, {"emails": _mails("a@b.example")},
     {"emails": _mails("a@b.example", "c@d.example")}, "restore", {"emails": _mails("a@b.example")}, []),
    ("a third address, of people", {"emails": _mails("a@b.example", "c@d.example")}, {"emails": _mails("a@b.example")},
     {"emails": _mails("a@b.example", "c@d.example", "e@f.example")}, "keep", {}, ["emails"]),
    ("nothing was written", {}, {}, {"name": "A"}, "keep", {}, []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("shown", "written", "before", "present", "verb", "values", "stays"), ADOPTED, ids=[c[0] for c in ADOPTED]
)
def test_a_record_that_was_there_before(
    shown: str, written: Any, before: Any, present: Any, verb: str, values: Any, stays: list[str]
) -> None:
    found = _undo(_memory("adopted", written, before), present)
    assert (found.verb, found.values, sorted(found.stays)) == (verb, values, stays)


NAMES = ("name", "Title", "Score", *SUPPRESSION_FIELDS)
RECORDS = st.dictionaries(st.sampled_from(NAMES), st.one_of(st.text(max_size=2), st.integers(0, 2)))


@given(RECORDS, RECORDS, RECORDS)
def test_never_over_what_people_changed_and_never_a_suppression(written: Any, before: Any, present: Any) -> None:
    found = _undo(_memory("adopted", written, before), present)
    assert found.verb in ("restore", "keep")
    assert not set(found.values) & set(SUPPRESSION_FIELDS)
    for name in found.values:
        assert name in written
        assert present.get(name) == written[name]


@given(RECORDS, RECORDS)
def test_undoing_brings_back_what_was_there(written: Any, before: Any) -> None:
    present = {**before, **written}
    found = _undo(_memory("adopted", written, {name: before.get(name) for name in written}), present)
    after = {**present, **found.values}
    blank = (None, "")
    for name in set(written) - set(SUPPRESSION_FIELDS):
        assert after.get(name) == before.get(name) or (after.get(name) in blank and before.get(name) in blank)


@given(RECORDS, RECORDS)
def test_a_created_record_that_differs_is_kept_whole(written: Any, present: Any) -> None:
    found = _undo(_memory("created", written), present)
    plain = {k: v for k, v in written.items() if v != ""} == {k: v for k, v in present.items() if v != ""}
    assert (found.verb == "delete") is plain
    assert found.values == {}


@pytest.mark.parametrize("origin", ["created", "adopted"])
def test_what_people_added_before_a_later_write_is_theirs(origin: str) -> None:
    """The later write sent it as well, since a list is sent whole."""
    old, more = _mails("old@b.example", "ours@b.example"), _mails("old@b.example", "ours@b.example", "theirs@b.example")
    every = (*more, *_mails("late@b.example"))
    first = {"emails": _mails("old@b.example")} if origin == "adopted" else {}
    history = [(first, {"emails": old}), ({"emails": more}, {"emails": every})]
    memory = _memory(origin, {"emails": every}, first)
    assert _undo(memory, {"emails": every}, history=history).verb == "keep"
    assert _undo(memory, {"emails": every}, history=history[:1]).verb != "keep"
