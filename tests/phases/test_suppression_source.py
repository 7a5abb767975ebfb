"""What counts as a source of opt-outs: a file with a row, or a column with a word in it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from nrpd.gates import GateWaiting
from nrpd.loader.source_view import Tables
from nrpd.netresults.records import Quarantined
from nrpd.phases.estimating import suppression_source

CONTACT = {"contact_id": "1", "email": "a@x.example"}


def _source(contacts: list[dict[str, str]], suppressions: list[dict[str, str]], accepted: Any = None) -> str:
    tables = Tables({"contacts": contacts, "suppressions": suppressions}, [], {}, {})
    journal = SimpleNamespace(noted=lambda key: accepted if key == "accept_no_suppressions" else None)
    return suppression_source(SimpleNamespace(tables=tables, journal=journal))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("contacts", "suppressions", "source"),
    [
        ([CONTACT], [{"email": "b@x.example"}], "file"),
        ([{**CONTACT, "unsubscribed": "no"}], [], "columns"),
        ([{**CONTACT, "bounced": "yes"}], [], "columns"),
        ([{**CONTACT, "consent": "true"}], [], "columns"),
        ([], [], "columns"),
    ],
)
def test_sources(contacts: list[dict[str, str]], suppressions: list[dict[str, str]], source: str) -> None:
    assert _source(contacts, suppressions) == source


def test_a_file_whose_rows_are_all_torn_is_one() -> None:
    torn = Quarantined("suppressions", "", "b@x.example", "s.csv", 2, "5 values, 4 columns")
    step = SimpleNamespace(tables=Tables({"contacts": [CONTACT]}, [torn], {}, {}), journal=None)
    assert suppression_source(step) == "file"  # type: ignore[arg-type]


@pytest.mark.parametrize("contact", [CONTACT, {**CONTACT, "unsubscribed": "", "bounced": ""}])
def test_without_one_somebody_must_say_so(contact: dict[str, str]) -> None:
    with pytest.raises(GateWaiting, match="nothing that says who must not be mailed"):
        _source([contact], [])
    assert _source([contact], [], {"by": "Ada", "at": "2026-01-02T03:04:05Z"}) == (
        "none; accepted by Ada at 2026-01-02T03:04:05Z"
    )
