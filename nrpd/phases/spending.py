"""The estimate that was made before anything was written, and what each phase has spent since, beside it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from nrpd.gates import PHASES
from nrpd.handover.estimate import Basis
from nrpd.phases.session import Session
from nrpd.phases.step import Step
from nrpd.pipedrive.ledgerbook import Book
from nrpd.pipedrive.usage import Figures

NOTE = "estimate"


def keep(step: Step, basis: Basis) -> None:
    """Keeps the estimate, so that what is spent can be held against it. Once something is written, the account is not
    the one that the estimate is about any more, so the kept one stands."""
    if step.counts and (step.journal.noted(NOTE) is None or not step.journal.written_count()):
        spent = {phase: asdict(figures) for phase, figures in spent_on(step.session).items() if phase != step.name}
        step.journal.note(NOTE, {"basis": basis.as_json(), "spent_before": spent})


def kept(session: Session) -> Basis | None:
    """What the kept estimate was made from; None where there is none yet."""
    noted = session.journal.noted(NOTE)
    return None if noted is None else Basis.of_json(noted["basis"])


def spent_on(session: Session) -> dict[str, Figures]:
    """Phase → all that this customer's phases took of the account, attempts that failed or were paused included. The
    account is not asked."""
    company_id = session.journal.noted("company_id")
    if company_id is None:
        return {}
    book = Book(session.workspace.account_folder(int(company_id)))
    try:
        return book.spent_on(session.parameters.customer)
    finally:
        book.close()


def beside(session: Session) -> dict[str, dict[str, int]]:
    """Phase → estimated and actual requests and tokens since the kept estimate; empty where there is none."""
    basis = kept(session)
    if basis is None:
        return {}
    before = {phase: Figures(**made) for phase, made in session.journal.noted(NOTE)["spent_before"].items()}
    spent, estimated = spent_on(session), basis.estimate().chosen.phases()
    found = {}
    for phase in PHASES:
        actual = spent.get(phase, Figures()) - before.get(phase, Figures())
        found[phase] = {
            "estimated_requests": estimated[phase]["requests"], "estimated_tokens": estimated[phase]["tokens"],
            "requests": actual.requests, "tokens": actual.tokens,
        }  # fmt: skip
    return found


def rows(found: dict[str, dict[str, int]]) -> list[dict[str, Any]]:
    """`beside` as rows of a table, with a last one for all phases."""
    made = [{"phase": phase, **line, "difference": _difference(line)} for phase, line in found.items()]
    total: dict[str, Any] = {
        key: sum(line[key] for line in found.values())
        for key in ("estimated_requests", "estimated_tokens", "requests", "tokens")
    }
    return [*made, {"phase": "all", **total, "difference": _difference(total)}] if found else []


def _difference(line: dict[str, int]) -> str:
    """How far the tokens are from the estimate; blank for a phase that has not spent anything yet."""
    if not line["tokens"]:
        return ""
    return f"{(line['tokens'] - line['estimated_tokens']) / max(1, line['estimated_tokens']):+.1%}"
