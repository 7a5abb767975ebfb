"""Markdown that customers' own words cannot break: escaping, tables and lists.

Names of workflows, fields and templates come from the customer's files and may hold `|`, `*`, `<`, line breaks or
control characters. Everything that enters a document goes through `inline` (one line of text) or `table`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_CONTROL = re.compile("[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff\ud800-\udfff]")
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!])")
_LEADING = re.compile(r"^(\s*)(?:([-+])(?=\s|$)|(\d{1,9})([.)])(?=\s|$)|(=+|-{3,})(?=\s*$))")


def without_control(text: str) -> str:
    """`text` without the characters that neither XML nor a page can hold; line breaks and tabs stay."""
    return _CONTROL.sub("", text)


def clean(text: object) -> str:
    """`text` as one line without control characters; None becomes blank."""
    if text is None:
        return ""
    return re.sub(r"\s+", " ", without_control(str(text))).strip()


def inline(text: object) -> str:
    """`text` as Markdown that shows exactly these characters, on one line."""
    escaped = _SPECIAL.sub(r"\\\1", clean(text)).replace("&", "&amp;")
    return _LEADING.sub(_escape_leading, escaped)


def number(value: int | float) -> str:
    """12345 → `12,345`; 1234.5 → `1,234.5`; 1.25 → `1.25`; at most two places."""
    if isinstance(value, int) or float(value).is_integer():
        return f"{int(value):,}"
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def count(n: int, one: str, many: str = "") -> str:
    """`1 person`, `2 persons`: the number with its noun."""
    return f"{number(n)} {one if n == 1 else many or one + 's'}"


def table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table of escaped cells; numbers stand right. Blank where there is no row."""
    body = [list(row) for row in rows]
    if not body:
        return ""
    right = [all(isinstance(row[i], int | float) for row in body) for i in range(len(headers))]
    lines = [
        "| " + " | ".join(inline(h) for h in headers) + " |",
        "| " + " | ".join("---:" if r else "---" for r in right) + " |",
    ]
    lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in body]
    return "\n".join(lines)


def bullets(items: Iterable[object]) -> str:
    """A Markdown list of escaped items."""
    return "\n".join(f"- {inline(item)}" for item in items)


def checks(items: Iterable[object]) -> str:
    """A list of boxes to tick by hand."""
    return "\n".join(f"- [ ] {inline(item)}" for item in items)


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return number(value)
    return inline(value)


def _escape_leading(match: re.Match[str]) -> str:
    space, bullet, digits, dot, rule = match.groups()
    if bullet:
        return f"{space}\\{bullet}"
    if digits:
        return f"{space}{digits}\\{dot}"
    return f"{space}\\{rule}"
