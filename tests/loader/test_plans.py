"""What becomes of notes, activities and sends, and which of them Pipedrive would refuse."""

from __future__ import annotations

from typing import Any

from nrpd.loader.plans.activities import LONG_TEXT, Places, note_bodies, wanted_activities, wanted_sends
from nrpd.loader.source_view import SourceView, Tables
from nrpd.mapping.convert import Context

WHO = {"contact_id": "1", "row_file": "x.csv"}
DAY = {"date": "2024-01-31 10:00:00"}


def _places(**rows: list[dict[str, str]]) -> tuple[SourceView, Places]:
    people = [{"contact_id": "1", "email": "a@x.example", "row_file": "c.csv", "row_line": "2"}]
    view = SourceView(Tables({"contacts": people, **rows}, [], {}, {}), (), (), Context())
    return view, Places(view, {"1": "7"}, {}, lambda _: 1)


def test_a_subject_that_is_too_long_stands_whole_in_the_note() -> None:
    rows = [{**WHO, **DAY, "activity_id": "3", "subject": "s" * 256, "text": "Hello", "row_line": "2"}]
    view, places = _places(activities=rows)
    (wanted,), settled = wanted_activities(view, places, {}, str)
    assert settled == []
    assert wanted.values["subject"] == "s" * 255
    assert wanted.values["note"].splitlines()[:2] == [f"Subject: {'s' * 256}", "Hello"]


def test_texts_that_no_note_can_hold_keep_their_rows_out() -> None:
    long = "ü" * 50_001
    fits, out = {**WHO, **DAY, "row_line": "2"}, {**WHO, **DAY, "row_line": "3", "text": long}
    view, places = _places(
        notes=[{**fits, "text": "ü" * 50_000}, out],
        activities=[{**fits, "subject": "Call"}, {**out, "subject": "Call"}],
        email_sends=[
            {**WHO, "send_id": str(n), "subject": text, "sent_at": DAY["date"], "row_line": str(n)}
            for n, text in ((2, "Hi"), (3, long))
        ],
    )

    def kept_out(settled: Any) -> list[tuple[str, str, str]]:
        return [(row.row, row.outcome, row.reason) for row in settled]

    expected = [("x.csv:3", "quarantined", LONG_TEXT)]
    bodies, settled = note_bodies(view, places, admin=True)
    assert (len(bodies), kept_out(settled)) == (1, expected)
    wanted, settled = wanted_activities(view, places, {}, str)
    assert (len(wanted), kept_out(settled)) == (1, expected)
    wanted, settled = wanted_sends(view, places, {}, "all", "mail", None)
    assert (len(wanted), kept_out(settled)) == (1, expected)
