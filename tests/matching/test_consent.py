from __future__ import annotations

import pytest

from nrpd.matching.consent import consent_missing, opted_out, reasons_of


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
