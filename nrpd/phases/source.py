"""The customer's source on disk: staged once, profiled once, laid over by the delta when there is one."""

from __future__ import annotations

import fnmatch
import json
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from nrpd.errors import BadInput
from nrpd.loader.source_view import Tables, overlay
from nrpd.mapping.convert import Context
from nrpd.mapping.dates import UNDECIDABLE
from nrpd.mapping.profile import profile_column
from nrpd.netresults.apierase import Eraser
from nrpd.netresults.apiread import Snapshot, forget, load_snapshot, needs_reading, read_api
from nrpd.netresults.apistore import Tell
from nrpd.netresults.late import load_late
from nrpd.netresults.records import ID_COLUMN, OBJECT_COLUMNS, SUPPRESSION_COLUMNS, SourceField
from nrpd.netresults.staged import Staged
from nrpd.netresults.staging import StagingSource, load_staged, stage
from nrpd.parameters import Parameters, Source
from nrpd.pipedrive.records import AccountFacts
from nrpd.workspace import Workspace, write_atomically

OBJECTS = tuple(OBJECT_COLUMNS)
FEW = 10
"""Of fewer records than this, half of them may really be gone."""
TIMES: Mapping[str, tuple[str, ...]] = {
    "email_sends": ("sent_at", "event_at", "opened_at", "clicked_at", "bounced_at"),
    "suppressions": ("date",), "campaign_members": ("joined_at",), "notes": ("date",), "activities": ("date",),
}  # fmt: skip
"""Object → columns that become a time and nothing else: what cannot be read there would be lost."""


def no_progress(done: int, total: int | None, what: str) -> None:
    """Shows nothing."""


def erased_hashes(source: Source) -> frozenset[str]:
    """The SHA-256 of addresses that must not be imported. Raises BadInput naming the first line that is none."""
    if source.erased is None:
        return frozenset()
    found = set()
    for number, line in enumerate(source.erased.read_text(encoding="utf-8").splitlines(), 1):
        text = line.split("#")[0].strip().lower()
        if not text:
            continue
        if len(text) != 64 or not set(text) <= set("0123456789abcdef"):
            raise BadInput(f"{source.erased}: line {number} is not a SHA-256 (64 hex digits) of a normalised address")
        found.add(text)
    return frozenset(found)


def read_source(
    parameters: Parameters, workspace: Workspace, name: str, tell: Tell = no_progress, since: datetime | None = None
) -> None:
    """Reads `source.api`, where there is one, into `staged/api/<name>`; free where that was done (after `since`).
    `name`: base or delta. Raises BadInput where the variables of its login are not set, or the API refuses."""
    source = parameters.source
    if source.api is not None:
        read_api(source.api, _api_folder(workspace, name), _eraser(source), tell, since=since)


def require_login(parameters: Parameters, workspace: Workspace) -> None:
    """Raises BadInput where the API is still to be read and the variables of its login are not set."""
    source = parameters.source
    if source.api and needs_reading(source.api, _api_folder(workspace, "base"), _eraser(source)):
        source.api.secrets()


def forget_reading(workspace: Workspace, phase: str) -> None:
    """A phase that reads the source, done once more on purpose, reads the API once more."""
    if name := {"01_discovery": "base", "11_cutover": "delta"}.get(phase):
        forget(_api_folder(workspace, name))


def share_reading(workspace: Workspace, customer_folder: Path) -> None:
    """Gives what was read from the API to the folder of another customer: a rehearsal need not read it again, and has
    nothing newer."""
    for name in ("base", "delta") if reading_of(workspace, "base") else ():
        theirs = customer_folder / "staged" / "api" / name
        if not theirs.exists():
            shutil.copytree(_api_folder(workspace, "base"), theirs)


def reading_of(workspace: Workspace, name: str) -> Snapshot | None:
    """What was read from the API as base or delta, None where nothing was."""
    return load_snapshot(_api_folder(workspace, name))


def _api_folder(workspace: Workspace, name: str) -> Path:
    return workspace.staged / "api" / name


def _eraser(source: Source) -> Eraser:
    return Eraser(erased_hashes(source), source.columns.get("contacts", {}).get("email", ""))


def _stage(
    parameters: Parameters, workspace: Workspace, export: Path | None, reading: str, into: str,
    erased_contacts: Iterable[str] = (),
) -> Staged:  # fmt: skip
    source = parameters.source
    read = reading_of(workspace, reading) if source.api else None
    made = StagingSource(export, source.files, source.columns, erased_hashes(source))
    return stage(made, workspace.staged / into, read.given if read else None, frozenset(erased_contacts))


def stage_base(parameters: Parameters, workspace: Workspace, tell: Tell = no_progress) -> Staged:
    """Stages `source.export` and what `source.api` gives; free where nothing changed and the API was read before."""
    read_source(parameters, workspace, "base", tell)
    return _stage(parameters, workspace, parameters.source.export, "base", "base")


def stage_delta(parameters: Parameters, workspace: Workspace) -> tuple[Staged, bool] | None:
    """Stages what is newer than the base: `source.delta_export`, else the export itself where it changed since; and
    what the API gave when it was read as delta (`read_source`). Asks the API for nothing.

    Returns (staged, whether it is a full export), or None where there is nothing newer.
    """
    source = parameters.source
    reading = "delta" if reading_of(workspace, "delta") else "base"
    if source.delta_export is not None:
        base = load_staged(workspace.staged / "base")
        made = _stage(parameters, workspace, source.delta_export.path, reading, "delta", base.erased_contacts)
        full = source.delta_export.kind == "full" and not looks_partial(base, made)
        return made.named(_later(source.delta_export.path)), full
    again = _stage(parameters, workspace, source.export, reading, "again")
    if again.digest == load_staged(workspace.staged / "base").digest:
        return None
    return again.named(_later(source.export)), True


def _later(export: Path | None) -> str:
    """What the files of a later export are told by."""
    return f"{export.name if export else 'API'} (later)"


def looks_partial(base: Staged, later: Staged) -> bool:
    """Whether an export holds less than half of the records of the base: then it is one of changes, whatever its name,
    and what it does not hold is not gone."""
    for object_, column in (("contacts", "contact_id"), ("companies", "company_id")):
        if column in base.columns(object_) and column in later.columns(object_):
            before, now = ({i for ids in s.counts(object_, column).values() for i in ids} - {""} for s in (base, later))
            if len(before) >= FEW and len(before & now) < len(before) / 2:
                return True
    return False


def tables_of(staged: Staged) -> Tables:
    """The rows of a staged export."""
    rows = {object_: staged.rows(object_) for object_ in OBJECTS if staged.has(object_)}
    return Tables(rows, staged.quarantined, staged.same_rows, staged.erased_rows)


def tables_with_delta(parameters: Parameters, workspace: Workspace, delta: tuple[Staged, bool] | None) -> Tables:
    """The source as it stands after the delta."""
    base = tables_of(load_staged(workspace.staged / "base"))
    whole = base if delta is None else overlay(base, tables_of(delta[0]), ID_COLUMN, full=delta[1])
    return with_late_suppressions(parameters, workspace, whole)


def tables_after_delta(parameters: Parameters, workspace: Workspace, delta: tuple[Staged, bool]) -> Tables:
    """The same for phases that account for the rows of the base: what staging kept out of either is kept out."""
    base, after = tables_of(load_staged(workspace.staged / "base")), tables_with_delta(parameters, workspace, delta)
    return replace(
        after,
        quarantined=[*base.quarantined, *after.quarantined],
        torn_before=(),
        same_rows=Counter(base.same_rows) + Counter(after.same_rows),
        erased_rows=Counter(base.erased_rows) + Counter(after.erased_rows),
    )


def late_folder(workspace: Workspace) -> Path:
    """Where what `nrpd suppress` was given is kept."""
    return workspace.staged / "late"


def with_late_suppressions(parameters: Parameters, workspace: Workspace, tables: Tables) -> Tables:
    """The source with the opt-outs that came later (`nrpd suppress`), their torn rows among what is kept out."""
    for late in load_late(late_folder(workspace), erased_hashes(parameters.source)):
        more = tables_of(late)
        tables = replace(
            tables,
            rows={**tables.rows, "suppressions": [*tables.of("suppressions"), *more.of("suppressions")]},
            quarantined=[*tables.quarantined, *more.quarantined],
            same_rows=Counter(tables.same_rows) + Counter(more.same_rows),
            erased_rows=Counter(tables.erased_rows) + Counter(more.erased_rows),
        )
    return tables


def profile_fields(staged: Staged, source: Source) -> list[SourceField]:
    """The profile of every column of every staged object; suppression columns are no fields."""
    found: list[SourceField] = []
    for object_ in OBJECTS:
        if not staged.has(object_):
            continue
        left_out = SUPPRESSION_COLUMNS if object_ == "contacts" else ()
        headers = staged.headers(object_)
        # One column at a time: a table of millions of rows is never in memory whole.
        for column in staged.columns(object_):
            if column not in left_out:
                by_file = staged.counts(object_, column)
                orders = declared_orders(source, [column], by_file)
                found.append(profile_column(object_, column, headers.get(column, column), by_file, date_orders=orders))
    return found


def settled(profiled: Sequence[SourceField]) -> list[SourceField]:
    """The profiles, once the order of day and month is known where a date has no other place than a time.

    Raises BadInput that asks for the order. Other dates of unknown order stay text, as the mapping sheet shows.
    """
    asked = [
        f"{file}: {field.header!r} could be day first or month first ({_example(field)}): say which in "
        f"source.date_order, e.g. {{{file!r}: {{{field.column}: dmy}}}}"
        for field in profiled
        if field.column in TIMES.get(field.object, ())
        for file, order in field.date_orders.items()
        if order == UNDECIDABLE
    ]
    if asked:
        raise BadInput("\n".join(asked))
    return list(profiled)


def _example(field: SourceField) -> str:
    return next((text for text in field.samples if text[:1].isdigit()), "as 03/04/2021")


def declared_orders(source: Source, columns: Iterable[str], files: Iterable[str]) -> dict[tuple[str, str], str]:
    """`source.date_order` as (column, file) → order; nothing where it is auto."""
    if source.date_order == "auto":
        return {}
    found: dict[tuple[str, str], str] = {}
    for file in set(files):
        for column in columns:
            order = (
                source.date_order if isinstance(source.date_order, str) else _pinned(source.date_order, file, column)
            )
            if order and order != "auto":
                found[column, file] = order
    return found


def _pinned(orders: Mapping[str, Mapping[str, str]], file: str, column: str) -> str:
    for pattern, columns in orders.items():
        # Of a later export the name of the folder stands before what it has there.
        if any(fnmatch.fnmatch(name, pattern) for name in (file, file.partition("/")[2], Path(file).name)):
            return columns.get(column, "")
    return ""


def fields_with_delta(base: Sequence[SourceField], delta: Sequence[SourceField]) -> list[SourceField]:
    """Profiles of base and delta: the delta's files settle their own order of dates."""
    newer = {(f.object, f.column): f for f in delta}
    merged = []
    for field in base:
        later = newer.get((field.object, field.column))
        orders = {**field.date_orders, **_settled(later, field)} if later else field.date_orders
        merged.append(replace(field, date_orders=orders))
    return settled(merged)


def _settled(later: SourceField, base: SourceField) -> dict[str, str]:
    """The delta's own order of dates; where few rows cannot settle it, that of the base, if it has one order only."""
    orders = {order for order in base.date_orders.values() if order and order != "undecidable"}
    default = orders.pop() if len(orders) == 1 else "undecidable"
    return {file: default if order in ("", "undecidable") else order for file, order in later.date_orders.items()}


def save_fields(path: Path, profiled: Sequence[SourceField]) -> None:
    """Keeps profiles beside the staged tables, so that each phase need not read every cell again."""
    write_atomically(path, json.dumps([asdict(field) for field in profiled], ensure_ascii=False))


def load_fields(path: Path) -> list[SourceField]:
    """Profiles kept by `save_fields`. Raises BadInput where there are none."""
    if not path.is_file():
        raise BadInput("nothing is staged yet; run 01_discovery first")
    names = {field.name for field in fields(SourceField)}
    lists = {"samples", "options"}
    found = []
    for item in json.loads(path.read_text(encoding="utf-8")):
        values: dict[str, Any] = {k: tuple(v) if k in lists else v for k, v in item.items() if k in names}
        found.append(SourceField(**values))
    return found


def context_of(parameters: Parameters, profiled: Sequence[SourceField], facts: AccountFacts) -> Context:
    """What the meaning of a value depends on, for this customer and this account."""
    orders = {(f.object, f.column, file): order for f in profiled for file, order in f.date_orders.items()}
    options = {(f.entity, f.name): tuple(o.label for o in f.options) for f in facts.fields if f.options}
    source = parameters.source
    return Context(source.default_country, source.timezone, orders, facts.default_currency, options)
