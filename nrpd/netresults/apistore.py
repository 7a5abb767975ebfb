"""What an API has answered so far, on disk: lists page by page, and the answers about single contacts one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from nrpd.netresults.apicalls import ApiRefused
from nrpd.netresults.apipages import Fetch, PageLog, Place, place_of, walk
from nrpd.netresults.apirows import identity

Tell = Callable[[int, int | None, str], None]
"""Called with (rows so far, rows in all or None where that is not known, what)."""
Keep = Callable[[Sequence[Any]], tuple[list[Any], int, list[str]]]
"""Rows → (those to be kept, how many were left out as erased, their ids)."""
_MOST_REFUSED, _SHARE_REFUSED = 20, 0.01


class Store:
    """The logs of one reading. Nothing is asked for twice."""

    def __init__(self, folder: Path, tell: Tell) -> None:
        self._folder, self._tell = folder, tell
        self._logs: dict[str, PageLog] = {}
        self.notes: dict[str, str] = {}
        """Part → why the API did not give it."""

    def close(self) -> None:
        for log in self._logs.values():
            log.close()

    def _log(self, part: str) -> PageLog:
        if part not in self._logs:
            self._logs[part] = PageLog(self._folder / f"{part}.jsonl")
        return self._logs[part]

    def read_list(
        self, part: str, fetch: Fetch, limit: int, names: Sequence[str], what: str, keep: Keep | None = None,
        mode: str = "",
    ) -> None:  # fmt: skip
        """Read a list to its end, from where it was left. `names`: keys that may hold the id of a row; `mode`: what
        `offset` means, where that is known."""
        log, place = self._log(part), place_of(mode)
        for page in log.pages():
            if "refused" in page:
                self.notes[part] = page["refused"]
                return
            place = Place(page["next"], page["mode"], page["total"], page["repeats"], place.seen | set(page["ids"]))
        for rows, now in walk(fetch, limit, lambda row: identity(row, names), place, what):
            kept, erased, erased_ids = keep(rows) if keep else (list(rows), 0, [])
            log.append(
                {
                    "next": now.offset, "mode": now.mode, "total": now.total, "repeats": now.repeats,
                    "ids": [identity(row, names) for row in rows], "rows": kept, "erased": erased,
                    "erased_ids": erased_ids,
                }
            )  # fmt: skip
            self._tell(len(now.seen), _total(now), part)

    def read_each(self, part: str, keys: Sequence[str], ask: Callable[[str], Mapping[str, Any]]) -> None:
        """Keep the answer about each key that has none yet. Raises ApiRefused where the API says no too often."""
        log = self._log(part)
        known: set[str] = set()
        refused = 0
        for page in log.pages():
            if "key" not in page:
                self.notes[part] = page["refused"]
                return
            known.add(page["key"])
            refused += "refused" in page
        for number, key in enumerate(keys, 1):
            if key in known:
                continue
            try:
                log.append({"key": key, **ask(key)})
            except ApiRefused as error:
                if error.missing and not known:
                    raise
                refused += 1
                if refused > len(known) or (refused > _MOST_REFUSED and refused > _SHARE_REFUSED * number):
                    raise
                log.append({"key": key, "refused": str(error)})
            known.add(key)
            self._tell(number, len(keys), part)

    def refuse(self, part: str, reason: str) -> None:
        """Keep that the API does not give a part, so that it is not asked for again."""
        self.notes[part] = reason
        self._log(part).append({"refused": reason})

    def _pages(self, part: str) -> Iterator[dict[str, Any]]:
        """The pages of a part, none where it was never asked for."""
        if part in self._logs or (self._folder / f"{part}.jsonl").exists():
            yield from self._log(part).pages()

    def rows(self, part: str) -> Iterator[Any]:
        """The rows of a list."""
        for page in self._pages(part):
            yield from page.get("rows", ())

    def answers(self, part: str) -> Iterator[tuple[str, Any]]:
        """(key, answer) about single contacts, but for those that were refused."""
        for page in self._pages(part):
            if "key" in page and "refused" not in page:
                yield page["key"], page

    def refused(self, part: str) -> list[str]:
        """Why single answers were refused."""
        return [page["refused"] for page in self._pages(part) if "key" in page and "refused" in page]

    def parts(self) -> list[str]:
        """All that was asked for."""
        return sorted(path.stem for path in self._folder.glob("*.jsonl"))

    def erased(self) -> tuple[int, set[str]]:
        """How many contacts were left out as erased, and their ids."""
        pages = [page for part in self.parts() for page in self._pages(part) if page.get("erased")]
        return sum(page["erased"] for page in pages), {i for page in pages for i in page["erased_ids"]}

    def counts(self, part: str) -> tuple[int, int, int] | None:
        """(rows read, rows that there are by the API's word, rows that came twice) of a list; None without any page."""
        read, last = 0, None
        for page in self._pages(part):
            if "ids" in page:
                read, last = read + len(page["ids"]), page
        return None if last is None else (read, last["total"] if last["total"] is not None else read, last["repeats"])


def _total(place: Place) -> int | None:
    if place.offset is None:
        return len(place.seen)
    return None if place.total is None else max(place.total, len(place.seen))
