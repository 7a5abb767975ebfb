"""The decisions of a customer as the phases use them: owners, suppressions, and the editors of the gates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from nrpd import views
from nrpd.errors import GateWaiting
from nrpd.gates import QUESTIONS
from nrpd.matching import owners as owner_rules
from nrpd.matching import standing
from nrpd.matching.owners import OwnerDecision
from nrpd.matching.standing import Decision

if TYPE_CHECKING:
    from nrpd.phases.seen import Seen
    from nrpd.phases.step import Step

FREEZE = views.Ask("freeze", "Freeze, such as 2026-12-04T18:00:00-07:00", kind="text", required=False)
"""When Net-Results was frozen; whoever names it has the delta checked against it."""
TAKE_SOURCE = views.Ask(
    "take_source", "Fields in which the source wins over what people changed since, such as Lead Score; or all",
    kind="text", required=False,
)  # fmt: skip
"""Blank: what people changed stays."""
OWNED = ("contacts", "companies", "campaigns")


def owners(step: Seen, *, decided: bool = True) -> list[OwnerDecision]:
    """What becomes of each owner of the source; with `decided` as people decided in 03_owners."""
    tables = {object_: step.tables.of(object_) for object_ in OWNED}
    answers = {key: value for key, value in step.gates.answers("owners").items() if decided}
    return owner_rules.resolve(
        owner_rules.count_owners(tables), step.tables.of("owners"), step.session.facts.users, step.session.default_user,
        answers,
    )  # fmt: skip


def require_provisioned(found: list[OwnerDecision]) -> None:
    """Raises GateWaiting while a user that was to be added to the account is not there."""
    waiting = [d.email or d.key for d in found if d.how == owner_rules.PROVISION]
    if waiting:
        raise GateWaiting(
            f"03_owners: waiting until these users are in the account: {', '.join(waiting)}.\n"
            "Add them in Pipedrive, then run again; or decide otherwise: "
            "nrpd confirm PARAMETERS owners --by NAME --file F",
            "owners",
        )


def suppression(step: Seen, *, decided: bool = True) -> list[Decision]:
    """One decision per suppressed address; with `decided` as people decided in 05_suppression."""
    view = step.view
    people = {p.key: [*p.address_keys, *(f"id:{i}" for i in p.ids)] for p in view.contacts.people}
    by = str((step.workspace.decision("suppression") or {}).get("by", ""))
    answers = step.gates.answers("suppression") if decided else {}
    memory = step.journal.records_of("person")
    ours = {
        int(dest): moment
        for dest, record in memory.items()
        if (moment := read_time(str(record["after"].get("update_time") or "")))
    }
    return standing.decide(
        view.ledger, step.session.records("person").values(), people, time_of=read_time, our_writes=ours,
        opt_ins=view.opt_ins, confirmed={key: by for key, answer in answers.items() if answer == "mailable"},
    )  # fmt: skip


def read_time(text: str) -> datetime | None:
    """A time of the account (RFC 3339) as aware UTC; None where it is blank or unreadable."""
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")) if text else None
    except ValueError:
        return None


def decided_by(step: Step, gate: str) -> tuple[str, str] | None:
    """(who, when) of a valid decision, else None."""
    state = step.gates.status(gate)
    return (state.by, state.at) if state.status == "confirmed" else None


def gate_view(step: Step, gate: str, question: str, summary: Any) -> views.GateView:
    """The editor of a gate: name, tick boxes, Confirm. The digest is that of what is shown here."""
    shown = step.gates.status(gate).digest
    asks = [views.Ask(key, text) for key, text in QUESTIONS.get(gate, ())]
    asks += [FREEZE, TAKE_SOURCE] if gate == "cutover" else []

    def confirm(name: str, answers: Mapping[str, Any]) -> None:
        step.gates.confirm(gate, name, answers, plan_digest=shown)

    return views.GateView(gate, question, summary, confirm, asks, decided_by(step, gate))
