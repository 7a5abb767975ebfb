"""`html/index.html`: what a run did and where everything is, on one page that needs no script and no network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from nrpd.evidence.manifest import INDEX, ZEROS, paths
from nrpd.evidence.pages import render

OUTCOMES = ("created", "updated", "adopted", "unchanged", "skipped", "quarantined")
GOOD, BAD = ("complete", "confirmed", "green", "done"), ("failed", "differs", "red", "refused")


@dataclass(frozen=True)
class PhaseLine:
    """One phase: `status` is a word such as complete, failed, waiting, paused, to do. Times are UTC, RFC 3339."""

    phase: str
    status: str
    run: str = ""
    """The run in which it was completed; blank where it was not."""
    finished: str = ""
    tokens: int = 0
    requests: int = 0
    seconds: float = 0.0
    note: str = ""
    estimated_tokens: int = 0
    estimated_requests: int = 0
    """As estimated before anything was written; 0 where no estimate was kept."""
    counts: str = ""
    """What a complete phase did with its rows, in a few words."""


@dataclass(frozen=True)
class GateLine:
    """One gate: `status` is confirmed, waiting or to do; `by` a name or `auto`; `at` UTC, RFC 3339."""

    gate: str
    status: str
    by: str = ""
    at: str = ""
    digest: str = ""
    note: str = ""


@dataclass(frozen=True)
class ChainLine:
    """One run of the chain. `head` is blank for the run that is being sealed: the page fills in its own."""

    run: str
    phases: tuple[str, ...] = ()
    result: str = ""
    created: str = ""
    head: str = ""


@dataclass(frozen=True)
class IndexSummary:
    """What the index page says. `figures` has the form of `nrpd status --json`: phase → object → figures."""

    customer: str
    result: str
    """One sentence: how the migration stands."""
    destination: str = ""
    plan: str = ""
    sentences: Sequence[str] = ()
    problems: Sequence[str] = ()
    figures: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    phases: Sequence[PhaseLine] = ()
    gates: Sequence[GateLine] = ()
    runs: Sequence[ChainLine] = ()
    """The sealed runs before this one, oldest first."""
    done: Sequence[str] = ()
    """What this run did, where it is not told by its notebooks, such as reconcile."""
    good: bool | None = None
    """True: green, False: red, None: not finished."""


def write_index(run_folder: Path, summary: IndexSummary, *, created: str, phases: Sequence[str] = ()) -> Path:
    """Write the page with 64 zeros where the head of the chain will stand, and return its path.

    It links everything that lies in the run folder at that time. `phases` are those of this run.
    """
    path = run_folder / INDEX
    path.parent.mkdir(parents=True, exist_ok=True)
    runs = [*summary.runs, ChainLine(run_folder.name, tuple(phases or summary.done), summary.result, created, ZEROS)]
    page = render(
        "index.html.j2", summary=summary, run=run_folder.name, created=created, figures=_figure_rows(summary),
        totals=_totals(summary), groups=_links(run_folder), pages=_pages(run_folder), runs=runs, tone=_tone,
        duration=_duration, outcomes=OUTCOMES, elsewhere=lambda run, page: quote(f"../../{run}/html/{page}.html"),
    )  # fmt: skip
    path.write_text(page.replace(ZEROS, "", page.count(ZEROS) - 1), encoding="utf-8")
    return path


def _figure_rows(summary: IndexSummary) -> list[dict[str, Any]]:
    rows = []
    for phase, objects in summary.figures.items():
        for name, figures in objects.items():
            counts = {key: _count(figures.get(key, 0)) for key in OUTCOMES}
            source = figures.get("source", 0)
            rows.append(
                {
                    "phase": phase, "object": name, "source": source, **counts,
                    "balances": source == sum(counts.values()),
                    "reasons": [
                        f"{key}: {reason} ({number:,})"
                        for key in ("skipped", "quarantined")
                        for reason, number in _reasons(figures.get(key)).items()
                    ],
                    "compared": figures.get("fields_compared", 0), "different": figures.get("fields_different", 0),
                }
            )  # fmt: skip
    return rows


def _totals(summary: IndexSummary) -> dict[str, Any]:
    rows = [figures for objects in summary.figures.values() for figures in objects.values()]
    lines = summary.phases
    return {
        "tokens": sum(line.tokens for line in lines) or sum(int(row.get("tokens", 0)) for row in rows),
        "estimated": sum(line.estimated_tokens for line in lines),
        "requests": sum(line.requests for line in lines) or sum(int(row.get("requests", 0)) for row in rows),
        "rate_limited": sum(int(row.get("rate_limited", 0)) for row in rows),
        "seconds": sum(line.seconds for line in lines),
        "different": sum(int(row.get("fields_different", 0)) for row in rows),
        "compared": sum(int(row.get("fields_compared", 0)) for row in rows),
    }


def _count(value: Any) -> int:
    return sum(value.values()) if isinstance(value, Mapping) else int(value or 0)


def _reasons(value: Any) -> Mapping[str, int]:
    return value if isinstance(value, Mapping) else {}


def _links(run_folder: Path) -> dict[str, list[dict[str, str]]]:
    """Heading → links, relative to the page, to all files of the run folder."""
    groups: dict[str, list[dict[str, str]]] = {
        "Deliverables": [], "Reports": [], "Notebooks, readable": [], "Notebooks, as executed": [], "Decisions": [],
        "Other files": [],
    }  # fmt: skip
    for path in sorted(paths(run_folder)):
        if path in (INDEX, "manifest.json"):
            continue
        size = (run_folder / path).lstat().st_size
        shown = path.partition("/")[2] if "/" in path else path
        groups[_group(path)].append({"href": _href(path), "name": shown, "size": _size(size)})
    return {name: links for name, links in groups.items() if links}


def _group(path: str) -> str:
    top = path.partition("/")[0]
    if top in ("deliverables", "reports", "decisions"):
        return top.capitalize()
    if top == "html":
        return "Notebooks, readable"
    return "Notebooks, as executed" if PurePosixPath(path).suffix == ".ipynb" else "Other files"


def _pages(run_folder: Path) -> dict[str, str]:
    """Phase (`01_discovery`) → link to its HTML copy in this run; the last attempt wins."""
    found = {}
    for path in sorted((run_folder / "html").glob("*.html")):
        if path.name != "index.html":
            found[path.stem] = _href(f"html/{path.name}")
    return found


def _href(path: str) -> str:
    return quote(f"../{path}") if not path.startswith("html/") else quote(path.removeprefix("html/"))


def _size(number: int) -> str:
    if number < 1_000:
        return f"{number:,} B"
    return f"{number / 1_000:,.0f} kB" if number < 1_000_000 else f"{number / 1_000_000:,.1f} MB"


def _tone(status: str) -> str:
    word = status.lower()
    return "good" if word.startswith(GOOD) else "bad" if word.startswith(BAD) else "open"


def _duration(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
