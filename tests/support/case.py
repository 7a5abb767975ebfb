"""One finished migration as plain data: the source, the account, the decisions and the reports of the run."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from tests.support import expected
from tests.support.readback import Account, Export, Row, addresses_in, folded, read_account, read_export, tidy

SOURCE_ID = "Net-Results ID"


@dataclass
class Case:
    """One finished migration: source, account, decisions and reports."""

    export: Export
    account: Account
    mapping: list[dict[str, Any]]
    quarantined: set[tuple[str, str]]
    """(object, source id)"""
    anonymous: set[str]
    """Every cell of the report of skipped visitors; their ids are among them."""
    zone: ZoneInfo
    before: Account | None = None
    persons: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Contact id → person."""
    organizations: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Account id of the source → organization."""

    def __post_init__(self) -> None:
        self.persons = {i: p for p in self.account.persons.values() for i in source_ids(p)}
        self.organizations = {i: o for o in self.account.organizations.values() for i in source_ids(o)}

    def rows_of(self, person: dict[str, Any]) -> list[Row]:
        """The contact rows of a person, newest first."""
        rows = [self.export.contacts[i] for i in source_ids(person) if i in self.export.contacts]
        return expected.newest_first(rows, self.zone)

    def earlier(self, entity: str, number: int) -> dict[str, Any] | None:
        """The record as it was before the run; None for one that the run made."""
        return getattr(self.before, entity).get(number) if self.before else None

    def person_of(self, row: Row) -> dict[str, Any] | None:
        """The person that a send, member, note or file row names."""
        if tidy(row.get("Contact ID", "")):
            return self.persons.get(tidy(row["Contact ID"]))
        wanted = {folded(a) for a in addresses_in(row.get("Email Address", ""))}
        ids = [
            i for i, c in self.export.contacts.items() if wanted & {folded(a) for a in addresses_in(c["Email Address"])}
        ]
        return next((self.persons[i] for i in ids if i in self.persons), None)


def open_case(
    base_url: str,
    token: str,
    export: Path,
    run_folder: Path,
    customer_folder: Path,
    *,
    delta: Path | None = None,
    before: Account | None = None,
    zone: str = "America/Denver",
) -> Case:
    """Reads everything once."""
    reports = run_folder / "reports"
    return Case(
        export=read_export(export, delta),
        account=read_account(base_url, token),
        mapping=yaml.safe_load((customer_folder / "decisions" / "mapping.yaml").read_text(encoding="utf-8")),
        quarantined={(row["object"], row["source_id"]) for row in report(reports / "quarantine.csv")},
        anonymous={cell for row in report(reports / "skipped_anonymous.csv") for cell in row.values()},
        zone=ZoneInfo(zone),
        before=before,
    )


def report(path: Path) -> list[Row]:
    """A CSV report of the run; empty where there is none."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def source_ids(record: dict[str, Any]) -> list[str]:
    return [i for i in str(record["fields"].get(SOURCE_ID, "")).split("; ") if i]


def emails_of(person: dict[str, Any]) -> list[str]:
    return [email["value"] for email in person.get("emails") or ()]


def organization_of(case: Case, rows: list[Row]) -> dict[str, Any] | None:
    """The organization that contact rows (newest first) name, by id, else by name."""
    number = tidy(expected.cell_of(rows, "Account ID"))
    company = case.export.companies.get(number)
    if company and tidy(company["Account Name"]) != "-":
        return case.organizations.get(number)
    name = next((r["Account Name"] for r in rows if tidy(r["Account Name"]) not in ("", "-")), "")
    if not name:
        return None
    wanted = expected.firm_key(name)
    ids = [i for i, row in case.export.companies.items() if expected.firm_key(row["Account Name"]) == wanted]
    if ids:
        return case.organizations.get(ids[0])
    found = [o for o in case.account.organizations.values() if expected.firm_key(o["name"])[0] == wanted[0]]
    return found[0] if len(found) == 1 else None


def company_rows(case: Case, organization: dict[str, Any]) -> list[Row]:
    rows = [case.export.companies[i] for i in source_ids(organization) if i in case.export.companies]
    return expected.newest_first(rows, case.zone)
