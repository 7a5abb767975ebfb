"""The burst limit: never more than N requests in any two seconds as the server counts them, and as near to N as can be.

What is known of a request is when it was sent and when its answer came; the server counted it somewhere in between.
If every way out takes at least `out` and every way back at least `back`, a request whose answer came at time A had
arrived by A - back, and one sent at S arrives no earlier than S + out. So a place may serve its next request from

    S >= A + 2 - (out + back)

on, and the server sees at least 2 seconds between the two; as each of the N places keeps that distance, no more than
N arrive in any 2 seconds. `out + back` is no more than the shortest round trip there can be. `RoundTrips` estimates it
from those that were seen, and stays below it.
"""

from __future__ import annotations

import threading
import time
from bisect import bisect_left, insort
from collections import deque

BURST_SECONDS = 2.0
CLOCK_GRAIN = 0.01
"""Seconds; the server's clock may tick coarser than ours."""

_RECENT = 500  # round trips that are looked back upon
_FEWEST = 20  # of them, before anything is concluded
_SUDDEN = 0.02  # seconds by which the way to the server may become shorter from one request to the next
_NAP = 0.2  # seconds; meanwhile a place may have become free earlier, since more is known of round trips
_PACE = 2.0  # times the sustained rate: free places are not all used at once, or the requests wait for each other


class RoundTrips:
    """A bound, in seconds, that no round trip is expected to fall below; 0 while too few were seen.

    The shortest of many is longer than the shortest there can be, and where round trips vary, it may be longer by as
    much as they lie apart at their short end: so that much is taken off, and `_SUDDEN` for a way that becomes shorter.
    Where latency is steady, the bound is close to it; where it varies widely, it is 0.
    """

    def __init__(self) -> None:
        self._recent: deque[float] = deque()
        self._ordered: list[float] = []
        self._trusted = True

    def add(self, seconds: float) -> None:
        """One more request was answered so long after it was sent."""
        if len(self._recent) == _RECENT:
            del self._ordered[bisect_left(self._ordered, self._recent.popleft())]
        self._recent.append(seconds)
        insort(self._ordered, seconds)

    def distrust(self) -> None:
        """The server counted otherwise: the bound is 0 from now on."""
        self._trusted = False

    @property
    def bound(self) -> float:
        if not self._trusted or len(self._ordered) < _FEWEST:
            return 0.0
        shortest, eighth = self._ordered[0], self._ordered[len(self._ordered) // 8]
        return max(0.0, shortest - (eighth - shortest) - _SUDDEN)


class Places:
    """The places of a window and when each may be used again. Pure: times (seconds of any clock) come from outside."""

    def __init__(self, size: int, seconds: float = BURST_SECONDS) -> None:
        self.round_trips = RoundTrips()
        self._seconds = seconds
        self._size = size
        self._free = deque([float("-inf")] * size)  # when the last request of each was answered, earliest first
        self._taken = 0  # those that wait to be used, and those whose request is under way
        self._under_way = 0
        self._next = float("-inf")  # what is sent beside others goes no earlier

    def take(self) -> float | None:
        """A place, named by when its last request was answered; None while all are in use."""
        if not self._free:
            return None
        self._taken += 1
        return self._free.popleft()

    def put_back(self, place: float) -> None:
        """It was not used after all."""
        self._taken -= 1
        self._free.appendleft(place)

    def wait(self, place: float, now: float) -> float:
        """Seconds until this place may be used, to be asked again then; at 0 its request is under way."""
        at = place + self._seconds + CLOCK_GRAIN - self.round_trips.bound
        if self._under_way:
            at = max(at, self._next)
        if at > now:
            return at - now
        self._under_way += 1
        self._next = now + self._seconds / self._size / _PACE
        return 0.0

    def give_back(self, now: float, round_trip: float | None = None) -> None:
        """The answer has come after `round_trip` seconds, or never will (None)."""
        if round_trip is not None:
            self.round_trips.add(round_trip)
        self._under_way -= 1
        self._taken -= 1
        if self._taken + len(self._free) < self._size:
            self._free.append(now)

    def narrow(self, size: int) -> None:
        """No more than `size` places from now on."""
        self._size = max(1, min(self._size, size))
        while self._free and self._taken + len(self._free) > self._size:
            self._free.popleft()


class BurstWindow:
    """At most `size` requests in any `seconds`, as the *server* sees them arrive. Thread-safe."""

    def __init__(self, size: int, seconds: float = BURST_SECONDS) -> None:
        self.size = size
        self._places = Places(size, seconds)
        self._ready = threading.Condition()

    def take(self) -> None:
        """Wait for a place and take it."""
        with self._ready:
            while (place := self._places.take()) is None:
                self._ready.wait()
        try:
            while (delay := self._wait(place)) > 0:
                time.sleep(min(delay, _NAP))
        except BaseException:  # interrupted while waiting: nothing was sent
            with self._ready:
                self._places.put_back(place)
                self._ready.notify()
            raise

    def _wait(self, place: float) -> float:
        with self._ready:
            return self._places.wait(place, time.monotonic())

    def give_back(self, round_trip: float | None = None) -> None:
        """The answer came `round_trip` seconds after the request was sent, or never will (None)."""
        with self._ready:
            self._places.give_back(time.monotonic(), round_trip)
            self._ready.notify()

    def distrust(self) -> None:
        """A request was turned away all the same: from now on a place comes back two seconds after its answer."""
        with self._ready:
            self._places.round_trips.distrust()

    def narrow(self, size: int) -> None:
        """The server allows no more than `size`."""
        with self._ready:
            self._places.narrow(size)
