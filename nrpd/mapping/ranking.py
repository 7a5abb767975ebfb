"""What a field could become, ranked: fields of the account, columns of the design, and new fields by type.

Each place has a probability; those of all places of one field together come to at most 1. The weights of the names'
likeness, and the curve that turns the first probability into a confidence, were learnt on the tuning half of the
labelled set by `tests/benchmarks/mapping_weights.py`, and lie in `weights.json`.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from nrpd.mapping.compatibility import Fit, check, transform_for
from nrpd.mapping.fitting import TYPE_OF, custom_misfit, describe, natural_type, text_type
from nrpd.mapping.hints import is_choice, is_dialled, is_flag, is_identifier, is_money, is_open, is_quantity
from nrpd.mapping.kinds import FEW
from nrpd.mapping.similarity import Resemblance, best_resemblance
from nrpd.mapping.targets import OPTIONAL_STANDARD, Names, fits_same
from nrpd.netresults.records import SourceField
from nrpd.pipedrive.records import MAX_OPTIONS, Field, Target

_LOSSY = 0.45
"""A field that would lose something never comes first."""


@dataclass(frozen=True)
class Choice:
    """One field of the account that a column could fill, and the probability that it is meant. `whole`: it holds every
    value without loss."""

    target: Target
    transform: str
    probability: float
    reason: str
    whole: bool = True


@dataclass(frozen=True)
class TypeGuess:
    """One type that a new field could have, and the probability that it is the one wanted."""

    type: str
    transform: str
    probability: float


@cache
def weights() -> Mapping[str, Any]:
    """What was learnt: `match` (feature → weight) and `curve` ([probability, confidence] in rising order)."""
    loaded: Mapping[str, Any] = json.loads((Path(__file__).parent / "weights.json").read_text("utf-8"))
    return loaded


def confidence(probability: float) -> float:
    """The confidence for the probability of the first place: what share of such proposals was right."""
    curve: Sequence[Sequence[float]] = weights()["curve"]
    at = bisect_right([point[0] for point in curve], probability)
    if at == 0 or at == len(curve):
        return curve[min(at, len(curve) - 1)][1]
    (x0, y0), (x1, y1) = curve[at - 1], curve[at]
    return round(y0 + (y1 - y0) * (probability - x0) / (x1 - x0), 4)


def existing(field: SourceField, name: str, entity: str, names: Names) -> list[Choice]:
    """The account's free fields that the source field could fill, most probable first. `name`: what a new one would
    be called."""
    found = []
    for other in fields_of(entity, names):
        fit = takes(field, other)
        transform = transform_of(field, other.type)
        if fit.verdict == "no" or not transform:
            continue
        alike = best_resemblance(field, name, spoken(other))
        probability = match(features(field, other, alike, fit))
        if fit.verdict == "lossy":
            probability = min(probability, _LOSSY)
        elif alike.same:
            probability = max(probability, 0.97)
        target = Target(entity, other.name if other.custom else other.key, other.type, False)
        found.append(Choice(target, transform, probability, _why(field, other, alike, fit), fit.verdict == "ok"))
    return sorted(found, key=lambda choice: (-choice.probability, choice.target.field))


def features(field: SourceField, other: Field, alike: Resemblance, fit: Fit) -> dict[str, float]:
    """What the probability that a field of the account is meant is computed from; each from 0 to 1."""
    shared = shared_options(field, other)
    return {
        "same": alike.same, "meaning": alike.meaning, "means the same": float(alike.meaning == 1.0),
        "extra": alike.extra, "lacking": alike.lacking, "letters": alike.letters**3, "sense": alike.sense,
        "lossy": float(fit.verdict == "lossy"), "options shared": shared,
        "all options shared": float(shared == 1.0 and field.distinct >= 3),
    }  # fmt: skip


def match(found: Mapping[str, float]) -> float:
    """The probability for these features."""
    learnt: Mapping[str, float] = weights()["match"]
    total = learnt["bias"] + sum(learnt[name] * value for name, value in found.items())
    return 1 / (1 + math.exp(-total))


def takes(field: SourceField, other: Field) -> Fit:
    """Whether a field of the account can hold every value of the column."""
    if other.type in ("enum", "set") and field.type in ("text", "dropdown", "multiselect", "lookup"):
        return _takes_options(field, other)
    if other.type == "text" and field.type in ("text", "dropdown", "lookup") and not field.form:
        return Fit("ok")
    if other.type == "date" and field.type == "date" and custom_misfit(field, "date"):
        return Fit("lossy", custom_misfit(field, "date"))
    return check(field, other.type)


def _takes_options(field: SourceField, other: Field) -> Fit:
    if field.form or field.max_length > 60 or field.distinct + len(other.options) > MAX_OPTIONS:
        return Fit("no", "the values are no options")
    if other.type == "enum" and field.type == "multiselect":
        return check(field, "enum")
    if field.type == "text" and shared_options(field, other) < 0.5:
        return Fit("lossy", "every different value becomes an option")
    return Fit("ok")


def shared_options(field: SourceField, other: Field) -> float:
    """The share of the column's (most frequent) values that are options of the field already."""
    if not other.options:
        return 0.0
    labels = {option.label.casefold() for option in other.options}
    values = [text.casefold() for text in (field.options or field.samples)]
    return sum(text in labels for text in values) / len(values) if values else 0.0


def types(field: SourceField) -> list[TypeGuess]:
    """The types that a new field for this column could have, most probable first; at most three."""
    wanted = natural_type(field)
    text = text_type(field)
    if wanted not in ("varchar", "text") and custom_misfit(field, wanted):
        return [TypeGuess(text, _text_transform(field), 0.75), TypeGuess(wanted, transform_of(field, wanted), 0.15)]
    guesses: dict[str, float] = {}
    for kind, share in _shares(field, wanted).items():
        sized = text if kind == "varchar" else kind
        guesses[sized] = guesses.get(sized, 0.0) + share
    ordered = sorted(guesses.items(), key=lambda item: -item[1])
    return [
        TypeGuess(kind, transform, share) for kind, share in ordered if (transform := transform_of(field, kind))
    ][:3]  # fmt: skip


def _shares(field: SourceField, wanted: str) -> dict[str, float]:
    """Type → how probable it is for the kind of values and what the name says."""
    few = field.filled < 6
    header = field.header
    if field.type == "boolean":
        sure = is_flag(header) or not set(map(str.casefold, field.samples)) <= {"0", "1"}
        return {"enum": 0.96 if sure else 0.88, "double": 0.03, "varchar": 0.02}
    if field.type == "date":
        return {"date": 0.97, "varchar": 0.02}
    if field.type == "datetime":
        return {"varchar": 0.86, "date": 0.12}
    if field.type in ("number", "decimal"):
        if is_money(header):
            return {"double": 0.84, "monetary": 0.13, "varchar": 0.02}
        sure = is_quantity(header) or field.type == "decimal"
        return {"double": 0.96 if sure else 0.72 if _same_length(field) else 0.9, "varchar": 0.25 if not sure else 0.03}
    if field.type == "phone":
        return {"phone": 0.97 if is_dialled(header) else 0.86, "varchar": 0.1}
    if field.form:
        return {wanted: 0.95, "varchar": 0.04}
    if field.type in ("website", "email"):
        return {"varchar": 0.97 if field.type == "website" else 0.87, "text": 0.02}
    if field.type == "multiselect":
        return {"set": 0.9 if field.separator != "," else 0.82, "varchar": 0.08, "enum": 0.06}
    if field.type == "dropdown":
        if is_choice(header):
            again = field.filled / field.distinct
            return {
                "enum": 0.95 if again >= 2 else 0.88 if again > 1 else 0.72,
                "varchar": 0.25 if again <= 1 else 0.04,
            }
        return {"enum": 0.9 if field.filled >= FEW else 0.84, "varchar": 0.14}
    return _text_shares(field, few)


def _same_length(field: SourceField) -> bool:
    """Whether the numbers could be codes: all of one length, five digits or more."""
    lengths = {len(text) for text in field.samples}
    return len(lengths) == 1 and lengths.pop() >= 5 and field.distinct > 1


def _text_shares(field: SourceField, few: bool) -> dict[str, float]:
    short = field.max_length <= 40
    if is_choice(field.header) and short:
        return {"varchar": 0.72, "enum": 0.25}
    if is_identifier(field.header) or not short:
        return {"varchar": 0.96, "enum": 0.02}
    if is_open(field.header):
        return {"varchar": 0.9, "enum": 0.04}
    return {"varchar": 0.84 if few else 0.88, "enum": 0.1}


def _text_transform(field: SourceField) -> str:
    return transform_for("text", text_type(field))


def transform_of(field: SourceField, kind: str) -> str:
    """The transform that brings the column into a field of this type."""
    natural = natural_type(field)
    source = field.type if kind == natural or TYPE_OF[field.type] != "varchar" or field.type == "datetime" else "text"
    return transform_for(source, kind, field.separator) or transform_for("text", kind, field.separator)


def new_reason(field: SourceField, kind: str) -> str:
    """Why a new field of this type, in words."""
    return f"a new field; {describe(field, kind)}"


def fields_of(entity: str, names: Names) -> list[Field]:
    """The fields of the account that a column may fill: standard ones for a plain value, and free custom ones."""
    standard = [
        Field(entity, key, key, kind, False)
        for (of, key), kind in OPTIONAL_STANDARD.items()
        if of == entity and kind != "address" and names.account.has(of, key) and not names.is_taken(of, key)
    ]
    return [*standard, *names.custom(entity)]


def spoken(other: Field) -> str:
    """The name of a field as people say it."""
    return other.name if other.custom else other.key.replace("_", " ")


def _why(field: SourceField, other: Field, alike: Resemblance, fit: Fit) -> str:
    what = f"the account's {other.name!r}" if other.custom else f"the standard field {other.key!r}"
    if alike.same:
        said = f"the account has {other.name!r}"
    elif alike.meaning == 1.0:
        said = f"means the same as {what}"
    else:
        said = f"looks like {what}"
    shared = shared_options(field, other)
    if shared:
        said += f", whose options hold {shared:.0%} of the values"
    lost = f"; lost: {fit.lost}" if fit.verdict == "lossy" else ""
    same = fits_same(other.type, natural_type(field))
    return said + ("" if lost or not same else ", of a type that fits") + f"; {describe(field, other.type)}" + lost
