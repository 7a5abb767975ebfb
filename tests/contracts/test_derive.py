"""The derived files are what `derive.py` makes of Pipedrive's OpenAPI documents, and hold no prose."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from nrpd.pipedrive.costs import cost_of
from nrpd.sandbox.costs import COSTS
from tests.contracts.contract import contracts, find
from tests.contracts.derive import (
    ASKED,
    DATA,
    KEPT,
    VERSIONS,
    derived,
    following,
    merged,
    plain,
    read_documents,
    text_of,
)

SHARED = Path(__file__).resolve().parents[3] / "shared" / "openapi"
KEYWORDS = {*KEPT, "properties", "required", "items", "additionalProperties", "oneOf", "anyOf"}
AGAIN = "python -m tests.contracts.derive ../shared/openapi"


@pytest.mark.parametrize("version", VERSIONS)
def test_the_files_are_what_the_script_writes(version: str) -> None:
    """Their form always; what they say where the documents are at hand."""
    text = (DATA / f"{version}.json").read_text(encoding="utf-8")
    content = json.loads(text)
    assert text_of(content) == text
    for path, methods in content.items():
        for method, contract in methods.items():
            assert set(contract) <= {"tokens", "path", "query", "request", "answer"}, (method, path)
            assert contract["tokens"] > 0
            for schema in _schemas(contract):
                Draft202012Validator(schema)
                assert set(_keywords(schema)) <= KEYWORDS, (method, path)
    if SHARED.is_dir():
        assert text_of(derived(read_documents(SHARED))[version]) == text, AGAIN


def test_all_that_is_used_is_in_them() -> None:
    """Neither more nor less than what the sandbox serves and what nrpd asks of accounts besides."""
    used = {*COSTS, *ASKED}
    names = {op.name for method, path in used if (op := find(method, path)) is not None}
    held = {f"{m} /{v}{path}" for v in VERSIONS for path, methods in contracts()[v].items() for m in methods}
    assert names == held, AGAIN
    assert [key for key in used if find(*key) is None] == [], AGAIN


def test_the_ledger_counts_what_the_documents_say() -> None:
    """The table that nrpd counts by: against the derived files always, whole where the documents are at hand."""
    for version in VERSIONS:
        for path, methods in contracts()[version].items():
            for method, contract in methods.items():
                assert cost_of(method, f"/api/{version}{path}") == contract["tokens"], (method, path)
    if SHARED.is_dir():
        for version, document in read_documents(SHARED).items():
            for path, item in document["paths"].items():
                for method, operation in item.items():
                    if isinstance(operation, dict) and "servers" not in operation and "x-token-cost" in operation:
                        assert cost_of(method, f"/api/{version}{path}") == operation["x-token-cost"], (method, path)


def test_prose_goes_and_names_stay() -> None:
    schema = {
        "title": "A thing",
        "description": "Words",
        "type": "object",
        "properties": {"description": {"type": "string", "description": "Words", "example": "x"}},
        "example": {"description": "x"},
    }
    assert plain(schema) == {"type": "object", "properties": {"description": {"type": "string"}}}


def test_nullable_becomes_a_type() -> None:
    assert plain({"type": "string", "enum": ["a"], "nullable": True}) == {
        "type": ["string", "null"], "enum": ["a", None],
    }  # fmt: skip


def test_parts_become_one_schema() -> None:
    parts = [{"properties": {"a": {"type": "string"}}, "required": ["a"]}, {"properties": {"b": {"type": "integer"}}}]
    assert plain({"type": "object", "allOf": parts}) == {
        "type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}, "required": ["a"],
    }  # fmt: skip
    with pytest.raises(ValueError, match="type"):
        merged({"type": "string"}, {"type": "integer"})


def test_an_example_is_followed_where_it_says_otherwise() -> None:
    schema = {"type": "object", "properties": {"at": {"type": "string", "format": "date-time"}}}
    assert following(schema, {"at": "2020-01-01 00:00:00", "more": 1}) == {
        "type": "object", "properties": {"at": {"type": "string"}, "more": {}},
    }  # fmt: skip
    assert following(schema, {"at": "2020-01-01T00:00:00Z"}) == schema


def test_an_unknown_operation_is_named() -> None:
    with pytest.raises(ValueError, match="DELETE /activityTypes"):
        derived({version: {"paths": {}} for version in VERSIONS})


def _schemas(contract: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for place in ("path", "query"):
        yield from (parameter["schema"] for parameter in contract.get(place, {}).values())
    yield from (contract[part]["schema"] for part in ("request", "answer") if part in contract)


def _keywords(schema: dict[str, Any]) -> Iterator[str]:
    yield from schema
    nested = [*schema.get("properties", {}).values(), *schema.get("oneOf", ()), *schema.get("anyOf", ())]
    nested += [schema[key] for key in ("items", "additionalProperties") if isinstance(schema.get(key), dict)]
    for one in nested:
        yield from _keywords(one)
