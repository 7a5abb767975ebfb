"""The line that a phase renews while it works."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nrpd.phases.progress import ProgressLine, line_of


@pytest.mark.parametrize(
    ("done", "total", "rate", "tokens", "said"),
    [
        (500, 2000, 50.0, 2500, "persons: 500 of 2,000 · 50/s · 2,500 tokens · 30 s left"),
        (500, 2000, 50.0, 0, "persons: 500 of 2,000 · 50/s · 30 s left"),
        (500, None, 50.0, 20, "persons: 500 so far · 50/s · 20 tokens"),
        (2000, 2000, 50.0, 10_000, "persons: 2,000 done"),
        (0, 2000, 0.0, 5, "persons: 0 of 2,000 · 0/s · 5 tokens · 0 s left"),
    ],
)
def test_the_line(done: int, total: int | None, rate: float, tokens: int, said: str) -> None:
    assert line_of(done, total, "persons", rate, tokens) == said


def test_the_terminal_reads_what_the_phase_spent(tmp_path: Path) -> None:
    line = ProgressLine(tmp_path / "progress.json", "08_persons", lambda: 40)
    line(1, 10, "persons")
    assert "40 tokens" in json.loads((tmp_path / "progress.json").read_text(encoding="utf-8"))["text"]
    line.end()
    assert not (tmp_path / "progress.json").exists()
