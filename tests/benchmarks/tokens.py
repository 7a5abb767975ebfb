"""What a migration costs in API tokens for each record that it creates, as the server counts them.

    python -m tests.benchmarks.tokens [--contacts 20000] [--companies 5000] [--sends 3] [--compared 500] [--keep DIR]

Makes a synthetic export, runs `nrpd run` on it, and adds up what the sandbox charged: look-ups, the check for
duplicates and all that is read back included. Beside it, in the same run, a loop that searches, then creates, over the
official client (npm `pipedrive`, installed in a temporary folder) with the first contacts of the same export.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from nrpd.sandbox import Sandbox

MOST = 5.05
CREATED = ("companies", "contacts", "email_sends")
OWNER = "ann.admin@benchmark.example"
LOOP = Path(__file__).with_name("search_then_create.cjs")
HEADERS = {
    "accounts": "Account ID,Account Name,Domain,City,Country,Phone,Owner",
    "contacts": "Contact ID,Email Address,First Name,Last Name,Title,Account ID,Work Phone,Lead Score,Lead Stage,"
    "Lead Source,Contact Owner,Created Date,Last Modified Date,Favorite Product",
    "campaigns": "Campaign ID,Campaign Name,Status,Type,Start Date,End Date,Owner",
    "campaign_members": "Campaign ID,Contact ID,Joined At",
    "email_sends": "Send ID,Contact ID,Campaign ID,Subject,Sent At,Status,Opened At,Clicked At",
    "suppressions": "Email Address,Reason,Date,List",
    "owners": "Owner ID,Name,Email,Active",
}
_START = datetime(2024, 1, 1, 8, tzinfo=UTC)


@dataclass(frozen=True)
class Size:
    """How many contacts and companies, and how many sends each contact got."""

    contacts: int
    companies: int
    sends: int


def export(folder: Path, size: Size) -> None:
    """Writes a synthetic export: one contact in thirty is suppressed, one in eight takes part in a campaign."""
    chance = random.Random(2026)
    companies = [
        (n, f"Company {n:05} {chance.choice(('GmbH', 'Inc.', 'Ltd'))}", f"company{n}.example", "Boulder", "US",
         f"+1 303 555 {n % 10000:04}", OWNER)
        for n in range(size.companies)
    ]  # fmt: skip
    contacts = [
        (100_000 + n, f"person{n}@company{n % size.companies}.example", f"First{n}", f"Last{n % 997}",
         chance.choice(("Buyer", "Engineer", "CEO")), n % size.companies, f"+1 720 555 {n % 10000:04}",
         chance.randrange(100), chance.choice(("New", "Lead", "Customer")), chance.choice(("Web", "Fair")), OWNER,
         _at(n), _at(n + 5000), chance.choice(("Pro kit", "Basic kit")))
        for n in range(size.contacts)
    ]  # fmt: skip
    rows: dict[str, Sequence[Sequence[Any]]] = {
        "accounts": companies,
        "contacts": contacts,
        "campaigns": [
            (n, f"Campaign {n}", "Completed", "Drip Series", "2025-03-02", "2025-05-30", OWNER) for n in (1, 2)
        ],
        "campaign_members": [(1 + n % 2, 100_000 + n, _at(n)) for n in range(0, size.contacts, 8)],
        "email_sends": [_send(n, k, size.sends) for n in range(size.contacts) for k in range(size.sends)],
        "suppressions": [(contacts[n][1], "Unsubscribed", "2025-01-20", "") for n in range(0, size.contacts, 30)],
        "owners": [(1, "Ann Admin", OWNER, "Yes")],
    }
    folder.mkdir()
    for name, header in HEADERS.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows([header.split(","), *rows[name]])


def _at(n: int) -> str:
    return (_START + timedelta(minutes=37 * (n % 20_000))).strftime("%Y-%m-%d %H:%M:%S")


def _send(n: int, k: int, sends: int) -> Sequence[Any]:
    number = n * sends + k
    opened, clicked = number % 3 == 0, number % 12 == 0
    status = "clicked" if clicked else "opened" if opened else "delivered"
    return (
        number, 100_000 + n, 1 + k % 2, f"News {k}", _at(number), status,
        _at(number + 60) if opened else "", _at(number + 61) if clicked else "",
    )  # fmt: skip


def migrate(folder: Path) -> dict[str, Any]:
    """`nrpd run` into an empty sandbox: the document that it prints, and the seconds that it took."""
    fixture = {
        "company": {"name": "Benchmark", "domain": "benchmark", "currency": "USD"},
        "users": [{"id": 1, "name": "Ann Admin", "email": OWNER, "active_flag": True, "admin": True, "is_you": True}],
    }
    (folder / "account.json").write_text(json.dumps(fixture))
    content = {
        "customer": "benchmark", "runs_root": "runs", "source": {"export": "export", "timezone": "UTC"},
        "destination": {"kind": "sandbox", "fixture": "account.json", "plan": "ultimate", "seats": 100},
        "gates": "auto",
    }  # fmt: skip
    (folder / "benchmark.yaml").write_text(yaml.safe_dump(content))
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "nrpd", "run", str(folder / "benchmark.yaml"), "--json"],
        stdout=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    document: dict[str, Any] = json.loads(done.stdout)
    if done.returncode:
        raise SystemExit(f"nrpd run ended with {done.returncode}: {document['message']}")
    return {**document, "seconds": time.monotonic() - begun}


def charged(store: Path) -> tuple[int, int]:
    """Tokens that a sandbox charged, on all days, and the records that are in it."""
    with closing(sqlite3.connect(store)) as db:
        tokens = db.execute("SELECT sum(tokens) FROM usage").fetchone()[0]
    content = Sandbox(store).export()
    return int(tokens), sum(len(content[kind]) for kind in ("persons", "organizations", "activities"))


def search_then_create(folder: Path, contacts: int) -> tuple[int, int]:
    """Tokens and records of the loop, for the first contacts of the export. Needs npm."""
    packages = folder / "packages"
    packages.mkdir()
    install = ["npm", "install", "--no-audit", "--no-fund", "--silent", "--prefix", str(packages), "pipedrive@33"]
    subprocess.run(install, check=True)
    lines = "\n".join(json.dumps(one) for one in _first(folder / "export", contacts))
    with Sandbox(folder / "loop.sqlite", plan="ultimate", seats=100, burst=False) as box:
        made = subprocess.run(
            ["node", str(LOOP), str(packages), box.base_url, box.token], input=lines, stdout=subprocess.PIPE, text=True,
            check=True,
        )  # fmt: skip
        return box.tokens_used(), int(json.loads(made.stdout)["records"])


def _first(folder: Path, contacts: int) -> Iterator[dict[str, Any]]:
    def rows(name: str) -> list[dict[str, str]]:
        with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as text:
            return list(csv.DictReader(text))

    companies = {row["Account ID"]: row["Account Name"] for row in rows("accounts")}
    sends: dict[str, list[dict[str, str]]] = {}
    for row in rows("email_sends"):
        day, at = row["Sent At"].split()
        sends.setdefault(row["Contact ID"], []).append(
            {"subject": row["Subject"], "type": "email", "due_date": day, "due_time": at, "note": row["Status"]}
        )
    for row in rows("contacts")[:contacts]:
        yield {
            "name": f"{row['First Name']} {row['Last Name']}", "email": row["Email Address"],
            "company": companies[row["Account ID"]], "sends": sends.get(row["Contact ID"], []),
        }  # fmt: skip


def report(document: dict[str, Any], tokens: int, records: int) -> Iterator[str]:
    """What was spent where, and per record."""
    counted = 0
    for phase, objects in document["phases"].items():
        spent = sum(line["tokens"] for line in objects.values())
        created = sum(
            line["created"] for name, line in objects.items() if name in ("companies", "contacts", "email_sends")
        )
        counted += spent
        requests = sum(line["requests"] for line in objects.values())
        yield f"{phase:20} {spent:>9,} tokens {requests:>8,} requests, beside creates {spent - 5 * created:>7,}"
    yield f"{records:,} records in {document['seconds']:,.0f} s; nrpd counted {counted:,} tokens, the server {tokens:,}"


def main() -> int:
    parser = argparse.ArgumentParser(description="Tokens per created record.")
    parser.add_argument("--contacts", type=int, default=20_000)
    parser.add_argument("--companies", type=int, default=5_000)
    parser.add_argument("--sends", type=int, default=3)
    parser.add_argument("--compared", type=int, default=500, help="contacts of the loop beside it; 0 leaves it out")
    parser.add_argument("--keep", type=Path, help="a new folder to work in, which stays")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nrpd-tokens-") as name:
        folder = arguments.keep or Path(name)
        folder.mkdir(exist_ok=True)
        export(folder / "export", Size(arguments.contacts, arguments.companies, arguments.sends))
        document = migrate(folder)
        tokens, records = charged(folder / "runs" / "benchmark" / "sandbox.sqlite")
        for line in report(document, tokens, records):
            print(line)  # noqa: T201
        ours = tokens / records
        print(f"nrpd: {ours:.3f} tokens per created record, at most {MOST} allowed")  # noqa: T201
        if arguments.compared:
            loop, made = search_then_create(folder, arguments.compared)
            theirs = loop / made
            print(  # noqa: T201
                f"search, then create, over the official client ({arguments.compared} contacts, {made:,} records): "
                f"{theirs:.3f}, {theirs / ours:.1f} times as many"
            )
    return 0 if ours <= MOST else 1


if __name__ == "__main__":
    sys.exit(main())
