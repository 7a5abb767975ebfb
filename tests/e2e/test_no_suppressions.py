"""Issue "Net-Results", Show 6: contacts without any suppression source stop the runbook before the first write."""

from __future__ import annotations

from pathlib import Path

from nrpd.sandbox import Sandbox
from tests.e2e.runs import Customer, small
from tests.support import small as people


def _customer(folder: Path, box: Sandbox) -> Customer:
    export = people.export(folder / "export")
    (export / "suppressions.csv").unlink()
    (folder / "erased.txt").write_text("", encoding="utf-8")
    return small(folder / "customer", export, box.base_url, box.token)


def test_the_runbook_stops_says_why_and_takes_a_named_decision(tmp_path: Path) -> None:
    with Sandbox(tmp_path / "account.sqlite", fixture=people.account(tmp_path / "account.json"), burst=False) as box:
        customer, before = _customer(tmp_path, box), box.export()
        ended = customer.nrpd("run")
        assert ended.code == 3, ended
        assert "nothing that says who must not be mailed" in ended.err
        assert "--accept-no-suppressions NAME" in ended.err
        assert "nothing was written" in ended.err
        assert box.export() == before
        assert customer.query("SELECT count(*) FROM writes") == [(0,)]
        assert not (customer.folder / "decisions" / "preflight.yaml").exists()
        accepted = customer.nrpd("run", "--to", "01_discovery", "--accept-no-suppressions", "Ada Lovelace")
        assert accepted.code == 0, accepted
        assert box.export() == before
    preflight = (customer.folder / "decisions" / "preflight.yaml").read_text(encoding="utf-8")
    assert customer.query("SELECT count(*) FROM writes") == [(0,)]
    (noted,) = customer.query("SELECT value FROM notes WHERE key = 'accept_no_suppressions'")
    assert "Ada Lovelace" in noted[0]
    assert preflight
