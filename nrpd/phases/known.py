"""What a phase knows of the account's records, and when it has to ask again.

A list of everything costs tokens for every 500 records, so a runner reads it only where it can show something new: when
a phase begins, after nrpd wrote, and when what was read is no longer recent. Of a few records that were written, these
alone are read again, by their ids. By hand it is read each time, since people change things between two cells.

A phase that writes nothing to an entity may start from what an earlier phase read of it last, kept in `staged/`, and
read only what changed since (`updated_since`). Records that were deleted since are then still among what it knows.
"""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from pathlib import Path
from typing import Any

from nrpd.pipedrive.account import MOST_IDS, PAGE
from nrpd.workspace import write_atomically

Raw = Mapping[str, Any]
Record = dict[str, Any]

RECENT = 1800.0
"""Seconds for which a runner does not read again what nrpd has not written to since."""
KEPT = ("person",)
"""Entities that later phases may start from."""
_WORTH_KEEPING = 2 * PAGE


@dataclass
class _Reading:
    """Records of one entity. `at`: the clock when they were read. `seen`: ids that were read in this phase, None for
    all. `written`: nrpd wrote to some since."""

    records: dict[str, Record]
    at: float
    seen: set[str] | None = None
    written: bool = False


class KnownRecords:
    """Records by entity and id, canonical.

    `read_all` gives all raw records of an entity that are not deleted, with a time those updated then or later;
    `read_some` those of some ids that are there; `decode` makes one canonical. `folder` holds what is kept for later
    phases. What was read is good for `lasts` seconds.
    """

    def __init__(
        self,
        read_all: Callable[[str, datetime | None], Iterable[Raw]],
        read_some: Callable[[str, Collection[int]], Iterable[Raw]],
        decode: Callable[[str, Raw], Record],
        folder: Path,
        lasts: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.may_recall: Collection[str] = ()
        """Entities that may be taken from an earlier phase."""
        self._read_all = read_all
        self._read_some = read_some
        self._decode = decode
        self._folder = folder
        self._lasts = lasts
        self._clock = clock
        self._readings: dict[str, _Reading] = {}

    def of(self, entity: str) -> dict[str, Record]:
        """Id → record, by id; read where it is not known."""
        if entity not in self._readings:
            self._readings[entity] = self._recall(entity) or self._read(entity)
        return self._readings[entity].records

    def wrote(self, entity: str, *, deleted: bool = False) -> None:
        """nrpd wrote to records of this entity. What it deleted must not be taken from an earlier phase."""
        if reading := self._readings.get(entity):
            reading.written = True
        if deleted:
            self._path(entity).unlink(missing_ok=True)

    def forget(self, *entities: str) -> None:
        """They are read again when they are next needed; without a name, all."""
        for entity in entities or tuple(self._readings):
            self._readings.pop(entity, None)

    def again(self, *entities: str) -> None:
        """They are read again where that can show something new; without a name, all."""
        for entity in entities or tuple(self._readings):
            if entity in self._readings and not self._good(self._readings[entity]):
                self.forget(entity)

    def see(self, entity: str, ids: Collection[str]) -> dict[str, Record]:
        """All that is known, in it these records as they are now: read in this phase, after nrpd last wrote to them;
        by their ids where that takes fewer requests than the list."""
        before = self._readings.get(entity)
        records = self.of(entity)
        reading = self._readings[entity]
        if before is None and reading.seen is None:
            return records
        missing = set(ids)
        if self._good(reading):
            missing -= missing if reading.seen is None else reading.seen
        if not missing:
            return records
        if ceil(len(missing) / MOST_IDS) < ceil(len(records) / PAGE):
            now = {str(raw["id"]): self._decode(entity, raw) for raw in self._read_some(entity, set(map(int, missing)))}
            reading.records = _in_order({i: r for i, r in records.items() if i not in missing} | now)
            reading.written = False
            if reading.seen is not None:
                reading.seen |= missing
        else:
            self._readings[entity] = self._read(entity)
        return self._readings[entity].records

    def _good(self, reading: _Reading) -> bool:
        return not reading.written and self._clock() - reading.at < self._lasts

    def _read(self, entity: str) -> _Reading:
        begun = self._clock()
        if entity not in KEPT:
            return _Reading({str(raw["id"]): self._decode(entity, raw) for raw in self._read_all(entity, None)}, begun)
        raw = list(self._read_all(entity, None))
        self._keep(entity, raw, self._clock() - begun)
        return _Reading({str(record["id"]): self._decode(entity, record) for record in raw}, begun)

    # What earlier phases read

    def _path(self, entity: str) -> Path:
        return self._folder / f"known_{entity}.json.gz"

    def _keep(self, entity: str, raw: Sequence[Raw], seconds: float) -> None:
        """Keeps a complete reading that took so long. A small one is as quickly read again."""
        if len(raw) < _WORTH_KEEPING or not all(record.get("update_time") for record in raw):
            self._path(entity).unlink(missing_ok=True)
            return
        newest = max(datetime.fromisoformat(record["update_time"]) for record in raw)
        # By the server's clock alone: a record that changed while the list was read did so no earlier than that.
        since = newest - timedelta(seconds=ceil(seconds) + 1)
        content = {"since": since.isoformat(), "records": raw}
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        write_atomically(self._path(entity), gzip.compress(text.encode(), compresslevel=1, mtime=0))

    def _recall(self, entity: str) -> _Reading | None:
        """What an earlier phase read, with what changed since; None where nothing is kept."""
        if entity not in self.may_recall or not self._path(entity).is_file():
            return None
        begun = self._clock()
        kept = json.loads(gzip.decompress(self._path(entity).read_bytes()))
        found = {str(record["id"]): record for record in kept["records"]}
        found |= {str(raw["id"]): raw for raw in self._read_all(entity, datetime.fromisoformat(kept["since"]))}
        records = {identity: self._decode(entity, record) for identity, record in _in_order(found).items()}
        return _Reading(records, begun, set())


def _in_order(records: Mapping[str, Any]) -> dict[str, Any]:
    """By id, as lists give them."""
    return dict(sorted(records.items(), key=lambda item: int(item[0])))
