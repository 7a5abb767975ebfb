"""How alike two names are, from 0 to 1: letters by rapidfuzz, meaning by wordllama where it is installed.

wordllama's wheel carries its model, so this works offline; it has no wheel for Python 3.14 and newer, where letters
alone decide (facts/toolbox.md, "Data"). Likeness only suggests and lowers confidence; it never places a field.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz

from nrpd.mapping.names import words


def likeness(name: str, others: Sequence[str]) -> list[float]:
    """The likeness of `name` to each of `others`, in their order."""
    mine = " ".join(words(name))
    folded = [" ".join(words(other)) for other in others]
    letters = [fuzz.token_sort_ratio(mine, other) / 100 for other in folded]
    model = _model()
    if model is None or not mine:
        return letters
    meanings = _meanings(model, mine, folded)
    return [max(letter, 0.4 * letter + 0.6 * meaning) for letter, meaning in zip(letters, meanings, strict=True)]


def has_model() -> bool:
    """Whether meanings are weighed too."""
    return _model() is not None


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


def _meanings(model: Any, mine: str, others: Sequence[str]) -> list[float]:
    known = {text: _vector(model, text) for text in {mine, *others} if text}
    one = known[mine]
    return [float(max(0.0, (one * known[other]).sum())) if other else 0.0 for other in others]


@lru_cache(maxsize=8_192)
def _vector(model: Any, text: str) -> Any:
    return model.embed([text], norm=True)[0]
