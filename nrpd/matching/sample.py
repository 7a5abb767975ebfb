"""The sample: people who between them show every field, value, owner, suppression reason and oddity."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from nrpd.matching.contacts import MergedContact
from nrpd.matching.duplicates import PersonMatch
from nrpd.matching.owners import owner_key
from nrpd.matching.rows import fold_text
from nrpd.matching.sends import Send
from nrpd.matching.suppression import Ledger
from nrpd.netresults.records import visible

LONG = 255
"""Characters above which a text no longer fits a short field."""


@dataclass(frozen=True)
class Sample:
    """Keys of the chosen people, in the order chosen, and what they show; `missed`: what did not fit into the size."""

    keys: tuple[str, ...]
    shows: Mapping[str, str]
    """Feature → key of one person that shows it."""
    missed: tuple[str, ...] = ()


def features(
    person: MergedContact,
    *,
    ledger: Ledger,
    match: PersonMatch | None = None,
    sends: Sequence[Send] = (),
    dropdowns: Mapping[str, str] | None = None,
    company: str | None = None,
) -> set[str]:
    """What one person shows, as `field:…`, `value:…`, `owner:…`, `suppression:…`, `match:…`, `send:…`, `odd:…`.

    `dropdowns`: columns with few values → separator of their parts (blank: one value); each value counts.
    """
    found = {f"field:{column}" for column in person.values}
    for column, separator in (dropdowns or {}).items():
        cell = person.values.get(column, "")
        for part in cell.split(separator) if separator else [cell]:
            if text := fold_text(part):
                found.add(f"value:{column}={text}")
    found.add(f"owner:{owner_key(person.values.get('owner_email', ''))}")
    for entry in ledger.of(person.addresses, person.ids):
        found |= {f"suppression:{reason}" for reason in entry.reasons}
        found.add("suppression:some lists" if entry.lists else "suppression:all mail")
        found.add("suppression:dated" if entry.date else "suppression:undated")
    if match is not None:
        found.add(f"match:{match.reason}")
        found |= {name for name, yes in _odd_match(match).items() if yes}
    found |= {f"send:{send.status}" for send in sends}
    if company is not None:
        found.add("company:by name" if company.startswith("name:") else "company:by record")
    return found | {f"odd:{name}" for name, yes in _oddities(person).items() if yes}


def _odd_match(match: PersonMatch) -> dict[str, bool]:
    return {
        "odd:several candidates": len(match.candidates) > 1,
        "odd:other name in the account": match.name_differs,
        "odd:address held by another person": bool(match.withheld),
    }


def _oddities(person: MergedContact) -> dict[str, bool]:
    texts = list(person.values.values())
    return {
        "no e-mail": not person.addresses,
        "several addresses": len(person.addresses) > 1,
        "several contacts": len(person.rows) > 1,
        "conflict": bool(person.conflicts),
        "no name": not person.name,
        "no company": not {"company_id", "company_name"} & person.values.keys(),
        "not ASCII": any(not t.isascii() for t in texts),
        "long text": any(len(t) > LONG for t in texts),
        "line break": any("\n" in t.strip() for t in texts),
        "HTML entity": any("&" in t and ";" in t for t in texts),
        "invisible characters": any(visible(t) != t.strip() for t in texts),
        "leading zero": any(t.startswith("0") and len(t) > 1 and t.isdigit() for t in texts),
        "formula": any(t.lstrip().startswith(("=", "@")) for t in texts),
        "null word": any(t.strip().casefold() in {"null", "none", "na", "nan", "n/a"} for t in texts),
    }


def choose(shown: Mapping[str, Collection[str]], size: int) -> Sample:
    """Chooses `size` keys (all, where there are fewer) that together show every feature, the rarest first.

    `shown`: key → features. The rest is filled up by a fixed hash of the key, so that it is spread over all people and
    the same in every run. Raises ValueError for a size below 1.
    """
    if size < 1:
        raise ValueError(f"sample size {size}: at least 1 is needed")
    holders: dict[str, int] = defaultdict(int)
    best: dict[str, tuple[int, str]] = {}
    for key, own in shown.items():
        rank = (-len(own), key)
        for feature in own:
            holders[feature] += 1
            best[feature] = min(best.get(feature, rank), rank)
    chosen: dict[str, None] = {}
    shows: dict[str, str] = {}
    missed: list[str] = []
    for feature in sorted(best, key=lambda f: (holders[f], f)):
        if feature in shows:
            continue
        if len(chosen) == size:
            missed.append(feature)
            continue
        key = best[feature][1]
        chosen[key] = None
        for other in shown[key]:
            shows.setdefault(other, key)
    for key in _spread(shown):
        if len(chosen) == size:
            break
        chosen.setdefault(key)
    return Sample(tuple(chosen), dict(sorted(shows.items())), tuple(sorted(missed)))


def _spread(keys: Iterable[str]) -> list[str]:
    return sorted(keys, key=lambda k: (hashlib.sha256(k.encode()).digest(), k))
