"""The demo, moved over a network that fails, with one seed after the other; run by hand.

    python -m tests.benchmarks.failing [--share 0.05] [--seeds 1 2 3] [--late 0] [--notebooks]

A proxy on loopback stands between nrpd and a sandbox. Each request meets each fault of `tests/support/failing.py` with
the given chance; `--late` is that of an answer after 40 seconds, which nrpd no longer waits for. The account in the
end is compared with that of an undisturbed migration; every write that got no answer must be listed with how it was
resolved. A run that fails is run again, and counted.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from nrpd.sandbox import Sandbox
from nrpd.workspace import stamp
from tests.e2e.runs import ROOT, TOKEN_VARIABLE, Customer, demo, difference, picture, unknown_outcomes
from tests.support import in_process
from tests.support.failing import FAULTS, Decide, Proxy, proxied

MOST_RUNS = 5


def dice(shares: dict[str, float], seed: int) -> Decide:
    """The same luck again for the same seed, as far as the requests come in the same order."""
    luck = random.Random(seed)

    def decide(method: str, path: str) -> str:
        return next((name for name, share in shares.items() if luck.random() < share), "")

    return decide


@contextmanager
def account(folder: Path, shares: dict[str, float], seed: int) -> Iterator[tuple[Sandbox, Proxy]]:
    """The demo's account behind the proxy."""
    fixture = ROOT / "parameters" / "demo" / "sandbox.json"
    with Sandbox(folder / "account.sqlite", plan="premium", seats=5, burst=False, fixture=fixture) as box:
        with proxied(box.base_url, dice(shares, seed)) as proxy:
            yield box, proxy


def customer(folder: Path, box: Sandbox, proxy: Proxy) -> Customer:
    """The demo, whose account is the one behind the proxy."""
    made = demo(folder)
    content = made.content
    content["destination"] = {
        "kind": "pipedrive", "base_url": proxy.url, "token_env": TOKEN_VARIABLE, "plan": "premium", "seats": 5,
        "daily_token_share": 1.0,
    }  # fmt: skip
    made.parameters.write_text(yaml.safe_dump(content), encoding="utf-8")
    os.environ[TOKEN_VARIABLE] = box.token
    return Customer(made.parameters, {TOKEN_VARIABLE: box.token})


def move(made: Customer, *, notebooks: bool) -> list[str]:
    """Runs until it is done. The messages of the runs that failed."""
    failed: list[str] = []
    while len(failed) < MOST_RUNS:
        if notebooks:
            ended = made.nrpd("run", "--json")
            code, message = ended.code, ended.err
        else:
            outcome = in_process.run(made.parameters)
            code, message = outcome.exit_code, outcome.message
        if code == 0:
            return failed
        failed.append(f"exit {code}: {message.strip()[:300]}")
    raise SystemExit("\n".join(["it never ended", *failed]))


def listed_of(made: Customer) -> tuple[Counter[tuple[str, str, str]], list[str]]:
    """(entity, verb, resolution) → writes listed; and what is wrong with the list."""
    rows = unknown_outcomes(made)
    listed = Counter((row["entity"], row["verb"], row["resolution"]) for row in rows)
    wrong = [f"not resolved: {row}" for row in rows if row["resolution"] == "not known yet"]
    wrong += [f"no record in the account: {row}" for row in rows if not row["dest_id"]]
    told = made.query("SELECT count(DISTINCT write_id) FROM events WHERE state = 'unknown'")[0][0]
    return listed, [*wrong, *([] if len(rows) >= told else [f"{told} had no answer, {len(rows)} are listed"])]


def main() -> None:
    """Prints a line per seed; ends with 1 where an account is not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--share", type=float, default=0.05)
    parser.add_argument("--late", type=float, default=0.0)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--notebooks", action="store_true", help="each phase as a notebook, as nrpd run does it")
    options = parser.parse_args()
    since = stamp()
    with tempfile.TemporaryDirectory(prefix="nrpd-failing-") as name:
        base = Path(name)
        with account(base / "undisturbed", {}, 0) as (box, proxy):
            move(customer(base / "undisturbed", box, proxy), notebooks=options.notebooks)
            wanted = picture(box.export(), since)
        shares = dict.fromkeys(FAULTS, options.share) | {"late": options.late}
        good = True
        for seed in options.seeds:
            begun, folder = time.monotonic(), base / str(seed)
            with account(folder, shares, seed) as (box, proxy):
                made = customer(folder, box, proxy)
                failed = move(made, notebooks=options.notebooks)
                different = difference(picture(box.export(), since), wanted)
                listed, wrong = listed_of(made)
                lines = (
                    f"seed {seed}: {time.monotonic() - begun:.0f} s, faults met: {dict(proxy.met)}",
                    f"  runs that failed: {failed or 'none'}",
                    f"  writes without an answer: {sum(listed.values())}: {dict(listed)}",
                    f"  account as undisturbed: {different[:10] or 'yes'}; list whole: {wrong[:10] or 'yes'}",
                )
                print("\n".join(lines), flush=True)  # noqa: T201
                good &= not different and not wrong
    raise SystemExit(0 if good else 1)


if __name__ == "__main__":
    main()
