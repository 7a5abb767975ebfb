"""03_owners: which user of the account gets each owner's records. Writes nothing to Pipedrive."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from nrpd import evidence, views
from nrpd.journal import RowOutcome
from nrpd.matching.owners import OwnerDecision
from nrpd.phases import decisions
from nrpd.phases.opening import opener
from nrpd.phases.step import Step


class Owners(Step):
    """Matches owners by e-mail; the rest is decided by a person."""

    name = "03_owners"
    main_object = "owners"

    def run_all(self) -> Any:
        self.users()
        self.match()
        self.queue()
        return self.finish()

    def users(self) -> views.View:
        """The users of the account; only active ones can own records."""
        rows = [
            {"user": u.name, "address": u.email, "active": u.active, "admin": u.admin} for u in self.session.facts.users
        ]
        return views.table(rows, "Users of the account", limit=100)

    def match(self) -> views.View:
        """Every owner of contacts, companies and campaigns, and the user that the e-mail names."""
        rows = [_row(d) for d in decisions.owners(self)]
        return views.table(rows, "Owners of the source", limit=100)

    def queue(self) -> views.OwnersView:
        """Owners that nobody matches. States the owners gate."""
        proposed = decisions.owners(self, decided=False)
        subject = [[d.key, d.user_id, d.how, d.reason] for d in proposed]
        open_ones = [d.email or d.key for d in proposed if not d.settled]
        self.gates.state("owners", subject, {"open": open_ones})
        shown = self.gates.status("owners").digest

        def confirm(name: str, answers: dict[str, str]) -> None:
            self.gates.confirm("owners", name, answers, plan_digest=shown)

        return views.OwnersView(
            decisions.owners(self), self.session.facts.users, self.session.default_user, confirm,
            decisions.decided_by(self, "owners"),
        )  # fmt: skip

    def finish(self, extra: Any = None) -> views.View:
        """Each owner once: adopted (a user has the address, or was assigned), or skipped to the default, and why."""
        found = decisions.owners(self)
        decisions.require_provisioned(found)
        evidence.write_report(self.reports, "owners", [_row(d) for d in found])
        self.journal.put_outcomes(
            self.name,
            [
                RowOutcome("owners", d.key or "(none)", "adopted" if d.how in ("matched", "assigned") else "skipped",
                           "" if d.how in ("matched", "assigned") else f"default owner: {d.reason}", d.key, d.email)
                for d in found
            ],
        )  # fmt: skip
        return super().finish(extra)


def _row(decision: OwnerDecision) -> dict[str, Any]:
    row = asdict(decision)
    counts = row.pop("counts")
    return {**row, **{f"{object_}": counts.get(object_, 0) for object_ in decisions.OWNED}}


PHASE = Owners
open = opener(Owners)
