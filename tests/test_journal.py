"""The journal: durable when it says so, in step with itself, and the same evidence whatever comes later."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from nrpd.errors import NrpdError
from nrpd.journal import Entry, Journal, RowOutcome, canonical, digest, entry_of
from nrpd.journal.tables import events, writes

RUN = "20260101T000000Z"


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path / "journal.sqlite", RUN) as made:
        yield made


def _entry(n: int = 1, verb: str = "create", **more: Any) -> Entry:
    row = RowOutcome(
        "contacts", f"c.csv:{n}", {"create": "created", "update": "updated"}.get(verb, "adopted"), "", f"{n}"
    )
    values = {"name": f"Person {n}"}
    return Entry(
        "08_persons", "person", f"{n}", verb, "POST", "/api/v2/persons",
        **{"body": values, "fields": values, "rows": (row,), **more},
    )  # fmt: skip


def _states(path: Path) -> dict[str, str]:
    with sqlite3.connect(path) as connection:
        return dict(connection.execute("SELECT source_id, state FROM writes").fetchall())


def _in_a_child(work: Any) -> None:
    """Runs `work` in a forked process that is gone at once when it returns, as after a kill."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(9)
    assert os.waitpid(child, 0)[1] != 0


@pytest.mark.parametrize(
    ("steps", "state"),
    [((), "planned"), (("sent",), "sent"), (("sent", "done"), "done"), (("sent", "unknown"), "unknown")],
)
def test_what_a_call_has_returned_from_survives_a_kill(tmp_path: Path, steps: tuple[str, ...], state: str) -> None:
    path = tmp_path / "journal.sqlite"

    def work() -> None:
        journal = Journal(path, RUN)
        (entry,) = journal.plan([_entry()])
        for step in steps:
            if step == "sent":
                journal.sent(entry)
            elif step == "done":
                journal.done(entry, "7", {"update_time": "2026-01-01T00:00:00Z"})
            else:
                journal.unknown(entry, "no answer")

    _in_a_child(work)
    assert _states(path) == {"1": state}
    with Journal(path, "later") as journal:
        assert [row.source_id for row in journal.open_writes()] == (["1"] if state in ("sent", "unknown") else [])
        assert journal.links_of("person") == ({"1": "7"} if state == "done" else {})


def test_an_entry_comes_back_as_it_was_planned(journal: Journal) -> None:
    wanted = _entry(
        verb="update", before={"name": None}, dest_id="7", source_ids=("1", "2"), undoes=3,
        body={"emails": [{"value": "a@b.example"}]},
    )  # fmt: skip
    (planned,) = journal.plan([wanted])
    journal.sent(planned)
    (row,) = journal.open_writes()
    assert entry_of(row) == planned
    assert row.payload_digest == digest(wanted.body)


def test_the_settings_that_make_it_durable(journal: Journal) -> None:
    with journal._engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    assert journal.path.stat().st_mode & 0o777 == 0o600


def test_many_threads_share_commits_and_lose_nothing(journal: Journal) -> None:
    entries = journal.plan([_entry(n) for n in range(200)])
    commits = 0
    plain = journal._commit

    def counted(*args: Any, **more: Any) -> bool:
        nonlocal commits
        commits += 1
        return plain(*args, **more)

    journal._commit = counted  # type: ignore[method-assign]
    threads = [
        threading.Thread(target=lambda mine=entries[n::40]: [journal.sent(entry) for entry in mine]) for n in range(40)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(_states(journal.path).values()) == {"sent"}
    assert commits < 200
    assert journal.read(sa.select(sa.func.count()).select_from(events))[0][0] == 200


def test_one_failing_change_does_not_take_others_with_it(journal: Journal) -> None:
    def broken(_: sa.Connection) -> None:
        raise RuntimeError("on purpose")

    gate = threading.Event()
    held = threading.Thread(target=lambda: journal.change(lambda _: gate.wait(10)))
    held.start()
    results: list[Any] = []

    def good(n: int) -> None:
        results.append(journal.plan([_entry(n)]))

    def bad() -> None:
        with pytest.raises(RuntimeError, match="on purpose"):
            journal.change(broken)
        results.append("refused")

    threads = [threading.Thread(target=good, args=(n,)) for n in range(5)] + [threading.Thread(target=bad)]
    for thread in threads:
        thread.start()
    gate.set()
    for thread in (held, *threads):
        thread.join()
    assert results.count("refused") == 1
    assert len(_states(journal.path)) == 5


def test_done_updates_record_link_and_outcome_together(journal: Journal) -> None:
    (entry,) = journal.plan([_entry(source_ids=("1", "11"))])
    journal.sent(entry)
    assert (journal.links_of("person"), journal.outcomes_of("08_persons")) == ({}, [])
    journal.done(entry, "7", {"id": 7, "update_time": "2026-01-01T00:00:00Z"}, tokens=5)
    assert journal.links_of("person") == {"1": "7", "11": "7"}
    assert journal.records_of("person")["7"]["written"] == {"name": "Person 1"}
    assert [(r.row, r.outcome) for r in journal.outcomes_of("08_persons")] == [("c.csv:1", "created")]


def test_done_is_all_or_nothing(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    (entry,) = journal.plan([_entry()])
    journal.sent(entry)

    def broken(*_: Any) -> None:
        raise RuntimeError("disk full")

    monkeypatch.setattr("nrpd.journal.turn.put_outcomes", broken)
    with pytest.raises(RuntimeError):
        journal.done(entry, "7", {"id": 7})
    monkeypatch.undo()
    assert _states(journal.path) == {"1": "sent"}
    assert (journal.links_of("person"), journal.records_of("person")) == ({}, {})


@pytest.mark.parametrize(
    ("first", "then", "left"),
    [
        ("created", "unchanged", "created"), ("adopted", "unchanged", "adopted"), ("updated", "unchanged", "updated"),
        ("quarantined", "unchanged", "unchanged"), ("created", "quarantined", "quarantined"),
        ("unchanged", "updated", "updated"),
    ],
)  # fmt: skip
def test_an_outcome_gives_way_only_to_a_stronger_one(journal: Journal, first: str, then: str, left: str) -> None:
    journal.put_outcomes("08_persons", [RowOutcome("contacts", "c.csv:1", first)])
    journal.put_outcomes("08_persons", [RowOutcome("contacts", "c.csv:1", then)])
    assert [row.outcome for row in journal.outcomes_of("08_persons")] == [left]


def test_outcomes_of_many_rows_at_once(journal: Journal) -> None:
    """Each row by its own rule, in the order in which they are told."""
    rows = [RowOutcome("contacts", f"c.csv:{n}", "created") for n in range(3)]
    journal.put_outcomes("08_persons", rows)
    told = [("c.csv:0", "unchanged"), ("c.csv:3", "unchanged"), ("c.csv:1", "skipped"), ("c.csv:4", "quarantined"),
            ("c.csv:2", "unchanged"), ("c.csv:4", "unchanged")]  # fmt: skip
    journal.put_outcomes("08_persons", [RowOutcome("contacts", row, outcome) for row, outcome in told])
    found = {row.row: row.outcome for row in journal.outcomes_of("08_persons")}
    assert found == {"c.csv:0": "created", "c.csv:1": "skipped", "c.csv:2": "created", "c.csv:3": "unchanged",
                     "c.csv:4": "unchanged"}  # fmt: skip


def test_counting_anew_keeps_what_a_write_made_true(journal: Journal) -> None:
    rows = [
        RowOutcome("contacts", f"c.csv:{n}", o) for n, o in enumerate(("created", "skipped", "quarantined", "adopted"))
    ]
    journal.put_outcomes("08_persons", rows)
    journal.put_outcomes("07_organizations", rows)
    journal.clear_outcomes("08_persons")
    assert [row.outcome for row in journal.outcomes_of("08_persons")] == ["created", "adopted"]
    assert len(journal.outcomes_of("07_organizations")) == 4


def test_the_first_value_that_stood_there_is_remembered(journal: Journal) -> None:
    for before, value in (({"Tier": "Gold"}, "Silver"), ({"Tier": "Silver"}, "Bronze")):
        (entry,) = journal.plan([_entry(verb="adopt", dest_id="7", fields={"Tier": value}, before=before)])
        journal.sent(entry)
        journal.done(entry, "7", {"id": 7})
    record = journal.records_of("person")["7"]
    assert (record["origin"], record["before"], record["written"]) == ("adopted", {"Tier": "Gold"}, {"Tier": "Bronze"})


def test_a_created_record_has_no_before(journal: Journal) -> None:
    for verb, before in (("create", None), ("update", {"name": "Person 1"})):
        (entry,) = journal.plan([_entry(verb=verb, before=before)])
        journal.sent(entry)
        journal.done(entry, "7", {"id": 7})
    record = journal.records_of("person")["7"]
    assert (record["origin"], record["before"]) == ("created", {})


def test_a_link_without_a_write(journal: Journal) -> None:
    rows = [RowOutcome("contacts", "c.csv:1", "adopted")]
    journal.link("08_persons", "person", "7", ("1", "2"), rows, {"name": "Other"})
    assert journal.links_of("person") == {"1": "7", "2": "7"}
    assert journal.records_of("person")["7"]["before"] == {"name": "Other"}
    assert journal.written_count() == 0


def test_only_intentions_that_were_never_sent_are_dropped(journal: Journal) -> None:
    entries = journal.plan([_entry(n) for n in range(4)])
    journal.sent(entries[0])
    journal.sent(entries[1])
    journal.refused(entries[1], "no")
    assert journal.drop_planned("07_organizations") == 0
    assert journal.drop_planned("08_persons") == 2
    assert _states(journal.path) == {"0": "sent", "1": "refused"}


def test_a_deleted_record_is_no_longer_linked(journal: Journal) -> None:
    (made,) = journal.plan([_entry()])
    journal.sent(made)
    journal.done(made, "7", {"id": 7})
    gone = Entry("rollback", "person", "7", "delete", "DELETE", "/api/v2/persons/7", dest_id="7", undoes=made.id)
    (gone,) = journal.plan([gone])
    journal.sent(gone)
    journal.done(gone, "7", None)
    assert journal.links_of("person") == {}
    assert journal.records_of("person")["7"]["state"] == "rolled back"
    states = {row.id: row.state for row in journal.read(sa.select(writes))}
    assert states == {made.id: "rolled back", gone.id: "done"}
    assert journal.written_count() == 0
    assert [row.id for row in journal.undone()] == [gone.id]


def test_the_evidence_of_a_run_does_not_change_after_it(journal: Journal) -> None:
    entries = journal.plan([_entry(n) for n in range(3)])
    for entry in entries[:2]:
        journal.sent(entry)
        journal.done(entry, str(entry.id), {"id": entry.id})
    sealed = journal.run_digest(RUN)
    assert sealed[0] == 2 + 4
    journal.drop_planned("08_persons")
    assert journal.run_digest(RUN) == sealed
    journal.run = "20260202T000000Z"
    gone = Entry("rollback", "person", "1", "delete", "DELETE", "/x", dest_id=str(entries[0].id), undoes=entries[0].id)
    (gone,) = journal.plan([gone])
    journal.sent(gone)
    journal.done(gone, gone.dest_id, None)
    assert journal.run_digest(RUN) == sealed
    journal.forget_values()
    assert journal.run_digest(RUN) == sealed
    assert journal.run_digest("20260202T000000Z")[0] == 1 + 3


def test_a_changed_row_changes_the_evidence(journal: Journal) -> None:
    (entry,) = journal.plan([_entry()])
    journal.sent(entry)
    before = journal.run_digest(RUN)
    journal.change(lambda c: c.execute(sa.update(writes).values(source_id="other")))
    assert journal.run_digest(RUN) != before


def test_purge_takes_personal_values_out_of_the_file(journal: Journal) -> None:
    secret = "Very Personal Name"
    values = {"name": secret}
    (entry,) = journal.plan([_entry(body=values, fields=values, before=values)])
    journal.sent(entry)
    journal.done(entry, "7", values)
    journal.put_outcomes("08_persons", [RowOutcome("contacts", "c.csv:1", "created", "", "1", f"{secret}@x.example")])
    journal.forget_values()
    journal.close()
    content = b"".join(p.read_bytes() for p in journal.path.parent.iterdir())
    assert secret.encode() not in content


def test_phases_are_complete_until_undone_or_reopened(journal: Journal) -> None:
    wanted = [
        ("started", False),
        ("complete", True),
        ("failed", True),
        ("reopened", False),
        ("complete", True),
        ("undone", False),
    ]
    for state, complete in wanted:
        journal.phase_event("08_persons", state, "run", {"n": 1}, inputs="abc")
        assert (journal.completed("08_persons") is not None) is complete, state


@pytest.mark.parametrize("value", [{"a": [1, "é"]}, None, "text", [1.5, {"b": (1, 2)}]])
def test_notes(journal: Journal, value: Any) -> None:
    assert journal.noted("key") is None
    journal.note("key", value)
    journal.note("key", value)
    assert journal.noted("key") == json.loads(canonical(value))


def test_a_file_that_cannot_be_used_is_said_in_plain_words(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    Journal(path).close()
    whole = path.read_bytes()
    for broken in (b"no database" * 400, whole[:4096] + b"\xff" * (len(whole) - 4096)):
        path.write_bytes(broken)
        for leftover in tmp_path.glob("journal.sqlite-*"):
            leftover.unlink()
        with pytest.raises(NrpdError, match=r"journal\.sqlite: the journal is damaged. Put back a copy"):
            Journal(path).links_of("person")


def test_a_disk_without_room_is_said_in_plain_words(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    with Journal(path) as journal:
        with sqlite3.connect(path) as other:
            pages = other.execute("PRAGMA page_count").fetchone()[0]
        sa.event.listen(journal._engine, "begin", lambda c: c.exec_driver_sql(f"PRAGMA max_page_count={pages}"))
        with pytest.raises(NrpdError, match=r"no room left on the disk\. Make room, then run again"):
            journal.note("long", "x" * 100_000)
