"""What a handler gives back, and how a refusal looks.

Shapes: facts/pipedrive.md, section 14 (errors), and the examples of the OpenAPI documents (answers).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

MISSING: Any = object()
"""A key that is absent from an answer, as opposed to one that is null."""


class Refused(Exception):
    """A request that is answered with an error. Nothing of it is stored."""

    def __init__(
        self, status: int, message: str, code: str | None = None, *, headers: dict[str, str] | None = None, **extra: Any
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.headers = headers or {}
        self.extra = extra

    def body(self) -> dict[str, Any]:
        """The JSON document of the error."""
        body: dict[str, Any] = {"success": False, "error": self.message}
        if self.code:
            body["code"] = self.code
        body.update(self.extra)
        return body


class Invalid(Exception):
    """One value of a body or query that does not pass; several are joined into one 400."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(message)
        self.path = path
        self.message = message


def bad_request(message: str) -> Refused:
    """400 of a rule that is not about the shape of the body."""
    return Refused(400, message, "ERR_BAD_REQUEST")


def validation_failed(problems: list[Invalid]) -> Refused:
    """400 with every problem: `Validation failed: <path>: <message>; <path>: <message>`."""
    text = "; ".join(f"{problem.path}: {problem.message}" for problem in problems)
    return Refused(400, f"Validation failed: {text}", "ERR_SCHEMA_VALIDATION_FAILED")


def not_found(what: str) -> Refused:
    """404 of a record that never was, or is deleted."""
    return Refused(404, f"{what} not found", "ERR_NOT_FOUND")


def forbidden(message: str, code: str = "ERR_FORBIDDEN") -> Refused:
    """403: a limit of the plan, or a feature that the account does not have."""
    return Refused(403, message, code)


@dataclass
class Reply:
    """A successful answer. `raw` (bytes, content type) is sent instead of JSON where given."""

    data: Any = None
    additional: Any = MISSING
    related: Any = MISSING
    raw: tuple[bytes, str] | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        """The JSON document of the answer."""
        body: dict[str, Any] = {"success": True, "data": self.data}
        if self.additional is not MISSING:
            body["additional_data"] = self.additional
        if self.related is not MISSING:
            body["related_objects"] = self.related
        return body


def dumps(value: Any) -> str:
    """Compact JSON text, as it is stored and sent."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
