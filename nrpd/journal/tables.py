"""The tables of the journal (SQLAlchemy Core). Times are UTC, RFC 3339 text; JSON is canonical text."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=nullable, server_default=None if nullable else "")


writes = sa.Table(
    "writes",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    _text("run"), _text("phase"), _text("entity"), _text("source_id"), _text("verb"), _text("method"), _text("path"),
    _text("payload", nullable=True), _text("payload_digest"), _text("fields"),
    _text("before", nullable=True), _text("before_digest"), _text("effects"),
    _text("state"), _text("dest_id"), _text("dest_update_time"), _text("error"),
    sa.Column("tokens", sa.Integer, nullable=False, server_default="0"),
    _text("planned_at"), _text("sent_at", nullable=True), _text("done_at", nullable=True),
    sa.Column("undoes", sa.Integer, nullable=True),
    sa.Index("writes_by_state", "entity", "state"),
    sqlite_autoincrement=True,
)  # fmt: skip
"""One row per write. state: planned, sent, done, refused, unknown, rolled back."""

events = sa.Table(
    "events",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("write_id", sa.Integer, nullable=False), _text("run"), _text("state"), _text("at"), _text("detail"),
    sa.Index("events_by_run", "run"),
    sqlite_autoincrement=True,
)  # fmt: skip
"""Every change of a write's state, in order; never changed."""

records = sa.Table(
    "records",
    metadata,
    sa.Column("entity", sa.Text, primary_key=True), sa.Column("dest_id", sa.Text, primary_key=True),
    _text("origin"), _text("written"), _text("before"), _text("after"), _text("phase"), _text("run"), _text("state"),
)  # fmt: skip
"""What nrpd remembers of a record: created or adopted, the values it wrote, those it found, the last answer."""

links = sa.Table(
    "links",
    metadata,
    sa.Column("entity", sa.Text, primary_key=True), sa.Column("source_id", sa.Text, primary_key=True), _text("dest_id"),
    sa.Index("links_by_record", "entity", "dest_id"),
)  # fmt: skip
"""Source id → record."""

outcomes = sa.Table(
    "outcomes",
    metadata,
    sa.Column("phase", sa.Text, primary_key=True), sa.Column("object", sa.Text, primary_key=True),
    sa.Column("row", sa.Text, primary_key=True), _text("outcome"), _text("reason"), _text("source_id"), _text("email"),
)  # fmt: skip
"""What became of each source row in each phase."""

phases = sa.Table(
    "phases",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    _text("run"), _text("phase"), _text("state"), _text("mode"), _text("at"), _text("error"),
    _text("figures"), _text("inputs"),
)  # fmt: skip
"""What happened to each phase, in order. mode: run (papermill), hand, script or sealed (read-only)."""

subjects = sa.Table(
    "subjects",
    metadata,
    sa.Column("gate", sa.Text, primary_key=True),
    _text("digest"),
    _text("summary"),
    _text("run"),
    _text("at"),
)
"""What each gate is to be decided on."""

notes = sa.Table("notes", metadata, sa.Column("key", sa.Text, primary_key=True), _text("value"))

heads = sa.Table(
    "heads",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True), _text("run"), _text("head"), _text("at"),
)  # fmt: skip
"""The manifest chain, one row per sealed run."""
