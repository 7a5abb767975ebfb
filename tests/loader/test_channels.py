"""Whose the entries of a list are, by the writes of a record."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nrpd.loader.plans.channels import added, without


def _phones(text: str) -> dict[str, Any]:
    return {"phones": [{"value": digit} for digit in text]} if text else {}


CASES: list[tuple[str, list[tuple[str, str]], str, str]] = [
    # what is shown, writes as (stood there, sent), ours, people's
    ("made by nrpd", [("", "12")], "12", ""),
    ("there before", [("9", "912")], "12", ""),
    ("people added one between two writes", [("", "1"), ("13", "132")], "12", "3"),
    ("there before, and people added one", [("9", "91"), ("913", "9132")], "12", "3"),
    ("taken back by nrpd", [("", "12"), ("12", "1")], "1", ""),
    ("taken back, then people wrote it again", [("", "12"), ("12", "1"), ("12", "123")], "13", "2"),
    ("taken away by people", [("", "12"), ("1", "13")], "123", ""),
    ("a write of other fields", [("", "1")], "1", ""),
]


@pytest.mark.parametrize(("shown", "writes", "ours", "theirs"), CASES, ids=[case[0] for case in CASES])
def test_whose_an_entry_is(shown: str, writes: list[tuple[str, str]], ours: str, theirs: str) -> None:
    history: list[Any] = [(_phones(before), _phones(sent)) for before, sent in writes]
    assert added([*history, ({}, {"name": "A"})], "phones") == (set(ours), set(theirs))


@given(st.lists(st.tuples(*[st.sets(st.sampled_from("12345"))] * 2), max_size=5))
def test_nothing_is_both_and_nothing_was_there_first(writes: list[tuple[set[str], set[str]]]) -> None:
    history: list[Any] = [(_phones("".join(b)), {"phones": _phones("".join(s)).get("phones", [])}) for b, s in writes]
    ours, theirs = added(history, "phones")
    first = writes[0][0] if writes else set()
    assert not theirs & first
    left = without("phones", [{"value": digit} for digit in "12345"], ours)
    assert {entry["value"] for entry in left} == set("12345") - ours
