"""A customer whose map wants 45 custom fields, for an account of a plan that allows 30. Synthetic.

The columns of contacts are filled less and less, those of companies and campaigns in part; a campaign member names a
deal.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path

PEOPLE, FIRMS = 24, 4
PERSONAL = tuple(f"Habit {n:02}" for n in range(1, 24))
"""Custom columns of contacts: `Habit 01` is filled for all, each further one for one person less."""
FIRM_COLUMNS = ("Machine <A>", "R&D; spend", "Motto")
OWNER = "ines.admin@small.example"


def habit(person: int, number: int) -> str:
    """The cell of a contact's custom column; blank for the last ones."""
    return f"habit {number} of {person}" if person <= PEOPLE - number + 1 else ""


def firm_cells(firm: int) -> tuple[str, str, str]:
    """The custom cells of a company; all but the first have none."""
    return ("<b>press</b> & more", "5 % &copy=1", "first line\n\nthird: line") if firm == 1 else ("", "", "")


def export(folder: Path, *, changed: bool = False) -> Path:
    """Writes the export; `changed`: a later one in which one folded cell is another and one is blank."""
    folder.mkdir(parents=True)
    contacts = [_contact(n) for n in range(1, PEOPLE + 1)]
    if changed:
        contacts[0][-1], contacts[0][-2] = "another habit", ""
        contacts[0][7] = "2025-06-01 09:00:00"
    head = ["Contact ID", "Email Address", "First Name", "Last Name", "Account ID", "Contact Owner", "Created Date",
            "Last Modified Date"]  # fmt: skip
    _write(folder / "contacts.csv", [*head, *PERSONAL], contacts)
    firms = [[f"{200 + n}", f"Firm {n}", OWNER, *firm_cells(n)] for n in range(1, FIRMS + 1)]
    _write(folder / "accounts.csv", ["Account ID", "Account Name", "Owner", *FIRM_COLUMNS], firms)
    campaigns = [["501", "Spring News", "Completed", "Drip Series"], ["502", "Autumn News", "", ""]]
    _write(folder / "campaigns.csv", ["Campaign ID", "Campaign Name", "Status", "Type"], campaigns)
    members = [["501", "101", "2025-03-02 10:00:00", "Old deal"], ["501", "102", "2025-03-02 10:00:00", ""]]
    _write(folder / "campaign_members.csv", ["Campaign ID", "Contact ID", "Joined At", "Deal Title"], members)
    sends = [[f"{8000 + n}", f"{100 + n}", "501", "News", "2025-03-05 08:00:00", "delivered"] for n in (1, 2)]
    _write(
        folder / "email_sends.csv", ["Send ID", "Contact ID", "Campaign ID", "Subject", "Sent At", "Status"], sends
    )  # fmt: skip
    _write(folder / "suppressions.csv", ["Email Address", "Reason", "Date"], [[_address(3), "Unsubscribed", ""]])
    return folder


def account(path: Path, fields: int = 0) -> Path:
    """An account with one person, one firm, one deal, and so many custom fields of deals."""
    content = {
        "company": {"name": "Crowded (synthetic)", "domain": "crowded", "currency": "USD"},
        "users": [{"id": 1, "name": "Ines Admin", "email": OWNER, "active_flag": True, "admin": True, "is_you": True}],
        "deal_fields": [{"field_name": f"Deal field {n}", "field_type": "varchar"} for n in range(fields)],
        "pipelines": [{"id": 1, "name": "Pipeline", "stages": [{"id": 1, "name": "Qualified"}]}],
        "organizations": [{"id": 1, "name": "Firm 1", "owner_id": 1, "add_time": "2023-01-01T00:00:00Z"}],
        "persons": [
            {"id": 1, "name": "First2 Known", "owner_id": 1, "add_time": "2023-02-01T00:00:00Z",
             "emails": [{"value": _address(2), "label": "work", "primary": True}]},
        ],
        "deals": [{"id": 1, "title": "Old deal", "person_id": 1, "org_id": 1, "status": "open", "value": 100}],
    }  # fmt: skip
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def _address(number: int) -> str:
    return f"person{number}@firm.example"


def _contact(n: int) -> list[str]:
    return [
        f"{100 + n}", _address(n), f"First{n}", f"Last{n}", f"{201 + n % FIRMS}", OWNER, f"2024-01-{n:02} 09:00:00",
        f"2025-02-{n:02} 09:00:00", *(habit(n, number) for number in range(1, len(PERSONAL) + 1)),
    ]  # fmt: skip


def _write(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([header, *rows])
