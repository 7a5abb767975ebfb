"""Figures in a few words, as the strip of phases shows them."""

from __future__ import annotations

from typing import Any

import pytest

from nrpd.phases import figures


def line(**counts: Any) -> dict[str, Any]:
    return {**figures.blank(), **counts}


@pytest.mark.parametrize(
    ("objects", "said"),
    [
        ({}, ""),
        ({"account": line()}, ""),
        (
            {"contacts": line(created=1369, adopted=20, skipped={"merged": 15, "same row": 1}, quarantined={"odd": 3}),
             "account": line()},
            "1,369 created, 20 adopted, 19 kept out",
        ),
        ({"files": line(updated=1), "notes": line(updated=2, unchanged=4)}, "3 updated, 4 unchanged"),
    ],
)  # fmt: skip
def test_in_short(objects: dict[str, Any], said: str) -> None:
    assert figures.in_short(objects) == said
