"""An account with what the sandbox does not keep: leads, projects, followers, deal participants and mail.

A server on loopback that passes requests on to a sandbox, and adds to its answers what a test hung on its records.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.pipedrive.server import Reply, Request, Server, ok

LISTS = ("/api/v1/leads", "/api/v1/leads/archived", "/api/v2/projects", "/api/v2/projects/archived")
PASSED_ON = ("x-api-token", "content-type", "user-agent")


@dataclass
class Elsewhere:
    """`items`: path of a list → what it holds; a list that is not named is refused, as where the account does not have
    the feature. `said`: (`persons` or `organizations`, id) → what the record says on demand. `followers`: the same →
    ids of users."""

    items: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    said: Mapping[tuple[str, int], Mapping[str, Any]] = field(default_factory=dict)
    followers: Mapping[tuple[str, int], Sequence[int]] = field(default_factory=dict)
    usual: Sequence[int] = ()
    """Users whom the account itself makes followers of every record."""

    def of(self, kind: str, identity: int) -> list[int]:
        """Who follows a record."""
        return [*self.usual, *self.followers.get((kind, identity), ())]

    def answer(self, request: Request, behind: httpx.Client) -> Reply:
        """What this account answers."""
        parts = request.path.strip("/").split("/")
        if request.path in LISTS:
            found = self.items.get(request.path)
            refused = {"success": False, "error": "This feature is not enabled", "data": None}
            return Reply(refused, 403) if found is None else ok(list(found), {"next_cursor": None})
        if parts[-1] == "followers":
            return ok([{"user_id": user} for user in self.of(parts[2], int(parts[3]))], {"next_cursor": None})
        headers = {name: value for name, value in request.headers.items() if name in PASSED_ON}
        got = behind.request(request.method, request.path, params=request.query, content=request.body, headers=headers)
        body = got.json()
        if "followers_count" in request.query.get("include_fields", ""):
            for record in body["data"]:
                own = self.said.get((parts[2], record["id"]), {})
                record.update({"followers_count": len(self.of(parts[2], record["id"])), **own})
        return Reply(body, got.status_code)


@contextmanager
def beside(behind: str, more: Elsewhere) -> Iterator[Server]:
    """Serves the account behind, with what is added to it."""
    with httpx.Client(base_url=behind, timeout=60) as client:
        server = Server()
        server.answer = lambda request: more.answer(request, client)
        try:
            yield server
        finally:
            server.shutdown()
            server.server_close()
