"""What all matching rules share: a row's place, its content, its blanks, and the order of ids.

Nothing here, or in the modules beside it, depends on the order in which rows arrive: ties are settled by ids and by
content, never by file or line, so that the same records exported in another order give the same result.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import datetime

from nrpd.netresults.records import ROW_FILE, ROW_LINE, visible
from nrpd.pipedrive.records import MAX_LENGTH

Row = Mapping[str, str]
Where = tuple[str, int]
"""A row's file and line: its name in outcomes."""
Outcome = tuple[str, str]
"""`take`, `skipped` or `quarantined`, and the reason (blank for `take`)."""
Outcomes = dict[Where, Outcome]
When = Callable[[Row, str], datetime | None]
"""Gives the time in a row's column as an aware UTC time, None where it is blank or cannot be read.

A column that holds a mere date gives midnight UTC of that date, so that the date itself never moves.
"""

TAKE: Outcome = ("take", "")
MERGED: Outcome = ("skipped", "merged")
POSITION = frozenset({ROW_FILE, ROW_LINE})
_LOST_ID = re.compile(r"[+-]?\d(?:[.,]\d+)?[eE]\+\d+")
_NONE = frozenset("-–—‐‑−")


def where(row: Row) -> Where:
    """The file and line of a row; line 0 where the row does not say."""
    return row.get(ROW_FILE, ""), int(row.get(ROW_LINE, "") or 0)


def blank(cell: str) -> bool:
    """Whether a cell says nothing: only white space, invisible characters, or a zero date (failure case P16)."""
    if not cell or cell.startswith("0000-00"):
        return True
    if cell.isprintable() and cell.isascii():
        return cell.isspace()
    return not visible(cell)


def text_of(row: Row, column: str) -> str:
    """A cell without invisible characters and white space around it; blank where the column is absent.

    So is an id in scientific notation: others have the same one, since its digits are lost (failure case X14).
    """
    text = visible(row.get(column, ""))
    return "" if "+" in text and column.endswith("_id") and _LOST_ID.fullmatch(text) else text


def company_text(row: Row, column: str) -> str:
    """A cell that names a company: `-` means none (design.md, "Source"), and so does a name that no record can hold."""
    text = text_of(row, column)
    return "" if not set(text) - _NONE or is_too_long(column, text) else text


def is_too_long(column: str, text: str) -> bool:
    """Whether a company's name is longer than Pipedrive takes (failure case X25); ids have no such bound."""
    return len(text) > MAX_LENGTH["name"] and not column.endswith("_id")


def content(row: Row) -> tuple[tuple[str, str], ...]:
    """All that a row says, without where it stands: the last word in every tie."""
    return tuple(sorted((c, v) for c, v in row.items() if v and c not in POSITION))


def digest(*parts: str) -> str:
    """20 hex digits that stand for `parts`, for records that carry no id of their own."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:20]


def natural(text: str) -> tuple[int, int, str]:
    """Sort key of an id: 9 before 10, numbers before other ids."""
    if text.isascii() and text.isdigit():
        return 0, len(text.lstrip("0")), text.lstrip("0")
    return 1, 0, text


def fold_text(text: str) -> str:
    """How free text is compared: Unicode form, case and runs of white space folded."""
    return " ".join(unicodedata.normalize("NFKC", visible(text)).casefold().split())
