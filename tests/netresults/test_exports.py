"""Delimiters, encodings and kinds of file: what is written is what is read."""

from __future__ import annotations

import csv
import io
import re
import tempfile
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from nrpd.errors import BadInput
from nrpd.netresults.exports import Found, find_files, open_tables, pinned_object
from tests.netresults.support import write

_NAMES = ["email", "First Name", "company_name", "Shirt Size", "Größe", "Column B", "notes, inner", "a;b"]
_SPOILED = re.compile("[\u00c2-\u00f4][\u0080-\u00bf\u2013-\u2122\u0152-\u02dc]")


def _read(path: Path) -> tuple[list[str], list[list[str]]]:
    (table,) = open_tables(Found(path, path.name))
    return list(table.header), [row for _, row in table.rows()]


@st.composite
def _files(draw: st.DrawFn) -> tuple[bytes, list[str], list[list[str]]]:
    """(bytes of a file, header, rows), in any supported dialect and encoding."""
    codec = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]))
    alphabet = st.characters(codec="cp1252" if codec == "cp1252" else "utf-8", exclude_categories=("Cs",))
    cell = st.one_of(st.text(alphabet, max_size=8), st.text(",;\t|\"' \nab", max_size=6))
    header = draw(st.lists(st.sampled_from(_NAMES[:6]), min_size=1, max_size=5, unique=True))
    rows = draw(st.lists(st.lists(cell, min_size=len(header), max_size=len(header)), max_size=6))
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]))
    end = draw(st.sampled_from(["\r\n", "\n"]))
    if end == "\n" and quoting == csv.QUOTE_MINIMAL:  # such a writer leaves a lone CR bare: no reader can tell
        rows = [[cell.replace("\r", "") for cell in row] for row in rows]
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=draw(st.sampled_from(",;\t|")), quoting=quoting, lineterminator=end)
    writer.writerows([header, *rows])
    if codec == "cp1252":  # bytes that are also UTF-8 are read as UTF-8, which is right far more often
        assume(not _SPOILED.search(out.getvalue()))
    return out.getvalue().encode(codec), header, rows


@given(_files())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_the_csv_writer_wrote_is_read_back(file: tuple[bytes, list[str], list[list[str]]]) -> None:
    data, header, rows = file
    with tempfile.TemporaryDirectory() as folder:
        assert _read(write(Path(folder), "x.csv", data)) == (header, rows)


@pytest.mark.parametrize(
    ("data", "encoding", "delimiter"),
    [
        ("email,first_name\na@x.example,Jürgen\n".encode(), "utf-8", ","),
        ("\ufeffemail;first_name\na@x.example;Jürgen\n".encode(), "utf-8 with BOM", ";"),
        ('\ufeff\ufeff"email"\t"first_name"\na@x.example\tJürgen\n'.encode(), "utf-8 with 2 BOMs", "\t"),
        ("email|first_name\na@x.example|Jürgen\n".encode("cp1252"), "cp1252", "|"),
        ("email,first_name\na@x.example,Jürgen\n".encode("utf-16"), "utf-16", ","),
        ("email,first_name\na@x.example,Jürgen\n".encode("utf-16-be"), "utf-16-be", ","),
        (b"sep=;\r\nemail;first_name\r\na@x.example;J\xc3\xbcrgen\r\n", "utf-8", ";"),
        ("email,first_name\ra@x.example,Jürgen".encode(), "utf-8", ","),
    ],
)
def test_encoding_and_delimiter_are_found_and_shown(tmp_path: Path, data: bytes, encoding: str, delimiter: str) -> None:
    (table,) = open_tables(Found(write(tmp_path, "x.csv", data), "x.csv"))
    assert (table.form.encoding, table.form.delimiter) == (encoding, delimiter)
    assert table.header == ("email", "first_name")
    assert [row for _, row in table.rows()] == [["a@x.example", "Jürgen"]]


def test_bytes_of_no_known_encoding_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "x.csv", b"email,first_name\na@x.example,J\x9frgen \x81\n")
    with pytest.raises(BadInput, match=r"x\.csv: the bytes are neither UTF-8 .* 0x81"):
        open_tables(Found(path, "x.csv"))


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, "x.csv", 'email,note\r\na@x.example,"one\r\ntwo"\r\n\r\nb@x.example,\u2028three')
    (table,) = open_tables(Found(path, "x.csv"))
    assert list(table.rows()) == [(2, ["a@x.example", "one\r\ntwo"]), (5, ["b@x.example", "\u2028three"])]


@pytest.mark.parametrize("text", ['email,note\na@x.example,"open\nb@x.example,x\n', 'email,note\n"a"b@x.example,x\n'])
def test_an_unbalanced_quote_stops_the_file(tmp_path: Path, text: str) -> None:
    (table,) = open_tables(Found(write(tmp_path, "x.csv", text), "x.csv"))
    with pytest.raises(BadInput, match=r"x\.csv: line 2: a quote is unbalanced"):
        list(table.rows())


def test_typed_cells_of_a_workbook_are_the_text_that_a_person_sees(tmp_path: Path) -> None:
    import datetime as dt

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["email", "contact_id", "postal_code", "created_at", "score", "vip", "birthday", "city"])
    sheet.append(["a@x.example", 7.0, 2138, dt.datetime(2024, 1, 31, 9, 5), 2.5, True, dt.datetime(2024, 1, 31), None])
    sheet["C2"].number_format = "00000"
    sheet["D2"].number_format = "yyyy-mm-dd hh:mm"
    sheet["G2"].number_format = "dd/mm/yyyy"
    book.create_sheet("empty")
    book.save(tmp_path / "x.xlsx")
    _, rows = _read(tmp_path / "x.xlsx")
    assert rows == [["a@x.example", "7", "02138", "2024-01-31 09:05:00", "2.5", "TRUE", "2024-01-31"]]


@pytest.mark.parametrize(
    "text",
    [
        '{"id": 1, "email": "a@x.example", "score": 1.50, "account": {"name": "Acme"}, "ok": true, "no": null}\n',
        '[{"id": 1, "email": "a@x.example", "score": 1.50, "account": {"name": "Acme"}, "ok": true, "no": null}]',
        '{"data": [{"id": 1, "email": "a@x.example", "score": 1.50, "account": {"name": "Acme"},"ok": true, "no": null}'
        '], "n": 1}',
    ],
)
def test_json_keeps_the_text_of_numbers(tmp_path: Path, text: str) -> None:
    header, rows = _read(write(tmp_path, "x.jsonl", text))
    assert header == ["id", "email", "score", "account.name", "ok", "no"]
    assert rows == [["1", "a@x.example", "1.50", "Acme", "true", ""]]


def test_zips_in_folders_and_zips_in_zips_are_looked_into(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("deep/c.csv", "email\n")
    (tmp_path / "export/sub").mkdir(parents=True)
    (tmp_path / "scratch").mkdir()
    with zipfile.ZipFile(tmp_path / "export/sub/a.zip", "w") as archive:
        archive.writestr("../b.csv", "x")
        archive.writestr("inner.zip", inner.getvalue())
        archive.writestr("__MACOSX/junk.csv", "x")
    write(tmp_path / "export", ".DS_Store", "x")
    found, inputs = find_files(tmp_path / "export", tmp_path / "scratch")
    assert [file.shown for file in found] == ["sub/a.zip!../b.csv", "sub/a.zip!inner.zip!deep/c.csv"]
    assert list(inputs) == ["sub/a.zip"]
    assert not (tmp_path / "b.csv").exists()


@pytest.mark.parametrize(
    ("shown", "pattern", "fits"),
    [
        ("My Contacts 1.csv", "My Contacts*.csv", True),
        ("a/b/My Contacts 1.csv", "my contacts*", True),
        ("a.zip!b.csv", "b.csv", True),
        ("book.xlsx!Persons", "persons", True),
        ("book.xlsx!Persons", "book.xlsx", True),
        ("other.csv", "My*", False),
    ],
)
def test_pins_fit_paths_names_and_sheets(shown: str, pattern: str, fits: bool) -> None:
    assert (pinned_object(shown, {"contacts": pattern}) == "contacts") is fits
