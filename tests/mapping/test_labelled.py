"""The thresholds that the proposal is held to, on fields that were not looked at while it was made."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.benchmarks.mapping_proposal import by_letters, score
from tests.mapping.labelled import HALVES, accounts, labels, ranked

UNSEEN = ("calibration", "held_out")


def test_the_labels_are_many_in_four_languages_and_half_of_them_of_tools_not_looked_at() -> None:
    every = [label for half in HALVES for label in labels(half)]
    assert len(every) >= 250
    assert {label.lang for label in every} == {"en", "de", "fr", "es"}
    assert {label.account for label in every} == set(accounts())
    unseen = [label for half in UNSEEN for label in labels(half)]
    assert len(unseen) >= len(every) / 2
    assert not {label.tool for label in unseen} & {label.tool for label in labels("tuning")}
    assert all(label.values and any(label.values) for label in every)
    twice = [key for key, n in Counter((v.tool, v.account, v.object, v.header) for v in every).items() if n > 1]
    assert twice == []


@pytest.mark.parametrize("half", HALVES)
def test_the_right_target_comes_first_or_nearly(half: str) -> None:
    found = score(labels(half), [ranked(label) for label in labels(half)])
    assert found.first >= 0.93
    assert found.within_three >= 0.98


def test_of_what_it_is_sure_nearly_all_is_right() -> None:
    unseen = [label for half in UNSEEN for label in labels(half)]
    found = score(unseen, [ranked(label) for label in unseen])
    assert found.sure >= 0.98
    assert found.sure_labels >= 0.6 * found.labels


def test_letters_alone_are_far_behind() -> None:
    found = score(labels("held_out"), [by_letters(label, 0.8) for label in labels("held_out")])
    assert found.first < 0.8
