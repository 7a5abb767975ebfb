"""What has to be read and written in each phase, as requests of one cost, in the order in which a run sends them.

Token costs are those of Pipedrive's OpenAPI documents (`x-token-cost`): a v2 list of up to 500 records 10, a v2 create
or patch 5, a v1 list 20, one v1 record 2, a v1 write 10. Each phase runs in a process of its own, so each begins by
asking who the token's user is. How the account is set up is read once in a run, and records are read again only where
that can show something new: the rules of `phases/known.py` and `phases/settings.py`, followed here by numbers. The
tests compare the result, phase by phase, with what runs send.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import ceil

from nrpd.handover.volumes import Volumes
from nrpd.pipedrive.account import MOST_IDS, PAGE

FILE_PAGE = 100
"""Files of a list page."""
ME, SETTINGS_V2, LIST, LIST_V1, READ_V1, WRITE, WRITE_V1 = 2, 5, 10, 20, 2, 5, 10
"""Tokens per request."""
DEAREST = LIST_V1
"""The dearest request that a run sends."""
WORTH_KEEPING = 2 * PAGE
"""From so many persons on, what one phase read of them serves later ones."""

PHASES = (
    "01_discovery", "02_mapping", "03_owners", "04_schema", "05_suppression", "06_sample", "07_organizations",
    "08_persons", "09_activities", "10_suppression_pass", "11_cutover", "12_handover",
)  # fmt: skip


class Kind(Enum):
    """What becomes of a piece of work when its phase is stopped, and goes on in another run."""

    READ = "is read again"
    WRITTEN = "stays"
    CHECK = "is not needed again: what was just written is among what is read again"
    SETTINGS = "is read once in every run"


@dataclass(frozen=True)
class Work:
    """Requests of one kind in one phase; `cost` is tokens a request."""

    phase: str
    what: str
    requests: int
    cost: int
    kind: Kind = Kind.READ

    @property
    def tokens(self) -> int:
        return self.requests * self.cost


def pages(records: int, size: int = PAGE) -> int:
    """Requests that list so many records; an empty list still takes one."""
    return max(1, ceil(records / size))


def workload(v: Volumes, policy: str) -> list[Work]:
    """The work of a whole migration under an activity policy, in the order of the phases."""
    return _Workload(v, policy).all()


def settings_of(phase: str) -> list[Work]:
    """Reading how the account is set up, in a run that begins with this phase."""
    return [
        Work(phase, "users, activity types, add-ons", 3, LIST_V1, Kind.SETTINGS),
        Work(phase, "fields of four entities", 4, LIST, Kind.SETTINGS),
        Work(phase, "pipelines and stages", 2, SETTINGS_V2, Kind.SETTINGS),
    ]


@dataclass
class _Reading:
    """What a phase knows of an entity: of how many records; whether it read them itself; whether nrpd wrote since."""

    records: int
    whole: bool
    written: bool = False


class _Workload:
    """Writes down phase after phase, and keeps count of what the account holds meanwhile, and what is known of it."""

    def __init__(self, volumes: Volumes, policy: str) -> None:
        self._v = volumes
        self._policy = policy
        self._work: list[Work] = []
        self._phase = ""
        self._recalls = False
        self._held = {e: volumes.existing.get(e, 0) for e in ("person", "organization", "deal", "activity")}
        self._known: dict[str, _Reading] = {}
        self._kept = False
        """Persons, as an earlier phase read them, are kept for phases that do not write to them."""

    def all(self) -> list[Work]:
        self._discovery()
        self._begin("02_mapping")
        self._begin("03_owners")
        self._schema()
        self._begin("05_suppression", recalls=True)
        self._of("person")
        self._of("organization")
        self._sample()
        self._organizations()
        self._persons()
        self._activities()
        self._suppression_pass()
        self._cutover()
        self._begin("12_handover")
        return [work for work in self._work if work.requests > 0]

    # One line each

    def _begin(self, phase: str, *, recalls: bool = False) -> None:
        self._phase, self._recalls, self._known = phase, recalls, {}
        self._read("user of the token", 1, ME)

    def _read(self, what: str, requests: int, cost: int, kind: Kind = Kind.READ) -> None:
        self._work.append(Work(self._phase, what, requests, cost, kind))

    def _write(self, what: str, requests: int, cost: int = WRITE) -> None:
        self._read(what, requests, cost, Kind.WRITTEN)

    # What is read when (the rules of `phases/known.py`)

    def _of(self, entity: str) -> None:
        """The records of an entity, read where they are not known yet."""
        if entity in self._known:
            return
        if entity == "person" and self._recalls and self._kept:
            self._read("read person records changed since", 1, LIST)
            self._known[entity] = _Reading(self._held[entity], whole=False)
        else:
            self._list(entity)

    def _list(self, entity: str, kind: Kind = Kind.READ) -> None:
        held = self._held[entity]
        self._read(f"read {entity} records", pages(held), LIST, kind)
        self._known[entity] = _Reading(held, whole=True)
        if entity == "person":
            self._kept = held >= WORTH_KEEPING

    def _again(self, entity: str) -> None:
        """Read again, where nrpd wrote to it."""
        if entity in self._known and self._known[entity].written:
            del self._known[entity]
            self._of(entity)

    def _see(self, entity: str, records: int) -> None:
        """So many records as they are now: by their ids where that takes fewer requests than the list."""
        if entity not in self._known:
            self._of(entity)
            if self._known[entity].whole:
                return
        known = self._known[entity]
        if not records or (known.whole and not known.written):
            return
        kind = Kind.CHECK if known.written else Kind.READ
        if ceil(records / MOST_IDS) < ceil(known.records / PAGE):
            self._read(f"read {entity} records by id", ceil(records / MOST_IDS), LIST, kind)
            self._known[entity] = _Reading(self._held[entity], known.whole)
        else:
            self._list(entity, kind)

    def _load(self, entity: str, records: int, seen: int | None = None, *, adopted: int = 0, of: int = 0) -> None:
        """Writes records, of which some are there already (their share of all), and looks at them and their like."""
        self._of(entity)
        self._write(f"write {entity} records", records)
        if records:
            self._known[entity].written = True
            self._held[entity] += records - (round(records * adopted / of) if of else 0)
        self._see(entity, records if seen is None else seen)

    def _folded(self, entity: str, records: int, of: int) -> None:
        """Writes the notes of so many of all records of an entity; all notes are listed before and after."""
        all_notes = self._v.folded.get(entity, 0)
        if all_notes:
            self._write("write notes of folded fields", round(all_notes * records / of) if of else 0, WRITE_V1)
            self._read("read notes back", 2 * pages(sum(self._v.folded.values()) + self._v.notes), LIST_V1)

    def _campaigns(self) -> None:
        if self._v.deals_named:
            self._of("deal")

    def _relationships(self, kind: Kind = Kind.READ) -> None:
        self._read("read relationships by id", self._v.relationships, READ_V1, kind)

    def _settings(self) -> None:
        self._work += settings_of(self._phase)

    def _other_fields(self) -> None:
        self._read("fields of products and projects", 2, LIST)

    # The phases

    def _discovery(self) -> None:
        self._begin("01_discovery")
        self._settings()
        self._other_fields()
        for entity in ("person", "organization", "deal", "activity"):
            self._of(entity)

    def _schema(self) -> None:
        v = self._v
        self._begin("04_schema")
        self._read("activity types", 1, LIST_V1, Kind.SETTINGS)
        self._read("pipelines and stages", 2, SETTINGS_V2, Kind.SETTINGS)
        self._read("fields of four entities", 4, LIST, Kind.SETTINGS)
        self._other_fields()
        self._write("create fields", sum(v.new_fields_of.values()))
        self._read("fields that were created", sum(n > 0 for n in v.new_fields_of.values()), LIST, Kind.CHECK)
        self._write("add options", sum(v.changed_options_of.values()))
        self._read("fields that got options", sum(n > 0 for n in v.changed_options_of.values()), LIST, Kind.CHECK)
        types = v.new_activity_types + (v.new_send_type and self._policy != "summary")
        self._write("create activity types", types, WRITE_V1)
        self._read("activity types", int(types > 0), LIST_V1, Kind.CHECK)
        self._write("create pipelines and stages", v.new_pipelines + v.new_stages)
        made = v.new_pipelines + v.pipelines_with_new_stages
        self._read("pipelines and stages", 2 * made, SETTINGS_V2, Kind.CHECK)

    def _sample(self) -> None:
        v, sample = self._v, self._v.sample
        self._begin("06_sample")
        self._of("person")
        self._of("organization")
        self._campaigns()
        self._load("organization", sample.organizations, adopted=v.adopted_organizations, of=v.organizations)
        self._folded("organization", sample.organizations, v.organizations)
        self._load("person", sample.persons, adopted=v.adopted_persons, of=v.persons)
        self._folded("person", sample.persons, v.persons)
        self._load("activity", sample.sends.get(self._policy, 0))

    def _organizations(self) -> None:
        v = self._v
        self._begin("07_organizations", recalls=True)
        self._of("organization")
        self._of("person")
        self._campaigns()
        rest = v.organizations - v.sample.organizations
        self._load("organization", rest, v.organizations, adopted=v.adopted_organizations, of=v.organizations)
        self._folded("organization", rest, v.organizations)
        self._read("read the relationships of parents", v.parents, LIST_V1)
        self._write("write relationships", v.relationships, WRITE_V1)
        self._relationships(Kind.CHECK)
        if v.deals_updated:
            self._load("deal", v.deals_updated, adopted=1, of=1)

    def _persons(self) -> None:
        v = self._v
        self._begin("08_persons")
        self._load("person", v.persons - v.sample.persons, v.persons, adopted=v.adopted_persons, of=v.persons)
        self._folded("person", v.persons - v.sample.persons, v.persons)

    def _activities(self) -> None:
        v, sends = self._v, self._v.sends(self._policy)
        self._begin("09_activities", recalls=True)
        self._of("person")
        self._campaigns()
        self._load("activity", sends - v.sample.sends.get(self._policy, 0), sends)
        for count in (v.memberships, v.other_activities):
            if count:
                self._load("activity", count)
        for what, count in (("notes", v.notes), ("files", v.files)):
            if count:
                self._write(f"write {what}", count, WRITE_V1)
        self._attached_back()

    def _attached_back(self) -> None:
        """Reads notes and files, to compare them."""
        for what, count, size in (("notes", self._v.notes, PAGE), ("files", self._v.files, FILE_PAGE)):
            if count:
                self._read(f"read {what} back", pages(count, size), LIST_V1)

    def _suppression_pass(self) -> None:
        v = self._v
        self._begin("10_suppression_pass", recalls=True)
        self._see("person", v.suppressed)
        self._write("flag persons", v.flagged_existing + v.made_for_addresses)
        self._held["person"] += v.made_for_addresses
        if v.flagged_existing or v.made_for_addresses:
            self._known["person"].written = True
            self._again("person")
            self._see("person", v.suppressed)

    def _cutover(self) -> None:
        v, delta = self._v, self._v.delta
        self._begin("11_cutover")
        for entity in ("organization", "person"):
            self._of(entity)
        self._campaigns()
        if v.delta_known:
            self._read("fields of four entities", 4, LIST, Kind.SETTINGS)
        there = delta.changed.get("organization", 0)
        self._load("organization", delta.organizations, v.organizations, adopted=there, of=delta.organizations)
        self._folded("organization", delta.organizations, v.organizations)
        self._relationships()
        there = delta.changed.get("person", 0)
        self._load("person", delta.persons, v.persons, adopted=there, of=delta.persons)
        self._folded("person", delta.persons, v.persons)
        sends, there = delta.sends.get(self._policy, 0), delta.changed.get("activity", 0)
        self._load("activity", sends, v.sends(self._policy), adopted=min(sends, there), of=sends)
        self._attached_back()
        self._again("person")
        self._see("person", v.suppressed)
