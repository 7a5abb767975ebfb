"""Reading Pipedrive's answers: what went wrong, in which field, and how long to wait.

Status and content type are looked at before the body is parsed: a gateway answers with pages of HTML
(facts/pipedrive.md, sections 2 and 14).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from nrpd.errors import BadInput, NrpdError

TOO_LATE = "the answer took too long"
"""Why an answer never came, where it was waited for no longer."""
_LONGEST = 400  # characters of the server's own words that are worth repeating
_FIELD_PATTERNS = (
    re.compile(r"custom_fields\.([0-9a-zA-Z_]+)"),
    re.compile(r"\b([0-9a-f]{40})\b"),
    re.compile(r"Parameter '([^']+)' is not allowed"),
    re.compile(r"^'([A-Za-z0-9_.]+)' is a read-only field"),
    re.compile(r"Validation failed: ([A-Za-z0-9_.\[\]]+):"),
)


@dataclass(frozen=True)
class Answer:
    """A successful answer. `data` is the answer's `data` (dict, list or None), `additional` its `additional_data`."""

    data: Any
    additional: dict[str, Any] = field(default_factory=dict)
    status: int = 200


class Refused(NrpdError):
    """Pipedrive said no (4xx, or `success: false`), so nothing was changed. Repeating it would not help.

    `message` is the server's reason; `code` its error code (`ERR_SCHEMA_VALIDATION_FAILED` …) and `field` the
    parameter or field code that it names, or "" where it names none.
    """

    def __init__(self, status: int, method: str, path: str, message: str, code: str = "", field: str = "") -> None:
        self.status = status
        self.method = method
        self.path = path
        self.message = message
        self.code = code
        self.field = field
        super().__init__(f"Pipedrive refused {method} {path} ({status}): {message}")


class BadToken(Refused, BadInput):
    """401: the API token is not accepted. A refusal like others, but one that the parameters can mend (exit 2)."""


class Blocked(NrpdError):
    """A gateway in front of Pipedrive shuts this token out (403 with a page of HTML). Nothing more may be sent."""


class Unreachable(NrpdError):
    """No usable answer to a reading request after several tries, or no connection at all. Nothing was changed."""


class OutcomeUnknown(NrpdError):
    """A write whose answer never came, or was no answer (5xx, HTML): it may or may not have happened.

    Look the record up before sending it again.
    """

    def __init__(self, method: str, path: str, reason: str) -> None:
        self.method = method
        self.path = path
        self.reason = reason
        super().__init__(f"It is not known whether {method} {path} happened: {reason}")


class BadAnswer(NrpdError):
    """Pipedrive answered something that its documents do not allow (no JSON, a list that never ends)."""


def parse_json(content: bytes) -> dict[str, Any] | None:
    """The answer as an object, or None where it is no JSON object. An empty body is an empty object."""
    if not content.strip():
        return {}
    try:
        parsed = json.loads(content)
    except ValueError:
        return None
    return parsed if isinstance(parsed, dict) else None


def refused(status: int, method: str, path: str, body: Mapping[str, Any] | None, secret: str = "") -> Refused:
    """The `Refused` that an error body stands for; `secret` is cut out should the server repeat it."""
    message = reason_of(body, secret) or "no reason given"
    if status == 401:
        message = f"the API token is not accepted ({message}); check the variable that destination.token_env names"
    kind = BadToken if status == 401 else Refused
    return kind(status, method, path, message, str((body or {}).get("code") or ""), named_field(message))


def reason_of(body: Mapping[str, Any] | None, secret: str = "") -> str:
    """The server's own words in an error body, on one line and not too long; "" where it gives none."""
    body = body or {}
    message = str(body.get("error") or body.get("message") or "")
    info = body.get("error_info")
    if isinstance(info, str) and info and "developers.pipedrive.com" not in info and info not in message:
        message = f"{message} ({info})" if message else info
    if secret:
        message = message.replace(secret, "***")
    message = " ".join(message.split())
    return message[:_LONGEST] + "…" if len(message) > _LONGEST else message


def named_field(message: str) -> str:
    """The field code or parameter that an error message names, or ""."""
    for pattern in _FIELD_PATTERNS:
        if found := pattern.search(message):
            return found.group(1)
    return ""


def whole_number(text: str | None) -> int | None:
    """A header's whole number, or None where the header is missing or unreadable."""
    try:
        return int(float(text)) if text else None
    except (ValueError, OverflowError):
        return None


def moment(text: str | None) -> datetime | None:
    """A header's time as an aware UTC time, or None where it is missing or unreadable."""
    try:
        return parsedate_to_datetime(text).astimezone(UTC) if text else None
    except (TypeError, ValueError):
        return None


def seconds_to_wait(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds that a 429 asks for: `Retry-After` (seconds or a date), else `x-ratelimit-reset`; None if neither."""
    now = now or datetime.now(UTC)
    after = headers.get("retry-after", "").strip()
    if after:
        try:
            return max(0.0, float(after))
        except ValueError:
            pass
        if (until := moment(after)) is not None:
            return max(0.0, (until - now).total_seconds())
    reset = whole_number(headers.get("x-ratelimit-reset"))
    if reset is None:
        return None
    # Its unit is not documented; seconds were observed. A number this large can only be a point in time.
    return max(0.0, reset - now.timestamp()) if reset > 1_000_000_000 else float(max(0, reset))
