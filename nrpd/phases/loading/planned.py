"""What a load would do, and why, before its first write: records, requests, tokens and time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from nrpd import views
from nrpd.journal import Entry
from nrpd.loader.plans import activities as activity_plans
from nrpd.loader.plans.attached import each_once
from nrpd.loader.plans.records import PATHS, Plan, plan_records
from nrpd.phases.loading.activities import ActivityLoads
from nrpd.phases.loading.attachments import AttachmentLoads
from nrpd.phases.loading.base import Only
from nrpd.phases.loading.organizations import OrganizationLoads
from nrpd.phases.loading.persons import PersonLoads
from nrpd.phases.loading.relationships import RelationshipLoads, pair_of
from nrpd.pipedrive.account import RELATIONSHIPS
from nrpd.pipedrive.burst import BURST_SECONDS
from nrpd.pipedrive.costs import cost_of

WHY = {
    "new": "nothing in the account is it", "address": "its address is there", "name": "its name is there",
    "domain": "its domain is there", "source id": "its Net-Results ID is there", "decided": "a person decided so",
}  # fmt: skip
"""Why a record of the source is which of the account (`PersonMatch`, `OrganizationMatch`), in words."""
NOT_YET, ALREADY = "not in the account yet", "made already; sent again where changed"
Row = dict[str, Any]


class PlannedLoads(OrganizationLoads, RelationshipLoads, PersonLoads, ActivityLoads, AttachmentLoads):
    """The loads with their plans."""

    def plan_of(self, kinds: Iterable[str], companies: Only = None, people: Only = None) -> views.View:
        """The plan of these loads, a line for each verb and reason, what it costs, and what no rollback takes back.
        `companies`, `people`: those of a sample."""
        self._companies, self._people = companies, people
        self._entries: list[Entry] = []
        rows = [row for kind in kinds for row in self._planned(kind)]
        lasting = stays(self._entries)
        requests, tokens = (sum(row[name] for row in rows) for name in ("requests", "tokens"))
        return views.stack(
            views.table(rows, "The plan", columns=("object", "what", "why", "records", "requests", "tokens")),
            views.notice("info", f"{requests:,} writes, {tokens:,} tokens; {self._time(requests)}."),
            views.notice("warning", lasting) if lasting else None,
        )

    def _time(self, requests: int) -> str:
        most = self.session.client.limits.most_under_way
        if most is None:
            return "as fast as the account answers, since nothing limits the requests"
        return (
            f"at least {requests * BURST_SECONDS / most:,.0f} seconds, at {most} requests in {BURST_SECONDS:g} seconds"
        )

    def _planned(self, kind: str) -> Iterator[Row]:
        schema = self.step.schema_to_be
        if kind == "organizations":
            reasons = {match.source_id: match.reason for match in self._matched(self._companies)[1]}
            yield from self._lines("companies", self._organization_plan(self._companies, schema), reasons)
        elif kind == "persons":
            matches = self.step.view.matches
            people = self.step.view.contacts.people
            reasons = {p.ids[0] if p.ids else p.key: matches[p.key].reason for p in people}
            yield from self._lines("contacts", self._person_plan(self._people, schema), reasons)
        elif kind == "deals" and (wanted := self._wanted_deals()):
            plan = plan_records(
                self.step.name, wanted, self.session.records("deal"), self.journal.records_of("deal"), schema,
                policy=self.step.parameters.policies.existing_records,
            )  # fmt: skip
            yield from self._lines(
                "campaigns", plan, dict.fromkeys((w.source_id for w in wanted), "members name the deal")
            )
        elif kind == "relationships":
            known = {pair_of(r["written"]) for r in self.journal.records_of("relationship").values()}
            yield from _counted("parent companies", self._pairs(), known, RELATIONSHIPS)
        else:
            yield from self._activities_planned(kind)

    def _activities_planned(self, kind: str) -> Iterator[Row]:
        step, linked = self.step, self.journal.links_of("activity")
        if kind == "sends":
            wanted, _ = activity_plans.wanted_sends(step.view, self.places(), linked, self.policy(), "", None)
            yield from _counted("email_sends", [w.source_id for w in wanted], linked, PATHS["activity"])
        elif kind == "memberships" and step.parameters.policies.campaigns == "activities":
            wanted = self._memberships()
            yield from _counted("campaign_members", [w.source_id for w in wanted], linked, PATHS["activity"])
        elif kind == "other_activities" and step.tables.of("activities"):
            wanted = self._others()[0]
            yield from _counted("activities", [w.source_id for w in wanted], linked, PATHS["activity"])
        elif kind == "notes" and self._has("notes"):
            keys = [key for key, _, _ in each_once(self._note_bodies()[0])[0]]
            yield from _counted("notes", keys, self.journal.links_of("note"), "/api/v1/notes")
        elif kind == "files" and self._has("files"):
            bodies, _ = activity_plans.file_bodies(step.view, self.places(), step.attachments)
            keys = [key for key, _, _ in each_once(bodies)[0]]
            yield from _counted("files", keys, self.journal.links_of("file"), "/api/v1/files")

    def _lines(self, object_: str, plan: Plan, reasons: Mapping[str, str]) -> Iterator[Row]:
        self._entries += plan.entries
        yield from _lines(object_, plan, reasons)


def stays(entries: Iterable[Entry]) -> str:
    """What of these writes no rollback takes back, in words; blank where there is nothing."""
    found = Counter(str(e.fields["marketing_status"]) for e in entries if e.fields.get("marketing_status"))
    if not found:
        return ""
    counts = ", ".join(f"{n:,} {status}" for status, n in sorted(found.items()))
    return (
        f"Cannot be undone: the marketing status of new persons in Campaigns ({counts}). Pipedrive lets it change "
        "once, and keeps it with the address, also when the person is deleted."
    )


def _lines(object_: str, plan: Plan, reasons: Mapping[str, str]) -> Iterator[Row]:
    """A line for each verb and reason. `reasons`: source id → a key of WHY, or words."""
    writes = Counter[tuple[str, str]]()
    tokens = Counter[tuple[str, str]]()
    for entry in plan.entries:
        reason = reasons.get(entry.source_id, "")
        why = f"changed: {', '.join(entry.fields)}" if entry.verb == "update" else WHY.get(reason, reason)
        writes[entry.verb, why] += 1
        tokens[entry.verb, why] += cost_of(entry.method, entry.path)
    for (verb, why), n in sorted(writes.items()):
        yield _row(object_, verb, why, n, n, tokens[verb, why])
    linked = Counter(reasons.get(item.source_id, "") for item, _ in plan.adopted)
    for reason, n in sorted(linked.items()):
        yield _row(object_, "adopt, without a write", WHY.get(reason, reason), n)
    for (outcome, reason), n in sorted(Counter((row.outcome, row.reason) for row in plan.settled).items()):
        yield _row(object_, outcome, reason or "the account says what the source says", n)


def _counted(object_: str, keys: Collection[Any], there: Collection[Any], path: str) -> Iterator[Row]:
    """Lines for what is not compared with the account before it is loaded. `keys`: what the source wants; `there`:
    what the journal knows."""
    new = sum(key not in there for key in keys)
    if new:
        yield _row(object_, "create", NOT_YET, new, new, new * cost_of("POST", path))
    if len(keys) > new:
        yield _row(object_, "unchanged", ALREADY, len(keys) - new)


def _row(object_: str, what: str, why: str, records: int, requests: int = 0, tokens: int = 0) -> Row:
    return {"object": object_, "what": what, "why": why, "records": records, "requests": requests, "tokens": tokens}
