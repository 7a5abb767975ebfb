"""A copy of an account holds what the account holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from nrpd.phases.rehearsal import prepare
from nrpd.phases.session import Session
from nrpd.sandbox import Sandbox
from tests.support import small

TOKEN_VARIABLE = "NRPD_TEST_TOKEN"


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, Any], dict[str, Any], Path]:
    """What the account holds, what a sandbox made of the copy holds, and the parameters of the rehearsal."""
    small.export(tmp_path / "export")
    fixture = small.account(tmp_path / "account.json")
    with Sandbox(tmp_path / "account.sqlite", burst=False, fixture=fixture) as box:
        monkeypatch.setenv(TOKEN_VARIABLE, box.token)
        destination = {"kind": "pipedrive", "base_url": box.base_url, "token_env": TOKEN_VARIABLE}
        path = small.parameters(tmp_path, "acme", destination=destination)
        before = box.export()
        with Session(path) as session:
            parameters = prepare(session)
        assert box.export() == before
    made = parameters.parent / "account.json"
    return before, Sandbox(tmp_path / "copy.sqlite", fixture=made).export(), parameters


def test_the_copy_is_the_account(copied: tuple[dict[str, Any], dict[str, Any], Path]) -> None:
    account, copy, _ = copied
    for kind in ("users", "persons", "organizations", "deals"):
        assert [_plain(item) for item in copy[kind]] == [_plain(item) for item in account[kind]], kind
    assert _stages(copy) == _stages(account)
    types = [[(t["name"], t["key_string"]) for t in held["activity_types"]] for held in (copy, account)]
    assert types[0] == types[1]
    for kind in ("person_fields", "organization_fields", "deal_fields"):
        assert [(f["field_name"], f["field_type"]) for f in copy[kind]] == [
            (f["field_name"], f["field_type"]) for f in account[kind]
        ]


def test_the_rehearsal_stays_on_this_machine(copied: tuple[dict[str, Any], dict[str, Any], Path]) -> None:
    parameters = yaml.safe_load(copied[2].read_text(encoding="utf-8"))
    assert parameters["destination"]["kind"] == "sandbox"
    assert not {"base_url", "token_env"} & set(parameters["destination"])
    assert parameters["gates"] == "auto"
    assert parameters["customer"] == "acme-rehearsal"
    assert "/rehearsal/runs" in Path(parameters["runs_root"]).as_posix()


def _stages(held: dict[str, Any]) -> list[Any]:
    return [(p["id"], p["name"], [(s["id"], s["name"]) for s in p["stages"]]) for p in held["pipelines"]]


def _plain(item: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in item.items() if v not in (None, "", [], {}) and k in COMPARED}


COMPARED = (
    "id", "name", "title", "email", "emails", "org_id", "owner_id", "person_id", "custom_fields", "add_time", "status",
    "value", "active_flag", "admin", "is_you", "key_string",
)  # fmt: skip
