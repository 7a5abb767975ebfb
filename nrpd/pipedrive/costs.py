"""What a request costs, in API tokens.

The numbers stand in `costs.json` and are the `x-token-cost` of every operation of Pipedrive's own OpenAPI documents
(v1 and v2, August 2026). A cost is per request, not per record, so a list is always read at 500 a page.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from importlib import resources
from typing import cast

_PREFIX = re.compile(r"^(?:/api)?/(v[12])(/.*)$")
_SEARCH = re.compile(r"/(?:search|itemSearch(?:/field)?|find)$")
# What a request costs whose path is in neither document: the price of its kind in v2; v1 is always double.
_FALLBACK = {"GET": 10, "POST": 5, "PATCH": 5, "PUT": 5, "DELETE": 3}


@lru_cache(maxsize=1)
def _table() -> dict[str, dict[tuple[str, ...], dict[str, int]]]:
    """Version → path template as segments (`{}` for an id) → method → tokens."""
    text = resources.files("nrpd.pipedrive").joinpath("costs.json").read_text(encoding="utf-8")
    raw = cast("dict[str, dict[str, dict[str, int]]]", json.loads(text))
    return {
        version: {tuple(path.strip("/").split("/")): costs for path, costs in paths.items()}
        for version, paths in raw.items()
    }


def split_version(path: str) -> tuple[str, str]:
    """`/api/v2/persons/7` → (`v2`, `/persons/7`). Raises ValueError where the path names no version."""
    found = _PREFIX.match(path.split("?", 1)[0])
    if not found:
        raise ValueError(f"{path!r} is no path of Pipedrive's API: it must begin with /api/v1/ or /api/v2/")
    return found.group(1), found.group(2)


@lru_cache(maxsize=8192)
def cost_of(method: str, path: str) -> int:
    """Tokens that `method path` costs, e.g. `cost_of("POST", "/api/v2/persons") == 5`.

    A path that neither document names gets the price of its kind. Raises ValueError where `path` names no version.
    """
    method = method.upper()
    version, rest = split_version(path)
    segments = tuple(rest.strip("/").split("/"))
    found: tuple[int, int] | None = None
    for template, costs in _table()[version].items():
        if len(template) != len(segments) or method not in costs:
            continue
        if all(t in ("{}", s) for t, s in zip(template, segments, strict=True)):
            literal = sum(t != "{}" for t in template)
            if found is None or literal > found[0]:
                found = (literal, costs[method])
    if found:
        return found[1]
    return _FALLBACK.get(method, 10) * (2 if version == "v1" else 1)


def is_search(path: str) -> bool:
    """Whether the stricter burst limit of searches applies (10 in two seconds, facts/pipedrive.md, section 2)."""
    return _SEARCH.search(path.split("?", 1)[0]) is not None
