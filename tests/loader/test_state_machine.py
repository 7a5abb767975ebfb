"""Issue "Exactly once", Show 1, as far as CI has time for it: `python -m tests.loader.state_machine` does more."""

from __future__ import annotations

from tests.loader import state_machine


def test_whatever_happens_nothing_is_doubled_lost_or_taken_from_people() -> None:
    state_machine.check(20, 5)
    done = state_machine.steps
    assert min(sum(n for what, n in done.items() if word in what) for word in ("run, to", "killed", "rollback")) > 0
