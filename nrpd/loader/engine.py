"""Carries out a plan: every write is in the journal before it is sent and after it is answered.

Requests overlap in threads over one keep-alive client (dispatch.py); the client keeps the limits. A refused record is
quarantined with Pipedrive's message and the run goes on; the same refusal fifty times in a row stops it. Ctrl-C, a
spent budget or a lost runner lets the requests in flight finish, then stops.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from nrpd.errors import BudgetSpent, NrpdError
from nrpd.journal import Ended, Entry, Journal, RowOutcome
from nrpd.loader.dispatch import NOT_DONE, Answered, Dispatcher
from nrpd.loader.guard import Guard
from nrpd.pipedrive.answers import Blocked, OutcomeUnknown, Refused
from nrpd.pipedrive.client import Client
from nrpd.pipedrive.costs import cost_of

SAME_CAUSE_LIMIT = 50
WORKERS = 8
"""Requests under way at once where no burst limit says how many there can be."""
PLANNED_AHEAD = 100
"""Entries journaled as planned in one go."""
_GLANCE = 0.1  # seconds between two looks at how far the load is


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
    """Takes in what has ended: counts it, and stops a run of refusals for one cause."""

    def __init__(self) -> None:
        self.result = LoadResult()
        self.finished = 0
        self._cause = ""
        self._in_a_row = 0

    def take(self, ended: Sequence[Ended]) -> None:
        """Raises NrpdError for the last of too many refusals in a row."""
        for one in ended:
            self._take(one)

    def _take(self, one: Ended) -> None:
        self.finished += 1
        if one.state == "done":
            self.result.done[one.entry.verb] += 1
            self._cause = ""
        elif one.state == "unknown":
            self.result.unknown.append(one.entry)
        else:
            self.result.refused.append((one.entry, one.why))
            self._in_a_row = self._in_a_row + 1 if one.why == self._cause else 1
            self._cause = one.why
            if self._in_a_row >= SAME_CAUSE_LIMIT:
                raise NrpdError(
                    f"{one.entry.phase}: stopped after {SAME_CAUSE_LIMIT} refusals in a row for one cause: {one.why}"
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
        intake = _Intake()
        if not entries:
            return intake.result
        self._guard.open(entries[0].phase)
        load = Dispatcher(self._journal, self._send, self._workers, check=self._guard.check, note=intake.take)
        with ThreadPoolExecutor(1, thread_name_prefix="nrpd-load") as thread:
            ended = thread.submit(load.run, self._planned(entries))
            try:
                self._watch(ended, intake, len(entries), what)
            except BaseException as interrupted:
                load.stop(interrupted)
                wait([ended])
                raise
        ended.result()
        return intake.result

    def _watch(self, ended: Future[None], intake: _Intake, total: int, what: str) -> None:
        """Tells the progress of a load until it has ended."""
        told, running = 0, True
        while running:
            running = not wait([ended], _GLANCE).done
            if intake.finished > told and self._progress is not None:
                told = intake.finished
                self._progress(told, total, what)

    def _planned(self, entries: Sequence[Entry]) -> Iterator[Entry]:
        """Journals entries as planned, some hundreds at a time."""
        for start in range(0, len(entries), PLANNED_AHEAD):
            yield from self._journal.plan(entries[start : start + PLANNED_AHEAD])

    def _send(self, entry: Entry, leaves: Callable[[], object]) -> Answered:
        """Sends one entry; `leaves` is called when its request leaves."""
        try:
            arguments = self._arguments(entry)
        except BaseException as error:
            return Ended(entry, "refused", f"{NOT_DONE}: {error}"), error
        try:
            answer = self._client.request(entry.method, entry.path, **arguments, on_way=leaves)
        except OutcomeUnknown as error:
            return Ended(entry, "unknown", str(error)), None
        except Refused as error:
            return self._refused(entry, error), None
        except (BudgetSpent, Blocked) as error:
            # Turned away before anything was done, so the next run plans it again.
            return Ended(entry, "refused", f"{NOT_DONE}: {error}"), error
        data = answer.data if isinstance(answer.data, Mapping) else {"items": answer.data}
        identity = entry.dest_id or str(data.get("id") or data.get("field_code") or "")
        if not identity:
            why = f"{entry.method} {entry.path} was answered without the id of what it made"
            return Ended(entry, "unknown", why), None
        return Ended(entry, "done", "", identity, data, cost_of(entry.method, entry.path), entry.rows), None

    def _refused(self, entry: Entry, error: Refused) -> Ended:
        if entry.verb == "delete" and error.status in (404, 410):
            return Ended(entry, "done", dest_id=entry.dest_id, rows=entry.rows)
        message = self._explain(entry.entity, str(error)) if self._explain else str(error)
        return Ended(entry, "refused", message, rows=_quarantined(entry.rows, message))

    def _arguments(self, entry: Entry) -> dict[str, Any]:
        """JSON for most; a file goes as a multipart form, its content read from the staged export."""
        if entry.entity != "file" or entry.verb != "create":
            return {"json": entry.body} if entry.body is not None else {}
        if self._attachment is None:
            raise NrpdError(f"{entry.phase}: no attachments were staged, so {entry.source_id} cannot be sent")
        form = dict(entry.body or {})
        name, content = str(form.pop("name")), self._attachment(str(form.pop("attachment")))
        return {"data": {key: str(value) for key, value in form.items()}, "files": {"file": (name, content)}}


def _quarantined(rows: Iterable[RowOutcome], message: str) -> tuple[RowOutcome, ...]:
    return tuple(replace(row, outcome="quarantined", reason=f"Pipedrive refused it: {message}"[:300]) for row in rows)
