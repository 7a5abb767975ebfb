"""Control of a served sandbox over HTTP: what only a test or a person at the sandbox may do, under `/sandbox`.

No account of Pipedrive has these paths. They take the token as the API does, cost nothing, and no fault touches them.

| request | does |
| --- | --- |
| `GET /sandbox` | says the sandbox's time, plan, seats, tokens of today, and faults |
| `POST /sandbox/clock` with `{"advance": seconds}` or `{"now": "2027-01-31T00:00:00Z"}` | moves the clock forward |
| `PUT /sandbox/faults` with `{"faults": "lost=0.05"}` | replaces the faults of this process |
| `GET /sandbox/export` | all that lives in the account, in the form of a fixture |

The clock belongs to the store: the budget's day, the burst window, the lag of searches and the thirty days of deleted
records follow it, in every process that serves the store, and it stays moved.
"""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

from .answers import Refused
from .call import Setup
from .clock import parse_rfc3339, rfc3339
from .export import export_store
from .faults import FaultError, Faults
from .limits import Limits
from .store import Doc, Store

PREFIX = "/sandbox"


def control(method: str, path: str, body: Any, store: Store, setup: Setup, limits: Limits) -> Doc:
    """The answer's document. Raises Refused for a path, method or body that is not in the table above."""
    handlers = {
        ("GET", ""): lambda: _facts(store, setup, limits),
        ("POST", "/clock"): lambda: _move(body, store, setup, limits),
        ("PUT", "/faults"): lambda: _fail(body, store, setup, limits),
        ("GET", "/export"): lambda: export_store(store),
    }
    handler = handlers.get((method, path.removeprefix(PREFIX).rstrip("/")))
    if handler is None:
        paths = ", ".join(f"{verb} {PREFIX}{rest}" for verb, rest in handlers)
        raise Refused(404, f"There is no such control; there are {paths}")
    with store.transaction():
        return handler()


def _facts(store: Store, setup: Setup, limits: Limits) -> Doc:
    return {
        "now": rfc3339(store.now()), "plan": setup.plan, "seats": setup.seats, "tokens_used": store.tokens_today(),
        "daily_tokens": limits.budget, "faults": setup.faults.spec,
    }  # fmt: skip


def _move(body: Any, store: Store, setup: Setup, limits: Limits) -> Doc:
    wanted = body if isinstance(body, dict) else {}
    seconds = wanted.get("advance")
    moment = parse_rfc3339(str(wanted.get("now")))
    if moment is not None:
        seconds = datetime.fromisoformat(moment).timestamp() - store.now()
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not math.isfinite(seconds) or seconds < 0:
        raise Refused(400, 'Send {"advance": seconds} or {"now": "2027-01-31T00:00:00Z"}; the clock only goes forward')
    store.advance(seconds)
    return _facts(store, setup, limits)


def _fail(body: Any, store: Store, setup: Setup, limits: Limits) -> Doc:
    spec = body.get("faults") if isinstance(body, dict) else None
    if not isinstance(spec, str):
        raise Refused(400, 'Send {"faults": "lost=0.05,seed=1"}, or {"faults": ""} for none')
    try:
        setup.faults.replace(Faults.parse(spec))
    except FaultError as error:
        raise Refused(400, str(error)) from None
    return _facts(store, setup, limits)
