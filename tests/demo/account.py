"""The sandbox account of the demo, as a fixture: not empty, and partly the same people and firms as the source.

Form: the sandbox's fixture (custom fields by name, options by label). Ids run from 1 per entity.
"""

from __future__ import annotations

from typing import Any

from tests.demo.formats import Dice, Row
from tests.demo.marketing import DEALS, SUPPRESSED_IN_ACCOUNT
from tests.demo.people import Contacts

Record = dict[str, Any]

_USERS = (
    (1, "Dana Integration", "dana.integration@demo.example", True, True),
    (2, "Rita Valdez", "rita.valdez@demo.example", True, False),
    (3, "Tom Okoro", "tom.okoro@demo.example", True, False),
    (4, "Silke Brandt", "silke.brandt@demo.example", True, False),
    (5, "Paul Deakin", "paul.deakin@demo.example", False, False),
)
_OTHER_FIRMS = (
    "Harborline Marine", "Juno Ceramics", "Tidewater Optics", "Bluefin Travel", "Summit Shoes", "Orbit Dental Care",
)  # fmt: skip
_STAGES = [{"id": 1, "name": "Qualified"}, {"id": 2, "name": "Proposal"}, {"id": 3, "name": "Won soon"}]
_ACTIVITIES = (("Call back", "call"), ("Demo", "meeting"), ("Send offer", "email"), ("Lunch", "lunch"))


def make(dice: Dice, accounts: list[Row], contacts: Contacts) -> Record:
    """5 users, 15 organizations, 40 persons, 6 deals, activities, notes, and two custom fields of persons.

    `Segment Score` is text here and a number in the source; `Region` is an enum in both and can be used again.
    """
    persons = _persons(dice, contacts)
    return {
        "company": {
            "name": "Demo Sales (synthetic)", "domain": "demo", "currency": "USD", "timezone": "America/Denver",
            "contact_sync": False, "campaigns": False, "org_enrichment": False,
        },
        "users": [
            {"id": i, "name": name, "email": email, "active_flag": active, "admin": me, "is_you": me}
            for i, name, email, active, me in _USERS
        ],
        "person_fields": [
            {"field_name": "Segment Score", "field_type": "varchar"},
            {"field_name": "Region", "field_type": "enum", "options": ["North", "South", "East"]},
            {"field_name": "Birthday Gift", "field_type": "varchar"},
        ],
        "organization_fields": [{"field_name": "Tier", "field_type": "enum", "options": ["Gold", "Silver"]}],
        "deal_fields": [],
        "pipelines": [{"id": 1, "name": "Pipeline", "stages": _STAGES}],
        "organizations": _organizations(dice, accounts),
        "persons": persons,
        "deals": _deals(),
        "activities": [_activity(i, *what) for i, what in enumerate(_ACTIVITIES, 1)],
        "notes": [
            {"id": 1, "content": "Knows us from the fair.", "person_id": 1},
            {"id": 2, "content": "Pays on time.", "org_id": 1},
            {"id": 3, "content": "Wants a discount.", "person_id": 20},
        ],
    }  # fmt: skip


def _activity(number: int, subject: str, kind: str) -> Record:
    return {
        "id": number, "subject": subject, "type": kind, "due_date": f"2026-0{number + 2}-10", "done": number % 2 == 0,
        "owner_id": 2 + number % 3, "participants": [{"person_id": number, "primary": True}],
    }  # fmt: skip


def _organizations(dice: Dice, accounts: list[Row]) -> list[Record]:
    """Firms of the source in another case, two with the same folded name, one of another legal form, and strangers."""
    found: list[Record] = [
        {"name": "ACME, Inc", "address": {"value": "1 Old Road, Denver, CO"}, "custom_fields": {"Tier": "Gold"}},
        {"name": "Larkspur Foods, INC"},
        {"name": "Larkspur Foods Ltd."},
    ]
    found += [{"name": accounts[i]["Account Name"].upper()} for i in (10, 20, 30)]
    found += [{"name": accounts[40]["Account Name"]}, {"name": f"  {accounts[40]['Account Name']}".strip().lower()}]
    found.append({"name": accounts[50]["Account Name"]})
    found += [{"name": name} for name in _OTHER_FIRMS]
    for i, record in enumerate(found, 1):
        record |= {"id": i, "owner_id": 1 + i % 4, "add_time": f"202{i % 5}-03-{i:02d}T10:00:00Z"}
        if dice.chance(0.3):
            record.setdefault("custom_fields", {})["Tier"] = "Silver"
    return found


def _persons(dice: Dice, contacts: Contacts) -> list[Record]:
    """40 persons: 12 equal address in another case, 4 equal address under another name, 3 by a second address,
    3 suppressed ones that the source does not have, 18 strangers."""
    same = [p for p in contacts.people[76:99] if p["Email Address"]][:12]
    renamed = [p for p in contacts.people[185:199] if p["Email Address"]][:4]
    second = [contacts.people[index] for index in (21, 22, 23)]
    found: list[Record] = []
    for i, person in enumerate(same):
        record = _person(f"{person['First Name']} {person['Last Name']}", [person["Email Address"].upper()])
        if i % 3 == 0:
            record["custom_fields"] = {"Region": "South", "Segment Score": "A+"}
        if i % 4 == 0:
            record["phones"] = [{"value": "+13035550100", "label": "work", "primary": True}]
        if i % 6 == 1:
            record["org_id"] = 10
        found.append(record)
    for i, person in enumerate(renamed):
        found.append(_person(f"Another Name {'ABCD'[i]}", [person["Email Address"]]))
    for i, person in enumerate(second):
        name = f"{person['First Name']} {person['Last Name']}"
        found.append(_person(name, [f"private{i}@post.example", person["Email Address"].lower()]))
    found.append(_person("Lee Wong", ["lee.wong.home@post.example"]))
    found += [
        _person(name, [address], org_id=10)
        for name, address in zip(("Iris Solo", "Otto Kern", "Mara Quill"), SUPPRESSED_IN_ACCOUNT, strict=True)
    ]
    for i in range(40 - len(found)):
        record = _person(f"Stranger {chr(65 + i)}", [f"stranger.{chr(97 + i)}@tidewater.example"] if i % 5 else [])
        if i % 3 == 0:
            record["org_id"] = 10 + i % 6
            record["phones"] = [{"value": f"+1303555{4000 + i}", "label": "mobile", "primary": True}]
        found.append(record)
    for i, record in enumerate(found, 1):
        record |= {"id": i, "owner_id": 1 + dice.between(0, 3), "add_time": f"202{i % 5}-06-{1 + i % 28:02d}T12:00:00Z"}
    return found


def _person(name: str, addresses: list[str], **more: Any) -> Record:
    emails = [{"value": a, "label": "work" if i == 0 else "home", "primary": i == 0} for i, a in enumerate(addresses)]
    return {"name": name, "emails": emails, **more}


def _deals() -> list[Record]:
    titles = (*DEALS, "Harborline fleet", "Juno kiln")
    return [
        {
            "id": i, "title": title, "org_id": org, "status": "open" if i % 3 else "won", "value": 1000 * i,
            "currency": "USD", "stage_id": 1 + i % 3, "owner_id": 2,
        }
        for i, (title, org) in enumerate(zip(titles, (1, 2, 3, 4, 10, 11), strict=True), 1)
    ]  # fmt: skip
