"""Reading the account that a rehearsal copies: lists only, each once, and what it will cost said before.

What is copied is what a run reads: the answers themselves are kept, so that the sandbox gives the very same ones. Then
a run there finds the same pages, the same keys and ids, and pays the same tokens for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from nrpd.errors import BudgetSpent
from nrpd.matching.organizations import match_organizations
from nrpd.phases import estimating
from nrpd.phases.discovery import Discovery
from nrpd.phases.session import Session
from nrpd.pipedrive.account import (
    FIELD_PATHS,
    OTHER_FIELD_PATHS,
    PATHS,
    RELATIONSHIPS,
    read_files,
    read_notes,
    read_relationships,
)
from nrpd.pipedrive.client import Answer, Client
from nrpd.pipedrive.costs import cost_of
from nrpd.pipedrive.ledger import LedgerState, TokenLedger

SETTINGS = (
    "/api/v1/users/me", "/api/v1/users", *FIELD_PATHS.values(), "/api/v1/activityTypes", "/api/v2/pipelines",
    "/api/v2/stages", "/api/v1/billing/subscriptions/addons", *OTHER_FIELD_PATHS.values(),
)  # fmt: skip
"""What says how the account is set up; each comes on one page."""
ATTACHED = {"notes": ("/api/v1/notes", 500), "files": ("/api/v1/files", 100)}
"""Object of the source → the list that a run with such objects reads, and the records of a page."""
PAGE = 500


class Listening(Client):
    """A client that keeps what it was answered: path → the items of a list, or the one object."""

    @cached_property
    def heard(self) -> dict[str, Any]:
        """Everything answered so far."""
        return {}

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Answer:
        """`Client.get`; keeps an object."""
        answer = super().get(path, params)
        if isinstance(answer.data, dict):
            self.heard[path] = answer.data
        return answer

    def list(self, path: str, params: Mapping[str, Any] | None = None, page: int = PAGE) -> Iterator[dict[str, Any]]:
        """`Client.list`; keeps the items. A list read anew replaces what was kept, one by organization adds to it."""
        kept = self.heard.get(path, []) if path == RELATIONSHIPS else []
        self.heard[path] = kept
        for item in super().list(path, params, page):
            kept.append(item)
            yield item


class Copying(Session):
    """A session that keeps what the account answers."""

    client_type = Listening

    @property
    def heard(self) -> dict[str, Any]:
        """Path of the API → what it answered, as the fixture of a sandbox takes it."""
        assert isinstance(self.client, Listening)
        return self.client.heard

    @cached_property
    def step(self) -> Discovery:
        """The source, staged and profiled, without being a run of its phase."""
        step = Discovery(self, self.workspace.folder, "hand", record=False)
        step.stage_only()
        return step

    @property
    def ledger(self) -> TokenLedger:
        """The account's tokens of the day, on which the copy is charged."""
        ledger = self.client.limits.ledger
        assert ledger is not None
        return ledger

    def spent_today(self) -> LedgerState:
        """What was spent of today's tokens."""
        return self.ledger.state()

    def attached(self) -> list[tuple[str, int]]:
        """Lists of notes and files, with their page size, where the source has such and they move."""
        if not self.parameters.policies.files_and_notes:
            return []
        return [found for object_, found in ATTACHED.items() if self.step.tables.of(object_)]

    def read_all(self) -> None:
        """Reads everything that a run will read."""
        assert self.facts is not None
        assert self.other_fields is not None
        for entity in PATHS:
            self.records(entity)
        for path, _ in self.attached():
            (read_notes if path == ATTACHED["notes"][0] else read_files)(self.client)
        read_relationships(self.client, sorted(self._parents()))

    def _parents(self) -> set[int]:
        """Organizations that a run will ask for their daughters and that are there already."""
        view = estimating.view_of(self.step)
        linked = {source_id: int(dest) for source_id, dest in self.journal.links_of("organization").items()}
        organizations = list(self.records("organization").values())
        matches = match_organizations(view.companies.companies, organizations, linked, view.decided)
        place = {match.source_id: match.organization_id for match in matches}
        pairs = [(place.get(parent), place.get(daughter)) for parent, daughter in view.companies.relationships]
        return {parent for parent, daughter in pairs if parent is not None and daughter is not None}


@dataclass(frozen=True)
class Cost:
    """Tokens: what the copy costs at most, the look at its size included; what could be spent today before it; and
    what a whole day gives."""

    most: int
    left: int
    cap: int


def cost_of_copy(session: Copying) -> Cost:
    """What the copy will cost at most: the API counts no records, but no list is longer than its newest id."""
    client, before = session.client, session.client.usage.snapshot()
    most = sum(cost_of("GET", path) for path in SETTINGS)
    newest: dict[str, Any] = {"limit": 1, "sort_by": "id", "sort_direction": "desc"}
    for path in PATHS.values():
        most += _pages(client.get(path, newest), PAGE) * cost_of("GET", path)
    for path, page in session.attached():
        most += _pages(client.get(path, {"limit": 1, "sort": "id DESC"}), page) * cost_of("GET", path)
    parents = {row.get("parent_company") for row in session.step.tables.of("companies")} - {"", None}
    most += len(parents) * cost_of("GET", RELATIONSHIPS)
    looked = (client.usage.snapshot() - before).tokens
    state = session.spent_today()
    return Cost(looked + most, looked + state.left, state.cap)


def _pages(answer: Answer, page: int) -> int:
    items = answer.data or [{}]
    return max(1, -(-int(items[0].get("id") or 0) // page))


def require_budget(session: Copying, cost: Cost) -> None:
    """Raises BudgetSpent, before anything is copied, where today's tokens might not do."""
    if cost.most <= cost.left:
        return
    resume_at = session.ledger.resume_at()
    what = f"rehearse: the copy may need {cost.most:,} tokens, {cost.left:,} of today's were left; nothing was copied."
    if cost.most > cost.cap:
        how = f"A whole day gives {cost.cap:,}: raise destination.daily_token_share, then run again."
    else:
        how = f"Run the same command again after {resume_at:%Y-%m-%d %H:%M} UTC."
    raise BudgetSpent(f"{what}\n{how}", resume_at)
