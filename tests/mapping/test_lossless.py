from __future__ import annotations

from nrpd.mapping.convert import Context
from nrpd.mapping.derived import derived
from nrpd.mapping.lossless import keep_as_text, survey
from nrpd.mapping.sheet import check_rows
from nrpd.pipedrive.records import Target
from tests.mapping.support import account, custom, row, standard

ROWS = [
    row("email", "emails", "emails", "email", new=False),
    row("score", "Score", "double", "number"),
    row("due", "Due", "date", "date", new=False),
    row("created_at", "add_time", "datetime", "created", new=False),
    row("fine", "Fine", "double", "number"),
]
COLUMNS = {
    "email": ["no address"], "score": ["many"], "due": ["soon"], "created_at": ["long ago"], "fine": ["5"],
}  # fmt: skip


def test_what_does_not_fit_becomes_text_and_nothing_else_changes() -> None:
    found = survey(ROWS, "contacts", COLUMNS, Context())
    assert [misfit.column for misfit in found] == ["email", "score", "due", "created_at"]
    longest = {("contacts", "score"): 300}
    rows = keep_as_text(ROWS, found, account(custom("Due", "date"), custom("Score", "double")), longest)
    assert [r.target for r in rows] == [
        ROWS[0].target,
        Target("person", "Score (Net-Results)", "text", True),
        Target("person", "Due (Net-Results)", "varchar", True),
        Target("person", "Created At", "varchar", True),
        ROWS[4].target,
    ]
    assert [r.transform for r in rows[1:4]] == ["text"] * 3
    assert check_rows(rows) == []
    assert [m.column for m in survey(rows, "contacts", COLUMNS, Context())] == ["email"]


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
