"""`nrpd rehearse`: the whole migration on a copy of the live account, day after day of its tokens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from nrpd import runbook
from nrpd.errors import BudgetSpent
from nrpd.phases import rehearsal


def run_on_a_copy(path: Path, *, keep: bool, tell: Callable[[str], None]) -> dict[str, Any]:
    """Copies the account, runs everything on the copy, and says what the live run would do and cost.

    Raises BudgetSpent before anything is copied where today's tokens might not do for it.
    """
    with rehearsal.Copying(path) as session, session.workspace.customer_lock():
        cost = rehearsal.cost_of_copy(session)
        tell(
            f"Copying the account costs at most {cost.most:,} tokens, of {cost.left:,} that were left today; "
            "nothing is written to it."
        )
        rehearsal.require_budget(session, cost)
        made = rehearsal.prepare(session, cost)
        tell(f"Copied for {made.copied.tokens:,} tokens.")
        try:
            executed, outcome = _run_days(made, tell)
            outcome.message = outcome.message.replace("PARAMETERS", str(path))
            document = rehearsal.write_report(session, made, executed, outcome.as_dict())
        finally:
            if not keep:
                made.remove_copy()
        return document | ({"index": str(outcome.index or ""), "kept": str(made.parameters)} if keep else {})


def _run_days(made: rehearsal.Rehearsal, tell: Callable[[str], None]) -> tuple[list[str], runbook.Outcome]:
    """Runs to the end, day after day of tokens. Returns the phases that were completed, and how the last day ended."""
    executed: list[str] = []
    while True:
        outcome = runbook.run(made.parameters, runbook.Options(), lambda phase, text: None if text else tell(phase))
        executed += outcome.executed
        if outcome.exit_code != BudgetSpent.exit_code or not made.next_day():
            return executed, outcome
        tell(f"The day's tokens are spent; the live run would go on the next day (day {made.days}).")
