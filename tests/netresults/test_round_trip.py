"""Any table of strings that the csv writer wrote, in any supported dialect and encoding, is read back identical."""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from nrpd.netresults.exports import open_tables
from nrpd.netresults.files import Found
from nrpd.netresults.headers import all_columns
from nrpd.netresults.staging import stage
from tests.netresults.support import Settings, write

CODECS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "two BOMs")
DELIMITERS = ",;\t|"
_NAMES = [
    *all_columns("contacts"),
    "First Name",
    "E-Mail",
    "Größe",
    "notes, inner",
    "a;b",
    "x|y",
    'say "hi"',
    "Column 2",
]
_SPOILED = re.compile("[\u00c2-\u00f4][\u0080-\u00bf\u2013-\u2122\u0152-\u02dc]")
"""Text whose cp1252 bytes could be UTF-8 too: no reader can tell the two apart, and UTF-8 is right far more often."""
_TRICKY = st.sampled_from(
    ["", " ", "\n", "\r\n", "\r", '"', '""', ",", ";", "\t", "|", "\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c",
     "\ufeff", "\u200b", "\u00a0", "Null", "NA", "nan", "None", "007", "+49", "1e5", "=1+1", "'x", "sep=;",
     "a,b;c|d\te", 'x"y', '"x"', " x ", "line one\nline two", "O&#39;Brien"]
)  # fmt: skip
Case = tuple[bytes, list[str], list[list[str]]]


@st.composite
def _files(draw: st.DrawFn, codecs: tuple[str, ...] = CODECS, cells: str = "") -> Case:
    """(bytes of a file, header, rows)."""
    codec = draw(st.sampled_from(codecs))
    alphabet = st.characters(codec="cp1252" if codec == "cp1252" else "utf-8", exclude_categories=("Cs",))
    cell = st.one_of(st.text(alphabet, max_size=8), st.text(",;\t|\"' \r\nab", max_size=6), _TRICKY)
    # One name at least is known: of names that hold delimiters alone nobody can tell which of them part the columns.
    header = draw(st.lists(st.sampled_from(_NAMES), max_size=5, unique_by=str.casefold))
    known = draw(st.sampled_from([name for name in all_columns("contacts") if name not in header]))
    header.insert(draw(st.integers(0, len(header))), known)
    rows = draw(st.lists(st.lists(cell, min_size=len(header), max_size=len(header)), max_size=8))
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]))
    end = draw(st.sampled_from(["\r\n", "\n", "\r"]))
    if (
        end != "\r\n" and quoting == csv.QUOTE_MINIMAL
    ):  # such a writer leaves the other line end bare: no reader can tell
        bare = "\r" if end == "\n" else "\n"
        rows = [[cell.replace(bare, "") for cell in row] for row in rows]
    return _written(header, rows, draw(st.sampled_from(DELIMITERS)), quoting, end, codec)


def _written(header: list[str], rows: list[list[str]], delimiter: str, quoting: int, end: str, codec: str) -> Case:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator=end).writerows([header, *rows])  # type: ignore[arg-type]
    text = out.getvalue()
    if codec == "cp1252":
        assume(not _SPOILED.search(text))
        encoded = text.encode("cp1252", "ignore")
        assume(encoded.decode("cp1252") == text)
        return encoded, header, rows
    return ("\ufeff\ufeff" + text).encode() if codec == "two BOMs" else text.encode(codec), header, rows


@given(_files())
@example(_written(["email"], [[""], [""]], ",", csv.QUOTE_MINIMAL, "\r\n", "utf-8"))
@example(_written(["email", "city"], [["", ""], ["\x00", "\x00\x00"]], ";", csv.QUOTE_ALL, "\n", "utf-16-le"))
@example(_written(["a;b", "email"], [["x,y", "1;2"]], ",", csv.QUOTE_MINIMAL, "\n", "utf-8"))
@example(_written(["notes, inner", "contact_id"], [], ";", csv.QUOTE_MINIMAL, "\n", "utf-8"))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_whatever_the_csv_writer_wrote_is_read_back(case: Case) -> None:
    data, header, rows = case
    with tempfile.TemporaryDirectory() as folder:
        (table,) = open_tables(Found(write(Path(folder), "x.csv", data), "x.csv"))
        assert ([*table.header], [row for _, row in table.rows()]) == (header, rows)


@given(_files())
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_and_staged_as_it_was_read(case: Case) -> None:
    """The staged table holds each different row once, its cells unaltered, and says how many came again."""
    data, header, rows = case
    with tempfile.TemporaryDirectory() as name:
        write(Path(name) / "export", "x.csv", data)
        pinned = {"contacts": {"email": "email" if "email" in header else "E-Mail"}} if "E-Mail" in header else {}
        staged = stage(Settings(Path(name) / "export", {"contacts": "x.csv"}, pinned), Path(name) / "staged")
        (file,) = staged.files
        columns = sorted(file.headers, key=lambda column: header.index(file.headers[column]))
        merged = len(columns) < len(header)  # several opt-out columns are one
        found = [tuple(row[column] for column in columns) for row in staged.rows("contacts")]
        again = len(rows) - len(found) - len(staged.quarantined)
        assert staged.same_rows["contacts"] == again
        if not merged and not staged.quarantined:
            assert Counter(found) == Counter(dict.fromkeys(map(tuple, rows), 1))
