"""The loader against a sandbox whose network fails: exactly one record per entry, whatever happens."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from nrpd.errors import BudgetSpent, GateWaiting, Locked, NrpdError
from nrpd.gates import GATE_AFTER, PHASES, Gates
from nrpd.journal import Entry, Journal, RowOutcome
from nrpd.loader import Finder, Guard, Loader, LoadResult, recover
from nrpd.pipedrive.account import read_records
from nrpd.pipedrive.answers import Answer, Blocked
from nrpd.pipedrive.client import Client
from nrpd.pipedrive.limits import Limits
from nrpd.sandbox import Sandbox
from nrpd.workspace import RUNNER_VARIABLE, AccountLock
from tests.support.opened import workspace

FINDER = Finder(
    key_of=lambda entry: str(entry.fields["name"]),
    keys_of=lambda record: [str(record["name"])],
    values_of=lambda record: record,
)


@dataclass
class Bench:
    """A sandbox, a client of it, and a customer whose phases before 08 are decided and complete."""

    box: Sandbox
    client: Client
    journal: Journal
    guard: Guard

    def loader(self, **more: Any) -> Loader:
        return Loader(self.client, self.journal, self.guard, **more)

    def names(self) -> Counter[str]:
        """The persons of the account by name."""
        return Counter(person["name"] for person in self.box.export()["persons"])

    def states(self) -> Counter[str]:
        """The states of all writes."""
        from nrpd.journal.tables import writes

        return Counter(row.state for row in self.journal.read(writes.select()))

    def outcomes(self) -> Counter[str]:
        return Counter(row.outcome for row in self.journal.outcomes_of())


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    made: list[Bench] = []

    def start(faults: str = "", *, limits: Limits | None = None, decided: bool = True, **box: Any) -> Bench:
        sandbox = Sandbox(tmp_path / "store.sqlite", burst=False, **{"budget": False, **box})
        sandbox.start()
        sandbox.set_faults(faults)
        place = workspace(tmp_path / "runs", gates="auto" if decided else "manual")
        journal = Journal(place.journal_path, "20260101T000000Z")
        gates = Gates(place, journal)
        for gate in GATE_AFTER:
            gates.state(gate, "digest" if gate == "mapping" else ["one"], {})
        for phase in PHASES[:7]:
            journal.phase_event(phase, "complete", "run")
        client = Client(sandbox.base_url, sandbox.token, limits=limits or Limits(), retry_wait=0.01)
        made.append(Bench(sandbox, client, journal, Guard(gates, journal, place.account_lock(1))))
        return made[-1]

    yield start
    for one in made:
        one.client.close()
        one.box.stop()
        one.journal.close()


def _entry(n: int, body: dict[str, Any] | None = None) -> Entry:
    values = {"name": f"Person {n:03}", **(body or {})}
    rows = (RowOutcome("contacts", f"c.csv:{n}", "created", "", str(n)),)
    return Entry("08_persons", "person", str(n), "create", "POST", "/api/v2/persons", values, values, rows=rows)


def _until_known(bench: Bench, entries: list[Entry]) -> LoadResult:
    """What a phase does: recover, plan what is not linked, write; until every outcome is known."""
    result = LoadResult()
    for _ in range(40):
        recover(bench.journal, "person", read_records(bench.client, "person"), FINDER)
        linked = bench.journal.links_of("person")
        due = [entry for entry in entries if entry.source_id not in linked]
        if not due:
            return result
        made = bench.loader().run(due)
        result.done += made.done
        result.unknown += made.unknown
    raise AssertionError("outcomes are still not known")


@pytest.mark.parametrize(
    "faults",
    [
        "", "lost=0.2,seed=1", "lost=0.2,seed=2", "error=0.2,seed=3", "reset=0.2,seed=4", "html=0.2,seed=5",
        "lost=0.1,error=0.1,html=0.05,reset=0.1,slow=0.05:0.02,seed=6",
    ],
)  # fmt: skip
def test_one_record_per_entry(bench: Callable[..., Bench], faults: str) -> None:
    made = bench(faults)
    entries = [_entry(n) for n in range(60)]
    result = _until_known(made, entries)
    made.box.set_faults("")
    assert made.names() == Counter(f"Person {n:03}" for n in range(60))
    assert bool(result.unknown) is bool(faults)
    assert made.journal.open_writes() == []
    assert sorted(made.journal.links_of("person")) == sorted(str(n) for n in range(60))
    assert made.outcomes() == {"created": 60}


def test_an_update_without_an_answer_is_made_once(bench: Callable[..., Bench]) -> None:
    made = bench()
    made.loader().run([_entry(1)])
    identity = made.journal.links_of("person")["1"]
    update = Entry(
        "08_persons", "person", "1", "update", "PATCH", f"/api/v2/persons/{identity}", {"name": "New"}, {"name": "New"},
        before={"name": "Person 001"}, dest_id=identity,
    )  # fmt: skip
    made.box.set_faults("lost=1")
    assert len(made.loader().run([update]).unknown) == 1
    made.box.set_faults("")
    (found,) = recover(made.journal, "person", read_records(made.client, "person"), FINDER)
    assert found.resolution == "found in the account"
    assert made.journal.records_of("person")[identity]["written"]["name"] == "New"


def test_what_the_account_refuses_is_quarantined_and_the_rest_goes_on(bench: Callable[..., Bench]) -> None:
    made = bench()
    entries = [_entry(n, {"owner_id": 999} if n % 10 == 3 else None) for n in range(40)]
    result = made.loader(explain=lambda entity, message: f"In plain words: {message}").run(entries)
    assert (result.done["create"], len(result.refused)) == (36, 4)
    assert len(made.names()) == 36
    assert made.outcomes() == {"created": 36, "quarantined": 4}
    rows = [row for row in made.journal.outcomes_of("08_persons") if row.outcome == "quarantined"]
    assert {row.source_id for row in rows} == {"3", "13", "23", "33"}
    assert all(row.reason.startswith("Pipedrive refused it: In plain words:") for row in rows)
    assert made.states() == {"done": 36, "refused": 4}


def test_fifty_refusals_in_a_row_for_one_cause_stop_it(bench: Callable[..., Bench]) -> None:
    made = bench()
    entries = [_entry(n, {"owner_id": 999}) for n in range(300)]
    with pytest.raises(NrpdError, match="stopped after 50 refusals in a row for one cause"):
        made.loader(workers=4).run(entries)
    states = made.states()
    assert 50 <= states["refused"] < 100
    assert states["sent"] == states["unknown"] == 0, "requests in flight have ended"
    assert made.names() == {}


def test_ctrl_c_lets_the_requests_in_flight_end(bench: Callable[..., Bench]) -> None:
    def press(done: int, total: int, what: str) -> None:
        if done >= 5:
            raise KeyboardInterrupt

    made = bench("slow=1:0.05,seed=1")
    with pytest.raises(KeyboardInterrupt):
        made.loader(workers=4, progress=press).run([_entry(n) for n in range(200)])
    states = made.states()
    assert states["sent"] == states["unknown"] == 0
    assert 5 <= states["done"] == len(made.names()) < 200


def test_a_success_between_them_starts_the_count_again(bench: Callable[..., Bench]) -> None:
    made = bench()
    entries = [_entry(n, {"owner_id": 999} if n % 20 else None) for n in range(120)]
    result = made.loader(workers=1).run(entries)
    assert (len(result.refused), result.done["create"]) == (114, 6)


def test_a_spent_budget_stops_cleanly_and_goes_on_later(bench: Callable[..., Bench], tmp_path: Path) -> None:
    limits = Limits.for_plan(tmp_path / "account", plan="lite", seats=1, share=0.005, burst=False)
    made = bench(limits=limits)
    entries = [_entry(n) for n in range(100)]
    with pytest.raises(BudgetSpent) as caught:
        made.loader(workers=4).run(entries)
    assert caught.value.resume_at is not None
    states = made.states()
    assert states["sent"] == states["unknown"] == 0
    assert states["done"] == len(made.names()) == 30, "150 tokens at 5 each"
    made.client.close()
    made.client = Client(made.box.base_url, made.box.token, limits=Limits(), retry_wait=0.01)
    made.journal.drop_planned("08_persons")
    _until_known(made, entries)
    assert made.names() == Counter(f"Person {n:03}" for n in range(100))


def test_an_account_that_blocks_stops_it_at_once(bench: Callable[..., Bench]) -> None:
    made = bench("blocked=1")
    with pytest.raises(Blocked):
        made.loader(workers=2).run([_entry(n) for n in range(40)])
    assert made.states()["sent"] == made.states()["unknown"] == 0
    assert made.names() == {}


def test_a_create_that_is_answered_without_an_id_is_looked_up(
    bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = bench()
    send = made.client.request

    def torn(method: str, path: str, **more: Any) -> Answer:
        answer = send(method, path, **more)
        return Answer({}) if method == "POST" else answer

    monkeypatch.setattr(made.client, "request", torn)
    assert [entry.source_id for entry in made.loader().run([_entry(1)]).unknown] == ["1"]
    (found,) = recover(made.journal, "person", read_records(made.client, "person"), FINDER)
    assert found.resolution == "found in the account"
    assert list(made.journal.links_of("person").values()) == [found.dest_id]


def test_there_are_as_many_threads_as_requests_under_way(
    bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With slow answers as many as the burst allows, and none more."""
    made = bench(limits=Limits(burst=40, window=0.5))
    used: set[int] = set()
    send = made.client.request

    def slow(method: str, path: str, *, on_way: Callable[[], object], **more: Any) -> Answer:
        def left() -> None:
            used.add(threading.get_ident())
            on_way()
            time.sleep(0.5)

        return send(method, path, on_way=left, **more)

    monkeypatch.setattr(made.client, "request", slow)
    made.loader().run([_entry(n) for n in range(120)])
    assert 20 <= len(used) <= 40
    assert len(made.names()) == 120


def test_no_write_without_an_entry_committed_before_it(
    bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = bench()

    def broken(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(made.journal, "turn", broken)
    with pytest.raises(OSError, match="disk full"):
        made.loader().run([_entry(n) for n in range(5)])
    assert made.names() == {}


def test_a_kernel_whose_runner_is_gone_writes_no_more(
    bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = bench()
    send = made.client.request

    def ends_the_runner(method: str, path: str, **more: Any) -> Answer:
        monkeypatch.setenv(RUNNER_VARIABLE, "1999999")
        return send(method, path, **more)

    monkeypatch.setattr(made.client, "request", ends_the_runner)
    with pytest.raises(Locked, match="the run that started this kernel has ended"):
        made.loader(workers=2).run([_entry(n) for n in range(50)])
    assert 0 < sum(made.names().values()) < 50
    assert made.states()["sent"] == 0


def test_nothing_is_planned_or_sent_before_the_gate(bench: Callable[..., Bench]) -> None:
    made = bench(decided=False)
    with pytest.raises(GateWaiting):
        made.loader().run([_entry(1)])
    assert made.states() == {}
    assert made.client.usage.requests == 0


def test_nothing_is_sent_out_of_turn(bench: Callable[..., Bench]) -> None:
    made = bench()
    made.journal.phase_event("06_sample", "undone", "run")
    with pytest.raises(GateWaiting, match="06_sample is not complete"):
        made.loader().run([_entry(1)])
    assert made.states() == {}


def test_nothing_is_sent_in_a_read_only_repetition(bench: Callable[..., Bench]) -> None:
    made = bench()
    made.guard.read_only = True
    with pytest.raises(NrpdError, match="read-only repetition") as caught:
        made.loader().run([_entry(1)])
    assert caught.value.exit_code == 4
    assert made.states() == {}
    assert made.loader().run([]).done == {}


def test_nothing_is_sent_while_another_holds_the_account(bench: Callable[..., Bench], tmp_path: Path) -> None:
    made = bench()
    other = AccountLock(tmp_path / "runs" / ".accounts" / "1")
    other.acquire()
    with pytest.raises(Locked):
        made.loader().run([_entry(1)])
    other.release()
    assert made.states() == {}
    assert made.loader().run([_entry(1)]).done == {"create": 1}


def test_a_record_that_is_gone_already_counts_as_deleted(bench: Callable[..., Bench]) -> None:
    made = bench()
    gone = Entry("08_persons", "person", "77", "delete", "DELETE", "/api/v2/persons/77", dest_id="77")
    assert made.loader().run([gone]).done == {"delete": 1}
