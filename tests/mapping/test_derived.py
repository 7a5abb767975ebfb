from __future__ import annotations

from nrpd.mapping.derived import derived
from nrpd.pipedrive.records import Target
from tests.mapping.support import account, custom, row, standard


def test_derived_fields_reuse_what_is_there_and_leave_out_what_a_column_fills() -> None:
    rows = [row("contact_id", "Net-Results ID", "varchar", "source_id"),
            row("unsubscribed", "Suppression status", "text", "fixed")]  # fmt: skip
    facts = account(
        custom("Suppression date", "date"), custom("Campaigns", "double", "organization"), standard("name", "x")
    )
    found = derived(facts, rows, sends=False, deals=True)
    assert found == [
        Target("organization", "Net-Results ID", "varchar", True),
        Target("person", "Suppression status", "text", True),
        Target("person", "Suppression reason", "varchar", True),
        Target("person", "Suppression date", "date", False),
        Target("organization", "Campaigns (Net-Results)", "text", True),
        Target("deal", "Campaigns", "text", True),
    ]
