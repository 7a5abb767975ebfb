from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nrpd.mapping import similarity
from nrpd.mapping.hints import is_choice, is_dialled, is_flag, is_identifier, is_money, is_open, is_quantity
from nrpd.mapping.lexicon import readings
from nrpd.mapping.names import fold, words
from nrpd.mapping.similarity import resemblance


def test_words_and_folding() -> None:
    assert words("optInDate") == ["opt", "in", "date"]
    assert fold("Opt-In Date") == fold("opt_in_date") == "optindate"
    assert fold("Straße") == "strasse"
    assert fold("Prénom") == "prenom"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Date of Birth", "Geburtstag", True), ("Industry", "Branche", True), ("Birth Date", "date of birth", True),
        ("Secteur d'activité", "Sector", True), ("Region", "Partner Region", False), ("Email", "Email Count", False),
        ("Phone", "Partner Phone", False), ("USt-IdNr.", "N° TVA", True), ("Abt.", "Abteilung", True),
        ("NumberofLocations__c", "Anzahl Standorte", True), ("Número de empleados", "Anzahl Mitarbeiter", True),
        ("Número de cliente", "Kundennummer", True), ("jobtitle", "Job Title", True), ("LinkedIn", "Linked In", True),
        ("Nombre de cliente", "Kundenname", True), ("Fecha de nacimiento", "Date de naissance", True),
        ("Rechnungsort", "Billing City", True), ("Rechnungsort", "City", False), ("T-Shirt Size", "Size", False),
    ],
)  # fmt: skip
def test_names_that_mean_the_same_in_any_of_four_languages(one: str, other: str, same: bool) -> None:
    assert bool(set(readings(one)) & set(readings(other))) is same


@settings(deadline=None)  # the first example loads the lists and the model
@given(st.text(max_size=40))
def test_any_name_has_a_reading_and_is_like_itself(name: str) -> None:
    assert bool(readings(name)) is bool(words(name))
    found = resemblance(name, name)
    assert all(0 <= value <= 1 for value in vars(found).values())
    assert found.same == found.meaning == 1.0 if words(name) else found.meaning == 0


@pytest.mark.parametrize(
    ("test", "yes", "no"),
    [
        (is_identifier, ("Account Number", "Customer ID", "Kundennr.", "Order #", "Código postal"),
         ("Number of Employees", "Phone Number", "Anzahl Mitarbeiter")),
        (is_quantity, ("Anzahl Kinder", "Number of Employees", "Days Overdue"), ("Region", "Kundennummer")),
        (is_money, ("Annual Revenue", "Presupuesto", "Kreditlimit", "Montant"), ("Anzahl", "Age")),
        (is_flag, ("Is partner", "Wants mail?", "Acepta newsletter"), ("Region", "Company")),
        (is_choice, ("Kundenart", "Type de client", "Branche", "Lead Status"), ("Status code", "City")),
        (is_open, ("Nickname", "Ville", "Notizen"), ("Kategorie",)),
        (is_dialled, ("Phone Number", "Telefon Büro", "Tél. portable"), ("Number",)),
    ],
)  # fmt: skip
def test_what_a_name_says_of_its_values(test, yes, no) -> None:  # type: ignore[no-untyped-def]
    assert [name for name in yes if not test(name)] == []
    assert [name for name in no if test(name)] == []


def test_likeness_is_between_none_and_the_same() -> None:
    near = resemblance("Lead Sources", "Lead Source")
    far = resemblance("Shoe size", "Lead Source")
    assert 0 <= far.meaning < near.meaning <= 1
    assert 0 <= far.letters < near.letters <= 1
    assert 0 <= far.sense < near.sense <= 1
    assert resemblance("", "x").meaning == 0


def test_without_the_model_letters_stand_in_for_sense(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(similarity, "_model", lambda: None)
    found = resemblance.__wrapped__("Lead Sauce", "Lead Source")
    assert found.sense == found.letters
    assert not similarity.has_model()
