from __future__ import annotations

from datetime import date

import pytest

from nrpd.matching.consent import OptIn, consent_missing, opted_out, proven_opt_in, reasons_of
from tests.matching.helpers import rows, when


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Hard Bounce", ("hard bounce",)),
        ("bounced", ("hard bounce",)),
        ("invalid e-mail", ("hard bounce",)),
        ("Unsubscribed", ("unsubscribe",)),
        ("global unsubscribe", ("unsubscribe",)),
        ("opt-out", ("unsubscribe",)),
        ("Opted Out", ("unsubscribe",)),
        ("spam", ("complaint",)),
        ("Spam complaint", ("complaint",)),
        ("abuse report", ("complaint",)),
        ("manual", ("manual",)),
        ("Do Not Contact", ("manual",)),
        ("blacklist", ("manual",)),
        ("GDPR", ("no consent",)),
        ("No Consent", ("no consent",)),
        ("consent withdrawn", ("no consent",)),
        ("unsubscribe; hard bounce", ("hard bounce", "unsubscribe")),
        ("spam, whatever", ("complaint",)),
        ("soft bounce", ("unknown",)),
        ("Mailbox full", ("unknown",)),
        ("", ("unknown",)),
        ("false", ("unknown",)),
        ("???", ("unknown",)),
        ("17", ("unknown",)),
    ],
)
def test_reasons(words: str, expected: tuple[str, ...]) -> None:
    assert reasons_of(words) == expected


@pytest.mark.parametrize(
    ("cell", "out", "missing"),
    [
        ("", False, False), (" \u200b", False, False), ("0", False, True), ("no", False, True), ("false", False, True),
        ("N", False, True), ("FALSE ", False, True), ("1", True, False), ("TRUE", True, False), ("Yes", True, False),
        ("Y ", True, False), ("x", True, True), ("2", True, True), ("unknown", True, True), ("implied", True, True),
        ("2024-01-01", True, True), ("null", True, True),
    ],
)  # fmt: skip
def test_cells_of_suppression_columns(cell: str, out: bool, missing: bool) -> None:
    assert (opted_out(cell), consent_missing(cell)) == (out, missing)


TODAY = date(2026, 1, 1)
PROVEN = {"consent": "Yes", "opt_in_date": "2025-03-01", "lead_source": "Web form"}


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([PROVEN], OptIn("consent=Yes", date(2025, 3, 1), "Web form")),
        ([{**PROVEN, "opt_in_date": "2024-03-01"}, PROVEN], OptIn("consent=Yes", date(2025, 3, 1), "Web form")),
        ([{**PROVEN, "consent": ""}], None),
        ([{**PROVEN, "consent": "implied"}], None),
        ([{**PROVEN, "consent": "No"}], None),
        ([{**PROVEN, "opt_in_date": ""}], None),
        ([{**PROVEN, "opt_in_date": "soon"}], None),
        ([{**PROVEN, "opt_in_date": "2026-01-02"}], None),
        ([{**PROVEN, "lead_source": " "}], None),
        # What is proven comes out of one row, and one denial outweighs any proof.
        ([{**PROVEN, "lead_source": ""}, {**PROVEN, "opt_in_date": ""}], None),
        ([PROVEN, {"consent": "No"}], None),
        ([PROVEN, {"consent": ""}], OptIn("consent=Yes", date(2025, 3, 1), "Web form")),
        ([], None),
    ],
)
def test_an_opt_in_is_proven_by_basis_date_and_source_together(
    cells: list[dict[str, str]], expected: OptIn | None
) -> None:
    assert proven_opt_in(rows("c.csv", *cells), when, TODAY) == expected
