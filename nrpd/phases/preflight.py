"""What 01_discovery finds out about the account before anything may be written, and what a person must know of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from nrpd.journal import Journal
from nrpd.parameters import VISIBILITY_GROUPS
from nrpd.phases.session import Session
from nrpd.pipedrive import preflight as rules
from nrpd.pipedrive.ledger import LedgerState
from nrpd.pipedrive.records import ENTITIES, FIELD_LIMITS

NOTE = "counts"
_MEANS = {1: "owner and followers", 3: "entire company"}
_MEANS_WITH_GROUPS = {
    1: "owner only",
    3: "owner's visibility group",
    5: "that group and its sub-groups",
    7: "entire company",
}


def counts_note(session: Session) -> str:
    """`possibly partial: …` where the token's user may not see every record; blank where the counts are complete."""
    return rules.why_partial(admin=session.facts.me.admin, plan=session.parameters.destination.plan)


def remember(session: Session) -> None:
    """Keeps the note for reports that do not ask the account."""
    session.journal.note(NOTE, counts_note(session))


def noted(journal: Journal) -> str:
    """The note as 01_discovery kept it; blank where it has not run yet."""
    return str(journal.noted(NOTE) or "")


def with_counts(journal: Journal, rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of a reconciliation, each with whether the counts of the account behind it are complete."""
    counts = noted(journal) or "complete"
    return [{**row, "counts": counts} for row in rows]


def budget_now(session: Session) -> LedgerState:
    """The account's token budget at this moment."""
    ledger = session.client.limits.ledger
    assert ledger is not None
    return ledger.state()


def account_limit(session: Session) -> int | None:
    """Tokens a day of the company as its headers say; None where they don't."""
    budget = budget_now(session)
    return budget.limit if budget.told else None


def field_counts(session: Session) -> dict[str, int | None]:
    """Entity → custom fields in use; None for a feature that the account does not have. Activities can have none."""
    facts = session.facts
    counts: dict[str, int | None] = {e: sum(f.custom for f in facts.fields_of(e)) for e in ENTITIES if e != "activity"}
    return {**counts, **session.other_fields}


def visibility(session: Session) -> str:
    """What `destination.visible_to` means on this plan."""
    wanted = session.parameters.destination
    means = _MEANS_WITH_GROUPS if wanted.plan in VISIBILITY_GROUPS else _MEANS
    return f"{wanted.visible_to}: {means[wanted.visible_to]}"


def warnings(session: Session) -> list[str]:
    """What a person should know before the gate, in whole sentences."""
    declared = session.parameters.destination
    used, limit = session.fields_in_use, FIELD_LIMITS[declared.plan]
    found = [
        f"Counts are {note}." if (note := counts_note(session)) else "",
        rules.plan_mismatch(account_limit(session), declared.plan, declared.seats),
        f"The account has {used} custom fields already, more than the {limit} that plan {declared.plan} allows."
        if used > limit else "",
    ]  # fmt: skip
    return [text for text in found if text]


def rows(session: Session) -> list[dict[str, Any]]:
    """The account in a table: who the token's user is, what the plan allows, what is in use."""
    facts, declared = session.facts, session.parameters.destination
    limit = account_limit(session)
    addons = "not visible to this user" if facts.addons is None else ", ".join(facts.addons) or "none"
    return [
        {"what": what, "found": found}
        for what, found in (
            ("Company", f"{facts.company_name} ({facts.company_domain})"),
            ("Token's user", f"{facts.me.name}, {'an admin' if facts.me.admin else 'not an admin'}"),
            ("Time zone of the user", facts.timezone),
            ("Users", f"{sum(u.active for u in facts.users)} active of {len(facts.users)}"),
            ("Add-ons", addons),
            ("Campaigns add-on", "yes" if facts.campaigns else "no"),
            ("Plan, as declared", f"{declared.plan}, {declared.seats} seats"),
            ("Tokens a day, as the account says", "not said" if limit is None else f"{limit:,}"),
            ("Custom fields in use", rules.fields_said(field_counts(session), declared.plan)),
            ("New records are visible to", visibility(session)),
            ("Activity types", ", ".join(t.name for t in facts.activity_types if t.active)),
            ("Pipelines", ", ".join(str(p.get("name")) for p in facts.pipelines)),
        )
    ]
