"""The calendar: days by hand, and what holds for all of them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nrpd.handover.calendar import calendar
from nrpd.handover.workload import Kind, Work, settings_of


def read(phase: str, requests: int, cost: int = 10) -> Work:
    return Work(phase, "read", requests, cost)


def write(phase: str, requests: int, cost: int = 5) -> Work:
    return Work(phase, "write", requests, cost, Kind.WRITTEN)


def check(phase: str, requests: int, cost: int = 10) -> Work:
    return Work(phase, "check", requests, cost, Kind.CHECK)


ONE = [read("a", 2), write("a", 100), read("a", 1)]
SETTINGS = 110
"""Tokens with which each run but the first begins, to know how the account is set up."""


@pytest.mark.parametrize(
    ("work", "budget", "first", "tokens"),
    [
        ([], 400, None, [0]),
        (ONE, 1000, None, [530]),
        (ONE, 530, None, [530]),
        # 20 read, 76 written; then 20 read again, the other 24 written, 10 read.
        (ONE, 400, None, [400, SETTINGS + 20 + 120 + 10]),
        # All is written, but the last reading does not fit: the next day reads everything.
        (ONE, 529, None, [520, SETTINGS + 20 + 10]),
        (ONE, 400, 100, [20 + 80, SETTINGS + 20 + 270, SETTINGS + 20 + 150 + 10]),
        (ONE, 400, 19, [10, SETTINGS + 20 + 270, SETTINGS + 20 + 230 + 10]),
        # A phase that is complete is not read again.
        ([*ONE, read("b", 3)], 530, None, [530, SETTINGS + 30]),
        ([*ONE, read("b", 3)], 545, None, [540, SETTINGS + 30]),
        # What was written and not looked at yet is seen with what is read again.
        ([read("a", 2), write("a", 100), check("a", 3)], 530, None, [530, SETTINGS + 20]),
        ([read("a", 2), write("a", 100), check("a", 3), write("a", 10)], 550, None, [550, SETTINGS + 20 + 50]),
        # What a phase reads of the settings by itself is read once a run, too.
        ([*settings_of("a"), *ONE], 500, None, [110 + 20 + 370, SETTINGS + 20 + 130 + 10]),
    ],
)
def test_days(work: list[Work], budget: int, first: int | None, tokens: list[int]) -> None:
    made = calendar(work, budget, first=first)
    assert [day.tokens for day in made.days] == tokens
    assert made.stuck_in == ""


def test_dates_and_phases() -> None:
    made = calendar([*ONE, read("b", 3)], 530, start=date(2026, 12, 31))
    assert [(d.day, d.date, d.requests, d.phases) for d in made.days] == [
        (1, date(2026, 12, 31), 103, ("a",)),
        (2, date(2027, 1, 1), 9 + 3, ("b",)),
    ]


def test_the_burst_limit_ends_a_day_too() -> None:
    assert [d.requests for d in calendar([write("a", 45)], 10_000, most_requests=20).days] == [20, 20, 20, 9 + 3]


@pytest.mark.parametrize(
    "work", [[read("a", 5)], [read("a", 4), write("a", 1)], [write("a", 3), read("a", 5)]]
)  # fmt: skip
def test_a_phase_that_a_whole_day_gets_no_further_is_stuck(work: list[Work]) -> None:
    made = calendar([write("0", 25), *work, write("z", 1)], SETTINGS + 40)
    assert made.stuck_in == "a"
    assert len(made.days) <= 4


@given(
    work=st.lists(
        st.builds(
            Work, st.just("a"), st.just(""), st.integers(1, 40), st.sampled_from([2, 5, 10, 20]), st.sampled_from(Kind)
        ),
        max_size=8,
    ),
    budget=st.integers(130, 600),
    first=st.none() | st.integers(20, 600),
)  # fmt: skip
@settings(max_examples=200, deadline=None)
def test_what_lasts_is_done_once_and_no_day_is_exceeded(work: list[Work], budget: int, first: int | None) -> None:
    made = calendar(work, budget, first=first)
    assert all(day.tokens <= budget for day in made.days)
    assert made.days[0].tokens <= (budget if first is None else first)
    spent, once = sum(day.tokens for day in made.days), sum(w.tokens for w in work)
    written = sum(w.tokens for w in work if w.kind is Kind.WRITTEN)
    again = SETTINGS + sum(w.tokens for w in work if w.kind is Kind.READ)
    if not made.stuck_in:
        assert written <= spent <= once + again * (len(made.days) - 1)
    else:
        assert again + max(w.cost for w in work) > budget
