"""When a phase is due again because of what it worked on."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from nrpd.netresults.records import address_hash
from nrpd.phases.inputs import inputs_of, is_complete


@pytest.mark.parametrize(("phase", "due"), [("01_discovery", True), ("05_suppression", False)])
def test_discovery_is_due_again_when_somebody_was_erased(tmp_path: Path, phase: str, due: bool) -> None:
    erased = tmp_path / "erased.txt"
    erased.write_text(f"# who asked\n{address_hash('a@x.example')}\n", encoding="utf-8")
    journal = SimpleNamespace(completed=lambda _: SimpleNamespace(inputs=before))
    session = SimpleNamespace(
        parameters=SimpleNamespace(source=SimpleNamespace(erased=erased)), journal=journal,
        workspace=SimpleNamespace(staged=tmp_path, decisions=tmp_path),
    )  # fmt: skip
    before = inputs_of(session, phase)  # type: ignore[arg-type]
    assert is_complete(session, phase)  # type: ignore[arg-type]
    erased.write_text(f"{address_hash('a@x.example')}\n{address_hash('b@x.example')}\n", encoding="utf-8")
    assert is_complete(session, phase) is not due  # type: ignore[arg-type]
