"""Walking through lists: v2 by cursor, v1 by start (facts/pipedrive.md, section 10).

People go on working while a list is read. Lists are asked for by id, so that what is added meanwhile comes last. Where
pages are counted (v1), what follows a deleted item moves up, and the next page would begin behind one that was never
read: so each page begins with the last item of the one before it, and where it does not, reading steps back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from nrpd.pipedrive.answers import Answer, BadAnswer
from nrpd.pipedrive.costs import split_version

Fetch = Callable[[dict[str, Any]], Answer]
Items = list[dict[str, Any]]

# v1 lists that take `start` and `limit`, with the largest page (OpenAPI v1); the others come whole.
_PAGED_V1 = {"/notes": 500, "/files": 100, "/leads": 500, "/leads/archived": 500, "/roles": 500, "/recents": 500}
_SORTED_V1 = ("/notes", "/files")
_SORTED_V2 = ("/persons", "/organizations", "/deals", "/activities", "/pipelines", "/stages")
_EMPTY_PAGES = 3  # in a row, each with a cursor to a next one
_STEPS_BACK = 20  # in one list


def pages(fetch: Fetch, path: str, params: dict[str, Any], page: int) -> Iterator[dict[str, Any]]:
    """Every item of the list at `path`, each id once. `fetch` gets one page by its query.

    Raises BadAnswer where a cursor or page comes twice, or where empty pages do not end.
    """
    version, rest = split_version(path)
    rest = rest.rstrip("/")
    if version == "v2":
        order = {"sort_by": "id"} if rest in _SORTED_V2 else {}
        batches = _by_cursor(fetch, path, {**order, **params}, page)
    elif rest in _PAGED_V1:
        order = {"sort": "id ASC"} if rest in _SORTED_V1 else {}
        batches = _by_start(fetch, path, {**order, **params}, min(page, _PAGED_V1[rest]))
    else:
        batches = _whole(fetch, path, params)
    return _each_once(batches, path)


def _by_cursor(fetch: Fetch, path: str, params: dict[str, Any], page: int) -> Iterator[Items]:
    cursors: set[str] = set()
    cursor: str | None = None
    while True:
        query = {**params, "limit": page} | ({"cursor": cursor} if cursor else {})
        answer = fetch(query)
        yield _items(answer, path)
        cursor = answer.additional.get("next_cursor")
        if not cursor:
            return
        if cursor in cursors:
            raise BadAnswer(f"the list {path} does not end: its cursor came a second time")
        cursors.add(cursor)


def _by_start(fetch: Fetch, path: str, params: dict[str, Any], page: int) -> Iterator[Items]:
    start, back, stale = 0, 0, 0
    seen: set[Any] = set()
    while True:
        answer = fetch({**params, "start": start, "limit": page})
        items = _items(answer, path)
        ids = [item.get("id") for item in items]
        if start and (not ids or ids[0] not in seen):
            back += 1
            if back > _STEPS_BACK:
                raise BadAnswer(f"the list {path} changes faster than it can be read; try again later")
            start = max(0, start - page)
            continue
        pagination = answer.additional.get("pagination") or {}
        more = pagination.get("more_items_in_collection")
        if not seen.issuperset(ids):
            yield items
        elif ids and more:  # a step back may find that nothing was missed; one page more than that is an error
            stale += 1
            if stale > back:
                raise BadAnswer(f"the list {path} does not end: a page held only items of earlier pages")
        if not more:
            return
        seen.update(ids)
        following = pagination.get("next_start")
        if not isinstance(following, int) or following <= start + 1:
            raise BadAnswer(f"the list {path} does not end: after start {start} comes {following!r}")
        start = following - 1


def _whole(fetch: Fetch, path: str, params: dict[str, Any]) -> Iterator[Items]:
    """A list without pages, as far as the documents say; one that answers that it has more is followed nevertheless.

    The documents' example of organizationRelationships holds such a `pagination`.
    """
    start = 0
    while True:
        answer = fetch({**params, "start": start} if start else params)
        yield _items(answer, path)
        pagination = answer.additional.get("pagination") or {}
        if not pagination.get("more_items_in_collection"):
            return
        following = pagination.get("next_start")
        if not isinstance(following, int) or following <= start:
            raise BadAnswer(f"the list {path} does not end: after start {start} comes {following!r}")
        start = following


def _each_once(batches: Iterator[Items], path: str) -> Iterator[dict[str, Any]]:
    """An item that moves to a later page while the list is read comes twice; a page of nothing but such is an error."""
    seen: set[Any] = set()
    empty = 0
    for batch in batches:
        fresh = 0
        for item in batch:
            identity = item.get("id", item.get("field_code"))
            if identity is not None:
                if identity in seen:
                    continue
                seen.add(identity)
            fresh += 1
            yield item
        if batch and not fresh:
            raise BadAnswer(f"the list {path} does not end: a page held only items of earlier pages")
        empty = 0 if batch else empty + 1
        if empty > _EMPTY_PAGES:
            raise BadAnswer(f"the list {path} does not end: {empty} empty pages in a row")


def _items(answer: Answer, path: str) -> Items:
    data = answer.data
    if data is None:
        return []
    if not isinstance(data, list) or not all(isinstance(item, dict) for item in data):
        raise BadAnswer(f"GET {path} was answered with {type(data).__name__}, where a list of objects was expected")
    return data
