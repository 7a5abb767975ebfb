"""Pages of an API: kept one by one, so that a killed read goes on, and walked without trusting what `offset` means.

The public sources contradict each other about `offset` (facts of net-results.md, 1.3): rows from 0, rows from 1, or the
number of a page. Which it is, the second request tells by what it repeats of the first one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nrpd.errors import BadInput
from nrpd.netresults.apicalls import ApiRefused

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Listed:
    """One answer to a request for a list. `total`: what the server says there are, None where it does not say; `last`:
    it says that nothing follows."""

    rows: Sequence[Any]
    total: int | None = None
    last: bool = False


Fetch = Callable[[int], Listed]
"""Asks for the rows at an offset."""
_ATTEMPTS = 3
WHOLE = "whole"
"""The server gives all rows, whatever the offset."""


class PageLog:
    """The answers to one kind of request, one line a page: on disk before the next page is asked for.

    A line that a kill tore is cut off when the log is opened, and its page is asked for again.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._out = path.open("ab")
        self._out.truncate(self._whole_lines())

    def _whole_lines(self) -> int:
        end = 0
        with self._path.open("rb") as lines:
            for line in lines:
                if line.endswith(b"\n"):
                    end += len(line)
        return end

    def append(self, page: Mapping[str, Any]) -> None:
        """Keep a page, durably."""
        self._out.write(json.dumps(page, separators=(",", ":")).encode() + b"\n")
        self._out.flush()
        os.fsync(self._out.fileno())

    def pages(self) -> Iterator[dict[str, Any]]:
        """Every page kept so far, in order."""
        with self._path.open("rb") as lines:
            for line in lines:
                yield json.loads(line)

    def close(self) -> None:
        self._out.close()


@dataclass
class Place:
    """How far a list was read."""

    offset: int | None = 0
    """Where to go on; None at the end."""
    mode: str = ""
    """rows0, rows1, pages0, pages1 or whole; blank while it is not known."""
    total: int | None = None
    repeats: int = 0
    """Rows that came again, by id."""
    seen: set[str] = field(default_factory=set)

    def take(self, rows: Sequence[Any], identity: Callable[[Any], str]) -> list[Any]:
        """The rows that are new; the others are counted."""
        new: list[Any] = []
        for row in rows:
            key = identity(row)
            if key in self.seen:
                self.repeats += 1
            else:
                self.seen.add(key)
                new.append(row)
        return new


def place_of(mode: str) -> Place:
    """The beginning of a list of which it is known what `offset` means."""
    return Place(offset=1 if mode in ("rows1", "pages1") else 0, mode=mode)


def walk(
    fetch: Fetch, limit: int, identity: Callable[[Any], str], place: Place, what: str
) -> Iterator[tuple[list[Any], Place]]:
    """The new rows of each page of a list, with the place after it, from `place` to the end.

    The end is an empty page, or one with nothing new: a short page may be a server's own, smaller limit. Only where it
    is short and the total says the same is one request saved. Raises BadInput where pages cannot be told apart.
    """
    if not place.mode and place.offset is not None:
        rows = _begin(fetch, limit, identity, place, what)
        yield place.take(rows, identity), place
    while place.offset is not None:
        answer = fetch(place.offset)
        place.total = answer.total if answer.total is not None else place.total
        new = place.take(answer.rows, identity)
        step = 1 if place.mode.startswith("pages") else len(answer.rows)
        done = not new or place.mode == WHOLE or _all_there(answer, limit, place.total, len(place.seen))
        place.offset = None if done else place.offset + step
        yield new, place


def _all_there(answer: Listed, limit: int, total: int | None, so_far: int) -> bool:
    """Whether two things say so: a short or last page, and the total."""
    if answer.last:
        return total is None or so_far >= total
    return len(answer.rows) < limit and total == so_far


def _begin(fetch: Fetch, limit: int, identity: Callable[[Any], str], place: Place, what: str) -> Sequence[Any]:
    """The rows of the first page; sets what `offset` means, by the answers to 0, 1 and, if these are the same, 2.

    Somebody may change the source between two requests, so what fits nothing is asked again before it is given up.
    """
    for _ in range(_ATTEMPTS):
        first, empty_at_zero = _first(fetch)
        place.total = first.total
        a = [identity(row) for row in first.rows]
        if not a or _all_there(first, limit, first.total, len(set(a))):
            place.offset = None
            return first.rows
        found = _meaning(lambda at: [identity(row) for row in fetch(at).rows], a, empty_at_zero)
        if found is None:
            continue
        place.mode, place.offset = found
        if place.mode == WHOLE and len(a) == limit and first.total != len(a):
            raise BadInput(
                f"source.api: {what} gives the same {limit} rows whatever the offset, so its end cannot be found; "
                "raise page_size above the number of records"
            )
        return first.rows
    raise BadInput(
        f"source.api: the pages of {what} overlap in a way that fits no meaning of offset; nothing is guessed"
    )


def _first(fetch: Fetch) -> tuple[Listed, bool]:
    """The first page, and whether it is that of offset 1, since there is nothing at 0 or the server refuses 0."""
    try:
        first = fetch(0)
        if first.rows or first.total == 0:
            return first, False
    except ApiRefused:
        pass
    return fetch(1), True


def _meaning(
    ids_at: Callable[[int], list[str]], first: Sequence[str], empty_at_zero: bool
) -> tuple[str, int | None] | None:
    """(mode, next offset), or None where the answers fit nothing. A list of one row tells no mode."""
    base = 1 if empty_at_zero else 0
    then = ids_at(base + 1)
    if not base and then == first:
        base, then = 1, ids_at(2)
        if then == first:
            return WHOLE, None
    if not then:
        return (f"pages{base}" if len(first) > 1 else ""), None
    if then[: len(first) - 1] == first[1:]:
        return f"rows{base}", base + len(first)
    return None if set(then) & set(first) else (f"pages{base}", base + 1)
