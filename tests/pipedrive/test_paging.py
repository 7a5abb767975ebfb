from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nrpd.pipedrive.answers import Answer
from nrpd.pipedrive.client import BadAnswer, Client
from nrpd.pipedrive.paging import pages
from tests.pipedrive.server import Reply, Request, Server, ok

Connect = Callable[..., Client]


def items(*ids: int) -> list[dict[str, Any]]:
    return [{"id": n} for n in ids]


def test_v2_by_cursor(server: Server, connect: Connect) -> None:
    server.script(ok(items(1, 2), {"next_cursor": "b"}), ok(items(2, 3), {"next_cursor": None}))
    found = list(connect().list("/api/v2/persons", {"owner_id": 4, "org_id": None}))
    assert [i["id"] for i in found] == [1, 2, 3]  # 2 moved to the next page meanwhile
    first = {"owner_id": "4", "limit": "500", "sort_by": "id"}
    assert [request.query for request in server.requests] == [first, {**first, "cursor": "b"}]


class Counted:
    """A list of v1 whose items are deleted and added while it is read: `changes` are the items before each page."""

    def __init__(self, *changes: Sequence[int]) -> None:
        self._changes = list(changes)

    def __call__(self, request: Request) -> Reply:
        now = self._changes.pop(0) if len(self._changes) > 1 else self._changes[0]
        start, limit = int(request.query["start"]), int(request.query["limit"])
        more = {"more_items_in_collection": start + limit < len(now), "next_start": start + limit}
        return ok(items(*now[start : start + limit]), {"pagination": more})


def read(client: Client, path: str, page: int) -> list[int]:
    return [item["id"] for item in client.list(path, page=page)]


def test_v1_by_start(server: Server, connect: Connect) -> None:
    server.answer = Counted(range(250))
    assert read(connect(), "/api/v1/files", 500) == list(range(250))
    # files: at most 100 a page; each begins with the last item of the one before
    assert [r.query["start"] for r in server.requests] == ["0", "99", "198"]
    assert server.requests[0].query == {"start": "0", "limit": "100", "sort": "id ASC"}


@pytest.mark.parametrize(
    ("changes", "lost"),
    [
        ([range(12), [0, 2, 3, *range(4, 12)]], {1}),  # one that was read is deleted: all else moves up
        ([range(12), range(5, 12)], {0, 1, 2, 3, 4}),  # a whole page of them
        ([range(6), range(4)], {4, 5}),  # the rest of it
        ([range(12), [0, 1, 2, 3, *range(5, 12)]], {4}),  # the last one that was read
        ([range(12), [*range(12), 12, 13]], set()),  # two are added
        ([range(12), range(1, 12), range(3, 12), range(3, 14)], {0, 1, 2}),
        ([range(5), [0, 1, 2, 3, 4]], set()),
    ],
)
def test_v1_lists_that_change_while_they_are_read(
    server: Server, connect: Connect, changes: list[Sequence[int]], lost: set[int]
) -> None:
    """What is there from beginning to end is read, once; what was deleted meanwhile may have been."""
    server.answer = Counted(*changes)
    seen = read(connect(), "/api/v1/notes", 5)
    assert len(seen) == len(set(seen))
    assert set(changes[-1]) <= set(seen) <= set(changes[-1]) | lost


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_nothing_of_v1_is_lost_or_read_twice(data: st.DataObject) -> None:
    """Whatever is deleted or added between two pages."""
    now, states = list(range(data.draw(st.integers(0, 30)))), []
    for _ in range(6):
        states.append(tuple(now))
        gone = data.draw(st.sets(st.sampled_from(now), max_size=3)) if now else set()
        now = [n for n in now if n not in gone] + [100 * (len(states)) + n for n in range(data.draw(st.integers(0, 2)))]
    reply = Counted(*states)

    def fetch(query: dict[str, Any]) -> Answer:
        body = reply(Request("GET", "/api/v1/notes", {k: str(v) for k, v in query.items()}, {}, b"")).body
        return Answer(body["data"], body["additional_data"])

    seen = [item["id"] for item in pages(fetch, "/api/v1/notes", {}, 4)]
    assert len(seen) == len(set(seen))
    assert set.intersection(*map(set, states)) <= set(seen)


def test_v1_lists_without_pages_get_no_page_parameters(server: Server, connect: Connect) -> None:
    server.script(ok(items(1)))
    assert list(connect().list("/api/v1/users")) == [{"id": 1}]
    assert server.requests[0].query == {}


def test_a_list_that_says_that_it_goes_on_is_followed(server: Server, connect: Connect) -> None:
    more = {"pagination": {"more_items_in_collection": True, "next_start": 100}}
    server.script(ok(items(1), more), ok(items(2), {"pagination": {"more_items_in_collection": False}}))
    found = connect().list("/api/v1/organizationRelationships", {"org_id": 7})
    assert [item["id"] for item in found] == [1, 2]
    assert [request.query for request in server.requests] == [{"org_id": "7"}, {"org_id": "7", "start": "100"}]


@pytest.mark.parametrize("path", ["/api/v2/persons", "/api/v1/notes", "/api/v1/users"])
def test_null_is_an_empty_list(server: Server, connect: Connect, path: str) -> None:
    server.script(ok(None))
    assert list(connect().list(path)) == []


def test_lists_that_do_not_end(server: Server, connect: Connect) -> None:
    n = iter(range(10_000))
    server.script(ok(items(1), {"next_cursor": "a"}), ok(items(2), {"next_cursor": "a"}))
    with pytest.raises(BadAnswer, match="cursor"):
        list(connect().list("/api/v2/persons"))
    server.answer = lambda r: ok(items(1), {"next_cursor": f"c{next(n)}"})
    with pytest.raises(BadAnswer, match="earlier pages"):
        list(connect().list("/api/v2/persons"))
    server.answer = lambda r: ok([], {"next_cursor": f"c{next(n)}"})
    with pytest.raises(BadAnswer, match="empty pages"):
        list(connect().list("/api/v2/persons"))
    server.answer = lambda r: ok(items(next(n)), {"pagination": {"more_items_in_collection": True, "next_start": 0}})
    with pytest.raises(BadAnswer, match="start"):
        list(connect().list("/api/v1/notes"))


def test_v1_lists_that_do_not_end(server: Server, connect: Connect) -> None:
    n = iter(range(10_000))

    def endless(*ids: int) -> Callable[[Request], Reply]:
        def answer(request: Request) -> Reply:
            following = int(request.query["start"]) + 500
            return ok(items(*ids), {"pagination": {"more_items_in_collection": True, "next_start": following}})

        return answer

    server.answer = endless(1, 2, 3)  # it takes no notice of `start`
    with pytest.raises(BadAnswer, match="earlier pages"):
        list(connect().list("/api/v1/notes"))
    server.answer = lambda request: endless(next(n))(request)  # always another one
    with pytest.raises(BadAnswer, match="changes faster"):
        list(connect().list("/api/v1/notes"))
    assert len(server.requests) < 100


def test_no_list(server: Server, connect: Connect) -> None:
    server.script(ok({"id": 1}))
    with pytest.raises(BadAnswer, match="list of objects"):
        list(connect().list("/api/v2/persons"))
