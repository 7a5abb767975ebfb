"""Issue "Exactly once", Show 3: an account that says yes and stores something else is found out, field by field."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from nrpd import runbook
from nrpd.sandbox import Sandbox
from tests.support.account import TOKEN_VARIABLE, served
from tests.support.in_process import phases_here, run

FAULTS = [
    ("silent=Lead Score", "contacts: Lead Score (20)", "found None"),
    ("swap=Favorite Product", "contacts: Favorite Product (20)", "kit"),
    ("shift=due_time", "email_sends: due_", "expected"),
    ("cut=note", "email_sends: note (30)", "expected"),
]


@dataclass(frozen=True)
class Prepared:
    """The tiny customer with its fields made, before its sample."""

    folder: Path
    token: str

    @contextmanager
    def copy(self, folder: Path) -> Iterator[tuple[Path, Sandbox]]:
        """A copy of customer and account."""
        shutil.copytree(self.folder, folder)
        with Sandbox(folder / "account.sqlite", plan="ultimate", burst=False, token=self.token) as box:
            path = folder / "acme.yaml"
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
            content["destination"]["base_url"] = box.base_url
            path.write_text(yaml.safe_dump(content), encoding="utf-8")
            yield path, box


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    folder = tmp_path_factory.mktemp("prepared")
    with served(folder) as box:
        outcome = run(box.path, "05_suppression")
        assert outcome.exit_code == 0, outcome.message
        return Prepared(folder, box.box.token)


@pytest.mark.parametrize(("fault", "named", "example"), FAULTS, ids=[fault for fault, _, _ in FAULTS])
def test_what_the_account_stored_otherwise_is_named_and_stops_the_run(
    prepared: Prepared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str, named: str, example: str
) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, prepared.token)
    with prepared.copy(tmp_path / "copy") as (path, box), phases_here():
        box.set_faults(fault)
        outcome = run(path, "06_sample")
        assert outcome.exit_code == 4
        assert named in outcome.message
        assert example in outcome.message
        assert "(record " in outcome.message, "a record is named"
        following = runbook.run(path, runbook.Options(only="07_organizations"), lambda *_: None)
        assert following.exit_code == 3
        assert "06_sample is not complete" in following.message
        box.set_faults("")
        healed = run(path, "06_sample")
        assert healed.exit_code == 0, healed.message
