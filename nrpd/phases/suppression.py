"""05_suppression: the addresses that must not be mailed, and what the account says of them. Writes nothing there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any, ClassVar

from nrpd import evidence, views
from nrpd.journal import RowOutcome
from nrpd.loader.plans.suppressed import is_of_address
from nrpd.loader.source_view import row_key, row_outcome
from nrpd.matching import standing
from nrpd.matching.duplicates import addresses_of
from nrpd.matching.organizations import match_organizations
from nrpd.matching.review import Review, companies_to_review, persons_to_review
from nrpd.matching.standing import NO_PERSON, Decision
from nrpd.phases import decisions
from nrpd.phases.opening import opener
from nrpd.phases.step import Step


class Suppression(Step):
    """Compares suppressions with the account's persons, and lets a person decide the overlaps."""

    name = "05_suppression"
    main_object = "suppressions"
    recalls: ClassVar[Collection[str]] = ("person",)

    found: list[Decision]

    def run_all(self) -> Any:
        self.sources()
        self.compare_with_account()
        self.look_alikes()
        self.queue()
        return self.finish()

    def sources(self) -> views.View:
        """Where the suppressions come from: rows per file and reason."""
        entries = [entry for found in self.view.ledger.entries.values() for entry in found.entries]
        counts = Counter((str(e.row.get("row_file", "")), ", ".join(e.reasons)) for e in entries)
        rows = [{"file": file, "reason": reason, "rows": n} for (file, reason), n in sorted(counts.items())]
        return views.table(rows, "Where the suppressions come from", limit=100)

    def compare_with_account(self) -> views.View:
        """Suppressed addresses by reason, and how many of them the account holds."""
        self.found = decisions.suppression(self)
        reasons = Counter(reason for d in self.found for reason in d.reasons)
        rows = [{"reason": reason, "addresses": n} for reason, n in reasons.most_common()]
        rows.append({"reason": "in the account now", "addresses": sum(bool(d.person_ids) for d in self.found)})
        alone = self.parameters.policies.suppressed_without_contact
        what = "become persons of their own" if alone == "create_person" else "stay in the ledger"
        rows.append(
            {
                "reason": f"neither contact nor person ({what})",
                "addresses": sum(d.outcome == NO_PERSON for d in self.found),
            }
        )
        return views.table(rows, f"{len(self.found)} suppressed addresses")

    def look_alikes(self) -> views.View:
        """Addresses of the source or the account that are a suppressed one but for dots or a `+tag`: for review only,
        since some providers deliver both to one mailbox and others do not. Nobody is suppressed by it."""
        persons = self.session.records("person").values()
        where = {key: "the account" for person in persons for key in addresses_of(person)}
        where |= {key: "the source" for person in self.view.contacts.people for key in person.address_keys}
        rows = [
            {
                "address": address,
                "found_in": where[address],
                "suppressed_address": other,
                "reason": "; ".join(self.view.ledger.entries[other].reasons),
            }
            for address, other in standing.look_alikes(self.view.ledger, where)
        ]
        columns = ("address", "found_in", "suppressed_address", "reason")
        evidence.write_report(self.reports, "suppression_look_alikes", rows, columns)
        title = "Mailable addresses that look like a suppressed one"
        return views.table(rows, title, columns=columns, more="reports/suppression_look_alikes.csv")

    def queue(self) -> views.SuppressionView:
        """Suppressions that disagree with the account, and who is who there. States the suppression gate."""
        proposed = decisions.suppression(self, decided=False)
        subject = [[d.key, d.status, d.reasons, d.date.isoformat() if d.date else "", d.conflicts] for d in proposed]
        self.gates.state(
            "suppression", subject, {"addresses": len(proposed), "conflicts": sum(bool(d.conflicts) for d in proposed)}
        )
        shown = self.gates.status("suppression").digest

        def confirm(name: str, answers: dict[str, str]) -> None:
            self.gates.confirm("suppression", name, answers, plan_digest=shown)

        return views.SuppressionView(
            proposed,
            confirm,
            self.gates.answers("suppression"),
            decisions.decided_by(self, "suppression"),
            self._reviews(),
        )

    def _reviews(self) -> list[Review]:
        """Contacts and companies of which somebody must say who they are in the account. Without an answer they are
        what was proposed, and are listed in `reports/conflicts`."""
        persons = {int(i): record for i, record in self.session.records("person").items()}
        organizations = {int(i): record for i, record in self.session.records("organization").items()}
        people, matches = self.view.proposed
        companies = self.view.companies.companies
        linked = {source_id: int(dest) for source_id, dest in self.journal.links_of("organization").items()}
        found = match_organizations(companies, list(organizations.values()), linked)
        return [*persons_to_review(people, matches, persons), *companies_to_review(companies, found, organizations)]

    def finish(self, extra: Any = None) -> views.View:
        """Writes the ledger. Every row of a suppression file is in it."""
        write_ledger(self, self.found)
        self.journal.put_outcomes(self.name, suppression_rows(self, flagged="unchanged"))
        return super().finish(extra)


def suppression_rows(step: Step, *, flagged: str) -> list[RowOutcome]:
    """Each row of the suppression files: `flagged` where a person has the address, `created` where one was made for
    it, else `skipped: no person`."""
    by_key = {d.key: d for d in decisions.suppression(step)}
    ledger, linked = step.view.ledger, step.journal.links_of("person")
    ours = {row_key(row) for row in step.tables.of("suppressions")}
    found = []
    for entry in ledger.entries.values():
        decision = by_key[entry.key]
        here = decision.outcome != NO_PERSON
        for row in entry.rows:
            if row_key(row) not in ours:
                continue
            if decision.outcome.startswith("mailable"):
                found.append(row_outcome("suppressions", row, "skipped", decision.outcome))
            elif is_of_address(decision, linked):
                found.append(row_outcome("suppressions", row, "created"))
            else:
                found.append(
                    row_outcome("suppressions", row, flagged if here else "skipped", "" if here else NO_PERSON)
                )
    settled = step.view.standing_outcomes("suppressions", ledger.outcomes)
    return found + settled


def write_ledger(step: Step, found: list[Decision], extra: dict[str, str] | None = None) -> None:
    """`reports/suppression_ledger.csv`: every suppressed address, the persons flagged or why none."""
    rows = [
        {
            "address": d.address or d.key, "status": d.status, "reason": "; ".join(d.reasons),
            "date": d.date.isoformat() if d.date else "", "outcome": d.outcome,
            "person_ids": "; ".join(map(str, d.person_ids)), "conflicts": "; ".join(d.conflicts),
            "to_do": (extra or {}).get(d.key, ""),
        }
        for d in found
    ]  # fmt: skip
    columns = ("address", "status", "reason", "date", "outcome", "person_ids", "conflicts", "to_do")
    evidence.write_report(step.reports, "suppression_ledger", rows, columns)


PHASE = Suppression
open = opener(Suppression)
