"""How far a phase is: one line that renews itself in the notebook, and a file that the runner's terminal reads."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

EVERY = 0.5
"""Seconds between two updates."""


class ProgressLine:
    """Called with (done, total, what). Shows rows, rows a second and the time left."""

    def __init__(self, path: Path, phase: str) -> None:
        self._path = path
        self._phase = phase
        self._what = ""
        self._began = self._last = 0.0
        self._display: Any = None

    def __call__(self, done: int, total: int, what: str) -> None:
        now = time.monotonic()
        if what != self._what:
            self._what, self._began, self._last, self._display = what, now, 0.0, None
        if done < total and now - self._last < EVERY:
            return
        self._last = now
        rate = done / max(now - self._began, 1e-6)
        left = (total - done) / rate if rate else 0.0
        text = (
            f"{what}: {done:,} of {total:,} · {rate:,.0f}/s · {left:,.0f} s left"
            if done < total
            else f"{what}: {total:,} done"
        )
        self._path.write_text(json.dumps({"phase": self._phase, "text": text}))
        self._show(text)

    def end(self) -> None:
        """Takes the runner's line away."""
        self._path.unlink(missing_ok=True)

    def _show(self, text: str) -> None:
        from IPython import get_ipython
        from IPython.display import display

        if get_ipython() is None:
            return
        content = {"text/plain": text}
        if self._display is None:
            self._display = display(content, raw=True, display_id=True)
        else:
            self._display.update(content, raw=True)
