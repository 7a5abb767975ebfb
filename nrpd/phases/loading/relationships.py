"""Parent companies as relationships of organizations.

A list of them costs 20 tokens for each organization, one by its id 2 (OpenAPI v1, organizationRelationships). So those
that the journal knows are read by id; an organization is asked for its list only where somebody else can have made the
relationship that is wanted: both of its ends stood in the account before this load.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from nrpd.journal import Entry
from nrpd.loader import Finder
from nrpd.loader.plans.organizations import relationships
from nrpd.loader.plans.records import Wanted
from nrpd.phases.loading.base import LoadsBase, Record, conflicts
from nrpd.phases.session import Session
from nrpd.phases.step import Step
from nrpd.pipedrive.account import RELATIONSHIPS, read_relationship, read_relationships
from nrpd.reconcile import reconcile

AT_ONCE = 16
"""Requests under way at once; the burst limit holds them back where it allows fewer."""
PARENT = "parent"
"""The type of the relationships that nrpd makes."""
Pair = tuple[int, int]
"""Ids of the parent and of the daughter."""

RELATIONSHIP_FINDER = Finder(
    key_of=lambda e: e.source_id, keys_of=lambda r: [f"{r['pair'][0]}>{r['pair'][1]}"]
)  # fmt: skip
"""Relationships carry no source id: they are known by parent and daughter."""


class RelationshipLoads(LoadsBase):
    """Loads of relationships, after those of organizations."""

    def __init__(self, step: Step) -> None:
        super().__init__(step)
        self._linked_before = frozenset(self.journal.links_of("organization").values())

    def relationships(self) -> None:
        """Parent companies as organization relationships. One that people took away again is listed, not made anew."""
        step = self.step
        pairs = self._pairs()
        with step.counting("companies"):
            looked_at: set[str] = set()
            there = self._known(looked_at)
            gone = self._proven().intersection(pairs) - there.keys()
            self._report(gone)
            pairs = [pair for pair in pairs if pair not in gone]

            def entries() -> list[Entry]:
                there.update(self._known(looked_at))
                made_now = self._made_now()
                asked = {pair[0] for pair in pairs if pair not in there and made_now.isdisjoint(pair)}
                there.update((pair_of(r), r) for r in parent_relationships(self.session, asked))
                return [self._entry(pair) for pair in pairs if pair not in there]

            step.load(
                entries, "relationship", lambda: lost_relationships(self.session), RELATIONSHIP_FINDER, "relationships"
            )
            there.update(self._known(looked_at))
            self._compare_pairs("companies", pairs, there, len(gone))

    def compare_relationships(self) -> None:
        """Compares those that nrpd made and read back once; what of them is no longer so, people changed."""
        pairs = [pair for pair in self._pairs() if pair in self._proven()]
        there = {pair: one for pair, one in self._known(set()).items() if one.get("type") == PARENT}
        stay = [pair for pair in pairs if pair in there]
        if pairs:
            self._compare_pairs("relationships", stay, there, len(pairs) - len(stay))

    def _pairs(self) -> list[Pair]:
        return relationships(self.step.view, self.journal.links_of("organization"))

    def _compare_pairs(self, object_: str, pairs: Sequence[Pair], there: Mapping[Pair, Record], changed: int) -> None:
        present = {str(pair): {"pair": list(pair)} for pair in there}
        wanted = [Wanted("relationship", str(pair), {"pair": list(pair)}, dest_id=str(pair)) for pair in pairs]
        found = reconcile(object_, wanted, present, {})
        found.fields["pair"].changed_since += changed
        self.step.reconciliations.append(found)

    def _known(self, looked_at: set[str]) -> dict[Pair, Record]:
        """Those of the journal that are in the account, less the ids that were looked at already; adds to these."""
        ids = _live(self.session) - looked_at
        looked_at |= ids
        return {pair_of(r): r for r in _read(self.session, ids)}

    def _proven(self) -> set[Pair]:
        """Those that were read back in a phase that is complete: where one is missing now, people took it away."""
        memory = self.journal.records_of("relationship").values()
        return {
            pair_of(known["written"]) for known in memory
            if known["state"] == "live" and self.journal.completed(known["phase"]) is not None
        }  # fmt: skip

    def _report(self, gone: Iterable[Pair]) -> None:
        rows = [
            {"object": "companies", "source_id": f"{parent}>{daughter}", "record": daughter, "field": "(parent)",
             "source_value": parent, "account_value": "", "why": "people took the relationship away since; kept so"}
            for parent, daughter in sorted(gone)
        ]  # fmt: skip
        conflicts(self.step, "relationships taken away", rows)

    def _made_now(self) -> set[int]:
        """Organizations that this load has made: nobody else can have related them yet."""
        memory = self.journal.records_of("organization")
        return {int(i) for i, known in memory.items() if known["origin"] == "created" and i not in self._linked_before}

    def _entry(self, pair: Pair) -> Entry:
        parent, daughter = pair
        body = {"org_id": parent, "type": PARENT, "rel_owner_org_id": parent, "rel_linked_org_id": daughter}
        return Entry(
            self.step.name, "relationship", f"{parent}>{daughter}", "create", "POST", RELATIONSHIPS, body,
            {"pair": [parent, daughter]},
        )  # fmt: skip


def parent_relationships(session: Session, organization_ids: Iterable[int]) -> list[dict[str, Any]]:
    """The parent relationships of these organizations, read now, each with its `pair`."""
    raw = read_relationships(session.client, sorted(organization_ids))
    return [_paired(r) for r in raw if r.get("type") == PARENT]


def known_relationships(session: Session) -> list[dict[str, Any]]:
    """Those of the journal that are still in the account, read now by their ids, each with its `pair`."""
    return _read(session, _live(session))


def _live(session: Session) -> set[str]:
    memory = session.journal.records_of("relationship")
    return {identity for identity, known in memory.items() if known["state"] == "live"}


def _read(session: Session, ids: Iterable[str]) -> list[dict[str, Any]]:
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="nrpd-read") as pool:
        found = pool.map(partial(read_relationship, session.client), sorted(map(int, ids)))
        return [_paired(r) for r in found if r is not None]


def lost_relationships(session: Session) -> list[dict[str, Any]]:
    """Where writes without a known outcome can have arrived, read now, each with its `pair`: what the parents have of
    those that were to be made, and what the journal knows, of those that were to be deleted."""
    writes = session.journal.open_writes("relationship")
    parents = {int(row.source_id.split(">")[0]) for row in writes if row.verb == "create"}
    known = known_relationships(session) if any(row.verb == "delete" for row in writes) else []
    return [*parent_relationships(session, parents), *known]


def pair_of(record: Record) -> Pair:
    """Parent and daughter of a record that was read here."""
    parent, daughter = record["pair"]
    return parent, daughter


def _paired(raw: Record) -> dict[str, Any]:
    def number(value: Any) -> int:
        return int(value["value"] if isinstance(value, Mapping) else value)

    return {**raw, "pair": (number(raw["rel_owner_org_id"]), number(raw["rel_linked_org_id"]))}
