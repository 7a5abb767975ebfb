"""Pictures as PNG: the only form of a plot that needs no script in the reader's browser (facts/toolbox.md)."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from typing import Any

from nrpd.views.html import View, escape
from nrpd.views.tables import table

OUTCOMES: Mapping[str, tuple[str, str]] = {
    "created": ("#1b6b3a", ""), "updated": ("#5aae78", "///"), "adopted": ("#2b6cb0", ""),
    "unchanged": ("#9dc3e6", "..."), "skipped": ("#c9ced4", ""), "quarantined": ("#c0561f", "xxx"),
}  # fmt: skip
"""Outcome → colour and hatching: told apart in print and by readers who do not see the colours."""


def outcomes_picture(
    counts: Mapping[str, Mapping[str, Any]], title: str = "What became of each source row", numbers: View | None = None
) -> View:
    """One bar per object, divided by outcome, with the numbers in a table below it (`numbers`, where they are given).

    `counts`: object → the figures of design.md ("Command line"); `skipped` and `quarantined` may be numbers or
    reason → number. Objects differ in size by orders of magnitude, so each bar shows shares of its own object.
    """
    totals = {name: {key: total(figures.get(key)) for key in OUTCOMES} for name, figures in counts.items()}
    totals = {name: figures for name, figures in totals.items() if sum(figures.values())}
    if not totals:
        return numbers or View(f"<p>{escape(title)}: nothing yet.</p>", f"{title}: nothing yet.")
    rows = [{"object": name, "source": sum(figures.values()), **figures} for name, figures in totals.items()]
    alt = f"{title}. " + " ".join(_sentence(name, figures) for name, figures in totals.items())
    png = base64.b64encode(_draw(totals, title)).decode("ascii")
    figures = numbers or table(rows, title)
    image = f'<img alt="{escape(alt)}" src="data:image/png;base64,{png}">'
    return View(f"<figure style='margin:0'>{image}</figure>{figures.html}", figures.text)


PARTS = (
    ("#2b6cb0", ""), ("#5aae78", "///"), ("#c0561f", "xxx"), ("#7a5195", "..."), ("#9dc3e6", ""), ("#c9ced4", "\\\\\\"),
)  # fmt: skip
"""Colour and hatching of the parts of a bar, in their order."""
MOST_BARS = 40


def bars_picture(counts: Mapping[str, Mapping[str, int]], title: str, label: str) -> View:
    """One bar per line, as long as its sum and divided into parts, with the numbers in a table below it.

    `counts`: name of a line → part → number; `label` heads the column of names. Of more than `MOST_BARS` lines the
    first ones are drawn; the table has them all.
    """
    drawn = {name: parts for name, parts in list(counts.items())[:MOST_BARS] if sum(parts.values())}
    rows = [{label: name, **parts, "all": sum(parts.values())} for name, parts in counts.items()]
    figures = table([{k: v for k, v in row.items() if k != "all" or len(row) > 3} for row in rows], title)
    if not drawn:
        return figures
    alt = f"{title}. " + " ".join(f"{name}: {sum(parts.values()):,}." for name, parts in drawn.items())
    png = base64.b64encode(_draw_bars(drawn, title)).decode("ascii")
    image = f'<img alt="{escape(alt)}" src="data:image/png;base64,{png}">'
    return View(f"<figure style='margin:0'>{image}</figure>{figures.html}", figures.text)


def _draw_bars(counts: Mapping[str, Mapping[str, int]], title: str) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(9.6, 1.15 + 0.34 * len(counts)), dpi=100, layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    names = [name if len(name) <= 32 else f"{name[:31]}…" for name in counts]
    places = range(len(names))
    left = [0] * len(names)
    parts = list(dict.fromkeys(part for line in counts.values() for part in line))
    for n, part in enumerate(parts):
        widths = [line.get(part, 0) for line in counts.values()]
        colour, hatch = PARTS[n % len(PARTS)]
        axes.barh(places, widths, left=left, color=colour, hatch=hatch, edgecolor="white", label=part, height=0.66)
        left = [start + width for start, width in zip(left, widths, strict=True)]
    for place, size in enumerate(left):
        axes.text(size, place, f" {size:,}", va="center", fontsize=9)
    axes.set_yticks(places, names, parse_math=False)
    axes.invert_yaxis()
    axes.set_xlim(0, 1.12 * max(left))
    axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.set_title(title, loc="left", fontsize=11, parse_math=False)
    axes.spines[["top", "right", "left"]].set_visible(False)
    if len(parts) > 1:
        figure.legend(loc="outside lower left", ncols=len(parts), frameon=False, fontsize=9)
    stream = io.BytesIO()
    figure.savefig(stream, format="png", metadata={"Software": None})
    return stream.getvalue()


def total(value: Any) -> int:
    """A count, or the sum of the counts of a mapping reason → count."""
    return sum(map(int, value.values())) if isinstance(value, Mapping) else int(value or 0)


def _sentence(name: str, figures: Mapping[str, int]) -> str:
    parts = [f"{number:,} {key}" for key, number in figures.items() if number]
    return f"{name}: {sum(figures.values()):,} rows, {', '.join(parts)}."


def _draw(totals: Mapping[str, Mapping[str, int]], title: str) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.6, 1.15 + 0.42 * len(totals)), dpi=100, layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    names = list(totals)
    sums = [sum(totals[name].values()) for name in names]
    left = [0.0] * len(names)
    for outcome, (colour, hatch) in OUTCOMES.items():
        shares = [100 * totals[name][outcome] / size for name, size in zip(names, sums, strict=True)]
        if any(shares):
            axes.barh(
                names, shares, left=left, color=colour, hatch=hatch, edgecolor="white", label=outcome, height=0.66
            )
        left = [start + share for start, share in zip(left, shares, strict=True)]
    for place, size in enumerate(sums):
        axes.text(101, place, f"{size:,}", va="center", fontsize=9)
    axes.invert_yaxis()
    axes.set_xlim(0, 112)
    axes.set_xticks([0, 25, 50, 75, 100], ["0 %", "25 %", "50 %", "75 %", "100 %"])
    axes.set_title(title, loc="left", fontsize=11)
    axes.spines[["top", "right", "left"]].set_visible(False)
    figure.legend(loc="outside lower left", ncols=len(OUTCOMES), frameon=False, fontsize=9)
    stream = io.BytesIO()
    figure.savefig(stream, format="png", metadata={"Software": None})
    return stream.getvalue()
