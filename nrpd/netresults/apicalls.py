"""Requests to an API of the source: slow on purpose, repeated after a fault, and without a secret in any text.

One request at a time. Only what reads is ever sent through here, so a request can be repeated. The address may carry a
token (query-string OAuth), so neither a log nor an exception holds an address, and what the server says is shown only
after every secret was taken out of it.
"""

from __future__ import annotations

import base64
import json
import logging
import random
import re
import time
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, quote_plus, urlsplit

import httpx
import tenacity

from nrpd.errors import BadInput, NrpdError
from nrpd.references import is_loopback

TRIES = 5
_LONGEST_WAIT = 120.0
"""Seconds; an API that asks for more is left alone until somebody starts nrpd again."""
_KEPT = "What was read is kept; run again to go on."

# At INFO both write every URL into the log (encode/httpx#2760).
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class SourceUnreachable(NrpdError):
    """The source's API gave no usable answer after several tries. What was read so far is kept."""


class LoginRefused(BadInput):
    """The source's API does not accept the login (401)."""


class ApiRefused(BadInput):
    """The source's API understood the request and said no; its reason is in the text. `missing`: it has no such method,
    or this user may not call it."""

    def __init__(self, message: str, missing: bool = False) -> None:
        super().__init__(message)
        self.missing = missing


class _TryAgain(Exception):
    def __init__(self, final: NrpdError, wait: float | None = None) -> None:
        super().__init__("")
        self.final, self.wait = final, wait


class Caller:
    """POSTs JSON to one address. `rate`: requests per second at most; `timeout`, `retry_wait`: seconds.

    `login_keys` names the parameters that a refused login is about. Raises BadInput for what a person must mend,
    SourceUnreachable where it may pass.
    """

    def __init__(
        self,
        url: str,
        *,
        rate: float,
        timeout: float,
        secrets: Sequence[str] = (),
        headers: Mapping[str, str] | None = None,
        login_keys: str = "",
        retry_wait: float = 1.0,
    ) -> None:
        self.host = urlsplit(url).netloc
        self.requests = 0
        self._url, self._pause, self._login_keys = url, 1.0 / rate, login_keys
        self._secrets: list[str] = []
        self._next = 0.0
        for secret in secrets:
            self.hide(secret)
        self._http = httpx.Client(
            headers={"accept": "application/json", "user-agent": "nrpd", **(headers or {})},
            timeout=timeout,
            verify=url.startswith("https"),  # certificates take a while to load
            trust_env=not is_loopback(url),
        )
        self._wait = tenacity.wait_random_exponential(multiplier=retry_wait, max=30)

    def __repr__(self) -> str:
        return f"Caller({self.host})"

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def hide(self, secret: str) -> None:
        """From now on `secret` stands in no text, in none of the forms in which it travels."""
        if secret:
            forms = {secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]}
            self._secrets = sorted({*self._secrets, *forms}, key=len, reverse=True)

    def shown(self, text: object, longest: int = 200) -> str:
        """What a server said, on one line, shortened, and without secrets."""
        plain = str(text)
        for secret in self._secrets:
            plain = plain.replace(secret, "…")
        plain = " ".join(plain.split())
        return plain if len(plain) <= longest else plain[:longest] + "…"

    def post(
        self, what: str, body: Any, query: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> Any:
        """The JSON that the server answers with; `what` names the request to people.

        An answer with status 4xx is given back where it is JSON: what it means, the protocol says.
        """

        def give_up(state: tenacity.RetryCallState) -> Any:
            raised = state.outcome.exception() if state.outcome else None
            raise (raised.final if isinstance(raised, _TryAgain) else RuntimeError("nothing was raised")) from None

        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_TryAgain),
            stop=tenacity.stop_after_attempt(TRIES),
            wait=self._before_next,
            retry_error_callback=give_up,
        )
        return retrying(self._attempt, what, body, query, headers)

    def _before_next(self, state: tenacity.RetryCallState) -> float:
        raised = state.outcome.exception() if state.outcome else None
        asked = raised.wait if isinstance(raised, _TryAgain) else None
        return asked if asked is not None else self._wait(state)

    def _attempt(self, what: str, body: Any, query: Mapping[str, str] | None, headers: Mapping[str, str] | None) -> Any:
        time.sleep(max(0.0, self._next - time.monotonic()))
        self._next = time.monotonic() + self._pause * random.uniform(1.0, 1.1)
        self.requests += 1
        try:
            response = self._http.post(self._url, json=body, params=dict(query or {}), headers=dict(headers or {}))
        except httpx.TransportError as error:
            raise _TryAgain(self._unreachable(what, _words(error))) from None
        return self._read(what, response)

    def _read(self, what: str, response: httpx.Response) -> Any:
        status = response.status_code
        if status == 401:
            raise LoginRefused(f"source.api: {self.host} refused the login (401); check {self._login_keys}")
        if 300 <= status < 400:
            raise BadInput(
                f"source.api: {self.host} sends {what} to another address ({status}), which is not followed, since the "
                "login would go there too; correct base_url"
            )
        if status in (408, 425, 429) or status >= 500:
            final = self._unreachable(what, f"status {status}, {self._body(response)}")
            raise _TryAgain(final, self._asked_wait(response, final))
        try:
            return parse_json(response.content)
        except ValueError:
            pass
        if status in (403, 404):
            raise BadInput(
                f"source.api: {self.host} has no API at this address, or shuts nrpd out ({status}, "
                f"{self._body(response)}); check base_url and endpoint"
            )
        found = self._unreachable(what, f"status {status}, {self._body(response)} where JSON was expected")
        raise _TryAgain(found) if status < 300 else BadInput(str(found))

    def _asked_wait(self, response: httpx.Response, final: NrpdError) -> float | None:
        wait = seconds_to_wait(response.headers.get("retry-after", ""))
        if wait is not None and wait > _LONGEST_WAIT:
            raise SourceUnreachable(f"{final} It asks to wait {wait:.0f} s.") from None
        return wait

    def _unreachable(self, what: str, why: str) -> SourceUnreachable:
        return SourceUnreachable(f"source.api: no usable answer from {self.host} to {what} ({why}). {_KEPT}")

    def _body(self, response: httpx.Response) -> str:
        """What kind of answer it was, in words, with its title or its beginning."""
        text = response.content[:20_000].decode("utf-8", "replace")
        if not text.strip():
            return "an empty answer"
        if title := re.search(r"<title[^>]*>(.*?)</title>", text, re.I | re.S):
            return f"a web page titled {self.shown(title.group(1), 80)!r}"
        if re.match(r"\s*<", text):
            return f"a web page: {self.shown(re.sub(r'<[^>]*>', ' ', text), 80)!r}"
        return f"the text {self.shown(text, 80)!r}"


def parse_json(content: bytes) -> Any:
    """JSON whose fractions keep the text that the server wrote. Raises ValueError where it is none."""
    return json.loads(content, parse_float=str, parse_constant=str)


def basic(user: str, password: str) -> str:
    """The value of a Basic authorization header."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")


def seconds_to_wait(header: str) -> float | None:
    """What a Retry-After header asks for, in seconds; None where it says nothing that can be read."""
    if header.strip().isdigit():
        return float(header)
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - time.time())
    except (TypeError, ValueError):
        return None


def _words(error: Exception) -> str:
    """What a network error says, without an address in it."""
    said: dict[type[Exception], str] = {
        httpx.ConnectError: "the connection was refused",
        httpx.ConnectTimeout: "connecting took too long",
        httpx.ReadTimeout: "the answer took too long",
        httpx.WriteTimeout: "sending took too long",
    }
    return said.get(type(error), "the connection broke")
