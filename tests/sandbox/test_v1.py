"""API v1: users, activity types, notes, files, relationships, merging; pipelines and stages of v2."""

from __future__ import annotations

import pytest

from .conftest import Api, Make


def test_users(make: Make) -> None:
    users = [
        {"id": 4, "name": "Me", "email": "me@acme.example", "admin": True, "is_you": True},
        {"id": 9, "name": "Gone", "email": "gone@acme.example", "active_flag": False},
    ]
    api = make({"users": users, "company": {"name": "Acme", "domain": "acme", "timezone": "America/Denver", "id": 77}})
    me = api.ok("GET", "/v1/users/me")
    assert (me["id"], me["company_id"], me["company_domain"], me["timezone_name"]) == (4, 77, "acme", "America/Denver")
    assert [(user["id"], user["active_flag"]) for user in api.ok("GET", "/v1/users")] == [(4, True), (9, False)]
    found = api.ok("GET", "/v1/users/find", params={"term": "GONE@", "search_by_email": 1})
    assert [user["id"] for user in found] == [9]
    assert api.ok("GET", "/v1/users/9")["name"] == "Gone"
    api.refused(404, "GET", "/v1/users/10")


def test_users_say_how_far_they_are_from_utc(make: Make) -> None:
    users = [
        {"id": 1, "name": "Me", "email": "me@acme.example", "is_you": True},
        {"id": 2, "name": "Far", "email": "far@acme.example", "timezone_name": "Asia/Kolkata"},
    ]
    api = make({"users": users, "company": {"timezone": "America/Phoenix"}})
    told = [(user["timezone_name"], user["timezone_offset"]) for user in api.ok("GET", "/v1/users")]
    assert told == [("America/Phoenix", "-07:00"), ("Asia/Kolkata", "+05:30")]


def test_activity_types(api: Api) -> None:
    made = api.ok("POST", "/v1/activityTypes", {"name": "Marketing E-mail", "icon_key": "email"})
    assert (made["key_string"], made["is_custom_flag"]) == ("marketing_e_mail", True)
    api.ok("POST", "/v2/activities", {"type": "marketing_e_mail"})
    deleted = api.ok("DELETE", f"/v1/activityTypes/{made['id']}")
    assert deleted["active_flag"] is False
    api.refused(400, "POST", "/v2/activities", {"type": "marketing_e_mail"})
    assert made["id"] in [kind["id"] for kind in api.ok("GET", "/v1/activityTypes")]
    again = api.ok("POST", "/v1/activityTypes", {"name": "Marketing E-mail", "icon_key": "email"})
    assert again["key_string"] == "marketing_e_mail_1"
    assert "icon_key" in api.refused(400, "POST", "/v1/activityTypes", {"name": "x"})
    assert "icon_key" in api.refused(400, "POST", "/v1/activityTypes", {"name": "x", "icon_key": "y"})


def test_only_admins_make_activity_types(make: Make) -> None:
    api = make({"users": [{"id": 1, "name": "Me", "email": "me@acme.example", "admin": False, "is_you": True}]})
    api.refused(403, "POST", "/v1/activityTypes", {"name": "x", "icon_key": "call"})


@pytest.mark.beyond_documents("API v1 takes numbers as text (facts/pipedrive.md, section 1)")
def test_notes(api: Api) -> None:
    assert api.ok("GET", "/v1/notes") is None
    api.ok("POST", "/v2/persons", {"name": "Ann"})
    body = {"content": "<b>Hi</b>", "person_id": "1", "add_time": "2019-01-02 03:04:05", "pinned_to_person_flag": 1}
    made = api.ok("POST", "/v1/notes", body)
    assert (made["content"], made["person_id"], made["add_time"]) == ("<b>Hi</b>", 1, "2019-01-02 03:04:05")
    assert (made["person"], made["user"]["is_you"], made["pinned_to_person_flag"]) == ({"name": "Ann"}, True, True)
    assert [note["id"] for note in api.ok("GET", "/v1/notes", params={"person_id": 1, "user_id": 1})] == [1]
    assert api.ok("GET", "/v1/notes", params={"person_id": 2}) is None
    assert api.ok("PUT", "/v1/notes/1", {"content": "New"})["content"] == "New"
    for wrong, part in (
        ({"person_id": 1}, "content"),
        ({"content": "x"}, "person_id"),
        ({"content": "x", "person_id": 9}, "person_id: person 9"),
        ({"content": "é" * 50_001, "person_id": 1}, "too long"),
        ({"content": "x", "person_id": 1, "add_time": "2019"}, "add_time"),
    ):
        assert part in api.refused(400, "POST", "/v1/notes", wrong)
    assert api.ok("DELETE", "/v1/notes/1") is True
    api.refused(404, "DELETE", "/v1/notes/1")


def test_notes_by_author_pin_and_order(make: Make) -> None:
    users = [{"id": number, "name": f"U{number}", "email": f"u{number}@acme.example"} for number in (1, 2)]
    api = make({"users": [{**users[0], "is_you": True}, users[1]], "persons": [{"name": "Ann"}]})
    for content, author, pinned in (("b", 2, 1), ("a", 1, 0), ("c", 2, 0)):
        body = {"content": content, "user_id": author, "pinned_to_person_flag": pinned, "person_id": 1}
        api.ok("POST", "/v1/notes", body)

    def contents(**params: object) -> list[str]:
        return [note["content"] for note in api.ok("GET", "/v1/notes", params=params) or ()]

    assert contents(user_id=2) == ["b", "c"]
    assert contents(pinned_to_person_flag=1) == ["b"]
    assert contents(sort="content DESC") == ["c", "b", "a"]
    assert contents(sort="user_id, content") == ["a", "b", "c"]
    assert contents(project_id=1) == []
    assert "sort" in api.refused(400, "GET", "/v1/notes", params={"sort": "color"})


def test_v1_pages(api: Api) -> None:
    api.ok("POST", "/v2/persons", {"name": "Ann"})
    for number in range(5):
        api.ok("POST", "/v1/notes", {"content": f"n{number}", "person_id": 1})
    first = api.send("GET", "/v1/notes", params={"start": 0, "limit": 3}).json()
    assert first["additional_data"]["pagination"] == {
        "start": 0,
        "limit": 3,
        "more_items_in_collection": True,
        "next_start": 3,
    }
    last = api.send("GET", "/v1/notes", params={"start": 3, "limit": 3}).json()
    assert [note["id"] for note in last["data"]] == [4, 5]
    assert last["additional_data"]["pagination"]["more_items_in_collection"] is False


def test_files(api: Api) -> None:
    assert api.ok("GET", "/v1/files") is None
    api.ok("POST", "/v2/persons", {"name": "Ann"})
    content = bytes(range(256)) * 40
    made = api.ok("POST", "/v1/files", files={"file": ("Ünïcode.pdf", content)}, data={"person_id": "1"})
    assert (made["person_id"], made["file_size"], made["file_type"], made["name"]) == (1, 10_240, "pdf", "Ünïcode.pdf")
    assert made["person_name"] == "Ann"
    for path in ("/api/v1/files/1/download", "/v1/files/1/download"):
        answer = api.http.get(path)
        assert (answer.status_code, answer.content) == (200, content)
    assert [one["id"] for one in api.ok("GET", "/v1/files")] == [1]
    assert "file is required" in api.refused(400, "POST", "/v1/files", data={"person_id": "1"})
    assert "person 9" in api.refused(400, "POST", "/v1/files", files={"file": ("a", b"x")}, data={"person_id": "9"})
    assert api.ok("DELETE", "/v1/files/1") == {"id": 1}
    api.refused(404, "GET", "/v1/files/1/download")


def test_organization_relationships(api: Api) -> None:
    for name in ("Mother", "Daughter"):
        api.ok("POST", "/v2/organizations", {"name": name})
    body = {"type": "parent", "rel_owner_org_id": 1, "rel_linked_org_id": 2}
    made = api.ok("POST", "/v1/organizationRelationships", body)
    assert (made["rel_owner_org_id"]["value"], made["rel_linked_org_id"]["name"]) == (1, "Daughter")
    (seen,) = api.ok("GET", "/v1/organizationRelationships", params={"org_id": 2})
    assert (seen["calculated_type"], seen["related_organization_name"]) == ("parent", "Mother")
    (seen,) = api.ok("GET", "/v1/organizationRelationships", params={"org_id": 1})
    assert (seen["calculated_type"], seen["calculated_related_org_id"]) == ("daughter", 2)
    assert "org_id" in api.refused(400, "GET", "/v1/organizationRelationships")
    for change, part in (({"type": "x"}, "type"), ({}, "already"), ({"rel_linked_org_id": 1}, "itself")):
        assert part in api.refused(400, "POST", "/v1/organizationRelationships", {**body, **change})
    assert api.ok("DELETE", "/v1/organizationRelationships/1") == {"id": 1}
    assert api.ok("GET", "/v1/organizationRelationships", params={"org_id": 1}) is None


def test_merge_keeps_the_survivor(api: Api) -> None:
    api.ok("POST", "/v2/persons", {"name": "Ann", "emails": [{"value": "a@b.example"}]})
    api.ok("POST", "/v2/persons", {"name": "Ann L", "emails": [{"value": "c@d.example"}]})
    api.ok("POST", "/v2/activities", {"participants": [{"person_id": 1}]})
    api.ok("PUT", "/v1/persons/1/merge", {"merge_with_id": 2})
    assert api.ok("GET", "/v2/persons/1")["is_deleted"] is True
    survivor = api.ok("GET", "/v2/persons/2")
    assert (survivor["name"], [entry["value"] for entry in survivor["emails"]]) == (
        "Ann L",
        ["c@d.example", "a@b.example"],
    )
    assert api.ok("GET", "/v2/activities/1")["person_id"] == 2


def test_addons_and_currencies(make: Make) -> None:
    assert make(store="a.sqlite").ok("GET", "/v1/billing/subscriptions/addons") == []
    api = make({"company": {"campaigns": True, "addons": ["prospector"]}}, store="b.sqlite")
    assert api.ok("GET", "/v1/billing/subscriptions/addons") == [{"code": "campaigns"}, {"code": "prospector"}]
    (yen,) = api.ok("GET", "/v1/currencies", params={"term": "jpy"})
    assert (yen["code"], yen["name"], yen["symbol"], yen["decimal_points"]) == ("JPY", "Japanese Yen", "¥", 0)
    codes = [one["code"] for one in api.ok("GET", "/v1/currencies")]
    assert {"EUR", "USD", "XAF", "NGN"} < set(codes)
    assert "DEM" not in codes


def test_pipelines_and_stages(api: Api) -> None:
    made = api.ok("POST", "/v2/pipelines", {"name": "Partners"})
    assert made["order_nr"] == 2
    stage = api.ok("POST", "/v2/stages", {"name": "First", "pipeline_id": made["id"], "deal_probability": 30})
    assert (stage["order_nr"], stage["deal_probability"]) == (1, 30)
    api.refused(400, "POST", "/v2/stages", {"name": "x", "pipeline_id": 99})
    api.refused(400, "POST", "/v2/stages", {"name": "x", "pipeline_id": 1, "deal_probability": 101})
    api.refused(400, "POST", "/v2/stages", {"name": "x"})
    assert [one["id"] for one in api.ok("GET", "/v2/stages", params={"pipeline_id": made["id"]})] == [stage["id"]]
    api.ok("POST", "/v2/deals", {"title": "D", "stage_id": stage["id"]})
    assert "deals" in api.refused(400, "DELETE", f"/v2/pipelines/{made['id']}")
    api.ok("DELETE", "/v2/deals/1")
    assert api.ok("DELETE", f"/v2/pipelines/{made['id']}") == {"id": made["id"]}
    assert api.ok("GET", "/v2/stages", params={"pipeline_id": made["id"]}) == []
    assert len(api.ok("GET", "/v2/pipelines")) == 1
