"""Small exports for the tests of the source."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nrpd.loader.source_view import SourceView
from nrpd.mapping.convert import Context
from nrpd.mapping.propose import EMPTY_ACCOUNT, propose
from nrpd.mapping.transform import Builder, Built
from nrpd.netresults.staged import Staged
from nrpd.netresults.staging import stage
from nrpd.parameters import Source
from nrpd.phases.source import profile_fields, settled, tables_of


@dataclass
class Settings:
    """What staging reads of the parameters' `source`."""

    export: Path | None
    files: dict[str, str] = field(default_factory=dict)
    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    erased: frozenset[str] = frozenset()


def write(folder: Path, name: str, text: str | bytes) -> Path:
    """Write one file of an export, UTF-8 unless bytes are given."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@dataclass(frozen=True)
class Read:
    """A source as the runbook sees it: staged, profiled, mapped into an empty account."""

    staged: Staged
    view: SourceView

    def rows(self, object_: str = "contacts") -> list[dict[str, str]]:
        """The staged rows without where they come from."""
        return [
            {k: v for k, v in row.items() if k not in ("row_file", "row_line")} for row in self.staged.rows(object_)
        ]

    def persons(self) -> list[Built]:
        """What becomes of each person, in the order of their keys."""
        builder = Builder("person", self.view.mapped("contacts"), self.view.context)
        return [builder.build(person.values, person.sources) for person in self.view.contacts.people]

    def person(self) -> dict[str, Any]:
        """The values of the only person."""
        (built,) = self.persons()
        return built.values

    def buckets(self) -> dict[str, int]:
        """Outcome of every contact row → rows."""
        found = Counter(": ".join(filter(None, outcome)) for outcome in self.view.contacts.outcomes.values())
        found.update(f"quarantined: {q.reason}" for q in self.staged.quarantined if q.object == "contacts")
        found["skipped: same row"] += self.staged.same_rows["contacts"]
        found["skipped: erased"] += self.staged.erased_rows["contacts"]
        return {bucket: count for bucket, count in found.items() if count}


def read(folder: Path, timezone: str = "UTC", country: str = "US", date_order: Any = "auto", **settings: Any) -> Read:
    """Stages the export in `folder`/export and looks at it through the map that is proposed for an empty account."""
    staged = stage(Settings(folder / "export", **settings), folder / "staged")
    declared = Source(export=folder, timezone=timezone, default_country=country, date_order=date_order)
    fields_ = settled(profile_fields(staged, declared))
    orders = {(f.object, f.column, file): order for f in fields_ for file, order in f.date_orders.items()}
    context = Context(default_country=country, timezone=timezone, date_orders=orders)
    mapping = propose([f for f in fields_ if f.filled], EMPTY_ACCOUNT)
    return Read(staged, SourceView(tables_of(staged), fields_, mapping, context))
