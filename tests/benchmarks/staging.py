"""How long staging and profiling take beside `pandas.read_csv` of the same files, and in how much memory.

    python -m tests.benchmarks.staging [--contacts 2000000] [--sends 10000000] [--folder DIR]

Makes the two files once in DIR (a temporary folder without it), then runs each piece of work in a process of its own,
and prints its time, its peak memory and the ratio to pandas: by the clock, and by the processor's time, which says the
same on a machine that has other work too. A second, ten times smaller pair of files shows whether the time grows with
the rows. Needs about 10 GB of disk at full size.
"""

from __future__ import annotations

import argparse
import csv
import multiprocessing
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from nrpd.mapping.dates import parse_date
from nrpd.mapping.values import parse_phone
from nrpd.netresults.records import emails_in
from nrpd.netresults.staging import StagingSource, stage
from nrpd.parameters import Source
from nrpd.phases.source import profile_fields

PANDAS, STAGED, PROFILED = "pandas.read_csv in chunks", "staged", "staged and profiled"
LIMITS = {STAGED: 3.0, PROFILED: 8.0}
MOST_MEMORY = 4.0  # GB
_CHUNK = 100_000

_CONTACT = (
    "contact_id", "email", "first_name", "last_name", "title", "company_id", "company_name", "address_1", "address_2",
    "city", "state", "country", "postal_code", "work_phone", "mobile_phone", "home_phone", "fax", "lead_score",
    "lead_stage", "lead_source", "opt_in_date", "lists", "owner_email", "created_at", "updated_at",
)  # fmt: skip
_CUSTOM = (
    "Industry", "Employees", "Annual Budget", "Renewal Date", "Newsletter", "Interests", "Website", "Notes", "Region",
    "Customer Number", "Last Event", "Event Date", "Product", "Contract End", "NPS",
)  # fmt: skip
_SEND = (
    "send_id", "contact_id", "campaign_id", "email_id", "subject", "sent_at", "status", "opened_at", "clicked_at",
    "bounced_at", "bounce_type",
)  # fmt: skip
_WORDS = ("Harbour", "Nordlicht", "Müller", "Açores", "Quartz", "Vela", "Orchard", "Lumen", "O'Neil", "Smith, Jr.")


def _contacts(count: int) -> Iterator[tuple[str, ...]]:
    draw = random.Random(11)
    pick, number = draw.choice, draw.randrange
    for at in range(count):
        day = f"{number(1, 13):02}/{number(1, 29):02}/{number(2015, 2026)}"
        moment = f"2024-{number(1, 13):02}-{number(1, 29):02} {number(24):02}:{number(60):02}:00"
        firm = number(200_000)
        yield (
            str(at + 1), f"person{at}@firm{firm}.example", pick(_WORDS), pick(_WORDS), "Head of Sales", f"C{firm}",
            f"{pick(_WORDS)} {firm}", f"{number(400)} Main Street", "", "Denver", "CO", "United States",
            f"{number(100_000):05}", f"(303) 555-{number(10_000):04}", f"+1 720 555 {number(10_000):04}", "", "",
            str(number(100)), pick(("Lead", "MQL", "SQL", "Customer")), pick(("Web", "Fair", "Referral")), day,
            pick(("News", "News; Events", "")), f"owner{number(20)}@corp.example", moment, moment,
            pick(("Retail", "Energy", "Software", "")), str(number(5000)), f"{number(10**6)}.50", day,
            pick(("yes", "no", "")), pick(("A;B", "A", "B;C", "")), f"https://firm{firm}.example",
            f"met at a fair, said \"call me\" {at}", pick(("EMEA", "APAC", "AMER")), f"{at:08}", "Webinar", day,
            pick(("Basic", "Pro")), day, str(number(11)),
        )  # fmt: skip


def _sends(count: int, contacts: int) -> Iterator[tuple[str, ...]]:
    draw = random.Random(12)
    pick, number = draw.choice, draw.randrange
    for at in range(count):
        moment = f"2024-{number(1, 13):02}-{number(1, 29):02} {number(24):02}:{number(60):02}:00"
        status = pick(("delivered", "opened", "clicked", "bounced"))
        yield (
            f"S{at}", str(number(contacts) + 1), str(number(40)), str(number(300)),
            f"News of week {number(52)}", moment, status, moment if status in ("opened", "clicked") else "",
            moment if status == "clicked" else "", moment if status == "bounced" else "",
            "hard" if status == "bounced" else "",
        )  # fmt: skip


def make_files(folder: Path, contacts: int, sends: int) -> None:
    """Writes contacts.csv and sends.csv, unless they are there."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, header, rows in (
        ("contacts.csv", (*_CONTACT, *_CUSTOM), _contacts(contacts)),
        ("sends.csv", _SEND, _sends(sends, contacts)),
    ):
        if not (folder / name).exists():
            with (folder / name).open("w", encoding="utf-8", newline="") as stream:
                writer = csv.writer(stream)
                writer.writerow(header)
                writer.writerows(rows)


def _pandas(folder: Path, _: Path) -> int:
    return sum(
        len(chunk)
        for path in sorted(folder.glob("*.csv"))
        for chunk in pd.read_csv(path, dtype=str, keep_default_na=False, chunksize=_CHUNK)
    )


def _stage(folder: Path, staged: Path) -> int:
    found = stage(StagingSource(folder, {}, {}, frozenset()), staged)
    return sum(found.source_rows.values())


def _profile(folder: Path, staged: Path) -> int:
    found = stage(StagingSource(folder, {}, {}, frozenset()), staged)
    profile_fields(found, Source(export=folder))
    return sum(found.source_rows.values())


class Taken(NamedTuple):
    """Seconds by the clock, and seconds that the processor worked on it."""

    clock: float
    busy: float

    def times(self, other: Taken) -> tuple[float, float]:
        """How many times the seconds of `other`: by the clock, and of the processor."""
        return self.clock / other.clock, self.busy / other.busy


WORK: dict[str, Callable[[Path, Path], int]] = {PANDAS: _pandas, STAGED: _stage, PROFILED: _profile}


def _measured(name: str, folder: Path, answer: multiprocessing.Queue) -> None:
    with tempfile.TemporaryDirectory(dir=folder.parent) as staged:
        clock, busy = time.perf_counter(), time.process_time()
        rows = WORK[name](folder, Path(staged) / "staged")
        taken = Taken(time.perf_counter() - clock, time.process_time() - busy)
    answer.put((rows, taken, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20))


def measure(folder: Path) -> dict[str, Taken]:
    """Prints one line for each piece of work; its time by its name."""
    found: dict[str, Taken] = {}
    fresh = multiprocessing.get_context("spawn")
    for name in WORK:
        answer = fresh.Queue()
        process = fresh.Process(target=_measured, args=(name, folder, answer))
        process.start()
        rows, taken, memory = answer.get()
        process.join()
        found[name] = taken
        clock, busy = taken.times(found[PANDAS])
        limit = f", at most {LIMITS[name]:g}" if name in LIMITS else ""
        print(  # noqa: T201
            f"{name:28} {rows:>12,} rows {taken.clock:8.1f} s  {clock:5.2f} times pandas{limit}"
            f" (processor {taken.busy:.1f} s, {busy:.2f} times); peak {memory:.2f} GB (at most {MOST_MEMORY:g})",
            flush=True,
        )  # fmt: skip
    return found


def normalisation(values: int = 1_000_000) -> None:
    """Prints the time for a million phones, dates and addresses, each."""
    draw = random.Random(13).randrange
    days = [f"{draw(1, 13)}/{draw(1, 29)}/{draw(1970, 2026)} {draw(4, 24):02}:{draw(60):02}" for _ in range(values)]
    phones = [f"({draw(201, 990)}) {draw(200, 1000)}-{draw(10_000):04}" for _ in range(values)]
    kinds: dict[str, tuple[Callable[[str], object], list[str]]] = {
        "phones to E.164": (parse_phone, phones),
        "dates": (lambda text: parse_date(text, "mdy", "America/Denver"), days),
        "e-mail addresses": (emails_in, [f"Person{at}@firm{draw(9_999)}.example" for at in range(values)]),
    }  # fmt: skip
    for name, (convert, texts) in kinds.items():
        clock, busy = time.perf_counter(), time.process_time()
        for text in texts:
            convert(text)
        taken = Taken(time.perf_counter() - clock, time.process_time() - busy)
        print(f"{name:28} {values:>12,} values {taken.clock:6.1f} s (processor {taken.busy:.1f} s)")  # noqa: T201


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--contacts", type=int, default=2_000_000)
    asked.add_argument("--sends", type=int, default=10_000_000)
    asked.add_argument("--folder", type=Path)
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        root = options.folder or Path(scratch)
        seconds: list[dict[str, Taken]] = []
        for name, part in (("tenth", 10), ("whole", 1)):
            make_files(root / name, options.contacts // part, options.sends // part)
            seconds.append(measure(root / name))
        for work in LIMITS:
            clock, busy = seconds[1][work].times(seconds[0][work])
            print(f"ten times the rows: {work} took {clock:.1f} times as long (processor {busy:.1f})")  # noqa: T201
        normalisation()


if __name__ == "__main__":
    main()
