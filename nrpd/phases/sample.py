"""06_sample: a chosen sample, migrated end to end and compared, for the customer's sign-off."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from nrpd import evidence, views
from nrpd.journal import digest
from nrpd.loader.source_view import SourceView
from nrpd.mapping import sheet
from nrpd.matching.sample import Sample as Choice
from nrpd.matching.sample import choose, features
from nrpd.matching.suppression import Ledger
from nrpd.netresults.records import SourceField
from nrpd.phases.beside import rows_beside
from nrpd.phases.loading import Loads
from nrpd.phases.opening import opener
from nrpd.phases.withdrawing import Withdrawing


def choice_of(view: SourceView, fields: Sequence[SourceField], ledger: Ledger, size: int) -> Choice:
    """The people that between them show every field, type, owner, suppression reason and oddity."""
    sends = defaultdict(list)
    for send in view.sends.sends:
        sends[send.key].append(send)
    few = {
        f.column: f.separator
        for f in fields
        if f.object == "contacts" and f.type in ("dropdown", "multiselect", "boolean")
    }
    shown = {
        p.key: features(
            p, ledger=ledger, match=view.matches[p.key], sends=sends[p.key], dropdowns=few,
            company=view.company_of(p.values),
        )
        for p in view.contacts.people
    }  # fmt: skip
    return choose(shown, size)


class Sample(Withdrawing):
    """Moves some people with their companies and sends, and shows source beside destination."""

    name = "06_sample"
    main_object = "contacts"
    settings_anew = ()

    chosen: Choice

    def run_all(self) -> Any:
        self.choose()
        self.load_sample()
        self.beside()
        self.gate()
        return self.finish()

    def choose(self) -> views.View:
        """Picks people who between them show every field, type, owner, suppression reason and oddity."""
        view, size = self.view, self.parameters.policies.sample_size
        self.chosen = choice_of(view, self.fields, self.ledger, size)
        shown = {p.key for p in view.contacts.people}
        noted = self.journal.noted("sample")
        if noted and self.journal.links_of("person"):
            # What was loaded as the sample stays the sample, also after a correction of the map.
            kept = tuple(key for key in noted if key in shown)
            self.chosen = Choice(kept, self.chosen.shows, self.chosen.missed)
        elif not self.session.read_only:
            self.journal.note("sample", list(self.chosen.keys))
        rows = [{"shows": what, "person": key} for what, key in sorted(self.chosen.shows.items())]
        evidence.write_report(self.reports, "sample", rows)
        title = f"{len(self.chosen.keys)} people, and what each was chosen for"
        keys = frozenset(self.chosen.keys)
        plan = Loads(self).plan_of(("organizations", "persons"), self._companies(keys), keys)
        return views.stack(views.table(rows, title, limit=20, more="reports/sample.csv"), plan)

    def load_sample(self) -> views.View:
        """Moves the sample: organizations, persons, activities; each compared. After a correction of the map, what it
        does not name any more is taken back first."""
        withdrawn = self.withdraw()
        loads = Loads(self)
        keys = frozenset(self.chosen.keys)
        loads.organizations(self._companies(keys))
        loads.persons(keys)
        loads.sends(keys)
        rows = [
            {"object": r.object, "records": r.records, "compared": r.compared, "different": r.different}
            for r in self.reconciliations
        ]
        return views.stack(withdrawn, views.table(rows, "The sample in the account, compared field by field"))

    def _companies(self, keys: frozenset[str]) -> frozenset[str]:
        people = [p for p in self.view.contacts.people if p.key in keys]
        return frozenset(c for p in people if (c := self.view.company_of(p.values)))

    def beside(self) -> views.View:
        """Source beside destination, and what changed on the way, for the first people; all of them in the report."""
        rows = list(rows_beside(self, frozenset(self.chosen.keys)))
        evidence.write_report(self.reports, "sample_beside", rows)
        return views.table(rows, "Source beside destination", limit=30, more="reports/sample_beside.csv")

    def gate(self) -> views.GateView:
        """States the sign-off."""
        subject = {"mapping": sheet.digest(self.sheet_rows), "sample": digest(sorted(self.chosen.keys))}
        different = sum(r.different for r in self.reconciliations)
        self.gates.state("signoff", subject, {"people": len(self.chosen.keys), "different": different})
        question = "Is every value of the sample where it belongs? After this, the rest is loaded with the same map."
        compared = sum(r.compared for r in self.reconciliations)
        summary = f"{len(self.chosen.keys)} people, {compared} values compared, {different} differ."
        return self.gate_view("signoff", question, summary)


PHASE = Sample
open = opener(Sample)
