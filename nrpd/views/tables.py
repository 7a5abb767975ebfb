"""Tables, the strip of phases, and notices."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nrpd.views.html import View, escape

LONGEST_CELL = 300
_TEXT_CELL = 40
_LONG_WORD = 18
_LONG_TEXT = 90
_TIME = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d)?)?Z?")

STATES: Mapping[str, tuple[str, str]] = {
    "complete": ("good", "✔"), "confirmed": ("good", "✔"), "done": ("good", "✔"), "green": ("good", "✔"),
    "failed": ("bad", "✘"), "differs": ("bad", "✘"), "red": ("bad", "✘"), "refused": ("bad", "✘"),
    "running": ("info", "▶"), "waiting": ("open", "◐"), "paused": ("open", "‖"),
}  # fmt: skip
"""First word of a status → (tone, symbol). A status is always written out too: colour alone says nothing."""

KINDS: Mapping[str, tuple[str, str]] = {
    "ok": ("good", "Good"), "info": ("info", "Note"), "warning": ("open", "Warning"), "problem": ("bad", "Problem"),
    "next": ("info", "Next"),
}  # fmt: skip

GATE_AFTER: Mapping[str, str] = {
    "preflight": "01_discovery", "mapping": "02_mapping", "owners": "03_owners", "suppression": "05_suppression",
    "signoff": "06_sample", "cutover": "11_cutover",
}  # fmt: skip
"""Gate → the phase it follows (design.md, "Phases")."""


def table(rows_or_df: Any, title: str, limit: int = 50, columns: Sequence[str] | None = None, more: str = "") -> View:
    """Rows (mappings) or a data frame as a table of at most `limit` rows; what is left out is said.

    Numbers stand right with thousands separators, mappings and lists on one line, long cells are cut. `columns`
    chooses and orders; `more` says where the whole table is, e.g. `reports/quarantine.csv`.
    """
    rows = rows_of(rows_or_df)
    names = list(columns or dict.fromkeys(key for row in rows for key in row))
    shown = rows[:limit]
    if not rows:
        return View(f"<p><strong>{escape(title)}</strong> None.</p>", f"{title}: none.")
    rest = len(rows) - len(shown)
    left_out = f"{rest:,} more rows are not shown{f'; all of them are in {more}' if more else ''}." if rest else ""
    numeric = {name for name in names if _is_numeric([row.get(name) for row in rows[:1000]])}
    head = "".join(f'<th scope="col"{_right(name in numeric)}>{escape(_heading(name))}</th>' for name in names)
    body = "".join(
        "<tr>" + "".join(_cell(shorten(row.get(name)), name in numeric) for name in names) + "</tr>" for row in shown
    )
    caption = f"<caption>{escape(title)}</caption>" if title else ""
    markup = (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(title or "Table")}"><table>{caption}'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )
    if left_out:
        markup += f"<p>{escape(left_out)}</p>"
    return View(markup, _plain_table(title, names, shown, numeric, left_out))


def rows_of(rows_or_df: Any) -> list[Mapping[str, Any]]:
    """The rows of a data frame or of an iterable of mappings. A mapping of mappings gets its keys as first column."""
    if hasattr(rows_or_df, "to_dict") and hasattr(rows_or_df, "columns"):
        return [dict(row) for row in rows_or_df.to_dict(orient="records")]
    if isinstance(rows_or_df, Mapping):
        return [
            {"": key, **(value if isinstance(value, Mapping) else {"value": value})}
            for key, value in rows_or_df.items()
        ]
    return list(rows_or_df)


def strip(phases: Iterable[Any], gates: Iterable[Any] = ()) -> View:
    """Where a customer stands: the phases in order, each followed by its gate.

    `phases`: (name, status) pairs, or mappings with phase, status and optionally note. `gates`: (gate, status) pairs,
    or mappings with gate, status and optionally by, at, after (the phase it follows).
    """
    after: dict[str, list[dict[str, str]]] = {}
    for gate in map(_entry, gates):
        after.setdefault(gate.get("after") or GATE_AFTER.get(gate["name"], ""), []).append(gate)
    items: list[tuple[str, str, str]] = []
    for phase in map(_entry, phases):
        items.append((phase["name"], phase["status"], phase.get("note", "")))
        for gate in after.pop(phase["name"], ()):
            items.append((f"gate {gate['name']}", gate["status"], _who(gate)))
    for left in after.values():
        items += [(f"gate {gate['name']}", gate["status"], _who(gate)) for gate in left]
    markup = "".join(_step(*item) for item in items)
    text = "\n".join(f"{symbol(status)} {name}: {status}{f' ({note})' if note else ''}" for name, status, note in items)
    return View(f'<ol class="strip" aria-label="Phases and gates">{markup}</ol>', text)


def notice(kind: str, text: str) -> View:
    """A short message. `kind`: ok, info, warning, problem or next (what to do now)."""
    tone, word = KINDS.get(kind, KINDS["info"])
    lines = [line for line in text.split("\n") if line.strip()]
    body = "<br>".join(escape(line) for line in lines)
    role = "alert" if tone == "bad" else "note"
    return View(f'<div class="note {tone}" role="{role}"><strong>{word}:</strong> {body}</div>', f"{word}: {text}")


def symbol(status: str) -> str:
    """The sign of a status; a hollow circle for what has not begun."""
    return _state(status)[1]


def shorten(value: Any, longest: int = LONGEST_CELL) -> str:
    """One value as a cell shows it."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if value.is_integer() else f"{value:,.3g}" if abs(value) < 1 else f"{value:,.2f}"
    if isinstance(value, Mapping) and {"value", "label"} <= value.keys():
        value = f"{value['value']} ({value['label']})"  # an e-mail address or phone number of Pipedrive
    elif isinstance(value, Mapping):
        value = "; ".join(f"{key}: {shorten(item)}" for key, item in value.items())
    elif isinstance(value, list | tuple | set | frozenset):
        value = "; ".join(shorten(item) for item in value)
    text = str(value)
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _entry(item: Any) -> dict[str, str]:
    if isinstance(item, Mapping):
        name = item.get("phase") or item.get("gate") or item.get("name", "")
        return {**{str(key): str(value or "") for key, value in item.items()}, "name": str(name)}
    name, status, *rest = item
    return {"name": str(name), "status": str(status), "note": str(rest[0]) if rest else ""}


def _who(gate: Mapping[str, str]) -> str:
    by, at = gate.get("by", ""), gate.get("at", "")
    return " ".join(part for part in (f"by {by}" if by else "", at, gate.get("note", "")) if part)


def _step(name: str, status: str, note: str) -> str:
    small = f"<small>{escape(note)}</small>" if note else ""
    tone, sign = _state(status)
    return f'<li class="{tone}"><span aria-hidden="true">{sign}</span> {escape(name)}: {escape(status)}{small}</li>'


def _state(status: str) -> tuple[str, str]:
    return STATES.get(status.split()[0].lower() if status.strip() else "", ("", "○"))


def _heading(name: Any) -> str:
    return str(name).replace("_", " ")


def _right(numeric: bool) -> str:
    return ' class="n"' if numeric else ""


def _cell(text: str, numeric: bool) -> str:
    """Dates stay on one line, and only a word that is too long for its column may be broken."""
    if numeric:
        kind = "n"
    elif _TIME.fullmatch(text):
        kind = "whole"
    else:
        long_word = max(map(len, text.split()), default=0) > _LONG_WORD
        kind = "long" if long_word else "text" if len(text) > _LONG_TEXT else ""
    marked = f' class="{kind}"' if kind else ""
    return f"<td{marked}>{escape(text)}</td>"


def _is_numeric(values: Sequence[Any]) -> bool:
    """Whether a column is one of numbers; some may be missing."""
    there = [value for value in values if value is not None]
    return bool(there) and all(map(_is_number, there))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _plain_table(
    title: str, names: Sequence[str], rows: Sequence[Mapping[str, Any]], numeric: set[str], left_out: str
) -> str:
    cells = [[" ".join(shorten(row.get(name), _TEXT_CELL).split()) for name in names] for row in rows]
    widths = [max([len(_heading(name)), *(len(row[n]) for row in cells)]) for n, name in enumerate(names)]
    lines = [[_heading(name) for name in names], ["-" * width for width in widths], *cells]
    shown = [
        "  ".join(
            part.rjust(width) if name in numeric else part.ljust(width)
            for part, width, name in zip(line, widths, names, strict=True)
        ).rstrip()
        for line in lines
    ]
    return "\n".join([*([title] if title else []), *shown, *([left_out] if left_out else [])])
