"""Create, update, delete and read of persons, organizations, deals and activities."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Api, Make


def test_person_round_trip(api: Api) -> None:
    body = {
        "name": "Ann Mary Lee",
        "emails": [{"value": "ann@acme.example"}, {"value": "a@home.example", "label": "home"}],
        "phones": [{"value": "+13035550100", "primary": True, "label": "mobile"}],
        "add_time": "2019-05-01T12:00:00+02:00",
    }
    made = api.ok("POST", "/v2/persons", body)
    assert (made["first_name"], made["last_name"]) == ("Ann", "Mary Lee")
    assert made["add_time"] == "2019-05-01T10:00:00Z"
    assert made["emails"] == [
        {"value": "ann@acme.example", "primary": True, "label": "work"},
        {"value": "a@home.example", "primary": False, "label": "home"},
    ]
    assert (made["owner_id"], made["visible_to"], made["is_deleted"], made["custom_fields"]) == (1, 3, False, {})
    assert api.ok("GET", f"/v2/persons/{made['id']}") == made


@pytest.mark.parametrize(
    ("body", "part"),
    [
        ({}, "name: This value is required"),
        ({"name": ""}, "name: Expected non-empty 'string'"),
        ({"name": "  "}, "name: This value should not be blank"),
        ({"name": "x" * 256}, "name: This value is too long"),
        ({"name": 5}, "name: Expected 'string', received 'number'"),
        ({"name": "A", "first_name": "A"}, "first_name: Parameter 'first_name' is not allowed"),
        ({"name": "A", "update_time": "2020-01-01T00:00:00Z"}, "update_time: Parameter 'update_time' is not allowed"),
        ({"name": "A", "0" * 40: "x"}, "is not allowed for this request"),
        ({"name": "A", "owner_id": "1"}, "owner_id: Expected 'integer', received 'string'"),
        ({"name": "A", "owner_id": True}, "owner_id: Expected 'integer', received 'boolean'"),
        ({"name": "A", "owner_id": 99}, "owner_id: 99 is not an active user"),
        ({"name": "A", "org_id": 99}, "org_id: organization 99 does not exist"),
        ({"name": "A", "visible_to": 7}, "visible_to: 7 is not a visibility of this plan"),
        ({"name": "A", "label_ids": [4]}, "label_ids: label 4 does not exist"),
        ({"name": "A", "add_time": "2020-01-01"}, "add_time: This value is not a valid datetime."),
        ({"name": "A", "add_time": "2020-01-01T00:00:00.5Z"}, "add_time: This value is not a valid datetime."),
        ({"name": "A", "emails": "a@b.example"}, "emails: Expected 'array'"),
        ({"name": "A", "emails": ["a@b.example"]}, "emails[0]: Expected 'object'"),
        ({"name": "A", "emails": [{"value": ""}]}, "emails[0].value: Expected non-empty"),
        ({"name": "A", "emails": [{"label": "work"}]}, "emails[0].value: This value is required"),
        ({"name": "A", "emails": [{"value": "a", "primary": 1}]}, "emails[0].primary: Expected 'boolean'"),
        ({"name": "A", "emails": [{"value": "a", "type": "x"}]}, "emails[0].type: Parameter 'type' is not allowed"),
        (
            {"name": "A", "phones": [{"value": "1", "primary": True}, {"value": "2", "primary": True}]},
            "phones: Only one item can be primary",
        ),
        ({"name": "A", "custom_fields": {"0" * 40: "x"}}, f"custom_fields.{'0' * 40}: Parameter"),
        ({"name": "A", "custom_fields": []}, "custom_fields: Expected 'object'"),
    ],
)
def test_person_refusals(shared: Api, body: dict[str, Any], part: str) -> None:
    assert part in shared.refused(400, "POST", "/v2/persons", body)
    assert [person["name"] for person in shared.ok("GET", "/v2/persons")] == ["Ann"]


def test_several_problems_come_together(api: Api) -> None:
    text = api.refused(400, "POST", "/v2/persons", {"name": 1, "x": 2})
    assert text.startswith("Validation failed: ")
    assert "name: " in text
    assert "; x: " in text


@pytest.mark.parametrize(
    ("path", "key", "value", "feature"),
    [
        ("persons", "job_title", "Boss", "contact_sync"),
        ("persons", "postal_address", {"value": "1 Main St"}, "contact_sync"),
        ("persons", "notes", "x", "contact_sync"),
        ("persons", "birthday", "2000-01-31", "contact_sync"),
        ("persons", "im", [{"value": "ann"}], "contact_sync"),
        ("persons", "marketing_status", "unsubscribed", "campaigns"),
        ("organizations", "website", "https://acme.example", "org_enrichment"),
        ("organizations", "employee_count", 12, "org_enrichment"),
    ],
)
def test_fields_that_come_with_a_feature(make: Make, path: str, key: str, value: Any, feature: str) -> None:
    without = make(store="without.sqlite")
    assert key in without.refused(403, "POST", f"/v2/{path}", {"name": "A", key: value})
    assert key not in without.ok("POST", f"/v2/{path}", {"name": "A"})
    entity = path[:-1]
    assert key not in [field["field_code"] for field in without.ok("GET", f"/v2/{entity}Fields")]
    given = make({"company": {feature: True}}, store="with.sqlite")
    made = given.ok("POST", f"/v2/{path}", {"name": "A", key: value})
    assert key == "marketing_status" or made[key]
    assert key in [field["field_code"] for field in given.ok("GET", f"/v2/{entity}Fields")]


def test_update_changes_only_what_is_named(api: Api) -> None:
    made = api.ok("POST", "/v2/persons", {"name": "Ann", "emails": [{"value": "a@b.example"}]})
    assert "add_time" in api.refused(400, "PATCH", "/v2/persons/1", {"add_time": "2020-01-01T00:00:00Z"})
    api.box.advance(10)
    same = api.ok("PATCH", "/v2/persons/1", {"name": "Ann"})
    assert same["update_time"] == made["update_time"]
    changed = api.ok("PATCH", "/v2/persons/1", {"name": "Ann Lee"})
    assert changed["update_time"] > made["update_time"]
    assert (changed["last_name"], changed["emails"]) == ("Lee", made["emails"])
    assert api.ok("PATCH", "/v2/persons/1", {"emails": [{"value": "new@b.example"}]})["emails"] == [
        {"value": "new@b.example", "primary": True, "label": "work"}
    ]


def test_deleted_is_gone_and_what_hangs_on_it_stays(api: Api) -> None:
    api.ok("POST", "/v2/organizations", {"name": "Acme"})
    api.ok("POST", "/v2/persons", {"name": "Ann", "org_id": 1})
    assert api.ok("DELETE", "/v2/organizations/1") == {"id": 1}
    assert api.ok("GET", "/v2/organizations") == []
    for method, body in (("PATCH", {"name": "B"}), ("DELETE", None)):
        assert "not found" in api.refused(404, method, "/v2/organizations/1", body)
    assert api.ok("GET", "/v2/persons/1")["org_id"] == 1
    assert api.ok("POST", "/v2/organizations", {"name": "Acme"})["id"] == 2


def test_organization_address(api: Api) -> None:
    made = api.ok("POST", "/v2/organizations", {"name": "A", "address": {"value": "1 Main St", "country": "US"}})
    assert made["address"]["value"] == "1 Main St"
    assert made["address"]["locality"] is None
    again = api.ok("PATCH", "/v2/organizations/1", {"address": {"value": "2 Main St"}})
    assert again["address"]["country"] is None
    assert "address.value" in api.refused(400, "PATCH", "/v2/organizations/1", {"address": {"country": "US"}})
    assert api.ok("PATCH", "/v2/organizations/1", {"address": None})["address"] is None


def test_activity(api: Api) -> None:
    for name in ("Ann", "Bob"):
        api.ok("POST", "/v2/persons", {"name": name})
    body = {
        "subject": "Spring offer",
        "type": "email",
        "due_date": "2024-03-01",
        "due_time": "15:04",
        "done": True,
        "participants": [{"person_id": 2}, {"person_id": 1}],
        "note": "Subject: x<br>Status: opened",
    }
    made = api.ok("POST", "/v2/activities", body)
    assert (made["person_id"], made["due_time"], made["done"]) == (2, "15:04:00", True)
    assert made["participants"] == [{"person_id": 2, "primary": True}, {"person_id": 1, "primary": False}]
    assert made["marked_as_done_time"]
    assert "attendees" not in made
    assert "custom_fields" not in made
    assert api.ok("GET", "/v2/activities/1", params={"include_fields": "attendees"})["attendees"] == []
    assert [one["id"] for one in api.ok("GET", "/v2/activities", params={"person_id": 2})] == [1]
    assert api.ok("GET", "/v2/activities", params={"person_id": 1}) == []
    assert api.ok("GET", "/v2/activities", params={"done": "false"}) == []
    assert api.ok("PATCH", "/v2/activities/1", {"done": False})["marked_as_done_time"] is None


@pytest.mark.parametrize(
    ("body", "part"),
    [
        ({"person_id": 1}, "'person_id' is a read-only field. Add a primary participant"),
        ({"type": "nothing"}, "type: 'nothing' is not the key_string"),
        ({"due_date": "2024-02-30"}, "due_date: This value is not a valid date"),
        ({"due_date": "2024-02-03T00:00:00Z"}, "due_date: This value is not a valid date"),
        ({"due_time": "9:00 AM"}, "due_time: This value is not a valid datetime."),
        ({"participants": [{"person_id": 1, "primary_flag": True}]}, "primary_flag"),
        ({"participants": [{"person_id": 9}]}, "participants: person 9 does not exist"),
        ({"participants": [{"person_id": 1}, {"person_id": 1}]}, "only once"),
        ({"note": ""}, "note: Expected non-empty"),
        ({"note": "x" * 100_001}, "note: This value is too long"),
        ({"done": "true"}, "done: Expected 'boolean'"),
        ({"add_time": "2020-01-01T00:00:00Z"}, "add_time"),
        ({"custom_fields": {}}, "custom_fields"),
        ({"lead_id": "adf21080-0e10-11eb-879b-05d71fb426ec"}, "lead_id"),
    ],
)
def test_activity_refusals(shared: Api, body: dict[str, Any], part: str) -> None:
    assert part in shared.refused(400, "POST", "/v2/activities", body)
    assert shared.ok("GET", "/v2/activities") == []


def test_deal(api: Api) -> None:
    api.ok("POST", "/v2/persons", {"name": "Ann"})
    made = api.ok("POST", "/v2/deals", {"title": "Big", "person_id": 1, "value": 10.5, "currency": "EUR"})
    assert (made["pipeline_id"], made["stage_id"], made["status"], made["value"]) == (1, 1, "open", 10.5)
    assert "add_time" in api.refused(400, "POST", "/v2/deals", {"title": "B", "add_time": "2020-01-01T00:00:00Z"})
    assert "lost_reason" in api.refused(400, "PATCH", "/v2/deals/1", {"lost_reason": "price"})
    won = api.ok("PATCH", "/v2/deals/1", {"status": "won"})
    assert won["won_time"]
    assert won["close_time"] == won["won_time"]
    assert api.ok("GET", "/v2/deals", params={"status": "open,lost"}) == []
    api.ok("PATCH", "/v2/deals/1", {"is_archived": True})
    assert api.ok("GET", "/v2/deals") == []
    assert [deal["id"] for deal in api.ok("GET", "/v2/deals/archived")] == [1]
    assert "archived" in api.refused(400, "PATCH", "/v2/deals/1", {"title": "X"})
    api.ok("PATCH", "/v2/deals/1", {"is_archived": False})
    api.ok("DELETE", "/v2/deals/1")
    assert [deal["id"] for deal in api.ok("GET", "/v2/deals", params={"status": "deleted"})] == [1]
    api.box.advance(31 * 86_400)
    assert api.ok("GET", "/v2/deals", params={"status": "deleted"}) == []


def test_owner_must_be_active(make: Make) -> None:
    users = [
        {"id": 1, "name": "Me", "email": "me@acme.example", "is_you": True},
        {"id": 2, "name": "Gone", "email": "gone@acme.example", "active_flag": False},
        {"id": 3, "name": "There", "email": "there@acme.example"},
    ]
    api = make({"users": users})
    assert "owner_id: 2" in api.refused(400, "POST", "/v2/persons", {"name": "A", "owner_id": 2})
    assert api.ok("POST", "/v2/persons", {"name": "A", "owner_id": 3})["owner_id"] == 3


def test_marketing_status_changes_once_and_refuses_silently(make: Make) -> None:
    api = make({"company": {"campaigns": True}})

    def status(number: int) -> str:
        shown = api.ok("GET", f"/v2/persons/{number}", params={"include_fields": "marketing_status"})
        return str(shown["marketing_status"])

    api.ok(
        "POST", "/v2/persons", {"name": "A", "emails": [{"value": "A@b.example"}], "marketing_status": "unsubscribed"}
    )
    assert status(1) == "unsubscribed"
    api.ok("PATCH", "/v2/persons/1", {"marketing_status": "subscribed"})
    assert status(1) == "subscribed"
    api.ok("PATCH", "/v2/persons/1", {"marketing_status": "unsubscribed"})
    assert status(1) == "subscribed"
    api.ok("POST", "/v2/persons", {"name": "B", "marketing_status": "subscribed"})
    assert status(2) == "no_consent"
    api.ok("POST", "/v2/persons", {"name": "C", "emails": [{"value": "a@B.example"}]})
    assert status(3) == "subscribed"
    assert "marketing_status" not in api.ok("GET", "/v2/persons/1")


def test_a_subscribed_address_that_nobody_has_is_archived(make: Make) -> None:
    api = make({"company": {"campaigns": True}})
    seen = {"include_fields": "marketing_status"}

    def person(name: str, address: str, status: str) -> None:
        api.ok("POST", "/v2/persons", {"name": name, "emails": [{"value": address}], "marketing_status": status})

    person("A", "a@b.example", "subscribed")
    person("B", "A@B.example", "subscribed")
    person("C", "c@b.example", "unsubscribed")
    api.ok("DELETE", "/v2/persons/1")
    assert api.ok("GET", "/v2/persons/2", params=seen)["marketing_status"] == "subscribed"
    api.ok("PATCH", "/v2/persons/2", {"emails": []})
    api.ok("DELETE", "/v2/persons/3")
    for name, address in (("D", "a@b.example"), ("E", "c@b.example")):
        api.ok("POST", "/v2/persons", {"name": name, "emails": [{"value": address}]})
    shown = [api.ok("GET", f"/v2/persons/{number}", params=seen)["marketing_status"] for number in (2, 4, 5)]
    assert shown == ["no_consent", "archived", "unsubscribed"]


def test_visibility_of_plans_with_groups(make: Make) -> None:
    api = make(plan="premium")
    made = api.ok("POST", "/v2/persons", {"name": "A"})
    assert made["visible_to"] == 7
    assert api.ok("PATCH", "/v2/persons/1", {"visible_to": 5})["visible_to"] == 5


def test_counts_that_must_be_asked_for(api: Api) -> None:
    api.ok("POST", "/v2/persons", {"name": "A"})
    api.ok("POST", "/v2/activities", {"participants": [{"person_id": 1}], "done": True})
    names = "activities_count,done_activities_count,undone_activities_count,last_activity_id,notes_count"
    shown = api.ok("GET", "/v2/persons/1", params={"include_fields": names})
    assert [shown[name] for name in names.split(",")] == [1, 1, 0, 1, 0]
    assert "include_fields" in api.refused(400, "GET", "/v2/persons/1", params={"include_fields": "x"})
