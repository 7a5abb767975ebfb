"""What has to be read and written in each phase, as requests of one cost.

Token costs are those of Pipedrive's OpenAPI documents (`x-token-cost`): a v2 list of up to 500 records 10, a v2 create
or patch 5, a v1 list 20, a v1 write 10. The account is read by lists, once before and once after each load.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil

PAGE, IDS = 500, 100
"""Records of a list page; ids of one list by ids."""
LIST, LIST_V1, WRITE, WRITE_V1 = 10, 20, 5, 10
"""Tokens per request."""
DEAREST = 20
"""The dearest request that a run sends."""

PHASES = (
    "01_discovery", "02_mapping", "03_owners", "04_schema", "05_suppression", "06_sample", "07_organizations",
    "08_persons", "09_activities", "10_suppression_pass", "11_cutover", "12_handover",
)  # fmt: skip


@dataclass(frozen=True)
class Volumes:
    """How many records there are, and what is to be written.

    `organizations` and `persons` are those that the source becomes after folding; of them `adopted_*` are already in
    the account and are patched instead of created. `activities` gives the number per policy (`all`, `engaged`,
    `since`; `summary` writes none). `existing` counts what the account holds now, per entity.
    """

    source: Mapping[str, int]
    organizations: int = 0
    persons: int = 0
    adopted_organizations: int = 0
    adopted_persons: int = 0
    activities: Mapping[str, int] = field(default_factory=dict)
    deals_updated: int = 0
    relationships: int = 0
    notes: int = 0
    files: int = 0
    other_activities: int = 0
    """Activities of the source itself (calls, tasks), moved under every policy."""
    new_fields: int = 0
    changed_options: int = 0
    """Existing fields that get new options: one request each."""
    new_activity_types: int = 0
    new_pipelines: int = 0
    new_stages: int = 0
    flagged_existing: int = 0
    """Persons of the account that are flagged as suppressed although no contact becomes them."""
    existing: Mapping[str, int] = field(default_factory=dict)
    sample_size: int = 200
    delta_share: float = 0.01
    """Share of persons and organizations that is expected to change between the export and the freeze."""

    @property
    def records(self) -> int:
        """Source rows of all objects."""
        return sum(self.source.values())


@dataclass(frozen=True)
class Work:
    """Requests of one kind in one phase; `cost` is tokens a request."""

    phase: str
    what: str
    requests: int
    cost: int

    @property
    def tokens(self) -> int:
        return self.requests * self.cost


def pages(records: int, size: int = PAGE) -> int:
    """Requests that list so many records; an empty list still takes one."""
    return max(1, ceil(records / size))


def workload(v: Volumes, sends: int) -> Sequence[Work]:
    """The work of a whole migration that writes `sends` activities for e-mail sends, in the order of the phases."""
    activities = sends + v.other_activities
    had = {e: v.existing.get(e, 0) for e in ("person", "organization", "deal", "activity")}
    sample = min(v.sample_size, v.persons)
    sample_organizations = min(sample, v.organizations)
    sample_activities = round(activities * sample / v.persons) if v.persons else 0
    organizations_after = had["organization"] + v.organizations - v.adopted_organizations
    persons_after = had["person"] + v.persons - v.adopted_persons
    activities_after = had["activity"] + activities
    delta = ceil((v.persons + v.organizations) * v.delta_share)
    work = [
        Work("01_discovery", "user of the token", 1, 2),
        Work("01_discovery", "users, activity types, add-ons", 3, LIST_V1),
        Work("01_discovery", "fields of four entities", 4, LIST),
        Work("01_discovery", "pipelines and stages", 2, 5),
        *(Work("01_discovery", f"read {entity} records", pages(n), LIST) for entity, n in had.items()),
        Work("04_schema", "create fields and options", v.new_fields + v.changed_options, WRITE),
        Work("04_schema", "create activity types", v.new_activity_types, WRITE_V1),
        Work("04_schema", "create pipelines and stages", v.new_pipelines + v.new_stages, WRITE),
        Work("04_schema", "read the fields back", 3, LIST),
        Work("05_suppression", "read persons", pages(had["person"]), LIST),
        Work("06_sample", "read persons and organizations", pages(had["person"]) + pages(had["organization"]), LIST),
        Work("06_sample", "write the sample", sample + sample_organizations + sample_activities, WRITE),
        Work(
            "06_sample", "read the sample back",
            pages(sample, IDS) + pages(sample_organizations, IDS) + pages(sample_activities, IDS), LIST,
        ),
        Work("07_organizations", "read what is there", pages(had["organization"] + sample_organizations), LIST),
        Work("07_organizations", "write organizations", v.organizations - sample_organizations, WRITE),
        Work("07_organizations", "write relationships", v.relationships, WRITE_V1),
        Work("07_organizations", "read back", pages(organizations_after), LIST),
        Work("08_persons", "read what is there", pages(had["person"] + sample), LIST),
        Work("08_persons", "write persons", v.persons - sample, WRITE),
        Work("08_persons", "read back", pages(persons_after), LIST),
        Work("09_activities", "read what is there", pages(had["activity"] + sample_activities), LIST),
        Work("09_activities", "write activities", activities - sample_activities, WRITE),
        Work("09_activities", "write campaign fields of deals", v.deals_updated, WRITE),
        Work("09_activities", "write notes and files", v.notes + v.files, WRITE_V1),
        Work("09_activities", "read back", pages(activities_after), LIST),
        Work("09_activities", "read notes back", pages(v.notes) if v.notes else 0, LIST_V1),
        Work("10_suppression_pass", "read persons", pages(persons_after), LIST),
        Work("10_suppression_pass", "flag persons", v.flagged_existing, WRITE),
        Work("10_suppression_pass", "read back", pages(persons_after), LIST),
        Work("11_cutover", "write the delta", delta, WRITE),
        Work(
            "11_cutover", "reconcile everything",
            pages(persons_after) + pages(organizations_after) + pages(activities_after), LIST,
        ),
    ]  # fmt: skip
    return [w for w in work if w.requests > 0]
