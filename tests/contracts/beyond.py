"""What is known of Pipedrive's answers and requests beyond its OpenAPI documents, each with where it is known from.

Sections are those of facts/pipedrive.md. Most of it is stricter than the documents; what is laxer is said to be.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema_rs import Draft202012Validator

Json = dict[str, Any]

# -- laxer

COMMA_LISTS = frozenset({"include_fields", "status", "fields", "item_types"})
"""Query parameters of which the documents give one value as `enum`, and say in words that several can be joined."""

MAY_BE_NULL = frozenset({
    # `additional_data.next_cursor` is null at the end (section 10).
    "next_cursor",
    # Parts of an address that are not sent become null (section 4).
    "country", "admin_area_level_1", "admin_area_level_2", "locality", "sublocality", "route", "street_number",
    "subpremise", "postal_code",
    # What a record does not have. The documents call few of these nullable, and v2 says `null to clear` (section 8).
    "org_id", "person_id", "deal_id", "lead_id", "project_id", "product_id", "activity_id", "picture_id", "last_name",
    "address", "postal_address", "location", "birthday", "job_title", "notes", "note", "public_description",
    "priority", "due_date", "due_time", "duration", "marked_as_done_time", "expected_close_date", "won_time",
    "lost_time", "stage_change_time", "archive_time", "conference_meeting_client", "conference_meeting_url",
    "conference_meeting_id", "organization", "person", "deal", "project", "days_to_rotten", "description",
    "remote_location", "remote_id", "last_update_user_id", "icon_url", "task_id", "task",
})  # fmt: skip
"""Keys of answers, by name, that are null where there is nothing."""

KNOWN_KEYS: dict[str, Json] = {
    "/v2/activities": {"outcome": {"type": ["integer", "null"]}},  # section 5: the official client 33.7.0
    "/v2/deals/search": {"value": {"type": "number"}},  # an integer by its schema, but a number in every other answer
}
"""Path → keys of records that requests and answers may hold besides, or in another form."""

EMPTY_LISTS = {"v1": frozenset({"data"}), "v2": frozenset()}
"""Version → keys that are null where a list is empty (section 10)."""

CLEARED_BY_NULL = frozenset({
    "org_id", "person_id", "deal_id", "project_id", "address", "postal_address", "birthday", "job_title", "notes",
    "note", "location", "public_description", "due_date", "due_time", "duration", "priority", "expected_close_date",
})  # fmt: skip
"""Keys of a PATCH that null clears (section 8). The documents call only some of them nullable."""

# -- stricter

LONGEST_PAGE = {"GET /v2/itemSearch": 100}
"""Operation → the largest `limit` of v2, where it is not 500 (section 10)."""

_DAY: Json = {"type": "string", "format": "date"}
_INSTANT: Json = {"type": "string", "format": "date-time"}
_V1_TIME: Json = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$"}
_CLOCK: Json = {"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$"}
_CLOCK_SENT: Json = {"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$"}
_LENGTH: Json = {"type": "string", "pattern": r"^\d{2,3}:[0-5]\d(:[0-5]\d)?$"}
_CURRENCY: Json = {"type": "string", "pattern": "^[A-Z]{3}$"}
_LABELS: Json = {
    "type": "array",
    "items": {
        "type": "object", "properties": {"id": {"type": "integer"}, "label": {"type": "string"}},
        "required": ["id", "label"], "additionalProperties": False,
    },
}  # fmt: skip
_ADDRESS: Json = {"type": "object", "required": ["value"], "properties": {
    "value": {"type": "string", "minLength": 1},
    **{n: {"type": ["string", "null"]} for n in (
        "country", "admin_area_level_1", "admin_area_level_2", "locality", "sublocality", "route", "street_number",
        "subpremise", "postal_code", "formatted_address")},
}}  # fmt: skip
_ZONE: Json = {"timezone_name": {"type": "string"}, "timezone_id": {"type": ["integer", "null"]}}

FORMATS: dict[str, dict[str, Json]] = {
    # Timestamps of v2 are RFC 3339 (section 1), dates and clock times as in section 5.
    "v2": {
        **dict.fromkeys(("add_time", "update_time", "stage_change_time", "won_time", "lost_time", "close_time",
                         "marked_as_done_time"), _INSTANT),
        "archive_time": {"anyOf": [_INSTANT, _V1_TIME]},  # so says its description, for requests
        **dict.fromkeys(("due_date", "birthday", "expected_close_date", "local_won_date", "local_lost_date",
                         "local_close_date"), _DAY),
        "due_time": _CLOCK_SENT, "duration": _LENGTH, "currency": _CURRENCY,
    },
    # Times of v1 are UTC and YYYY-MM-DD HH:MM:SS (sections 6 and 16).
    "v1": dict.fromkeys(("add_time", "update_time", "last_login", "created", "modified"), _V1_TIME),
}  # fmt: skip
"""Version → key → the form of its text, in requests and answers; the documents only say `string`."""


def _object(properties: Json, *required: str) -> Json:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def custom_fields(*, answered: bool) -> Json:
    """The values of custom fields, by key of 40 characters (section 8; the documents allow anything)."""
    clock = _CLOCK if answered else _CLOCK_SENT
    options = _LABELS["items"]
    shapes: list[Json] = [
        {"type": ["number", "null"]},
        {"type": "string", "minLength": 1},
        {"type": "array", "items": {"type": "integer"}, "minItems": 1},
        _object({"value": {"type": "number"}, "currency": _CURRENCY}, "value", "currency"),
        _object({"value": _DAY, "until": _DAY}, "value", "until"),
        _object({"value": clock, **_ZONE}, "value"),
        _object({"value": clock, "until": clock, **_ZONE}, "value", "until"),
        closed(_ADDRESS),
    ]
    if answered:  # include_option_labels
        shapes += [options, {"type": "array", "items": options, "minItems": 1}]
    return {"type": "object", "patternProperties": {"^[0-9a-f]{40}$": {"anyOf": shapes}}, "additionalProperties": False}


def adapted(name: str, part: str, contract: Json) -> Json:
    """The schema of an operation's `request` or `answer` with all of this. `name` is as in `POST /v2/persons`."""
    method, version = re.match(r"(\w+) /(v\d)/", name).groups()  # type: ignore[union-attr]
    answered = part == "answer"
    schema = closed(contract[part]["schema"])
    for path, keys in KNOWN_KEYS.items():
        if path in name:
            records = _records(schema) if answered else schema
            records["properties"].update(keys)
    if answered:
        _asked_for(schema, contract.get("query", {}))
        nulls = MAY_BE_NULL | EMPTY_LISTS[version]
    else:
        nulls = CLEARED_BY_NULL if method == "PATCH" else frozenset()
    return _walked(schema, FORMATS[version], nulls, answered=answered)


def closed(schema: Json) -> Json:
    """The same schema, in which objects take no other keys than those that it names."""
    found = dict(schema)
    if "properties" in found:
        found["properties"] = {name: closed(one) for name, one in found["properties"].items()}
        if not isinstance(found.get("additionalProperties"), dict):
            found["additionalProperties"] = not found["properties"]
    for key in ("items", "additionalProperties"):
        if isinstance(found.get(key), dict):
            found[key] = closed(found[key])
    for key in ("anyOf", "oneOf"):
        if key in found:
            found[key] = [closed(one) for one in found[key]]
    return found


def _asked_for(answer: Json, query: Json) -> None:
    """What `include_fields` and `include_labels` add to records; the documents say it of the parameters only."""
    records = _records(answer)
    if "properties" not in records:
        return
    for name in query.get("include_fields", {}).get("schema", {}).get("enum", ()):
        records["properties"].setdefault(name.rpartition(".")[2], {})  # deal.cc_email
    if "include_labels" in query:
        records["properties"].setdefault("labels", _LABELS)


def _records(answer: Json) -> Json:
    data: Json = answer["properties"]["data"]
    if "items" in data.get("properties", {}):  # searches
        data = data["properties"]["items"]["items"]["properties"]["item"]
    found: Json = data.get("items", data)
    return found


def _walked(schema: Json, formats: Mapping[str, Json], nulls: frozenset[str], *, answered: bool) -> Json:
    found = dict(schema)
    for key in ("items", "additionalProperties"):
        if isinstance(found.get(key), dict):
            found[key] = _walked(found[key], formats, nulls, answered=answered)
    properties = {}
    for name, one in found.get("properties", {}).items():
        changed = custom_fields(answered=answered) if _is_custom(name, one) else one
        changed = _walked(changed, formats, nulls, answered=answered)
        if name in formats and "properties" not in one:
            changed = _or_null(formats[name]) if "null" in _types(one) or not one else formats[name]
        properties[name] = _or_null(changed) if name in nulls else changed
    if properties:
        found["properties"] = properties
    return found


def _is_custom(name: str, schema: Json) -> bool:
    return name == "custom_fields" and schema.get("type") == "object"


def _types(schema: Json) -> list[str]:
    kind = schema.get("type", [])
    return [kind] if isinstance(kind, str) else kind


def _or_null(schema: Json) -> Json:
    if "type" not in schema or "enum" in schema:
        return {"anyOf": [schema, {"type": "null"}]} if schema else schema
    return {**schema, "type": sorted({*_types(schema), "null"})}


# -- refusals, of which v2's document says nothing and v1's little

_JSON_STATUSES = frozenset({400, 401, 402, 403, 404, 405, 410, 415, 429, 503})
_HTML_STATUSES = frozenset({403, 502})
"""A gateway's own pages (sections 2 and 14)."""
_REFUSAL = _object(
    {
        "success": {"const": False}, "error": {"type": "string", "minLength": 1}, "error_info": {"type": "string"},
        "data": {"type": "null"}, "additional_data": {"type": "null"}, "errorCode": {"type": "integer"},
        "code": {"type": "string", "pattern": "^(ERR_[A-Z_]+|feature_capping_[a-z_]+)$"},
    },
    "success", "error",
)  # fmt: skip
_WHOLE = re.compile(r"\d+")


def refusal_problems(status: int, kind: str, content: bytes, headers: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with an answer that is no success (sections 1, 2 and 14)."""
    kind = kind.partition(";")[0].strip().lower()
    if kind == "text/html":
        if status not in _HTML_STATUSES:
            yield "a web page, which only 403 and 502 are"
        return
    if status not in _JSON_STATUSES:
        yield "a status that Pipedrive does not document"
    try:
        body = json.loads(content)
    except ValueError:
        yield "no JSON"
        return
    yield from (error.message for error in Draft202012Validator(_REFUSAL).iter_errors(body))
    if status == 401 and (body.get("errorCode") != 401 or headers.get("x-401-by-gw") != "true"):
        yield "not as the gateway says it"


def header_problems(headers: Mapping[str, str]) -> Iterator[str]:
    """Limits are whole numbers (section 2)."""
    for name, value in headers.items():
        if "ratelimit" in name and not _WHOLE.fullmatch(value):
            yield f"{name}: {value!r} is no whole number"
