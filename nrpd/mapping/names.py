"""Names of fields compared: their words, and the form in which they are the same name. What they mean: `lexicon.py`."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from nrpd.netresults.records import visible

_CAMEL = re.compile(r"(?<=[a-zà-öø-ÿ])(?=[A-ZÀ-Ö])")
_WORD = re.compile(r"[^\W_]+")


def words(name: str) -> list[str]:
    """The words of a name: accents and case folded, camel case and punctuation split (`optInDate` → opt, in, date)."""
    return list(_words(name))


@lru_cache(maxsize=16_384)
def _words(name: str) -> tuple[str, ...]:
    spaced = _CAMEL.sub(" ", visible(name))
    folded = "".join(c for c in unicodedata.normalize("NFKD", spaced.casefold()) if not unicodedata.combining(c))
    return tuple(_WORD.findall(folded.replace("ß", "ss")))


def fold(name: str) -> str:
    """The form in which names are equal: `Opt-In Date`, `opt_in_date` and `OptInDate` are one."""
    return "".join(_words(name))
