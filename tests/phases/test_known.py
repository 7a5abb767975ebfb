"""What a phase knows of the account's records: never less than it must, never read more often than it has to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nrpd.phases.known import RECENT, KnownRecords

MANY = 2100
"""Records of an account whose reading is worth keeping: five pages."""


class Account:
    """Persons by id, each with a version; counts the requests of lists."""

    def __init__(self, count: int) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.clock = 0.0
        self.records: dict[int, dict[str, Any]] = {}
        self.asked: list[str] = []
        for n in range(1, count + 1):
            self.write(n)

    def write(self, identity: int) -> None:
        version = self.records.get(identity, {}).get("version", 0) + 1
        self.records[identity] = {"id": identity, "version": version, "update_time": f"{self.now:%Y-%m-%dT%H:%M:%SZ}"}

    def passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.clock += seconds

    def all(self, entity: str, since: datetime | None) -> Iterator[dict[str, Any]]:
        self.asked.append("all" if since is None else "since")
        for record in sorted(self.records.values(), key=lambda record: record["id"]):
            if since is None or datetime.fromisoformat(record["update_time"]) >= since.replace(microsecond=0):
                yield dict(record)

    def some(self, entity: str, ids: Collection[int]) -> Iterator[dict[str, Any]]:
        self.asked.append(f"{len(ids)} ids")
        yield from (dict(self.records[i]) for i in sorted(ids) if i in self.records)

    def versions(self) -> dict[str, int]:
        return {str(i): record["version"] for i, record in self.records.items()}


def versions(records: dict[str, dict[str, Any]]) -> dict[str, int]:
    return {identity: record["version"] for identity, record in records.items()}


Open = Callable[..., KnownRecords]


@pytest.fixture
def account() -> Account:
    return Account(MANY)


@pytest.fixture
def phase(account: Account, tmp_path: Path) -> Open:
    """Opens what a new phase knows."""

    def opened(*recalls: str, lasts: float = RECENT) -> KnownRecords:
        known = KnownRecords(
            account.all, account.some, lambda _, raw: dict(raw), tmp_path, lasts, clock=lambda: account.clock
        )
        known.may_recall = recalls
        return known

    return opened


def test_a_runner_reads_again_only_what_was_written_or_is_old(account: Account, phase: Open) -> None:
    known = phase()
    known.of("person")
    known.again("person")
    assert versions(known.of("person")) == account.versions()
    assert account.asked == ["all"]
    account.write(7)
    known.wrote("person")
    known.again("person")
    assert versions(known.of("person")) == account.versions()
    account.passes(RECENT)
    known.again()
    known.of("person")
    known.forget("person")
    known.of("person")
    assert account.asked == ["all"] * 4


def test_by_hand_it_is_read_each_time(account: Account, phase: Open) -> None:
    known = phase(lasts=0.0)
    known.of("person")
    account.write(3)
    known.again("person")
    assert versions(known.see("person", {"3"})) == account.versions()
    account.write(3)
    assert versions(known.see("person", {"3"})) == account.versions()
    assert account.asked == ["all", "all", "1 ids"]


def test_a_few_that_were_written_are_read_by_their_ids(account: Account, phase: Open) -> None:
    known = phase()
    known.of("person")
    assert known.see("person", {"1", "2"}) == known.of("person"), "nothing was written since"
    for n in (1, 2, MANY + 1):
        account.write(n)
    del account.records[9]
    known.wrote("person")
    found = known.see("person", {"1", "2", "9", str(MANY + 1)})
    assert versions(found) == account.versions()
    assert list(found) == sorted(found, key=int)
    known.again("person")
    known.of("person")
    assert account.asked == ["all", "4 ids"]
    known.wrote("person")
    known.see("person", set(map(str, range(1, 600))))
    assert account.asked == ["all", "4 ids", "all"], "six requests by ids, five by list"


def test_a_phase_starts_from_what_an_earlier_one_read(account: Account, phase: Open) -> None:
    phase().of("person")
    account.passes(90_000)
    account.write(5)
    account.write(MANY + 1)
    known = phase("person")
    assert versions(known.of("person")) == account.versions()
    known.again("person")
    known.of("person")
    assert account.asked == ["all", "since"]


def test_what_was_deleted_meanwhile_is_found_when_it_is_looked_at(account: Account, phase: Open) -> None:
    phase().of("person")
    del account.records[5]
    known = phase("person")
    assert "5" in known.of("person")
    assert "5" not in known.see("person", {"4", "5"})
    assert "5" not in known.see("person", {"4"})
    assert "6" in known.see("person", {"6", "5"})
    assert account.asked == ["all", "since", "2 ids", "1 ids"]


def test_a_phase_that_writes_reads_all(account: Account, phase: Open) -> None:
    phase().of("person")
    phase().of("person")
    assert phase("person").of("organization")
    assert account.asked == ["all"] * 3


def test_what_nrpd_deleted_is_not_taken_from_an_earlier_phase(account: Account, phase: Open) -> None:
    known = phase()
    known.of("person")
    del account.records[5]
    known.wrote("person", deleted=True)
    assert versions(phase("person").of("person")) == account.versions()


def test_a_small_account_is_not_kept(account: Account, phase: Open, tmp_path: Path) -> None:
    phase().of("person")
    assert [path.name for path in tmp_path.iterdir()] == ["known_person.json.gz"]
    for n in range(500, MANY + 1):
        del account.records[n]
    phase().of("person")
    assert list(tmp_path.iterdir()) == []
    assert versions(phase("person").of("person")) == account.versions()


def test_a_record_that_changes_while_the_list_is_read_is_read_once_more(account: Account, phase: Open) -> None:
    """It may have changed when its page was already read, at a time before that of the newest record."""
    read = account.all

    def slow(entity: str, since: datetime | None) -> Iterator[dict[str, Any]]:
        for record in read(entity, since):
            if record["id"] == 1000 and since is None:
                account.passes(20)
                account.write(1)
                account.passes(20)
                account.write(MANY)
            yield dict(account.records[record["id"]])

    account.all = slow  # type: ignore[method-assign]
    phase().of("person")
    assert versions(phase("person").of("person")) == account.versions()


ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["people write", "nrpd writes", "see"]), st.integers(1, 1010)),
        st.tuples(st.sampled_from(["time passes"]), st.sampled_from([1, 30, 700])),
        st.tuples(st.sampled_from(["next phase", "again"]), st.just(0)),
    ),
    max_size=25,
)


@given(ACTIONS)
@settings(max_examples=40, deadline=None)
def test_what_is_looked_at_is_as_it_is(
    tmp_path_factory: pytest.TempPathFactory, actions: list[tuple[str, int]]
) -> None:
    """The law: after nrpd wrote to it, and at the beginning of a phase, a record is seen as the account has it."""
    account, folder = Account(1001), tmp_path_factory.mktemp("known")

    def opened() -> KnownRecords:
        known = KnownRecords(
            account.all, account.some, lambda _, raw: dict(raw), folder, RECENT, clock=lambda: account.clock
        )
        known.may_recall = ("person",)
        return known

    known = opened()
    for action, n in actions:
        account.passes(1)
        if action == "people write":
            account.write(n)
        elif action == "nrpd writes":
            account.write(n)
            known.wrote("person")
            assert known.see("person", {str(n)})[str(n)]["version"] == account.records[n]["version"]
        elif action == "see":
            known.see("person", {str(n)})
        elif action == "time passes":
            account.passes(n)
        elif action == "again":
            known.again("person")
        else:
            known = opened()
            assert versions(known.of("person")) == account.versions()
