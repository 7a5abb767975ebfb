"""Relationships that people made between organizations: they hold the organizations of nrpd that they join.

The API gives them only organization by organization, at 20 tokens (OpenAPI v1, organizationRelationships). So only an
organization that nothing else holds is asked, and once: in the plan where there are few; else just before it would be
deleted, so that no day's tokens go into answers that are old when they are needed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from nrpd.loader.plans.undo import CREATED, KEPT, Undo
from nrpd.phases.hung_counts import HungCounts
from nrpd.phases.loading.relationships import AT_ONCE
from nrpd.pipedrive.account import RELATIONSHIPS, read_relationships
from nrpd.pipedrive.costs import cost_of

IN_PLAN = 250
"""Organizations that a plan asks: 5,000 tokens, a sixth of the smallest daily budget there is."""


class Related(HungCounts):
    """Asks organizations for what people related to them."""

    _asked: frozenset[str] = frozenset()
    """Organizations that were asked in this process."""

    def _related_in_plan(self, undos: Sequence[Undo]) -> list[Undo]:
        """The plan for organizations, those that people related to others kept, where few enough are to be asked."""
        return self._unless_related(undos) if len(_going(undos)) <= IN_PLAN else list(undos)

    def _in_turn(self, undos: Sequence[Undo]) -> Iterator[list[Undo]]:
        """The organizations some at a time, each asked before it is deleted."""
        for start in range(0, len(undos), IN_PLAN):
            yield self._unless_related(undos[start : start + IN_PLAN])

    def _asking_cost(self, undos: Sequence[Undo]) -> int:
        """Tokens for asking the organizations that would be deleted."""
        return len(_going(undos) | self._asked) * cost_of("GET", RELATIONSHIPS)

    def _unless_related(self, undos: Sequence[Undo]) -> list[Undo]:
        ask = sorted(_going(undos) - self._asked, key=int)
        ours = self._ours("relationship")
        self._asked |= set(ask)
        done = 0
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="nrpd-read") as pool:
            for identity, found in zip(
                ask, pool.map(lambda i: read_relationships(self.session.client, [int(i)]), ask), strict=True
            ):
                for item in found:
                    if str(item["id"]) not in ours:
                        self._hung["organization", identity].add(f"relationship {item['id']}")
                done += 1
                self.progress(done, len(ask), "organizations asked for relationships")
        return [self._held(u) for u in undos]

    def _held(self, undo: Undo) -> Undo:
        words = self._hung["organization", undo.dest_id] if undo.verb == CREATED else ()
        return replace(undo, verb=KEPT, why=f"people attached {', '.join(sorted(words))}") if words else undo


def _going(undos: Collection[Undo]) -> set[str]:
    return {u.dest_id for u in undos if u.verb == CREATED}
