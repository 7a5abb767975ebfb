"""Scope, cutover plan and hypercare list: complete, and good as they are for a customer."""

from __future__ import annotations

import itertools
import re
from datetime import UTC, date, datetime

import pytest

from nrpd.errors import BadInput
from nrpd.handover import cutover, hypercare, render, scope
from nrpd.handover.complexity import Clarity, ObjectFate
from nrpd.handover.estimate import Volumes, estimate
from nrpd.pipedrive.records import MappingRow, Target

CLARITY = Clarity(
    fields=3,
    objects=(
        ObjectFate("contacts", 1000, "1:1", "persons"),
        ObjectFate("email_sends", 3000, "with loss", "activities", "custom fields; they stand in the note"),
        ObjectFate("workflows", 7, "rebuilt by hand", "the rebuild guide", "the logic itself"),
    ),
)
MADE = estimate(
    Volumes(
        {"contacts": 1000, "email_sends": 3000}, persons=1000, organizations=100, activities={"all": 3000},
        new_fields_of={"person": 2},
    ),
    plan="lite", seats=1, clarity=CLARITY, rates={"day": 900}, currency="EUR", start=date(2026, 12, 1),
)  # fmt: skip


def line(source: str, field: str, confidence: float, new: bool = True, transform: str = "text") -> MappingRow:
    target = Target("person", field, "varchar", new)
    return MappingRow("contacts", source, source, 0.5, "text", target, transform, confidence, f"because {source}")


FACTS = scope.ScopeFacts(
    "acme", date(2026, 11, 25), MADE, account="acme.pipedrive.example",
    mapping=[line("Region", "Region", 0.95), line("Odd | one", "Odd", 0.4), line("Junk", "", 0.9, False, "skip")],
    owners={"matched": 3, "default": 1}, suppressions={"hard bounce": 4}, quarantined={"wrong length": 2},
    people={"persons": 900, "anonymous visitors": 5}, stages={"MQL": 4},
    held=[("contacts", 1000, 1, 2, 0, 1, 3)], sends={"2024": {"delivered": 1, "opened": 2}}, sends_left={"not sent": 8},
    scores=[{"ruleset": "Product | B", "contacts": 7, "zero": 1, "lowest": 0, "median": 2.5, "top tenth from": 9,
             "highest": 1234}],
    campaigns=2, workflow_levels={"simple": 4, "complex": 2}, template_levels={"medium": 5},
    findings=[("contacts", "Phone", "scientific notation", 3, "a.csv", [7, 8], "left out"),
              ("contacts", "Phone", "scientific notation", 2, "b.csv", [4], "left out")],
    account_rows=[("Deals", "1,234")],
    policies={"policies.activities": "all", "marketing_subscribe": False},
    files=[("contacts.csv", "contacts", 1000)], workflows=(6, 1), templates=5,
    counts_note="possibly partial: the token's user is not an admin", warnings=["The account has 9 tokens a day"],
    retention=date(2027, 3, 1), open_points=["Who signs?"],
)  # fmt: skip


def test_scope_says_everything_a_customer_needs() -> None:
    text = scope.build(FACTS)
    for words in ("Owners come before persons", "Activities carry no custom fields", "2027-03-01", "nrpd purge",
        "Counts are possibly partial: the token's user is not an admin", "The account has 9 tokens a day",
                  "hard bounce", "wrong length", "Odd \\| one", "because Junk", "grade", "EUR", "2026-12-01",
                      "Who signs?",
                  "they stand in the note", "the rebuild guide", "Total:", "acme.pipedrive.example"):  # fmt: skip
        assert words in text, words
    for words in ("anonymous visitors", "| MQL | 4 |", "| 2024 | 1 | 2 | 3 |", "not sent", "Product \\| B", "1,234",
                  "4 simple, 2 complex", "E-mail templates by complexity: 5 medium.", "2 campaigns were found",
                  "| Contacts: Phone | scientific notation | 5 | a.csv, line 7 | left out |", "| Deals | 1,234 |",
                  "| A proven opt-in becomes subscribed | no |", "| Contacts | 1,000 | 1 | 2 | 0 | 1 | 3 |",
                  "1 Discovery", "| Person | Region | text | Contacts: Region |"):  # fmt: skip
        assert words in text, words
    assert "Scope individually" not in text
    assert text.count("possibly partial") == 1
    assert "varchar" not in text
    html = render.html(text, "Scope")
    assert "<th scope" in html


def test_scope_of_a_very_large_customer_has_no_quote() -> None:
    big = estimate(Volumes({"contacts": 3_000_000}), plan="growth", seats=5, rates={"day": 900})
    text = scope.build(scope.ScopeFacts("big", date(2026, 1, 1), big))
    assert "Scope individually" in text
    assert "Quote" not in text


def test_clarity_counts_by_confidence() -> None:
    assert scope.clarity_rows(FACTS.mapping) == [("contacts", 1, 0, 1, 1)]


def test_cutover_has_clock_times_and_a_list() -> None:
    facts = cutover.CutoverFacts(
        "acme", MADE, datetime(2026, 12, 4, 18, 0, tzinfo=UTC), "UTC", workflows_active=6, templates=5,
        retention=date(2027, 3, 1), parameters="acme.yaml",
    )  # fmt: skip
    text = cutover.build(facts)
    for words in ("Fri 2026-12-04 18:00", "Fri 2026-11-27 18:00", "nrpd run acme.yaml --to 11\\_cutover", "Go or no-go",
                  "6 active workflows", "2027-03-01", "nrpd rollback acme.yaml --plan"):  # fmt: skip
        assert words in text, words
    steps = cutover.plan(facts)
    times = [s.minutes for s in steps]
    assert times == sorted(times)
    running = [s for s in steps if s.minutes >= 0]
    assert all(a.minutes + a.lasts == b.minutes for a, b in itertools.pairwise(running))


def test_cutover_without_a_date_counts_from_the_freeze() -> None:
    text = cutover.build(cutover.CutoverFacts("acme"))
    assert "F - 7 d" in text
    assert "F + 0:00 h" in text
    with pytest.raises(BadInput, match="time zone"):
        cutover.build(cutover.CutoverFacts("acme", freeze_at=datetime(2026, 12, 4, 18, 0)))


def test_hypercare_has_seven_days_with_reconciliation() -> None:
    text = hypercare.build(hypercare.HypercareFacts("acme", date(2026, 12, 4), "acme.yaml", workflows_active=2))
    assert len(re.findall(r"^## Day \d", text, re.M)) == 7
    assert "Saturday 2026-12-05" in text
    assert text.count("nrpd reconcile acme.yaml") == 7
    assert "nrpd suppress acme.yaml FILE" in text
    assert "2027-01-03" in text


@pytest.mark.parametrize(
    ("points", "verdict"),
    [
        ([], ""), ([(1, 0, 0)], ""), ([(1, 5, 0), (2, 5, 0)], "do not grow"), ([(2, 9, 0), (1, 5, 0)], "4 more"),
        ([(1, 5, 0), (2, 1, 0)], "4 fewer"), ([(1, 0, 1)], "Red"),
    ],
)  # fmt: skip
def test_trend(points: list[tuple[int, int, int]], verdict: str) -> None:
    trend = [
        hypercare.TrendPoint(date(2026, 12, d), 100, different, 0, unflagged) for d, different, unflagged in points
    ]
    found = hypercare.verdict(trend)
    assert verdict in found
    assert bool(found) == bool(verdict)
    assert "Trend" in hypercare.build(hypercare.HypercareFacts("a", trend=trend))
