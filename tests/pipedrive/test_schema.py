from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nrpd.errors import BadInput
from nrpd.pipedrive.records import Field, Option
from nrpd.pipedrive.schema import Schema
from nrpd.pipedrive.values import same_value

KEYS = {name: f"{n:02x}aB" * 10 for n, name in enumerate(
    ["Lead Source", "Lists", "Lead Score", "Budget", "Opt-in Date", "Trial", "Shift", "Call At", "Fax", "Partner",
     "Address", "Notes On", "Net-Results ID", "Notes On 2"]
)}  # fmt: skip
WEB, FAIR = Option(12, "Web"), Option(15, "Fair, May")
SCHEMA = Schema(
    [
        Field("person", "Name", "name", "varchar", False),
        Field("person", "Email", "email", "varchar", False),
        Field("person", "Lead Source", KEYS["Lead Source"], "enum", True, (WEB, FAIR)),
        Field("person", "Lists", KEYS["Lists"], "set", True, (WEB, FAIR)),
        Field("person", "Lead Score", KEYS["Lead Score"], "double", True),
        Field("person", "Budget", KEYS["Budget"], "monetary", True),
        Field("person", "Opt-in Date", KEYS["Opt-in Date"], "date", True),
        Field("person", "Trial", KEYS["Trial"], "daterange", True),
        Field("person", "Shift", KEYS["Shift"], "timerange", True),
        Field("person", "Call At", KEYS["Call At"], "time", True),
        Field("person", "Fax", KEYS["Fax"], "phone", True),
        Field("person", "Partner", KEYS["Partner"], "org", True),
        Field("person", "Address", KEYS["Address"], "address", True),
        Field("person", "Notes On", KEYS["Notes On"], "text", True),
        Field("person", "Net-Results ID", KEYS["Net-Results ID"], "varchar", True),
        Field("person", "Net-Results ID", "f" * 40, "text", True),
        Field("person", "job_title", "e" * 40, "varchar", True),
        Field("organization", "Industry", "industry", "enum", False, (Option(3, "Retail"),)),
        Field("organization", "Website", "website", "varchar", False),
    ]
)


VALUES: list[tuple[str, Any, Any]] = [  # name, canonical, JSON of v2
    ("Lead Source", "Fair, May", 15),
    ("Lists", ("Fair, May", "Web"), [15, 12]),
    ("Lead Score", 7.5, 7.5),
    ("Lead Score", 0, 0),
    ("Budget", {"value": 100, "currency": "CHF"}, {"value": 100, "currency": "CHF"}),
    ("Opt-in Date", "2024-02-29", "2024-02-29"),
    ("Trial", {"value": "2024-01-01", "until": "2024-02-01"}, {"value": "2024-01-01", "until": "2024-02-01"}),
    ("Call At", {"value": "12:05:00"}, {"value": "12:05:00"}),
    ("Fax", "+1 303 555 0100", "+1 303 555 0100"),
    ("Partner", 44, 44),
    (
        "Address",
        {"value": "1 Main St, Denver", "locality": "Denver"},
        {"value": "1 Main St, Denver", "locality": "Denver"},
    ),
    ("Notes On", "NULL", "NULL"),
    ("job_title", "Clerk", "Clerk"),  # the account has no such standard field, but a custom field of that name
]


@pytest.mark.parametrize(("name", "value", "raw"), VALUES)
def test_custom_values_both_ways(name: str, value: Any, raw: Any) -> None:
    body = SCHEMA.encode("person", {name: value})
    field = SCHEMA.field("person", name)
    assert field is not None
    assert body == {"custom_fields": {field.key: raw}}  # the key byte for byte
    assert SCHEMA.decode("person", body) == {name: value}


def test_a_person_both_ways() -> None:
    values = {
        "name": "Kim Lee",
        "emails": ({"value": "Kim@acme.example", "label": "work", "primary": True},),
        "org_id": 4,
        "owner_id": 1,
        "visible_to": 3,
        "add_time": "2020-01-01T00:00:00Z",
        "Lead Source": "Web",
    }
    body = SCHEMA.encode("person", values)
    assert body["emails"] == [{"value": "Kim@acme.example", "label": "work", "primary": True}]
    assert SCHEMA.decode("person", {**body, "id": 7, "phones": [], "label_ids": [], "picture_id": None}) == {
        **values,
        "id": 7,
    }


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"Lead Source": "Webfrom"}, "person.Lead Source: 'Webfrom' is no option.*it has: 'Web', 'Fair, May'"),
        ({"Lead Source": "12"}, "no option"),
        ({"Lists": ("Web", "Fare")}, "person.Lists: 'Fare' is no option"),
        ({"Lists": ()}, "blank"),
        ({"Lead Colour": "red"}, "no field 'Lead Colour'"),
        ({"Lead Score": "7"}, "no number"),
        ({"Lead Score": True}, "no number"),
        ({"Lead Score": float("nan")}, "no number"),
        ({"Budget": 7}, "no object"),
        ({"Budget": {"value": 7}}, "currency"),
        ({"Opt-in Date": "2023-02-29"}, "YYYY-MM-DD"),
        ({"Opt-in Date": "20240101"}, "YYYY-MM-DD"),
        ({"Call At": {"value": "25:00"}}, "HH:MM"),
        ({"Notes On": ""}, "blank"),
        ({"Notes On": " "}, "blank"),
        ({"Net-Results ID": "x" * 256}, "at most 255"),
        ({"Partner": "44"}, "whole number"),
        ({"Address": {"locality": "Denver"}}, "address text"),
        ({"emails": [{"value": "{'value': 'kim@acme.example'}"}]}, "without a value"),
        ({"emails": "kim@acme.example"}, "no list"),
        ({"add_time": "2020-01-01 00:00:00"}, "point in time"),
        ({"update_time": "2020-01-01T00:00:00Z"}, "no field 'update_time'"),
    ],
)
def test_what_cannot_be_written_is_named(values: dict[str, Any], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        SCHEMA.encode("person", values)


@pytest.mark.parametrize(
    ("entity", "values", "body"),
    [
        ("person", {"org_id": None, "emails": None}, {"org_id": None, "emails": []}),
        ("activity", {"due_time": "09:30", "location": None}, {"due_time": "09:30:00", "location": None}),
        ("organization", {"employee_count": 12}, {"employee_count": 12}),
        (
            "organization",
            {"address": {"value": "1 Main St", "formatted_address": "1 Main St, US", "route": "", "country": None}},
            {"address": {"value": "1 Main St"}},
        ),
    ],
)
def test_standard_values_in_the_form_of_a_request(entity: str, values: dict[str, Any], body: dict[str, Any]) -> None:
    assert Schema(()).encode(entity, values) == body


def test_a_number_of_people_is_whole() -> None:
    with pytest.raises(BadInput, match=r"employee_count: 1\.5 is no whole number"):
        Schema(()).encode("organization", {"employee_count": 1.5})


def test_an_activity_takes_its_person_through_participants() -> None:
    values = {
        "subject": "Hello",
        "participants": [{"person_id": 1, "primary": True}],
        "due_time": "04:30:00",
        "done": True,
    }
    assert SCHEMA.encode("activity", values) == values
    with pytest.raises(BadInput, match="person_id"):
        SCHEMA.encode("activity", {"person_id": 1})


@pytest.mark.parametrize(
    "raw", [[12, 15], "12,15", "15, 12", ["12", 15], [{"id": 15, "label": "Fair, May"}, {"id": 12, "label": "Web"}]]
)
def test_options_in_whatever_shape(raw: Any) -> None:
    assert SCHEMA.decode("person", {"custom_fields": {KEYS["Lists"]: raw}}) == {"Lists": ("Fair, May", "Web")}


@pytest.mark.parametrize("raw", [12, "12", [12], {"id": 12, "label": "Web"}])
def test_one_option_in_whatever_shape(raw: Any) -> None:
    record = {"custom_fields": {KEYS["Lists"]: raw, KEYS["Lead Source"]: raw}}
    assert SCHEMA.decode("person", record) == {"Lists": ("Web",), "Lead Source": "Web"}


@pytest.mark.parametrize("blank", [None, "", [], {}])
def test_blanks_are_absent(blank: Any) -> None:
    record = {"name": "Kim", "org_id": None, "emails": blank, "custom_fields": dict.fromkeys(KEYS.values(), blank)}
    assert SCHEMA.decode("person", record) == {"name": "Kim"}
    assert SCHEMA.decode("person", {"custom_fields": blank}) == {}


def test_an_unknown_option_shows_and_an_unknown_field_does_not() -> None:
    record = {"custom_fields": {KEYS["Lead Source"]: 99, "9" * 40: "gone"}}
    assert SCHEMA.decode("person", record) == {"Lead Source": "unknown option 99"}


def test_blank_parts_and_round_numbers() -> None:
    record = {"custom_fields": {
        KEYS["Address"]: {"value": "1 Main St", "country": None, "locality": "Denver"},
        KEYS["Lead Score"]: 5.0, KEYS["Budget"]: {"value": 5.0, "currency": "EUR"}, KEYS["Trial"]: {"value": None},
    }}  # fmt: skip
    assert SCHEMA.decode("person", record) == {
        "Address": {"value": "1 Main St", "locality": "Denver"},
        "Lead Score": 5,
        "Budget": {"value": 5, "currency": "EUR"},
    }


def test_names() -> None:
    assert SCHEMA.custom_key("person", "Net-Results ID") == KEYS["Net-Results ID"]  # the first listed
    found = SCHEMA.field("person", "emails")
    assert found is not None
    assert found.key == "email"
    assert SCHEMA.field("person", "lead source") is None
    with pytest.raises(BadInput, match="Colour"):
        SCHEMA.custom_key("person", "Colour")
    message = f"Validation failed: custom_fields.{KEYS['Lead Score']}: bad"
    assert SCHEMA.explain("person", message) == "Validation failed: custom_fields.'Lead Score': bad"


def test_a_standard_choice_goes_by_label() -> None:
    assert SCHEMA.encode("organization", {"industry": "Retail", "website": "acme.example"}) == {
        "industry": 3,
        "website": "acme.example",
    }
    assert SCHEMA.decode("organization", {"industry": 3}) == {"industry": "Retail"}


def test_none_clears() -> None:
    body = SCHEMA.encode("person", {"Lead Score": None, "org_id": None})
    assert body == {"org_id": None, "custom_fields": {KEYS["Lead Score"]: None}}


@pytest.mark.parametrize(
    ("ours", "theirs", "same"),
    [
        (5, 5.0, True), (0.1, 0.10000000000000001, True), (5, "5", False), (True, 1, False), ("a", "A", False),
        ("04:30", "04:30:00", True), ("04:30", "04:30:01", False), ("01:00:00", "01:00", True),
        ("2020-01-01T00:00:00Z", "2020-01-01T01:00:00+01:00", True), ("2020-01-01", "2020-01-02", False),
        ("2020-01-01T00:00:00Z", "2020-01-01T00:00:00.120Z", True),
        ({"value": "a"}, {"value": "a", "country": "US"}, True),
        ({"value": "a", "country": "US"}, {"value": "a"}, False),
        (("a", "b"), ("b", "a"), True), (("a", "a"), ("a", "b"), False), (None, None, True), (None, 0, False),
        (({"value": "x", "primary": True},), ({"value": "x", "primary": False},), False),
        ([{"person_id": 1, "primary": True}], ({"person_id": 1, "primary": True},), True),
    ],
)  # fmt: skip
def test_same_value(ours: Any, theirs: Any, same: bool) -> None:
    assert same_value(ours, theirs) is same


TEXT = st.text(min_size=1, max_size=200).filter(lambda s: s.strip() != "")


@given(
    text=TEXT,
    score=st.integers(-(2**53), 2**53),
    part=st.floats(-1e14, 1e14),
    lists=st.sets(st.sampled_from(["Web", "Fair, May"]), min_size=1),
)
def test_what_is_written_is_read_back(text: str, score: int, part: float, lists: set[str]) -> None:
    values = {
        "name": text, "Notes On": text, "Lead Score": part, "Budget": {"value": score, "currency": "EUR"},
        "Lists": tuple(sorted(lists)),
        "phones": ({"value": text.lstrip("{[ ") or "1", "label": "home", "primary": True},),
    }  # fmt: skip
    try:
        body = SCHEMA.encode("person", values)
    except BadInput:  # blank or JSON-like once stripped of what came first
        return
    decoded = SCHEMA.decode("person", body)
    assert all(same_value(value, decoded[name]) for name, value in values.items())
    assert decoded.keys() == values.keys()


def test_a_plan_can_be_encoded_before_its_options_are_there() -> None:
    values = {"Lead Source": "New Fair", "Lists": ("Web", "New Fair")}
    with pytest.raises(BadInput, match="is no option"):
        SCHEMA.encode("person", values)
    later = SCHEMA.with_labels({("person", "Lead Source"): ["Web", "New Fair"], ("person", "Lists"): ["New Fair"]})
    custom = later.encode("person", values)["custom_fields"]
    assert custom[KEYS["Lead Source"]] < 0, "no id that an account could take for one of its own"
    assert custom[KEYS["Lists"]][0] == WEB.id
    assert custom[KEYS["Lists"]][1] < 0
