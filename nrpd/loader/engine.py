"""Carries out a plan: every write is in the journal before it is sent and after it is answered.

Requests overlap in threads over one keep-alive client; the client keeps the limits. A refused record is quarantined
with Pipedrive's message and the run goes on; the same refusal fifty times in a row stops it. Ctrl-C, a spent budget or
a lost runner lets the requests in flight finish, then stops.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from nrpd.errors import BudgetSpent, NrpdError
from nrpd.journal import Entry, Journal, RowOutcome
from nrpd.loader.guard import Guard
from nrpd.pipedrive.answers import Blocked, OutcomeUnknown, Refused
from nrpd.pipedrive.client import Client
from nrpd.pipedrive.costs import cost_of

SAME_CAUSE_LIMIT = 50
PLANNED_AHEAD = 500
"""Entries journaled as planned in one go."""


class Progress(Protocol):
    """Told how far a piece of work is."""

    def __call__(self, done: int, total: int, what: str) -> None: ...


@dataclass
class LoadResult:
    """What became of the entries: counts by verb, refusals with their message, unknown outcomes."""

    done: Counter[str] = field(default_factory=Counter)
    refused: list[tuple[Entry, str]] = field(default_factory=list)
    unknown: list[Entry] = field(default_factory=list)


class Loader:
    """Writes entries of one phase. `explain` puts an account's message into plain words."""

    def __init__(
        self,
        client: Client,
        journal: Journal,
        guard: Guard,
        *,
        workers: int = 8,
        progress: Progress | None = None,
        explain: Callable[[str, str], str] | None = None,
        attachment: Callable[[str], bytes] | None = None,
    ) -> None:
        self._client = client
        self._journal = journal
        self._guard = guard
        self._workers = workers
        self._progress = progress
        self._explain = explain
        self._attachment = attachment

    def run(self, entries: Sequence[Entry], what: str = "records") -> LoadResult:
        """Writes the entries. Raises what stops it after the requests in flight have ended. Entries of one call must
        not depend on each other."""
        result = LoadResult()
        if not entries:
            return result
        self._guard.open(entries[0].phase)
        finished = 0
        streak: tuple[str, int] = ("", 0)
        stopped: BaseException | None = None
        with ThreadPoolExecutor(self._workers, thread_name_prefix="nrpd-load") as pool:
            waiting: set[Future[tuple[Entry, str, str]]] = set()
            source = self._planned(entries)
            try:
                for entry in source:
                    waiting.add(pool.submit(self._write, entry))
                    if len(waiting) >= 2 * self._workers:
                        streak, finished, waiting = self._collect(waiting, result, streak, finished)
                        self._tell(finished, len(entries), what)
                while waiting:
                    streak, finished, waiting = self._collect(waiting, result, streak, finished)
                    self._tell(finished, len(entries), what)
            except BaseException as error:
                stopped = error
                wait(waiting)
        if stopped is not None:
            raise stopped
        return result

    def _planned(self, entries: Sequence[Entry]) -> Iterator[Entry]:
        """Journals entries as planned, some hundreds at a time."""
        for start in range(0, len(entries), PLANNED_AHEAD):
            yield from self._journal.plan(entries[start : start + PLANNED_AHEAD])

    def _collect(
        self, waiting: set[Future[tuple[Entry, str, str]]], result: LoadResult, streak: tuple[str, int], finished: int
    ) -> tuple[tuple[str, int], int, set[Future[tuple[Entry, str, str]]]]:
        ended, left = wait(waiting, return_when=FIRST_COMPLETED)
        for future in ended:
            entry, state, message = future.result()
            finished += 1
            if state == "done":
                result.done[entry.verb] += 1
                streak = ("", 0)
            elif state == "unknown":
                result.unknown.append(entry)
            else:
                result.refused.append((entry, message))
                streak = (message, streak[1] + 1 if message == streak[0] else 1)
                if streak[1] >= SAME_CAUSE_LIMIT:
                    raise NrpdError(
                        f"{entry.phase}: stopped after {SAME_CAUSE_LIMIT} refusals in a row for one cause: {message}"
                    )
        return streak, finished, left

    def _write(self, entry: Entry) -> tuple[Entry, str, str]:
        self._guard.check()
        self._journal.sent(entry)
        try:
            answer = self._client.request(entry.method, entry.path, **self._arguments(entry))
        except OutcomeUnknown as error:
            self._journal.unknown(entry.id, str(error))
            return entry, "unknown", str(error)
        except Refused as error:
            if entry.verb == "delete" and error.status in (404, 410):
                self._journal.done(entry, entry.dest_id, None)
                return entry, "done", ""
            message = self._explain(entry.entity, str(error)) if self._explain else str(error)
            self._journal.refused(entry.id, message, _quarantined(entry.rows, message), entry.phase)
            return entry, "refused", message
        except (BudgetSpent, Blocked) as error:
            # Turned away before anything was done, so the next run plans it again.
            self._journal.refused(entry.id, f"not done: {error}")
            raise
        except BaseException as error:
            self._journal.unknown(entry.id, str(error))
            raise
        data = answer.data if isinstance(answer.data, Mapping) else {"items": answer.data}
        identity = entry.dest_id or str(data.get("id") or data.get("field_code") or "")
        self._journal.done(entry, identity, data, cost_of(entry.method, entry.path))
        return entry, "done", ""

    def _arguments(self, entry: Entry) -> dict[str, Any]:
        """JSON for most; a file goes as a multipart form, its content read from the staged export."""
        if entry.entity != "file" or entry.verb != "create":
            return {"json": entry.body} if entry.body is not None else {}
        if self._attachment is None:
            raise NrpdError(f"{entry.phase}: no attachments were staged, so {entry.source_id} cannot be sent")
        form = dict(entry.body or {})
        name, content = str(form.pop("name")), self._attachment(str(form.pop("attachment")))
        return {"data": {key: str(value) for key, value in form.items()}, "files": {"file": (name, content)}}

    def _tell(self, done: int, total: int, what: str) -> None:
        if self._progress is not None:
            self._progress(done, total, what)


def _quarantined(rows: Iterable[RowOutcome], message: str) -> list[RowOutcome]:
    return [replace(row, outcome="quarantined", reason=f"Pipedrive refused it: {message}"[:300]) for row in rows]
