"""The store: one SQLite file that several processes may serve at the same time.

Every record of every kind is one row of `records`: its JSON document, and the columns that lists filter and sort by.
WAL with synchronous=NORMAL: a killed process never leaves half a request behind, as each request is one transaction.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .answers import dumps
from .clock import day_of, rfc3339

Doc = dict[str, Any]

SCHEMA_VERSION = 2
_TABLES = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS counters (kind TEXT PRIMARY KEY, last INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS usage (day TEXT PRIMARY KEY, tokens INTEGER NOT NULL, writes INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS hits (at REAL NOT NULL, search INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS marketing (address TEXT PRIMARY KEY, status TEXT NOT NULL, changes INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS blobs (id INTEGER PRIMARY KEY, content BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS records (
    kind TEXT NOT NULL, id INTEGER NOT NULL, doc TEXT NOT NULL, deleted INTEGER NOT NULL,
    add_time TEXT, update_time TEXT, due_date TEXT, order_nr INTEGER,
    owner_id INTEGER, person_id INTEGER, org_id INTEGER, deal_id INTEGER, parent_id INTEGER,
    changed REAL NOT NULL, previous TEXT,
    PRIMARY KEY (kind, id)
);
CREATE INDEX IF NOT EXISTS records_updated ON records (kind, update_time, id);
CREATE INDEX IF NOT EXISTS records_person ON records (person_id, kind) WHERE person_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS records_org ON records (org_id, kind) WHERE org_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS records_deal ON records (deal_id, kind) WHERE deal_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS hits_at ON hits (at);
"""
_UPSERT = (
    "INSERT OR REPLACE INTO records (kind, id, doc, deleted, add_time, update_time, due_date, order_nr, owner_id,"
    " person_id, org_id, deal_id, parent_id, changed, previous) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
)
_NOT_LITERAL = frozenset('%_"\\')
"""Characters that mean something to LIKE, or that stand escaped in the documents."""
SORTABLE = frozenset({"id", "add_time", "update_time", "due_date", "order_nr"})


class StoreError(ValueError):
    """The store file cannot be used."""


class Store:
    """One connection to the store file. Use it in the thread that made it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self.db = sqlite3.connect(path, isolation_level=None, timeout=60.0)
        try:
            self._open()
        except sqlite3.DatabaseError as error:
            self.db.close()
            raise StoreError(f"{path}: not a store of the sandbox ({error}); give another file.") from error

    def _open(self) -> None:
        # The switch to WAL does not wait for a lock by itself, so two processes that open a new file at once need this.
        for attempt in range(200):
            try:
                self.db.execute("PRAGMA journal_mode=WAL")
                break
            except sqlite3.OperationalError:
                if attempt == 199:
                    raise
                time.sleep(0.05)
        self.db.execute("PRAGMA synchronous=NORMAL")
        # A checkpoint waits for the disk; one per some 500 requests instead of one per 140.
        self.db.execute("PRAGMA wal_autocheckpoint=4000")
        self.db.execute("PRAGMA cache_size=-20000")
        version = self.db.execute("PRAGMA user_version").fetchone()[0]
        if version == SCHEMA_VERSION:
            return
        with self.transaction():
            # Read again: another process may have made or changed the tables meanwhile.
            version = self.db.execute("PRAGMA user_version").fetchone()[0]
            if version > SCHEMA_VERSION:
                raise sqlite3.DatabaseError(f"version {version}, wanted {SCHEMA_VERSION}")
            if version == 1:
                self.db.execute("ALTER TABLE usage ADD COLUMN writes INTEGER NOT NULL DEFAULT 0")
            for statement in _TABLES.split(";"):
                self.db.execute(statement)
            self.db.execute(f"PRAGMA user_version={SCHEMA_VERSION}")

    def close(self) -> None:
        """Closes the connection."""
        self.db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, and alone among the writers of all processes."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    # -- small values ---------------------------------------------------------------------------------------------

    def meta(self, key: str, default: str = "") -> str:
        """A value of the store as a whole."""
        row = self.db.execute("SELECT value FROM meta WHERE key=?", (key,)).fetchone()
        return default if row is None else str(row[0])

    def set_meta(self, key: str, value: str) -> None:
        """Keeps a value of the store as a whole."""
        self.db.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?,?)", (key, value))

    def next_id(self, kind: str) -> int:
        """A number never given before to this kind."""
        row = self.db.execute(
            "INSERT INTO counters (kind, last) VALUES (?,1)"
            " ON CONFLICT (kind) DO UPDATE SET last=last+1 RETURNING last",
            (kind,),
        ).fetchone()
        return int(row[0])

    def reserve_id(self, kind: str, number: int) -> None:
        """Makes sure that `next_id` goes on above `number`."""
        self.db.execute(
            "INSERT INTO counters (kind, last) VALUES (?,?)"
            " ON CONFLICT (kind) DO UPDATE SET last=max(last,excluded.last)",
            (kind, number),
        )

    def now(self) -> float:
        """The sandbox's time: the machine's, moved by `advance` (seconds since 1970)."""
        return time.time() + float(self.meta("clock", "0"))

    def now_and_revision(self) -> tuple[float, str]:
        """The time, and the number that every change of a setting raises: what each request needs, in one query."""
        found = dict(self.db.execute("SELECT key, value FROM meta WHERE key IN ('clock','revision')").fetchall())
        return time.time() + float(found.get("clock", "0")), found.get("revision", "0")

    def advance(self, seconds: float) -> None:
        """Moves the sandbox's clock, for every process that serves this store."""
        self.set_meta("clock", repr(float(self.meta("clock", "0")) + seconds))

    def tokens_today(self) -> int:
        """Tokens taken on the current UTC day."""
        row = self.db.execute("SELECT tokens FROM usage WHERE day=?", (day_of(self.now()),)).fetchone()
        return int(row[0]) if row else 0

    # -- records --------------------------------------------------------------------------------------------------

    def put(self, kind: str, doc: Doc, now: float, *, previous: str | None = None, touch: bool = True) -> Doc:
        """Stores a document under its `id`. `touch` sets its update time to `now`."""
        if touch:
            doc["update_time"] = rfc3339(now)
        self.db.execute(_UPSERT, _row(kind, doc, now, previous))
        return doc

    def add(self, kind: str, doc: Doc, now: float) -> Doc:
        """Stores a new document: gives it its id, and its times where it has none."""
        made = {"id": self.next_id(kind), **doc}
        made["add_time"] = made.get("add_time") or rfc3339(now)
        made["update_time"] = made.get("update_time") or rfc3339(now)
        return self.put(kind, made, now, touch=False)

    def change(self, kind: str, doc: Doc, now: float, lag: float) -> Doc:
        """Stores the changed document, and keeps what the search index still shows for `lag` seconds."""
        row = self.db.execute("SELECT doc, changed, previous FROM records WHERE kind=? AND id=?", (kind, doc["id"]))
        old, changed, previous = row.fetchone()
        return self.put(kind, doc, now, previous=old if changed <= now - lag else previous)

    def get(self, kind: str, number: int, *, deleted: bool = False) -> Doc | None:
        """A document by its id; a deleted one only if asked for."""
        row = self.db.execute("SELECT doc, deleted FROM records WHERE kind=? AND id=?", (kind, number)).fetchone()
        if row is None or (row[1] and not deleted):
            return None
        doc: Doc = json.loads(row[0])
        return doc

    def exists(self, kind: str, number: int) -> bool:
        """Whether a live record has this id."""
        found = self.db.execute("SELECT 1 FROM records WHERE kind=? AND id=? AND deleted=0", (kind, number)).fetchone()
        return found is not None

    def select(
        self, kind: str, where: str = "deleted=0", values: Sequence[Any] = (), order: str = "id", limit: int = -1
    ) -> list[Doc]:
        """Documents of a kind. `where` and `order` are SQL over the columns of `records`, never text of a request."""
        query = f"SELECT doc FROM records WHERE kind=? AND {where} ORDER BY {order} LIMIT ?"
        return [json.loads(row[0]) for row in self.db.execute(query, (kind, *values, limit))]

    def count(self, kind: str, where: str, values: Sequence[Any]) -> int:
        """How many records of a kind a condition holds for."""
        row = self.db.execute(f"SELECT count(*) FROM records WHERE kind=? AND {where}", (kind, *values)).fetchone()
        return int(row[0])

    def indexed(self, kind: str, seen: float, part: str = "", also: frozenset[int] = frozenset()) -> Iterator[Doc]:
        """The live documents as the search index has them: as they were at `seen` (seconds since 1970).

        With `part` at least those whose text holds it, whatever its case, and those whose id is in `also`.
        """
        query = (
            "SELECT shown FROM (SELECT id, CASE WHEN changed<=? THEN doc ELSE previous END AS shown FROM records"
            " WHERE kind=?) WHERE shown IS NOT NULL"
        )
        values: list[Any] = [seen, kind]
        if part and part.isprintable() and not set(part) & _NOT_LITERAL:
            # LIKE knows the case of ASCII letters only, so documents with any other letter are all looked at, and
            # a part with another letter can be in those alone. They have more bytes than characters.
            likely = ["length(shown) <> length(CAST(shown AS BLOB))", f"id IN ({','.join(map(str, also))})"]
            if part.isascii():
                likely.append("shown LIKE ?")
                values.append(f"%{part}%")
            query += f" AND ({' OR '.join(likely)})"
        for (text,) in self.db.execute(f"{query} ORDER BY id", values):
            doc: Doc = json.loads(text)
            if not doc.get("is_deleted") and doc.get("active_flag") is not False:
                yield doc

    # -- files ----------------------------------------------------------------------------------------------------

    def put_blob(self, number: int, content: bytes) -> None:
        """Keeps the bytes of a file."""
        self.db.execute("INSERT OR REPLACE INTO blobs (id, content) VALUES (?,?)", (number, content))

    def blob(self, number: int) -> bytes:
        """The bytes of a file."""
        row = self.db.execute("SELECT content FROM blobs WHERE id=?", (number,)).fetchone()
        return bytes(row[0]) if row else b""

    def load(self, kind: str, docs: Iterable[Doc], now: float) -> None:
        """Stores many complete documents at once (fixtures)."""
        rows = [_row(kind, doc, now, None) for doc in docs]
        self.db.executemany(_UPSERT, rows)
        self.reserve_id(kind, max((int(row[1]) for row in rows), default=0))


def _row(kind: str, doc: Doc, now: float, previous: str | None) -> tuple[Any, ...]:
    deleted = bool(doc.get("is_deleted")) or doc.get("active_flag") is False
    return (
        kind, doc["id"], dumps(doc), int(deleted), doc.get("add_time"), doc.get("update_time"), doc.get("due_date"),
        doc.get("order_nr"), doc.get("owner_id"), doc.get("person_id"), doc.get("org_id"), doc.get("deal_id"),
        doc.get("pipeline_id") or doc.get("rel_owner_org_id"), now, previous,
    )  # fmt: skip
