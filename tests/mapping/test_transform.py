from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nrpd.mapping.transform import (
    NAME_FROM_EMAIL,
    Builder,
    Context,
    DoesNotFit,
    apply,
    build,
    labels,
    misfits,
    reasons_of,
)
from nrpd.mapping.transforms import TRANSFORMS
from nrpd.pipedrive.records import MAX_LENGTH
from tests.mapping.support import row

PERSON = [
    row("first_name", "name", "varchar", "first_name", new=False),
    row("last_name", "name", "varchar", "last_name", new=False),
    row("email", "emails", "emails", "email", new=False),
    row("work_phone", "phones", "phones", "work_phone", new=False),
    row("mobile_phone", "phones", "phones", "mobile_phone", new=False),
    row("address_1", "Address", "address", "street"),
    row("city", "Address", "address", "city"),
    row("country", "Address", "address", "country"),
    row("created_at", "add_time", "datetime", "created", new=False),
    row("updated_at", "Updated At", "varchar", "timestamp"),
    row("score", "Score", "double", "number"),
    row("lists", "Lists", "set", "options"),
    row("owner_email", "owner_id", "user", "owner", new=False),
    row("secret", "Secret", "varchar", "skip"),
]
CONTEXT = Context(timezone="America/Denver", date_orders={("contacts", "created_at", "a.csv"): "dmy"})


def test_a_whole_person() -> None:
    values = {
        "first_name": "Pat", "last_name": "O&#39;Brien", "email": "a@x.example; b@x.example",
        "work_phone": "303-555-0100", "mobile_phone": "12", "address_1": "1 Main St\nSuite 2",
        "city": "Denver", "country": "US",
        "created_at": "04/03/2021 10:00", "updated_at": "2024-01-15 23:30", "score": "12.50",
        "lists": "News;Events;News",
        "owner_email": "kim@acme.example", "secret": "s",
    }  # fmt: skip
    built = build("person", PERSON, values, CONTEXT, {"created_at": "a.csv"})
    assert built.values == {
        "name": "Pat O'Brien",
        "emails": (
            {"value": "a@x.example", "label": "work", "primary": True},
            {"value": "b@x.example", "label": "work", "primary": False},
        ),
        "phones": (
            {"value": "+13035550100", "label": "work", "primary": True},
            {"value": "12", "label": "mobile", "primary": False},
        ),
        "Address": {
            "value": "1 Main St, Suite 2, Denver, US", "route": "1 Main St, Suite 2", "locality": "Denver",
            "country": "US",
        },
        "add_time": "2021-03-04T17:00:00Z", "Updated At": "2024-01-16T06:30:00Z", "Score": 12.5,
        "Lists": ("Events", "News"),
    }  # fmt: skip
    assert built.unfit == []
    assert [column for column, _, _ in built.losses] == ["mobile_phone"]
    assert [column for column, _, _ in built.notes] == ["last_name"]


def test_without_a_name_the_address_stands_for_it_and_says_so() -> None:
    built = build("person", PERSON, {"first_name": " ", "last_name": "\u200b", "email": "kim@x.example"}, CONTEXT)
    assert built.values["name"] == "kim@x.example"
    assert built.losses == [("email", "kim@x.example", NAME_FROM_EMAIL)]


def test_a_name_that_is_too_long_is_not_cut_and_not_replaced() -> None:
    built = build("person", PERSON, {"first_name": "x" * 200, "last_name": "y" * 200, "email": "a@x.example"}, CONTEXT)
    assert "name" not in built.values
    assert built.unfit[0][2] == "a name of 401 characters; 255 fit"


@pytest.mark.parametrize("transform", ["organization", "relationship"])
def test_the_name_of_a_company_that_is_too_long_does_not_fit(transform: str) -> None:
    link = row("company_name", "org_id", "org", transform, new=False)
    assert reasons_of(link, CONTEXT)("x" * 256, "") == "a name of 256 characters; 255 fit"
    assert [reasons_of(link, CONTEXT)(text, "") for text in ("x" * 255, "&amp;" * 255, "-", "")] == [""] * 4
    assert build("person", [link], {"company_name": "x" * 256}, CONTEXT).values == {}


@pytest.mark.parametrize("word", ["Null", "NA", "None", "nan", "N/A", "null"])
def test_words_for_nothing_are_names(word: str) -> None:
    assert build("person", PERSON, {"last_name": word}, CONTEXT).values["name"] == word


def test_what_does_not_fit_is_listed_and_the_rest_goes_on() -> None:
    values = {"last_name": "Lee", "score": "4.9E+11", "created_at": "2024-03-10 02:30", "email": "not an address"}
    built = build("person", PERSON, values, CONTEXT)
    assert built.values == {"name": "Lee"}
    assert {column for column, _, _ in built.unfit} == {"score", "created_at", "email"}


def test_a_time_that_cannot_be_placed_is_kept_as_text() -> None:
    built = build("person", PERSON, {"last_name": "Lee", "updated_at": "2024-03-10 02:30"}, CONTEXT)
    assert built.values["Updated At"] == "2024-03-10 02:30"
    assert "skipped" in built.losses[0][2]


def test_a_zero_date_is_blank_and_said() -> None:
    built = build("person", PERSON, {"last_name": "Lee", "created_at": "0000-00-00"}, CONTEXT)
    assert "add_time" not in built.values
    assert built.losses == [("created_at", "0000-00-00", "a zero date means no date; left blank")]


def test_the_order_of_dates_is_that_of_the_file() -> None:
    first = {"last_name": "Lee", "created_at": "04/03/2021"}
    assert build("person", PERSON, first, CONTEXT, {"created_at": "a.csv"}).values["add_time"] == "2021-03-04T07:00:00Z"
    assert build("person", PERSON, first, CONTEXT, {"created_at": "b.csv"}).unfit[0][0] == "created_at"


def test_options_take_the_spelling_of_the_account() -> None:
    context = Context(options={("person", "Stage"): ("Lead", "MQL"), ("person", "VIP"): ("Ja", "Nein")})
    assert apply(row("stage", "Stage", "enum", "option"), "mql", context) == "MQL"
    assert apply(row("stage", "Stage", "enum", "option"), "SQL", context) == "SQL"
    assert apply(row("vip", "VIP", "enum", "yes_no"), "true", context) == "Ja"
    assert apply(row("other", "Other", "enum", "yes_no"), "0", context) == "No"


def test_labels_are_all_options_of_the_column() -> None:
    lists = row("lists", "Lists", "set", "options")
    assert labels(lists, ["b;a", "a", "", "AT&amp;T"], Context()) == ("a", "AT&T", "b")


def test_rows_of_two_objects_are_refused() -> None:
    with pytest.raises(ValueError, match="one object"):
        Builder("person", [PERSON[0], row("name", "X", "varchar", "text", object="campaigns")], CONTEXT)


def test_misfits_count_and_show() -> None:
    found = misfits(row("score", "Score", "double", "number"), ["1", "x", "x", "", "007"], Context())
    assert found is not None
    assert found.count == 3
    assert dict(found.examples) == {"x": "not a number", "007": "leading zeros: an id, not a number"}
    assert misfits(row("score", "Score", "double", "number"), ["1", ""], Context()) is None


@pytest.mark.parametrize(
    ("kind", "transform", "text", "value"),
    [
        ("daterange", "date_range", "2024-01-05 - 2024-02-01", {"value": "2024-01-05", "until": "2024-02-01"}),
        ("time", "time", "1:05 pm", {"value": "13:05:00"}),
        ("timerange", "time_range", "09:00 - 17:30", {"value": "09:00:00", "until": "17:30:00"}),
        ("monetary", "money_comma", "€ 1.200,50", {"value": 1200.5, "currency": "EUR"}),
        ("int", "integer", "1,234", 1234),
        ("date", "date", "2024-01-05 23:59:00", "2024-01-05"),
        ("set", "options_bar", "a | b", ("a", "b")),
        ("phone", "phone", "303 555 0100", "+13035550100"),
        ("address", "city", "Denver", "Denver"),
        ("varchar", "source_id", "00012", "00012"),
    ],
)
def test_transforms(kind: str, transform: str, text: str, value: Any) -> None:
    assert apply(row("c", "F", kind, transform), text, Context()) == value


CELLS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["", " ", "\u200b", "Null", "1,234.5", "2024-01-05", "05/13/2021 10:00", "a;b", "x@y.example",
         "+1 303 555 0100", "yes", "4E+10", "0000-00-00", "&amp;lt;", "a" * 300, "1:30", "€5"],
    ),
)  # fmt: skip
PAIRS = st.sampled_from(
    [(name, kind) for name, t in TRANSFORMS.items() if t.kind in ("value", "part") for kind in sorted(t.types)]
)


@settings(deadline=None)
@given(PAIRS, CELLS)
def test_a_value_is_valid_for_its_type_and_the_same_each_time(pair: tuple[str, str], text: str) -> None:
    one = row("c", "F", pair[1], pair[0])
    built = build("person", [one], {"c": text}, Context())
    assert built == build("person", [one], {"c": text}, Context())
    for name, value in built.values.items():
        assert_valid(pair[1] if name == "F" else "varchar", value)
    if "F" not in built.values and text.strip("\u200b ") and not text.startswith("0000"):
        try:
            assert apply(one, text, Context()) in (None, ())
        except DoesNotFit:
            assert built.unfit


@given(st.dictionaries(st.sampled_from([r.column for r in PERSON]), CELLS))
def test_no_value_without_a_source_and_blank_never_clears(values: Mapping[str, str]) -> None:
    built = build("person", PERSON, values, CONTEXT)
    filled = {c for c, text in values.items() if text.strip("\u200b \u00a0\n\t")}
    fields = {r.target.field for r in PERSON if r.column in filled}
    if {"email", "work_phone", "mobile_phone"} & filled:
        fields.add("name")
    assert set(built.values) <= fields
    assert all(value not in (None, "", (), {}) for value in built.values.values())
    assert not {"Secret", "owner_id"} & set(built.values)
    assert "nan" not in str(built.values).casefold().split() or "nan" in str(values).casefold()


def assert_valid(kind: str, value: Any) -> None:
    """The canonical forms of `nrpd/pipedrive/records.py`."""
    if kind in ("varchar", "varchar_auto", "text", "phone"):
        assert isinstance(value, str)
        assert 0 < len(value) <= MAX_LENGTH[kind]
    elif kind in ("double", "int"):
        assert isinstance(value, int if kind == "int" else (int, float))
        assert math.isfinite(value)
    elif kind == "monetary":
        assert set(value) == {"value", "currency"}
        assert re.fullmatch("[A-Z]{3}", value["currency"])
    elif kind == "date":
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", value)
    elif kind in ("daterange", "timerange"):
        assert set(value) == {"value", "until"}
    elif kind == "time":
        assert re.fullmatch(r"\d\d:\d\d:\d\d", value["value"])
    elif kind == "enum":
        assert 0 < len(value) <= 255
    elif kind == "set":
        assert list(value) == sorted(set(value))
        assert all(0 < len(label) <= 255 for label in value)
    elif kind == "address":
        assert value["value"]
    elif kind == "datetime":
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value)
    else:
        assert [point["primary"] for point in value] == [n == 0 for n in range(len(value))]
        assert all(point["value"] for point in value)
