from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nrpd.pipedrive.client import BadAnswer, Client
from tests.pipedrive.server import Reply, Request, Server, ok

Connect = Callable[..., Client]


def items(*ids: int) -> list[dict[str, Any]]:
    return [{"id": n} for n in ids]


def test_v2_by_cursor(server: Server, connect: Connect) -> None:
    server.script(ok(items(1, 2), {"next_cursor": "b"}), ok(items(2, 3), {"next_cursor": None}))
    found = list(connect().list("/api/v2/persons", {"owner_id": 4, "org_id": None}))
    assert [i["id"] for i in found] == [1, 2, 3]  # 2 moved to the next page meanwhile
    assert server.requests[0].query == {"owner_id": "4", "limit": "500"}
    assert server.requests[1].query == {"owner_id": "4", "limit": "500", "cursor": "b"}


def test_v1_by_start(server: Server, connect: Connect) -> None:
    def answer(request: Request) -> Reply:
        start = int(request.query["start"])
        more = {"more_items_in_collection": start < 200, "next_start": start + 100}
        return ok(items(*range(start, start + 100)), {"pagination": more})

    server.answer = answer
    assert len(list(connect().list("/api/v1/files"))) == 300
    assert server.requests[0].query == {"start": "0", "limit": "100"}  # files: at most 100 a page


def test_v1_lists_without_pages_get_no_page_parameters(server: Server, connect: Connect) -> None:
    server.script(ok(items(1)))
    assert list(connect().list("/api/v1/users")) == [{"id": 1}]
    assert server.requests[0].query == {}


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


def test_no_list(server: Server, connect: Connect) -> None:
    server.script(ok({"id": 1}))
    with pytest.raises(BadAnswer, match="list of objects"):
        list(connect().list("/api/v2/persons"))
