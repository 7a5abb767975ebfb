"""The journal's file: one writer thread, readers anywhere.

What has queued up is committed in one transaction (SQLite, WAL, synchronous=FULL): what a call has returned from
survives a kill and a power cut.
"""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeVar

import sqlalchemy as sa

from nrpd.errors import NrpdError
from nrpd.journal.tables import metadata

T = TypeVar("T")
Work = Callable[[sa.Connection], Any]


class Store:
    """One journal file. `run` is the run that changes are made in."""

    def __init__(self, path: Path, run: str = "") -> None:
        self.path = path
        self.run = run
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._engine = sa.create_engine(f"sqlite:///{path}", connect_args={"timeout": 60})
        sa.event.listen(self._engine, "connect", _pragmas)
        sa.event.listen(self._engine, "handle_error", partial(_in_plain_words, path))
        with self._engine.begin() as connection:
            metadata.create_all(connection)
        path.chmod(0o600)
        self._queue: queue.SimpleQueue[tuple[Work, Future[Any]] | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._write_forever, name="nrpd-journal", daemon=True)
        self._writer.start()

    def close(self) -> None:
        """Waits for what is queued, then closes the file."""
        if self._writer.is_alive():
            self._queue.put(None)
            self._writer.join()
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def change(self, work: Callable[[sa.Connection], T]) -> T:
        """Runs `work` in the writer thread and returns once it is durable. It may be run twice; the first is undone."""
        future: Future[Any] = Future()
        self._queue.put((work, future))
        return future.result()  # type: ignore[no-any-return]

    def _write_forever(self) -> None:
        while (first := self._queue.get()) is not None:
            batch = [first]
            stop = False
            while len(batch) < 256 and not self._queue.empty():
                following = self._queue.get()
                if following is None:
                    stop = True
                    break
                batch.append(following)
            if not self._commit(batch):
                for item in batch:
                    self._commit([item], last=True)
            if stop:
                return

    def _commit(self, batch: Sequence[tuple[Work, Future[Any]]], last: bool = False) -> bool:
        """One transaction for a batch. Where one piece of work fails, the caller repeats them one by one."""
        try:
            with self._engine.begin() as connection:
                results = [work(connection) for work, _ in batch]
        except BaseException as error:
            if last or len(batch) == 1:
                batch[0][1].set_exception(error)
                return True
            return False
        for (_, future), result in zip(batch, results, strict=True):
            future.set_result(result)
        return True

    def read(self, statement: sa.Select[Any]) -> list[Any]:
        """The rows of a query."""
        with self._engine.connect() as connection:
            return list(connection.execute(statement))


FAILURES = (
    (("malformed", "not a database"), "the journal is damaged. Put back a copy of it, with its -wal file if there is "
     "one, and run again: what was written since that copy is found in the account by its source id"),
    (("is full",), "there is no room left on the disk. Make room, then run again; it goes on where it stopped"),
    (("readonly", "unable to open"), "it cannot be written to. Mend the rights of its folder, then run again"),
    (("disk i/o",), "the disk fails. Nothing more is written; mend it, then run again"),
)  # fmt: skip
"""What SQLite says of a file that it cannot use (sqlite.org/rescode.html) → in words."""


def _in_plain_words(path: Path, context: sa.ExceptionContext) -> None:
    """A file that cannot be used is no fault of nrpd: NrpdError says what to do. Other errors stay what they are."""
    said = str(context.original_exception).casefold()
    for signs, words in FAILURES if isinstance(context.original_exception, sqlite3.DatabaseError) else ():
        if any(sign in said for sign in signs):
            raise NrpdError(f"{path}: {words}.") from context.original_exception


def _pragmas(connection: Any, _: object) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=60000"):
        connection.execute(f"PRAGMA {pragma}")
