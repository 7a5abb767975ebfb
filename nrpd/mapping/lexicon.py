"""What a field's name means whatever its language: its words as concepts, by the word lists of `lexicon.yaml`.

`Date de naissance`, `Geburtstag` and `dob` are all {birth, date}. A word with two meanings (`service`) gives two
readings. What no list holds stays as it is, so that unknown words count against likeness.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from itertools import product
from pathlib import Path

import yaml

from nrpd.mapping.names import words

Reading = tuple[str, ...]


def word_set(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


SMALL = word_set(
    "of the a an and or to in on at by for is are has your you please c cf der die das den dem des und oder fur von im "
    "zu zum zur am ist le la les de du des d l et ou au aux en un une el los las del y o e al por para con su sus s "
    "field custom"
)
"""Words that say nothing in a name."""

_MOST_READINGS = 6
_LONGEST_PHRASE = 4
_SHORTEST_PART = 3
_ABBREVIATED = re.compile(r"\b([^\W\d_]{3,})\.")
_ONE_OR_MANY = {"numero": "id", "no": "id", "num": "id", "nombre": "name"}
"""`Número de empleados` counts them, `Número de cliente` is that of one: what follows says which."""
_OF = ("de", "d", "des", "du")
_SHORT_TAILS = frozenset({"nr", "id", "no"})
_ENDINGS = ("s", "es", "n", "en", "e", "er", "ern")
_LINKS = ("", "s", "es", "n", "en", "e")


@cache
def _lexicon() -> Mapping[str, tuple[Reading, ...]]:
    """Word or phrase (words parted by blanks) → what it can mean, most usual first."""
    lines = yaml.safe_load((Path(__file__).parent / "lexicon.yaml").read_text("utf-8"))
    found: dict[str, list[Reading]] = {}
    for meaning, forms in lines.items():
        reading = tuple(str(meaning).split())
        for form in map(str.strip, str(forms or meaning).split(",")):
            for written in {form, form.replace(" ", "")}:
                kept = found.setdefault(written, [])
                if reading not in kept:
                    kept.append(reading)
    return {form: tuple(kept) for form, kept in found.items()}


@lru_cache(maxsize=16_384)
def readings(name: str) -> tuple[frozenset[str], ...]:
    """The sets of concepts that a name can stand for, most usual first; never empty for a name with a word in it."""
    said = words(_ABBREVIATED.sub(_spelled_out, name))
    parts = list(_phrases(said)) or [((word,),) for word in said]
    found: list[frozenset[str]] = []
    for choice in product(*parts) if parts else ():
        concepts = frozenset(concept for reading in choice for concept in reading)
        if concepts not in found:
            found.append(concepts)
        if len(found) == _MOST_READINGS:
            break
    return tuple(found)


def _spelled_out(found: re.Match[str]) -> str:
    """`Abt.` → `Abteilung`: the shortest word of the lists that begins so, if the abbreviation is none itself."""
    short = "".join(words(found[1]))
    if _inflected(short):
        return found[0]
    longer = [form for form in _lexicon() if form.startswith(short) and " " not in form]
    return min(longer, key=lambda form: (len(form), form), default=found[1]) + " "


def _phrases(said: list[str]) -> Iterator[tuple[Reading, ...]]:
    """The longest phrases of the lists first; what is in none is taken apart, or stands for itself."""
    at = 0
    while at < len(said):
        for length in range(min(_LONGEST_PHRASE, len(said) - at), 1, -1):
            found = _phrase(said[at : at + length])
            if length == 2 and not found and said[at] in _ONE_OR_MANY and said[at + 1] in _OF and len(said) > at + 2:
                one, many = ((_ONE_OR_MANY[said[at]],), ("count",))
                found = (many, one) if said[at + 2].endswith("s") else (one, many)
            if found:
                yield found
                at += length
                break
        else:
            if said[at] not in SMALL and (len(said[at]) > 1 or said[at].isdigit() or len(said) == 1):
                yield _word(said[at])
            at += 1


def _phrase(said: list[str]) -> tuple[Reading, ...]:
    """What several words mean together: as written, without small words inside, or run together (`Linked In`)."""
    if len(said) == 1:
        return ()
    lexicon = _lexicon()
    found = lexicon.get(" ".join(said))
    if found is None and not {said[0], said[-1]} & SMALL:
        telling = [word for word in said if word not in SMALL]
        found = (lexicon.get(" ".join(telling)) if len(telling) > 1 else None) or lexicon.get("".join(said))
    return found or ()


@lru_cache(maxsize=16_384)
def _word(word: str) -> tuple[Reading, ...]:
    if word.isdigit():
        return ((word.lstrip("0") or "0",),)
    for small in ("of", "de"):  # `NumberofLocations`
        if word.endswith(small) and (found := _lexicon().get(f"{word.removesuffix(small)} {small}")):
            return found
    return _inflected(word) or _compound(word) or ((word,),)


def _inflected(word: str) -> tuple[Reading, ...]:
    lexicon = _lexicon()
    if word in lexicon:
        return lexicon[word]
    for ending in _ENDINGS:
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= _SHORTEST_PART and stem in lexicon:
            return lexicon[stem]
        if len(word) > _SHORTEST_PART and word + ending in lexicon:
            return lexicon[word + ending]
    return ()


def _compound(word: str) -> tuple[Reading, ...]:
    """A word made of two or three that are known: `geburtsort`, `jobtitle`, `numberoflocations`."""
    lexicon = _lexicon()
    for at in range(len(word) - 2, _SHORTEST_PART - 1, -1):
        head, rest = word[:at], word[at:]
        if len(rest) < _SHORTEST_PART and rest not in _SHORT_TAILS:
            continue
        small = next((s for s in ("of", "to", "de") if rest.startswith(s)), "")
        spoken = f"{head} {small}"
        if small and spoken in lexicon and (tail := _word(rest.removeprefix(small))):
            return tuple(a + b for a, b in product(lexicon[spoken], tail))
        for link in _LINKS:
            stem = head.removesuffix(link)
            if (link and stem == head) or len(stem) < _SHORTEST_PART or stem not in lexicon:
                continue
            if tail := _inflected(rest) or _compound(rest):
                return tuple(a + b for a, b in product(lexicon[stem], tail))
    return ()
