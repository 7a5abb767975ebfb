"""Faults that keep another value than the one that was sent."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nrpd.sandbox.spoil import cut, shifted, swapped

from .conftest import Make


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ("2024-03-01", "2024-02-29"),
        ("2024-03-01T03:00:00Z", "2024-02-29T20:00:00Z"),
        ("06:30:00", "23:30:00"),
        ({"value": "2024-01-01", "until": "2024-01-02"}, {"value": "2023-12-31", "until": "2024-01-01"}),
        ({"value": "10:00:00", "timezone_name": "UTC"}, {"value": "03:00:00", "timezone_name": "UTC"}),
        ("Tuesday", "Tuesday"),
        (None, None),
        (5, 5),
    ],
)
def test_shifted(value: Any, stored: Any) -> None:
    assert shifted(value) == stored


@pytest.mark.parametrize(
    ("value", "options", "stored"),
    [
        (1, [1, 2, 3], 2),
        (3, [1, 2, 3], 1),
        (1, [1], 1),
        ([1, 3], [1, 2, 3], [2, 3]),
        ([1, 2], [1, 2], [1, 2]),
        (None, [1, 2], None),
        ("text", [], "text"),
    ],
)
def test_swapped(value: Any, options: list[int], stored: Any) -> None:
    assert swapped(value, options) == stored


@given(st.text(min_size=1))
def test_cut_keeps_a_beginning(text: str) -> None:
    assert text.startswith(cut(text))
    assert len(cut(text)) == max(1, len(text) // 2)
    assert cut({"value": text, "country": "US"}) == {"value": cut(text), "country": "US"}
    assert cut([{"value": text, "primary": True}]) == [{"value": cut(text), "primary": True}], "phones and e-mails"
    assert cut([1, 2]) == [1, 2], "options"


def test_the_account_keeps_something_else(make: Make) -> None:
    options = ["Web", "Fair"]
    fixture = {
        "person_fields": [
            {"field_name": "Source", "field_type": "enum", "options": options, "option_ids": [11, 12],
             "field_code": "a" * 40},
            {"field_name": "Since", "field_type": "date", "field_code": "b" * 40},
            {"field_name": "Story", "field_type": "text", "field_code": "c" * 40},
            {"field_name": "Lost", "field_type": "varchar", "field_code": "d" * 40},
        ],
        "company": {"contact_sync": True},
    }  # fmt: skip
    faults = "swap=Source,shift=Since,cut=Story,silent=Lost,silent=job_title,shift=due_time,cut=note,cut=content"
    api = make(fixture, faults=faults)
    custom = {"a" * 40: 11, "b" * 40: "2024-03-01", "c" * 40: "abcdef", "d" * 40: "x"}
    api.ok("POST", "/v2/persons", {"name": "Ann", "job_title": "Boss", "custom_fields": custom})
    person = api.ok("GET", "/v2/persons/1")
    assert person["custom_fields"] == {"a" * 40: 12, "b" * 40: "2024-02-29", "c" * 40: "abc", "d" * 40: None}
    assert (person["name"], person["job_title"]) == ("Ann", None)
    activity = api.ok(
        "POST", "/v2/activities", {"due_date": "2024-03-01", "due_time": "03:00", "note": "four", "subject": "As it is"}
    )
    assert (activity["due_date"], activity["due_time"], activity["note"]) == ("2024-02-29", "20:00:00", "fo")
    assert activity["subject"] == "As it is"
    assert api.ok("POST", "/v1/notes", {"content": "Hello!", "person_id": 1})["content"] == "Hel"
    api.box.set_faults("")
    again = api.ok("PATCH", "/v2/persons/1", {"job_title": "Boss", "custom_fields": custom})
    assert (again["job_title"], again["custom_fields"]) == ("Boss", custom)
