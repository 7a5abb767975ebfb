from __future__ import annotations

import pytest

from nrpd.matching.contacts import merge
from nrpd.matching.duplicates import match_persons
from nrpd.matching.sample import choose, features
from nrpd.matching.suppression import ledger
from tests.matching.helpers import contact, person, rows, when


def test_the_rarest_feature_is_shown_and_nobody_is_chosen_twice() -> None:
    shown = {f"p{i:03}": {"field:email", f"value:stage={i % 3}"} for i in range(50)} | {"odd": {"odd:conflict"}}
    sample = choose(shown, 10)
    assert len(sample.keys) == len(set(sample.keys)) == 10
    assert "odd" in sample.keys
    assert set(sample.shows) == {f for own in shown.values() for f in own}
    assert sample.missed == ()
    assert choose(dict(reversed(shown.items())), 10) == sample


def test_a_small_population_is_taken_whole_and_a_small_size_says_what_it_misses() -> None:
    shown = {"a": {"x"}, "b": {"y"}, "c": {"z"}}
    assert sorted(choose(shown, 100).keys) == ["a", "b", "c"]
    assert choose(shown, 2).missed == ("z",)
    with pytest.raises(ValueError, match="at least 1"):
        choose(shown, 0)


def test_features_of_a_person() -> None:
    (one,) = merge(
        rows("c.csv", contact("1", "a@x.example; b@x.example", first_name="Null", lead_stage="MQL", lists="News;Fair",
                              owner_email="Kim@corp.example", postal_code="02138", unsubscribed="yes")),
        when,
    )  # fmt: skip
    (match,) = match_persons([one], [person(7, "b@x.example", name="Other")], {})
    found = features(
        one,
        ledger=ledger([], one.rows, when),
        match=match,
        dropdowns={"lead_stage": "", "lists": ";"},
        company="name:acme",
    )
    assert {
        "field:lead_stage", "value:lead_stage=mql", "value:lists=fair", "value:lists=news", "owner:kim@corp.example",
        "suppression:unsubscribe", "suppression:all mail", "suppression:undated",
        "match:address",
        "odd:other name in the account", "odd:several addresses", "odd:leading zero", "odd:null word",
        "company:by name",
    } <= found  # fmt: skip
