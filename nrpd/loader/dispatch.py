"""Keeps writes under way, and each of them in the journal before it leaves and after it is answered.

One thread journals, others send. In each turn the journal takes in, with one commit, what was answered since the last
turn and what leaves next; while it is written, the requests under way go on, and a few entries that are in the journal
already wait their turn behind them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from threading import Condition

from nrpd.journal import Ended, Entry, Journal

AHEAD = 32
"""Entries that are ready, in the journal too, while they wait for their turn. The more there are, the fewer commits a
load needs; a kill leaves as many to be looked up in the list of the account that is read anyway."""
_ENOUGH = AHEAD // 2  # ready ones that may be missing before a turn is taken for them alone
NOT_DONE = "not done"
"""With these words the journal begins to say why a write never left."""

Answered = tuple[Ended, BaseException | None]
"""What became of a write, and what must stop the load."""
Send = Callable[[Entry, Callable[[], object]], Answered]
"""Sends an entry, and calls what it is given when its request leaves. What it raises leaves the outcome unknown."""


class Dispatcher:
    """Writes the entries of one load. `check` is asked before writes leave, and `note` told of those that ended; what
    they raise stops the load."""

    def __init__(
        self,
        journal: Journal,
        send: Send,
        workers: int,
        *,
        check: Callable[[], None],
        note: Callable[[Sequence[Ended]], None],
    ) -> None:
        self._journal = journal
        self._send = send
        self._workers = workers
        self._check = check
        self._note = note
        self._news = Condition()
        self._answered: list[Answered] = []
        self._ready = 0  # journaled as sent, and their request has not left
        self._under_way: dict[int, tuple[Entry, Future[None]]] = {}  # journaled as sent, and not answered
        self._stopped: BaseException | None = None
        self._all_left = False

    def stop(self, why: BaseException) -> None:
        """Nothing leaves any more but what has been begun; `run` ends when that is answered and journaled."""
        with self._news:
            self._stopped = self._stopped or why
            for entry, future in list(self._under_way.values()):
                if future.cancel():
                    self._withdraw(entry)
            self._news.notify()

    def run(self, entries: Iterator[Entry]) -> None:
        """Writes them all. Raises what stopped it, after the requests in flight have ended."""
        with ThreadPoolExecutor(self._workers, thread_name_prefix="nrpd-send") as pool:
            while (turn := self._wait()) is not None:
                answered, room = turn
                ended = [one for one, _ in answered]
                self._take_in(answered)
                try:
                    self._turn(pool, ended, entries, room)
                except BaseException as error:
                    self.stop(error)
        if self._stopped is not None:
            raise self._stopped

    def _wait(self) -> tuple[list[Answered], int] | None:
        """What was answered, and how many may be made ready; None when all is done."""
        with self._news:
            self._news.wait_for(lambda: self._answered or not self._under_way or self._room() >= _ENOUGH)
            answered, self._answered = self._answered, []
            room = self._room()
        return (answered, room) if answered or room else None

    def _room(self) -> int:
        if self._all_left or self._stopped is not None:
            return 0
        return max(0, min(self._workers + AHEAD - len(self._under_way), AHEAD - self._ready))

    def _take_in(self, answered: Sequence[Answered]) -> None:
        try:
            self._note([ended for ended, error in answered if error is None])
            for _, error in answered:
                if error is not None:
                    raise error
        except BaseException as error:
            self.stop(error)

    def _turn(self, pool: ThreadPoolExecutor, ended: list[Ended], entries: Iterator[Entry], room: int) -> None:
        try:
            leaving = [] if self._stopped is not None else list(islice(entries, room))
            if leaving:
                self._check()
            self._journal.turn(ended, leaving)
        except BaseException:
            self._journal.turn(ended, [])  # whatever keeps others from leaving, these have been answered
            raise
        self._all_left = len(leaving) < room
        for entry in leaving:
            self._begin(pool, entry)

    def _begin(self, pool: ThreadPoolExecutor, entry: Entry) -> None:
        with self._news:
            self._ready += 1
            if self._stopped is None:
                self._under_way[entry.id] = (entry, pool.submit(self._one, entry))
            else:
                self._withdraw(entry)

    def _withdraw(self, entry: Entry) -> None:
        """An entry that was ready, and that no thread has begun with."""
        self._ready -= 1
        self._under_way.pop(entry.id, None)
        self._answered.append((Ended(entry, "refused", f"{NOT_DONE}: the load was stopped before it"), self._stopped))

    def _one(self, entry: Entry) -> None:
        left = False

        def leaves() -> None:
            nonlocal left
            with self._news:
                self._ready -= not left
                left = True
                if self._room() >= _ENOUGH:
                    self._news.notify()

        try:
            answered = self._send(entry, leaves)
        except BaseException as error:  # whatever happened, somebody waits for this
            answered = (Ended(entry, "unknown", str(error)), error)
        leaves()
        with self._news:
            del self._under_way[entry.id]
            self._answered.append(answered)
            self._news.notify()
