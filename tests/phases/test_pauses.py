"""A migration that needs several days of the token budget: it pauses, goes on, and ends on the day that was named.

`nrpd run` in this process, each phase in a session of its own as a kernel has it, against a sandbox over HTTP whose
clock is moved on; the machine's clock stands still.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from nrpd import workbench
from nrpd.phases import spending
from nrpd.phases.session import Session
from nrpd.pipedrive import client as client_module
from nrpd.pipedrive.records import BURST_LIMITS
from nrpd.runbook import Outcome
from nrpd.sandbox import Sandbox
from nrpd.sandbox.app import App
from nrpd.sandbox.store import Store
from nrpd.workspace import RUNNER_VARIABLE, stamp
from tests.support import small
from tests.support.in_process import run

TOKEN_VARIABLE = "NRPD_TEST_TOKEN"
DAY = 86_400
LITE = 30_000
WRITES = ("POST", "PATCH", "PUT", "DELETE")


@dataclass
class Migration:
    """One customer and its account, and what the account was asked."""

    path: Path
    box: Sandbox
    to: str | None = None
    writes: Counter[str] = field(default_factory=Counter)
    """Every write that was carried out."""
    requests: int = 0
    turned_away: int = 0
    meanwhile: Callable[[], None] = lambda: None
    """What happens in the account after each request."""

    def run(self) -> Outcome:
        """`nrpd run` to where this test goes. It ends well, or because the budget is spent."""
        made = run(self.path, self.to)
        assert made.exit_code in (0, 5), made.message
        return made

    def through(self, before: Callable[[int], None] = lambda day: None, most: int = 9) -> list[Outcome]:
        """Runs day after day until all is done. What each day but the last ended with."""
        stops = []
        for day in range(1, most):
            before(day)
            made = self.run()
            if made.exit_code == 0:
                return stops
            stops.append(made)
            self.box.advance(DAY)
        raise AssertionError(f"not done after {most} days: {stops}")

    def others_spend(self, tokens: int) -> None:
        """The customer's own integrations use up tokens of the sandbox's day."""
        store = Store(self.box.store_path)
        day = datetime.fromtimestamp(store.now(), UTC).date().isoformat()
        store.close()
        with sqlite3.connect(self.box.store_path, timeout=30) as db:
            db.execute(
                "INSERT INTO usage (day, tokens) VALUES (?, ?) ON CONFLICT (day) DO UPDATE SET tokens = tokens + ?",
                (day, tokens, tokens),
            )
        db.close()

    def used(self) -> list[int]:
        """Tokens that the account counted, day by day."""
        with sqlite3.connect(self.box.store_path, timeout=30) as db:
            found = [int(row[0]) for row in db.execute("SELECT tokens FROM usage ORDER BY day")]
        db.close()
        return found

    def looked(self, beside: dict[str, Any]) -> int:
        """Tokens that went into nothing but looking: `nrpd estimate` before the run."""
        with Session(self.path) as session:
            spent = spending.spent_on(session)
        return sum(figures.tokens for phase, figures in spent.items() if phase not in beside["actual"])

    def twice(self) -> list[str]:
        """Writes that the account carried out more than once."""
        return [what for what, n in self.writes.items() if n > 1]

    def asks_once(self, day: int) -> None:
        """On the second day before the clock is moved on: one request, which costs two tokens at most."""
        if day == 2:
            self.box.advance(-DAY)
            requests, tokens = self.requests, self.box.tokens_used()
            assert self.run().exit_code == 5
            assert self.requests == requests + 1
            assert self.box.tokens_used() - tokens in (0, 2)
            self.box.advance(DAY)


@contextmanager
def served(folder: Path, monkeypatch: pytest.MonkeyPatch, share: float, faults: str = "") -> Iterator[Migration]:
    """The account in `folder`, on plan lite with one seat, and a customer of it. The pace is of no interest here."""
    monkeypatch.setitem(BURST_LIMITS, "lite", 5_000)  # type: ignore[arg-type]
    monkeypatch.setenv(RUNNER_VARIABLE, str(os.getpid()))
    fixture = small.account(folder / "account.json")
    with Sandbox(
        folder / "account.sqlite", plan="lite", seats=1, burst=False, fixture=fixture, faults=faults, token="t" * 40
    ) as box:
        monkeypatch.setenv(TOKEN_VARIABLE, box.token)
        destination = {"kind": "pipedrive", "base_url": box.base_url, "token_env": TOKEN_VARIABLE,
                       "plan": "lite", "seats": 1, "daily_token_share": share}  # fmt: skip
        made = Migration(small.parameters(folder, "acme", destination=destination, gates="auto"), box)
        answer = App._answer

        def spy(app: App, incoming: Any) -> Any:
            found = answer(app, incoming)
            made.requests += 1
            made.turned_away += found.status == 429
            if incoming.method in WRITES and found.status == 200:
                made.writes[f"{incoming.method} {incoming.path} {incoming.body}"] += 1
            made.meanwhile()
            return found

        monkeypatch.setattr(App, "_answer", spy)
        yield made
        monkeypatch.setattr(App, "_answer", answer)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small customer before its first load."""
    folder = tmp_path_factory.mktemp("prepared")
    small.export(folder / "export")
    with pytest.MonkeyPatch.context() as patch, served(folder, patch, share=1.0) as made:
        made.to = "05_suppression"
        assert made.run().exit_code == 0
    return folder


@pytest.fixture
def copy(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """All loads, the next day."""

    @contextmanager
    def start(share: float, faults: str = "") -> Iterator[Migration]:
        shutil.copytree(prepared, tmp_path, dirs_exist_ok=True)
        with served(tmp_path, monkeypatch, share, faults) as made:
            made.to = "10_suppression_pass"
            made.box.advance(DAY)
            yield made

    return start


def test_it_pauses_and_ends_on_the_day_that_the_estimate_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small.export(tmp_path / "export")
    with served(tmp_path, monkeypatch, share=0.015) as made:  # 450 tokens a day
        named = workbench.estimate(made.path)
        assert named["days"] in (3, 4)
        stops = made.through(made.asks_once)
        assert len(stops) + 1 == named["days"]
        assert made.twice() == []
        # The message, and the field of `--json`, name the midnight after each day of the account.
        start = datetime.fromisoformat(named["calendar"][0]["date"]).replace(tzinfo=UTC)
        nights = [start + timedelta(days=n) for n in range(1, named["days"])]
        assert [stop.resume_at for stop in stops] == [stamp(night) for night in nights]
        assert all(
            f"after {night:%Y-%m-%d %H:%M} UTC" in stop.message for night, stop in zip(nights, stops, strict=True)
        )
        # What each day spent is what was named, and no more than the share; the question is on top.
        planned = [day["tokens"] for day in named["calendar"]]
        assert all(abs(used - day) <= 0.03 * 450 for used, day in zip(made.used()[1:], planned[1:], strict=True))
        assert all(used <= 450 + 2 for used in made.used())
        beside = workbench.estimate(made.path)
        assert beside["days"] == named["days"]  # it stands, whatever the account holds now
        spent = sum(line["tokens"] for line in beside["actual"].values())
        assert spent == sum(made.used()) - made.looked(beside)
        assert workbench.status(made.path)["estimate"] == beside["actual"]


@pytest.mark.parametrize("share", [0.011, 1.0])
def test_without_headers_the_servers_clock_says_that_a_new_day_has_come(copy: Callable[..., Any], share: float) -> None:
    """0.011: the share is spent before the server's budget. 1.0: the server turns away in the middle of a phase."""
    with copy(share, "headers=0") as made, pytest.MonkeyPatch.context() as patch:
        patch.setattr(client_module, "BURST_SECONDS", 0.001)

        def before(day: int) -> None:
            made.asks_once(day)
            made.others_spend(LITE - 330 if share == 1.0 else 0)

        stops = made.through(before)
        assert stops
        assert made.twice() == []
        assert bool(made.turned_away) == (share == 1.0)


def test_the_servers_budget_is_gone_before_nrpds_share(copy: Callable[..., Any]) -> None:
    """With headers nrpd stops by itself: nothing is turned away, and every token is used."""
    with copy(0.8) as made:

        def before(day: int) -> None:
            made.asks_once(day)
            made.others_spend(LITE - 330 - made.box.tokens_used())

        stops = made.through(before)
        assert stops
        assert "account's tokens of the day" in stops[0].message
        assert made.turned_away <= 1  # the question on the first day, which has not moved on
        assert made.twice() == []


def test_others_use_up_the_budget_faster_than_nrpd_counts(copy: Callable[..., Any]) -> None:
    with copy(0.8) as made:
        made.others_spend(LITE - 3_000)
        made.meanwhile = lambda: made.others_spend(60)
        assert made.run().exit_code == 5
        assert made.turned_away <= 64  # what was under way when the last tokens went
        made.meanwhile = lambda: None
        made.box.advance(DAY)
        assert made.through() == []
        assert made.twice() == []


def test_a_run_that_is_killed_while_the_budget_is_spent_goes_on_where_it_was(copy: Callable[..., Any]) -> None:
    """Nothing is tidied up after the stop: the ledger, the journal and the client are left as they are."""
    with copy(0.011) as made:
        with pytest.MonkeyPatch.context() as killed:
            killed.setattr(Session, "disconnect", lambda self: self._lock and self._lock.release())
            assert made.run().exit_code == 5
        made.asks_once(2)
        made.box.advance(DAY)
        made.through()
        assert made.twice() == []
        assert len(made.box.export()["activities"]) == 30
