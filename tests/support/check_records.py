"""Persons and organizations: there once, linked rightly, with the right values. Each check gives its problems."""

from __future__ import annotations

from collections import Counter
from typing import Any
from zoneinfo import ZoneInfo

from tests.support import expected
from tests.support.case import SOURCE_ID, Case, company_rows, emails_of, organization_of, source_ids
from tests.support.readback import Row, addresses_in, folded, moment, tidy

UTC = ZoneInfo("UTC")


def check_addresses(case: Case) -> list[str]:
    """No two persons share an address."""
    held = Counter(a for p in case.account.persons.values() for a in {folded(e) for e in emails_of(p)})
    return [f"{count} persons have the address {address}" for address, count in held.items() if count > 1]


def check_contacts(case: Case) -> list[str]:
    """Every contact is on exactly one person, or kept out with its reason; every address of it is on that person."""
    problems = []
    places = Counter(i for p in case.account.persons.values() for i in source_ids(p))
    for number, row in case.export.contacts.items():
        out = ("contacts", number) in case.quarantined or number in case.anonymous
        if places[number] != (0 if out else 1):
            problems.append(f"contact {number} is on {places[number]} persons" + (" though kept out" if out else ""))
        elif not out:
            missing = set(addresses_in(row["Email Address"])) - set(emails_of(case.persons[number]))
            if {folded(a) for a in missing} - {folded(a) for a in emails_of(case.persons[number])}:
                problems.append(f"contact {number}: the person lacks {sorted(missing)}")
    problems += [f"a person has the unknown source id {i}" for i in places if i not in case.export.contacts]
    for person in case.account.persons.values():
        wanted = [row["Contact ID"] for row in case.rows_of(person)]
        if source_ids(person) != wanted and len(wanted) == len(source_ids(person)):
            problems.append(f"person {person['id']}: source ids {source_ids(person)}, newest first is {wanted}")
    return problems


def check_companies(case: Case) -> list[str]:
    """Every account of the source is on exactly one organization, but `-`, or kept out; named firms are there once."""
    problems = []
    places = Counter(i for o in case.account.organizations.values() for i in source_ids(o))
    for number, row in case.export.companies.items():
        out = ("companies", number) in case.quarantined or tidy(row["Account Name"]) == "-"
        if places[number] != (0 if out else 1):
            problems.append(f"account {number} is on {places[number]} organizations")
    recorded = {expected.firm_key(row["Account Name"])[0] for row in case.export.companies.values()}
    named = {
        expected.firm_key(r["Account Name"])[0]
        for r in case.export.contacts.values()
        if tidy(r["Account Name"]) not in ("", "-")
    }
    held = Counter(expected.firm_key(o["name"])[0] for o in case.account.organizations.values())
    problems += [
        f"firm {name!r} of contacts is there {held[name]} times" for name in sorted(named - recorded) if held[name] != 1
    ]
    problems += [
        f"organization {o['id']} is named '-'" for o in case.account.organizations.values() if tidy(o["name"]) == "-"
    ]
    return problems


def check_links(case: Case) -> list[str]:
    """Persons hang on the right organizations; parent accounts are relationships."""
    problems = []
    for person in case.account.persons.values():
        rows, old = case.rows_of(person), case.earlier("persons", person["id"])
        if not rows or (old and old.get("org_id")):
            if old and old.get("org_id") != person.get("org_id"):
                problems.append(f"person {person['id']}: organization changed though it had one")
            continue
        wanted = organization_of(case, rows)
        if person.get("org_id") != (wanted["id"] if wanted else None):
            name = wanted["name"] if wanted else None
            problems.append(
                f"person {person['id']} ({source_ids(person)}): org_id {person.get('org_id')} is not {name!r}"
            )
    for number, row in case.export.companies.items():
        child = case.organizations.get(number)
        if tidy(row.get("Parent Account", "")) and child:
            parents = {p for p, c in case.account.relationships if c == child["id"]}
            names = {expected.firm_key(case.account.organizations[p]["name"]) for p in parents}
            if expected.firm_key(row["Parent Account"]) not in names:
                problems.append(f"account {number}: no parent {row['Parent Account']!r}")
    return problems


def check_owners(case: Case) -> list[str]:
    """The owner is the active user with that e-mail, else the token's user; records that were there keep theirs."""
    users = {folded(u["email"]): u["id"] for u in case.account.users.values() if u["active_flag"]}
    default = next(u["id"] for u in case.account.users.values() if u.get("is_you"))
    problems = []
    for entity, header in (("persons", "Contact Owner"), ("organizations", "Account Owner")):
        for record in getattr(case.account, entity).values():
            rows = case.rows_of(record) if entity == "persons" else company_rows(case, record)
            old = case.earlier(entity, record["id"])
            wanted = old["owner_id"] if old else users.get(folded(expected.cell_of(rows, header)), default)
            if (rows or old) and record["owner_id"] != wanted:
                problems.append(f"{entity} {record['id']}: owner {record['owner_id']}, not {wanted}")
    return problems


def check_values(case: Case) -> list[str]:
    """Every mapped column of every contact and account has the right value; what stood there before still stands."""
    problems = []
    for name, names in case.account.field_names.items():
        problems += [f"{count} fields of {name}s are called {n!r}" for n, count in Counter(names).items() if count > 1]
    for object_, entity, attribute in (
        ("contacts", "person", "persons"),
        ("companies", "organization", "organizations"),
    ):
        columns = [m for m in case.mapping if m["object"] == object_ and m["target"]["entity"] == entity]
        columns = [m for m in columns if m["transform"] not in ("skip", "fixed")]
        for record in getattr(case.account, attribute).values():
            rows = case.rows_of(record) if entity == "person" else company_rows(case, record)
            if rows:
                wrong = _wrong_values(case, attribute, columns, rows, record)
                problems += [f"{entity} {record['id']}: {p}" for p in wrong]
    silent = [m for m in case.mapping if m["transform"] == "skip" and not m["reason"]]
    return problems + [f"{m['object']}.{m['source']}: skipped without a reason" for m in silent]


def _wrong_values(
    case: Case, attribute: str, columns: list[dict[str, Any]], rows: list[Row], record: dict[str, Any]
) -> list[str]:
    old = case.earlier(attribute, record["id"])
    problems = []
    for column in columns:
        name, kind = column["target"]["field"], column["target"]["type"]
        if name in ("org_id", "owner_id", SOURCE_ID, "relationship", "emails"):
            continue  # other checks
        value = record["fields"].get(name, record.get(name))
        kept = old and old["fields"].get(name, old.get(name))
        if kept:
            if name != "phones" and value != kept:
                problems.append(f"{name} was {kept!r} before and is {value!r}")
        elif name == "name":
            if attribute == "persons" and not expected.name_is_right(rows, value, emails_of(record)):
                problems.append(f"name {value!r} is not that of {[(r['First Name'], r['Last Name']) for r in rows]}")
            if (
                attribute == "organizations"
                and rows[0]["Account Name"]
                and value != expected.plain(rows[0]["Account Name"])
            ):
                problems.append(f"name {value!r} is not {rows[0]['Account Name']!r}")
        elif name == "add_time":
            if not old and _time(value) != min(
                filter(None, (_time(r["Created Date"], case.zone) for r in rows)), default=None
            ):
                problems.append(f"add_time {value!r} is not the creation of the source")
        elif name in ("address", "postal_address") or kind == "address":
            if not expected.address_is_right(rows, value):
                problems.append(f"{name} is {value!r}")
        else:
            problems += _wrong_cell(case, column, rows, record, value)
    return problems


def _time(text: Any, zone: ZoneInfo = UTC) -> Any:
    return moment(str(text or ""), zone)


def _wrong_cell(case: Case, column: dict[str, Any], rows: list[Row], record: dict[str, Any], value: Any) -> list[str]:
    header, name, kind = column["source"], column["target"]["field"], column["target"]["type"]
    if name == "Lists" or column["type"] == "multiselect":
        cell = "; ".join(r[header] for r in rows if tidy(r.get(header, "")))
    else:
        cell = expected.cell_of(rows, header)
    if not tidy(cell):
        return [] if value in (None, "", []) or name == "phones" else [f"{name} is {value!r}, the source is blank"]
    if name == "phones":
        values = [phone["value"] for phone in record.get("phones") or ()]
        return [] if expected.phone_is_right(cell, values) else [f"phone {cell!r} is not in {values}"]
    if expected.custom_is_right(cell, kind, column["type"], value, case.zone):
        return []
    return [f"{name} is {value!r}, the source has {cell!r}"]
