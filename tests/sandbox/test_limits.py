"""Limits of length, number, plan and time, and the headers that tell of some."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest

from nrpd.sandbox.values import double

from .conftest import Api, Make, account

THIRTY_DAYS = 30 * 86_400


@pytest.mark.parametrize("path", ["persons", "organizations", "deals", "activities"])
def test_deleted_is_there_for_thirty_days(api: Api, path: str) -> None:
    title = {"deals": "title", "activities": "subject"}.get(path, "name")
    api.ok("POST", f"/v2/{path}", {title: "X"})
    api.box.advance(5)
    api.ok("DELETE", f"/v2/{path}/1")
    shown = api.ok("GET", f"/v2/{path}/1")
    assert (shown["is_deleted"], shown[title]) == (True, "X")
    assert shown["update_time"] > shown["add_time"], "the update time is the time of the deletion"
    assert api.ok("GET", f"/v2/{path}", params={"ids": "1"}) == []
    for method, body in (("PATCH", {title: "Y"}), ("DELETE", None)):
        api.refused(404, method, f"/v2/{path}/1", body)
    api.box.advance(THIRTY_DAYS - 60)
    assert api.ok("GET", f"/v2/{path}/1")["is_deleted"] is True
    api.box.advance(120)
    api.refused(404, "GET", f"/v2/{path}/1")


@pytest.mark.parametrize(
    ("path", "body", "fits"),
    [
        ("/v2/activities", {"note": "é" * 50_000}, True),
        ("/v2/activities", {"note": "é" * 50_000 + "x"}, False),
        ("/v2/activities", {"subject": "x" * 255, "outcome": 3, "priority": 1}, True),
        ("/v2/activities", {"subject": "x" * 256}, False),
        ("/v2/organizations", {"name": "x" * 255}, True),
        ("/v2/persons", {"name": "A", "notes": "x" * 10_000}, True),
        ("/v2/persons", {"name": "A", "notes": "x" * 10_001}, False),
        ("/v2/personFields", {"field_name": "x" * 255, "field_type": "text"}, True),
        ("/v2/personFields", {"field_name": "F", "field_type": "enum", "options": [{"label": "x" * 255}]}, True),
        ("/v2/personFields", {"field_name": "F", "field_type": "enum", "options": [{"label": "x" * 256}]}, False),
        ("/v2/personFields", {"field_name": "F", "field_type": "enum", "options": [{"label": ""}]}, False),
        ("/v2/deals", {"title": "D", "currency": "XAF"}, True),
        ("/v2/deals", {"title": "D", "currency": "XYZ"}, False),
        ("/v2/deals", {"title": "D", "currency": "usd"}, False),
        ("/v2/deals", {"title": "D", "probability": 101}, False),
        ("/v2/deals", {"title": "D", "is_archived": True, "archive_time": "2020-01-02 03:04:05"}, True),
        ("/v2/deals", {"title": "D", "is_archived": True, "archive_time": "2020-01-02T03:04:05Z"}, True),
        ("/v2/deals", {"title": "D", "is_archived": True, "archive_time": "2020-01-02"}, False),
        ("/v1/notes", {"content": "x" * 100_000, "person_id": 1}, True),
        ("/v1/notes", {"content": "x" * 100_001, "person_id": 1}, False),
    ],
)
def test_lengths_and_codes(roomy: Api, path: str, body: dict[str, Any], fits: bool) -> None:
    answer = roomy.send("POST", path, body)
    assert answer.status_code == (200 if fits else 400), answer.text


@pytest.fixture(scope="module")
def roomy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """An account with contact sync that several tests write to."""
    fixture = {"company": {"contact_sync": True}, "persons": [{"name": "Ann"}]}
    with account(tmp_path_factory.mktemp("roomy"), fixture) as api:
        yield api


def test_at_most_ten_thousand_options(api: Api) -> None:
    labels = [{"label": f"L{number}"} for number in range(10_000)]
    body = {"field_name": "F", "field_type": "set", "options": [*labels, {"label": "more"}]}
    assert "10000" in api.refused(400, "POST", "/v2/personFields", body)
    code = api.ok("POST", "/v2/personFields", {**body, "options": labels})["field_code"]
    assert "10000" in api.refused(400, "POST", f"/v2/personFields/{code}/options", [{"label": "more"}])


def test_at_most_a_hundred_labels(api: Api) -> None:
    made = api.ok("POST", "/v2/personFields/label_ids/options", [{"label": f"L{number}"} for number in range(101)])
    ids = [label["id"] for label in made]
    assert len(api.ok("POST", "/v2/persons", {"name": "A", "label_ids": ids[:100]})["label_ids"]) == 100
    assert "100" in api.refused(400, "POST", "/v2/persons", {"name": "A", "label_ids": ids})


@pytest.mark.parametrize(
    ("sent", "kept"),
    [(0.12345678901234567, 0.1234567890123456), (1e-17, 0.0), (1.1, 1.1), (12, 12), (1e300, 1e300), (-1e-16, -1e-16)],
)
def test_decimals_beyond_sixteen_are_cut_off(sent: float, kept: float) -> None:
    assert double("x", sent) == kept


def test_plan_limits_deals(make: Make) -> None:
    api = make({"deals": [{"title": f"D{number}"} for number in range(2_499)]}, plan="lite", seats=1)
    api.ok("POST", "/v2/deals", {"title": "Last"})
    answer = api.send("POST", "/v2/deals", {"title": "One more"})
    assert (answer.status_code, answer.json()["code"]) == (403, "feature_capping_deals_limit")
    api.ok("PATCH", "/v2/deals/7", {"title": "Renamed"})
    api.ok("PATCH", "/v2/deals/7", {"is_archived": True})
    api.ok("POST", "/v2/deals", {"title": "Room again"})
    assert api.send("PATCH", "/v2/deals/7", {"is_archived": False}).status_code == 403
    api.ok("DELETE", "/v2/deals/8")
    api.ok("PATCH", "/v2/deals/7", {"is_archived": False})


def test_fields_of_products_and_projects_count_too(make: Make) -> None:
    api = make(plan="lite")
    for number in range(30):
        api.field(f"F{number}", "varchar", entity=("product", "project")[number % 2])
    assert api.send("POST", "/v2/personFields", {"field_name": "x", "field_type": "text"}).status_code == 403
    code = api.ok("GET", "/v2/productFields", params={"limit": 500})[-1]["field_code"]
    api.ok("DELETE", f"/v2/productFields/{code}")
    api.field("Room again", "varchar")


def test_activity_types_have_a_limit(make: Make) -> None:
    api = make({"company": {"activity_type_limit": 7}})
    made = api.ok("POST", "/v1/activityTypes", {"name": "Webinar", "icon_key": "world"})
    text = api.refused(403, "POST", "/v1/activityTypes", {"name": "Visit", "icon_key": "car"})
    assert text == "Couldn't add activity type. You've reached the activity type per company limit."
    api.ok("DELETE", f"/v1/activityTypes/{made['id']}")
    api.ok("POST", "/v1/activityTypes", {"name": "Visit", "icon_key": "car"})


def test_only_admins_change_what_all_share(make: Make) -> None:
    pipeline = {"name": "P", "stages": [{"name": "S"}]}
    fields = [{"field_name": "F", "field_type": "enum", "options": ["A"], "field_code": "a" * 40}]
    me = {"id": 1, "name": "Me", "email": "me@acme.example", "admin": False, "is_you": True}
    api = make({"users": [me], "pipelines": [pipeline], "person_fields": fields})
    field = f"/v2/personFields/{'a' * 40}"
    for method, path, body in (
        ("POST", "/v2/personFields", {"field_name": "x", "field_type": "varchar"}),
        ("PATCH", field, {"field_name": "x"}),
        ("POST", f"{field}/options", [{"label": "x"}]),
        ("DELETE", field, None),
        ("POST", "/v2/pipelines", {"name": "x"}),
        ("PATCH", "/v2/stages/1", {"name": "x"}),
        ("DELETE", "/v2/stages/1", None),
    ):
        assert "permission" in api.refused(403, method, path, body)
    assert api.ok("GET", field)["options"][0]["label"] == "A"
    api.ok("POST", "/v2/persons", {"name": "A"})


def test_headers(make: Make) -> None:
    api = make(plan="lite", seats=2, budget=True, burst=True)
    answers = [api.send("POST", "/v2/persons", {"name": "A"}), api.send("GET", "/v2/persons/1")]
    answers.append(api.send("POST", "/v1/activityTypes", {"name": "Webinar", "icon_key": "world"}))
    left = [answer.headers["x-daily-requests-left"] for answer in answers]
    assert left == ["9999", "9999", "9998"]
    assert [answer.headers["x-ratelimit-remaining"] for answer in answers] == ["19", "18", "17"]
    assert answers[0].headers["x-daily-ratelimit-token-limit"] == "60000"
    assert len({answer.headers["x-correlation-id"] for answer in answers}) == 3
    api.box.advance(86_400)
    assert api.send("POST", "/v2/persons", {"name": "B"}).headers["x-daily-requests-left"] == "9999"


@pytest.mark.parametrize("spec", ["headers=0", "bare=1"])
def test_answers_without_limit_headers(make: Make, spec: str) -> None:
    api = make(plan="lite", seats=1, budget=True, burst=True, faults=spec)
    answers = [api.send("GET", "/v2/persons/1") for _ in range(25)]
    assert {answer.status_code for answer in answers} == {404, 429}
    for answer in answers:
        told = [name for name in answer.headers if "limit" in name or name in ("retry-after", "x-daily-requests-left")]
        assert told == []


def test_a_store_of_the_first_version_is_read(make: Make) -> None:
    first = make({"persons": [{"name": "Ann"}]}, budget=True)
    first.ok("GET", "/v2/persons")
    first.box.stop()
    connection = sqlite3.connect(first.box.store_path)
    connection.execute("ALTER TABLE usage DROP COLUMN writes")
    connection.execute("PRAGMA user_version=1")
    connection.close()
    again = make(budget=True)
    assert again.ok("GET", "/v2/persons")[0]["name"] == "Ann"
    assert again.box.tokens_used() == 20
    assert again.send("POST", "/v2/persons", {"name": "B"}).headers["x-daily-requests-left"] == "9999"
