"""How long contacts take to be matched with the persons of an account, and in how much memory.

    python -m tests.benchmarks.matching [--contacts 1000000] [--persons 500000]

A quarter of the contacts are in the account: by their address, by a second address, or by their source id; one in fifty
shares its address with another contact, one in a hundred is called otherwise in the account. Each piece of work runs
in a process of its own, on data that is there already: nrpd makes people of the contacts (keys of all addresses, rows
of one person folded) and matches them; beside it pandas merges the same addresses, lower-cased, once.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import time
from collections.abc import Callable
from typing import Any

import pandas as pd

from nrpd.loader.source_view import time_reader
from nrpd.mapping.convert import Context
from nrpd.matching import contacts, duplicates
from nrpd.pipedrive.records import SOURCE_ID_FIELD

PANDAS, NRPD = "pandas.merge of the addresses", "nrpd: people, and who they are in the account"
MOST_MEMORY = 4.0  # GB
_OWNERS = ("ann@corp.example", "ben@corp.example", "cleo@corp.example")


def contact_rows(count: int) -> list[dict[str, str]]:
    """Rows of contacts as they are staged."""
    rows = []
    for n in range(count):
        of = n - 1 if n % 50 == 49 else n  # the address of the contact before
        email = f"Person{of}@Firm{of % 90_001}.example" + (f"; p{of}@home.example" if of % 10 == 0 else "")
        rows.append(
            {
                "contact_id": str(n + 1), "email": email, "first_name": f"First{of}", "last_name": f"Last{of % 997}",
                "company_id": f"C{of % 90_001}", "work_phone": f"+1 303 555 {n % 10_000:04}",
                "owner_email": _OWNERS[n % 3], "created_at": f"2024-0{n % 9 + 1}-11 08:00:00",
                "updated_at": f"2025-0{n % 9 + 1}-11 08:00:00", "row_file": "contacts.csv", "row_line": str(n + 2),
            }
        )  # fmt: skip
    return rows


def persons(count: int, contacts_: int) -> list[dict[str, Any]]:
    """Persons of the account, canonical; every second one is a contact of the source."""
    found: list[dict[str, Any]] = []
    for n in range(count):
        of = (n // 2) * max(1, 2 * contacts_ // max(count, 1)) % contacts_
        address = f"person{of}@firm{of % 90_001}.example" if n % 2 == 0 else f"stranger{n}@other.example"
        emails = [{"value": address, "label": "work", "primary": True}]
        if n % 20 == 0:
            emails.insert(0, {"value": f"second{n}@other.example", "label": "home", "primary": False})
        found.append(
            {
                "id": n + 1, "name": f"First{of} Last{of % 997}" if n % 100 else "Reception", "emails": tuple(emails),
                SOURCE_ID_FIELD: str(of + 1) if n % 40 == 0 else "", "add_time": "2020-01-01T00:00:00Z",
            }
        )  # fmt: skip
    return found


def _match(rows: list[dict[str, str]], there: list[dict[str, Any]]) -> tuple[int, int]:
    when = time_reader("contacts", Context())
    collected = contacts.collect(rows, when, {})
    people, matches = duplicates.unite(collected.people, there, {}, lambda group: contacts.remerge(group, when, {}))
    return len(people), sum(match.person_id is not None for match in matches)


def _merge(rows: list[dict[str, str]], there: list[dict[str, Any]]) -> tuple[int, int]:
    left = pd.DataFrame({"email": [row["email"] for row in rows]})
    left["key"] = left["email"].str.lower().str.split("; ")
    left = left.explode("key")
    right = pd.DataFrame(
        [(person["id"], entry["value"]) for person in there for entry in person["emails"]], columns=["id", "email"]
    )
    right["key"] = right["email"].str.lower()
    found = left.merge(right, on="key", how="left")
    return len(rows), int(found["id"].notna().sum())


WORK: dict[str, Callable[[list[dict[str, str]], list[dict[str, Any]]], tuple[int, int]]] = {
    PANDAS: _merge, NRPD: _match,
}  # fmt: skip


def _measured(name: str, contacts_: int, persons_: int, answer: multiprocessing.Queue) -> None:
    rows, there = contact_rows(contacts_), persons(persons_, contacts_)
    before = time.perf_counter()
    people, matched = WORK[name](rows, there)
    seconds = time.perf_counter() - before
    answer.put((people, matched, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20))


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--contacts", type=int, default=1_000_000)
    asked.add_argument("--persons", type=int, default=500_000)
    options = asked.parse_args()
    fresh, seconds, memory = multiprocessing.get_context("spawn"), {}, 0.0
    for name in WORK:
        answer = fresh.Queue()
        process = fresh.Process(target=_measured, args=(name, options.contacts, options.persons, answer))
        process.start()
        people, matched, seconds[name], memory = answer.get()
        process.join()
        print(  # noqa: T201
            f"{name:46} {people:>10,} people, {matched:>9,} in the account, {seconds[name]:7.1f} s "
            f"({seconds[name] / seconds[PANDAS]:.1f} times); peak {memory:.2f} GB, the data included",
            flush=True,
        )
    print(f"at most {MOST_MEMORY:g} GB are allowed")  # noqa: T201
    return 0 if memory <= MOST_MEMORY else 1


if __name__ == "__main__":
    raise SystemExit(main())
