"""A small synthetic customer, whole but quick: what the tests of kills and of faults move.

The sample of a migration is at least 100 people, so that there must be more of them for `08_persons` to have anything
left, accounts without contacts for `07_organizations`, and notes of everybody for `09_activities`.
The files have the names and labels of the demo, so that `tests.support` reads them too.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import openpyxl

from nrpd.netresults.records import address_hash

PEOPLE, SENDS, FIRMS, FIRMS_WITH_PEOPLE = 150, 160, 36, 12
OWNERS = ("rita.valdez@demo.example", "tom.okoro@demo.example", "gone.agent@agency.example")
CONTACT = (
    "Contact ID", "Email Address", "First Name", "Last Name", "Account ID", "Account Name", "City", "Work Phone",
    "Lead Score", "Lists", "Contact Owner", "Created Date", "Last Modified Date", "Unsubscribed Contact",
    "Favorite Plan",
)  # fmt: skip
ACCOUNT = ("Account ID", "Account Name", "Parent Account", "Account Owner", "Created Date", "Last Modified Date")
SEND = (
    "Send ID", "Contact ID", "Email Address", "Campaign ID", "Email ID", "Subject", "Sent At", "Status", "Opened At",
    "Clicked At", "Bounced At", "Bounce Type",
)  # fmt: skip
MEMBER = ("Campaign ID", "Campaign Name", "Contact ID", "Email Address", "Account Name", "Deal Title", "Joined At")
NOTE = ("Note ID", "Contact ID", "Email Address", "Account Name", "Text", "Date", "Author")
WORKFLOW = (
    "Workflow ID", "Name", "Status", "Type", "Trigger", "Conditions", "Actions", "Step Count", "Enrolled",
)  # fmt: skip


ERASED = ("Gundula", "Gone-Forever", "gundula@vanished.example")
"""Who must be nowhere: first name, last name, address. Her rows stand in files of their own."""


def address_of(number: int) -> str:
    """The e-mail address of a contact; the last contact shares that of the first, in capitals."""
    return "PERSON1@SMALL1.EXAMPLE" if number == PEOPLE else f"person{number}@small{number % 9}.example"


def write_export(folder: Path) -> Path:
    """Writes the export and gives its folder."""
    (folder / "templates").mkdir(parents=True)
    _csv(folder / "contacts.csv", CONTACT, [*map(_contact, range(1, PEOPLE + 1)), _visitor(900)])
    _accounts(folder / "accounts.xlsx")
    _csv(folder / "email_sends.csv", SEND, map(_send, range(1, SENDS + 1)))
    _csv(folder / "suppressions.csv", ("Email Address", "Reason", "Date", "List"), _suppressions())
    _csv(
        folder / "campaigns.csv",
        ("Campaign ID", "Campaign Name", "Status", "Type"),
        [("c1", "Spring", "Active", "Drip")],
        ";",
    )
    members = [("c1", "", str(number), "", "", "", "2025-02-01 10:00:00") for number in (1, 2, 3)]
    _csv(folder / "campaign_members.csv", MEMBER, members)
    notes = [(f"n{n}", str(n * 6), "", "", f"Note number {n}", "2025-03-01 09:00:00", OWNERS[0]) for n in range(1, 21)]
    _csv(folder / "notes.csv", NOTE, notes)
    workflows = [
        ("w1", "Welcome", "Active", "Drip Series", "Audience: list News", "", '1. Send Email "Welcome"', "1", "30"),
        ("w2", "Old", "Draft", "Workflow", "", "", "1. Wait 3 days", "1", "0"),
    ]
    _csv(folder / "workflows.csv", WORKFLOW, workflows)
    owners = [(str(n), address.partition("@")[0], address, "Yes") for n, address in enumerate(OWNERS, 1)]
    _csv(folder / "owners.csv", ("Owner ID", "Name", "Email", "Active"), owners)
    (folder / "templates" / "welcome.html").write_text("<html><body><p>Hello {FIRST NAME|friend}</p></body></html>")
    _write_erased(folder)
    _csv(folder / "templates" / "index.csv", ("Email ID", "Email Name", "Subject", "File"),
         [("e1", "Welcome", "Hello", "welcome.html")])  # fmt: skip
    return folder


def _write_erased(folder: Path) -> None:
    """Two rows and a torn one of somebody erased, whatever names her, and beside the export the hash of her address."""
    first, last, address = ERASED
    row = ["990", address.title(), first, last, "", "-", "Vanishing", "303-555-0990", *[""] * 7]
    _csv(folder / "former_contacts.csv", CONTACT, [row, ["990", "", *row[2:]], [*row, "torn", "row"]])
    _csv(folder / "former_unsubscribes.csv", ("Email Address", "Reason"), [(address, f"{first} asked for it")])
    _csv(
        folder / "former_notes.csv", NOTE, [("n99", "990", "", "", f"{first} called", "2025-03-01 09:00:00", OWNERS[0])]
    )
    sent = ("s99", "990", "", "c1", "e1", f"Hello {first}", "2025-01-02 09:00:00", "delivered", "", "", "", "")
    _csv(folder / "former_sends.csv", SEND, [sent])
    folder.with_name("erased.txt").write_text(f"# who asked\n{address_hash(address)}\n", encoding="utf-8")


def write_fixture(path: Path) -> Path:
    """Writes what the account holds before: three firms and four people, most of whom are in the export too."""
    users = [
        {"id": n, "name": name, "email": address, "active_flag": True, "admin": n == 1, "is_you": n == 1}
        for n, name, address in (
            (1, "Dana Integration", "dana@demo.example"),
            (2, "Rita Valdez", OWNERS[0]),
            (3, "Tom Okoro", OWNERS[1]),
        )
    ]
    firms = [
        {"id": n, "name": name, "owner_id": 1, "add_time": f"2021-03-0{n}T10:00:00Z"}
        for n, name in ((1, "small-firm 1"), (2, "SMALL FIRM 30"), (3, "Nobody's Firm"))
    ]
    people = [
        {
            "id": n, "name": name, "owner_id": 2, "add_time": f"2021-04-0{n}T10:00:00Z",
            "emails": [{"value": address, "label": "work", "primary": True}],
        }
        for n, name, address in (
            (1, "Per Son 5", address_of(5).upper()), (2, "Somebody Else", address_of(140)), (3, "Per", address_of(7)),
            (4, "Stranger", "stranger@elsewhere.example"),
        )
    ]  # fmt: skip
    deals = [{"id": 1, "title": "Old deal", "person_id": 4, "org_id": 3, "status": "open"}]
    company = {"name": "Small (synthetic)", "domain": "small", "currency": "USD", "timezone": "America/Denver"}
    content: dict[str, Any] = {
        "company": company,
        "users": users,
        "organizations": firms,
        "persons": people,
        "deals": deals,
    }
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def _contact(number: int) -> tuple[str, ...]:
    firm = number % (FIRMS_WITH_PEOPLE + 1)
    day = f"05-{number % 28 + 1:02} 08:00:00"
    return (
        str(number), address_of(number), "Per" if number % 10 else "Pé", f"Son {number}",
        str(2000 + firm) if firm else "", f"Small Firm {firm}" if firm else "-", "Denver" if number % 3 else "",
        f"303-555-{number:04}", str(number), "News; Offers" if number % 2 else "News", OWNERS[number % 3],
        f"2023-{day}", f"2025-{day}", "Yes" if number == 77 else "", ("Basic", "Team", "Full")[number % 3],
    )  # fmt: skip


def _visitor(number: int) -> tuple[str, ...]:
    return (str(number), *[""] * (len(CONTACT) - 4), "2025-01-01 08:00:00", "", "")[: len(CONTACT)]


def _accounts(path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(ACCOUNT)
    for number in range(1, FIRMS + 1):
        parent = "Small Firm 1" if number == 2 else None
        sheet.append(
            (
                str(2000 + number),
                f"Small Firm {number}",
                parent,
                OWNERS[number % 3],
                "2022-02-02 08:00:00",
                "2024-02-02 08:00:00",
            )
        )
    book.save(path)


def _send(number: int) -> tuple[str, ...]:
    contact = number if number <= PEOPLE else number - PEOPLE
    status = ("delivered", "opened", "bounced")[number % 3]
    sent = f"2025-01-{number % 28 + 1:02} 09:{number % 60:02}:00"
    later = sent.replace(" 09:", " 11:")
    opened, bounced = (later if status == "opened" else ""), (later if status == "bounced" else "")
    campaign, kind = ("c1" if number % 2 else ""), ("soft" if bounced else "")
    return (
        f"s{number}", str(contact), "", campaign, "e1", f"Hello {number}", sent, status, opened, "", bounced, kind,
    )  # fmt: skip


def _suppressions() -> list[tuple[str, ...]]:
    return [
        (address_of(3), "Unsubscribed", "2024-03-01", ""), (address_of(5), "Hard Bounce", "2024-04-01", ""),
        (address_of(120).upper(), "Manual", "", ""), (address_of(140), "Spam Complaint", "2023-01-01", ""),
        ("stranger@elsewhere.example", "Unsubscribed", "2022-01-01", ""), ("nobody@nowhere.example", "Manual", "", ""),
    ]  # fmt: skip


def _csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]], delimiter: str = ",") -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, delimiter=delimiter)
        writer.writerow(header)
        writer.writerows(rows)
