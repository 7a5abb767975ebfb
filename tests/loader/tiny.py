"""The customer of the state machine: a few companies, contacts and sends, as data that a delta can change."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FIRMS = ("Alder Works", "Birch Labs", "Cedar Foods")
CONTACTS = 5
OWNER = "ines.admin@tiny.example"
HEADERS = {
    "accounts": ("Account ID", "Account Name", "City"),
    "contacts": (
        "Contact ID", "Email Address", "First Name", "Last Name", "Account ID", "Work Phone", "Lead Score", "Tier",
    ),
    "email_sends": ("Send ID", "Contact ID", "Subject", "Sent At", "Status"),
    "notes": ("Note ID", "Contact ID", "Text", "Date"),
    "suppressions": ("Email Address", "Reason", "Date"),
}  # fmt: skip


def address(contact: str) -> str:
    """The address of a contact by its id."""
    return f"person{contact}@tiny.example"


@dataclass
class Source:
    """What Net-Results holds: object → id → row."""

    rows: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    @classmethod
    def base(cls) -> Source:
        """As it is at first."""
        made = cls({name: {} for name in HEADERS})
        for n, name in enumerate(FIRMS, 201):
            made.rows["accounts"][str(n)] = [str(n), name, "Boulder"]
        for n in range(101, 101 + CONTACTS):
            made.add_contact(str(n))
        for n in range(1, 3):
            text = [f"n{n}", str(100 + n), f"Note {n}", "2025-03-01 09:00:00"]
            made.rows["notes"][f"n{n}"] = text
        made.suppress(address("102"))
        made.suppress("stranger@other.example")
        return made

    def add_contact(self, contact: str) -> None:
        """A contact with one send."""
        firm = str(201 + int(contact) % len(FIRMS))
        self.rows["contacts"][contact] = [
            contact, address(contact), f"First{contact}", f"Last{contact}", firm, "(303) 555-0100", contact[-1], "Gold",
        ]  # fmt: skip
        send = f"8{contact}"
        self.rows["email_sends"][send] = [send, contact, f"News {contact}", "2025-03-02 08:00:00", "delivered"]

    def suppress(self, text: str) -> None:
        """An address that must not be mailed."""
        self.rows["suppressions"][text] = [text, "Unsubscribed", "2025-01-20"]

    @property
    def suppressed(self) -> set[str]:
        """Addresses."""
        return set(self.rows["suppressions"])

    def write(self, folder: Path) -> None:
        """As an export folder."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, header in HEADERS.items():
            with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as out:
                csv.writer(out).writerows([header, *self.rows[name].values()])


def fixture(path: Path) -> Path:
    """An account with a firm and a contact of the source in it, and a stranger who is suppressed there."""

    def person(number: int, name: str, text: str, **more: Any) -> dict[str, Any]:
        mail = [{"value": text, "label": "work", "primary": True}]
        return {"id": number, "name": name, "emails": mail, "owner_id": 1, "add_time": "2023-02-01T00:00:00Z", **more}

    content = {
        "company": {"name": "Tiny Sales (synthetic)", "domain": "tiny", "currency": "USD"},
        "users": [
            {"id": 1, "name": "Ines Admin", "email": OWNER, "active_flag": True, "admin": True, "is_you": True},
        ],
        "pipelines": [{"id": 1, "name": "Pipeline", "stages": [{"id": 1, "name": "Qualified"}]}],
        "organizations": [{"id": 1, "name": FIRMS[0], "owner_id": 1, "add_time": "2023-01-01T00:00:00Z"}],
        "persons": [
            person(1, "Known Already", address("103"), org_id=1),
            person(2, "Some Stranger", "stranger@other.example"),
        ],
        "deals": [{"id": 1, "title": "Old deal", "person_id": 1, "org_id": 1, "status": "open", "value": 100}],
    }
    path.write_text(json.dumps(content), encoding="utf-8")
    return path
