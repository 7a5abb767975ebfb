"""Source against destination, field by field, after the same normalisation.

What a record should hold is computed anew from the staged source; what it holds was read back by list. Kept apart:
equal; different; kept (the account's own value stays by policy, or people changed it after the load); moved with a
stated loss; not moved, because it does not fit and somebody decided so; absent in the source; not compared, and why.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from nrpd.matching.duplicates import channel_key
from nrpd.pipedrive.records import SUPPRESSION_FIELDS
from nrpd.pipedrive.values import same_value

EXAMPLES = 5
LISTS = ("emails", "phones")
RECORD = "(record)"
NOT_MOVED, UNSUPPORTED = "(not moved: does not fit)", "(not supported, or left out of the map)"


class Expected(Protocol):
    """What a record should hold (`loader.plans.records.Wanted`)."""

    @property
    def entity(self) -> str: ...
    @property
    def source_id(self) -> str: ...
    @property
    def values(self) -> Mapping[str, Any]: ...
    @property
    def create_only(self) -> Mapping[str, Any]: ...
    @property
    def dest_id(self) -> str: ...
    @property
    def losses(self) -> tuple[tuple[str, str, str], ...]: ...
    @property
    def not_moved(self) -> tuple[tuple[str, str], ...]: ...


@dataclass
class FieldResult:
    """One field over all records: how many values were equal, different, kept, or changed by people since."""

    equal: int = 0
    different: int = 0
    kept: int = 0
    changed_since: int = 0
    examples: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Reconciliation:
    """The comparison of one object. `missing`: source ids whose record is not in the account."""

    object: str
    records: int = 0
    fields: dict[str, FieldResult] = field(default_factory=lambda: defaultdict(FieldResult))
    missing: list[str] = field(default_factory=list)
    absent: Counter[str] = field(default_factory=Counter)
    losses: Counter[str] = field(default_factory=Counter)
    not_moved: Counter[str] = field(default_factory=Counter)
    not_compared: Counter[str] = field(default_factory=Counter)
    unsupported: dict[str, str] = field(default_factory=dict)
    """Field of the source → why the map has no place for it."""

    @property
    def compared(self) -> int:
        """Values compared."""
        return sum(f.equal + f.different + f.kept + f.changed_since for f in self.fields.values())

    @property
    def different(self) -> int:
        """Values that differ and that nobody in the account changed."""
        return sum(f.different for f in self.fields.values())

    @property
    def green(self) -> bool:
        """Nothing differs, nothing is missing, nothing was left uncompared."""
        return not (self.different or self.missing or self.not_compared)

    def rows(self) -> list[dict[str, Any]]:
        """One row per field, for `reports/reconciliation`."""
        found = [
            {
                "object": self.object, "field": name, "equal": result.equal, "different": result.different,
                "kept": result.kept, "changed_since": result.changed_since, "absent_in_source": self.absent[name],
                "examples": "; ".join(describe(example) for example in result.examples[:EXAMPLES]),
            }
            for name, result in sorted(self.fields.items())
        ]  # fmt: skip
        blank = {"equal": 0, "different": 0, "kept": 0, "changed_since": 0, "absent_in_source": 0}
        if self.missing:
            found.append(
                {"object": self.object, "field": "(record missing)", **blank, "different": len(self.missing),
                 "examples": "; ".join(self.missing[:EXAMPLES])}
            )  # fmt: skip
        for reason, n in sorted(self.losses.items()):
            found.append(
                {"object": self.object, "field": "(moved with a stated loss)", **blank, "examples": f"{n} x {reason}"}
            )
        for reason, n in sorted(self.not_moved.items()):
            found.append({"object": self.object, "field": NOT_MOVED, **blank, "examples": f"{n} x {reason}"})
        for source, reason in sorted(self.unsupported.items()):
            found.append({"object": self.object, "field": UNSUPPORTED, **blank, "examples": f"{source}: {reason}"})
        for reason, n in sorted(self.not_compared.items()):
            found.append({"object": self.object, "field": "(not compared)", **blank, "examples": f"{n} x {reason}"})
        return found


def describe(example: Mapping[str, Any]) -> str:
    """One difference in words."""
    where = f"{example['source_id']} (record {example['record']})"
    return f"{where}: expected {example['expected']!r}, found {example['found']!r}"


def reconcile(
    object_: str,
    expected: Iterable[Expected],
    present: Mapping[str, Mapping[str, Any]],
    memory: Mapping[str, Mapping[str, Any]],
    *,
    fields: Sequence[str] = (),
    decode: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None,
    taken_away: Collection[str] = (),
) -> Reconciliation:
    """Compares records. `present`: id → canonical record, with `update_time`. `memory`: id → {origin, written, before,
    after}. `fields`: all mapped fields, so that those blank in the source are counted as absent. `decode` makes the
    account's answer to nrpd's last write (`after`) canonical; without it, the time of the last change must do.
    `taken_away`: ids of records that people deleted or merged, as somebody confirmed."""
    result = Reconciliation(object_)
    mapped, whole = frozenset(fields), Counter[tuple[str, ...]]()
    for item in expected:
        if not item.dest_id:
            continue
        record = present.get(item.dest_id)
        if record is None and item.dest_id in taken_away:
            result.fields[RECORD].changed_since += 1
            continue
        if record is None:
            result.missing.append(item.source_id)
            continue
        result.records += 1
        known = memory.get(item.dest_id, {})
        created = known.get("origin") == "created"
        wanted = {**item.values, **item.create_only} if created and item.create_only else item.values
        # Most records are equal to the last value; a million of them are counted by the fields that they have.
        if wanted.items() <= record.items() and (created or "add_time" not in wanted):
            whole[tuple(wanted)] += 1
        else:
            _compare(result, item, wanted, record, known, decode)
        for _, _, loss in item.losses:
            result.losses[loss] += 1
        if item.not_moved:
            result.not_moved.update(f"{name}: {reason}" for name, reason in item.not_moved)
        if not mapped <= item.values.keys():
            result.absent.update(mapped - item.values.keys() - {name for name, _ in item.not_moved})
    for names, n in whole.items():
        for name in names:
            result.fields[name].equal += n
    return result


def _compare(
    result: Reconciliation,
    item: Expected,
    wanted: Mapping[str, Any],
    record: Mapping[str, Any],
    known: Mapping[str, Any],
    decode: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None,
) -> None:
    written: Mapping[str, Any] = known.get("written", {})
    created = known.get("origin") == "created"
    for name, value in wanted.items():
        if name == "add_time" and not created:
            result.fields[name].kept += 1
            continue
        found = record.get(name)
        line = result.fields[name]
        if equal(name, value, found):
            line.equal += 1
        elif name in ("add_time", *item.create_only) and name in written and equal(name, written[name], found):
            # It is what it was made with; it cannot be set again, whatever the source says now.
            line.kept += 1
        elif name in SUPPRESSION_FIELDS:
            # An opt-out that is not there is a difference, whoever took it away.
            _differs(line, item, name, value, found)
        elif name not in written and not created and _stayed(name, found, known.get("before", {})):
            line.kept += 1
        elif _is_theirs(name, found, record, known, decode):
            line.changed_since += 1
        else:
            _differs(line, item, name, value, found)


def _is_theirs(
    name: str, found: Any, record: Mapping[str, Any], known: Mapping[str, Any],
    decode: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None,
) -> bool:  # fmt: skip
    """Whether people made a value what it is, be it one that nrpd wrote or one that it left alone."""
    if name in known.get("written", {}):
        return _changed_since(name, found, record, known, decode)
    grows = name in (*LISTS, "participants")  # what is missing there is added, whoever took it away
    changed = decode is not None and not grows and _changed_since(name, found, record, known, decode)
    return changed or _others(name, found, known)


def _others(name: str, found: Any, known: Mapping[str, Any]) -> bool:
    """Whether a value that nrpd never wrote is people's: it agreed when the record was adopted, and was not written for
    that. A blank is none: it would have been filled, and a list that lacks something would have grown."""
    grows = name in (*LISTS, "participants")
    return known.get("origin") == "adopted" and not grows and found not in (None, "", (), [])


def _differs(line: FieldResult, item: Expected, name: str, value: Any, found: Any) -> None:
    line.different += 1
    line.examples.append(
        {"source_id": item.source_id, "record": item.dest_id, "field": name, "expected": value, "found": found}
    )


def equal(name: str, wanted: Any, found: Any) -> bool:
    """Whether a value arrived. Lists of addresses and phones may hold more than the source's."""
    if name in LISTS:
        # By the same keys by which the loader knows what is there already, and leaves it as people wrote it.
        there = {channel_key(name, item) for item in found or ()}
        return all(channel_key(name, item) in there for item in wanted or ())
    if name == "participants":
        people = [{p.get("person_id") for p in side or ()} for side in (wanted, found)]
        return people[0] <= people[1]
    return same_value(wanted, found)


def _stayed(name: str, found: Any, before: Mapping[str, Any]) -> bool:
    """Whether a value that was left by policy is still what stood there."""
    return name in before and equal(name, before[name], found) and equal(name, found, before[name])


def _changed_since(
    name: str,
    found: Any,
    record: Mapping[str, Any],
    known: Mapping[str, Any],
    decode: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None,
) -> bool:
    """Whether people changed a value that nrpd wrote. What the account answered to the write already, nobody changed:
    it never stored what was sent. Nor did anybody change a record that still has the time of that answer: the account
    said one thing and kept another."""
    answered = known.get("after") or {}
    ours, now = (str(side.get("update_time") or "") for side in (answered, record))
    if decode is None or not answered or (ours and ours == now):
        return bool(ours and now) and now > ours
    before = decode(answered).get(name)
    return not (equal(name, before, found) and equal(name, found, before))
