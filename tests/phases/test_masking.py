"""Whose names a masked copy hides: those of the source, of the account, and of who decided."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from nrpd.errors import BadInput
from nrpd.netresults.staging import stage
from nrpd.phases.masking import masker_of
from nrpd.phases.source import StagingSource
from tests.support import small


def test_everybody_is_known(tmp_path: Path) -> None:
    export = small.export(tmp_path / "export")
    customer = tmp_path / "acme"
    (customer / "decisions").mkdir(parents=True)
    (customer / "decisions" / "signoff.yaml").write_text("by: Kim Tester\nat: 2026-01-01\n")
    (customer / "decisions" / "mapping.yaml").write_text(
        "- {source: City, by: Lee Mapper}\n- {source: Fax, by: auto}\n"
    )
    stage(StagingSource(export, {}, {}, frozenset()), customer / "staged" / "base")
    late = tmp_path / "late"
    late.mkdir()
    (late / "late.csv").write_text("Email Address,Reason\nvery late at home,Unsubscribed\n", encoding="utf-8")
    stage(StagingSource(late, {"suppressions": "*"}, {}, frozenset()), customer / "staged" / "late" / "1234")
    person = {"name": "Someone Else", "emails": [{"value": "else at other"}], "phones": [{"value": "303 555 7788"}]}
    before = {"records": {"person": {"2": person}, "organization": {"1": {"name": "Alder & Sons"}}}}
    (customer / "staged" / "account_before.json.gz").write_bytes(gzip.compress(json.dumps(before).encode()))
    facts = {"facts": {"users": [{"id": 1, "name": "Ines Admin"}]}}
    (customer / "staged" / "account_settings.json").write_text(json.dumps(facts))
    text = masker_of(customer).text
    for said in (
        "First7 Last7", "Dune Textiles", "dune.example", small.address(7), "(303) 555-0207", "Kim Tester",
        "Lee Mapper", "Someone Else", "else at other", "303-555-7788", "Alder & Sons", "Ines Admin", "Omar Seller",
        small.UNKNOWN_OWNER, "very late at home",
    ):  # fmt: skip
        assert said not in text(f"of {said}, 30 rows"), said
        assert text(f"of {said}, 30 rows").endswith(", 30 rows")
    assert text("Boulder, Customer, auto, Pro kit, 200 of 201") == "Boulder, Customer, auto, Pro kit, 200 of 201"


def test_without_the_staged_source_nobody_is_known(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="before nrpd purge"):
        masker_of(tmp_path)
