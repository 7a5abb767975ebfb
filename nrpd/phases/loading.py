"""The loads that sample, main phases and delta share: organizations, persons, activities, notes and files.

Each: recover what an earlier attempt left open → read the account by list → plan → write → read back → compare.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from nrpd.journal import Entry, RowOutcome
from nrpd.loader import Finder
from nrpd.loader.plans import activities as activity_plans
from nrpd.loader.plans import organizations as organization_plans
from nrpd.loader.plans.activities import CAMPAIGN_TYPE, SEND_TYPE, Places, activity_keys
from nrpd.loader.plans.organizations import CampaignFields, relationships
from nrpd.loader.plans.persons import ALWAYS, wanted_persons
from nrpd.loader.plans.records import Plan, Wanted, plan_records
from nrpd.loader.source_view import row_outcomes
from nrpd.matching.duplicates import addresses_of, source_ids
from nrpd.matching.rows import digest, where
from nrpd.netresults.staging import load_staged
from nrpd.phases.growing import grow
from nrpd.phases.step import Step
from nrpd.pipedrive.account import read_files, read_notes, read_relationships
from nrpd.pipedrive.records import SOURCE_ID_FIELD
from nrpd.reconcile import Reconciliation, reconcile

Record = Mapping[str, Any]
Only = frozenset[str] | None


def _values(record: Record) -> Record:
    return record


PERSON_FINDER = Finder(
    key_of=lambda entry: entry.source_id,
    keys_of=lambda record: [*source_ids(record), *_address_keys(record)],
    values_of=_values,
)
ORGANIZATION_FINDER = Finder(key_of=lambda entry: entry.source_id, keys_of=source_ids, values_of=_values)
ACTIVITY_FINDER = Finder(key_of=lambda entry: entry.source_id, keys_of=activity_keys, values_of=_values)


def _address_keys(record: Record) -> list[str]:
    return list(addresses_of(record))


class Loads:
    """Loads of one step, for all of the source or for a sample."""

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

    # Organizations

    def organizations(self, only: Only = None) -> Reconciliation:
        """Companies as organizations, with their campaign fields."""
        step = self.step
        step.recover("organization", self._fresh("organization"), ORGANIZATION_FINDER)
        step.refresh("organization", "person")

        def entries() -> Sequence[Entry]:
            plan = self._organization_plan(only)
            step.apply_plan(plan)
            report_kept(step, plan)
            return plan.entries

        with step.counting("companies"):
            self._write(entries, "organization", ORGANIZATION_FINDER, "organizations")
            self._settle("companies", step.view.companies.outcomes, only)
            wanted = self.wanted_organizations(only)
            found = step.compare("companies", wanted, "organization", fields=self._mapped("organization"))
        return found

    def _write(self, entries: Callable[[], Sequence[Entry]], entity: str, finder: Finder, what: str) -> None:
        """Writes what is planned; in a read-only repetition there must be nothing to write."""
        self.step.load(entries, entity, self._fresh(entity), finder, what)

    def _organization_plan(self, only: Only) -> Plan:
        present = self.session.records("organization")
        memory = self.journal.records_of("organization")
        policy = self.step.parameters.policies.existing_records
        wanted = self.wanted_organizations(only)
        return plan_records(
            self.step.name, wanted, present, memory, self.session.schema, policy=policy, always=(SOURCE_ID_FIELD,)
        )

    def wanted_organizations(self, only: Only) -> list[Wanted]:
        """Every company of the source as the account should have it."""
        step = self.step
        wanted, matches = organization_plans.wanted_organizations(
            step.view, list(self.session.records("organization").values()), self.journal.links_of("organization"),
            step.owners, visible_to=step.parameters.destination.visible_to, only=only,
        )  # fmt: skip
        conflicts(
            step,
            "matched companies",
            [
                {"object": "companies", "source_id": m.source_id, "record": m.organization_id or "", "field": "(match)",
                 "source_value": m.source_id, "account_value": "; ".join(map(str, m.candidates or m.questions)), "why": m.reason}
                for m in matches if m.review
            ],
        )  # fmt: skip
        return wanted

    def relationships(self) -> None:
        """Parent companies as organization relationships."""
        step = self.step
        pairs = relationships(step.view, self.journal.links_of("organization"))
        parents = {pair[0] for pair in pairs}

        def present() -> list[dict[str, Any]]:
            raw = read_relationships(self.session.client, sorted(parents))
            return [{**r, "id": r["id"], "pair": _pair(r)} for r in raw if r.get("type") == "parent"]

        def entries() -> list[Entry]:
            there = {tuple(r["pair"]) for r in present()} if pairs else set()
            found = []
            for parent, daughter in pairs:
                if (parent, daughter) in there:
                    continue
                body = {"org_id": parent, "type": "parent", "rel_owner_org_id": parent, "rel_linked_org_id": daughter}
                found.append(
                    Entry(step.name, "relationship", f"{parent}>{daughter}", "create", "POST",
                          "/api/v1/organizationRelationships", body, {"pair": [parent, daughter]})
                )  # fmt: skip
            return found

        finder = Finder(
            key_of=lambda e: e.source_id, keys_of=lambda r: [f"{r['pair'][0]}>{r['pair'][1]}"], values_of=_values
        )
        with step.counting("companies"):
            step.load(entries, "relationship", present, finder, "relationships")
            made = {str(pair): pair for pair in pairs}
            there = {str(tuple(r["pair"])): {"pair": list(r["pair"])} for r in present()} if pairs else {}
            wanted = [Wanted("relationship", key, {"pair": list(pair)}, dest_id=key) for key, pair in made.items()]
            step.reconciliations.append(reconcile("companies", wanted, there, {}))

    def deals(self) -> None:
        """Campaign fields of deals that campaign members name."""
        step = self.step
        fields = CampaignFields(step.view, "deal")
        placed = step.view.campaigns.of_deals if step.parameters.policies.campaigns == "organization_fields" else {}
        step.recover("deal", self._fresh("deal"), Finder(lambda e: e.source_id, lambda r: [], _values))
        wanted = [
            Wanted("deal", f"deal {identity}", values, dest_id=str(identity), linked=False)
            for identity, campaigns in sorted(placed.items())
            if (values := fields.of(campaigns))
        ]

        def plan() -> Plan:
            return plan_records(
                step.name, wanted, self.session.records("deal"), self.journal.records_of("deal"), self.session.schema,
                policy=step.parameters.policies.existing_records,
            )  # fmt: skip

        def entries() -> Sequence[Entry]:
            made = plan()
            report_kept(step, made)
            step.apply_plan(made)
            return made.entries

        with step.counting("campaigns"):
            self._write(entries, "deal", Finder(lambda e: e.source_id, lambda r: [], _values), "deals")
            if wanted:
                step.compare("campaigns", wanted, "deal")

    def campaigns(self) -> None:
        """What became of campaigns and their members, as fields of organizations and deals."""
        view, step = self.step.view, self.step
        if step.parameters.policies.campaigns == "activities":
            return
        self._settle("campaigns", view.campaigns.outcomes, None)
        self._settle("campaign_members", view.campaigns.member_outcomes, None)
        placed = [r for c in view.campaigns.campaigns.values() for n, r in enumerate(c.rows) if n == 0]
        done = {place for place, (outcome, _) in view.campaigns.outcomes.items() if outcome == "take"}
        step.journal.put_outcomes(
            step.name,
            [
                *self._taken("campaigns", placed, done),
                *row_outcomes("campaign_members", [m.row for m in view.campaigns.memberships], "created"),
            ],
        )

    def _taken(
        self, object_: str, rows: Iterable[Mapping[str, str]], done: set[tuple[str, int]]
    ) -> Iterable[RowOutcome]:
        return row_outcomes(object_, [row for row in rows if where(row) in done], "created")

    # Persons

    def persons(self, only: Only = None) -> Reconciliation:
        """Contacts as persons, suppression and sums of sends included."""
        step = self.step
        step.recover("person", self._fresh("person"), PERSON_FINDER)
        step.refresh("person")

        def entries() -> Sequence[Entry]:
            plan = self._person_plan(only)
            step.apply_plan(plan)
            report_kept(step, plan)
            return plan.entries

        with step.counting("contacts"):
            self._write(entries, "person", PERSON_FINDER, "persons")
            self._settle("contacts", step.view.contacts.outcomes, only)
            wanted = self.wanted_persons(only)
            found = step.compare("contacts", wanted, "person", fields=self._mapped("person"))
        if only is None:
            report_people(step)
        return found

    def wanted_persons(self, only: Only) -> list[Wanted]:
        """Every person of the source as the account should have it."""
        step = self.step
        return wanted_persons(
            step.view, self.session.records("person"), self.journal.links_of("person"),
            self.journal.links_of("organization"), step.owners, step.ledger,
            visible_to=step.parameters.destination.visible_to, campaigns_addon=self.session.facts.campaigns, only=only,
        )  # fmt: skip

    def _person_plan(self, only: Only) -> Plan:
        step = self.step
        wanted: list[Wanted] = []
        nameless: list[Wanted] = []
        for item in self.wanted_persons(only):
            (wanted if item.dest_id or item.values.get("name") else nameless).append(item)
        plan = plan_records(
            step.name, wanted, self.session.records("person"), self.journal.records_of("person"), self.session.schema,
            policy=step.parameters.policies.existing_records, always=ALWAYS,
        )  # fmt: skip
        for item in nameless:
            why = next((reason for column, _, reason in item.losses if "name" in column), "no name that fits")
            plan.settled += [
                row if row.outcome else RowOutcome(row.object, row.row, "quarantined", why, row.source_id, row.email)
                for row in item.rows
            ]
        return plan

    # Activities, notes, files

    def places(self) -> Places:
        """Where persons and organizations of the source stand in the account."""
        step = self.step
        return Places(
            step.view, self.journal.links_of("person"), self.journal.links_of("organization"),
            lambda cell: step.owners.user_of("email_sends", cell),
        )  # fmt: skip

    def type_key(self, name: str) -> str:
        """The key of an activity type by its name; blank where the account has none."""
        return next(
            (t.key for t in self.session.facts.activity_types if t.active and t.name.casefold() == name.casefold()), ""
        )

    def sends(self, only: Only = None) -> Reconciliation:
        """E-mail sends as activities."""
        step = self.step
        step.recover("activity", self._fresh("activity"), ACTIVITY_FINDER)
        step.refresh("activity")
        places = self.places()
        policy = self.policy()
        wanted, settled = activity_plans.wanted_sends(
            step.view, places, self.journal.links_of("activity"), policy, self.type_key(SEND_TYPE), only
        )
        with step.counting("email_sends"):
            self._activities(wanted)
            self._settle("email_sends", step.view.sends.outcomes, only)
            self.journal.put_outcomes(step.name, settled)
            again, _ = activity_plans.wanted_sends(
                step.view, places, self.journal.links_of("activity"), policy, self.type_key(SEND_TYPE), only
            )
            return step.compare("email_sends", again, "activity")

    def _activities(self, wanted: Sequence[Wanted]) -> None:
        step = self.step

        def entries() -> Sequence[Entry]:
            linked = self.journal.links_of("activity")
            now = [item if item.source_id not in linked else _relinked(item, linked) for item in wanted]
            plan = plan_records(
                step.name, now, self.session.records("activity"), self.journal.records_of("activity"),
                self.session.schema, policy="fill_blanks",
            )  # fmt: skip
            step.apply_plan(plan)
            report_kept(step, plan)
            return plan.entries

        self._write(entries, "activity", ACTIVITY_FINDER, "activities")

    def memberships(self) -> None:
        """Campaign memberships as activities, where the policy says so."""
        step = self.step
        if step.parameters.policies.campaigns != "activities":
            return
        places = self.places()
        wanted = activity_plans.wanted_memberships(
            step.view, places, self.journal.links_of("activity"), self.type_key(CAMPAIGN_TYPE)
        )
        with step.counting("campaign_members"):
            self._activities(wanted)
            self._settle("campaigns", step.view.campaigns.outcomes, None)
            self._settle("campaign_members", step.view.campaigns.member_outcomes, None)
            again = [_relinked(item, self.journal.links_of("activity")) for item in wanted]
            step.compare("campaign_members", again, "activity")
        named = [c.rows[0] for c in step.view.campaigns.campaigns.values() if c.rows]
        done = {place for place, (outcome, _) in step.view.campaigns.outcomes.items() if outcome == "take"}
        self.journal.put_outcomes(step.name, list(self._taken("campaigns", named, done)))

    def other_activities(self) -> None:
        """Calls, meetings and tasks of the source."""
        step = self.step
        if not step.tables.of("activities"):
            return

        def type_of(word: str) -> str:
            return (
                self.type_key(word)
                or next((t.key for t in self.session.facts.activity_types if t.key == word.casefold()), "")
                or "task"
            )

        places = self.places()
        wanted, settled = activity_plans.wanted_activities(
            step.view, places, self.journal.links_of("activity"), type_of
        )
        with step.counting("activities"):
            self._activities(wanted)
            self.journal.put_outcomes(step.name, [*settled, *step.view.standing_outcomes("activities")])
            step.compare("activities", [_relinked(w, self.journal.links_of("activity")) for w in wanted], "activity")

    def notes(self) -> None:
        """Notes with their dates, and their author where the token's user is an admin."""
        step = self.step
        if not step.tables.of("notes") or not step.parameters.policies.files_and_notes:
            return
        bodies, settled = activity_plans.note_bodies(step.view, self.places(), admin=self.session.facts.me.admin)
        compared = ("content", "add_time", "person_id", "org_id")
        with step.counting("notes"):
            self._attach("note", "/api/v1/notes", bodies, lambda: read_notes(self.session.client), compared)
            self.journal.put_outcomes(step.name, [*settled, *step.view.standing_outcomes("notes")])

    def files(self) -> None:
        """Files of the export, attached to their person or organization."""
        step = self.step
        if not step.tables.of("files") or not step.parameters.policies.files_and_notes:
            return
        staged = load_staged(step.workspace.staged / "base")
        bodies, settled = activity_plans.file_bodies(step.view, self.places(), staged.attachments)
        with step.counting("files"):
            self._attach(
                "file", "/api/v1/files", bodies, lambda: read_files(self.session.client), ("name", "person_id", "org_id"),
                attachment=staged.read_bytes,
            )  # fmt: skip
            self.journal.put_outcomes(step.name, [*settled, *step.view.standing_outcomes("files")])

    def _attach(
        self, entity: str, path: str, bodies: Sequence[tuple[str, dict[str, Any], RowOutcome]],
        present: Callable[[], Iterable[dict[str, Any]]], compared: Sequence[str],
        attachment: Callable[[str], bytes] | None = None,
    ) -> None:  # fmt: skip
        """Creates notes or files that are not linked yet, and compares them."""
        step = self.step
        finder = Finder(
            key_of=lambda e: _body_key(e.body or {}, compared),
            keys_of=lambda r: [_body_key(r, compared)],
            values_of=_values,
        )

        def entries() -> list[Entry]:
            linked = self.journal.links_of(entity)
            done = [RowOutcome(**{**vars(row), "outcome": "unchanged"}) for key, _, row in bodies if key in linked]
            self.journal.put_outcomes(step.name, done)
            return [
                Entry(step.name, entity, key, "create", "POST", path, body, _plain(body, compared), rows=(row,))
                for key, body, row in bodies if key not in linked
            ]  # fmt: skip

        step.load(entries, entity, present, finder, f"{entity}s", attachment=attachment)
        linked = self.journal.links_of(entity)
        there = {str(r["id"]): _plain(r, compared) for r in present()}
        object_ = f"{entity}s"
        wanted = [Wanted(entity, key, _plain(body, compared), dest_id=linked.get(key, "")) for key, body, _ in bodies]
        step.reconciliations.append(reconcile(object_, wanted, there, {}))

    # What all share

    def counts(self, object_: str) -> dict[str, int]:
        """What a load of this object would do, counted before the first write."""
        if object_ == "companies":
            return dict(self._organization_plan(None).counts())
        if object_ == "contacts":
            return dict(self._person_plan(None).counts())
        step = self.step
        linked = self.journal.links_of("activity")
        wanted, _ = activity_plans.wanted_sends(step.view, self.places(), linked, self.policy(), "", None)
        new = sum(item.source_id not in linked for item in wanted)
        return {"create": new, "unchanged": len(wanted) - new}

    def policy(self) -> Any:
        """`policies.activities` as the matching rules take it."""
        policy: Any = self.step.parameters.policies.activities
        return {"since": policy.since} if hasattr(policy, "since") else policy

    def _settle(self, object_: str, outcomes: Any, only: Only) -> None:
        """Rows that are settled before any write. A sample counts only the rows of its own records."""
        if only is None:
            self.journal.put_outcomes(self.step.name, self.step.view.standing_outcomes(object_, outcomes))

    def _mapped(self, entity: str) -> list[str]:
        return list(
            dict.fromkeys(
                r.target.field for r in self.step.mapping if r.target.entity == entity and r.transform != "fixed"
            )
        )


def _relinked(item: Wanted, linked: Mapping[str, str]) -> Wanted:
    return replace(item, dest_id=linked.get(item.source_id, ""), linked=item.source_id in linked)


def _pair(raw: Record) -> tuple[int, int]:
    def number(value: Any) -> int:
        return int(value["value"] if isinstance(value, Mapping) else value)

    return number(raw["rel_owner_org_id"]), number(raw["rel_linked_org_id"])


def _plain(record: Record, names: Sequence[str]) -> dict[str, Any]:
    """The compared values of a note or file, ids as numbers, without those that are not set."""
    found = {}
    for name in names:
        value = record.get(name)
        value = value.get("value") if isinstance(value, Mapping) else value
        if value not in (None, ""):
            found[name] = value
    return found


def _body_key(record: Record, names: Sequence[str]) -> str:
    return digest(*(f"{k}={v}" for k, v in sorted(_plain(record, names).items())))


def conflicts(step: Step, part: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Replaces one part of `reports/conflicts` for this phase."""
    grow(step.journal, step.reports, "conflicts", step.name, part, rows, read_only=not step.counts)


def report_kept(step: Step, plan: Plan) -> None:
    """Values of the account that stay although the source says otherwise."""
    for entity in sorted({row["object"] for row in plan.kept}):
        conflicts(step, f"kept {entity}", [row for row in plan.kept if row["object"] == entity])


def report_people(step: Step) -> None:
    """Merged contacts that disagreed, and matches that a person should look at."""
    merged = [
        {"object": "contacts", "source_id": "; ".join(c.ids), "record": "", "field": c.column, "source_value": c.kept,
         "account_value": "", "why": f"contacts of one person disagree; not taken: {c.other}"}
        for p in step.view.contacts.people
        for c in p.conflicts
    ]  # fmt: skip
    conflicts(step, "merged contacts", merged)
    matched = [
        {"object": "contacts", "source_id": m.key, "record": m.person_id or "", "field": "(match)", "source_value": m.key,
         "account_value": "; ".join(filter(None, (m.account_name, *map(str, m.candidates)))), "why": m.reason}
        for m in step.view.matches.values() if m.review
    ]  # fmt: skip
    conflicts(step, "matched persons", matched)
