"""Whether a request and its answer keep to Pipedrive's OpenAPI documents, as derived in `tests/data/pipedrive/`.

Stricter than the documents in one thing: an object takes no key, and a query no parameter, that they do not name, since
v2 refuses such (facts/pipedrive.md, section 8). What is known beyond the documents is in `beyond.py`, and there only.
"""

from __future__ import annotations

import email
import email.policy
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from jsonschema_rs import Draft202012Validator

from tests.contracts import beyond
from tests.contracts.derive import DATA, VERSIONS, Json
from tests.contracts.recorder import Exchange

LONGEST = 300  # characters of one violation
CONTROL = "/sandbox"
"""Where tests steer a sandbox; no part of Pipedrive's API."""


@dataclass(frozen=True)
class Operation:
    """One operation of the documents."""

    name: str
    contract: Json

    @property
    def tokens(self) -> int:
        return int(self.contract["tokens"])


def violations(exchange: Exchange, *, lax: bool = False) -> list[str]:
    """What is against the documents, each as `METHOD path: what`. Empty where nothing is.

    A request that a test made and the server refused may be anything: that is how refusals are tested. One of nrpd,
    or one that was accepted, must keep to the documents, unless `lax`.
    """
    operation = find(exchange.method, exchange.path)
    if exchange.path.startswith(CONTROL):
        return []
    found: list[str] = []
    if not lax and (exchange.by_nrpd or exchange.accepted):
        if operation is None:
            found.append("the documents have no such operation")
        else:
            found += [f"request: {what}" for what in _request(operation, exchange)]
    if exchange.status:
        found += [f"answer {exchange.status}: {what}" for what in _answer(operation, exchange)]
        found += [f"header: {one}" for one in beyond.header_problems(exchange.headers)]
    name = operation.name if operation else f"{exchange.method} {exchange.path}"
    return [f"{name}: {one}"[:LONGEST] for one in found]


@cache
def contracts() -> dict[str, dict[str, dict[str, Json]]]:
    """Version → path → method → what was derived."""
    return {v: json.loads((DATA / f"{v}.json").read_text(encoding="utf-8")) for v in VERSIONS}


def find(method: str, path: str) -> Operation | None:
    """The operation of a request. A path without `{…}` goes before one with."""
    found = re.fullmatch(r"(?:/api)?/(v[12])(/.*)", path)
    if not found:
        return None
    version, segments = found[1], found[2].split("/")
    fitting = [
        (template.count("{"), template)
        for template, methods in contracts()[version].items()
        if method in methods and _fits(template.split("/"), segments)
    ]
    if not fitting:
        return None
    template = min(fitting)[1]
    return Operation(f"{method} /{version}{template}", contracts()[version][template][method])


def _fits(template: list[str], segments: list[str]) -> bool:
    pairs = zip(template, segments, strict=False)
    return len(template) == len(segments) and all(part == text or part.startswith("{") for part, text in pairs)


# -- requests


def _request(operation: Operation, exchange: Exchange) -> Iterator[str]:
    yield from _path(operation, exchange.path)
    yield from _query(operation, exchange.query)
    wanted = operation.contract.get("request")
    if wanted is None:
        if exchange.request:
            yield "a body where none is known"
        return
    kind = exchange.kind.partition(";")[0].strip().lower()
    if kind != wanted["type"]:
        yield f"sent as {kind or 'nothing'}, where {wanted['type']} is expected"
        return
    if kind == "application/json":
        body = _json(exchange.request)
    else:
        form = _multipart(exchange) if kind == "multipart/form-data" else dict(parse_qsl(exchange.request.decode()))
        properties = wanted["schema"]["properties"]
        body = {name: _value(text, properties.get(name, {})) for name, text in form.items()}
    yield from _against(operation, "request", body)


def _path(operation: Operation, path: str) -> Iterator[str]:
    template = operation.name.split("/", 2)[2].split("/")
    for part, text in zip(template, path.split("/")[-len(template) :], strict=True):
        if part.startswith("{"):
            schema = operation.contract["path"][part.strip("{}")]["schema"]
            yield from (f"path: {one}" for one in _wrong_text(part, text, schema))


def _query(operation: Operation, query: str) -> Iterator[str]:
    known = operation.contract.get("query", {})
    given = parse_qsl(query, keep_blank_values=True)
    names = [name for name, _ in given]
    yield from (f"query: {name} comes twice" for name in sorted({n for n in names if names.count(n) > 1}))
    yield from (f"query: {n} is missing" for n, one in known.items() if one.get("required") and n not in names)
    for name, text in given:
        if name not in known:
            yield f"query: there is no parameter {name}"
            continue
        schema = known[name]["schema"]
        if name == "limit" and operation.name.startswith("GET /v2/"):
            schema = {**schema, "minimum": 1, "maximum": beyond.LONGEST_PAGE.get(operation.name, 500)}
        for one in text.split(",") if name in beyond.COMMA_LISTS else [text]:
            yield from (f"query: {wrong}" for wrong in _wrong_text(name, one, schema))


def _wrong_text(name: str, text: str, schema: Json) -> Iterator[str]:
    value = _value(text, schema)
    for error in Draft202012Validator(schema, validate_formats=True).iter_errors(value):
        yield f"{name}: {error.message}"


def _value(text: str, schema: Json) -> Any:
    """A text of a query or form as a value; the text itself where it is none of that type."""
    kind = schema.get("type")
    if kind == "boolean" and text in ("true", "false"):
        return text == "true"
    if kind in ("integer", "number") and re.fullmatch(r"-?\d+", text):
        return int(text)
    if kind == "number" and re.fullmatch(r"-?\d+\.\d+", text):
        return float(text)
    return text


def _multipart(exchange: Exchange) -> dict[str, str]:
    head = f"content-type: {exchange.kind}\r\n\r\n".encode()
    message = email.message_from_bytes(head + exchange.request, policy=email.policy.HTTP)
    return {
        str(part.get_param("name", header="content-disposition")): part.get_payload(decode=True).decode("latin-1")
        for part in message.iter_parts()
    }


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return content.decode("utf-8", "replace")


# -- answers


def _answer(operation: Operation | None, exchange: Exchange) -> Iterator[str]:
    if not exchange.accepted:
        yield from beyond.refusal_problems(exchange.status, exchange.answer_kind, exchange.answer, exchange.headers)
        return
    if operation is None:
        return
    wanted = operation.contract["answer"]
    kind = exchange.answer_kind.partition(";")[0].strip().lower()
    if wanted["type"] != "application/json":
        return  # a file's bytes
    if kind != wanted["type"]:
        yield f"sent as {kind}"
        return
    body = _json(exchange.answer)
    if not isinstance(body, dict) or body.get("success") is not True:
        yield "without success: true"
        return
    yield from _against(operation, "answer", body)


def _against(operation: Operation, part: str, body: Any) -> Iterator[str]:
    for error in _validator(operation.name, part).iter_errors(body):
        where = ".".join("[]" if isinstance(step, int) else str(step) for step in error.instance_path)
        yield f"{where or 'body'}: {error.message}"


@cache
def _validator(name: str, part: str) -> Draft202012Validator:
    version, path = name.split(" /", 1)[1].split("/", 1)
    contract = contracts()[version][f"/{path}"][name.split(" ", 1)[0]]
    return Draft202012Validator(beyond.adapted(name, part, contract), validate_formats=True)
