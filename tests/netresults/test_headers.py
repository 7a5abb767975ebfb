"""Headers: each of a labelled set is its column or left as custom; never wrongly an address, an id or a suppression."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nrpd.netresults.headers import all_columns, assign_columns, header_key, recognise_header
from nrpd.netresults.records import OBJECT_COLUMNS, SUPPRESSION_COLUMNS
from nrpd.netresults.synonyms import SYNONYMS

with (Path(__file__).parent / "labels.tsv").open(encoding="utf-8") as _stream:
    LABELS = list(csv.DictReader(_stream, delimiter="\t"))
_GUARDED = {"email", "contact_id", "company_id", "campaign_id", "send_id", *SUPPRESSION_COLUMNS}


def test_at_least_95_of_100_labels_are_right() -> None:
    wrong = [
        f"{label['object']}: {label['header']} is {found or 'custom'}, not {label['column'] or 'custom'}"
        for label in LABELS
        if (found := recognise_header(label["header"], label["object"])) != (label["column"] or None)
    ]
    assert len(wrong) <= 0.05 * len(LABELS), "\n".join(wrong)


@pytest.mark.parametrize("label", LABELS, ids=lambda label: f"{label['tool']}: {label['header']}")
def test_no_label_is_wrongly_an_address_an_id_or_a_suppression(label: dict[str, str]) -> None:
    found = recognise_header(label["header"], label["object"])
    assert found not in _GUARDED or found == label["column"]


@pytest.mark.parametrize("name", OBJECT_COLUMNS)
def test_the_designs_own_names_are_known(name: str) -> None:
    assert [recognise_header(column, name) for column in all_columns(name)] == list(all_columns(name))


@pytest.mark.parametrize("name", SYNONYMS)
def test_no_synonym_names_two_columns(name: str) -> None:
    seen: dict[str, str] = {}
    for column, names in SYNONYMS[name].items():
        for synonym in [column, *names]:
            assert seen.setdefault(header_key(synonym), column) == column, synonym


@given(st.sampled_from(list(SYNONYMS)), st.data())
def test_case_space_and_punctuation_make_no_difference(name: str, data: st.DataObject) -> None:
    column = data.draw(st.sampled_from(list(SYNONYMS[name])))
    synonym = data.draw(st.sampled_from(SYNONYMS[name][column]))
    between = data.draw(st.sampled_from(["_", "-", "  ", ".", " / "]))
    assert recognise_header(between.join(synonym.upper().split()), name) == recognise_header(synonym, name)


@pytest.mark.parametrize(
    ("values", "column"),
    [([], None), (["Yes", "", "no"], "consent"), (["2021-03-04", ""], "opt_in_date"), (["Yes", "March"], None)],
)
def test_a_bare_opt_in_is_settled_by_its_values(values: list[str], column: str | None) -> None:
    assert recognise_header("Opt-in", "contacts", values) == column


def test_the_most_specific_header_takes_the_column_and_the_rest_are_custom_fields() -> None:
    columns = assign_columns(["Work Email", "Email", "Phone", "Business Phone", "", "Email"], "contacts")
    assert columns.names[2:5] == ("work_phone", "Business Phone", "column 5")
    assert columns.problems == ("'Email' and 'Email' and 'Work Email' could each be email",)
    assert assign_columns(["Work Email", "Email"], "contacts").names == ("Work Email", "email")


def test_custom_fields_never_take_the_name_of_a_column() -> None:
    names = assign_columns(["e-mail", "row_file", "Size", "size", "E-Mail"], "contacts", {"email": "E-Mail"}).names
    assert len({name.casefold() for name in names}) == len(names)
    assert "row_file" not in names


@given(st.lists(st.text(max_size=12), max_size=8))
def test_every_header_gets_one_name_of_its_own(headers: list[str]) -> None:
    columns = assign_columns(headers, "contacts")
    filled = [name for name in columns.names if name]
    assert len(columns.names) == len(headers)
    assert len(set(filled)) == len(filled)
    assert len(filled) + sum(len(places) - 1 for places in columns.merged.values()) == len(headers)
