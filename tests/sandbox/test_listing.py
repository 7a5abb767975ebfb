"""Pages, filters, order."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .conftest import Api, Make


def walk(api: Api, path: str, **params: Any) -> list[int]:
    """Ids of all pages."""
    found: list[int] = []
    while True:
        body = api.send("GET", path, params=params).json()
        assert body["success"], body
        found += [record["id"] for record in body["data"]]
        cursor = body["additional_data"]["next_cursor"]
        if cursor is None:
            return found
        params["cursor"] = cursor


def test_pages_hold_each_record_once(make: Make) -> None:
    api = make({"persons": [{"name": f"P{number}"} for number in range(23)]})

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        limit=st.integers(1, 25),
        sort=st.sampled_from(["id", "add_time", "update_time"]),
        direction=st.sampled_from(["asc", "desc"]),
    )
    def check(limit: int, sort: str, direction: str) -> None:
        found = walk(api, "/v2/persons", limit=limit, sort_by=sort, sort_direction=direction)
        assert found == sorted(range(1, 24), reverse=direction == "desc")

    check()


def test_activities_without_due_date_are_not_lost(make: Make) -> None:
    activities = [{"due_date": None}, {"due_date": "2024-01-01"}, {"due_date": None}, {"due_date": "2023-01-01"}]
    api = make({"activities": activities})
    assert walk(api, "/v2/activities", limit=1, sort_by="due_date") == [1, 3, 4, 2]


def test_updated_since(api: Api) -> None:
    api.ok("POST", "/v2/persons", {"name": "Old"})
    api.box.advance(100)
    since = api.ok("POST", "/v2/persons", {"name": "New"})["update_time"]
    assert walk(api, "/v2/persons", updated_since=since) == [2]
    assert walk(api, "/v2/persons", updated_until=since) == [1]
    bad = since.replace("Z", ".000Z")
    assert "not a valid datetime" in api.refused(400, "GET", "/v2/persons", params={"updated_since": bad})


def test_parameters_are_checked(api: Api) -> None:
    for name, value in (
        ("limit", "501"),
        ("limit", "0"),
        ("limit", "x"),
        ("sort_by", "name"),
        ("sort_direction", "up"),
        ("cursor", "x"),
        ("ids", "a"),
        ("ids", ",".join(["1"] * 101)),
        ("owner_id", "x"),
        ("start", "0"),
        ("filter_id", "1"),
        ("include_option_labels", "1"),
    ):
        assert name in api.refused(400, "GET", "/v2/persons", params={name: value})


def test_filters(make: Make) -> None:
    api = make(
        {
            "organizations": [{"id": 7, "name": "Acme"}],
            "persons": [{"id": 3, "name": "Ann", "org_id": 7}, {"id": 4, "name": "Bob"}],
            "deals": [{"id": 5, "title": "D", "person_id": 4}],
        }
    )
    assert walk(api, "/v2/persons", org_id=7) == [3]
    assert walk(api, "/v2/persons", deal_id=5) == [4]
    assert walk(api, "/v2/persons", ids="4,3,99") == [3, 4]
    assert walk(api, "/v2/persons", owner_id=1) == [3, 4]
    assert walk(api, "/v2/deals", person_id=4, pipeline_id=1, stage_id=1) == [5]
    assert api.ok("POST", "/v2/persons", {"name": "C"})["id"] == 5


def test_parameters_of_other_lists_are_refused(shared: Api) -> None:
    for path, name in (
        ("activities", "custom_fields"),
        ("activities", "include_labels"),
        ("deals/archived", "include_option_labels"),
        ("organizations", "org_id"),
        ("projectFields", "include_fields"),
    ):
        text = shared.refused(400, "GET", f"/v2/{path}", params={name: "true"})
        assert f"Parameter '{name}' is not allowed" in text
    for path, value in (("personFields", "x"), ("productFields", "required_fields"), ("activities", "custom")):
        assert "include_fields" in shared.refused(400, "GET", f"/v2/{path}", params={"include_fields": value})
