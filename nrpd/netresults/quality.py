"""What spreadsheets and exporters did to the cells of a table, counted while it is written; nothing is altered.

Digits that a spreadsheet cut off are gone, so they are said to be; guards and entities are taken off later, where the
value is read (`mapping`), and counted here. One flag for each file, column and kind, with the first line: no text of a
cell stands in a flag.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from nrpd.netresults.staged import Flag

_PHONES = frozenset({"work_phone", "mobile_phone", "home_phone", "fax", "phone"})
_ESCAPED = frozenset({"contacts", "companies", "campaigns", "campaign_members"})
_ENTITY = r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
_TWICE = r"&amp;(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
_CHECKS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "scientific": (
            "eE", r"^\s*[+-]?[0-9]+(?:[.,][0-9]+)?[eE][+-]?[0-9]+\s*$",
            "are scientific notation: a spreadsheet cut off their digits, which cannot be had back; kept out",
        ),
        "spreadsheet": (
            ".", r"^\s*[0-9]+\.0+\s*$",
            "end in `.0`: a spreadsheet took ids for numbers; kept as written, so they fit no id without it",
        ),
        "guard": (
            "'=", r"^\s*(?:'|=\")",
            "begin with a spreadsheet's guard (' or =\"), which is taken off the number",
        ),
        "zero date": (
            "",
            r"^\s*(?:0000[-/.]00|00[-/.]00[-/.]0000|0001-01-01|1970[-/.]01[-/.]01|0?1[-/.]0?1[-/.]1970"
            r"|1899[-/.]12[-/.]3[01]|1900[-/.]0?1[-/.]00|0?1[-/.]0?0[-/.]1900|1969[-/.]12[-/.]31[T ])",
            "hold a date that means none (0000-00-00, 1970-01-01 and the like), which is left blank",
        ),
        "entities": ("&", _ENTITY, "hold HTML entities, which are turned into their characters once"),
        "entities twice": ("&", _TWICE, "were escaped twice: entities are left after they are turned once"),
    }
)  # fmt: skip
"""Kind → (characters of which one must be in the cell, pattern, what is said of the cells that match)."""


def _kinds(object_name: str, column: str) -> tuple[str, ...]:
    found: tuple[str, ...] = ("entities", "entities twice") if object_name in _ESCAPED else ()
    if column == "date" or column.endswith(("_at", "_date")):
        found += ("zero date",)
    if column in _PHONES:
        found += ("scientific", "guard")
    elif column.endswith("_id"):
        found += ("scientific", "spreadsheet")
    return found


class Quality:
    """The counts of one object's files."""

    def __init__(self, object_name: str, columns: Sequence[str]) -> None:
        self._kinds = [(column, _kinds(object_name, column)) for column in columns]
        self._found: dict[tuple[str, str, str], tuple[int, int]] = {}
        """(file, column, kind) → (first line, cells)."""

    def look(self, file: str, lines: Sequence[int], cells: Sequence[pa.Array]) -> None:
        """Count one batch: `cells` are the columns in their order, `lines` those of its rows."""
        for (column, kinds), array in zip(self._kinds, cells, strict=True):
            for kind in kinds:
                needed, pattern, _ = _CHECKS[kind]
                if needed and not _holds(array, needed):
                    continue
                hits = pc.indices_nonzero(pc.match_substring_regex(array, pattern))
                if len(hits):
                    first, count = self._found.get((file, column, kind), (lines[hits[0].as_py()], 0))
                    self._found[file, column, kind] = (first, count + len(hits))

    def flags(self) -> list[Flag]:
        """One flag for each kind in each column of each file."""
        return [
            Flag(file, first, kind, f"{column}: {count} cells {_CHECKS[kind][2]}")
            for (file, column, kind), (first, count) in self._found.items()
        ]


def _holds(array: pa.Array, characters: str) -> bool:
    """Whether one of these ASCII characters stands in any cell; a look at the bytes is far quicker than a match."""
    text = array.buffers()[2]
    if text is None:
        return False
    content = np.frombuffer(text, dtype=np.uint8)
    return any(bool((content == ord(character)).any()) for character in characters)
