"""The demo: the same seed gives the same bytes, and its content is what the issue and the design ask for."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import openpyxl
import pytest

from tests.demo import people
from tests.demo.generate import DEFAULT_SEED, generate

ROOT = Path(__file__).resolve().parents[2]
COMMITTED = ROOT / "parameters" / "demo"
SEEDS = (DEFAULT_SEED, 7, 20261125)


def table(content: bytes, delimiter: str = ",") -> list[dict[str, str]]:
    """Records of the right length."""
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=delimiter))
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:] if len(row) == len(rows[0])]


def addresses(cell: str) -> list[str]:
    return [found.lower() for found in re.findall(r"[^\s<>;\u200b]+@[^\s<>;\u200b]+", cell)]


@pytest.fixture(scope="module", params=SEEDS)
def demo(request: pytest.FixtureRequest) -> dict[str, bytes]:
    return generate(request.param)


def test_same_seed_same_bytes_another_seed_others():
    assert generate(7) == generate(7)
    assert generate(7)["export/contacts.csv"] != generate(8)["export/contacts.csv"]


def test_committed_output_is_the_generators():
    committed = {str(p.relative_to(COMMITTED)): p.read_bytes() for p in COMMITTED.rglob("*") if p.is_file()}
    assert committed == generate(DEFAULT_SEED)


def test_runs_as_a_script(tmp_path: Path):
    command = [sys.executable, str(ROOT / "tests/demo/generate.py"), "--seed", "7", "--out", str(tmp_path)]
    subprocess.run(command, check=True, cwd=tmp_path)
    written = {str(p.relative_to(tmp_path)): p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    assert written == generate(7)


def test_counts(demo: dict[str, bytes]):
    contacts = table(demo["export/contacts.csv"])
    assert len(contacts) == 399, "400 records, one of the wrong length"
    assert len(table(demo["export/campaigns.csv"], ";")) == 8
    assert len(table(demo["export/email_sends.csv"])) == 1500
    assert len(table(demo["export/suppressions.csv"])) == 70
    assert len(table(demo["export/workflows.csv"])) == 7
    assert len(table(demo["export/owners.csv"], ";")) == 5
    assert len(table(demo["export/templates/index.csv"])) == 6
    assert len([path for path in demo if path.endswith(".html")]) == 6
    sheet = openpyxl.load_workbook(io.BytesIO(demo["export/accounts.xlsx"])).active
    assert sheet.max_row == 61
    account = json.loads(demo["sandbox.json"])
    assert [len(account[key]) for key in ("users", "persons", "organizations")] == [5, 40, 15]


def test_contacts_hold_every_oddity(demo: dict[str, bytes]):
    assert demo["export/contacts.csv"].startswith(b"\xef\xbb\xbf")
    contacts = table(demo["export/contacts.csv"])
    shared = Counter(
        a for row in {r["Contact ID"]: r for r in contacts}.values() for a in addresses(row["Email Address"])
    )
    assert sum(count == 2 for count in shared.values()) == people.SHARED
    assert max(shared.values()) == 2
    assert sum(not row["Email Address"] and row["Last Name"] != "" for row in contacts) >= 20
    assert sum(not row["First Name"] and not row["Last Name"] and "@" in row["Email Address"] for row in contacts) >= 10
    assert Counter(row["Account Name"] for row in contacts)["-"] > 12
    assert any(not row["Account Name"] and not row["Account ID"] and row["Email Address"] for row in contacts)
    visitors = [r for r in contacts if not any(r[h] for h in ("Email Address", "First Name", "Last Name", "Title"))]
    assert len(visitors) == people.ANONYMOUS
    for text in ("Null", "O&#39;Brien", "Müller", "None", "山田"):
        assert any(text in (row["Last Name"], row["First Name"]) for row in contacts)
    assert any(len(addresses(row["Email Address"])) == 2 for row in contacts)
    assert any(row["Postal Code"] == "02138" for row in contacts)
    assert {row["Work Phone"][:1] for row in contacts} >= {"+", "(", "'", "0"}
    assert any(len(row["Sales Summary"]) > 255 for row in contacts)
    assert max(len(row["Sales Summary"]) for row in contacts) <= 1024
    offsets = [bool(re.search(r"Z$|[+-]\d\d:\d\d$", row["Created Date"])) for row in contacts]
    assert any(offsets)
    assert not all(offsets)


def test_suppressions(demo: dict[str, bytes]):
    contacts = {a for row in table(demo["export/contacts.csv"]) for a in addresses(row["Email Address"])}
    rows = table(demo["export/suppressions.csv"])
    known = [row for row in rows if row["Email Address"].lower() in contacts]
    assert 45 <= len(known) <= 56
    assert len(rows) - len(known) >= 13
    assert sum(row["List"] != "" for row in rows) == 9
    assert len({row["Reason"] for row in rows}) >= 5
    account = json.loads(demo["sandbox.json"])
    held = {email["value"].lower() for person in account["persons"] for email in person["emails"]}
    assert {r["Email Address"].lower() for r in rows if r["Email Address"].lower() not in contacts} & held


def test_delta(demo: dict[str, bytes]):
    before = {row["Contact ID"]: row for row in table(demo["export/contacts.csv"])}
    after = table(demo["delta/contacts.csv"])
    changed = [row for row in after if row["Contact ID"] in before]
    assert (len(changed), len(after)) == (10, 13)
    assert all(row != before[row["Contact ID"]] for row in changed)
    known = {a for row in before.values() for a in addresses(row["Email Address"])}
    suppressed = {row["Email Address"].lower() for row in table(demo["export/suppressions.csv"])}
    late = {row["Email Address"].lower() for row in table(demo["delta/suppressions.csv"])}
    assert len(late) == 2
    assert late <= known - suppressed


def test_account_meets_the_source(demo: dict[str, bytes]):
    account = json.loads(demo["sandbox.json"])
    held = Counter(email["value"].lower() for person in account["persons"] for email in person["emails"])
    assert max(held.values()) == 1, "no two persons share an address before the run either"
    source = {a for row in table(demo["export/contacts.csv"]) for a in addresses(row["Email Address"])}
    assert len(held.keys() & source) == 20
    users = {user["email"]: user["active_flag"] for user in account["users"]}
    owners = [users.get(row["Email"].lower()) for row in table(demo["export/owners.csv"], ";")]
    assert sorted(map(str, owners)) == ["False", "None", "True", "True", "True"]
    deals = {deal["title"] for deal in account["deals"]}
    assert len({row["Deal Title"] for row in table(demo["export/campaign_members.csv"])} & deals) == 4
    ids = {record["id"] for record in account["organizations"]}
    assert {p["org_id"] for p in account["persons"] if "org_id" in p} <= ids
    header = demo["export/contacts.csv"].decode("utf-8-sig").splitlines()[0]
    types = {
        field["field_name"]: field["field_type"] for field in account["person_fields"] if field["field_name"] in header
    }
    assert types == {"Segment Score": "varchar", "Region": "enum"}


def test_everything_is_under_example(demo: dict[str, bytes]):
    text = "\n".join(c.decode("utf-8", "replace") for p, c in demo.items() if not p.endswith((".png", ".pdf")))
    found = re.findall(r"[\w.+'-]+@([\w.-]+)", text) + re.findall(r"https?://([\w.-]+)", text)
    hosts = {host.rstrip(".").lower() for host in found} - {"schemas.openxmlformats.org"}
    assert len(hosts) > 50
    assert [host for host in hosts if not host.endswith(".example")] == []
    assert "made up" in demo["README.md"].decode()
