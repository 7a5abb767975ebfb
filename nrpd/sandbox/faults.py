"""Faults on purpose, so that a migration can be tried against a network that fails.

A spec is a comma list: `lost=0.05` (a write is stored, the connection closes without an answer), `error=0.05`
(503 in JSON, nothing stored), `html=0.05` (502 as an HTML page, nothing stored), `reset=0.05` (the connection closes
before anything happens),
`slow=0.05:2` (an answer comes 2 seconds late), `blocked=0.05` (403 as an HTML page, as a caller gets who ignores 429),
`silent=Field name` (a custom field that is answered with 200 and not stored; may come more than once),
`headers=0` (answers carry no limit headers), `seed=1` (the same faults again).
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

_SHARES = ("lost", "error", "html", "reset", "slow", "blocked")


class FaultError(ValueError):
    """A faults spec that cannot be read."""


@dataclass
class Faults:
    """The wanted faults; each share is the chance per request, 0 to 1."""

    shares: dict[str, float] = field(default_factory=dict)
    slow_seconds: float = 1.0
    silent: frozenset[str] = frozenset()
    headers: bool = True
    random: random.Random = field(default_factory=random.Random)

    @classmethod
    def parse(cls, spec: str) -> Faults:
        """Reads a spec. Raises FaultError naming the part that is wrong."""
        faults = cls()
        silent: set[str] = set()
        for part in (part.strip() for part in spec.split(",")):
            if not part:
                continue
            name, _, value = part.partition("=")
            if name == "silent" and value:
                silent.add(value)
            else:
                faults._take(name, value, part)
        faults.silent = frozenset(silent)
        return faults

    def _take(self, name: str, value: str, part: str) -> None:
        try:
            if name == "slow":
                share, _, seconds = value.partition(":")
                self.slow_seconds = float(seconds or 1)
                value = share
            if name in _SHARES:
                self.shares[name] = float(value)
                if 0 <= self.shares[name] <= 1:
                    return
            elif name == "headers" and value in ("0", "1"):
                self.headers = value == "1"
                return
            elif name == "seed":
                self.random.seed(int(value))
                return
        except ValueError:
            pass
        raise FaultError(
            f"faults: {part!r} is not known; write for example lost=0.05,slow=0.1:2,silent=Lead Source,seed=1"
        )

    def strikes(self, name: str) -> bool:
        """Whether this fault happens to this request."""
        share = self.shares.get(name, 0.0)
        return share > 0 and self.random.random() < share
