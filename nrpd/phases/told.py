"""Where the source wins over what people changed since the load: `take_source` among the answers of the gate cutover.

Nothing is taken unless a field is named there, or `all`. What people cleared counts as changed; a blank of the source
still clears nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from nrpd.errors import BadInput

ALL = "all"
Told = Callable[[str], bool]
"""Whether the source wins in a field of this name."""


def nothing(_: str) -> bool:
    """People's changes stay."""
    return False


def told(answer: Any, entity: str, known: Iterable[str]) -> Told:
    """What an answer says of the fields of an entity. `answer`: names, as a list or as text with commas between, each
    alone or as `person/Lead Score`; `known`: every `entity/field` that is loaded. Raises BadInput for another name."""
    names = [str(n).strip() for n in (answer.split(",") if isinstance(answer, str) else answer or ())]
    names = [name for name in names if name]
    there = set(known)
    for name in names:
        if name != ALL and name not in there and not any(one.partition("/")[2] == name for one in there):
            raise BadInput(
                f"decisions/cutover.yaml: take_source: nothing is loaded into a field {name!r}; name fields of the "
                "map, such as Lead Score or person/Lead Score, or all"
            )
    return lambda field: not {ALL, field, f"{entity}/{field}"}.isdisjoint(names)
