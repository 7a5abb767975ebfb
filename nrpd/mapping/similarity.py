"""How alike two names of fields are: by meaning (`lexicon.py`), by letters (rapidfuzz), by sense (wordllama).

wordllama's wheel carries its model, so this works offline; it has no wheel for Python 3.14 and newer, where letters
stand in for sense (facts/toolbox.md, "Data"). It knows English, so it is given the concepts, not the words.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz

from nrpd.mapping.lexicon import readings
from nrpd.mapping.names import fold, words
from nrpd.netresults.records import SourceField

_LIGHT = {
    concept: weight
    for weight, concepts in {
        0.15: "contact person customer lead member attendee user primary current own company",
        0.5: "id date name count type status value full number preferred annual",
    }.items()
    for concept in concepts.split()
}
"""Concepts that many names share, and their weight; all others weigh 1."""


@dataclass(frozen=True)
class Resemblance:
    """How alike two names are; each from 0 to 1."""

    same: float
    """1: the same but for case, spaces and punctuation."""
    meaning: float
    """Share of the concepts that both have, by weight, in the readings of both that suit each other best."""
    extra: float
    """Weight of what only the first name says, at most 1."""
    lacking: float
    """Weight of what only the second name says, at most 1."""
    letters: float
    sense: float


NOTHING_ALIKE = Resemblance(0.0, 0.0, 1.0, 1.0, 0.0, 0.0)


@lru_cache(maxsize=65_536)
def resemblance(name: str, other: str) -> Resemblance:
    """How alike a source's name and another name are."""
    mine, theirs = readings(name), readings(other)
    if not mine or not theirs:
        return NOTHING_ALIKE
    share, a, b = max(((_share(a, b), a, b) for a in mine for b in theirs), key=lambda found: found[0])
    letters = fuzz.token_sort_ratio(" ".join(words(name)), " ".join(words(other))) / 100
    return Resemblance(
        float(fold(name) == fold(other)), share, min(1.0, _weight(a - b)), min(1.0, _weight(b - a)), letters,
        _sense(" ".join(sorted(a)), " ".join(sorted(b)), letters),
    )  # fmt: skip


_SAID_BY_TYPE = {"date": "date", "datetime": "date", "phone": "phone", "email": "email", "website": "website"}


def said_by(field: SourceField) -> tuple[str, ...]:
    """What a field's header says, and what it says together with its values: `Work` over phone numbers."""
    word = _SAID_BY_TYPE.get(field.type, "")
    if not word or any(word in reading for reading in readings(field.header)):
        return (field.header,)
    return field.header, f"{field.header} {word}"


def best_resemblance(field: SourceField, name: str, other: str) -> Resemblance:
    """How alike `name`, as which the field is known, and another name are, its values taken into account."""
    found = [resemblance(said, other) for said in (name, *said_by(field)[1:])]
    return max(found, key=lambda r: (r.same, r.meaning, r.sense))


def has_model() -> bool:
    """Whether sense is weighed by the model."""
    return _model() is not None


def _weight(concepts: frozenset[str]) -> float:
    return sum(_LIGHT.get(concept, 1.0) for concept in concepts)


def _share(a: frozenset[str], b: frozenset[str]) -> float:
    return _weight(a & b) / _weight(a | b)


@lru_cache(maxsize=1)
def _model() -> Any:
    root, quiet = logging.getLogger(), logging.NullHandler()
    # On import it sets up the logging of the whole process, at INFO, unless somebody did; it is not asked to.
    root.addHandler(quiet)
    try:
        import wordllama
    except ImportError:
        return None
    finally:
        root.removeHandler(quiet)
    try:
        return wordllama.WordLlama.load(cache_dir=Path(wordllama.__file__).parent, disable_download=True)
    except (OSError, ValueError, RuntimeError):
        return None


def _sense(one: str, other: str, letters: float) -> float:
    if _model() is None:
        return letters
    return float(min(1.0, max(0.0, (_vector(one) * _vector(other)).sum())))


@lru_cache(maxsize=16_384)
def _vector(text: str) -> Any:
    """The text's vector of length 1; 0 where the model knows nothing of it."""
    vector = _model().embed([text], norm=False)[0]
    length = float((vector * vector).sum()) ** 0.5
    return vector / length if length else vector
