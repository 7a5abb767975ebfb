"""Libraries that take long to import, imported in less time."""

from __future__ import annotations

import importlib
import sys


def load_nbformat() -> None:
    """Imports nbformat, and jsonschema with it, without the check of the formats `iri` and `iri-reference`, which no
    notebook has.

    With rfc3987-syntax, which nbformat's dependencies bring, that check builds some forty grammars on import: most of
    the time that papermill or nbconvert take to import (python-jsonschema/jsonschema#1428). jsonschema goes on without
    it where it is absent. Call it before anything that imports nbformat.
    """
    if "jsonschema" in sys.modules or "rfc3987_syntax" in sys.modules:
        return
    sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
    try:
        importlib.import_module("nbformat")
    finally:
        del sys.modules["rfc3987_syntax"]
