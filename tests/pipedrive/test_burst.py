"""The burst window: a law over all delays in simulated time, and the real thing over HTTP."""

from __future__ import annotations

import heapq
import random
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nrpd.pipedrive.burst import BURST_SECONDS, CLOCK_GRAIN, BurstWindow, Places, RoundTrips
from nrpd.pipedrive.client import Client
from nrpd.pipedrive.limits import Limits
from tests.pipedrive.server import Reply, Request, Server, ok

Delay = tuple[float, float]
"""Seconds on the way out, and on the way back."""


def most_in(times: Iterable[float], seconds: float = BURST_SECONDS) -> int:
    """The most of them that lie in any `seconds`."""
    ordered, first, most = sorted(times), 0, 0
    for n, at in enumerate(ordered):
        while ordered[first] <= at - seconds:
            first += 1
        most = max(most, n - first + 1)
    return most


def arrivals(places: Places, delays: Iterable[Delay]) -> list[float]:
    """When requests with these delays arrive, each sent as early as the places allow. No clock, no thread."""
    now, seen = 0.0, []
    answers: list[Delay] = []  # when, and after how long

    def answered() -> None:
        nonlocal now
        at, round_trip = heapq.heappop(answers)
        now = max(now, at)
        places.give_back(now, round_trip)

    for out, back in delays:
        while (place := places.take()) is None:
            answered()
        while (wait := places.wait(place, now)) > 0:
            if answers and answers[0][0] <= now + wait:
                answered()
            else:
                now += wait
        seen.append(now + out)
        heapq.heappush(answers, (now + out + back, out + back))
    return seen


class Known(RoundTrips):
    """A bound that is known instead of estimated."""

    def __init__(self, bound: float) -> None:
        super().__init__()
        self._known = bound

    @property
    def bound(self) -> float:
        return self._known


@given(
    st.integers(1, 12), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1),
    st.lists(st.tuples(st.floats(0, 3), st.floats(0, 3)), min_size=30, max_size=120),
)  # fmt: skip
def test_never_more_than_the_window_allows(size: int, out: float, back: float, share: float, more: list[Delay]) -> None:
    """The law: whatever the delays, if ways out and back take at least what the bound supposes."""
    places = Places(size)
    places.round_trips = Known((out + back) * share)
    seen = arrivals(places, [(out + o, back + b) for o, b in more])
    assert most_in(seen) <= size


@given(st.sampled_from([3, 10, 20, 120]), st.floats(0, 0.5), st.floats(0, 0.5))
@settings(max_examples=60)
def test_steady_latency_costs_hardly_anything(size: int, out: float, back: float) -> None:
    """On whichever side of the server it lies: 95 % and more of the allowance, and never more than it."""
    windows = 12 if size > 3 else 40
    seen = arrivals(Places(size), [(out, back)] * (size * windows))
    assert most_in(seen) <= size
    settled = -(-40 // size) * size  # by then enough round trips were seen
    cycles = (len(seen) - settled) // size - 1
    assert cycles * BURST_SECONDS / (seen[-1] - seen[-1 - cycles * size]) >= 0.95


@dataclass(frozen=True)
class Way:
    """How long a request or an answer takes."""

    name: str
    draw: Callable[[random.Random], float]


WAYS = (
    Way("20-400 ms", lambda chance: chance.uniform(0.02, 0.4)),
    Way("5-200 ms", lambda chance: chance.uniform(0.005, 0.2)),
    Way("100 ms and an exponential tail", lambda chance: 0.1 + chance.expovariate(30)),
    Way("about 100 ms", lambda chance: max(0.0, chance.gauss(0.1, 0.02))),
    Way("20 or 100 ms", lambda chance: chance.choice([0.02, 0.1])),
    Way("none", lambda chance: 0.0),
)


@pytest.mark.parametrize("back", WAYS, ids=lambda way: way.name)
@pytest.mark.parametrize("out", WAYS, ids=lambda way: way.name)
@pytest.mark.parametrize("size", [20, 120])
def test_varied_latency_is_never_mistaken_for_steady(size: int, out: Way, back: Way) -> None:
    chance = random.Random(f"{size}{out.name}{back.name}")
    seen = arrivals(Places(size), [(out.draw(chance), back.draw(chance)) for _ in range(size * 25)])
    assert most_in(seen) <= size


@given(st.lists(st.floats(0, 5), max_size=700))
def test_the_bound_is_below_every_recent_round_trip(trips: list[float]) -> None:
    estimate = RoundTrips()
    for seconds in trips:
        estimate.add(seconds)
    assert 0 <= estimate.bound <= max(0.0, min(trips[-500:], default=0.0) - 0.02)


def test_the_bound_is_learnt_anew() -> None:
    estimate = RoundTrips()
    for _ in range(19):
        estimate.add(0.2)
    assert estimate.bound == 0, "too few"
    estimate.add(0.2)
    assert estimate.bound == pytest.approx(0.18)
    estimate.add(0.1)
    assert estimate.bound == 0, "one was far quicker"
    for _ in range(500):
        estimate.add(0.3)
    assert estimate.bound == pytest.approx(0.28), "it is long ago"
    estimate.distrust()
    assert estimate.bound == 0


def test_free_places_are_not_used_all_at_once() -> None:
    """A crowd of requests would wait for each other; one after the other waits for nothing."""
    seen = arrivals(Places(20), [(1.0, 0.0)] * 20)
    assert seen[-1] - seen[0] == pytest.approx(19 * BURST_SECONDS / 20 / 2)
    places, now = Places(20), 0.0
    for _ in range(20):
        place = places.take()
        assert place is not None
        assert places.wait(place, now) == 0
        now += 0.001
        places.give_back(now, 0.001)


def test_a_narrower_window_gives_up_places_as_they_come_back() -> None:
    places = Places(4)
    first, second = places.take(), places.take()
    assert first is not None
    assert second is not None
    assert places.wait(first, 0.0) == 0
    places.narrow(2)
    assert places.take() is None
    places.give_back(1.0)
    again = places.take()
    assert again is not None
    assert places.wait(again, 1.0) == pytest.approx(BURST_SECONDS + CLOCK_GRAIN)
    assert places.take() is None, "two of four are left"


@pytest.mark.parametrize("before", [True, False], ids=["on the way out", "on the way back"])
def test_over_http(server: Server, connect: Callable[..., Client], before: bool) -> None:
    """A server that counts, with its latency before or after it does: nothing is turned away."""
    size, window, latency, counted = 8, 0.5, 0.1, []

    def answer(request: Request) -> Reply:
        if before:
            time.sleep(latency)
        now = time.monotonic()
        if sum(at > now - window for at in counted) >= size:
            return Reply({}, 429, headers={"retry-after": "1"})
        counted.append(now)
        return Reply({"success": True, "data": {"id": 1}}, delay=0 if before else latency)

    server.answer = answer
    client = connect(limits=Limits(burst=size, window=window))
    with ThreadPoolExecutor(size) as pool:
        list(pool.map(lambda n: client.request("POST", "/api/v2/persons", json={"name": str(n)}), range(size * 10)))
    assert client.usage.rate_limited == 0
    assert most_in(counted, window) <= size


def test_what_the_server_allows_counts(server: Server, connect: Callable[..., Client]) -> None:
    """The plan says 20, the account's answers say 5."""
    server.answer = lambda request: ok({"id": 1}, **{"x-ratelimit-limit": "5"})
    client = connect(limits=Limits(burst=20, window=0.3))
    client.get("/api/v2/persons/1")
    time.sleep(0.32)
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda _: client.get("/api/v2/persons/1"), range(20)))
    assert most_in([request.at for request in server.requests], 0.3) <= 5


def test_once_turned_away_latency_is_left_out_of_account(server: Server, connect: Callable[..., Client]) -> None:
    limits = Limits(burst=4, window=0.2)
    server.script(*[ok({"id": 1})] * 30, Reply({}, 429, headers={"retry-after": "0"}), ok({"id": 1}))
    client = connect(limits=limits)
    trips = limits._burst._places.round_trips if limits._burst else RoundTrips()
    for _ in range(30):
        client.get("/api/v2/persons/1")
        trips.add(0.2)
    for _ in range(500):
        trips.add(0.2)
    assert trips.bound > 0
    client.get("/api/v2/persons/1")
    assert trips.bound == 0


def test_an_interrupted_wait_gives_the_place_back(monkeypatch: pytest.MonkeyPatch) -> None:
    window = BurstWindow(1, 0.2)
    window.take()
    window.give_back()

    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(time, "sleep", interrupted)
        with pytest.raises(KeyboardInterrupt):
            window.take()
    begun = time.monotonic()
    window.take()
    assert time.monotonic() - begun < 1
