"""Issue "Pipedrive", Show 7: a rehearsal against a lived-in account foresees the real run.

The account stands for the customer's own: a server on loopback that knows most people and firms of the export already.
The budget is so small that the run takes days. The phases are those of `nrpd run`, without notebooks around them;
`tests/test_cli.py` rehearses with notebooks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from typer.testing import CliRunner

from nrpd import cli
from nrpd.sandbox import Sandbox
from tests.e2e import living
from tests.e2e.runs import OUTCOMES, TOKEN_VARIABLE, lines_of
from tests.support.in_process import phases_here, run

PLAN, SEATS, SHARE = "growth", 1, 0.06
DAY = 86_400


@dataclass
class Foreseen:
    """What the rehearsal said, and what then happened."""

    code: int
    out: str
    folder: Path
    """Of the rehearsal."""
    document: dict[str, Any]
    untouched: bool
    figures: dict[str, Any] = field(default_factory=dict)
    message: str = ""
    tokens: int = 0
    days: int = 1


@pytest.fixture(scope="module")
def foreseen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Foreseen]:
    folder = tmp_path_factory.mktemp("living")
    living.export(folder / "export")
    living.delta(folder / "delta")
    fixture = living.account(folder / "account.json")
    store = folder / "account.sqlite"
    with (
        Sandbox(store, plan=PLAN, seats=SEATS, burst=False, fixture=fixture) as box,
        pytest.MonkeyPatch.context() as environment,
    ):
        environment.setenv(TOKEN_VARIABLE, box.token)
        living.live_in(lambda *request: send(box, *request))
        path = parameters(folder, box)
        held = box.export()
        with phases_here():
            said = CliRunner().invoke(cli.app, ["rehearse", str(path)])
        where = folder / "runs" / "living" / "rehearsal"
        document = yaml.safe_load((where / "report.json").read_text(encoding="utf-8"))
        made = Foreseen(said.exit_code, said.output, where, document, box.export() == held)
        before = box.tokens_in_all()
        while (outcome := run(path)).exit_code == 5:
            made.figures |= {phase: outcome.figures[phase] for phase in outcome.executed}
            box.advance(DAY)
            made.days += 1
        made.figures |= {phase: outcome.figures[phase] for phase in outcome.executed}
        made.message, made.tokens = outcome.message, box.tokens_in_all() - before
        yield made


def send(box: Sandbox, method: str, path: str, body: Any = None) -> Any:
    """The data of an answer."""
    answer = httpx.request(method, f"{box.base_url}{path}", json=body, headers={"x-api-token": box.token}, timeout=30)
    answer.raise_for_status()
    return answer.json()["data"]


def parameters(folder: Path, box: Sandbox) -> Path:
    content = {
        "customer": "living", "runs_root": "runs",
        "source": {"export": "export", "timezone": "America/Denver",
                   "delta_export": {"path": "delta", "kind": "changed_since"}},
        "destination": {"kind": "pipedrive", "base_url": box.base_url, "token_env": TOKEN_VARIABLE, "plan": PLAN,
                        "seats": SEATS, "daily_token_share": SHARE},
        "policies": {"sample_size": 100}, "gates": "auto",
    }  # fmt: skip
    path = folder / "living.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


def test_the_account_was_only_read(foreseen: Foreseen) -> None:
    assert foreseen.code == 0, foreseen.out
    assert foreseen.untouched


def test_every_outcome_is_foreseen_exactly(foreseen: Foreseen) -> None:
    assert foreseen.message == ""
    assert len(foreseen.figures) == 12
    said, happened = dict(lines_of(foreseen.document)), dict(lines_of({"phases": foreseen.figures}))
    assert said.keys() == happened.keys()
    counted = ("source", *OUTCOMES, "skipped", "quarantined", "fields_compared", "fields_different")
    for name in happened:
        assert {k: said[name][k] for k in counted} == {k: happened[name][k] for k in counted}, name
    assert happened["08_persons/contacts"]["adopted"] > 20
    assert happened["07_organizations/companies"]["adopted"] > 10
    assert happened["11_cutover/contacts"]["updated"] >= 2
    assert {"contacts", "email_sends", "notes", "files"} <= {
        name.partition("/")[2] for name, line in happened.items() if line["quarantined"]
    }


def test_tokens_and_days_are_foreseen(foreseen: Foreseen) -> None:
    assert foreseen.document["tokens"] == pytest.approx(foreseen.tokens, rel=0.02)
    assert foreseen.document["days"] == foreseen.days > 1


def test_the_cost_of_the_copy_is_said_first(foreseen: Foreseen) -> None:
    first, second = foreseen.out.splitlines()[:2]
    assert first.startswith(f"Copying the account costs at most {foreseen.document['copied']['tokens_at_most']} tokens")
    assert second == f"Copied for {foreseen.document['copied']['tokens']} tokens."


def test_the_report_says_what_would_be_done_and_what_would_fail(foreseen: Foreseen) -> None:
    text = (foreseen.folder / "report.md").read_text(encoding="utf-8")
    cost = f"The live run would spend about {foreseen.document['tokens']:,} tokens and take {foreseen.days} days"
    assert cost in text
    assert cost in foreseen.out
    assert foreseen.document["would_fail"]
    for line in foreseen.document["would_fail"]:
        assert line in foreseen.out
    assert (foreseen.folder / "reports" / "quarantine.csv").is_file()
    assert not (foreseen.folder / "account.json").exists(), "without --keep nothing is left of the copy"
    assert not (foreseen.folder / "runs").exists()
