"""Reads an API of the source once, whole, into a folder; resumable, and without the people who were erased.

`<folder>/pages` holds the answers while the reading lasts, `<folder>/tables` the files that staging takes, and
`<folder>/read.json` says what was read and that it is complete. An API cannot say whether it has changed, so a complete
reading stands until somebody asks for another one (`forget`).
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from nrpd.api_parameters import Api
from nrpd.errors import Locked
from nrpd.netresults.apicalls import ApiRefused, SourceUnreachable
from nrpd.netresults.apierase import Eraser
from nrpd.netresults.apirows import addresses, column_of
from nrpd.netresults.apistore import Store, Tell
from nrpd.netresults.files import GIVEN
from nrpd.netresults.graphql import GraphQl, GraphQlSource
from nrpd.netresults.jsonrpc import JsonRpc
from nrpd.netresults.jsonrpc_source import JsonRpcSource
from nrpd.netresults.records import SUPPRESSION_COLUMNS
from nrpd.netresults.staged import Flag, Given
from nrpd.workspace import write_atomically

_BEGUN, _DONE, _AGAIN = "begun.json", "read.json", "again"
_PAGES, _TABLES = "pages", "tables"
_PATIENCE = 5.0
"""Seconds: a kernel whose runner was killed takes a moment to end."""
_CHECKED = 10
"""Contacts that are asked for once more, by their address."""


@dataclass(frozen=True)
class Snapshot:
    """A complete reading. `began`: aware UTC time before which nothing was read."""

    given: Given
    began: datetime
    says_suppressions: bool
    """Whether it holds anything that says who must not be mailed."""


def load_snapshot(folder: Path) -> Snapshot | None:
    """The complete reading in `folder`, None where there is none."""
    if not (said := _said(folder / _DONE)):
        return None
    flags = tuple(Flag(**flag) for flag in said["flags"])
    given = Given(folder / _TABLES, said["erased"], frozenset(said["erased_ids"]), flags)
    return Snapshot(given, datetime.fromisoformat(said["began"]), said["says_suppressions"])


def needs_reading(api: Api, folder: Path, eraser: Eraser, since: datetime | None = None) -> bool:
    """Whether `read_api` would ask the API for anything."""
    said = _said(folder / _DONE)
    return (
        said.get("settings") != _settings(api, eraser)
        or not _covers(said, eraser)
        or _is_older(said, since)
        or (folder / _AGAIN).exists()
    )


def forget(folder: Path) -> None:
    """The next reading asks for everything again; until it is complete, the one before stands."""
    (folder / _BEGUN).unlink(missing_ok=True)
    if (folder / _DONE).exists():
        (folder / _AGAIN).touch()


def read_api(
    api: Api, folder: Path, eraser: Eraser, tell: Tell, *, since: datetime | None = None, retry_wait: float = 1.0
) -> Snapshot:
    """Read what `api` asks for into `folder`, or go on where a reading was left; free where it is complete.

    A reading that began before `since` does not count. `tell(done, total or None, what)` is called after every answer.
    Raises BadInput for what a person must mend, SourceUnreachable where it may pass (what was read is kept), Locked
    where another process is reading.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _alone(folder):
        if needs_reading(api, folder, eraser, since):
            _read(api, folder, eraser, tell, since, retry_wait)
        else:
            _erase_later(folder, eraser)
    found = load_snapshot(folder)
    assert found is not None
    return found


def _read(api: Api, folder: Path, eraser: Eraser, tell: Tell, since: datetime | None, retry_wait: float) -> None:
    login = api.secrets()
    begun = _begun(api, folder, eraser, since)
    store = Store(folder / _PAGES, tell)
    source: JsonRpcSource | GraphQlSource
    if api.kind == "jsonrpc":
        today = datetime.fromisoformat(begun["began"]).date()
        source = JsonRpcSource(api, JsonRpc(api, login, retry_wait), store, eraser, today)
    else:
        source = GraphQlSource(api, GraphQl(api, login, retry_wait), store, eraser)
    new = folder / f"{_TABLES}.new"
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(mode=0o700)
    try:
        source.read()
        flags = [*_store_flags(store), *_check(source), *source.write(new)]
        says = _says_suppressions(source, new)
        count, ids = store.erased()
    finally:
        source.close()
        store.close()
    said = {
        **begun, "erased": {"contacts": count} if count else {}, "erased_ids": sorted(ids),
        "flags": [asdict(flag) for flag in flags], "says_suppressions": says,
    }  # fmt: skip
    (folder / _DONE).unlink(missing_ok=True)
    shutil.rmtree(folder / _TABLES, ignore_errors=True)
    new.rename(folder / _TABLES)
    write_atomically(folder / _DONE, json.dumps(said, ensure_ascii=False))
    for name in (_BEGUN, _AGAIN):
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / _PAGES)


def _begun(api: Api, folder: Path, eraser: Eraser, since: datetime | None) -> dict[str, Any]:
    """What the reading under way is for; a new one begins where there is none, or one for something else."""
    found = _said(folder / _BEGUN)
    wanted = {"settings": _settings(api, eraser), "hashes": sorted(eraser.hashes)}
    if wanted.items() <= found.items() and not _is_older(found, since):
        return found
    shutil.rmtree(folder / _PAGES, ignore_errors=True)
    begun = {**wanted, "began": datetime.now(UTC).isoformat()}
    write_atomically(folder / _BEGUN, json.dumps(begun))
    return begun


def _is_older(said: dict[str, Any], since: datetime | None) -> bool:
    return since is not None and datetime.fromisoformat(said["began"]) < since


def _settings(api: Api, eraser: Eraser) -> str:
    """A digest of all that decides what is read; not how fast, and not as whom."""
    said = api.model_dump(
        mode="json", exclude={"page_size", "requests_per_second", "timeout", "auth", "base_url", "endpoint"} | _LOGIN
    )
    said |= {"url": api.url, "objects": api.wanted, "pinned": eraser.pinned}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


_LOGIN = {"user_env", "password_env", "token_env", "client_id_env", "client_secret_env"}


def _covers(said: dict[str, Any], eraser: Eraser) -> bool:
    """Whether nobody was left out of a reading who is to be in it now."""
    return not said.get("erased") or set(said["hashes"]) <= eraser.hashes


def _erase_later(folder: Path, eraser: Eraser) -> None:
    """Take people out who were erased after the reading."""
    said = _said(folder / _DONE)
    if set(said["hashes"]) == eraser.hashes:
        return
    gone, ids = eraser.sweep(folder / _TABLES)
    said["erased"] = dict(Counter(said["erased"]) + Counter(gone))
    said["erased_ids"] = sorted({*said["erased_ids"], *ids})
    said["hashes"] = sorted(eraser.hashes)
    write_atomically(folder / _DONE, json.dumps(said, ensure_ascii=False))


def _said(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return found


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    lock = FileLock(folder.with_name(f".{folder.name}.lock"), timeout=_PATIENCE)
    try:
        lock.acquire()
    except Timeout:
        raise Locked(
            "source.api: another process is reading it for this customer; wait until it has finished"
        ) from None
    try:
        yield
    finally:
        lock.release()


def _store_flags(store: Store) -> Iterator[Flag]:
    """What a person should know about the answers: parts left out, rows missing or given twice, single refusals."""
    for part in store.parts():
        where = f"{GIVEN}{part.removeprefix('contact_')}"
        if reason := store.notes.get(part):
            yield Flag(where, 1, "source", f"left out: {reason}")
        if counted := store.counts(part):
            read, total, repeats = counted
            if read < total:
                yield Flag(where, 1, "source", f"{read} rows were read, but the API says that there are {total}")
            if repeats:
                yield Flag(where, 1, "source", f"{repeats} rows came twice (same id) and were read once")
        if refused := store.refused(part):
            yield Flag(where, 1, "source", f"refused for {len(refused)} of them, first: {refused[0]}")


def _check(source: JsonRpcSource | GraphQlSource) -> Iterator[Flag]:
    """A few contacts, asked for once more by their address: another id would mean that names are read wrongly."""
    known = [(own, address) for core, _ in source.contacts() if (own := _cell(core, "contact_id"))
             for address in list(addresses(core))[:1]]  # fmt: skip
    shared = Counter(address.casefold() for _, address in known)
    sample = known[:: max(1, len(known) // _CHECKED)][:_CHECKED]
    for own, address in sample:
        if shared[address.casefold()] > 1:
            continue
        try:
            found = source.find(address)
        except (ApiRefused, SourceUnreachable) as error:
            yield Flag(f"{GIVEN}contacts", 1, "source", f"not checked by address: {error}")
            return
        if found != own:
            yield Flag(
                f"{GIVEN}contacts", 1, "source", f"asked for by address, contact {own} is {found or 'not found'}"
            )


def _cell(core: Any, column: str) -> str:
    return next((text for key, text in core.items() if text and column_of(key, "contacts") == column), "")


def _says_suppressions(source: JsonRpcSource | GraphQlSource, tables: Path) -> bool:
    if (tables / "suppressions.csv").is_file():
        return True
    return any(
        text and column_of(key, "contacts") in SUPPRESSION_COLUMNS
        for core, _ in source.contacts()
        for key, text in core.items()
    )
