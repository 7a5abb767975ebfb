"""Issue "Exactly once", Show 2: killed over and over, over a network that fails, and nothing shows.

    python -m tests.e2e.kills --kills 200 --faults 0.05

A small customer is migrated by `nrpd run` into the account of an `nrpd sandbox`, a process of its own, as Pipedrive
is: once undisturbed, then again and again from the beginning, until SIGKILL has struck as often as wanted. Each kill
comes at a random moment of the run: after a random time, or after a random number of further writes and a random moment
more, so that the loads are hit as often as the rest. It takes the command with its kernels, or the command alone.
Between two kills the run simply goes on where it stopped. When a migration ends by itself, its account must be that of
the undisturbed one, ids and times of writing aside, with no write left open. Exit code 0 only where all of them are.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from nrpd.workspace import stamp
from tests.e2e.runs import ROOT, Customer, difference, kill_all, picture, small
from tests.e2e.small import write_export, write_fixture

NETWORK = ("lost", "reset", "error", "html", "slow", "bare")
"""Each with the wanted share. `blocked` is what a gateway does to those who ignore 429s, and `moving` is somebody at
work in the account, which no comparison would survive: they have tests of their own."""
SLOW_SECONDS = 0.5
LONGEST = 30.0
"""Seconds that a command lives before a kill by time."""
MOST_ATTEMPTS = 400
"""Commands per migration before it is given up as one that never ends."""


def tell(text: str) -> None:
    """One line on stdout, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


@dataclass
class Tally:
    """What was done."""

    kills: int = 0
    whole: int = 0
    """Kills of the command with its kernels; the others took the command alone."""
    during: Counter[str] = field(default_factory=Counter)
    """Phase → kills in it; with `in flight`: kills that left writes without an answer."""
    migrations: int = 0
    wrong: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Account:
    """The account of a `nrpd sandbox` in a process of its own."""

    base_url: str
    token: str

    def faults(self, spec: str) -> None:
        """Changes its faults."""
        self._ask("PUT", "/sandbox/faults", {"faults": spec})

    def export(self) -> dict[str, Any]:
        """All that it holds."""
        return dict(self._ask("GET", "/sandbox/export"))

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = httpx.request(
            method, f"{self.base_url}{path}", json=body, headers={"x-api-token": self.token}, timeout=60
        )
        answer.raise_for_status()
        return answer.json()


@contextmanager
def served(folder: Path) -> Iterator[Account]:
    """A new account with the small customer's fixture."""
    fixture = write_fixture(folder / "fixture.json")
    command = ["-m", "nrpd", "sandbox", "--store", folder / "account.sqlite", "--fixture", fixture, "--plan", "premium"]
    with subprocess.Popen([sys.executable, *map(str, command)], stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        assert server.stdout is not None
        try:
            where = json.loads(server.stdout.readline())
            yield Account(f"http://127.0.0.1:{where['port']}", where["token"])
        finally:
            server.terminate()


def migrate(folder: Path, dice: random.Random, faults: str, kills: int, tally: Tally) -> dict[str, Counter[str]]:
    """One migration from the beginning to its end, with at most so many kills. Returns the picture of its account."""
    folder.mkdir(parents=True)
    export, since = write_export(folder / "export"), stamp()
    with served(folder) as account:
        customer = small(folder / "customer", export, account.base_url, account.token)
        account.faults(faults)
        before = tally.kills
        for _ in range(MOST_ATTEMPTS):
            left = kills - (tally.kills - before)
            code = _attempt(customer, dice, tally) if left > 0 else customer.nrpd("run", "--json").code
            if code == 0:
                break
        else:
            tally.wrong.append(f"{folder.name}: after {MOST_ATTEMPTS} commands it had not come to its end")
        account.faults("")
        made = picture(account.export(), since)
    open_ = customer.query("SELECT phase, entity, state FROM writes WHERE state IN ('planned', 'sent', 'unknown')")
    tally.wrong += [f"{folder.name}: a write was left open: {row}" for row in open_]
    return made


def _attempt(customer: Customer, dice: random.Random, tally: Tally) -> int:
    """Starts the command and kills it at a random moment. Returns its exit code: negative where it was killed, else
    what it ended with by itself before that."""
    process = customer.start("run")
    if dice.random() < 0.5:
        moment = time.monotonic() + dice.uniform(0, LONGEST)
        _wait(process, lambda: time.monotonic() > moment)
    else:
        wanted = _sent(customer) + dice.randint(1, 60)
        moment = time.monotonic() + 4 * LONGEST
        _wait(process, lambda: _sent(customer) >= wanted or time.monotonic() > moment)
        time.sleep(dice.uniform(0, 0.3))
    if process.poll() is not None:
        return int(process.returncode)
    phase, in_flight = _where(customer)
    if dice.random() < 0.7:
        kill_all(process)
        tally.whole += 1
    else:
        process.send_signal(signal.SIGKILL)
        process.wait()
    tally.kills += 1
    tally.during[phase] += 1
    tally.during["in flight"] += bool(in_flight)
    return int(process.returncode)


def _wait(process: subprocess.Popen[bytes], reached: Any) -> None:
    while process.poll() is None and not reached():
        time.sleep(0.05)


def _sent(customer: Customer) -> int:
    return int(_query(customer, "SELECT count(*) FROM writes WHERE sent_at IS NOT NULL") or 0)


def _where(customer: Customer) -> tuple[str, int]:
    """The phase that began last, and how many writes are in flight."""
    phase = _query(customer, "SELECT phase FROM phases ORDER BY id DESC LIMIT 1")
    return str(phase or "before the first phase"), int(
        _query(customer, "SELECT count(*) FROM writes WHERE state = 'sent'") or 0
    )


def _query(customer: Customer, statement: str) -> Any:
    """One value of the journal; None while there is no journal yet."""
    try:
        rows = customer.query(statement)
    except Exception:  # not there yet, or its tables are just being made
        return None
    return rows[0][0] if rows else None


def main() -> int:
    """Runs it. Returns the exit code."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--kills", type=int, default=200)
    asked.add_argument("--faults", type=float, default=0.05, help="share of each network fault, per request")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--per-migration", type=int, default=40, help="kills in one migration before it is left alone")
    asked.add_argument("--minutes", type=float, default=600, help="begin no further migration after this time")
    asked.add_argument("--folder", type=Path, help="keep everything here (it must not exist)")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        return _run(options, options.folder or Path(temporary) / "kills")


def _run(options: argparse.Namespace, folder: Path) -> int:
    dice, tally, began = random.Random(options.seed), Tally(), time.monotonic()
    spec = ",".join(f"{name}={options.faults}" for name in NETWORK).replace(
        f"slow={options.faults}", f"slow={options.faults}:{SLOW_SECONDS}"
    )
    tell(f"Faults, per request: {spec}. Seed {options.seed}.")
    undisturbed = migrate(folder / "undisturbed", dice, "", 0, tally)
    held = {kind: sum(lines.values()) for kind, lines in undisturbed.items()}
    tell(f"Undisturbed: {held}")
    while tally.kills < options.kills and time.monotonic() - began < options.minutes * 60:
        tally.migrations += 1
        name = f"migration {tally.migrations}"
        most = min(options.per_migration, options.kills - tally.kills)
        before = tally.kills
        made = migrate(folder / name, dice, f"{spec},seed={tally.migrations}", most, tally)
        found = difference(made, undisturbed)
        tally.wrong += [f"{name}: {line}" for line in found]
        minutes = (time.monotonic() - began) / 60
        verdict = "equal" if not found else f"{len(found)} differences"
        tell(f"{name}: {tally.kills - before} kills, account {verdict}; {tally.kills} kills so far, {minutes:.0f} min")
    for line in tally.wrong[:40]:
        tell(f"WRONG  {line[:400]}")
    in_flight = tally.during.pop("in flight", 0)
    tell(f"{tally.kills} kills in {tally.migrations} migrations ({tally.whole} with the kernels, "
         f"{tally.kills - tally.whole} of the command alone); {in_flight} left writes without an answer")  # fmt: skip
    tell("During: " + ", ".join(f"{phase} {n}" for phase, n in sorted(tally.during.items())))
    whole = not tally.wrong and tally.kills >= options.kills
    tell("VERDICT: " + ("every account equals the undisturbed one" if whole else
                        "WRONG, see above" if tally.wrong else "all equal, but fewer kills than wanted"))  # fmt: skip
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
