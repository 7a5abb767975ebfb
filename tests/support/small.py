"""A tiny but complete customer: six companies, twenty contacts, thirty sends, five suppressions, and all the rest.

Synthetic: every name, address and host is made up, under `.example`. `export` writes the source, `account` the
fixture of the sandbox, `parameters` the parameters file.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import yaml

COMPANIES = ("Alder Works", "Birch Labs", "Cedar Foods", "Dune Textiles", "Elm Marine", "Fern Optics")
OWNER = "ines.admin@small.example"
SELLER = "omar.seller@small.example"
UNKNOWN_OWNER = "left.long@ago.example"
SUPPRESSED = (
    "person3@alder.example",
    "person4@birch.example",
    "person5@cedar.example",
    "Person6@Dune.example",
    "stranger@nowhere.example",
)


def address(number: int) -> str:
    """The address of a contact, 1 to 20."""
    return f"person{number}@{COMPANIES[(number - 3) % 6].split()[0].lower()}.example"


HEADERS: dict[str, str] = {
    "accounts": "Account ID,Account Name,Domain,City,Country,Phone,Owner",
    "contacts": "Contact ID,Email Address,First Name,Last Name,Title,Account ID,Work Phone,Lead Score,Lead Stage,"
    "Contact Owner,Created Date,Last Modified Date,Favorite Product",
    "campaigns": "Campaign ID,Campaign Name,Status,Type,Start Date,End Date,Owner",
    "campaign_members": "Campaign ID,Contact ID,Joined At",
    "email_sends": "Send ID,Contact ID,Email Address,Campaign ID,Subject,Sent At,Status,Opened At",
    "suppressions": "Email Address,Reason,Date,List",
    "workflows": "Workflow ID,Name,Status,Type,Trigger,Conditions,Actions,Step Count,Enrolled",
    "owners": "Owner ID,Name,Email,Active",
}
REASONS = (
    ("Unsubscribed", "2025-01-20", ""), ("Spam Complaint", "2025-02-20", ""), ("Hard Bounce", "", ""),
    ("Unsubscribed", "2025-04-01", "News"), ("Unsubscribed", "2025-04-02", ""),
)  # fmt: skip


def export(folder: Path) -> Path:
    """Writes the export folder."""
    folder.mkdir(parents=True)
    actions = '1. Send Email "Hello"'
    rows: dict[str, Sequence[Sequence[str]]] = {
        "accounts": [_company(n, name) for n, name in enumerate(COMPANIES)],
        "contacts": [_contact(n) for n in range(1, 21)],
        "campaigns": [("501", "Spring News", "Completed", "Drip Series", "2025-03-02", "2025-05-30", OWNER)],
        "campaign_members": [("501", f"{100 + n}", "2025-03-02 10:00:00") for n in range(1, 5)],
        "email_sends": [_send(n) for n in range(30)],
        "suppressions": [(text, *reason) for text, reason in zip(SUPPRESSED, REASONS, strict=True)],
        "workflows": [("601", "Welcome", "Active", "Drip Series", "New contacts", "Stage is New", actions, "1", "12")],
        "owners": [
            ("901", "Ines Admin", OWNER, "Yes"),
            ("902", "Omar Seller", SELLER, "Yes"),
            ("903", "Left Long", UNKNOWN_OWNER, "Yes"),
        ],
    }
    for name, header in HEADERS.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows([header.split(","), *rows[name]])
    (folder / "templates").mkdir()
    body = "<html><body><p>Hello {{First Name}}</p></body></html>"
    (folder / "templates" / "hello.html").write_text(body, encoding="utf-8")
    return folder


def add_column(folder: Path, name: str, value_of: Callable[[int, str], str]) -> None:
    """Gives the exported contacts one more column; `value_of(number of the row, contact id)`."""
    path = folder / "contacts.csv"
    with path.open(encoding="utf-8", newline="") as text:
        header, *rows = csv.reader(text)
    with path.open("w", encoding="utf-8", newline="") as out:
        more = [[*row, value_of(n, row[0])] for n, row in enumerate(rows, 1)]
        csv.writer(out).writerows([[*header, name], *more])


def _company(n: int, name: str) -> Sequence[str]:
    domain = f"{name.split()[0].lower()}.example"
    return (f"{200 + n}", name, domain, "Boulder", "US", f"(303) 555-01{n:02}", SELLER)


def _contact(n: int) -> Sequence[str]:
    owner = UNKNOWN_OWNER if n == 20 else (OWNER, SELLER)[n % 2]
    stage = ("New", "Customer", "Lead")[n % 3]
    return (
        f"{100 + n}", address(n), f"First{n}", f"Last{n}", "Buyer", f"{200 + (n - 3) % 6}", f"(303) 555-02{n:02}",
        str(n * 3), stage, owner, f"2024-01-{n:02} 09:00:00", f"2025-02-{n:02} 09:00:00",
        ("Pro kit", "Basic kit")[n % 2],
    )  # fmt: skip


def _send(n: int) -> Sequence[str]:
    opened = f"2025-03-{n % 27 + 2:02} 12:00:00" if n % 3 == 0 else ""
    sent = f"2025-03-{n % 27 + 1:02} 08:00:00"
    return (
        f"{8000 + n}",
        f"{101 + n % 20}",
        "",
        "501",
        f"News {n % 4}",
        sent,
        "opened" if opened else "delivered",
        opened,
    )


def _emails(text: str) -> list[dict[str, Any]]:
    return [{"value": text, "label": "work", "primary": True}]


def account(path: Path) -> Path:
    """Writes the fixture of an account that is not empty: one firm, two persons (one of them suppressed), one deal."""
    content: dict[str, Any] = {
        "company": {"name": "Small Sales (synthetic)", "domain": "small", "currency": "USD"},
        "users": [
            {"id": 1, "name": "Ines Admin", "email": OWNER, "active_flag": True, "admin": True, "is_you": True},
            {"id": 2, "name": "Omar Seller", "email": SELLER, "active_flag": True, "admin": False, "is_you": False},
        ],
        "person_fields": [{"field_name": "Tier", "field_type": "enum", "options": ["Gold", "Silver"]}],
        "pipelines": [{"id": 1, "name": "Pipeline", "stages": [{"id": 1, "name": "Qualified"}]}],
        "organizations": [{"id": 1, "name": "Alder Works", "owner_id": 1, "add_time": "2023-01-01T00:00:00Z"}],
        "persons": [
            {"id": 1, "name": "First3 Known", "emails": _emails(address(3)),
             "org_id": 1, "owner_id": 1, "custom_fields": {"Tier": "Gold"}, "add_time": "2023-02-01T00:00:00Z"},
            {"id": 2, "name": "Someone Else", "emails": _emails("else@other.example"),
             "owner_id": 2, "add_time": "2023-03-01T00:00:00Z"},
        ],
        "deals": [
            {"id": 1, "title": "Old deal", "person_id": 1, "org_id": 1, "status": "open", "value": 100}
        ],
    }  # fmt: skip
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def parameters(folder: Path, customer: str, *, destination: dict[str, Any], gates: str = "manual", **more: Any) -> Path:
    """Writes `<folder>/<customer>.yaml`; export in `<folder>/export`, runs in `<folder>/runs`."""
    content: dict[str, Any] = {
        "customer": customer,
        "runs_root": "runs",
        "source": {"export": "export", "timezone": "America/Denver", **more.pop("source", {})},
        "destination": {"plan": "ultimate", "seats": 5, **destination},
        "policies": {"sample_size": 100},
        "gates": gates,
        **more,
    }
    path = folder / f"{customer}.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return path
