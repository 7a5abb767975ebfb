"""Calls the JSON-RPC API of Net-Results (facts of net-results.md, section 1): the login, the envelope, the refusals.

`READS` is all that is ever called: the same API also sends mail and deletes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from nrpd.api_parameters import Api, Login
from nrpd.errors import BadInput
from nrpd.netresults.apicalls import ApiRefused, Caller, LoginRefused, SourceUnreachable, basic
from nrpd.netresults.apipages import Listed
from nrpd.netresults.apirows import id_text
from nrpd.netresults.documents import scalar_text

READS = frozenset(
    {
        "Campaign.getMultiple", "Contact.getContactIdByEmailAddress", "Contact.getMailingInfo", "Contact.getMultiple",
        "ContactActivityHistory.getContactActivity", "ContactActivityHistory.getTypes", "ContactSegment.getContactIds",
        "ContactSegment.getMultiple", "CustomAttribute.getByContact", "CustomAttribute.getMultiple",
        "Email.getMultiple", "EmailList.getContactParticipation", "EmailList.getMultiple", "User.getOneByEmail",
        "User.getSessionId",
    }
)  # fmt: skip
"""Every method that this reader may call."""
_MISSING = re.compile(
    r"method.{0,40}(not (found|exist|available|supported|implemented|allowed)|unknown)"
    r"|(unknown|undefined|invalid|no such) (method|controller)|controller.{0,40}not (found|exist)",
    re.I,
)
_SESSION_OVER = re.compile(r"session.{0,30}(expired|invalid|unknown|timed out)|(expired|invalid|unknown) session", re.I)


def open_caller(api: Api, login: Login, retry_wait: float) -> Caller:
    """What sends the requests. A Basic login goes into the header, the other kinds into the query."""
    by_header = api.login == "basic"
    header = basic(login.user, login.password) if by_header else ""
    keys = ("user_env", "password_env") if api.login != "oauth" else ("token_env", "client_id_env", "client_secret_env")
    return Caller(
        api.url, rate=api.requests_per_second, timeout=api.timeout, retry_wait=retry_wait,
        headers={"authorization": header} if by_header else {},
        secrets=(login.password, login.token, login.client_secret, header.removeprefix("Basic ")),
        login_keys=" and ".join(f"{key} ({getattr(api, key)})" for key in keys if getattr(api, key)),
    )  # fmt: skip


class JsonRpc:
    """Calls reading methods, one at a time."""

    def __init__(self, api: Api, login: Login, retry_wait: float = 1.0) -> None:
        self._api, self._login = api, login
        self._caller = open_caller(api, login, retry_wait)
        self._session = ""
        self._number = 0

    def close(self) -> None:
        self._caller.close()

    def call(self, method: str, params: Mapping[str, Any]) -> Any:
        """The `result` of one method. Raises ApiRefused where the API says no, ValueError for a method that writes."""
        if method not in READS:
            raise ValueError(f"{method} is no reading method")
        if self._api.login == "session" and not self._session:
            self._open_session()
        try:
            return self._send(method, params)
        except (LoginRefused, ApiRefused) as error:
            if not self._session or (isinstance(error, ApiRefused) and not _SESSION_OVER.search(str(error))):
                raise
            self._open_session()
            return self._send(method, params)

    def _open_session(self) -> None:
        self._session = ""
        params = {"username": self._login.user, "password": self._login.password}
        found = self._send("User.getSessionId", params)
        if not isinstance(found, str) or not found.strip():
            raise BadInput(
                f"source.api: {self._caller.host} gave no session id; check user_env and password_env, or auth"
            )
        self._session = found.strip()
        self._caller.hide(self._session)

    def _send(self, method: str, params: Mapping[str, Any]) -> Any:
        self._number += 1
        controller, name = method.split(".")
        own_id = f"nrpd-{self._number}"
        body = {"id": own_id, "jsonrpc": "2.0", "method": name, "params": dict(params)}
        query = {"Controller": controller}
        if self._api.login == "oauth":
            login = {"access_token": self._login.token, "client_id": self._login.client_id,
                     "client_secret": self._login.client_secret}  # fmt: skip
            query |= {key: value for key, value in login.items() if value}
        elif self._session:
            query["strSessionId"] = self._session
        answer = self._caller.post(method, body, query)
        return self._result(method, own_id, answer)

    def _result(self, method: str, own_id: str, answer: Any) -> Any:
        if not isinstance(answer, Mapping):
            raise SourceUnreachable(f"source.api: {method} was answered with no JSON-RPC answer, {self._shown(answer)}")
        if error := answer.get("error"):
            raise self._refused(method, error)
        if "result" not in answer:
            keys = self._shown(", ".join(map(str, answer)))
            raise SourceUnreachable(f"source.api: {method} was answered without a result; its keys are {keys}")
        if scalar_text(answer.get("id") or own_id) != own_id:
            raise SourceUnreachable(f"source.api: {method} got the answer to another request; run again to go on")
        return answer["result"]

    def _refused(self, method: str, error: Any) -> ApiRefused:
        said = error if isinstance(error, Mapping) else {"message": error}
        code = scalar_text(said.get("code"))
        text = self._shown(said.get("message") or said.get("data") or "it gives no reason")
        missing = code == "-32601" or bool(_MISSING.search(text))
        return ApiRefused(f"source.api: {method} was refused: {text}{f' ({code})' if code else ''}", missing)

    def _shown(self, text: object) -> str:
        return self._caller.shown(text)


def listed(result: Any, method: str) -> Listed:
    """The rows of an answer: a list, or the list (or numbered object) in an object, whose total is read too.

    Raises SourceUnreachable with the keys where there is none.
    """
    if result in (None, False, ""):
        return Listed([])
    if isinstance(result, list):
        return Listed(result)
    if isinstance(result, Mapping):
        totals = [int(id_text(v)) for k, v in result.items() if "total" in k.lower() and id_text(v).isdigit()]
        total = totals[0] if len(totals) == 1 else None
        held = result.get("results")
        inside = [held] if held is not None else [v for v in result.values() if isinstance(v, (list, Mapping))]
        rows = inside[0] if len(inside) == 1 else result
        if isinstance(rows, list):
            return Listed(rows, total)
        if isinstance(rows, Mapping) and all(str(key).isdigit() for key in rows):
            return Listed(list(rows.values()), total)
        if not inside and total == 0:
            return Listed([], 0)
    raise SourceUnreachable(f"source.api: {method} gives no list that can be told; its keys are {list(result)!r:.200}")
