"""Issue "Net-Results", Show 6: erased people stand in no table, report, notebook, journal or log; only as a count."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from tests.e2e.conftest import Battered, Finished, Sampled
from tests.e2e.small import ERASED
from tests.e2e.test_token import parts

NEEDLES = ("gundula", "gone-forever", "vanished.example", "303-555-0990", "3035550990")


def _content(path: Path) -> bytes:
    """All that a file says, in lower case."""
    if path.suffix == ".parquet":  # compressed: its bytes say nothing
        return repr(pq.read_table(path).to_pylist()).encode().lower()
    return b"\0".join(content for _, content in parts(path.name, path.read_bytes())).lower()


def test_erased_people_stand_nowhere(finished: Finished, sampled: Sampled, battered: Battered) -> None:
    assert ERASED[0].lower() in NEEDLES
    read = 0
    for root in (finished.customer.runs_root, battered.left.customer.runs_root, sampled.customer.runs_root):
        for path in root.rglob("*"):
            if path.is_file():
                content = _content(path)
                read += 1
                found = [n for n in NEEDLES for form in ("utf-8", "utf-16-le") if n.encode(form) in content]
                assert not found, f"{path} holds {found}"
    assert read > 200
    assert not [needle for needle in NEEDLES if needle in (finished.ended.out + finished.ended.err).lower()]
    assert not [needle for needle in NEEDLES if needle in repr(finished.picture).lower()]


def test_they_are_counted(finished: Finished) -> None:
    source = finished.ended.document["phases"]["01_discovery"]
    counted = {name: line["skipped"].get("erased", 0) for name, line in source.items()}
    assert {name: count for name, count in counted.items() if count} == {
        "contacts": 3, "suppressions": 1, "notes": 1, "email_sends": 1,
    }  # fmt: skip


def test_the_export_does_hold_them(sampled: Sampled) -> None:
    """What is looked for above is there to be found."""
    held = "".join(path.read_text(encoding="utf-8") for path in sampled.export.glob("former_*.csv")).lower()
    assert [needle for needle in NEEDLES if needle not in held] == ["3035550990"]
