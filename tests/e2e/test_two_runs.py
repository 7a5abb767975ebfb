"""Issue "Exactly once", Show 6: of two runs of one customer, or of one account, the second ends with exit 6."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import yaml

from nrpd import runbook
from nrpd.phases.session import Session
from nrpd.pipedrive.client import Client
from tests.support.account import TOKEN_VARIABLE, Served, served
from tests.support.customer import python
from tests.support.in_process import phases_here, run


def beside(path: Path, environment: dict[str, str]) -> int:
    """`nrpd run` in a process of its own, at the same time. Returns its exit code."""
    return python("-m", "nrpd", "run", str(path), "--only", "06_sample", environment=environment).code


def test_the_second_run_ends_with_exit_6_and_harms_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with served(tmp_path / "one") as box, phases_here():
        assert run(box.path, "05_suppression").exit_code == 0
        codes: list[int] = []
        monkeypatch.setattr(Session, "client_type", _calling_at_the_first_person(box, codes))
        outcome = runbook.run(box.path, runbook.Options(only="06_sample"), lambda *_: None)
        assert codes == [6, 6], "the same customer, and another customer of the same account"
        assert outcome.exit_code == 0, outcome.message
        assert len(box.all("persons")) == 21, "nobody twice"


def _calling_at_the_first_person(box: Served, codes: list[int]) -> type[Client]:
    """A client in whose first write of a person two other runs are started, and seen to end."""
    once = threading.Lock()

    class Calling(Client):
        def request(self, method: str, path: str, **arguments: object) -> object:  # type: ignore[override]
            if method == "POST" and path == "/api/v2/persons" and once.acquire(blocking=False):
                codes.append(beside(box.path, {TOKEN_VARIABLE: box.box.token}))
                codes.append(_another_customer(box))
            return super().request(method, path, **arguments)  # type: ignore[arg-type]

    return Calling


def _another_customer(box: Served) -> int:
    """Another customer of the same account and the same runs_root wants to write."""
    content = yaml.safe_load(box.path.read_text(encoding="utf-8"))
    path = box.path.with_name("other.yaml")
    path.write_text(yaml.safe_dump({**content, "customer": "other"}), encoding="utf-8")
    environment = {TOKEN_VARIABLE: box.box.token}
    return python("-m", "nrpd", "run", str(path), "--to", "06_sample", environment=environment).code
