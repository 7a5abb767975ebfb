"""How much the journal costs a load, and how long reconciliation takes beside a merge of pandas.

    python -m tests.benchmarks.load [--records N] [--reconciled N]

Load: persons are created by nrpd's loader, each write committed to the journal before it is sent and after it is
answered, in a sandbox without limits that is a process of its own; beside it the same bodies posted by bare httpx, one
after the other as a loop does, and from as many threads as the loader has. The three take turns, and the median of the
turns counts. Reconciliation: records of 20 fields compared by `nrpd.reconcile`, beside `pandas.merge` of the same
values and a comparison of each pair of columns, both in seconds of the processor. Shows 7 of issue "Exactly once" wants
half of the loop, and three times the merge.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import httpx
import pandas as pd

from nrpd.gates import GATE_AFTER, PHASES, Gates
from nrpd.journal import Entry, Journal
from nrpd.loader import Guard, Loader
from nrpd.loader.engine import WORKERS
from nrpd.loader.plans.records import Wanted
from nrpd.pipedrive.client import Client
from nrpd.pipedrive.limits import Limits
from nrpd.reconcile import reconcile
from nrpd.sandbox import Sandbox
from tests.support.opened import workspace

TURNS = 3
FIELDS = 20


def tell(text: str) -> None:
    """One line on stdout, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _serve(ours: Connection, store: str) -> None:
    with Sandbox(Path(store), burst=False, budget=False) as box:
        ours.send((box.base_url, box.token))
        ours.recv()


@contextlib.contextmanager
def unlimited(folder: Path) -> Iterator[tuple[str, str]]:
    """(base_url, token) of a sandbox without limits, in a process of its own."""
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs, str(folder / "s.sqlite")))
    process.start()
    try:
        yield ours.recv()
    finally:
        ours.send("end")
        process.join(30)


def bodies(count: int, turn: str) -> list[dict[str, Any]]:
    """What is posted."""
    return [
        {"name": f"Person {turn} {n}", "emails": [{"value": f"p{n}-{turn}@load.example", "primary": True}],
         "phones": [{"value": f"303-555-{n:05}", "label": "work", "primary": True}], "visible_to": 3}
        for n in range(count)
    ]  # fmt: skip


def loaded(count: int, turn: str, url: str, token: str, folder: Path) -> float:
    """Records per second of the loader."""
    place = workspace(folder / f"runs {turn}", gates="auto")
    with Journal(place.journal_path, "20260101T000000Z") as journal, Client(url, token, limits=Limits()) as client:
        gates = Gates(place, journal)
        for phase in PHASES[:7]:
            journal.phase_event(phase, "complete", "script")
        for gate, after in GATE_AFTER.items():
            if after in PHASES[:7]:
                if gate == "mapping":
                    gates.state(gate, "a map", {})
                else:
                    gates.state(gate, [], {})
        lock = place.account_lock(1)
        loader = Loader(client, journal, Guard(gates, journal, lock))
        entries = [
            Entry(
                "08_persons", "person", f"s{n}", "create", "POST", "/api/v2/persons", body, body, source_ids=(f"s{n}",)
            )
            for n, body in enumerate(bodies(count, turn))
        ]
        began = time.perf_counter()
        made = loader.run(entries)
        rate = count / (time.perf_counter() - began)
        lock.release()
        assert made.done["create"] == count
        return rate


def looped(count: int, turn: str, url: str, token: str, threads: int) -> float:
    """Records per second of bare httpx."""
    with httpx.Client(base_url=url, headers={"x-api-token": token}, timeout=60) as client:

        def post(body: dict[str, Any]) -> None:
            client.post("/api/v2/persons", json=body).raise_for_status()

        todo = bodies(count, turn)
        began = time.perf_counter()
        if threads == 1:
            for body in todo:
                post(body)
        else:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(post, todo))
        return count / (time.perf_counter() - began)


def load(count: int) -> None:
    """Measures loads."""
    rates: dict[str, list[float]] = {"nrpd": [], "loop": [], "threads": []}
    with tempfile.TemporaryDirectory(prefix="nrpd-load-") as name, unlimited(Path(name)) as (url, token):
        kinds: dict[str, Callable[[str], float]] = {
            "loop": lambda turn: looped(count, turn, url, token, 1),
            "nrpd": lambda turn: loaded(count, turn, url, token, Path(name)),
            "threads": lambda turn: looped(count, turn, url, token, WORKERS),
        }
        for turn in range(TURNS):
            for kind, measure in kinds.items():
                rates[kind].append(measure(f"{kind}{turn}"))
    median = {kind: statistics.median(found) for kind, found in rates.items()}
    tell(f"load of {count} persons, {TURNS} turns: nrpd {median['nrpd']:.0f}/s, bare loop {median['loop']:.0f}/s "
         f"(ratio {median['nrpd'] / median['loop']:.2f}), bare httpx from {WORKERS} threads {median['threads']:.0f}/s "
         f"(ratio {median['nrpd'] / median['threads']:.2f})")  # fmt: skip


def reconciled(count: int) -> None:
    """Measures reconciliation."""
    names = [f"Field {n}" for n in range(FIELDS)]
    table = {name: [f"value {n % 997} of {name}" if i % 4 else n % 997 for n in range(count)]
             for i, name in enumerate(names)}  # fmt: skip
    ids = [str(n) for n in range(count)]
    left, right = (pd.DataFrame({"id": ids, **table}) for _ in range(2))
    began = time.process_time()
    merged = left.merge(right, on="id", how="outer", suffixes=("", " there"))
    different = sum(int((merged[name] != merged[f"{name} there"]).sum()) for name in names)
    merge = time.process_time() - began
    assert different == 0
    del merged, left, right
    rows = zip(*table.values(), strict=True)
    wanted, present = [], {}
    for identity, row in zip(ids, rows, strict=True):
        values = dict(zip(names, row, strict=True))
        wanted.append(Wanted("person", identity, values, dest_id=identity))
        present[identity] = {**values, "update_time": "2026-01-01T00:00:00Z"}
    memory = {identity: {"origin": "created", "written": {}, "before": {}, "after": {}} for identity in ids}
    began = time.process_time()
    found = reconcile("contacts", wanted, present, memory, fields=names)
    mine = time.process_time() - began
    assert (found.compared, found.different) == (count * FIELDS, 0)
    tell(f"reconciliation of {count:,} records of {FIELDS} fields: nrpd {mine:.1f} s, pandas merge {merge:.1f} s "
         f"(ratio {mine / merge:.2f})")  # fmt: skip


def main() -> None:
    """Measures both."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--records", type=int, default=2000)
    asked.add_argument("--reconciled", type=int, default=1_000_000)
    options = asked.parse_args()
    if options.records:
        load(options.records)
    if options.reconciled:
        reconciled(options.reconciled)


if __name__ == "__main__":
    main()
