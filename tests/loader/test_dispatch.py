"""The thread that journals and those that send, over a journal and without a network."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from nrpd.errors import NrpdError
from nrpd.journal import Ended, Entry, Journal
from nrpd.journal.tables import events, writes
from nrpd.loader.dispatch import AHEAD, NOT_DONE, Answered, Dispatcher, Send


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path / "journal.sqlite", "20260101T000000Z") as opened:
        yield opened


def _planned(journal: Journal, count: int) -> list[Entry]:
    bodies = [{"name": f"Person {n}"} for n in range(count)]
    return journal.plan(
        [Entry("08_persons", "person", str(n), "create", "POST", "/p", b, b) for n, b in enumerate(bodies)]
    )


def _made(entry: Entry, leaves: Callable[[], object]) -> Answered:
    leaves()
    return Ended(entry, "done", "", f"7{entry.id}", {"id": entry.id}), None


def _load(
    journal: Journal, send: Send, *, workers: int = 2, seen: list[Ended] | None = None, **more: Any
) -> Dispatcher:
    def note(ended: Sequence[Ended]) -> None:
        if seen is not None:
            seen.extend(ended)

    return Dispatcher(journal, send, workers, **{"check": lambda: None, "note": note, **more})


def _states(journal: Journal) -> Counter[str]:
    return Counter(row.state for row in journal.read(writes.select()))


def test_each_is_in_the_journal_when_its_request_leaves(journal: Journal) -> None:
    entries, seen = _planned(journal, 100), []
    at_leaving = []

    def send(entry: Entry, leaves: Callable[[], object]) -> Answered:
        at_leaving.append([r.state for r in journal.read(writes.select().where(writes.c.id == entry.id))])
        return _made(entry, leaves)

    _load(journal, send, workers=8, seen=seen).run(iter(entries))
    assert at_leaving == [["sent"]] * 100
    assert _states(journal) == {"done": 100}
    assert sorted(one.entry.id for one in seen) == [entry.id for entry in entries]
    moves = Counter((row.write_id, row.state) for row in journal.read(events.select()))
    assert moves == {(entry.id, state): 1 for entry in entries for state in ("sent", "done")}


def test_confirmations_and_what_leaves_next_share_commits(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    entries, turns = _planned(journal, 200), 0
    plain = journal.turn

    def counted(*arguments: Any) -> None:
        nonlocal turns
        turns += 1
        plain(*arguments)

    monkeypatch.setattr(journal, "turn", counted)
    _load(journal, _made, workers=8).run(iter(entries))
    assert turns < 100


def test_what_nobody_has_begun_with_is_taken_back_by_a_stop(journal: Journal) -> None:
    entries, seen = _planned(journal, 100), []
    begun, go_on = threading.Semaphore(0), threading.Event()

    def send(entry: Entry, leaves: Callable[[], object]) -> Answered:
        begun.release()
        go_on.wait(20)
        return _made(entry, leaves)

    load = _load(journal, send, seen=seen)
    with ThreadPoolExecutor(1) as thread:
        running = thread.submit(load.run, iter(entries))
        for _ in range(2):
            begun.acquire()
        load.stop(KeyboardInterrupt("pressed"))
        go_on.set()
        assert isinstance(running.exception(20), KeyboardInterrupt)
    rows = journal.read(writes.select())
    assert Counter(row.state for row in rows) == {"done": 2, "refused": AHEAD - 2, "planned": 100 - AHEAD}
    assert all(row.error.startswith(NOT_DONE) for row in rows if row.state == "refused")
    assert len(seen) == 2, "what never left is no refusal"


def test_what_stops_one_stops_all_and_the_answered_ones_are_noted(journal: Journal) -> None:
    entries = _planned(journal, 100)

    def send(entry: Entry, leaves: Callable[[], object]) -> Answered:
        leaves()
        if entry.source_id == "40":
            error = NrpdError("the day's tokens are spent")
            return Ended(entry, "refused", f"{NOT_DONE}: {error}"), error
        return _made(entry, leaves)

    with pytest.raises(NrpdError, match="tokens are spent"):
        _load(journal, send).run(iter(entries))
    states = _states(journal)
    assert states["sent"] == states["unknown"] == 0
    assert states["done"] >= 39
    assert states["planned"] > 0


def test_what_a_sender_raises_leaves_its_outcome_unknown_and_stops_the_load(journal: Journal) -> None:
    entries = _planned(journal, 100)

    def send(entry: Entry, leaves: Callable[[], object]) -> Answered:
        if entry.source_id == "40":
            raise ValueError("a defect")
        return _made(entry, leaves)

    with pytest.raises(ValueError, match="a defect"):
        _load(journal, send).run(iter(entries))
    assert {row.source_id: row.state for row in journal.open_writes()} == {"40": "unknown"}


def test_entries_that_another_process_took_do_not_leave(journal: Journal) -> None:
    entries, sent = _planned(journal, 100), []

    def send(entry: Entry, leaves: Callable[[], object]) -> Answered:
        if not sent:
            journal.drop_planned("08_persons")
        sent.append(entry.id)
        return _made(entry, leaves)

    with pytest.raises(NrpdError, match="another process took"):
        _load(journal, send).run(iter(entries))
    assert {row.id: row.state for row in journal.read(writes.select()) if row.state != "refused"} == dict.fromkeys(
        sent, "done"
    )


@pytest.mark.parametrize("what", ["check", "note"])
def test_what_the_loader_raises_stops_it(journal: Journal, what: str) -> None:
    entries, asked = _planned(journal, 200), 0

    def raises(*_: object) -> None:
        nonlocal asked
        asked += 1
        if asked == 3:
            raise NrpdError("on purpose")

    with pytest.raises(NrpdError, match="on purpose"):
        _load(journal, _made, **{what: raises}).run(iter(entries))
    states = _states(journal)
    assert states["sent"] == states["unknown"] == 0
    assert states["done"] > 0
    assert states["planned"] > 0
