"""An account that has been lived in, and an export that overlaps with it: what a rehearsal must foresee.

The account knows most people and firms of the export already, spelled otherwise, with second addresses, values, labels,
owners and marketing statuses of its own. Fields were deleted, types deactivated, records deleted, deals archived.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl

from tests.e2e.small import CONTACT, FIRMS, OWNERS, PEOPLE, address_of, write_export

MORE = (
    "Title", "Address 1", "Postal Code", "State", "Mobile Phone", "Opt In Date", "Budget", "Interests", "Tier",
    "Region", "Renewal", "Birthday", "Website Visits", "Remarks",
)  # fmt: skip
"""Columns of contacts beside those of the small customer: standard fields, fields of the account, and new ones."""

KNOWN_PEOPLE, KNOWN_FIRMS, STRANGERS = 100, 28, 15
KINDS = ("Call", "Meeting", "Task", "Deadline", "Email", "Lunch", "Demo", "Old way")
TYPES = (
    "varchar", "varchar_auto", "text", "double", "monetary", "date", "daterange", "time", "timerange", "set", "enum",
    "phone", "address", "org", "people", "user",
)  # fmt: skip


def export(folder: Path) -> Path:
    """The export of the small customer with more columns, parents, deals of campaign members, files and calls."""
    write_export(folder)
    path = folder / "contacts.csv"
    with path.open(encoding="utf-8", newline="") as text:
        rows = list(csv.reader(text))
    _csv(path, (*CONTACT, *MORE), [[*row, *_more(number, row)] for number, row in enumerate(rows[1:], 1)])
    _firms(folder / "accounts.xlsx")
    members = [("c1", "", str(n), "", "", "Deal 2" if n % 5 == 0 else "", "2025-02-01 10:00:00") for n in range(1, 40)]
    header = ("Campaign ID", "Campaign Name", "Contact ID", "Email Address", "Account Name", "Deal Title", "Joined At")
    _csv(folder / "campaign_members.csv", header, members)
    (folder / "offer.txt").write_text("An offer", encoding="utf-8")
    _csv(
        folder / "files.csv", ("File ID", "Contact ID", "Path"), [(f"f{n}", str(n), "offer.txt") for n in (3, 60, 149)]
    )
    with (folder / "files.csv").open("a", encoding="utf-8") as text:
        text.write("f9,7,absent.txt\n")
    with (folder / "contacts.csv").open(
        "a", encoding="utf-8"
    ) as text:  # says something, but nobody could be found by it
        text.write("901" + "," * 6 + "Denver" + "," * (len(CONTACT) + len(MORE) - 8) + "\n")
    with (folder / "email_sends.csv").open("a", encoding="utf-8") as text:
        text.write("s901,4,,c1,e1,No time,,delivered,,,,\ns902,999,,c1,e1,Nobody,2025-01-01 09:00:00,delivered,,,,\n")
    with (folder / "notes.csv").open("a", encoding="utf-8") as text:  # more than a note takes
        text.write(f"n901,6,,,{'long ' * 21_000},2025-03-01 09:00:00,\n")
    calls = [(f"a{n}", str(n), "Call", f"Talk {n}", "2025-04-01 15:00:00", OWNERS[n % 3]) for n in range(1, 12)]
    _csv(folder / "activities.csv", ("Activity ID", "Contact ID", "Type", "Subject", "Date", "Author"), calls)
    return folder


def delta(folder: Path) -> Path:
    """What changed since: people with other values, a new one, sends, and an opt-out."""
    folder.mkdir()
    rows = [_changed(7), _changed(130), ("701", "late.comer@new.example", "Late", "Comer")]
    _csv(folder / "contacts.csv", CONTACT[:4], rows)
    sends = [(f"d{n}", str(n), "", "", "", "After", "2025-06-01 09:00:00", "opened") for n in (7, 701)]
    header = ("Send ID", "Contact ID", "Email Address", "Campaign ID", "Email ID", "Subject", "Sent At", "Status")
    _csv(folder / "sends.csv", header, sends)
    _csv(folder / "suppressions.csv", ("Email Address", "Reason", "Date", "List"),
         [(address_of(3), "Spam Complaint", "2025-06-02", "")])  # fmt: skip
    return folder


def _changed(number: int) -> tuple[str, ...]:
    return (str(number), address_of(number), "Renamed", f"Son {number}")


def _more(number: int, row: Sequence[str]) -> list[str]:
    if not row[1]:  # the anonymous visitor stays one
        return [""] * len(MORE)
    return [
        ("Buyer", "Owner", "")[number % 3], f"{number} Main St" if number % 2 else "", f"{80000 + number}", "CO",
        f"303-556-{number:04}" if number % 4 else "", "2024-02-03" if number % 3 else "", str(number * 10.5),
        "Sun; Rain" if number % 2 else "Rain", ("Gold", "Silver", "Bronze")[number % 3], f"Region {number % 4}",
        f"2026-0{number % 9 + 1}-15", "", str(number % 7), "" if number % 6 else f"Remark {number}",
    ]  # fmt: skip


def _firms(path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(("Account ID", "Account Name", "Domain", "City", "Employee Count", "Parent Account", "Account Owner",
                  "Created Date", "Segment"))  # fmt: skip
    for n in range(1, FIRMS + 1):
        parent = f"Small Firm {n - 1}" if n % 4 == 2 else None
        sheet.append((str(2000 + n), f"Small Firm {n}", f"firm{n}.example", "Denver" if n % 2 else None, str(n * 3),
                      parent, OWNERS[n % 3], "2022-02-02 08:00:00", ("A", "B")[n % 2]))  # fmt: skip
    book.save(path)


def account(path: Path) -> Path:
    """The fixture of the account."""
    users = [
        {"id": 11, "name": "Dana Integration", "email": "dana@demo.example", "admin": True, "is_you": True},
        {"id": 12, "name": "Rita Valdez", "email": OWNERS[0].upper(), "admin": False},
        {"id": 13, "name": "Tom Okoro", "email": OWNERS[1], "admin": False, "active_flag": False},
        {"id": 14, "name": "Una Former", "email": "una@demo.example", "admin": True, "active_flag": False},
    ]
    fields = [{"field_name": f"Our {kind}", "field_type": kind, **_options(kind)} for kind in TYPES]
    named = [
        {"field_name": "Tier", "field_type": "enum", "options": ["Silver", "Gold"]},
        {"field_name": "Region", "field_type": "double"}, {"field_name": "lead score", "field_type": "double"},
        {"field_name": "Renewal", "field_type": "date"}, {"field_name": "Birthday", "field_type": "date"},
        {"field_name": "Interests", "field_type": "set", "options": ["Rain", "Snow"]},
        {"field_name": "Favorite Plan", "field_type": "varchar"}, {"field_name": "Budget", "field_type": "monetary"},
        {"field_name": "Twice", "field_type": "varchar", "field_code": "a" * 40},
        {"field_name": "Twice", "field_type": "double", "field_code": "b" * 40},
    ]  # fmt: skip
    stages = [{"id": 31 + n, "name": name, "deal_probability": 20 * n} for n, name in enumerate(("New", "Talk", "Won"))]
    content = {
        "company": {"name": "Lived In Ltd", "domain": "livedin", "currency": "EUR", "timezone": "Europe/Berlin",
                    "contact_sync": True, "campaigns": True, "org_enrichment": True},
        "users": users,
        "labels": {"person": ["Hot", "Cold"], "organization": ["Key"], "deal": ["Big"]},
        "person_fields": [*fields, *named],
        "organization_fields": [{"field_name": "Segment", "field_type": "enum", "options": ["A", "C"]},
                                {"field_name": "Company Domain", "field_type": "varchar"}],
        "deal_fields": [{"field_name": "Source", "field_type": "varchar"},
                        {"field_name": "Campaigns", "field_type": "text"}],
        "activity_types": [{"name": name} for name in KINDS],
        "pipelines": [
            {"id": 7, "name": "Sales", "is_deal_probability_enabled": True, "stages": stages},
            {"id": 9, "name": "Partners", "stages": [{"id": 41, "name": "Only", "deal_probability": 50}]},
        ],
        "organizations": [_firm(n) for n in range(1, KNOWN_FIRMS + 13)],
        "persons": [_person(n) for n in range(1, KNOWN_PEOPLE + STRANGERS + 1)],
        "deals": [_deal(n) for n in range(1, 15)],
        "activities": [
            {"id": n, "subject": f"Met {n}", "type": ("call", "old_way", "demo")[n % 3], "person_id": n % 90 + 1,
             "done": bool(n % 2), "due_date": f"2024-03-{n % 28 + 1:02}"}
            for n in range(1, 640)
        ],
        "notes": [{"id": n, "content": f"Old note {n}", "person_id": n % 60 + 1} for n in range(1, 620)],
        "files": [{"id": n, "file_name": f"old{n}.txt", "content": "x", "person_id": n} for n in range(1, 13)],
        "organization_relationships": [
            {"id": 1, "type": "parent", "rel_owner_org_id": 1, "rel_linked_org_id": 2},
            {"id": 2, "type": "parent", "rel_owner_org_id": 5, "rel_linked_org_id": 6},
            {"id": 3, "type": "related", "rel_owner_org_id": 9, "rel_linked_org_id": 10},
        ],
        "marketing": [
            {"address": address_of(n), "status": status, "changes": n % 2}
            for n, status in (
                *((n, "unsubscribed") for n in (3, 5, 77, 100)), (8, "subscribed"), (9, "archived"), (10, "subscribed"),
            )
        ],
    }  # fmt: skip
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def live_in(send: Callable[..., Any]) -> None:
    """What people did in the account: deleted fields and records, deactivated types, archived deals. `send(method,
    path, body)` gives the data of the answer."""
    kinds = {kind["name"]: kind["id"] for kind in send("GET", "/api/v1/activityTypes")}
    send("DELETE", f"/api/v1/activityTypes/{kinds['Old way']}")
    gone = send("POST", "/api/v2/personFields", {"field_name": "Lists", "field_type": "varchar"})["field_code"]
    send("PATCH", "/api/v2/persons/4", {"custom_fields": {gone: "no more"}})
    send("DELETE", f"/api/v2/personFields/{gone}")
    fields = {f["field_name"]: f for f in send("GET", "/api/v2/personFields?limit=500")}
    snow = next(o["id"] for o in fields["Interests"]["options"] if o["label"] == "Snow")
    send("DELETE", f"/api/v2/personFields/{fields['Interests']['field_code']}/options", [{"id": snow}])
    for path in ("persons/70", "organizations/12", "deals/9", "activities/5"):
        send("DELETE", f"/api/v2/{path}")
    send("PATCH", "/api/v2/deals/3", {"is_archived": True})
    send("PATCH", "/api/v2/persons/6", {"label_ids": [fields["Labels"]["options"][0]["id"]], "visible_to": 1})


def _options(kind: str) -> dict[str, Any]:
    return {"options": ["One", "Two"]} if kind in ("set", "enum") else {}


def _values(n: int) -> dict[str, Any]:
    """Values of the account's own fields, for some people all of them."""
    if n % 3:
        return {"Tier": ("Gold", "Silver")[n % 2]} if n % 2 else {"Renewal": "2027-01-01"}
    return {
        "Our varchar": "word", "Our varchar_auto": "word", "Our text": "long", "Our double": 1.5,
        "Our monetary": {"value": 9, "currency": "EUR"}, "Our date": "2024-01-02",
        "Our daterange": {"value": "2024-01-02", "until": "2024-02-02"}, "Our time": {"value": "10:00:00"},
        "Our timerange": {"value": "10:00:00", "until": "11:00:00"}, "Our set": ["One", "Two"], "Our enum": "Two",
        "Our phone": "030 1234", "Our address": {"value": "1 Way", "locality": "Berlin"}, "Our org": 1, "Our people": 1,
        "Our user": 12, "Interests": ["Snow"] if n % 2 else ["Rain", "Snow"], "lead score": 7, "a" * 40: "first",
        "b" * 40: 2, "Favorite Plan": "Team", "Budget": {"value": 100, "currency": "EUR"},
    }  # fmt: skip


def _person(n: int) -> dict[str, Any]:
    known = n <= KNOWN_PEOPLE
    address = address_of(n) if known else f"stranger{n}@elsewhere.example"
    emails = [{"value": address.upper() if n % 4 == 1 else f" {address}" if n % 4 == 2 else address, "primary": True}]
    if n % 10 == 0 and known:  # one person of the account has the addresses of two contacts
        emails.append({"value": address_of(n + 41 if n < 60 else PEOPLE - n // 10), "label": "home"})
    made: dict[str, Any] = {
        "id": n, "name": (f"Per Son {n}", f"P. Son-{n}", f"Somebody {n}")[n % 3], "owner_id": (11, 12)[n % 2],
        "add_time": f"2021-04-{n % 28 + 1:02}T10:00:00Z", "emails": emails, "custom_fields": _values(n),
        "visible_to": (1, 3)[n % 2], "labels": ["Hot"] if n % 5 == 0 else [],
    }  # fmt: skip
    if n % 3 == 0:
        made["phones"] = [{"value": f"303-555-{n:04}" if n % 2 else "+1 999", "label": "work", "primary": True}]
    if n % 4 == 0:
        made |= {"org_id": n % KNOWN_FIRMS + 1, "job_title": "Chief", "birthday": "1990-01-01"}
    if n % 7 == 0:
        made |= {"postal_address": {"value": "2 Old Road", "locality": "Boulder"}, "notes": "Seen at the fair"}
    if n == 33:  # the account suppresses somebody whom the source does not
        made["labels"] = ["Cold"]
    return made


def _firm(n: int) -> dict[str, Any]:
    name = (f"small-firm {n}", f"SMALL  FIRM {n}", f"Small Firm {n}, Inc.", f"Small Firm {n}")[n % 4]
    made: dict[str, Any] = {
        "id": n, "name": name if n <= KNOWN_FIRMS else f"Nobody's Firm {n % 3}", "owner_id": (11, 12)[n % 2],
        "add_time": f"2020-03-{n % 28 + 1:02}T10:00:00Z", "visible_to": 3,
    }  # fmt: skip
    if n % 3 == 0:
        made |= {"website": f"https://firm{n}.example", "employee_count": n, "custom_fields": {"Segment": "C"}}
    if n % 5 == 0:
        made |= {"address": {"value": f"{n} Old St, Denver", "locality": "Denver"}, "labels": ["Key"]}
    return made


def _deal(n: int) -> dict[str, Any]:
    status = ("open", "won", "lost")[n % 3]
    return {
        "id": n, "title": f"Deal {n}", "person_id": n, "org_id": n, "status": status, "stage_id": (31, 32, 41)[n % 3],
        "value": 100 * n, "currency": "EUR", "custom_fields": {"Source": "Fair"} if n % 2 else {},
    }  # fmt: skip


def _csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([header, *rows])
