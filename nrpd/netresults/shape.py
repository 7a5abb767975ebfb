"""Where the records of a table begin and end: lines above the header, and a row of totals below. Pure functions.

Reports that people save begin with a title and a date, and spreadsheets with merged cells over groups of columns. The
header is the first row unless a later one names clearly more columns and everything above it is emptier.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import islice

from nrpd.netresults.headers import recognise_header
from nrpd.netresults.records import OBJECT_COLUMNS, visible

FURTHEST = 15
"""A header stands among this many first rows."""
_FEWEST = 2
_TOTAL = re.compile(
    r"(?:grand |sub)?totals?|total g[eé]n[eé]ral|summe|gesamt(?:summe)?|somme|suma|insgesamt|anzahl|count",
    re.IGNORECASE,
)
_SUM = re.compile(r"[\s€$£¥%+\-–.,'\u00a0\u202f\d]*(?:[Rr]ows?|[Rr]ecords?|[Cc]ontacts?|[A-Z]{3})?")


def known_names(row: Sequence[str]) -> int:
    """How many cells name a column, read as a header of the object that knows most of them."""
    names = [visible(cell) for cell in row]
    return max(sum(1 for name in names if name and recognise_header(name, o)) for o in OBJECT_COLUMNS)


def header_at(rows: Iterable[Sequence[str]]) -> int:
    """The position of the header among the first rows of a table; 0 where nothing speaks for a later one."""
    first = [tuple(row) for row in islice(rows, FURTHEST)]
    if not first:
        return 0
    filled = [sum(1 for cell in row if visible(cell)) for row in first]
    best, named = 0, known_names(first[0])
    fullest = filled[0]
    for at in range(1, len(first)):
        if filled[at] > fullest:
            fullest = filled[at]
            count = known_names(first[at])
            if count >= _FEWEST and count > named:
                best, named = at, count
    return best


def is_total(row: Sequence[str], size: int) -> bool:
    """Whether the last row of a table of `size` columns only sums up: a word for it, blanks, and figures."""
    filled = [text for cell in row if (text := visible(cell))]
    if not 0 < len(filled) < size:
        return False
    word, _, rest = filled[0].partition(":")
    label = re.sub(r"[\s\d.,()]+$", "", word)
    return bool(_TOTAL.fullmatch(label)) and all(_SUM.fullmatch(text) for text in (rest, *filled[1:]))
