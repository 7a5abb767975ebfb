"""Two servers that speak as the facts files say the APIs of the source do, over real sockets, and note every call.

Whatever does not read is refused and noted: `refused` must stay empty. Where the facts contradict each other or are
silent, a test chooses: what `offset` means, whether the page size is capped, how a login travels.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.pipedrive.server import Reply, Request, Server

USER, PASSWORD = "nina+api@acme.example", "pa ss/wörd&0123"
TOKEN, CLIENT_ID, CLIENT_SECRET = "tok/en+abcdef0123456789", "client-42", "cl1ent&s3cret=="
JSONRPC_PATH = "/api/v2/rpc/server.php"


@dataclass
class JsonRpcServer:
    """The JSON-RPC API of facts/net-results.md, section 1."""

    contacts: Sequence[Any] = ()
    attributes: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    """Contact id → its custom attributes, as rows with name and value."""
    mailing: Mapping[str, Any] = field(default_factory=dict)
    activity: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    lists: Sequence[Any] = ()
    members: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """List id → contact ids."""
    segments: Sequence[Any] = ()
    segment_members: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    attribute_names: Sequence[Any] = ()
    campaigns: Sequence[Any] = ()
    emails: Sequence[Any] = ()
    users: Mapping[str, Any] = field(default_factory=dict)
    types: Any = ()

    offset: str = "rows0"
    cap: int = 1000
    total: str | None = None
    """Name of the total in an answer, if it has one."""
    auth: str = "basic"
    missing: Sequence[str] = ()
    """Methods that this server does not have."""
    before: Callable[[int, str], Reply | None] = lambda number, method: None
    """(number of the request, method) → an answer instead of the right one."""
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.http = Server()
        self.http.answer = self._answer
        self.sessions = 0
        self.valid_sessions: set[str] = set()

    @property
    def url(self) -> str:
        return self.http.url

    @property
    def methods(self) -> list[str]:
        return [method for method, _ in self.calls]

    def stop(self) -> None:
        self.http.shutdown()
        self.http.server_close()

    def _answer(self, request: Request) -> Reply:
        body = json.loads(request.body)
        method = f"{request.query.get('Controller', '')}.{body['method']}"
        if request.path != JSONRPC_PATH or request.method != "POST" or body["jsonrpc"] != "2.0":
            return Reply("<title>Not here</title>", 404)
        self.calls.append((method, body["params"]))
        if (reply := self.before(len(self.calls), method)) is not None:
            return reply
        if not self._is_allowed(request, method):
            return Reply({"id": body["id"], "error": {"code": 401, "message": "Login failed"}}, 401)
        handler = self._handlers().get(method)
        if not re.match(r"\w+\.get", method):
            self.refused.append(method)
            handler = None
        if handler is None or method in self.missing:
            return Reply({"id": body["id"], "jsonrpc": "2.0", "error": {"code": -32601, "message": "Method not found"}})
        try:
            result = handler(body["params"])
        except LookupError as error:
            return Reply({"id": body["id"], "error": {"code": -32602, "message": f"Invalid params: {error}"}})
        return Reply({"id": body["id"], "jsonrpc": "2.0", "result": result})

    def _is_allowed(self, request: Request, method: str) -> bool:
        if self.auth == "basic":
            wanted = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
            return request.headers.get("authorization") == f"Basic {wanted}"
        if self.auth == "oauth":
            found = [request.query.get(key) for key in ("access_token", "client_id", "client_secret")]
            return found == [TOKEN, CLIENT_ID, CLIENT_SECRET]
        return method == "User.getSessionId" or request.query.get("strSessionId") in self.valid_sessions

    def _handlers(self) -> dict[str, Callable[[dict[str, Any]], Any]]:
        def page_of(rows: Sequence[Any]) -> Callable[[dict[str, Any]], Any]:
            return lambda params: self._page(rows, params)

        return {
            "Contact.getMultiple": page_of(self.contacts),
            "CustomAttribute.getMultiple": page_of(self.attribute_names),
            "EmailList.getMultiple": page_of(self.lists), "ContactSegment.getMultiple": page_of(self.segments),
            "Campaign.getMultiple": page_of(self.campaigns), "Email.getMultiple": page_of(self.emails),
            "CustomAttribute.getByContact": lambda p: list(self.attributes.get(str(p["contact_id"]), ())),
            "Contact.getMailingInfo": lambda p: self.mailing.get(str(p["contact_id"])),
            "Contact.getContactIdByEmailAddress": lambda p: self._find(p["email_address"]),
            "ContactActivityHistory.getContactActivity":
                lambda p: self._page(self.activity.get(str(p["contact_id"]), ()), p),
            "ContactActivityHistory.getTypes": lambda p: self.types,
            "ContactSegment.getContactIds":
                lambda p: self._page(self.segment_members[str(p["contact_segment_id"])], p),
            "EmailList.getContactParticipation":
                lambda p: str(p["contact_id"]) in self.members.get(str(p["email_list_id"]), ()),
            "User.getOneByEmail": lambda p: self.users.get(p["email"].casefold()),
            "User.getSessionId": self._session,
        }  # fmt: skip

    def _session(self, params: dict[str, Any]) -> str:
        if (params["username"], params["password"]) != (USER, PASSWORD):
            raise LookupError("login")
        self.sessions += 1
        self.valid_sessions = {f"session-{self.sessions}-f00d"}
        return f"session-{self.sessions}-f00d"

    def _find(self, address: str) -> Any:
        def text(row: Any) -> str:
            return str(row.get("contact_email_address") or row.get("email") or "") if isinstance(row, dict) else ""

        return next((row["contact_id"] for row in self.contacts if text(row).casefold() == address.casefold()), None)

    def _page(self, rows: Sequence[Any], params: dict[str, Any]) -> Any:
        offset, limit = int(params["offset"]), min(int(params["limit"]), self.cap)
        if self.offset == "refuses0" and offset == 0:
            raise LookupError("offset begins with 1")
        start = {
            "rows0": offset, "rows1": max(0, offset - 1), "empty0": offset - 1, "refuses0": offset - 1,
            "pages0": offset * limit, "pages1": max(0, offset - 1) * limit, "whole": 0,
        }[self.offset]  # fmt: skip
        found = list(rows if self.offset == "whole" else rows[start : start + limit] if start >= 0 else [])
        answer: dict[str, Any] = {"results": found}
        if self.total:
            answer[self.total] = str(len(rows))
        return answer


@dataclass
class GraphQlServer:
    """The GraphQL API of facts/paminga.md, section 8.1: `contacts` and `contactByEmail`."""

    contacts: Sequence[Mapping[str, Any]] = ()
    """As the schema gives them; `custom_fields` as rows with id, name, type and value; `entity` is LEAD or CONTACT."""
    path: str = "/graphql"
    cap: int = 1000
    contacts_name: str = "contacts"
    before: Callable[[int, str], Reply | None] = lambda number, query: None
    queries: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.http = Server()
        self.http.answer = self._answer

    @property
    def url(self) -> str:
        return self.http.url

    def stop(self) -> None:
        self.http.shutdown()
        self.http.server_close()

    def _answer(self, request: Request) -> Reply:
        if request.path != self.path:
            return Reply("<title>Not here</title>", 404)
        query = json.loads(request.body)["query"]
        self.queries.append(query)
        if (reply := self.before(len(self.queries), query)) is not None:
            return reply
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return Reply({"errors": [{"message": "Unauthenticated."}]}, 401)
        if not query.lstrip().startswith(("query", "{")) or "mutation" in query:
            self.refused.append(query)
            return Reply({"errors": [{"message": "No writing here."}]})
        try:
            return Reply({"data": self._run(query)})
        except LookupError as error:
            return Reply({"data": None, "errors": [{"message": f"Cannot query field {error}", "path": ["contacts"]}]})

    def _run(self, query: str) -> dict[str, Any]:
        ((name, arguments, selection),) = _Parser(query.partition("{")[2]).fields()
        if name == "contactByEmail":
            row = next(
                (c for c in self.contacts if (c["email"] or "").casefold() == arguments["email"].casefold()), None
            )
            return {name: row and _select(row, selection)}
        if name != self.contacts_name:
            raise LookupError(f'"{name}" on type "Query".')
        rows = [c for c in self.contacts if arguments.get("entityType", c.get("entity")) == c.get("entity")]
        size, page = min(arguments["first"], self.cap), arguments["page"]
        shown = rows[(page - 1) * size : page * size]
        last = max(1, -(-len(rows) // size))
        info = {"count": len(shown), "currentPage": page, "hasMorePages": page < last, "lastPage": last,
                "perPage": size, "total": len(rows)}  # fmt: skip
        picked = {part: inner for part, _, inner in selection}
        return {
            name: {
                "paginatorInfo": _select(info, picked["paginatorInfo"]),
                "data": [_select(row, picked["data"]) for row in shown],
            }
        }


Selection = list[tuple[str, dict[str, Any], Any]]


def _select(row: Mapping[str, Any], selection: Selection) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, arguments, inner in selection:
        value = row[name]
        if name == "custom_fields":
            value = [item for item in value if item["id"] in arguments["ids"]]
        if isinstance(value, list):
            found[name] = [_select(item, inner) if inner else item for item in value]
        else:
            found[name] = _select(value, inner) if inner and value is not None else value
    return found


class _Parser:
    """Fields, arguments and selections of a query; nothing else of GraphQL is needed."""

    _TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[A-Za-z_]\w*|-?\d+|[{}()\[\]:,])')

    def __init__(self, text: str) -> None:
        self._tokens = self._TOKEN.findall(text)

    def fields(self) -> Selection:
        found: Selection = []
        while self._tokens and self._tokens[0] != "}":
            name, arguments, inner = self._tokens.pop(0), {}, []
            if self._tokens and self._tokens[0] == "(":
                self._tokens.pop(0)
                arguments = self._arguments()
            if self._tokens and self._tokens[0] == "{":
                self._tokens.pop(0)
                inner = self.fields()
            found.append((name, arguments, inner))
        if self._tokens:
            self._tokens.pop(0)
        return found

    def _arguments(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while (token := self._tokens.pop(0)) != ")":
            if token != ",":
                assert self._tokens.pop(0) == ":"
                found[token] = self._value()
        return found

    def _value(self) -> Any:
        token = self._tokens.pop(0)
        if token == "[":
            items: list[Any] = []
            while self._tokens[0] != "]":
                items.append(self._value())
                if self._tokens[0] == ",":
                    self._tokens.pop(0)
            self._tokens.pop(0)
            return items
        return json.loads(token) if token[0] in '"-0123456789' else token
