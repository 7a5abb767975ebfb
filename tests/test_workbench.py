"""What the commands besides `run` work out, where it needs no account."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from nrpd import workbench
from nrpd.cli import app
from nrpd.errors import BadInput
from nrpd.gates import PHASES
from nrpd.lab import due_phase
from nrpd.parameters import Destination, Parameters
from nrpd.phases import figures, proposing
from nrpd.phases.session import Session
from tests.support import small
from tests.support.customer import ROOT


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        (None, None), ("08_persons", "08_persons"), ("08", "08_persons"), ("persons", "08_persons"),
        ("suppression", "05_suppression"), ("suppression_pass", "10_suppression_pass"), ("12", "12_handover"),
    ],
)  # fmt: skip
def test_a_phase_by_name_number_or_word(name: str | None, wanted: str | None) -> None:
    assert workbench.phase_named(name) == wanted


@pytest.mark.parametrize("name", ["", "8", "person", "13", "rollback", "08_Persons"])
def test_what_is_no_phase(name: str) -> None:
    with pytest.raises(BadInput, match="no such phase; known are 01_discovery"):
        workbench.phase_named(name)


@pytest.mark.parametrize("name", ["", "a b", "../x", "a/b", "x" * 65, "ü"])
def test_names_that_no_customer_can_have(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match="a customer's name"):
        workbench.new_parameters(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_explained_file_fits_the_model(tmp_path: Path) -> None:
    path = workbench.new_parameters("acme-3", tmp_path)
    text = path.read_text(encoding="utf-8")
    parameters = Parameters.model_validate(yaml.safe_load(text))
    assert parameters.customer == "acme-3"
    assert parameters.gates == "manual"
    keys = {name for name, field in Parameters.model_fields.items() if name != "wanted"} | {"schema"}
    assert all(f"{key}:" in text for key in keys)


HERE = ("http://127.0.0.1:8080", "http://localhost:8080")
ELSEWHERE = ("https://acme.pipedrive.com", "https://api.pipedrive.com")


@pytest.mark.parametrize("base_url", [*HERE, *ELSEWHERE, None])
def test_a_rollback_elsewhere_wants_the_digest_of_its_plan(base_url: str | None) -> None:
    where = {"kind": "sandbox"} if base_url is None else {"base_url": base_url, "token_env": "TOKEN"}
    destination = Destination.model_validate({**where, "plan": "growth"})
    workbench.demand_plan(destination, "d" * 64)
    for none in (None, ""):
        if base_url in ELSEWHERE:
            with pytest.raises(BadInput, match=r"nothing was undone.*--plan-digest must name the plan"):
                workbench.demand_plan(destination, none)
        else:
            workbench.demand_plan(destination, none)


def test_the_command_refuses_before_anything_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No connection is made; with a digest it would be."""

    class Refusing:
        def __init__(self, base_url: str, *_: Any, **__: Any) -> None:
            raise ConnectionError(f"asked {base_url}")

    monkeypatch.setattr(Session, "client_type", Refusing)
    monkeypatch.setenv("NRPD_ELSEWHERE", "not a token")
    small.export(tmp_path / "export")
    destination = {"kind": "pipedrive", "base_url": ELSEWHERE[0], "token_env": "NRPD_ELSEWHERE"}
    path = small.parameters(tmp_path, "acme", destination=destination)
    refused = CliRunner().invoke(app, ["rollback", str(path), "--by", "Ada"])
    assert refused.exit_code == 2
    assert "--plan-digest must name the plan" in refused.stderr
    named = CliRunner().invoke(app, ["rollback", str(path), "--by", "Ada", "--plan-digest", "d" * 64])
    assert f"asked {ELSEWHERE[0]}" in str(named.stderr) + str(named.exception)


def test_help_and_readme_name_the_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    said = " ".join(CliRunner().invoke(app, ["rollback", "--help"]).stdout.split())
    assert "--by NAME --plan-digest D" in said
    assert "may be left out only for an account on this machine" in said
    assert "`nrpd rollback PARAMETERS --by NAME --plan-digest D`" in (ROOT / "README.md").read_text(encoding="utf-8")


def _line(**values: Any) -> dict[str, Any]:
    return {**figures.blank(), **values}


def test_rows_are_counted_once_and_tokens_all() -> None:
    phases = {
        "06_sample": {"contacts": _line(source=5, created=5, tokens=10, fields_compared=50)},
        "08_persons": {
            "contacts": _line(
                source=20, created=12, adopted=1, unchanged=5, skipped={"merged": 1}, quarantined={"no name": 1},
                tokens=30, fields_compared=200,
            )
        },
        "11_cutover": {"contacts": _line(source=3, created=1, updated=2, tokens=7, fields_compared=210)},
    }  # fmt: skip
    (line,) = figures.totals(phases).values()
    assert line == {
        "source": 23, "created": 18, "updated": 2, "adopted": 1, "skipped": 1, "quarantined": 1, "fields_compared": 210,
        "fields_different": 0, "tokens": 47,
    }  # fmt: skip


TSV: list[tuple[str, str]] = [
    ("header\tvalues\nEmail\ta\n", "expected the columns header, object"),
    ("header,object\nEmail,contacts\n", "expected the columns header, object"),
    ("", "expected the columns header, object"),
    ("header\tobject\nEmail\tpeople\n", "row 2: unknown object 'people'"),
    ("header\tobject\nEmail\tcontacts\nName\t\n", "row 3: unknown object ''"),
]


@pytest.mark.parametrize(("text", "says"), TSV)
def test_a_file_of_headers_that_cannot_be_used(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "headers.tsv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=says):
        proposing.propose(path)


def test_headers_keep_their_order_and_their_text(tmp_path: Path) -> None:
    path = tmp_path / "headers.tsv"
    path.write_text(
        "\ufeffheader\tobject\tvalues\nZip\tcontacts\t\nE-Mail\tcontacts\ta@b.example\nE-Mail\tcontacts\t\n"
        "Ünïque\tcompanies\tja|nein\nSent At\temail_sends\n",
        encoding="utf-8",
    )
    found = proposing.propose(path)
    assert [(f["header"], f["object"], f["column"]) for f in found] == [
        ("Zip", "contacts", "postal_code"),
        ("E-Mail", "contacts", "email"),
        ("E-Mail", "contacts", "email"),
        ("Ünïque", "companies", None),
        ("Sent At", "email_sends", "sent_at"),
    ]
    assert all(0 <= f["confidence"] <= 1 and f["reason"] for f in found)


@pytest.mark.parametrize(
    ("codes", "worst"),
    [((0, 0), 0), ((0, 3), 3), ((3, 5), 5), ((5, 6), 6), ((6, 2), 2), ((2, 4), 4), ((4, 1), 1), ((0, 1, 3), 1)],
)
def test_a_batch_ends_with_its_worst(monkeypatch: pytest.MonkeyPatch, codes: tuple[int, ...], worst: int) -> None:
    ends = iter(codes)
    monkeypatch.setattr(workbench, "_run_one", lambda path: {"parameters": str(path), "exit_code": next(ends)})
    found = workbench.batch([Path(f"{n}.yaml") for n in range(len(codes))], 1)
    assert found["exit_code"] == worst
    assert [line["exit_code"] for line in found["customers"]] == list(codes)


def test_phases_in_the_closing_table_exist() -> None:
    assert set(figures.COUNTED_IN) <= set(PHASES)


@pytest.mark.parametrize(
    ("done", "gates", "due"),
    [
        (0, {}, "01_discovery"),
        (1, {"preflight": "waiting"}, "01_discovery"),
        (2, {"preflight": "confirmed", "mapping": "stale"}, "02_mapping"),
        (2, {"preflight": "confirmed", "mapping": "confirmed"}, "03_owners"),
        (12, {"cutover": "confirmed", "rollback": "waiting"}, "01_discovery"),
    ],
)
def test_the_lab_opens_what_is_due(done: int, gates: dict[str, str], due: str) -> None:
    state: Any = SimpleNamespace(
        gates=SimpleNamespace(status=lambda gate: SimpleNamespace(status=gates.get(gate, "to do"))),
        journal=SimpleNamespace(completed=lambda phase: phase if PHASES.index(phase) < done else None),
    )
    assert due_phase(state) == due
