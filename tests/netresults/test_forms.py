"""The same customer as CSV, in other dialects, as workbook, as zip, with API names and with screen labels old and new:
the staged tables are the same, column by column."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import openpyxl
import pytest

from nrpd.netresults.staging import Staged, stage
from tests.netresults.support import Settings, write

Table = Sequence[Sequence[str]]
MADE, CHANGED = "2024-01-31 09:05:00", "2025-02-28 23:59:59"

CUSTOMER: Mapping[str, Table] = {
    "contacts": [
        ("contact_id", "email", "first_name", "last_name", "title", "company_id", "company_name", "address_1", "city",
         "state", "country", "postal_code", "work_phone", "mobile_phone", "home_phone", "fax", "lead_score",
         "lead_stage", "lead_source", "opt_in_date", "lists", "owner_email", "created_at", "updated_at", "unsubscribed",
         "bounced", "consent", "Shirt Size"),
        ("17", "kim@x.example", "Kim", "Lee", "Head, Sales", "5", "Acme", "1 Main St", "Cambridge", "MA", "NA", "02138",
         "+1 617 555 0100", "'+49301234567", "", "", "40", "MQL", "Fair", "2024-01-31", "News;Events", "o@x.example",
         MADE, CHANGED, "", "", "true", "M"),
        ("18", "jürgen@bücher.example", "Jürgen", "Null", "", "", "-", 'Hof "Nord"\nTor 2', "Köln", "", "DE", "50667",
         "", "", "", "", "", "", "", "", "", "", MADE, "", "true", "false", "", ""),
    ],
    "companies": [
        ("company_id", "name", "domain", "parent_company", "city", "country", "phone", "employee_count", "owner_email",
         "created_at"),
        ("5", "Acme", "acme.example", "", "Cambridge", "US", "617-555-0100", "250", "o@x.example", MADE),
        ("6", "Acme; Söhne", "", "Acme", "", "", "", "", "", ""),
    ],
    "campaigns": [
        ("campaign_id", "name", "status", "type", "start_date", "end_date", "description", "owner_email"),
        ("c1", "Spring", "Active", "Drip", "2024-03-01", "", "For all", "o@x.example"),
    ],
    "campaign_members": [("campaign_id", "contact_id", "joined_at"), ("c1", "17", MADE)],
    "email_sends": [
        ("send_id", "contact_id", "campaign_id", "email_id", "subject", "sent_at", "status", "opened_at",
         "bounce_type"),
        ("s1", "17", "c1", "9", "Hello, Kim", MADE, "opened", CHANGED, ""),
    ],
    "suppressions": [("email", "reason", "date", "list"), ("gone@x.example", "Hard Bounce", "2023-05-06", "")],
    "owners": [("owner_id", "name", "email", "active"), ("1", "Olga Owner", "o@x.example", "TRUE")],
    "notes": [("note_id", "contact_id", "text", "date", "author"), ("n1", "17", "Met at fair", MADE, "o@x.example")],
}  # fmt: skip
API: Mapping[str, Mapping[str, str]] = {
    "contacts": {
        "email": "contact_email_address", "first_name": "contact_first_name", "last_name": "contact_last_name",
        "title": "contact_title", "company_id": "Company.company_id", "company_name": "Company.company_name",
        "address_1": "contact_address_1", "city": "City.city", "state": "State.state", "country": "Country.country",
        "postal_code": "contact_postalcode", "work_phone": "contact_work_phone", "mobile_phone": "contact_mobile_phone",
        "home_phone": "contact_home_phone", "fax": "contact_fax", "lead_score": "contact_lead_score",
        "unsubscribed": "unsubscribed_contact", "bounced": "bounced_contact", "consent": "gdpr_consent_granted",
        "lists": "email_list_name",
    },
    "companies": {"name": "company_name"},
    "campaigns": {
        "name": "campaign_name", "description": "campaign_description", "start_date": "campaign_launch_date",
    },
    "email_sends": {"subject": "email_subject"},
    "suppressions": {"email": "contact_email_address"},
}  # fmt: skip
SCREEN: Mapping[str, Mapping[str, str]] = {
    "contacts": {
        "contact_id": "Contact ID", "email": "Email Address", "first_name": "First Name", "last_name": "Last Name",
        "title": "Title", "company_id": "Account ID", "company_name": "Account Name", "address_1": "Street Address",
        "city": "City", "state": "State/Province", "country": "Country", "postal_code": "Zip/Postal Code",
        "work_phone": "Work Phone", "mobile_phone": "Mobile Phone", "home_phone": "Home Phone", "fax": "Fax Number",
        "lead_score": "Score", "lead_stage": "Lifecycle Stage", "lead_source": "Source", "opt_in_date": "Opt-In Date",
        "lists": "Marketing Lists", "owner_email": "Owner", "created_at": "Created Date",
        "updated_at": "Last Modified Date", "unsubscribed": "Unsubscribed Contact", "bounced": "Bounced Contact",
        "consent": "GDPR Consent Granted",
    },
    "companies": {
        "company_id": "Account ID", "name": "Account Name", "domain": "Website", "parent_company": "Parent Account",
        "phone": "Telephone Number", "employee_count": "Number of Employees", "owner_email": "Account Owner",
        "created_at": "Date Created", "city": "City", "country": "Country",
    },
    "campaigns": {
        "campaign_id": "Campaign ID", "name": "Campaign Name", "start_date": "Launch Date", "end_date": "Stop Date",
    },
    "campaign_members": {"campaign_id": "Campaign ID", "contact_id": "Contact ID", "joined_at": "Joined On"},
    "email_sends": {
        "send_id": "Send ID", "contact_id": "Contact ID", "sent_at": "Sent", "opened_at": "Opened",
        "email_id": "Email ID",
    },
    "suppressions": {
        "email": "Email Address", "reason": "Unsubscribe Reason", "date": "Unsubscribed At", "list": "List Name",
    },
    "owners": {"owner_id": "User ID", "name": "Full Name", "email": "Email Address", "active": "Enabled Status"},
    "notes": {
        "note_id": "Note ID", "contact_id": "Contact ID", "text": "Note Text", "date": "Created At",
        "author": "Created By",
    },
}  # fmt: skip
GERMAN: Mapping[str, Mapping[str, str]] = {
    "contacts": {
        "contact_id": "Kontakt-ID", "email": "E-Mail-Adresse", "first_name": "Vorname", "last_name": "Nachname",
        "title": "Position", "company_id": "Firmen-ID", "company_name": "Firma", "address_1": "Straße", "city": "Ort",
        "state": "Bundesland", "country": "Land", "postal_code": "PLZ", "work_phone": "Telefon (geschäftlich)",
        "mobile_phone": "Mobiltelefon", "home_phone": "Telefon (privat)", "fax": "Telefax", "lead_score": "Punktzahl",
        "lead_stage": "Lebenszyklusphase", "lead_source": "Herkunft", "opt_in_date": "Opt-in-Datum", "lists": "Listen",
        "owner_email": "Zuständiger Mitarbeiter", "created_at": "Erstellt am", "updated_at": "Zuletzt geändert am",
        "unsubscribed": "Abgemeldet", "bounced": "Unzustellbar", "consent": "DSGVO-Einwilligung",
    },
}  # fmt: skip


def _named(labels: Mapping[str, Mapping[str, str]]) -> dict[str, Table]:
    return {
        name: [[labels.get(name, {}).get(column, column) for column in table[0]], *table[1:]]
        for name, table in CUSTOMER.items()
    }


def _csv(table: Table, delimiter: str = ",") -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(table)
    return out.getvalue()


def _as_csv(
    folder: Path, tables: Mapping[str, Table], delimiter: str = ",", codec: str = "utf-8", end: str = "csv"
) -> None:
    for name, table in tables.items():
        write(folder, f"{name}.{end}", _csv(table, delimiter).encode(codec))


def _as_books(folder: Path, tables: Mapping[str, Table]) -> None:
    """One workbook of all tables, its cells typed as a spreadsheet would."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, table in tables.items():
        sheet = book.create_sheet(name)
        sheet.append(list(table[0]))
        for row in table[1:]:
            sheet.append([_typed(cell) for cell in row])
        for cells in sheet.iter_rows():
            for cell in cells:
                if isinstance(cell.value, int) and str(cell.value).zfill(5) == "02138":
                    cell.number_format = "00000"
    folder.mkdir(parents=True)
    book.save(folder / "customer.xlsx")


def _typed(cell: str) -> object:
    if cell in (MADE, CHANGED):
        return dt.datetime.fromisoformat(cell)
    if len(cell) == 10 and cell[4:8:3] == "--":
        return dt.date.fromisoformat(cell)
    return int(cell) if cell.isdigit() else True if cell == "TRUE" else cell or None


def _as_zip(folder: Path, tables: Mapping[str, Table]) -> None:
    inner, outer = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, table in list(tables.items())[:3]:
            archive.writestr(f"deep/{name}.csv", _csv(table))
        archive.writestr("__MACOSX/deep/._contacts.csv", b"\x00\x05\x16\x07")
    with zipfile.ZipFile(outer, "w") as archive:
        archive.writestr("first.zip", inner.getvalue())
        for name, table in list(tables.items())[3:]:
            archive.writestr(f"{name}.tsv", "\ufeff" + _csv(table, "\t"))
    write(folder, "export.zip", outer.getvalue())


def _as_lines(folder: Path, tables: Mapping[str, Table]) -> None:
    for name, (header, *rows) in tables.items():
        lines = [json.dumps({k: v or None for k, v in zip(header, row, strict=True)}) for row in rows]
        write(folder, f"{name}.jsonl", "\n".join(lines) + "\n")


FORMS: Mapping[str, Callable[[Path], None]] = {
    "csv": lambda folder: _as_csv(folder, CUSTOMER),
    "semicolons, cp1252": lambda folder: _as_csv(folder, CUSTOMER, ";", "cp1252"),
    "tabs, utf-16": lambda folder: _as_csv(folder, CUSTOMER, "\t", "utf-16", "tsv"),
    "pipes, utf-8 with BOM": lambda folder: _as_csv(folder, CUSTOMER, "|", "utf-8-sig"),
    "xlsx": lambda folder: _as_books(folder, CUSTOMER),
    "xlsx with screen labels": lambda folder: _as_books(folder, _named(SCREEN)),
    "zip in a zip": lambda folder: _as_zip(folder, CUSTOMER),
    "zip with API names": lambda folder: _as_zip(folder, _named(API)),
    "json lines": lambda folder: _as_lines(folder, CUSTOMER),
    "json lines with API names": lambda folder: _as_lines(folder, _named(API)),
    "csv with API names": lambda folder: _as_csv(folder, _named(API)),
    "csv with screen labels": lambda folder: _as_csv(folder, _named(SCREEN)),
    "csv with German labels": lambda folder: _as_csv(folder, _named(GERMAN), ";", "cp1252"),
}


def _stage(folder: Path, make: Callable[[Path], None]) -> Staged:
    make(folder / "export")
    return stage(Settings(folder / "export"), folder / "staged")


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_the_customer_stages_to_the_same_tables(tmp_path: Path, form: str) -> None:
    staged = _stage(tmp_path, FORMS[form])
    assert staged.quarantined == []
    assert staged.source_rows == {name: len(table) - 1 for name, table in CUSTOMER.items()}
    for name, (header, *rows) in CUSTOMER.items():
        assert staged.columns(name) == list(header), name
        table = staged.table(name)
        for at, column in enumerate(header):
            assert table[column].tolist() == [row[at] for row in rows], f"{name}.{column}"
