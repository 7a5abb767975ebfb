"""How much a migration moves: what the source and the account hold, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Part:
    """Records that one stretch of work writes: those of the sample, or those of the delta."""

    persons: int = 0
    organizations: int = 0
    sends: Mapping[str, int] = field(default_factory=dict)
    """Per activity policy."""
    changed: Mapping[str, int] = field(default_factory=dict)
    """Entity → how many of them are there already and only change."""


@dataclass(frozen=True)
class Volumes:
    """How many records there are, and what is to be written.

    `organizations` and `persons` are those that the source becomes after folding; of them `adopted_*` are already in
    the account and are patched instead of created. `activities` gives the sends per policy (`all`, `engaged`, `since`;
    `summary` writes none). `existing` counts what the account holds now, per entity.
    """

    source: Mapping[str, int]
    organizations: int = 0
    persons: int = 0
    adopted_organizations: int = 0
    adopted_persons: int = 0
    activities: Mapping[str, int] = field(default_factory=dict)
    deals_updated: int = 0
    relationships: int = 0
    parents: int = 0
    """Organizations whose relationships are asked for by a request of their own: others are to belong to them, and
    both stand in the account before 07_organizations makes the rest."""
    notes: int = 0
    files: int = 0
    memberships: int = 0
    """Campaign memberships that become activities; 0 where they become fields."""
    other_activities: int = 0
    """Activities of the source itself (calls, tasks), moved under every policy."""
    new_fields_of: Mapping[str, int] = field(default_factory=dict)
    """Entity → custom fields that have to be made."""
    changed_options_of: Mapping[str, int] = field(default_factory=dict)
    """Entity → existing fields that get new options: one request each."""
    new_send_type: bool = False
    """The activity type of sends has to be made."""
    new_activity_types: int = 0
    """Others that have to be made."""
    new_pipelines: int = 0
    new_stages: int = 0
    pipelines_with_new_stages: int = 0
    suppressed: int = 0
    """Persons that are suppressed once all is loaded."""
    made_for_addresses: int = 0
    """Persons that are made for suppressed addresses that nobody has."""
    flagged_existing: int = 0
    """Persons of the account that are flagged as suppressed although no contact becomes them."""
    deals_named: bool = False
    """Members of campaigns name deals, so deals are read along with campaigns."""
    existing: Mapping[str, int] = field(default_factory=dict)
    sample: Part = Part()
    delta: Part = Part()
    """What the export after the freeze adds or changes."""
    folded: Mapping[str, int] = field(default_factory=dict)
    """Entity → records that get a note with the fields that the plan has no room for."""
    delta_known: bool = False
    """There is such an export already."""

    @property
    def records(self) -> int:
        """Source rows of all objects."""
        return sum(self.source.values())

    @property
    def new_fields(self) -> int:
        """Custom fields that have to be made, all entities together."""
        return sum(self.new_fields_of.values())

    def sends(self, policy: str) -> int:
        """Activities that the sends of the source become under a policy."""
        return 0 if policy == "summary" else self.activities.get(policy, 0)
