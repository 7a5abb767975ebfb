"""How much of the burst limit a load uses, and whether it is ever turned away.

    python -m tests.benchmarks.burst [--plan P]… [--latency NAME]… [--windows N]

For every plan and several latencies: persons are created by nrpd's loader, with its journal, in `nrpd sandbox` (a
process of its own), over a proxy that delays each request before or after the sandbox counts it. The share is the rate
kept up after the first window, of what the plan allows. Beside it, in the same run, the same load with the rule that
needs no knowledge of latency: a place comes back two seconds after the answer.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path

from nrpd.gates import GATE_AFTER, PHASES, Gates
from nrpd.journal import Entry, Journal
from nrpd.loader import Guard, Loader
from nrpd.pipedrive.client import Client
from nrpd.pipedrive.limits import Limits
from nrpd.pipedrive.records import BURST_LIMITS
from tests.benchmarks.served import Latency, Proxy, sandbox
from tests.support.opened import workspace

PLANS = ("lite", "growth", "premium", "ultimate")
LATENCIES = (
    Latency("0 ms"),
    Latency("200 ms before", before=(0.2, 0.2)),
    Latency("200 ms after", after=(0.2, 0.2)),
    Latency("20-400 ms before", before=(0.02, 0.4)),
    Latency("20-400 ms, both sides", before=(0.01, 0.2), after=(0.01, 0.2)),
    Latency("1 s, both sides", before=(0.5, 0.5), after=(0.5, 0.5)),
)
HEAD = (
    "plan",
    "latency",
    "requests",
    "seconds",
    "share of the allowance",
    "2 s after the answer",
    "429",
    "most in 2 s",
)


@dataclass(frozen=True)
class Measured:
    """One load: `share` of the allowance, answers 429, and the most arrivals in any two seconds."""

    requests: int
    seconds: float
    share: float
    turned_away: int
    most: int


def measure(plan: str, latency: Latency, windows: int, *, cautious: bool = False) -> Measured:
    """Loads `windows` times the burst of `plan`. `cautious`: latency is left out of account."""
    size = BURST_LIMITS[plan]
    with tempfile.TemporaryDirectory(prefix="nrpd-burst-") as name:
        folder = Path(name)
        with sandbox(folder, plan=plan) as served:
            proxy = Proxy(served["port"], latency)
            limits = Limits.for_plan(folder / "account", plan=plan, seats=5)
            if cautious:
                limits.pause(0)
            place = workspace(folder / "runs", gates="auto")
            with (
                Client(proxy.base_url, served["token"], limits=limits) as client,
                Journal(place.journal_path, "r") as j,
            ):
                guard = _decided(Gates(place, j), j, place.account_lock(1))
                Loader(client, j, guard).run([_entry(n) for n in range(size * windows)])
                turned_away = client.usage.rate_limited
            arrivals = sorted(proxy.arrivals())
    cycles = len(arrivals) // size - 1  # since a window later: whole windows, without the first
    share = cycles * 2 / (arrivals[-1] - arrivals[-1 - cycles * size])
    most = max(sum(at <= later < at + 2 for later in arrivals) for at in arrivals)
    return Measured(len(arrivals), arrivals[-1] - arrivals[0], share, turned_away, most)


def _entry(n: int) -> Entry:
    values = {"name": f"Person {n:05}", "emails": [{"value": f"p{n}@benchmark.example", "primary": True}]}
    return Entry("08_persons", "person", str(n), "create", "POST", "/api/v2/persons", values, values)


def _decided(gates: Gates, journal: Journal, lock: object) -> Guard:
    for gate in GATE_AFTER:
        gates.state(gate, "digest" if gate == "mapping" else ["one"], {})
    for phase in PHASES[:7]:
        journal.phase_event(phase, "complete", "run")
    return Guard(gates, journal, lock)  # type: ignore[arg-type]


def main() -> None:
    parser = argparse.ArgumentParser(description="How much of the burst limit a load uses.")
    parser.add_argument("--plan", action="append", choices=PLANS)
    parser.add_argument("--latency", action="append", choices=[latency.name for latency in LATENCIES])
    parser.add_argument("--windows", type=int, default=10, help="of two seconds, per load")
    arguments = parser.parse_args()
    print(" | ".join(HEAD))  # noqa: T201
    for plan in arguments.plan or PLANS:
        for latency in (one for one in LATENCIES if one.name in (arguments.latency or [one.name])):
            found = measure(plan, latency, arguments.windows)
            before = measure(plan, latency, arguments.windows, cautious=True)
            cells = (
                plan, latency.name, found.requests, f"{found.seconds:.1f}", f"{found.share:.1%}", f"{before.share:.1%}",
                found.turned_away, f"{found.most} of {BURST_LIMITS[plan]}",
            )  # fmt: skip
            print(" | ".join(map(str, cells)), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
