"""What the small customer needs so that the queues of 03_owners and 05_suppression hold one question of each kind.

A second owner without a user; an address that was unsubscribed and opted in again later, by the source. That a contact
and its person in the account are called differently, the small customer has already.
"""

from __future__ import annotations

import csv
from pathlib import Path

OTHER_OWNER = "moved.on@ago.example"
AGAIN = "again@opt.example"
CONTACTS = (
    ("Contact ID", "Email Address", "First Name", "Last Name", "Contact Owner", "Opt-in Date"),
    ("191", "other@owner.example", "Other", "Owned", OTHER_OWNER, ""),
    ("192", AGAIN, "Opted", "Again", "", "2025-06-01"),
)
SUPPRESSIONS = (("Email Address", "Reason", "Date"), (AGAIN, "Unsubscribed", "2025-01-10"))


def add(folder: Path) -> None:
    """Writes these beside the export of the small customer."""
    for name, rows in (("more_contacts", CONTACTS), ("more_suppressions", SUPPRESSIONS)):
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows(rows)
