"""The checks find what is wrong and nothing else: one small right migration, then one change at a time."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from nrpd.sandbox import Sandbox
from tests.support.checks import Case, check_all, read_account
from tests.support.readback import Account, Export, moment, read_export

ROOT = Path(__file__).resolve().parents[2]
DENVER = ZoneInfo("America/Denver")


def contact(number: str, **cells: str) -> dict[str, str]:
    blank = dict.fromkeys(
        ("Email Address", "First Name", "Last Name", "Account ID", "Account Name", "Contact Owner", "Postal Code"), ""
    )
    times = {"Created Date": f"2024-01-0{number} 09:00:00", "Last Modified Date": f"2024-02-0{number} 09:00:00"}
    return {"Contact ID": number, **blank, **times, **{key.replace("_", " "): text for key, text in cells.items()}}


def export() -> Export:
    """Three contacts (1 and 2 are one person, 3 is a visitor), two accounts, one send, one suppression."""
    ann = {"First_Name": "Ann", "Last_Name": "O&#39;Hara", "Account_ID": "9", "Account_Name": "Acme Inc."}
    send = {
        "Send ID": "s1", "Contact ID": "1", "Email Address": "", "Campaign ID": "c1", "Subject": "Hi: you",
        "Sent At": "2025-01-06 18:30:00", "Status": "opened", "Opened At": "2025-01-07T02:00:00Z", "Clicked At": "",
        "Bounced At": "", "Bounce Type": "",
    }  # fmt: skip
    return Export(
        contacts={
            "1": contact("1", Email_Address="ann@acme.example", Lists="A; B", Work_Phone="'+1 303 555 0100", **ann),
            "2": contact("2", Email_Address="ANN@acme.example", Lists="C", Score="7", Decision_Maker="True", **ann),
            "3": contact("3", Account_Name="-"),
        },
        companies={
            "9": {"Account ID": "9", "Account Name": "Acme Inc.", "Account Owner": "Bo@demo.example",
                  "Postal Code": "02138",
                  "Created Date": "2023-01-01 00:00:00", "Last Modified Date": "", "Parent Account": "Big Ltd."},
            "8": {"Account ID": "8", "Account Name": "-", "Last Modified Date": ""},
        },
        sends={"s1": send},
        suppressions=[{"Email Address": "Ann@Acme.example", "Reason": "Hard Bounce", "Date": "2024-05-01", "List": ""}],
        campaigns={"c1": {"Campaign Name": "Spring"}},
        members=[{"Campaign ID": "c1", "Campaign Name": "", "Contact ID": "1", "Deal Title": "", "Account Name": ""}],
        notes=[{"Note ID": "n1", "Contact ID": "2", "Account Name": "", "Text": "Ties &amp; shirts"}],
    )  # fmt: skip


def account() -> Account:
    person = {
        "id": 7, "name": "Ann O'Hara", "org_id": 5, "owner_id": 1, "add_time": "2024-01-01T16:00:00Z",
        "emails": [{"value": "ANN@acme.example"}], "phones": [{"value": "+13035550100"}],
        "fields": {
            "Net-Results ID": "2; 1", "Lists": ["A", "B", "C"], "Score": 7, "Decision Maker": "Yes",
            "Suppression status": "suppressed", "Suppression reason": "hard bounce", "Suppression date": "2024-05-01",
        },
    }  # fmt: skip
    acme = {
        "id": 5, "name": "Acme Inc.", "owner_id": 2, "fields": {"Net-Results ID": "9", "Campaigns": "Spring"},
        "address": {"value": "02138", "postal_code": "02138"},
    }  # fmt: skip
    lines = ("Subject: Hi: you", "Sent (UTC): 2025-01-07 01:30:00", "Status: opened", "Opened: 2025-01-07 02:00:00",
             "Campaign: Spring", "Net-Results send ID: s1")  # fmt: skip
    activity = {
        "id": 1, "due_date": "2025-01-07", "due_time": "01:30:00", "done": True, "note": "\n".join(lines),
        "participants": [{"person_id": 7, "primary": True}],
    }  # fmt: skip
    return Account(
        persons={7: person},
        organizations={5: acme, 6: {"id": 6, "name": "Big Ltd.", "owner_id": 1, "fields": {}}},
        deals={},
        activities={1: activity},
        notes=[{"id": 1, "content": "Ties &amp; shirts", "person_id": 7, "org_id": None}],
        files=[],
        users={
            1: {"id": 1, "email": "me@demo.example", "active_flag": True, "is_you": True},
            2: {"id": 2, "email": "bo@demo.example", "active_flag": True},
        },
        field_names={"person": ["Lists"], "organization": [], "deal": []},
        relationships={(6, 5)},
    )


def row(object_: str, source: str, entity: str, field: str, kind: str, source_type: str = "text") -> dict[str, Any]:
    target = {"entity": entity, "field": field, "type": kind, "new": True}
    return {"object": object_, "source": source, "type": source_type, "target": target, "transform": "x", "reason": "r"}


MAPPING = [
    row("contacts", "First Name", "person", "name", "varchar"),
    row("contacts", "Created Date", "person", "add_time", "datetime"),
    row("contacts", "Work Phone", "person", "phones", "phones"),
    row("contacts", "Lists", "person", "Lists", "set", "multiselect"),
    row("contacts", "Score", "person", "Score", "double", "number"),
    row("contacts", "Decision Maker", "person", "Decision Maker", "enum", "boolean"),
    row("companies", "Account Name", "organization", "name", "varchar"),
    row("companies", "Postal Code", "organization", "address", "address"),
]


def case(account_: Account, before: Account | None = None, **kept_out: set[Any]) -> Case:
    return Case(
        export(),
        account_,
        MAPPING,
        kept_out.get("quarantined", set()),
        kept_out.get("anonymous", {"3"}),
        DENVER,
        before,
    )


def test_a_right_migration_has_no_problems():
    assert check_all(case(account())) == []


Change = Callable[[Account], Any]
WRONG: dict[str, tuple[str, Change]] = {
    "second person with the address": ("check_addresses", lambda a: a.persons.update({8: {**a.persons[7], "id": 8}})),
    "contact missing": ("check_contacts", lambda a: a.persons[7]["fields"].update({"Net-Results ID": "2"})),
    "ids in the wrong order": ("check_contacts", lambda a: a.persons[7]["fields"].update({"Net-Results ID": "1; 2"})),
    "address missing": ("check_contacts", lambda a: a.persons[7].update(emails=[])),
    "visitor imported": ("check_contacts", lambda a: a.persons[7]["fields"].update({"Net-Results ID": "3; 2; 1"})),
    "account missing": ("check_companies", lambda a: a.organizations[5]["fields"].pop("Net-Results ID")),
    "placeholder imported": ("check_companies", lambda a: a.organizations[6].update(name="-")),
    "wrong organization": ("check_links", lambda a: a.persons[7].update(org_id=6)),
    "no parent": ("check_links", lambda a: a.relationships.clear()),
    "wrong owner": ("check_owners", lambda a: a.organizations[5].update(owner_id=1)),
    "entity not unescaped": ("check_values", lambda a: a.persons[7].update(name="Ann O&#39;Hara")),
    "local time as UTC": ("check_values", lambda a: a.persons[7].update(add_time="2024-01-01T09:00:00Z")),
    "phone cut": ("check_values", lambda a: a.persons[7].update(phones=[{"value": "+1303555010"}])),
    "list lost in the merge": ("check_values", lambda a: a.persons[7]["fields"].update(Lists=["C"])),
    "number wrong": ("check_values", lambda a: a.persons[7]["fields"].update(Score=70)),
    "boolean wrong": ("check_values", lambda a: a.persons[7]["fields"].update({"Decision Maker": "No"})),
    "leading zero lost": ("check_values", lambda a: a.organizations[5].update(address={"value": "2138"})),
    "two fields of one name": ("check_values", lambda a: a.field_names["person"].append("Lists")),
    "send missing": ("check_sends", lambda a: a.activities.clear()),
    "send twice": ("check_sends", lambda a: a.activities.update({2: a.activities[1]})),
    "send at local time": ("check_sends", lambda a: a.activities[1].update(due_date="2025-01-06", due_time="18:30")),
    "send of nobody": ("check_sends", lambda a: a.activities[1].update(participants=[])),
    "send not done": ("check_sends", lambda a: a.activities[1].update(done=False)),
    "note line wrong": ("check_sends", lambda a: a.activities[1].update(note="Net-Results send ID: s1")),
    "suppression missing": ("check_suppressions", lambda a: a.persons[7]["fields"].pop("Suppression status")),
    "reason wrong": ("check_suppressions", lambda a: a.persons[7]["fields"].update({"Suppression reason": "manual"})),
    "date wrong": ("check_suppressions", lambda a: a.persons[7]["fields"].update({"Suppression date": "2024-05-02"})),
    "campaign missing": ("check_campaigns", lambda a: a.organizations[5]["fields"].update(Campaigns="")),
    "note missing": ("check_notes_and_files", lambda a: a.notes.clear()),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_each_fault_is_found(name: str):
    check, change = WRONG[name]
    spoiled = account()
    change(spoiled)
    assert any(problem.startswith(f"{check}: ") for problem in check_all(case(spoiled))), name


def test_what_stood_there_before_is_kept():
    before = account()
    before.persons[7] |= {"name": "Annie", "owner_id": 2, "org_id": 6, "fields": {"Score": 99}}
    after = account()
    after.persons[7] |= {"name": "Annie", "owner_id": 2, "org_id": 6}
    after.persons[7]["fields"]["Score"] = 99
    after.organizations[5]["fields"]["Campaigns"] = "Spring"
    assert check_all(case(after, before)) == []
    assert any("Annie" in problem for problem in check_all(case(account(), before)))


def test_somebody_marked_for_nothing_is_found():
    spoiled = copy.deepcopy(account())
    spoiled.persons[8] = {
        "id": 8,
        "name": "Z",
        "owner_id": 1,
        "emails": [],
        "fields": {"Suppression status": "suppressed"},
    }
    assert check_all(case(spoiled)) == ["check_suppressions: person 8: is marked 'suppressed' for nothing"]


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2025-01-06 18:30:00", "2025-01-07T01:30:00+00:00"),
        ("2025-07-06 18:30:00", "2025-07-07T00:30:00+00:00"),
        ("2025-01-06T18:30:00Z", "2025-01-06T18:30:00+00:00"),
        ("2025-01-06T18:30:00-05:00", "2025-01-06T23:30:00+00:00"),
        ("03/09/2025", "2025-03-09T07:00:00+00:00"),
    ],
)
def test_moment(text: str, utc: str):
    assert str(moment(text, DENVER)).replace(" ", "T") == utc


def test_reads_the_demo_export_with_its_delta():
    demo = ROOT / "parameters" / "demo"
    first, both = read_export(demo / "export"), read_export(demo / "export", demo / "delta")
    assert (len(first.contacts), len(first.companies), len(first.sends)) == (398, 60, 1499)
    assert first.torn == {"contacts.csv": 1}
    assert len(both.contacts) == len(first.contacts) + 3
    assert sum(both.contacts[i] != row for i, row in first.contacts.items()) == 10
    assert (len(first.suppressions), len(both.suppressions)) == (70, 72)


def test_reads_the_demo_account_over_http(tmp_path: Path):
    fixture = ROOT / "parameters" / "demo" / "sandbox.json"
    with Sandbox(tmp_path / "account.sqlite", fixture=fixture, burst=False) as box:
        held = read_account(box.base_url, box.token)
    assert [len(x) for x in (held.users, held.persons, held.organizations, held.deals)] == [5, 40, 15, 6]
    assert [len(x) for x in (held.activities, held.notes, held.files)] == [4, 3, 0]
    assert held.field_names["person"] == ["Segment Score", "Region", "Birthday Gift"]
    assert held.persons[1]["fields"] == {"Segment Score": "A+", "Region": "South"}
    assert held.organizations[1]["fields"]["Tier"] in ("Gold", "Silver")
