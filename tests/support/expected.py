"""What a mapped value must be in the account, worked out from the design and the mapping sheet, apart from nrpd.

Each function takes the source cell and says whether the account's value is right. Rules: design.md ("Source",
"Destination rules"); a time without an offset is in the customer's time zone; `datetime` columns become text in UTC.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.support.readback import Row, moment, tidy

LEGAL_FORMS = frozenset(["inc", "llc", "ltd", "corp", "gmbh"])
NO_WORDS = frozenset(("", "no", "false", "0", "n"))
YES_WORDS = frozenset(("yes", "true", "1", "y"))
REASONS = {
    "hard bounce": "hard bounce", "unsubscribed": "unsubscribe", "spam complaint": "complaint", "manual": "manual",
    "no consent": "no consent",
}  # fmt: skip
"""The demo's words for a reason → the design's; any other word is `unknown`."""
ADDRESS_HEADERS = ("Address 1", "Address 2", "City", "State", "Postal Code", "Country")


def plain(cell: str) -> str:
    """The text of a cell as it should stand in the account: HTML entities unescaped once."""
    return tidy(html.unescape(tidy(cell)))


def one_space(text: str) -> str:
    return " ".join(text.split())


def firm_key(name: str) -> tuple[str, str]:
    """(name without punctuation, case and trailing legal forms, the legal form)"""
    words = re.sub(r"[^\w\s]", " ", plain(name).casefold()).split()
    form = ""
    while len(words) > 1 and words[-1] in LEGAL_FORMS:
        form = words.pop()
    return " ".join(words), form


def newest_first(rows: Sequence[Row], zone: ZoneInfo) -> list[Row]:
    floor = datetime.min.replace(tzinfo=UTC)
    return sorted(rows, key=lambda row: moment(row.get("Last Modified Date", ""), zone) or floor, reverse=True)


def cell_of(rows: Sequence[Row], header: str) -> str:
    """What one record says, out of its rows, newest first: the newest cell that is not blank."""
    return next((row[header] for row in rows if tidy(row.get(header, ""))), "")


def name_is_right(rows: Sequence[Row], name: str, addresses: Sequence[str]) -> bool:
    wanted = one_space(" ".join(plain(cell_of(rows, header)) for header in ("First Name", "Last Name")))
    if wanted:
        return name == wanted
    return name in addresses if addresses else bool(name)


def phone_is_right(cell: str, values: Sequence[str]) -> bool:
    """One of the account's numbers has all digits of the cell; one with `+` in the source keeps it."""
    text = tidy(cell).lstrip("'").strip()
    digits = re.sub(r"\D", "", text).lstrip("0")
    if not digits:
        return text in values
    found = [v for v in values if re.sub(r"\D", "", v).endswith(digits)]
    return any(v.startswith("+") for v in found) if text.startswith("+") else bool(found)


def address_is_right(rows: Sequence[Row], value: Any) -> bool:
    """The lines joined with `, `, in the order of a letter, and the postal code with its leading zero."""
    lines = [plain(cell_of(rows, header)) for header in ADDRESS_HEADERS]
    if not any(lines):
        return not value
    if not isinstance(value, Mapping):
        return False
    return value.get("value") == ", ".join(filter(None, lines)) and (value.get("postal_code") or "") == lines[4]


def number(text: str) -> float:
    return float(text.replace(",", "").replace("$", ""))


def custom_is_right(cell: str, kind: str, source_type: str, value: Any, zone: ZoneInfo) -> bool:
    """A custom field of type `kind` whose source column is of type `source_type`."""
    text = plain(cell)
    if kind == "double":
        return value is not None and number(text) == float(value)
    if kind == "date":
        return value == _day(text)
    if kind == "enum" and source_type == "boolean":
        return value == ("Yes" if text.casefold() in YES_WORDS else "No")
    if kind == "set":
        return value == sorted({one_space(part) for part in text.split(";") if part.strip()})
    if kind == "phone":
        return isinstance(value, str) and phone_is_right(cell, [value])
    if source_type == "datetime":
        at = moment(text, zone)
        return at is not None and isinstance(value, str) and value == at.strftime("%Y-%m-%dT%H:%M:%SZ")
    if source_type in ("number", "decimal") and kind in ("varchar", "text"):
        return isinstance(value, str) and number(value) == number(text)
    return value == (one_space(text) if kind == "enum" else text)


def _day(text: str) -> str | None:
    at = moment(text, ZoneInfo("UTC")) if not re.search(r"[T ]\d", text) else None
    if at:
        return at.date().isoformat()
    return text[:10] if re.match(r"\d{4}-\d\d-\d\d", text) else None


def column_suppressions(row: Row) -> set[str]:
    """The reasons that a contact's own columns give. A consent cell that is neither blank nor a yes means none."""
    found = set()
    if tidy(row.get("Unsubscribed Contact", "")).casefold() not in NO_WORDS:
        found.add("unsubscribe")
    if tidy(row.get("Bounced Contact", "")).casefold() not in NO_WORDS:
        found.add("hard bounce")
    consent = tidy(row.get("GDPR Consent Granted", "")).casefold()
    if consent and consent not in YES_WORDS:
        found.add("no consent")
    return found


def note_lines(text: str) -> dict[str, str]:
    """`Key: value` lines of an activity's note, whether plain or turned into HTML."""
    text = html.unescape(re.sub(r"<br\s*/?>|</p>|</div>", "\n", text or "", flags=re.I))
    pairs = (line.partition(": ") for line in re.sub(r"<[^>]+>", "", text).splitlines())
    return {key.strip(): value.strip() for key, mark, value in pairs if mark}


def utc(text: str) -> datetime | None:
    """A time of a note or an activity, which are in UTC."""
    return moment(text, ZoneInfo("UTC"))
