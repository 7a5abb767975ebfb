"""Which fields of deals leads use: a rollback leaves those."""

from __future__ import annotations

from typing import Any

import pytest

from nrpd.phases.undo_schema import used_by_leads
from nrpd.pipedrive.records import Field, Option

FIELDS = (
    Field("deal", "Campaign Name", "c1", "varchar", True, ()),
    Field("deal", "Campaign Type", "c2", "enum", True, (Option(7, "Drip"), Option(8, "Blast"))),
    Field("deal", "Topics", "c3", "set", True, (Option(1, "A"), Option(2, "B"))),
    Field("deal", "Title", "title", "varchar", False, ()),
)


@pytest.mark.parametrize(
    ("lead", "used"),
    [
        ({"title": "A lead"}, {}),
        ({"title": "A lead", "c1": None, "c2": "", "c3": []}, {}),
        ({"c1": "Spring, again"}, {"Campaign Name": {"Spring, again"}}),
        ({"c2": 7}, {"Campaign Type": {"Drip"}}),
        ({"c2": "8", "c3": "1,2"}, {"Campaign Type": {"Blast"}, "Topics": {"A", "B"}}),
        ({"c3": [2]}, {"Topics": {"B"}}),
    ],
)
def test_what_leads_use(lead: dict[str, Any], used: dict[str, set[str]]) -> None:
    assert used_by_leads(FIELDS, [lead]) == used
