"""What a client has spent so far."""

from __future__ import annotations

import threading
from dataclasses import dataclass


@dataclass(frozen=True)
class Figures:
    """Tokens, requests sent, and answers `429`. Subtract an earlier snapshot to get a phase's own figures."""

    tokens: int = 0
    requests: int = 0
    rate_limited: int = 0

    def __sub__(self, other: Figures) -> Figures:
        return Figures(
            self.tokens - other.tokens, self.requests - other.requests, self.rate_limited - other.rate_limited
        )

    def __add__(self, other: Figures) -> Figures:
        return Figures(
            self.tokens + other.tokens, self.requests + other.requests, self.rate_limited + other.rate_limited
        )


class Usage:
    """Thread-safe counters that only grow (tokens of requests that never left or were turned away are taken back)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._figures = Figures()

    def add(self, *, tokens: int = 0, requests: int = 0, rate_limited: int = 0) -> None:
        with self._lock:
            self._figures += Figures(tokens, requests, rate_limited)

    def snapshot(self) -> Figures:
        """The figures at this moment; `usage.snapshot() - before` is what was spent in between."""
        return self._figures

    @property
    def tokens(self) -> int:
        return self._figures.tokens

    @property
    def requests(self) -> int:
        return self._figures.requests

    @property
    def rate_limited(self) -> int:
        return self._figures.rate_limited
