"""Lists of API v2 with cursors, and of API v1 with start and limit (facts/pipedrive.md, section 10)."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

from .answers import Invalid, dumps, validation_failed
from .call import Call
from .clock import parse_rfc3339
from .store import SORTABLE, Doc

MAX_PAGE = 500
MAX_IDS = 100


def problem(path: str, message: str) -> Exception:
    """The 400 for one query parameter."""
    return validation_failed([Invalid(path, message)])


def allow(call: Call, *names: str) -> None:
    """Refuses query parameters of API v2 that the operation does not have."""
    unknown = [name for name in call.query if name not in names]
    if unknown:
        raise validation_failed(
            [Invalid(name, f"Parameter '{name}' is not allowed for this request") for name in unknown]
        )


def whole(call: Call, name: str, default: int | None = None, top: int | None = None, low: int = 1) -> int | None:
    """A whole number of the query."""
    text = call.query.get(name)
    if text is None:
        return default
    if not text.isdecimal() or int(text) < low or (top is not None and int(text) > top):
        raise problem(name, f"Expected a whole number from {low}" + (f" to {top}" if top else ""))
    return int(text)


def moment(call: Call, name: str) -> str | None:
    """A time of the query in whole seconds, as it is stored."""
    text = call.query.get(name)
    if text is None:
        return None
    parsed = parse_rfc3339(text)
    if parsed is None:
        raise problem(name, "This value is not a valid datetime.")
    return parsed


class Page:
    """The part of a list of API v2 that a request asks for: order, position and size."""

    def __init__(
        self, call: Call, sorts: Sequence[str] = ("id", "update_time", "add_time"), top: int = MAX_PAGE
    ) -> None:
        self.limit = whole(call, "limit", 100, top) or 100
        self.sort = call.query.get("sort_by", "id")
        self.direction = call.query.get("sort_direction", "asc")
        if self.sort not in sorts or self.sort not in SORTABLE:
            raise problem("sort_by", f"Expected one of {', '.join(sorts)}")
        if self.direction not in ("asc", "desc"):
            raise problem("sort_direction", "Expected one of asc, desc")
        self.after = self._read(call.query["cursor"]) if "cursor" in call.query else None

    def _read(self, cursor: str) -> tuple[Any, int]:
        try:
            mark = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
            if (mark["field"], mark["sortDirection"]) != (self.sort, self.direction):
                raise ValueError
            return mark["fieldValue"], int(mark["id"])
        except (ValueError, KeyError, TypeError):
            raise problem("cursor", "This cursor is not valid for this request") from None

    def fetch(self, call: Call, kind: str, where: str, values: Sequence[Any]) -> tuple[list[Doc], str | None]:
        """One page of documents and the cursor of the next, None at the end."""
        # An activity without a due date sorts first, so that the order is total and no record is left out.
        column = "coalesce(due_date,'')" if self.sort == "due_date" else self.sort
        more = list(values)
        if self.after is not None:
            where += f" AND ({column}, id) {'>' if self.direction == 'asc' else '<'} (?, ?)"
            more += self.after
        order = f"{column} {self.direction}, id {self.direction}" if column != "id" else f"id {self.direction}"
        docs = call.store.select(kind, where, more, order, self.limit + 1)
        if len(docs) <= self.limit:
            return docs, None
        docs = docs[: self.limit]
        return docs, self._write(docs[-1])

    def _write(self, last: Doc) -> str:
        value = last.get(self.sort)
        mark = {
            "field": self.sort, "fieldValue": "" if value is None else value,
            "sortDirection": self.direction, "id": last["id"],
        }  # fmt: skip
        return base64.urlsafe_b64encode(dumps(mark).encode()).decode().rstrip("=")


def slice_page(call: Call, items: Sequence[Any], top: int = MAX_PAGE) -> tuple[list[Any], str | None]:
    """A page of a list that is already in memory (fields, search hits), with the cursor of the next."""
    limit = whole(call, "limit", 100, top) or 100
    start = 0
    if "cursor" in call.query:
        try:
            start = int(json.loads(base64.urlsafe_b64decode(call.query["cursor"] + "==="))["start"])
        except (ValueError, KeyError, TypeError):
            raise problem("cursor", "This cursor is not valid for this request") from None
    following = None
    if start + limit < len(items):
        following = base64.urlsafe_b64encode(dumps({"start": start + limit}).encode()).decode().rstrip("=")
    return list(items[start : start + limit]), following


def v1_page(call: Call, docs: Sequence[Doc], top: int = MAX_PAGE) -> tuple[list[Doc], Doc]:
    """A page of API v1 and its `pagination`. Values out of range are taken as the nearest, as v1 is not strict."""
    start = int(call.query["start"]) if call.query.get("start", "").isdecimal() else 0
    limit = int(call.query["limit"]) if call.query.get("limit", "").isdecimal() else 100
    limit = min(max(limit, 1), top)
    page = list(docs[start : start + limit])
    pagination: Doc = {"start": start, "limit": limit, "more_items_in_collection": start + limit < len(docs)}
    if pagination["more_items_in_collection"]:
        pagination["next_start"] = start + limit
    return page, pagination


def id_list(call: Call) -> list[int] | None:
    """The `ids` of the query, at most a hundred."""
    if "ids" not in call.query:
        return None
    parts = call.query["ids"].split(",")
    if len(parts) > MAX_IDS or not all(part.isdecimal() for part in parts):
        raise problem("ids", f"Expected up to {MAX_IDS} whole numbers, separated by commas")
    return [int(part) for part in parts]
