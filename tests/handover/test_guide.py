"""The rebuild guide: every pattern of the source's automations, in the words of both screens."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import docx
import pytest

from nrpd.errors import BadInput
from nrpd.handover import guide
from nrpd.handover.counterparts import COUNTERPARTS
from nrpd.handover.rebuild import rebuild
from nrpd.handover.steps import KINDS
from nrpd.handover.workflows import is_active, read_workflows


def row(**cells: str) -> dict[str, str]:
    return {"workflow_id": "1", "name": "W", "status": "Active", "type": "Workflow", **cells}


DRIP = row(name="Spring drip", type="Drip Series", trigger="Audience: list Newsletter (perpetual)",
           enrolled="1,240",
           actions='Send Email "A" on 2026-03-02 09:00; Send Email "B" on 2026-03-09 09:00')  # fmt: skip
FLOW = row(
    name="Nurture | <b>all</b>", trigger="Audience: Region is North (perpetual)",
    conditions="Lead Stage is not Customer; GDPR Consent Granted is True; Goal: booked a demo",
    actions="Send Email A\nWait 3 days\nSplit: opened A\nYes: add to Marketing List B\nNo: Send text message C\nWait "
            "51 weeks",
    step_count="9", enrolled="12",
)  # fmt: skip
TEST = row(name="Subject test", type="A/B Email Test", actions="A/B test subject lines; winner after 24 hours")
SCORE = row(name="Hot leads", type="Lead Scoring Thresholds", trigger="Total Score rises above 80",
            actions="Set Lead Stage to SQL; Create CRM task; Slack notification; Adjust lead score +5")  # fmt: skip
SYNC = row(name="To the CRM", type="Workflow", trigger="field Region changes", actions="Sync to CRM")
OLD = row(name="Old one", status="Draft", actions="Send email")


def test_every_kind_of_step_has_a_counterpart() -> None:
    assert {kind for kind, _ in KINDS} | {"other"} == set(COUNTERPARTS)
    for known in COUNTERPARTS.values():
        assert known.build or known.instead, known.kind
        assert known.instead or known.fit == "yes", known.kind


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("Active", (True, True)), ("Running (perpetual)", (True, True)),
        ("ON", (True, True)), ("Paused", (False, True)),
        ("In Progress", (True, True)), ("Not started", (False, True)),
        ("completed", (False, True)), ("", (True, False)),
        ("Zombie", (True, False)), ("Inactive", (False, True)),
    ],
)  # fmt: skip
def test_status_words(status: str, expected: tuple[bool, bool]) -> None:
    assert is_active(status) == expected


def test_dated_drip_is_built_in_campaigns() -> None:
    made = rebuild(read_workflows([DRIP])[0])
    assert made.in_campaigns
    assert made.automations == 0
    assert made.plan == "any plan with the Campaigns add-on"
    assert "scheduled for 2026-03-02 09:00" in made.built[0].build
    assert made.workflow.enrolled == 1240


def test_workflow_with_splits_waits_and_goal() -> None:
    made = rebuild(read_workflows([FLOW])[0])
    fits = {b.kind: b.fit for b in made.built}
    assert fits["split"] == "yes"
    assert fits["send_text"] == "no equivalent"
    assert fits["goal"] == "partly"
    assert made.fit == "no equivalent for 1 part"
    assert made.if_else == 1 + 2  # the split, and the goal asked for before each of two messages
    assert made.automations == 3  # a perpetual audience is two, a goal one more
    assert made.conditions == ("Lead Stage is not Customer",)
    assert [b.instead != "" for b in made.built if b.written.endswith("Wait 51 weeks")] == [True]
    notes = " ".join(made.notes)
    assert "counts 9 steps" in notes
    assert "Suppression status is empty" in notes


@pytest.mark.parametrize(
    ("trigger", "words", "fit"),
    [
        ("Form submitted: Contact us", "Person: added", "partly"),
        ("Lead Stage changes to MQL", "Lead Stage has changed", "yes"),
        ("Total Score rises above 80", "Lead Score", "partly"),
        ("Visited the pricing page", "", "no equivalent"),
        ("Opportunity stage changes", "Deal: updated", "yes"),
        ("field Region changes", "Person: updated", "yes"),
        ("Contract Renewal date field: 30 days before", "Date trigger", "partly"),
        ("something odd", "Person: updated", "partly"),
    ],
)
def test_triggers(trigger: str, words: str, fit: str) -> None:
    made = rebuild(read_workflows([row(trigger=trigger, actions="Send email")])[0])
    assert words in made.trigger.build
    assert made.trigger.fit == fit


def test_guide_counts_against_the_plan_and_lists_inactive_ones() -> None:
    made = guide.build([DRIP, FLOW, TEST, SCORE, SYNC, OLD], "lite", customer="acme", seats=3)
    s = made.summary
    assert (s.active, s.inactive) == (5, 1)
    assert s.automations_allowed == 0
    assert not s.fits
    assert s.plan_needed == "Growth"
    assert "Plan Lite has no automations" in made.markdown
    for words in ("## Inactive workflows", "Old one", "What has no equivalent", "sends a text message",
        "117 US dollars",
                  "Spring drip", "1,240", "- [ ] A test person", "no equivalent"):  # fmt: skip
        assert words in made.markdown
    assert guide.build([SCORE], "growth").summary.fits


def test_automations_in_use_count_too() -> None:
    made = guide.build([SCORE], "growth", automations_in_use=50)
    assert made.summary.automations_allowed == 0
    assert made.summary.plan_needed == "Premium"


def test_names_cannot_break_the_document() -> None:
    html = guide.build([FLOW], "growth").html()
    assert "<b>all</b>" not in html
    assert "Nurture | &lt;b&gt;all&lt;/b&gt;" in html


def test_docx_holds_the_same_and_is_the_same_every_time() -> None:
    made = guide.build([DRIP, FLOW], "growth")
    first = made.docx()
    assert first == made.docx()
    document = docx.Document(io.BytesIO(first))
    text = "\n".join(p.text for p in document.paragraphs)
    assert "Spring drip" in text
    assert "☐ A test person" in text
    assert any("Send text message C" in cell.text for t in document.tables for r in t.rows for cell in r.cells)


def test_empty_export_and_bare_rows() -> None:
    assert "names no workflows" in guide.build([], "growth").markdown
    made = guide.build([{"workflow_id": "9"}], "growth")
    assert "names no actions" in made.markdown
    assert made.summary.active == 1


def test_unknown_plan_is_refused() -> None:
    with pytest.raises(BadInput, match="gold"):
        guide.build([], "gold")


DEMO = Path(__file__).resolve().parents[2] / "parameters" / "demo" / "export" / "workflows.csv"
COLUMNS = ("workflow_id", "name", "status", "type", "trigger", "conditions", "actions", "step_count", "enrolled")


@pytest.fixture(scope="module")
def of_the_demo() -> guide.Guide:
    with DEMO.open(encoding="utf-8-sig", newline="") as text:
        _, *rows = csv.reader(text)
    return guide.build([dict(zip(COLUMNS, cells, strict=True)) for cells in rows], "growth", customer="demo", seats=5)


PATTERNS = {
    "drip series with dates": ("Spring Product Drip", 'Send Email "Welcome" on 2026-03-02', "scheduled for 2026-03-02",
                               "partly"),
    "step on a click": ("Spring Product Drip", "When this email is clicked", "Wait for condition (this email is click",
                        "partly"),
    "audience": ("Summer Upgrade", "Audience: Product Interest", "a second automation on Person: added", "partly"),
    "wait": ("Summer Upgrade", "Wait 3 days", "Delay: 3 days", "yes"),
    "split": ("Summer Upgrade", "Split (Conditions)", "If/else condition", "yes"),
    "random split": ("Summer Upgrade", "Split (Random Distribution)", "No equivalent", "no equivalent"),
    "list change": ("Summer Upgrade", "add to Marketing List", "Lists, with the list added", "partly"),
    "goal": ("Summer Upgrade", "Goal: Product Interest is Enterprise", "whether the goal is reached", "partly"),
    "A/B test": ("Subject Line Test", "with subject A to 20 %", "No equivalent", "no equivalent"),
    "wait between campaigns": ("Subject Line Test", "Wait 24 hours", "Campaigns: the next message", "partly"),
    "winner": ("Subject Line Test", "Winner: highest click rate", "No equivalent", "no equivalent"),
    "score thresholds": ("Hot and cold leads", "Total Score rises above 80", "Lead Score has changed", "partly"),
    "alert": ("Hot and cold leads", "Sales Alert", "Create activity for the owner", "partly"),
    "stage change": ("Qualified hand-over", "Lead Stage changes to", "Lead Stage has changed", "yes"),
    "owner": ("Qualified hand-over", "Set Field Values Contact Owner", "Action: Update person", "yes"),
    "list as trigger": ("Fair visitors to the CRM", "added to Marketing List", "Lists has changed", "partly"),
    "field change": ("Fair visitors to the CRM", "field Contract Renewal changes", "the field has changed", "yes"),
    "webhook": ("Fair visitors to the CRM", "Send Webhook to", "Action: Webhook, to the same address", "partly"),
    "CRM sync": ("Fair visitors to the CRM", "Sync to CRM", "Nothing to build", "yes"),
}  # fmt: skip
"""Pattern → (workflow, words of the source, words of Pipedrive's screen, how well it fits)."""


@pytest.mark.parametrize("pattern", PATTERNS)
def test_every_pattern_of_the_demo_has_its_counterpart(of_the_demo: guide.Guide, pattern: str) -> None:
    name, source, build, fit = PATTERNS[pattern]
    (made,) = [r for r in of_the_demo.rebuilds if r.workflow.name == name]
    triggers = made.more_triggers or ((made.workflow.trigger, made.trigger),)
    parts = [(text, a.build or "No equivalent", a.fit) for text, a in triggers]
    parts += [(b.written, b.build or "No equivalent", b.fit) for b in made.built]
    assert [(build in words, how) for text, words, how in parts if source in text] == [(True, fit)]
    section = of_the_demo.markdown.split(f". {name}\n")[1].split("\n## ")[0]
    assert source in section
    assert build in section


def test_each_workflow_of_the_demo_is_told_whole(of_the_demo: guide.Guide) -> None:
    text = of_the_demo.markdown
    summary = text.split("## Summary")[1].split("\n## ")[0]
    for words in (
        "| Automations to build | 9 |", "| Automations that plan Growth still allows | 50 |",
        "has 5 If/else steps, and 3 are allowed in one. Premium is the smallest plan", "| Premium | 150 | 10 | 6 |",
        "splits at random", "tests two versions",
    ):  # fmt: skip
        assert words in summary, words
    assert [r.workflow.name for r in of_the_demo.rebuilds if r.fit.startswith("no equivalent")] == [
        "Summer Upgrade", "Subject Line Test",
    ]  # fmt: skip
    for made in of_the_demo.rebuilds:
        section = text.split(f". {made.workflow.name}\n")[1].split("\n## ")[0]
        for words in (
            "**What it does.**", "**Trigger", "**Conditions.**", "**Actions, in order", "**Steps.**",
            "### To build in Pipedrive", "### Test", "- [ ] ", f"| {made.workflow.enrolled} |", made.plan,
        ):  # fmt: skip
            assert words in section, (made.workflow.name, words)
    assert "Old nurture (2021)" in text.split("## Inactive workflows")[1]
