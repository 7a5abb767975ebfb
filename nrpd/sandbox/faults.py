"""Faults on purpose, so that a migration can be tried against a network and an account that fail.

A spec is a comma list. A share is the chance per request, 0 to 1:

| part | what happens |
| --- | --- |
| `lost=0.05` | a write is stored, and the connection closes without an answer |
| `reset=0.05` | the connection closes before anything happens |
| `error=0.05` | 503 in JSON, nothing stored |
| `html=0.05` | 502 as an HTML page, nothing stored |
| `blocked=0.05` | 403 as an HTML page, as a caller gets who ignores 429s |
| `slow=0.05:2` | the answer comes 2 seconds late |
| `stuck=/api/v1/notes:3` | three writes to this path are answered, later ones stored and their answers held back |
| `bare=0.05` | the answer carries no limit headers, and a 429 no `retry-after` |
| `headers=0` | the same for every answer |
| `moving=0.05` | a list changes between two of its pages: somebody adds, changes or deletes a record (`moving.py`) |
| `silent=Field` | the value of this field is accepted and not stored |
| `swap=Field` | another option is stored than the one that was sent |
| `shift=Field` | a time is stored as if it came from a zone seven hours further west; a date is stored a day early |
| `cut=Field` | only the first half of the text is stored |
| `seed=1` | the same faults again, if the requests are the same |

`Field` is the name of a custom field, or a standard key as bodies have it: `due_time` (moves the `due_date` with it),
`add_time`, `note`, `job_title`, `content` of notes. These four may come more than once; the answer is 200, and shows
what was stored.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

_SHARES = ("lost", "error", "html", "reset", "slow", "blocked", "bare", "moving")
SPOILS = ("silent", "swap", "shift", "cut")


@dataclass
class Stuck:
    """Writes to `path`, and to what lies below it, are answered `left` times more, and then no longer."""

    path: str
    left: int

    def holds(self, path: str) -> bool:
        """Whether the answer to a write that was stored has to wait; counts those that do not."""
        if path != self.path and not path.startswith(f"{self.path}/"):
            return False
        self.left -= 1
        return self.left < 0


class FaultError(ValueError):
    """A faults spec that cannot be read."""


@dataclass
class Faults:
    """The wanted faults; each share is the chance per request, 0 to 1."""

    spec: str = ""
    """The text that they were read from."""
    shares: dict[str, float] = field(default_factory=dict)
    slow_seconds: float = 1.0
    spoils: dict[str, set[str]] = field(default_factory=lambda: {kind: set() for kind in SPOILS})
    """`silent`, `swap`, `shift`, `cut` → names of the fields that this happens to"""
    stuck: Stuck | None = None
    headers: bool = True
    random: random.Random = field(default_factory=random.Random)

    @classmethod
    def parse(cls, spec: str) -> Faults:
        """Reads a spec. Raises FaultError naming the part that is wrong."""
        faults = cls(spec)
        for part in (part.strip() for part in spec.split(",")):
            name, _, value = part.partition("=")
            if name in SPOILS and value:
                faults.spoils[name].add(value)
            elif part:
                faults._take(name, value, part)
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
            elif name == "stuck" and value.startswith("/"):
                path, _, left = value.rpartition(":")
                self.stuck = Stuck(path, int(left))
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

    def replace(self, other: Faults) -> None:
        """Becomes what the other is, for everything that holds this object."""
        vars(self).update(vars(other))

    def strikes(self, name: str) -> bool:
        """Whether this fault happens to this request."""
        share = self.shares.get(name, 0.0)
        return share > 0 and self.random.random() < share
