"""Free text of workflow cells → steps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nrpd.handover.steps import KINDS, duration, kind_of, parts, steps


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Send email A | Wait 3 days | Send email B", ["send_email", "wait", "send_email"]),
        ("Send email A; Wait 3 days; Send email B", ["send_email", "wait", "send_email"]),
        ("Send email A > Wait 3 days > Send email B", ["send_email", "wait", "send_email"]),
        ("Send email A -> Wait 3 days → Send email B", ["send_email", "wait", "send_email"]),
        ("1. Send email A\n2. Wait 3 days\n3) Send email B", ["send_email", "wait", "send_email"]),
        ("Send email A, wait 3 days, then send email B", ["send_email", "wait", "send_email"]),
        ('["Send email A", "Wait 3 days", "Send email B"]', ["send_email", "wait", "send_email"]),
        ('[{"type": "send_email", "name": "A"}, {"type": "wait", "days": 3}]', ["send_email", "wait"]),
        ('{"steps": [{"type": "split", "if": "opened", "yes": [{"type": "webhook", "url": "https://x.example"}]}]}',
         ["split", "webhook"]),
        ("Split: score > 50 | Send email A", ["split", "send_email"]),
        ("2024-03-01 09:00 Spring news > 2024-03-08 09:00 Reminder", ["send_email", "send_email"]),
        ("", []),
        ("  \n ; | ", []),
    ],
)  # fmt: skip
def test_separators(text: str, kinds: list[str]) -> None:
    assert [s.kind for s in steps(text)] == kinds


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Send Email: Welcome", "send_email"), ("Send text message Hi", "send_text"), ("SMS reminder", "send_text"),
        ("Wait 2 weeks", "wait"), ("Delay until Monday", "wait"), ("Split (Conditions): opened", "split"),
        ("If/else country = US", "split"), ("Split (Random Distribution): 50 % / 50 %", "random_split"),
        ("Add to Marketing List Newsletter", "list_add"), ("Remove from list Cold", "list_remove"),
        ("Set Field Values: Region = North", "set_field"), ("Set field Lead Stage to MQL", "set_field"),
        ("Set Lead Stage to MQL", "set_stage"), ("Adjust lead score +10", "adjust_score"), ("+5 points",
            "adjust_score"),
        ("Set Lead Score to 5", "set_field"), ("Send Webhook to https://hooks.example/a", "webhook"),
        ("Sync to Salesforce", "crm_sync"), ("Sales Alert", "alert"), ("Notify the owner", "alert"),
        ("Slack notification to #sales", "slack"), ("Create CRM task: call", "crm_task"), ("Create CRM lead",
            "crm_lead"),
        ("Create opportunity", "crm_opportunity"), ("Goal: booked a demo", "goal"), ("A/B test subject lines",
            "ab_test"),
        ("Winner: highest click rate", "ab_test"), ("Modify subscription Newsletter", "subscription"),
        ("Add to drip series Onboarding", "add_to_automation"), ("Remove from workflow X", "remove_from_automation"),
        ("Assign owner by round robin", "set_owner"), ("Run action set Welcome", "action_set"), ("End", "end"),
        ('Send email "Goal setting for teams"', "send_email"), ("Send Email: Wait, there is more", "send_email"),
        ("Frobnicate the widget", "other"),
    ],
)  # fmt: skip
def test_action_words(text: str, kind: str) -> None:
    assert kind_of(text) == kind


@pytest.mark.parametrize(
    ("text", "branch", "rest"),
    [
        ("if yes: set Region to North", "Yes", "set Region to North"), ("otherwise send email A", "Otherwise",
            "send email A"),
        ("No response email", "", "No response email"), ("Notify the owner", "", "Notify the owner"),
        ("When this email is clicked: add to list A", "When this email is clicked", "add to list A"),
    ],
)  # fmt: skip
def test_branch_labels(text: str, branch: str, rest: str) -> None:
    assert [(s.branch, s.text) for s in steps(text)] == [(branch, rest)]


def test_branch_labels_stay_with_their_line() -> None:
    found = steps("Split: opened?\nYes: Send email A; add to list B\nNo: Wait 1 week, Send email C\nWait 1 day")
    assert [(s.branch, s.kind) for s in found] == [
        ("", "split"), ("Yes", "send_email"), ("Yes", "list_add"), ("No", "wait"), ("No", "send_email"), ("", "wait"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ('Send Email "A" on 2026-03-02 09:00', "2026-03-02 09:00"),
        ("Send Email A, 3/2/2026 at 9:00 am EST", "3/2/2026 at 9:00 am EST"),
        ("Mar 3, 2024 Spring news", "Mar 3, 2024"),
        ("Send Email A", ""),
    ],
)
def test_drip_messages_keep_their_date(text: str, date: str) -> None:
    assert steps(text.replace(", 3/", " 3/"))[0].date == date


def test_nothing_is_split_inside_names_and_merge_fields() -> None:
    assert [s.text for s in steps('Send email "A; B | C > D" | Wait 1 day')] == [
        'Send email "A; B | C > D"',
        "Wait 1 day",
    ]
    assert parts("Greeting is {FIRST NAME|friend}") == ("Greeting is {FIRST NAME|friend}",)


def test_duration() -> None:
    assert duration("Wait for 51 weeks and 6 days") == "51 weeks"
    assert duration("Wait") == ""


@given(st.text(max_size=200))
def test_any_text_is_read_without_failing(text: str) -> None:
    known = {kind for kind, _ in KINDS} | {"other"}
    assert all(s.kind in known and s.text for s in steps(text))
