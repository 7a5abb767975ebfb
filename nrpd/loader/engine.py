"""Carries out a plan: every write is in the journal before it is sent and after it is answered.

Requests overlap in threads over one keep-alive client; the client keeps the limits. There are as many threads as
requests are under way, and a few that wait their turn: the next entry follows when one has left. A refused record is
quarantined with Pipedrive's message and the run goes on; the same refusal fifty times in a row stops it. Ctrl-C, a
spent budget or a lost runner lets the requests in flight finish, then stops.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from threading import Semaphore
from typing import Any, Protocol

from nrpd.errors import BudgetSpent, NrpdError
from nrpd.journal import Entry, Journal, RowOutcome
from nrpd.loader.guard import Guard
from nrpd.pipedrive.answers import Blocked, OutcomeUnknown, Refused
from nrpd.pipedrive.client import Client
from nrpd.pipedrive.costs import cost_of

SAME_CAUSE_LIMIT = 50
WORKERS = 8
"""Requests under way at once where no burst limit says how many there can be."""
AHEAD = 8
"""Entries that are ready, in the journal too, while they wait for their turn."""
PLANNED_AHEAD = 100
"""Entries journaled as planned in one go; while that is done, those that are ready keep the requests coming."""

Ended = tuple[Entry, str, str]
"""An entry, what became of it (done, unknown, refused), and why."""


class Progress(Protocol):
    """Told how far a piece of work is."""

    def __call__(self, done: int, total: int, what: str) -> None: ...


@dataclass
class LoadResult:
    """What became of the entries: counts by verb, refusals with their message, unknown outcomes."""

    done: Counter[str] = field(default_factory=Counter)
    refused: list[tuple[Entry, str]] = field(default_factory=list)
    unknown: list[Entry] = field(default_factory=list)


class _Intake:
    """Takes in what has ended: counts it, tells the progress, and stops a run of refusals for one cause."""

    def __init__(self, total: int, what: str, progress: Progress | None) -> None:
        self.result = LoadResult()
        self._total = total
        self._what = what
        self._progress = progress
        self._finished = 0
        self._cause = ""
        self._in_a_row = 0

    def of(self, waiting: set[Future[Ended]], *, patient: bool) -> set[Future[Ended]]:
        """Those that still wait; `patient`: one at least has ended. Raises what an entry raised."""
        ended, left = wait(waiting, None if patient else 0, return_when=FIRST_COMPLETED)
        for future in ended:
            self._take(*future.result())
        if ended and self._progress is not None:
            self._progress(self._finished, self._total, self._what)
        return left

    def _take(self, entry: Entry, state: str, message: str) -> None:
        self._finished += 1
        if state == "done":
            self.result.done[entry.verb] += 1
            self._cause = ""
        elif state == "unknown":
            self.result.unknown.append(entry)
        else:
            self.result.refused.append((entry, message))
            self._in_a_row = self._in_a_row + 1 if message == self._cause else 1
            self._cause = message
            if self._in_a_row >= SAME_CAUSE_LIMIT:
                raise NrpdError(
                    f"{entry.phase}: stopped after {SAME_CAUSE_LIMIT} refusals in a row for one cause: {message}"
                )


class Loader:
    """Writes entries of one phase. `workers`: requests under way at once, unless given what the burst limit allows.
    `explain` puts an account's message into plain words."""

    def __init__(
        self,
        client: Client,
        journal: Journal,
        guard: Guard,
        *,
        workers: int | None = None,
        progress: Progress | None = None,
        explain: Callable[[str, str], str] | None = None,
        attachment: Callable[[str], bytes] | None = None,
    ) -> None:
        self._client = client
        self._journal = journal
        self._guard = guard
        self._workers = workers or client.limits.most_under_way or WORKERS
        self._progress = progress
        self._explain = explain
        self._attachment = attachment

    def run(self, entries: Sequence[Entry], what: str = "records") -> LoadResult:
        """Writes the entries. Raises what stops it after the requests in flight have ended. Entries of one call must
        not depend on each other."""
        intake = _Intake(len(entries), what, self._progress)
        if not entries:
            return intake.result
        self._guard.open(entries[0].phase)
        stopped: BaseException | None = None
        ahead = Semaphore(AHEAD)
        with ThreadPoolExecutor(self._workers, thread_name_prefix="nrpd-load") as pool:
            waiting: set[Future[Ended]] = set()
            try:
                for entry in self._planned(entries):
                    ahead.acquire()
                    waiting.add(pool.submit(self._write, entry, ahead))
                    waiting = intake.of(waiting, patient=len(waiting) >= self._workers + AHEAD)
                while waiting:
                    waiting = intake.of(waiting, patient=True)
            except BaseException as error:
                stopped = error
                wait([future for future in waiting if not future.cancel()])
        if stopped is not None:
            raise stopped
        return intake.result

    def _planned(self, entries: Sequence[Entry]) -> Iterator[Entry]:
        """Journals entries as planned, some hundreds at a time."""
        for start in range(0, len(entries), PLANNED_AHEAD):
            yield from self._journal.plan(entries[start : start + PLANNED_AHEAD])

    def _write(self, entry: Entry, ahead: Semaphore) -> Ended:
        """Sends one entry. `ahead` is released once: when its request leaves, or when it is clear that none will."""
        with ExitStack() as turn:
            turn.callback(ahead.release)
            self._guard.check()
            self._journal.sent(entry)
            try:
                arguments = self._arguments(entry)
                answer = self._client.request(entry.method, entry.path, **arguments, on_way=turn.close)
            except OutcomeUnknown as error:
                return self._unknown(entry, str(error))
            except Refused as error:
                return self._refused(entry, error)
            except (BudgetSpent, Blocked) as error:
                # Turned away before anything was done, so the next run plans it again.
                self._journal.refused(entry.id, f"not done: {error}")
                raise
            except BaseException as error:
                self._journal.unknown(entry.id, str(error))
                raise
        data = answer.data if isinstance(answer.data, Mapping) else {"items": answer.data}
        identity = entry.dest_id or str(data.get("id") or data.get("field_code") or "")
        if not identity:
            return self._unknown(entry, f"{entry.method} {entry.path} was answered without the id of what it made")
        self._journal.done(entry, identity, data, cost_of(entry.method, entry.path))
        return entry, "done", ""

    def _unknown(self, entry: Entry, why: str) -> Ended:
        self._journal.unknown(entry.id, why)
        return entry, "unknown", why

    def _refused(self, entry: Entry, error: Refused) -> Ended:
        if entry.verb == "delete" and error.status in (404, 410):
            self._journal.done(entry, entry.dest_id, None)
            return entry, "done", ""
        message = self._explain(entry.entity, str(error)) if self._explain else str(error)
        self._journal.refused(entry.id, message, _quarantined(entry.rows, message), entry.phase)
        return entry, "refused", message

    def _arguments(self, entry: Entry) -> dict[str, Any]:
        """JSON for most; a file goes as a multipart form, its content read from the staged export."""
        if entry.entity != "file" or entry.verb != "create":
            return {"json": entry.body} if entry.body is not None else {}
        if self._attachment is None:
            raise NrpdError(f"{entry.phase}: no attachments were staged, so {entry.source_id} cannot be sent")
        form = dict(entry.body or {})
        name, content = str(form.pop("name")), self._attachment(str(form.pop("attachment")))
        return {"data": {key: str(value) for key, value in form.items()}, "files": {"file": (name, content)}}


def _quarantined(rows: Iterable[RowOutcome], message: str) -> list[RowOutcome]:
    return [replace(row, outcome="quarantined", reason=f"Pipedrive refused it: {message}"[:300]) for row in rows]
