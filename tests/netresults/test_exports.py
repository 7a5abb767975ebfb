"""Delimiters, encodings and kinds of file: what is written is what is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from nrpd.errors import BadInput
from nrpd.netresults.exports import open_tables, pinned_object
from nrpd.netresults.files import Found
from tests.netresults.support import write


def _read(path: Path) -> tuple[list[str], list[list[str]]]:
    (table,) = open_tables(Found(path, path.name))
    return list(table.header), [row for _, row in table.rows()]


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
