"""Writes without an answer: found in the account and adopted, or sent again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from nrpd.errors import NrpdError
from nrpd.journal import NOT_YET, Entry, Journal, RowOutcome, unknown_outcomes
from nrpd.loader import Finder, recover
from nrpd.loader.recovery import AGAIN, FOUND, in_words, until_settled
from nrpd.pipedrive.client import Client
from nrpd.pipedrive.limits import Limits
from nrpd.sandbox import Sandbox

FINDER = Finder(
    key_of=lambda entry: entry.source_id,
    keys_of=lambda record: str(record.get("Net-Results ID", "")).split("; "),
    values_of=lambda record: record,
)
CREATE = Entry(
    "08_persons", "person", "s1", "create", "POST", "/p", {"name": "A"}, {"name": "A"},
    source_ids=("s1", "s2"), rows=(RowOutcome("contacts", "c.csv:2", "created"),),
)  # fmt: skip
UPDATE = Entry(
    "08_persons",
    "person",
    "s1",
    "update",
    "PATCH",
    "/p/7",
    {"name": "B"},
    {"name": "B"},
    before={"name": "A"},
    dest_id="7",
)
DELETE = Entry("rollback", "person", "7", "delete", "DELETE", "/p/7", dest_id="7")
RESTORE = Entry("rollback", "person", "7", "restore", "PATCH", "/p/7", {}, {"Title": None}, dest_id="7")


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path / "journal.sqlite", "20260101T000000Z") as made:
        yield made


CASES: list[tuple[str, Entry, list[dict[str, Any]], str]] = [
    ("a create that arrived", CREATE, [{"id": 7, "Net-Results ID": "s1; s2"}], "found"),
    ("a create that did not", CREATE, [{"id": 8, "Net-Results ID": "s9"}], "sent again"),
    ("a create in an empty account", CREATE, [], "sent again"),
    ("an update that arrived", UPDATE, [{"id": 7, "name": "B"}], "found"),
    ("an update that did not", UPDATE, [{"id": 7, "name": "A"}], "sent again"),
    ("an update of a record that is gone", UPDATE, [{"id": 8, "name": "B"}], "sent again"),
    ("a delete that arrived", DELETE, [{"id": 8}], "found"),
    ("a delete that did not", DELETE, [{"id": 7}], "sent again"),
    ("a restore that arrived", RESTORE, [{"id": 7}], "found"),
    ("a restore that did not", RESTORE, [{"id": 7, "Title": "T"}], "sent again"),
]


@pytest.mark.parametrize("unknown", [False, True], ids=["sent", "unknown"])
@pytest.mark.parametrize(("shown", "entry", "present", "resolution"), CASES, ids=[c[0] for c in CASES])
def test_each_open_write_is_settled(
    journal: Journal, shown: str, entry: Entry, present: Any, resolution: str, unknown: bool
) -> None:
    (planned,) = journal.plan([entry])
    journal.sent(planned)
    if unknown:
        journal.unknown(planned, "no answer")
    (found,) = recover(journal, "person", present, FINDER)
    assert resolution in found.resolution
    assert journal.open_writes() == []
    assert recover(journal, "person", present, FINDER) == []
    (listed,) = unknown_outcomes(journal)
    assert resolution in listed.resolution
    assert (listed.phase, listed.entity, listed.source_id, listed.verb, listed.run, listed.resolved_in) == (
        entry.phase, "person", entry.source_id, entry.verb, journal.run, journal.run
    )  # fmt: skip
    assert listed.why == ("no answer" if unknown else "the run ended before the answer came")
    assert listed.dest_id == (found.dest_id or entry.dest_id)


def test_one_sent_again_names_the_record_that_the_repetition_made(journal: Journal) -> None:
    (first,) = journal.plan([CREATE])
    journal.sent(first)
    journal.unknown(first, "no answer")
    assert [(u.resolution, u.dest_id, u.resolved_at) for u in unknown_outcomes(journal)] == [(NOT_YET, "", "")]
    recover(journal, "person", [], FINDER)
    (second,) = journal.plan([CREATE])
    journal.sent(second)
    journal.done(second, "7", {"id": 7})
    assert [(u.resolution, u.dest_id) for u in unknown_outcomes(journal)] == [(AGAIN, "7")]


def test_all_runs_are_listed_and_answered_writes_are_not(journal: Journal) -> None:
    for run, source_id in (("20260101T000000Z", "s1"), ("20260102T000000Z", "s2")):
        journal.run = run
        entry = Entry("08_persons", "person", source_id, "create", "POST", "/p", {}, source_ids=(source_id,))
        lost, answered = journal.plan([entry, replace(entry, source_id=f"{source_id} answered")])
        journal.sent(lost)
        journal.sent(answered)
        journal.done(answered, f"9{source_id[1]}", {})
    recover(journal, "person", [{"id": 7, "Net-Results ID": "s1"}], FINDER)
    found = unknown_outcomes(journal)
    assert [(u.source_id, u.run, u.resolution, u.resolved_in) for u in found] == [
        ("s1", "20260101T000000Z", FOUND, "20260102T000000Z"), ("s2", "20260102T000000Z", AGAIN, "20260102T000000Z")
    ]  # fmt: skip
    assert in_words(found) == "2 writes got no answer: 1 found in the account, 1 not there and sent again."
    assert in_words([]) == ""


NOW = datetime(2026, 1, 1, 12, 0, 50, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rows", "seconds"),
    [
        ([], 0),
        ([("unknown", "the connection broke", "2026-01-01T12:00:49Z")], 0),
        ([("unknown", "the answer took too long", "2026-01-01T12:00:10Z")], 20),
        ([("unknown", "the answer took too long", "2026-01-01T11:00:10Z")], 0),
        ([("sent", "", "2026-01-01T12:00:47Z")], 7),
        ([("sent", "", "2026-01-01T12:00:20Z")], 0),
        ([("sent", "", "2026-01-01T12:00:47Z"), ("unknown", "the answer took too long", "2026-01-01T12:00:20Z")], 30),
    ],
)
def test_what_may_still_be_under_way_is_looked_up_later(rows: list[tuple[str, str, str]], seconds: float) -> None:
    found = [SimpleNamespace(state=state, error=error, sent_at=at) for state, error, at in rows]
    assert until_settled(found, NOW) == seconds


def test_a_write_that_a_killed_process_held_back_is_looked_up_after_its_end() -> None:
    """It was journaled two minutes ago, waited for a limit, and left just before its sender was killed."""
    row = SimpleNamespace(state="sent", error="", sent_at="2026-01-01T11:58:50Z")
    assert until_settled([row], NOW) == 0
    assert until_settled([row], NOW, NOW) == 10


def test_a_gateway_that_gave_up_says_nothing_of_what_stands_behind_it() -> None:
    row = SimpleNamespace(state="unknown", error="the server answered with status 504", sent_at="2026-01-01T12:00:49Z")
    assert until_settled([row], NOW) == 59


def test_a_late_answer_is_told_from_a_broken_connection(tmp_path: Path) -> None:
    said = {}
    for faults in ("slow=1:1", "lost=1"):
        with Sandbox(tmp_path / f"{faults}.sqlite", faults=faults) as box:
            with Client(box.base_url, box.token, limits=Limits(), timeout=0.3) as client:
                with pytest.raises(NrpdError) as raised:
                    client.request("POST", "/api/v2/organizations", json={"name": "O"})
        row = SimpleNamespace(state="unknown", error=str(raised.value), sent_at="2026-01-01T12:00:49Z")
        said[faults] = until_settled([row], NOW)
    assert said == {"slow=1:1": 59, "lost=1": 0}


def test_a_found_create_is_linked_by_all_its_ids(journal: Journal) -> None:
    (planned,) = journal.plan([CREATE])
    journal.sent(planned)
    recover(journal, "person", [{"id": 7, "Net-Results ID": "s1; s2", "update_time": "2026-01-01T00:00:00Z"}], FINDER)
    assert journal.links_of("person") == {"s1": "7", "s2": "7"}
    assert [row.outcome for row in journal.outcomes_of("08_persons")] == ["created"]


def test_other_entities_and_settled_writes_are_left_alone(journal: Journal) -> None:
    done, refused, planned, other = journal.plan(
        [CREATE, CREATE, CREATE, Entry("07_organizations", "organization", "o1", "create", "POST", "/o")]
    )
    for entry in (done, refused, other):
        journal.sent(entry)
    journal.done(done, "7", {"id": 7})
    journal.refused(refused, "no")
    assert recover(journal, "person", [], FINDER) == []
    assert [row.id for row in journal.open_writes()] == [other.id]
    assert planned.id


def test_the_account_is_not_read_without_need(journal: Journal) -> None:
    def read() -> Iterator[dict[str, Any]]:
        raise AssertionError("read without need")
        yield {}

    assert recover(journal, "person", read(), FINDER) == []


def test_two_writes_of_the_same_words_are_not_found_in_one_record(journal: Journal):
    """Notes carry no source id: they are known by what they say, and two may say the same."""
    finder = Finder(key_of=lambda entry: str((entry.body or {})["content"]), keys_of=lambda record: [record["content"]])
    confirmed, open_ = journal.plan(
        [Entry("09_activities", "note", key, "create", "POST", "/n", {"content": "Hi"}) for key in ("n1", "n2")]
    )
    journal.sent(confirmed)
    journal.done(confirmed, "5", {"id": 5})
    journal.sent(open_)
    assert [r.resolution for r in recover(journal, "note", [{"id": 5, "content": "Hi"}], finder)] == [
        "not there: sent again"
    ]
    assert journal.links_of("note") == {"n1": "5"}


def test_what_people_did_to_a_record_before_it_was_found_is_not_taken_for_what_nrpd_wrote(journal: Journal) -> None:
    """Else a rollback would take the record away with their change."""
    (planned,) = journal.plan([CREATE])
    journal.sent(planned)
    recover(journal, "person", [{"id": 7, "Net-Results ID": "s1", "name": "Married", "Title": "Dr"}], FINDER)
    memory = journal.records_of("person")["7"]
    assert memory["after"]["name"] == "A"
    assert memory["after"]["Title"] == "Dr"
