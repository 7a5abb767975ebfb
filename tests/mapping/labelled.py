"""The labelled set of source fields with values: read, put through the proposal, and judged.

`labels/tuning.tsv` was looked at while the proposal was made. `labels/held_out.tsv` holds fields of tools that were
not: each row was written before it was measured, and its mistakes were never looked at. `labels/calibration.tsv` is
the same, but for the one curve of confidence that was drawn through it (`tests/benchmarks/mapping_weights.py`).

Headers are those of the tools named; values are made up in their form. Columns: tool, lang, account (of
`accounts.json`; `empty` has no fields of its own), object, header, values (parted by `|`), and the right target:
entity, field (blank: a new field named by the header), type, new.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from nrpd.mapping.candidates import Candidate
from nrpd.mapping.names import fold
from nrpd.mapping.profile import value_type
from nrpd.mapping.propose import candidates
from nrpd.mapping.vocabulary import Vocabulary
from nrpd.netresults.headers import recognise_header
from nrpd.netresults.records import SourceField
from nrpd.netresults.synonyms import SYNONYMS
from nrpd.pipedrive.records import AccountFacts, Field, Option, Target, User

FOLDER = Path(__file__).parent / "labels"
HALVES = ("tuning", "calibration", "held_out")


@dataclass(frozen=True)
class Label:
    """One field and where it should go."""

    tool: str
    lang: str
    account: str
    object: str
    header: str
    values: tuple[str, ...]
    target: Target

    def is_right(self, target: Target) -> bool:
        """Whether a proposed target is the right one; a new field may have any name that begins with the header."""
        wanted = self.target
        if (target.entity, target.type, target.new) != (wanted.entity, wanted.type, wanted.new):
            return False
        if wanted.field or not wanted.new:
            return target.field == wanted.field
        return fold(target.field).startswith(fold(self.header))


@cache
def labels(half: str) -> tuple[Label, ...]:
    """The labels of `tuning` or `held_out`."""
    with (FOLDER / f"{half}.tsv").open(encoding="utf-8", newline="") as text:
        return tuple(
            Label(
                row["tool"], row["lang"], row["account"], row["object"], row["header"],
                tuple(row["values"].split("|")),
                Target(row["entity"], row["field"], row["type"], row["new"] == "yes"),
            )
            for row in csv.DictReader(text, delimiter="\t")
        )  # fmt: skip


@cache
def accounts() -> Mapping[str, AccountFacts]:
    """The accounts that the labels name."""
    data: dict[str, Sequence[Sequence[object]]] = json.loads((FOLDER / "accounts.json").read_text("utf-8"))
    return {name: _account(fields) for name, fields in {"empty": (), **data}.items()}


def _account(fields: Sequence[Sequence[object]]) -> AccountFacts:
    made = []
    for number, (entity, name, kind, custom, options) in enumerate(fields, 1):
        assert isinstance(options, list)
        choices = tuple(Option(n, str(label)) for n, label in enumerate(options, 1))
        key = f"{number:040x}" if custom else str(name)
        made.append(Field(str(entity), str(name), key, str(kind), bool(custom), choices))
    return AccountFacts(1, "Acme", "acme", User(1, "Kim", "kim@acme.example", True), (), tuple(made), (), (), (), False)


VOCABULARY = Vocabulary(SYNONYMS)


def field_of(label: Label) -> SourceField:
    """The profile of a labelled field, with the column that the reader takes its header for."""
    column = recognise_header(label.header, label.object, label.values)
    return value_type(label.header, label.values, object=label.object, column=column or label.header)


def ranked(label: Label) -> list[Candidate]:
    """What the proposal makes of a labelled field, best first, as `nrpd propose` asks it."""
    return candidates(field_of(label), accounts()[label.account], vocabulary=VOCABULARY, as_header=True)
