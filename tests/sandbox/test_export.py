"""Export and fixture are one form: what is exported loads to the same account, to the last value."""

from __future__ import annotations

import json
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nrpd.sandbox import Sandbox

from .conftest import Make

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
NAME = TEXT.filter(str.strip)
DATE = st.dates().map(str)
TIME = st.datetimes(datetime(1990, 1, 1)).map(lambda at: f"{at:%Y-%m-%dT%H:%M:%S}Z")
CLOCK = st.times().map(lambda at: f"{at:%H:%M:%S}")
MONEY = st.fixed_dictionaries({"value": st.floats(-1e9, 1e9), "currency": st.sampled_from(["EUR", "JPY"])})
PLACE = st.fixed_dictionaries({"value": TEXT}, optional={"country": TEXT, "postal_code": TEXT})
OPTIONS = ["Web", "Fair", "Web"]  # two of the same name
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "varchar": TEXT,
    "varchar_auto": TEXT,
    "text": TEXT,
    "phone": TEXT,
    "double": st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53),
    "monetary": MONEY,
    "date": DATE,
    "daterange": st.fixed_dictionaries({"value": DATE, "until": DATE}),
    "time": st.fixed_dictionaries({"value": CLOCK}, optional={"timezone_name": st.just("Europe/Tallinn")}),
    "timerange": st.fixed_dictionaries({"value": CLOCK, "until": CLOCK}),
    "address": PLACE,
    "enum": st.sampled_from([101, 102, 103]),
    "set": st.lists(st.sampled_from([101, 102, 103]), min_size=1, unique=True),
    "org": st.just(1),
    "people": st.just(1),
    "user": st.just(1),
}
FIELDS = [
    {
        "field_name": f"A {kind}",
        "field_type": kind,
        **({"options": OPTIONS, "option_ids": [101, 102, 103]} if kind in ("enum", "set") else {}),
    }
    for kind in VALUES
]
CUSTOM = st.fixed_dictionaries({}, optional={f"A {kind}": value for kind, value in VALUES.items()})
COMMON: dict[str, Any] = {"custom_fields": CUSTOM, "add_time": TIME, "labels": st.lists(st.sampled_from(["Hot", 7]))}
ACCOUNT = st.fixed_dictionaries(
    {
        "organizations": st.lists(
            st.fixed_dictionaries({"name": NAME}, optional={**COMMON, "address": PLACE, "website": TEXT}),
            min_size=1,
            max_size=4,
        ),
        "persons": st.lists(
            st.fixed_dictionaries(
                {"name": NAME},
                optional={
                    **COMMON,
                    "emails": st.lists(st.fixed_dictionaries({"value": TEXT, "label": TEXT})),
                    "org_id": st.sampled_from([None, 1, 99]),
                    "birthday": DATE,
                },
            ),
            min_size=1,
        ),
        "deals": st.lists(
            st.fixed_dictionaries(
                {"title": NAME},
                optional={
                    **COMMON,
                    "value": st.floats(0, 1e9),
                    "status": st.sampled_from(["open", "won", "lost"]),
                    "is_archived": st.booleans(),
                    "person_id": st.just(1),
                },
            )
        ),
        "activities": st.lists(
            st.fixed_dictionaries(
                {},
                optional={
                    "subject": TEXT,
                    "due_date": DATE | st.none(),
                    "due_time": CLOCK,
                    "done": st.booleans(),
                    "note": TEXT,
                    "participants": st.just([{"person_id": 1}]),
                    "outcome": st.integers(1, 9),
                },
            )
        ),
        "notes": st.lists(st.fixed_dictionaries({"content": NAME, "person_id": st.just(1)})),
        "files": st.lists(st.fixed_dictionaries({"file_name": NAME, "content": TEXT})),
    }
)


def loaded(folder: Path, name: str, fixture: dict[str, Any]) -> dict[str, Any]:
    """The export of a new account that begins with this."""
    path = folder / f"{name}.json"
    path.write_text(json.dumps(fixture), encoding="utf-8")
    return Sandbox(folder / f"{name}.sqlite", fixture=path).export()


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(ACCOUNT)
def test_any_account_comes_back(content: dict[str, Any]) -> None:
    fixture = {
        **content,
        "gone": {"organization": [99]},
        "company": {"contact_sync": True, "org_enrichment": True, "timezone": "America/Denver"},
        "labels": {entity: ["Hot", {"id": 7, "label": "Hot"}] for entity in ("person", "organization", "deal")},
        **{f"{entity}_fields": FIELDS for entity in ("person", "organization", "deal", "product", "project")},
    }
    with tempfile.TemporaryDirectory() as folder:
        first = loaded(Path(folder), "first", fixture)
        assert loaded(Path(folder), "second", first) == first
    for name in ("organizations", "persons", "deals", "activities", "notes", "files"):
        assert len(first[name]) == len(content[name])


@pytest.mark.beyond_documents("null in a create, which the documents name for updates only")
def test_what_was_done_over_http_comes_back(make: Make) -> None:
    api = make({"company": {"campaigns": True, "contact_sync": True}})
    for name in ("Acme", "Gone"):
        api.ok("POST", "/v2/organizations", {"name": name})
    (label,) = api.ok("POST", "/v2/personFields/label_ids/options", [{"label": "Hot"}])
    body = {"name": "Ann", "org_id": 2, "emails": [{"value": "ann@acme.example"}], "marketing_status": "subscribed"}
    api.ok("POST", "/v2/persons", {**body, "label_ids": [label["id"]]})
    field = api.field("Source", "enum", ["Web", "Fair"])
    api.ok("PATCH", f"/v2/personFields/{field['field_code']}", {"ui_visibility": {"add_visible_flag": True}})
    api.ok("PATCH", "/v2/persons/1", {"custom_fields": {field["field_code"]: field["options"][1]["id"]}})
    api.ok("POST", "/v2/productFields", {"field_name": "Weight", "field_type": "double"})
    kind = api.ok("POST", "/v1/activityTypes", {"name": "Webinar", "icon_key": "world"})
    api.ok("POST", "/v2/activities", {"type": "webinar", "due_date": None, "participants": [{"person_id": 1}]})
    api.ok("DELETE", f"/v1/activityTypes/{kind['id']}")
    api.ok("DELETE", "/v2/organizations/2")
    api.ok("POST", "/v1/notes", {"content": "Hi", "person_id": 1, "add_time": "2019-01-02 03:04:05"})
    for stage in api.ok("GET", "/v2/stages"):
        api.ok("DELETE", f"/v2/stages/{stage['id']}")
    api.ok("DELETE", "/v2/pipelines/1")
    first = api.box.export()
    assert (first["gone"], first["pipelines"]) == ({"organization": [2]}, [])
    again = make(first, store="again.sqlite")
    assert again.box.export() == first
    for path in ("/v2/persons", "/v2/organizations", "/v2/activities", "/v2/personFields", "/v2/productFields"):
        assert again.ok("GET", path) == api.ok("GET", path)
    seen = {"include_fields": "marketing_status"}
    assert again.ok("GET", "/v2/persons/1", params=seen) == api.ok("GET", "/v2/persons/1", params=seen)
