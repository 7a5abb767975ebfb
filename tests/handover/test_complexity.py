"""The complexity grade: each side's limits, and how sides become a letter."""

from __future__ import annotations

import pytest

from nrpd.handover.complexity import Clarity, grade


@pytest.mark.parametrize(
    ("clarity", "records", "days", "plan", "new_fields", "letter"),
    [
        (Clarity(fields=30), 10_000, 1, "growth", 20, "A"),
        (Clarity(fields=30, lossy_fields=3, uncertain_fields=4), 50_000, 2, "growth", 20, "B"),
        (Clarity(fields=30), 10_000, 1, "lite", 31, "C"),
        (Clarity(fields=30), 10_000, 12, "growth", 10, "C"),
        (Clarity(fields=30, lossy_fields=15, uncertain_fields=25), 1_500_000, 20, "growth", 120, "D"),
        (Clarity(fields=30, deadline_days=3), 10_000, 4, "growth", 10, "C"),
        (Clarity(), 0, 0, "enterprise", 0, "A"),
    ],
)
def test_letter(clarity: Clarity, records: int, days: int, plan: str, new_fields: int, letter: str) -> None:
    assert grade(clarity, records=records, days=days, plan=plan, new_fields=new_fields).letter == letter


@pytest.mark.parametrize(("records", "points"), [(20_000, 0), (20_001, 1), (200_001, 2), (1_000_001, 3)])
def test_volume_steps(records: int, points: int) -> None:
    sides = {s.name: s for s in grade(Clarity(), records=records, days=1, plan="growth", new_fields=0).sides}
    assert sides["data volume"].points == points


def test_reasons_name_what_is_hard() -> None:
    clarity = Clarity(
        fields=10,
        active_workflows=4,
        workflows_without_equivalent=2,
        counts_note="possibly partial: the token's user is not an admin",
        existing_fields=29,
    )
    made = grade(clarity, records=100, days=1, plan="lite", new_fields=5).as_dict()
    reasons = " ".join(r["reason"] for r in made["reasons"])
    for words in ("2 of 4 active workflows", "exceeded by 4", "allows 0 automations", "possibly partial"):
        assert words in reasons
    assert len(made["reasons"]) == 5
