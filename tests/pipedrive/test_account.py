from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from nrpd.pipedrive import account
from nrpd.pipedrive.client import Client, Refused
from nrpd.pipedrive.records import ActivityType, Field, Option, User
from tests.pipedrive.server import Reply, Request, Server, ok

Connect = Callable[..., Client]
ME = {
    "id": 1, "name": "Me", "email": "me@acme.example", "active_flag": True, "company_id": 54, "company_name": "Acme",
    "company_domain": "acme", "default_currency": "EUR", "timezone_name": "Europe/Berlin",
    "access": [{"app": "sales", "admin": False}, {"app": "global", "admin": True}],
}  # fmt: skip
LEE = {
    "id": 2,
    "name": "Lee",
    "email": "lee@acme.example",
    "active_flag": False,
    "access": [{"app": "sales", "admin": True}],
}
FIELDS = [
    {"field_name": "Name", "field_code": "name", "field_type": "varchar", "options": None, "is_custom_field": False},
    {"field_name": "Lead Source", "field_code": "a" * 40, "field_type": "enum", "is_custom_field": True,
     "options": [{"id": 1, "label": "Web"}, {"id": "2", "label": "Fair"}]},
    {"field_name": "Status", "field_code": "status", "field_type": "status", "is_custom_field": False,
     "options": [{"id": "open", "label": "Open"}]},
]  # fmt: skip
PAGES: dict[str, Any] = {
    "/api/v1/users/me": ME,
    "/api/v1/users": [ME, LEE],
    "/api/v2/personFields": FIELDS,
    "/api/v2/organizationFields": [],
    "/api/v2/dealFields": [],
    "/api/v2/activityFields": [],
    "/api/v1/activityTypes": [{"id": 4, "name": "Call", "key_string": "call", "active_flag": True}],
    "/api/v2/pipelines": [
        {"id": 1, "name": "Sales", "is_deleted": False},
        {"id": 2, "name": "Old", "is_deleted": True},
    ],
    "/api/v2/stages": [{"id": 1, "name": "New", "pipeline_id": 1}],
    "/api/v1/billing/subscriptions/addons": [{"code": "leadbooster_v2"}, {"code": "campaigns"}],
}


def serve(server: Server, **instead: Reply) -> None:
    def answer(request: Request) -> Reply:
        last = request.path.rsplit("/", 1)[1]
        return instead[last] if last in instead else ok(PAGES[request.path])

    server.answer = answer


def test_facts(server: Server, connect: Connect) -> None:
    serve(server)
    facts = account.read_facts(connect())
    assert (facts.company_id, facts.company_name, facts.company_domain) == (54, "Acme", "acme")
    assert (facts.default_currency, facts.timezone, facts.campaigns) == ("EUR", "Europe/Berlin", True)
    assert facts.me == User(1, "Me", "me@acme.example", True, True)
    assert facts.users == (facts.me, User(2, "Lee", "lee@acme.example", False, False))
    assert facts.fields[1] == Field(
        "person", "Lead Source", "a" * 40, "enum", True, (Option(1, "Web"), Option(2, "Fair"))
    )
    assert facts.fields[2].options == ()
    assert facts.activity_types == (ActivityType(4, "Call", "call", True),)
    assert [p["name"] for p in facts.pipelines] == ["Sales"]
    assert all(r.method == "GET" for r in server.requests)


@pytest.mark.parametrize("status", [403, 404])
def test_no_right_to_ask_for_addons_means_no_campaigns(server: Server, connect: Connect, status: int) -> None:
    serve(server, addons=Reply({"success": False, "error": "no"}, status))
    assert account.read_facts(connect()).campaigns is False


def test_a_refused_token_is_not_swallowed(server: Server, connect: Connect) -> None:
    server.script(Reply({"success": False, "error": "unauthorized access", "errorCode": 401}, 401))
    with pytest.raises(Refused, match="token"):
        account.read_facts(connect())


def test_records(server: Server, connect: Connect) -> None:
    server.script(ok([{"id": 1}, {"id": 2, "is_deleted": True}]))
    client = connect()
    since = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
    found = account.read_records(client, "person", ["a" * 40, "b" * 40], ["marketing_status"], updated_since=since)
    assert found == [{"id": 1}]
    assert server.requests[0].query == {
        "custom_fields": f"{'a' * 40},{'b' * 40}", "include_fields": "marketing_status",
        "updated_since": "2026-03-01T12:00:00Z", "limit": "500", "sort_by": "id",
    }  # fmt: skip
    account.read_records(client, "person", [f"{n:040x}" for n in range(16)])  # more than can be named: all come
    account.read_records(client, "activity", ["a" * 40])
    assert [r.query for r in server.requests[1:]] == [{"limit": "500", "sort_by": "id"}] * 2


@pytest.mark.parametrize(
    "reply", [Reply({"success": False, "error": "not found"}, 404), ok({"id": 7, "is_deleted": True})]
)
def test_one_record_that_is_gone(server: Server, connect: Connect, reply: Reply) -> None:
    server.script(reply)
    assert account.read_record(connect(), "person", 7) is None


def test_relationships_come_once(server: Server, connect: Connect) -> None:
    server.answer = lambda request: ok([{"id": 5, "type": "parent"}])
    assert account.read_relationships(connect(), [1, 2]) == [{"id": 5, "type": "parent"}]
    assert [r.query for r in server.requests] == [{"org_id": "1"}, {"org_id": "2"}]


def test_notes_and_files(server: Server, connect: Connect) -> None:
    server.script(ok([{"id": 1, "active_flag": True}, {"id": 2, "active_flag": False}]))
    assert [n["id"] for n in account.read_notes(connect())] == [1]
    assert [f["id"] for f in account.read_files(connect())] == [1]
