"""What all loads share: reading anew, settled rows, the finders of lost writes, and the conflicts report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from nrpd.journal import Entry, RowOutcome
from nrpd.loader import Finder
from nrpd.loader.plans.activities import Places, activity_keys
from nrpd.loader.plans.records import Plan
from nrpd.loader.source_view import row_outcomes
from nrpd.mapping.transforms import NOTE
from nrpd.matching.duplicates import addresses_of, source_ids
from nrpd.matching.rows import where
from nrpd.phases.growing import grow
from nrpd.phases.step import Step

Record = Mapping[str, Any]

Only = frozenset[str] | None


def _address_keys(record: Record) -> list[str]:
    return list(addresses_of(record))


PERSON_FINDER = Finder(
    key_of=lambda entry: entry.source_id,
    keys_of=lambda record: [*source_ids(record), *_address_keys(record)],
)
ORGANIZATION_FINDER = Finder(key_of=lambda entry: entry.source_id, keys_of=source_ids)
ACTIVITY_FINDER = Finder(key_of=lambda entry: entry.source_id, keys_of=activity_keys)


class LoadsBase:
    """Shared by the loads of one step."""

    def __init__(self, step: Step) -> None:
        self.step = step
        self.session = step.session
        self.journal = step.journal

    def _fresh(self, entity: str) -> Callable[[], Iterable[Record]]:
        """Reads the account's records of an entity anew."""

        def read() -> Iterable[Record]:
            self.step.refresh(entity)
            return list(self.session.records(entity).values())

        return read

    def _write(self, entries: Callable[[], Sequence[Entry]], entity: str, finder: Finder, what: str) -> None:
        """Writes what is planned; in a read-only repetition there must be nothing to write."""
        self.step.load(entries, entity, self._fresh(entity), finder, what)

    def _settle(self, object_: str, outcomes: Any, only: Only) -> None:
        """Rows that are settled before any write. A sample counts only the rows of its own records."""
        if only is None:
            self.journal.put_outcomes(self.step.name, self.step.view.standing_outcomes(object_, outcomes))

    def _mapped(self, entity: str) -> list[str]:
        return list(
            dict.fromkeys(
                r.target.field
                for r in self.step.mapping
                if r.target.entity == entity and r.transform not in ("fixed", NOTE)
            )
        )

    def _taken(
        self, object_: str, rows: Iterable[Mapping[str, str]], done: set[tuple[str, int]]
    ) -> Iterable[RowOutcome]:
        return row_outcomes(object_, [row for row in rows if where(row) in done], "created")

    def policy(self) -> Any:
        """`policies.activities` as the matching rules take it."""
        policy: Any = self.step.parameters.policies.activities
        return {"since": policy.since} if hasattr(policy, "since") else policy

    def type_key(self, name: str) -> str:
        """The key of an activity type by its name; blank where the account has none."""
        return next(
            (t.key for t in self.session.facts.activity_types if t.active and t.name.casefold() == name.casefold()), ""
        )

    def places(self) -> Places:
        """Where persons and organizations of the source stand in the account."""
        step = self.step
        return Places(
            step.view, self.journal.links_of("person"), self.journal.links_of("organization"),
            lambda cell: step.owners.user_of("email_sends", cell),
        )  # fmt: skip


def conflicts(step: Step, part: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Replaces one part of `reports/conflicts` for this phase."""
    grow(step.journal, step.reports, "conflicts", step.name, part, rows, read_only=not step.counts)


def report_kept(step: Step, plan: Plan) -> None:
    """Values of the account that stay although the source says otherwise."""
    for entity in sorted({row["object"] for row in plan.kept}):
        conflicts(step, f"kept {entity}", [row for row in plan.kept if row["object"] == entity])
