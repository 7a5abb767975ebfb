"""Who is in a customer's evidence: the people of the source and of the account, and those who decided."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from nrpd.errors import BadInput
from nrpd.evidence import Masker
from nrpd.netresults.staged import DESCRIPTION, Staged, load_staged

NAMES = {
    "contacts": ("first_name", "last_name"), "owners": ("name",), "notes": ("author",), "activities": ("author",),
    "files": ("author",),
}  # fmt: skip
PHRASES = {
    "contacts": ("email", "address_1", "address_2", "company_name"),
    "companies": ("name", "domain", "parent_company", "address_1", "address_2"), "suppressions": ("email",),
    "campaign_members": ("email", "company_name"), "email_sends": ("email",), "notes": ("email", "company_name"),
    "activities": ("email", "company_name"), "files": ("email", "company_name"),
}  # fmt: skip
PHONES = {"contacts": ("work_phone", "mobile_phone", "home_phone", "fax"), "companies": ("phone",)}


def masker_of(customer_folder: Path) -> Masker:
    """The masker of a customer, from its staged source. Raises BadInput where that was purged."""
    staged = [load_staged(path.parent) for path in sorted((customer_folder / "staged").rglob(DESCRIPTION))]
    if not staged:
        raise BadInput(
            f"{customer_folder}/staged: the staged source is not there, so nobody knows whose names to mask; make "
            "masked copies before nrpd purge"
        )
    account = _account(customer_folder / "staged" / "account_before.json.gz")
    users = _users(customer_folder / "staged" / "account_settings.json")
    names = [*_cells(staged, NAMES), *users, *_deciders(customer_folder / "decisions")]
    phrases, phones = list(_cells(staged, PHRASES)), list(_cells(staged, PHONES))
    for person in account.get("person", {}).values():
        names.append(str(person.get("name") or ""))
        phrases += _values(person.get("emails"))
        phones += _values(person.get("phones"))
    phrases += [str(organization.get("name") or "") for organization in account.get("organization", {}).values()]
    return Masker(names, phrases, phones)


def _cells(staged: Iterable[Staged], columns: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    for source in staged:
        for object_, wanted in columns.items():
            there = set(source.columns(object_))
            if known := [name for name in wanted if name in there]:
                for batch in source.batches(object_, known):
                    yield from {cell for name in known for cell in batch[name] if cell}


def _account(path: Path) -> dict[str, Any]:
    """What the account held before the first write: entity → id → record."""
    if not path.is_file():
        return {}
    return dict(json.loads(gzip.decompress(path.read_bytes()))["records"])


def _users(path: Path) -> list[str]:
    """Names of the account's users."""
    if not path.is_file():
        return []
    facts = json.loads(path.read_text(encoding="utf-8"))["facts"]
    return [str(user["name"]) for user in facts["users"]]


def _values(items: Any) -> list[str]:
    return [str(item.get("value") or "") if isinstance(item, dict) else str(item) for item in items or ()]


def _deciders(folder: Path) -> Iterator[str]:
    for path in sorted(folder.glob("*.yaml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        for part in content if isinstance(content, list) else [content]:
            by = str(part.get("by") or "") if isinstance(part, dict) else ""
            if by not in ("", "auto", "nrpd"):
                yield by
