"""Where the source wins over what people changed: what an answer at the gate cutover says of each field."""

from __future__ import annotations

from typing import Any

import pytest

from nrpd.errors import BadInput
from nrpd.phases.told import told

KNOWN = ("person/Lead Score", "person/Title", "organization/Title", "organization/City")


@pytest.mark.parametrize(
    ("answer", "wins"),
    [
        (None, []), ("", []), ([], []), (" , ", []),
        ("Title", ["person/Title", "organization/Title"]),
        ("person/Title", ["person/Title"]),
        ("City, Lead Score", ["person/Lead Score", "organization/City"]),
        (["organization/City", "Lead Score"], ["person/Lead Score", "organization/City"]),
        ("all", list(KNOWN)),
    ],
)  # fmt: skip
def test_what_is_named_and_nothing_else(answer: Any, wins: list[str]) -> None:
    found = [one for one in KNOWN if told(answer, one.split("/")[0], KNOWN)(one.split("/")[1])]
    assert found == sorted(wins, key=KNOWN.index)


@pytest.mark.parametrize("answer", ["Scoer", "deal/Title", ["Title", "x"]])
def test_a_name_that_nothing_is_loaded_into_is_refused(answer: Any) -> None:
    with pytest.raises(BadInput, match="take_source: nothing is loaded into a field"):
        told(answer, "person", KNOWN)
