"""The words of refusals that are known of Pipedrive itself (facts/pipedrive.md), whole answers, to the letter."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Api

HASH = "0a1b2c3d4e" * 4
READ_ONLY = (
    "'person_id' is a read-only field. Add a primary participant to set 'person_id' instead. "
    'For example: "participants": [{ "person_id": 1, "primary": true }]'
)
SCHEMA = "ERR_SCHEMA_VALIDATION_FAILED"


@pytest.mark.parametrize(
    ("method", "path", "body", "error", "code"),
    [
        ("POST", "/v2/persons", {"name": "A", HASH: "x"}, f"{HASH}: Parameter '{HASH}' is not allowed for this request",
         SCHEMA),
        ("PATCH", "/v2/persons/1", {HASH: "x"}, f"{HASH}: Parameter '{HASH}' is not allowed for this request", SCHEMA),
        ("PATCH", "/v2/persons/1", {"add_time": "2020-01-01T00:00:00Z"},
         "add_time: Parameter 'add_time' is not allowed for this request", SCHEMA),
        ("PATCH", "/v2/persons/1", {"update_time": "2020-01-01T00:00:00Z"},
         "update_time: Parameter 'update_time' is not allowed for this request", SCHEMA),
        ("POST", "/v2/persons", {"name": "A", "custom_fields": {HASH: "x"}},
         f"custom_fields.{HASH}: Parameter '{HASH}' is not allowed for this request", SCHEMA),
        ("POST", "/v2/activities", {"due_time": "9 AM"}, "due_time: This value is not a valid datetime.", SCHEMA),
        ("GET", "/v2/persons?updated_since=2025-01-01T10:20:00.123Z", None,
         "updated_since: This value is not a valid datetime.", SCHEMA),
    ],
)  # fmt: skip
def test_validation(shared: Api, method: str, path: str, body: Any, error: str, code: str) -> None:
    answer = shared.send(method, path, body)
    assert answer.status_code == 400
    assert answer.json() == {"success": False, "error": f"Validation failed: {error}", "code": code}


@pytest.mark.parametrize(("method", "path"), [("POST", "/v2/activities"), ("PATCH", "/v2/activities/1")])
def test_person_of_an_activity(api: Api, method: str, path: str) -> None:
    api.ok("POST", "/v2/activities", {"subject": "Call"})
    answer = api.send(method, path, {"person_id": 1})
    assert answer.status_code == 400
    assert answer.json() == {"success": False, "error": READ_ONLY, "code": "ERR_BAD_REQUEST"}


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("varchar", "", "Expected non-empty 'string', use null to clear"),
        ("enum", "Web", "Expected 'number' as value for single option custom field"),
        ("set", [], "Expected non-empty 'array', use null to clear"),
        ("double", "5", "Expected 'number', received 'string'"),
    ],
)
def test_custom_values_name_their_field(shared: Api, kind: str, value: Any, words: str) -> None:
    code = shared.field("F", kind, ["Web"] if kind in ("enum", "set") else None)["field_code"]
    answer = shared.send("POST", "/v2/persons", {"name": "A", "custom_fields": {code: value}})
    error = f"Validation failed: custom_fields.{code}: {words}"
    assert answer.json() == {"success": False, "error": error, "code": SCHEMA}


def test_errors_of_v1_have_their_own_form(shared: Api) -> None:
    body = shared.send("POST", "/v1/notes", {"content": "x"}).json()
    assert set(body) == {"success", "error", "error_info", "data", "additional_data"}
    assert (body["success"], body["data"]) == (False, None)
