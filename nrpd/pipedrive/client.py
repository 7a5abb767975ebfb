"""One account of Pipedrive over HTTP: authenticated, limited, counted, and honest about what is not known.

Synchronous and thread-safe: a loader keeps as many requests in flight as the burst limit allows, each from a thread of
its own. Reads are repeated after a fault; writes never, except where nothing can have happened (no connection, or
turned away with 429).
"""

from __future__ import annotations

import ipaddress
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import httpx
import tenacity

from nrpd.errors import BadInput, BudgetSpent
from nrpd.pipedrive.answers import (
    TOO_LATE,
    Answer,
    BadAnswer,
    BadToken,
    Blocked,
    OutcomeUnknown,
    Refused,
    Unreachable,
    moment,
    parse_json,
    reason_of,
    refused,
    seconds_to_wait,
    whole_number,
)
from nrpd.pipedrive.burst import BURST_SECONDS
from nrpd.pipedrive.costs import cost_of, is_search
from nrpd.pipedrive.ledger import next_midnight
from nrpd.pipedrive.limits import Limits
from nrpd.pipedrive.paging import pages
from nrpd.pipedrive.usage import Figures, Usage

__all__ = [
    "Answer", "BadAnswer", "BadToken", "Blocked", "Client", "Figures", "OutcomeUnknown", "Refused", "Unreachable",
    "Usage",
]  # fmt: skip

_READS = ("GET", "HEAD")
_TRIES = 8  # of a read: where one request in five fails, a run of a thousand reads fails once in 400
_PATIENCE = 8  # answers 429 in a row to one request before the day's budget is taken to be spent
_LONGEST_WAIT = 60.0  # seconds; a 429 that asks for more is not about bursts
_CONNECTIONS = 64  # where no burst limit says how many requests there can be at once
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)

# At INFO both write every URL into the log (encode/httpx#2760).
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class _TryAgain(Exception):
    """Nothing has happened that a repetition could spoil. `final` is raised when there are no tries left."""

    def __init__(self, final: Exception) -> None:
        super().__init__(str(final))
        self.final = final


def _give_up(state: tenacity.RetryCallState) -> Any:
    raised = state.outcome.exception() if state.outcome else None
    raise raised.final if isinstance(raised, _TryAgain) else RuntimeError("a retry without an exception")


class Client:
    """Requests to one Pipedrive account (or sandbox).

    `base_url` is https and under pipedrive.com, or a loopback address; `timeout` is in seconds; `retry_wait` is the
    longest pause before the first repetition of a read, in seconds (it doubles each time). Raises BadInput for an
    unusable base_url or token.
    """

    def __init__(
        self, base_url: str, token: str, *, limits: Limits, timeout: float = 30.0, retry_wait: float = 0.5
    ) -> None:
        loopback = _check_base_url(base_url)
        self.base_url = base_url.rstrip("/")
        self.limits = limits
        self.usage = Usage()
        self._token = token.strip()
        if not self._token or not self._token.isascii() or not self._token.isprintable():
            raise BadInput("the Pipedrive API token is empty or holds characters that no token has")
        self._blocked = ""  # why nothing may be sent any more
        connections = limits.most_under_way or _CONNECTIONS
        self._http = httpx.Client(
            base_url=self.base_url,
            headers={"x-api-token": self._token, "accept": "application/json", "user-agent": "nrpd"},
            timeout=timeout,
            # A connection idle for longer may be closed by the server just when a write goes out.
            limits=httpx.Limits(
                max_connections=connections, max_keepalive_connections=connections, keepalive_expiry=3.0
            ),
            trust_env=not loopback,
        )
        self._retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_TryAgain),
            stop=tenacity.stop_after_attempt(_TRIES),
            wait=tenacity.wait_random_exponential(multiplier=retry_wait, max=8),
            retry_error_callback=_give_up,
        )

    def __repr__(self) -> str:
        return f"Client({self.base_url})"

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections and the token ledger."""
        self._http.close()
        self.limits.close()

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        data: Mapping[str, Any] | None = None,
        files: Any = None,
        on_way: Callable[[], object] = lambda: None,
    ) -> Answer:
        """Send one request; `path` as in `/api/v2/persons/7`. `data` and `files` are form fields, as httpx takes them;
        `on_way` is called when the limits have let it through, and again should it be repeated.

        Raises Refused (4xx), Blocked (shut out), OutcomeUnknown (a write that may have happened), Unreachable,
        BadAnswer, and BudgetSpent before anything is sent or when the server says so.
        """
        method = method.upper()
        send = self._http.build_request
        arguments = {"params": _plain(params), "json": json, "data": data, "files": files}
        return self._retrying(self._attempt, method, path, lambda: send(method, path, **arguments), on_way)

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Answer:
        """`request("GET", …)`."""
        return self.request("GET", path, params=params)

    def list(self, path: str, params: Mapping[str, Any] | None = None, page: int = 500) -> Iterator[dict[str, Any]]:
        """Every item of a list, each id once, over all pages (v2 by cursor, v1 by start).

        Raises BadAnswer where the pages repeat or do not end, besides what `request` raises.
        """
        return pages(lambda query: self.get(path, query), path, dict(params or {}), page)

    # -- inside

    def _attempt(
        self, method: str, path: str, build: Callable[[], httpx.Request], on_way: Callable[[], object]
    ) -> Answer:
        for turned_away in range(_PATIENCE):
            response = self._send(method, path, build(), on_way)
            if response.status_code != 429:
                return self._read(method, path, response)
            self.usage.add(rate_limited=1)
            self._wait_or_stop(method, path, response, turned_away)
        raise self._spent(None)

    def _send(self, method: str, path: str, request: httpx.Request, on_way: Callable[[], object]) -> httpx.Response:
        cost, search = cost_of(method, path), is_search(path)
        if self._blocked:
            raise Blocked(self._blocked)
        self.limits.before(cost, search=search)
        paid, turned_away, headers, round_trip = False, False, httpx.Headers(), None
        try:
            if self._blocked:  # by the answer to another thread, perhaps while this one waited
                raise Blocked(self._blocked)
            on_way()
            paid = True
            self.usage.add(tokens=cost, requests=1)
            begun = time.monotonic()
            response = self._http.send(request)
            round_trip = time.monotonic() - begun
            headers, turned_away = response.headers, response.status_code == 429
            paid = not turned_away
        except _NEVER_SENT as error:
            paid = False
            self.usage.add(tokens=-cost, requests=-1)
            raise _TryAgain(
                Unreachable(f"no connection to {self.base_url} ({_words(error)}); nothing was sent")
            ) from error
        except httpx.RequestError as error:
            if method in _READS:
                final = Unreachable(f"no answer to {method} {path} after {_TRIES} tries ({_words(error)})")
                raise _TryAgain(final) from error
            raise OutcomeUnknown(method, path, f"the answer never came ({_words(error)})") from error
        finally:
            self.limits.after(
                cost,
                search=search,
                limit=whole_number(headers.get("x-daily-ratelimit-token-limit")),
                remaining=whole_number(headers.get("x-daily-ratelimit-token-remaining")),
                paid=paid,
                round_trip=round_trip,
                burst=whole_number(headers.get("x-ratelimit-limit")),
                turned_away=turned_away,
                server_time=moment(headers.get("date")),
            )
        if not paid:
            self.usage.add(tokens=-cost)
        return response

    def _read(self, method: str, path: str, response: httpx.Response) -> Answer:
        status, body = response.status_code, parse_json(response.content)
        challenged = "cf-mitigated" in response.headers
        if status == 403 and (body is None or challenged):
            self._blocked = (
                "Pipedrive's gateway shuts this token out "
                f"({method} {path} was answered by 403 with a web page instead of a reason).\n"
                "Nothing more was sent. Wait, and ask Pipedrive's support if it lasts."
            )
            raise Blocked(self._blocked)
        if 200 <= status < 300 and body is not None:
            if body.get("success") is False:
                raise refused(status, method, path, body, self._token)
            additional = body.get("additional_data")
            return Answer(body.get("data"), additional if isinstance(additional, dict) else {}, status)
        if 400 <= status < 500 and status != 408:
            raise refused(status, method, path, body or {"error": "a web page instead of a reason"}, self._token)
        said = "no JSON" if body is None else reason_of(body, self._token)
        what = f"status {status}" + (f": {said}" if said else "")
        if method not in _READS:
            raise OutcomeUnknown(method, path, f"the server answered with {what}")
        if status >= 500 or status == 408:
            raise _TryAgain(Unreachable(f"no usable answer to {method} {path} after {_TRIES} tries ({what})"))
        raise BadAnswer(f"{method} {path} was answered with {what}, where JSON was expected")

    def _wait_or_stop(self, method: str, path: str, response: httpx.Response, turned_away: int) -> None:
        """429: a burst passes, so wait; the day's budget does not, so stop (the status is the same for both)."""
        wait = seconds_to_wait(response.headers)
        remaining = whole_number(response.headers.get("x-daily-ratelimit-token-remaining"))
        if (remaining is not None and remaining < cost_of(method, path)) or (wait or 0) > _LONGEST_WAIT:
            raise self._spent(wait)
        self.limits.pause(min(_LONGEST_WAIT, wait if wait is not None else BURST_SECONDS * 2 ** min(turned_away, 4)))

    def _spent(self, retry_after: float | None) -> BudgetSpent:
        if self.limits.ledger:
            return self.limits.ledger.server_refused(retry_after)
        now = datetime.now(UTC)
        far = retry_after is not None and retry_after > _LONGEST_WAIT
        again = now + timedelta(seconds=retry_after or 0) if far else next_midnight(now)
        return BudgetSpent.until("Pipedrive turns every request away (429): the day's tokens are used up.", again)


def _check_base_url(base_url: str) -> bool:
    """Whether it is a loopback address. Raises BadInput where the token must not be sent there."""
    parts = urlsplit(base_url)
    host = (parts.hostname or "").lower()
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = host == "localhost"
    if loopback and parts.scheme in ("http", "https"):
        return True
    if parts.scheme == "https" and host.endswith(".pipedrive.com"):
        return False
    raise BadInput(f"destination.base_url: {base_url!r} must be https://….pipedrive.com, or a loopback address")


def _plain(params: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return {key: value for key, value in params.items() if value is not None} if params else None


def _words(error: Exception) -> str:
    """What a network error says, without an address in it."""
    said: dict[type[Exception], str] = {
        httpx.ConnectError: "the connection was refused",
        httpx.ConnectTimeout: "connecting took too long",
        httpx.PoolTimeout: "all connections are busy",
        httpx.ReadTimeout: TOO_LATE,
        httpx.WriteTimeout: "sending took too long",
    }
    return said.get(type(error), "the connection broke")
