"""One later export after another: nothing of the earlier one is forgotten, and nothing is written twice."""

from __future__ import annotations

import csv
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from tests.support import small
from tests.support.account import served
from tests.support.in_process import run

CHANGED = ("Contact ID", "Email Address", "First Name", "Last Name", "Lead Score", "Last Modified Date")
OPT_OUTS = ("Email Address", "Reason", "Date")
CALLS = ("Contact ID", "Type", "Subject", "Date", "Text")
NEW = "new@comer.example"


def table(path: Path, header: Sequence[str], *rows: Sequence[str]) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([header, *rows])


def test_a_second_export_of_changes_must_hold_the_first(tmp_path: Path) -> None:
    small.export(tmp_path / "export")
    first, second, both = (tmp_path / name for name in ("first", "second", "both"))
    table(
        first / "contacts.csv", CHANGED, ("110", small.address(10), "First10", "Last10", "555", "2025-06-01 09:00:00")
    )
    table(first / "suppressions.csv", OPT_OUTS, (NEW, "Unsubscribed", "2025-06-01"))
    table(
        second / "changes.csv", CHANGED,
        ("111", small.address(11), "First11", "Last11", "777", "2025-06-09 09:00:00"),
        ("150", NEW, "New", "Comer", "1", "2025-06-09 09:00:00"),
    )  # fmt: skip
    shutil.copytree(first, both)
    shutil.copytree(second, both, dirs_exist_ok=True)
    with served(tmp_path) as customer:
        scores = []
        for folder, code in ((first, 0), (second, 2), (both, 0)):
            customer.change(source={"delta_export": {"path": str(folder), "kind": "changed_since"}})
            made = run(customer.path)
            assert made.exit_code == code, made.message
            assert code == 0 or "first was loaded before" in made.message
            people = customer.all("persons")
            scores.append([people[f"First{n} Last{n}"]["custom_fields"]["Lead Score"] for n in (10, 11)])
        assert scores == [[555, 33], [555, 33], [555, 777]]
        assert people["New Comer"]["custom_fields"]["Suppression status"] == "suppressed"


def test_calls_without_an_id_are_not_doubled_by_a_later_export(tmp_path: Path) -> None:
    calls = [
        ("110", "Call", "Called them", "2025-01-10 10:00:00", "x"),
        ("111", "Meeting", "Met", "2025-01-11 10:00:00", ""),
    ]
    for name, more in (("export", []), ("delta", [("110", "Call", "Called again", "2025-02-10 10:00:00", "y")])):
        small.export(tmp_path / name)
        table(tmp_path / name / "activities.csv", CALLS, *more, *calls)
    with served(tmp_path, source={"delta_export": {"path": str(tmp_path / "delta"), "kind": "full"}}) as customer:
        assert run(customer.path).exit_code == 0
        time.sleep(0)
        subjects = [a["subject"] for a in customer.box.export()["activities"] if not a["subject"].startswith("News")]
    assert sorted(subjects) == ["Called again", "Called them", "Met"]
