"""Reads the demo's export and a Pipedrive account, sharing no code with nrpd: csv, openpyxl and httpx only.

The export is read by the file names and labels that `tests/demo/generate.py` writes. The account is read over HTTP
(API v2, and v1 for what v2 does not have) and given back with the names of fields, options and nothing of its keys.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import openpyxl

Row = dict[str, str]

INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
ADDRESS = re.compile(r"[^\s<>;,|]+@[^\s<>;,|]+")


def tidy(text: str) -> str:
    """Without invisible characters and without white space around it."""
    return INVISIBLE.sub("", text).strip()


def folded(address: str) -> str:
    return unicodedata.normalize("NFKC", tidy(address)).casefold()


def addresses_in(cell: str) -> list[str]:
    return ADDRESS.findall(tidy(cell))


def moment(text: str, zone: ZoneInfo) -> datetime | None:
    """A written time as UTC; without an offset it is in `zone`. None for a blank or a time that cannot be read."""
    text = tidy(text).replace("Z", "+00:00")
    for form in ("%m/%d/%Y", "%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M:%S"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=zone).astimezone(UTC)
        except ValueError:
            pass
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (read if read.tzinfo else read.replace(tzinfo=zone)).astimezone(UTC)


@dataclass
class Export:
    """The source as it is after the delta, if there is one: rows by header, the last word on each id."""

    contacts: dict[str, Row] = field(default_factory=dict)
    companies: dict[str, Row] = field(default_factory=dict)
    sends: dict[str, Row] = field(default_factory=dict)
    suppressions: list[Row] = field(default_factory=list)
    campaigns: dict[str, Row] = field(default_factory=dict)
    members: list[Row] = field(default_factory=list)
    notes: list[Row] = field(default_factory=list)
    files: list[Row] = field(default_factory=list)
    torn: dict[str, int] = field(default_factory=dict)
    """File → records whose length is not the header's."""


def read_export(folder: Path, delta: Path | None = None) -> Export:
    """The export, with the delta (changed since) laid over it: a blank cell of the delta changes nothing."""
    export = Export()
    export.contacts = {row["Contact ID"]: row for row in _rows(export, folder / "contacts.csv")}
    export.companies = {row["Account ID"]: row for row in _sheet(folder / "accounts.xlsx")}
    export.sends = {row["Send ID"]: row for row in _rows(export, folder / "email_sends.csv")}
    export.suppressions = list(_rows(export, folder / "suppressions.csv"))
    export.campaigns = {row["Campaign ID"]: row for row in _rows(export, folder / "campaigns.csv", ";")}
    export.members = list(_rows(export, folder / "campaign_members.csv"))
    export.notes = list(_rows(export, folder / "notes.csv"))
    export.files = list(_rows(export, folder / "files.csv"))
    if delta:
        for row in _rows(export, delta / "contacts.csv"):
            filled = {header: cell for header, cell in row.items() if cell}
            export.contacts[row["Contact ID"]] = export.contacts.get(row["Contact ID"], row) | filled
        export.suppressions += _rows(export, delta / "suppressions.csv")
    return export


def _rows(export: Export, path: Path, delimiter: str = ",") -> Iterator[Row]:
    if not path.is_file():
        return
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter)
        header = next(reader)
        for cells in reader:
            if len(cells) == len(header):
                yield dict(zip(header, cells, strict=True))
            else:
                export.torn[path.name] = export.torn.get(path.name, 0) + 1


def _sheet(path: Path) -> Iterator[Row]:
    if not path.is_file():
        return
    lines = openpyxl.load_workbook(path).active.iter_rows(values_only=True)
    header = [str(cell) for cell in next(lines)]
    for cells in lines:
        yield dict(zip(header, map(_text, cells), strict=True))


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        cell = cell.replace(microsecond=0)
        return cell.date().isoformat() if cell.time() == datetime.min.time() else cell.isoformat(" ")
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)


@dataclass
class Account:
    """What the account holds and is not deleted. Custom values stand in `fields`, by field name, options as labels."""

    persons: dict[int, dict[str, Any]]
    organizations: dict[int, dict[str, Any]]
    deals: dict[int, dict[str, Any]]
    activities: dict[int, dict[str, Any]]
    notes: list[dict[str, Any]]
    files: list[dict[str, Any]]
    users: dict[int, dict[str, Any]]
    field_names: dict[str, list[str]]
    """Entity → names of its custom fields, repeated where two have the same."""
    relationships: set[tuple[int, int]] = field(default_factory=set)
    """(parent organization, daughter organization)"""


def read_account(base_url: str, token: str) -> Account:
    """The whole account over HTTP. Reads only."""
    with httpx.Client(base_url=base_url, headers={"x-api-token": token}, timeout=60) as client:
        definitions = {e: list(_v2(client, f"/api/v2/{e}Fields")) for e in ("person", "organization", "deal")}
        account = Account(
            persons=_records(client, "/api/v2/persons", definitions["person"]),
            organizations=_records(client, "/api/v2/organizations", definitions["organization"]),
            deals=_records(client, "/api/v2/deals", definitions["deal"]),
            activities=_records(client, "/api/v2/activities", []),
            notes=[n for n in _v1(client, "/api/v1/notes") if n.get("active_flag", True)],
            files=[f for f in _v1(client, "/api/v1/files") if f.get("active_flag", True)],
            users={u["id"]: u for u in _v1(client, "/api/v1/users", paged=False)},
            field_names={e: _custom_names(own) for e, own in definitions.items()},
        )
        for number in account.organizations:
            account.relationships |= _relationships(client, number)
        return account


def _records(client: httpx.Client, path: str, definitions: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    return {r["id"]: _named(r, definitions) for r in _v2(client, path) if not r.get("is_deleted")}


def _custom_names(definitions: list[dict[str, Any]]) -> list[str]:
    return [d["field_name"] for d in definitions if d.get("is_custom_field")]


def _named(record: dict[str, Any], definitions: list[dict[str, Any]]) -> dict[str, Any]:
    values = record.get("custom_fields") or {}
    found: dict[str, Any] = {}
    for definition in definitions:
        value = values.get(definition["field_code"])
        if not definition.get("is_custom_field") or value in (None, "", []):
            continue
        labels = {option["id"]: option["label"] for option in definition.get("options") or ()}
        if definition["field_type"] == "enum":
            value = labels.get(value, f"option {value} is not there")
        elif definition["field_type"] == "set":
            value = sorted(labels.get(v, f"option {v} is not there") for v in value)
        found[definition["field_name"]] = value
    return record | {"fields": found}


def _v2(client: httpx.Client, path: str) -> Iterator[dict[str, Any]]:
    cursor: str | None = None
    while True:
        answer = _get(client, path, {"limit": 500} | ({"cursor": cursor} if cursor else {}))
        yield from answer.get("data") or ()
        cursor = (answer.get("additional_data") or {}).get("next_cursor")
        if not cursor:
            return


def _v1(client: httpx.Client, path: str, *, paged: bool = True) -> Iterator[dict[str, Any]]:
    start = 0
    while True:
        answer = _get(client, path, {"start": start, "limit": 100} if paged else {})
        yield from answer.get("data") or ()
        page = (answer.get("additional_data") or {}).get("pagination") or {}
        if not paged or not page.get("more_items_in_collection"):
            return
        start = page["next_start"]


def _relationships(client: httpx.Client, number: int) -> set[tuple[int, int]]:
    found = set()
    for item in _get(client, "/api/v1/organizationRelationships", {"org_id": number}).get("data") or ():
        ends = []
        for key in ("rel_owner_org_id", "rel_linked_org_id"):
            end = item.get(key)
            ends.append(int(end.get("value", end.get("id", 0)) if isinstance(end, dict) else end or 0))
        if item.get("type") == "parent" and 0 not in ends:
            found.add((ends[0], ends[1]))
    return found


def _get(client: httpx.Client, path: str, parameters: dict[str, Any]) -> dict[str, Any]:
    answer = client.get(path, params=parameters)
    if answer.status_code != 200:
        raise AssertionError(f"GET {path} was answered with {answer.status_code}: {answer.text[:200]}")
    return dict(answer.json())
