from __future__ import annotations

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from nrpd.errors import BadInput
from nrpd.pipedrive.burst import BurstWindow
from nrpd.pipedrive.limits import Limits


def most_in(times: list[float], seconds: float) -> int:
    return max(sum(start <= t < start + seconds for t in times) for start in times)


def test_the_server_never_sees_more_than_the_window_allows() -> None:
    """Requests travel for different times; what counts is when they arrive."""
    window, arrivals = BurstWindow(10, 0.4), []
    chance = random.Random(3)
    travel = [chance.choice([0.0, 0.01, 0.1]) for _ in range(60)]

    def send(seconds: float) -> None:
        window.take()
        try:
            time.sleep(seconds)
            arrivals.append(time.monotonic())
        finally:
            window.give_back()

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(send, travel))
    assert len(arrivals) == 60
    assert most_in(arrivals, 0.4) <= 10


def test_searches_have_a_narrower_window() -> None:
    limits, times = Limits(burst=20, search_burst=2, window=0.2), []
    for _ in range(5):
        limits.before(20, search=True)
        times.append(time.monotonic())
        limits.after(20, search=True)
    assert most_in(times, 0.2) <= 2


def test_without_a_window_nothing_waits() -> None:
    limits = Limits()
    begun = time.monotonic()
    for _ in range(10_000):
        limits.before(5)
        limits.after(5)
    assert time.monotonic() - begun < 1.0


def test_a_pause_holds_back_those_who_wait() -> None:
    limits = Limits(burst=5, window=0.05)
    limits.pause(0.3)
    begun = time.monotonic()
    limits.before(1)
    assert time.monotonic() - begun >= 0.29


def test_an_interrupted_wait_gives_place_and_tokens_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = Limits.for_plan(tmp_path, plan="lite", seats=1)
    limits._burst = BurstWindow(1, 0.2)
    limits.before(5)
    limits.after(5)

    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(time, "sleep", interrupted)
        with pytest.raises(KeyboardInterrupt):
            limits.before(5)
    assert limits.ledger is not None
    assert limits.ledger.state().spent == 5
    done = threading.Thread(target=limits.before, args=(5,))
    done.start()
    done.join(2)
    assert not done.is_alive()


def test_an_unknown_plan(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="growth"):
        Limits.for_plan(tmp_path, plan="gold", seats=1)
