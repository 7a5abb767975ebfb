"""Masked text and files: nobody can be told from them, and nothing else is lost."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import openpyxl
import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from nrpd.errors import BadInput
from nrpd.evidence import GateLine, IndexSummary, Masker, masked_copy, seal, verify, write_report
from nrpd.evidence.masking import masked

MASKER = Masker(
    ["Ngozi Okafor", "O'Brien", "Li", "van der Berg", "müller-lüdenscheidt", "an"],
    ["Plover Textiles GmbH", "598 Mill Lane", "rosa at acme dot example", "Acme"],
    ["(720) 555-2201", "+44 20 7946 0125", "12", "(303) 555-8118 x12"],
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ngozi Okafor called", "N… called"),
        ("OKAFOR, okafor-2 and Okafor's", "O…, o… and O…"),
        ("Mrs O'Brien; Brien", "Mrs O…; B…"),
        ("Li Listed", "… Listed"),
        ("Anselm van der Berg is an engineer", "Anselm v… is an engineer"),
        ("Müller-Lüdenscheidt", "M…"),
        ("plover textiles gmbh, Plover", "p…, Plover"),
        ("at 598 Mill Lane, Denver", "at 5…, Denver"),
        ("ACME and Acme Tools", "A… and A… Tools"),
        ("a.b+c@garnet.example; x%40y.example", "a…@g…; …%40y…"),
        ("rosa at acme dot example", "r…"),
        (
            "see https://in.example/people/9?x=1, and http://in.example",
            "see https://in.example/…, and http://in.example",
        ),
        ("call (720) 555-2201 12 times", "call (720) … 12 times"),
        ("+442079460125", "+44207…"),
        ("(303) 555-8118 x12", "(303) … x12"),
        ("1,603.13 on 2026-11-26T21:11:52Z of 17205552201000", "1,603.13 on 2026-11-26T21:11:52Z of 1720…000"),
        ("follow-up, C-05833, 268e76a5", "follow-up, C-05833, 268e76a5"),
        ("", ""),
    ],
)
def test_text(text: str, expected: str) -> None:
    assert MASKER.text(text) == expected


KNOWN = ("Okafor", "ngozi@x.example", "(720) 555-2201", "598 Mill Lane")


@given(st.text(max_size=60), st.sampled_from(KNOWN), st.text(max_size=60))
def test_whatever_stands_around_it_what_is_known_is_gone(before: str, known: str, after: str) -> None:
    made = MASKER.text(f"{before} {known} {after}")
    assert known not in made


def test_json_keeps_its_form_and_hides_nothing_in_lines_or_escapes() -> None:
    notebook = {
        "cells": [{"id": "a", "cell_type": "code", "source": ["x = 1\n", "y = 2"], "outputs": [
            {"output_type": "display_data", "data": {
                "text/html": ["<td>Ngozi &#79;kafor</td>\n", "<td title=\"Okafor\">7,205,552,201</td>"],
                "text/plain": "Okafor 5", "image/png": "OkaforAAA", "application/x+json": {"n": 5, "of": "Okafor"},
            }}]}],
    }  # fmt: skip
    made = masked("a.ipynb", json.dumps(notebook, ensure_ascii=True).encode(), MASKER.text)
    assert made is not None
    (cell,) = json.loads(made)["cells"]
    assert cell["source"] == ["x = 1\n", "y = 2"]
    data = cell["outputs"][0]["data"]
    assert "".join(data["text/html"]) == '<td>N…</td>\n<td title="O…">7,205,552,201</td>'
    assert (data["text/plain"], data["image/png"]) == ("O… 5", "OkaforAAA")
    assert data["application/x+json"] == {"n": 5, "of": "O…"}


def test_html_keeps_its_links_and_loses_pictures_of_its_own() -> None:
    page = (
        b'<!DOCTYPE html><html><head><style>.Okafor{}</style></head><body class="Okafor"><!--Okafor-->'
        b'<a href="reports/Okafor.csv">Okafor</a><a href="mailto:li@x.example">m</a>'
        b'<img src="pictures/a.png" alt="Okafor"><img src="data:image/png;base64,AA" alt="Okafor"></body></html>'
    )
    made = masked("a.html", page, MASKER.text)
    assert made is not None
    soup = BeautifulSoup(made, "html.parser")
    assert made.startswith(b"<!DOCTYPE html>")
    assert [str(a["href"]) for a in soup.find_all("a")] == ["reports/Okafor.csv", "mailto:…@x…"]
    assert [str(image["alt"]) for image in soup.find_all("img")] == ["O…"]
    assert "(O…; picture left out)" in soup.get_text()
    assert "<!--O…-->" in made.decode()


def test_workbooks_and_zips_open_and_count_as_before(tmp_path: Path) -> None:
    rows = [{"name": "Ngozi Okafor", "rows": 5552201, "note": "a & b <Okafor>"}, {"name": "=Li", "rows": 2, "note": ""}]
    table, book = write_report(tmp_path, "people", rows)
    made = masked("people.xlsx", book.read_bytes(), MASKER.text)
    assert made is not None
    sheet = openpyxl.load_workbook(io.BytesIO(made)).active
    assert sheet is not None
    assert [tuple(c.value for c in row) for row in sheet.iter_rows()] == [
        ("name", "rows", "note"), ("N…", 5552201, "a & b <O…>"), ("'=…", 2, None),
    ]  # fmt: skip
    assert masked("people.csv", table.read_bytes(), MASKER.text) == (
        "name,rows,note\r\nN…,…,a & b <O…>\r\n'=…,2,\r\n".encode()
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("in/people.csv", table.read_bytes())
        archive.writestr("picture.png", b"Okafor")
    zipped = masked("all.zip", buffer.getvalue(), MASKER.text)
    assert zipped is not None
    with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
        assert archive.namelist() == ["in/people.csv"]
        assert b"Okafor" not in archive.read("in/people.csv")


def test_a_copy_is_verified_by_itself_and_only_made_of_what_was_sealed(tmp_path: Path) -> None:
    run = tmp_path / "acme" / "r1"
    (run / "html").mkdir(parents=True)
    (run / "reports").mkdir()
    write_report(run / "reports", "owners", [{"owner": "Okafor", "records": 3}])
    (run / "seen.png").write_bytes(b"png")
    summary = IndexSummary("acme", "Done", gates=[GateLine("signoff", "confirmed", "Ngozi Okafor")])
    head = seal(run, customer_folder=run.parent, inputs={"Okafor.csv": "1" * 64}, journal=(0, ""), summary=summary)
    made, left_out = masked_copy(run, tmp_path / "copy", MASKER.text)
    assert left_out == ["seen.png"]
    found = verify(tmp_path / "copy", head=made)
    assert (found.problems, found.head) == ([], made)
    assert made != head
    page = (tmp_path / "copy" / "html" / "index.html").read_text(encoding="utf-8")
    assert "A masked copy" in page
    assert f"Head of the original: {head}." in page
    assert b"Okafor" not in b"".join(p.read_bytes() for p in (tmp_path / "copy").rglob("*.*") if p.is_file())
    (tmp_path / "copy" / "reports" / "owners.csv").write_text("x")
    assert not verify(tmp_path / "copy").ok
    with pytest.raises(BadInput, match="already and not empty"):
        masked_copy(run, tmp_path / "copy", MASKER.text)
    (run / "reports" / "owners.csv").write_text("x")
    with pytest.raises(BadInput, match="not as it was sealed"):
        masked_copy(run, tmp_path / "other", MASKER.text)
