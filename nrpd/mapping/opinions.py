"""One more voice in the proposal: what an assistant is asked, and what of its answer counts. No network here.

It is given names, types and counts, never a value. Its answer is checked like any other: a field that the account does
not have, or a type that cannot hold the values, is ignored with a note.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from nrpd.mapping import ranking
from nrpd.mapping.known import ENTITY_OF
from nrpd.mapping.targets import Names
from nrpd.netresults.records import SourceField
from nrpd.pipedrive.records import FIELD_TYPES, AccountFacts, Field, Target

INSTRUCTIONS = (
    "You help to map the fields of a marketing tool to Pipedrive. For each field under `fields` say where it belongs: "
    "a field of the account (under `account`, of the same entity) that means the same and can hold its type, else a "
    "new field and its type, one of: " + ", ".join(FIELD_TYPES) + ". Answer with one JSON object and nothing else: "
    '{"fields": [{"id": 1, "field": "name in the account, or blank for a new field", "type": "type", "why": "short"}]}'
)


@dataclass(frozen=True)
class Opinion:
    """Where the assistant would put a field, and why in its words. `target.field` is blank for a new field."""

    target: Target
    why: str


Voices = Mapping[tuple[str, str], Opinion]
"""(object, column) → the opinion that counts."""
NO_VOICES: Voices = MappingProxyType({})


def asked(fields: Sequence[SourceField]) -> list[SourceField]:
    """The fields about which there is something to ask: populated ones for which the design has no place."""
    return [field for field in fields if field.filled and not field.known and field.object in ENTITY_OF]


def question(fields: Sequence[SourceField], account: AccountFacts) -> dict[str, Any]:
    """What is sent about these fields (of `asked`): no value, no sample, no option, nothing of the customer."""
    entities = {ENTITY_OF[field.object] for field in fields}
    return {
        "fields": [
            {
                "id": number, "entity": ENTITY_OF[field.object], "name": field.header, "type": field.type,
                "form": field.form, "records": field.count, "filled": field.filled, "distinct": field.distinct,
                "longest": field.max_length, "options": len(field.options),
            }
            for number, field in enumerate(fields, 1)
        ],
        "account": [
            {"entity": other.entity, "name": ranking.spoken(other), "type": other.type, "options": len(other.options)}
            for entity in sorted(entities)
            for other in ranking.fields_of(entity, Names(account))
        ],
    }  # fmt: skip


def answered(
    text: str, fields: Sequence[SourceField], account: AccountFacts
) -> tuple[dict[tuple[str, str], Opinion], list[str]]:
    """The opinions of an answer that count, and a note for each that does not. `fields` are those of the question."""
    try:
        found = json.loads(text[text.index("{") : text.rindex("}") + 1])["fields"]
        items = [(int(item["id"]), item) for item in found]
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}, ["its answer was not in the form asked for"]
    voices: dict[tuple[str, str], Opinion] = {}
    notes: list[str] = []
    for number, item in items:
        if not 1 <= number <= len(fields):
            notes.append(f"it spoke of a field {number} that it was not asked about")
            continue
        field = fields[number - 1]
        opinion = _opinion(item, field, account)
        if isinstance(opinion, str):
            notes.append(f"{field.object} {field.header!r}: {opinion}")
        else:
            voices[field.object, field.column] = opinion
    return voices, notes


def _opinion(item: Mapping[str, Any], field: SourceField, account: AccountFacts) -> Opinion | str:
    """The opinion, or why it does not count."""
    entity = ENTITY_OF[field.object]
    name, kind, why = (str(item.get(key) or "").strip() for key in ("field", "type", "why"))
    if not name:
        if kind not in FIELD_TYPES:
            return f"there is no type {kind!r}"
        if kind not in {guess.type for guess in ranking.types(field)}:
            return f"a field of type {kind} cannot hold its values without loss"
        return Opinion(Target(entity, "", kind, True), why[:200])
    other = _named(name, entity, account)
    if other is None:
        return f"the {entity} has no field {name!r}"
    fit = ranking.takes(field, other)
    if fit.verdict != "ok":
        return f"{name!r} is of type {other.type}: {fit.lost}"
    return Opinion(Target(entity, other.name if other.custom else other.key, other.type, False), why[:200])


def _named(name: str, entity: str, account: AccountFacts) -> Field | None:
    return next((f for f in ranking.fields_of(entity, Names(account)) if name in (ranking.spoken(f), f.key)), None)
