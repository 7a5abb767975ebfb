"""Rows for tests: `rows("a.csv", {...}, {...})` numbers the lines; `when` reads ISO times."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime


def when(row: Mapping[str, str], column: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(row.get(column, "").strip())
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def time_of(text: str) -> datetime | None:
    return when({"": text}, "")


def rows(file: str, *cells: Mapping[str, str]) -> list[dict[str, str]]:
    return [{**c, "row_file": file, "row_line": str(i)} for i, c in enumerate(cells, start=2)]


def contact(contact_id: str = "", email: str = "", **cells: str) -> dict[str, str]:
    return {"contact_id": contact_id, "email": email, **cells}


def person(number: int, *emails: str, **fields: object) -> dict[str, object]:
    entries = tuple({"value": e, "label": "work", "primary": i == 0} for i, e in enumerate(emails))
    return {"id": number, "name": "", "emails": entries, "add_time": f"2020-01-{number:02}T00:00:00Z", **fields}
