"""How far a phase is: one line that renews itself in the notebook, and a file that the runner's terminal reads."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

EVERY = 0.5
"""Seconds between two updates."""


class ProgressLine:
    """Called with (done, total, what). Shows rows, rows a second, the tokens that `tokens` says, and, where the total
    is known, the time left."""

    def __init__(self, path: Path, phase: str, tokens: Callable[[], int] = lambda: 0) -> None:
        self._path = path
        self._phase = phase
        self._tokens = tokens
        self._what = ""
        self._began = self._last = 0.0
        self._display: Any = None

    def __call__(self, done: int, total: int | None, what: str) -> None:
        now = time.monotonic()
        if what != self._what:
            self._what, self._began, self._last, self._display = what, now, 0.0, None
        if (total is None or done < total) and now - self._last < EVERY:
            return
        self._last = now
        rate = done / max(now - self._began, 1e-6)
        self._tell(line_of(done, total, what, rate, self._tokens()))

    def _tell(self, text: str) -> None:
        self._path.write_text(json.dumps({"phase": self._phase, "text": text}))
        self._show(text)

    def end(self) -> None:
        """Takes the runner's line away."""
        self._path.unlink(missing_ok=True)

    def _show(self, text: str) -> None:
        from IPython import get_ipython
        from IPython.display import display

        if get_ipython() is None:
            if sys.stderr.isatty():
                sys.stderr.write(f"\r\x1b[K{text}" + ("\n" if text.endswith("done") else ""))
            return
        content = {"text/plain": text}
        if self._display is None:
            self._display = display(content, raw=True, display_id=True)
        else:
            self._display.update(content, raw=True)


def line_of(done: int, total: int | None, what: str, rate: float, tokens: int) -> str:
    """The line. `rate`: rows a second; `tokens`: spent by the phase so far, left out where it has spent none."""
    spent = f" · {tokens:,} tokens" if tokens else ""
    if total is None:
        return f"{what}: {done:,} so far · {rate:,.0f}/s{spent}"
    if done >= total:
        return f"{what}: {total:,} done"
    left = (total - done) / rate if rate else 0.0
    return f"{what}: {done:,} of {total:,} · {rate:,.0f}/s{spent} · {left:,.0f} s left"
