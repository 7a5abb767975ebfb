from __future__ import annotations

import pytest

from nrpd.mapping.names import are_synonyms, fold, is_flag, is_identifier, is_quantity, words
from nrpd.mapping.similarity import likeness


def test_words_and_folding() -> None:
    assert words("optInDate") == ["opt", "in", "date"]
    assert fold("Opt-In Date") == fold("opt_in_date") == "optindate"
    assert fold("Straße") == "strasse"
    assert fold("Prénom") == "prenom"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Date of Birth", "Geburtstag", True), ("Industry", "Branche", True), ("Birth Date", "date of birth", True),
        ("Secteur", "Sector", True), ("Region", "Partner Region", False), ("Email", "Email Count", False),
        ("Lead Source", "Source", True), ("Phone", "Partner Phone", False), ("Company Size", "Headcount", True),
    ],
)  # fmt: skip
def test_synonyms(one: str, other: str, same: bool) -> None:
    assert are_synonyms(one, other) is same
    assert are_synonyms(other, one) is same


def test_what_a_name_says_of_its_values() -> None:
    assert is_identifier("Account Number")
    assert is_identifier("Customer ID")
    assert not is_identifier("Number of Employees")
    assert is_quantity("Anzahl Kinder")
    assert is_flag("Is partner")
    assert is_flag("Wants mail?")
    assert not is_flag("Region")


def test_likeness_is_between_none_and_the_same() -> None:
    same, near, far = likeness("Lead Source", ["lead source", "Lead Sources", "Shoe size"])
    assert same == pytest.approx(1.0)
    assert 0 <= far < near < 1.01
    assert likeness("", ["x"]) == [0.0]
