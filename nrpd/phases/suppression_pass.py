"""10_suppression_pass: checks every person of the account against every suppression, and flags who is not flagged."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, ClassVar

from nrpd import views
from nrpd.errors import Differs
from nrpd.journal import Entry
from nrpd.loader.plans.records import Plan, Wanted, plan_records
from nrpd.loader.plans.suppressed import wanted_for_addresses
from nrpd.matching.duplicates import addresses_of, source_ids
from nrpd.matching.standing import FLAG, SUPPRESSED, Decision, person_suppression, strictest
from nrpd.phases import decisions
from nrpd.phases.loading import PERSON_FINDER
from nrpd.phases.opening import opener
from nrpd.phases.step import Step
from nrpd.phases.suppression import suppression_rows, write_ledger
from nrpd.pipedrive.records import SUPPRESSION_FIELDS

BY_HAND = "unsubscribe by hand in Campaigns"


class SuppressionPass(Step):
    """No suppressed address is left unflagged."""

    name = "10_suppression_pass"
    main_object = "suppressions"
    recalls: ClassVar[Collection[str]] = ("person",)

    def run_all(self) -> Any:
        self.plan()
        self.flag()
        self.verify()
        return self.finish()

    def suppressed_persons(self) -> list[Wanted]:
        """Every person of the account that must be flagged, whoever created it."""
        found = []
        linked = self.journal.links_of("person")
        links = set(linked.values())
        for identity, person in self.session.records("person").items():
            addresses = [str(item.get("value", "")) for item in person.get("emails", ())]
            ours = person_suppression(addresses, self.ledger, source_ids(person))
            if ours:
                name = f"person {identity}"
                # A copy that people made bears the id of a contact whose person is another one.
                ids = tuple(i for i in source_ids(person) if linked.get(i, identity) == identity)
                found.append(
                    Wanted(
                        "person", name, strictest(person, ours), dest_id=identity, source_ids=ids or (name,),
                        linked=identity in links,
                    )
                )  # fmt: skip
        alone = self._of_addresses()
        known = {item.dest_id for item in alone}
        return [*(item for item in found if item.dest_id not in known), *alone]

    def _of_addresses(self) -> list[Wanted]:
        """Persons for suppressed addresses that nobody has, where the policy says so."""
        if self.parameters.policies.suppressed_without_contact != "create_person":
            return []
        return wanted_for_addresses(
            decisions.suppression(self), self.ledger, self.journal.links_of("person"), self.session.default_user.id,
            visible_to=self.parameters.destination.visible_to, campaigns_addon=self.session.facts.campaigns,
        )  # fmt: skip

    def _plan(self) -> Plan:
        return plan_records(
            self.name, self.suppressed_persons(), self.session.records("person"), self.journal.records_of("person"),
            self.session.schema, policy="skip", always=SUPPRESSION_FIELDS,
        )  # fmt: skip

    def plan(self) -> views.View:
        """Persons that are suppressed, and how many of them are not flagged yet."""
        suppressed = self._seen_now()
        entries = self._plan().entries
        return views.table([{"suppressed persons": len(suppressed), "to be flagged": len(entries)}], "The pass")

    def _seen_now(self) -> list[Wanted]:
        """The suppressed persons, each as the account has it now."""
        self.refresh("person")
        self.session.known.see("person", {item.dest_id for item in self.suppressed_persons()})
        return self.suppressed_persons()

    def flag(self) -> views.View:
        """Flags them."""

        def fresh() -> Sequence[Any]:
            self.refresh("person")
            return list(self.session.records("person").values())

        def entries() -> Sequence[Entry]:
            return self._plan().entries

        result = self.load(entries, "person", fresh, PERSON_FINDER, "persons to flag")
        return views.notice("ok", f"{sum(result.done.values())} persons were flagged.")

    def verify(self) -> views.View:
        """Reads all persons again: every suppressed one must be flagged, and unsubscribed where Campaigns exists."""
        self.__dict__.pop("ledger", None)
        self.compare("suppressions", self._seen_now(), "person")
        found = decisions.suppression(self)
        by_hand = self.note_by_hand(found)
        self.journal.put_outcomes(self.name, suppression_rows(self, flagged="updated"))
        unaccounted = [d.key for d in found if d.outcome == FLAG and not d.person_ids]
        unaccounted = [key for key in unaccounted if not self._kept_out(key)]
        if unaccounted:
            raise Differs(
                f"{self.name}: {len(unaccounted)} suppressed addresses have a contact but no person, "
                f"such as {unaccounted[0]}"
            )
        return views.table(
            [{"suppressions": len(found), "flagged": sum(bool(d.person_ids) for d in found), "by hand": len(by_hand)}],
            "Accounted for",
        )

    def note_by_hand(self, found: list[Decision]) -> set[str]:
        """Persons whom only somebody can unsubscribe: they stand in the ledger, and keep the comparison from being
        green."""
        by_hand = self._by_hand()
        to_do = {d.key: BY_HAND for d in found if set(map(str, d.person_ids)) & by_hand}
        write_ledger(self, found, to_do)
        if by_hand:
            self.reconciliations[-1].not_compared[self._job(by_hand)] = len(by_hand)
        return by_hand

    def _job(self, by_hand: Collection[str]) -> str:
        """What a person has to do before this can be green: the API sets the status of a new person only."""
        some = ", ".join(sorted(by_hand, key=int)[:5])
        more = " and others" if len(by_hand) > 5 else ""
        return f"{BY_HAND}: persons {some}{more} (reports/suppression_ledger.csv), then run again"

    def _kept_out(self, key: str) -> bool:
        """Whether the contact of an address was itself kept out, with its reason."""
        person = self.view.contacts.by_address.get(key) or self.view.contacts.by_id.get(key.removeprefix("id:"))
        rows = next((p.rows for p in self.view.contacts.people if p.key == person), ())
        out = {
            row.row for row in self.journal.outcomes_of() if row.object == "contacts" and row.outcome == "quarantined"
        }
        return bool(rows) and all(f"{row.get('row_file')}:{row.get('row_line')}" in out for row in rows)

    def _by_hand(self) -> set[str]:
        """Persons suppressed for all mail whose address the account still holds as mailable in Campaigns."""
        if not self.session.facts.campaigns:
            return set()
        return {
            identity
            for identity, person in self.session.records("person").items()
            if person.get(SUPPRESSION_FIELDS[0]) == SUPPRESSED
            and addresses_of(person)
            and person.get("marketing_status") not in ("unsubscribed", "archived")
        }


PHASE = SuppressionPass
open = opener(SuppressionPass)
