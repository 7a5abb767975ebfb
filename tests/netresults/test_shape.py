"""Where a table begins and ends: titles and groups above the header, totals below the records."""

from __future__ import annotations

from pathlib import Path

import pytest

from nrpd.netresults.shape import header_at, is_total
from nrpd.netresults.staging import stage
from tests.netresults.support import Settings, write


@pytest.mark.parametrize(
    ("rows", "at"),
    [
        ("Email,First Name,City|a@x.example,Ann,Ort", 0),
        ("My Contacts|Email,First Name,City|a@x.example,Ann,Bonn", 1),
        ("Kandidatenliste Stand 01.10.2026;;|Vorname;Nachname;E-Mail|Jo;Li;a@x.example".replace(";", ","), 1),
        ("Report: all|Exported on,2024-01-31|Filter,none|Email,First Name,City|a@x.example,Ann,Bonn", 3),
        ("Contact,,Address,|Email,First Name,City,Country|a@x.example,Ann,Bonn,DE", 1),
        ("Email,Custom,Other|Phone,Mobile,City", 0),
        ("alpha,beta|gamma,delta", 0),
        ("Email|a@x.example", 0),
        ("", 0),
    ],
)
def test_the_header_is_the_first_row_unless_a_fuller_one_names_more(rows: str, at: int) -> None:
    assert header_at([row.split(",") for row in rows.split("|")] if rows else []) == at


@pytest.mark.parametrize(
    ("row", "size", "total"),
    [
        ("Total,,1,234", 4, True),
        ("Summe: 12 contacts,,,", 4, True),
        ("Total (3)", 4, True),
        (",Grand Total,,99.50 EUR", 4, True),
        ("Total,total.example,Paris", 3, False),
        ("Total,total.example,", 3, False),
        ("Total,5", 2, False),
        ("Totalis,,", 3, False),
        ("a@x.example,,", 3, False),
        (",,", 3, False),
    ],
)
def test_a_row_of_totals_holds_a_word_for_it_and_figures(row: str, size: int, total: bool) -> None:
    assert is_total(row.split(","), size) is total


def test_rows_above_are_flagged_and_totals_are_kept_out_with_their_reason(tmp_path: Path) -> None:
    text = "My Contacts\nExported 2024-01-31\n\nEmail,First Name,Lead Score\na@x.example,Ann,5\nTotal,,5\n"
    write(tmp_path / "export", "c.csv", text)
    staged = stage(Settings(tmp_path / "export"), tmp_path / "staged")
    assert [(row["email"], row["row_line"]) for row in staged.rows("contacts")] == [("a@x.example", "5")]
    assert [(q.line, q.reason) for q in staged.quarantined] == [(6, "a row of totals")]
    assert [(f.line, f.kind, f.detail) for f in staged.flags] == [
        (1, "header", "a row above the header, left out"), (2, "header", "a row above the header, left out"),
    ]  # fmt: skip
    assert staged.source_rows == {"contacts": 2}


def test_files_that_were_joined_by_hand_have_their_header_again(tmp_path: Path) -> None:
    part = "\ufeffAccount ID,Account Name,Domain\n{0},Acme {0},acme{0}.example\n"
    write(tmp_path / "export", "c.csv", part.format(1) + part.format(2) + "\x1a")
    staged = stage(Settings(tmp_path / "export"), tmp_path / "staged")
    assert [row["name"] for row in staged.rows("companies")] == ["Acme 1", "Acme 2"]
    assert [(q.line, q.reason) for q in staged.quarantined] == [(3, "the header once more: files were joined")]
    assert staged.source_rows == {"companies": 3}


def test_a_last_contact_of_the_firm_total_is_no_total(tmp_path: Path) -> None:
    write(tmp_path / "export", "c.csv", "Account Name,Domain,City\nAcme,acme.example,Bonn\nTotal,total.example,\n")
    staged = stage(Settings(tmp_path / "export"), tmp_path / "staged")
    assert [row["name"] for row in staged.rows("companies")] == ["Acme", "Total"]
