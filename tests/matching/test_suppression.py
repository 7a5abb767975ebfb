from __future__ import annotations

from datetime import date

import pytest

from nrpd.matching import suppression
from nrpd.matching.rows import TAKE
from nrpd.matching.suppression import ledger
from tests.matching.helpers import contact, rows, when


def test_reasons_dates_and_words_of_one_address_stay_apart_and_add_up() -> None:
    found = ledger(
        rows(
            "s.csv",
            {"email": "Kim@Acme.example", "reason": "Hard Bounce", "date": "2024-05-01", "list": ""},
            {"email": "kim@acme.example", "reason": "opt-out", "date": "2023-05-01", "list": "News"},
        ),
        rows("c.csv", contact("1", "kim@acme.example", consent="no")),
        when,
    )
    entry = found.entries["kim@acme.example"]
    assert entry.reasons == ("hard bounce", "unsubscribe", "no consent")
    assert (entry.date, entry.lists) == (date(2023, 5, 1), ())
    assert [(e.reasons, e.date, e.list) for e in entry.entries] == [
        (("unsubscribe",), date(2023, 5, 1), "News"),
        (("hard bounce",), date(2024, 5, 1), ""),
        (("no consent",), None, ""),
    ]
    assert entry.words == ("Hard Bounce", "consent=no", "opt-out")
    assert found.counts() == {"hard bounce": 1, "unsubscribe": 1, "no consent": 1}


@pytest.mark.parametrize("reason", ["", "false", "no", "0", "resolved", "-", "soft bounce"])
def test_every_row_of_a_suppression_file_suppresses(reason: str) -> None:
    found = ledger(rows("s.csv", {"email": "a@x.example", "reason": reason}), [], when)
    assert found.entries["a@x.example"].reasons == ("unknown",)
    assert found.outcomes == {("s.csv", 2): TAKE}


@pytest.mark.parametrize(
    ("cell", "lists"),
    [("", ()), ("News", ("News",)), ("News; Events", ("Events", "News")), ("News|news", ("News",)), ("ALL", ()),
     ("News; all", ()), ("Fair, Oslo", ("Fair, Oslo",))],
)  # fmt: skip
def test_lists(cell: str, lists: tuple[str, ...]) -> None:
    found = ledger(rows("s.csv", {"email": "a@x.example", "list": cell}), [], when)
    assert found.entries["a@x.example"].lists == lists


def test_lists_of_several_rows_are_united_and_all_mail_outweighs_them() -> None:
    some = [{"email": "a@x.example", "list": "News"}, {"email": "a@x.example", "list": "Fair"}]
    assert ledger(rows("s.csv", *some), [], when).entries["a@x.example"].lists == ("Fair", "News")
    flagged = rows("c.csv", contact("1", "a@x.example", unsubscribed="yes"))
    assert ledger(rows("s.csv", *some), flagged, when).entries["a@x.example"].lists == ()


def test_every_address_of_a_cell_and_every_row_is_accounted_for() -> None:
    found = ledger(
        rows("s.csv", *({"email": e} for e in ("a@x.example; b@x.example", "nobody", "", "c@x.example;junk"))),
        [],
        when,
    )  # fmt: skip
    assert list(found.entries) == ["a@x.example", "b@x.example", "c@x.example"]
    assert list(found.outcomes.values()) == [TAKE, suppression.NO_ADDRESS, suppression.NO_ADDRESS, TAKE]
    assert found.unreadable == [("junk", "s.csv", 5), ("nobody", "s.csv", 3)]


@pytest.mark.parametrize(
    ("cells", "reasons"),
    [
        ({"unsubscribed": "yes"}, ("unsubscribe",)),
        ({"bounced": "1"}, ("hard bounce",)),
        ({"consent": "false"}, ("no consent",)),
        ({"consent": "perhaps"}, ("no consent",)),
        ({"unsubscribed": "perhaps", "bounced": "x"}, ("hard bounce", "unsubscribe")),
        ({"unsubscribed": "no", "bounced": "", "consent": "yes"}, None),
        ({"unsubscribed": "", "bounced": "0", "consent": ""}, None),
    ],
)
def test_suppression_columns_of_contacts(cells: dict[str, str], reasons: tuple[str, ...] | None) -> None:
    found = ledger([], rows("c.csv", contact("1", "a@x.example", **cells)), when)
    assert (found.entries["a@x.example"].reasons if reasons else found.entries) == (reasons or {})


def test_a_date_in_an_opt_out_column_is_its_date() -> None:
    found = ledger([], rows("c.csv", contact("1", "a@x.example", unsubscribed="2024-05-01")), when)
    assert found.entries["a@x.example"].date == date(2024, 5, 1)


def test_a_suppressed_contact_without_address_stands_under_its_id() -> None:
    found = ledger([], rows("c.csv", contact("1", "", unsubscribed="yes")), when)
    assert list(found.entries) == ["id:1"]
    assert [s.key for s in found.of([], ["1"])] == ["id:1"]


def test_a_suppression_file_with_flags_and_no_reasons_is_read_by_its_flags() -> None:
    flags = rows(
        "f.csv",
        {"email": "a@x.example", "unsubscribed": "true", "bounced": "false"},
        {"email": "b@x.example", "unsubscribed": "false", "bounced": "false"},
    )
    found = ledger(flags, [], when)
    assert list(found.entries) == ["a@x.example"]
    assert found.outcomes[("f.csv", 3)] == suppression.NOT_SUPPRESSED
    other = rows("g.csv", {"email": "c@x.example", "unsubscribed": ""})
    assert "c@x.example" in ledger(flags + other, [], when).entries


@pytest.mark.parametrize("cell", ["", "All Contacts", "Alle", "n/a", "News; all lists", "—"])
def test_no_list_in_particular_is_all_mail(cell: str) -> None:
    (found,) = ledger(rows("s.csv", {"email": "a@x.example", "list": cell}), [], when).entries.values()
    assert found.lists == ()


def test_opt_out_events_of_mails_suppress_and_bounces_do_not() -> None:
    events = rows(
        "e.csv",
        {"email": "a@x.example", "event": "Unsubscribed", "event_at": "2024-05-01"},
        {"email": "b@x.example", "event": "spam complaint", "event_at": ""},
        {"email": "c@x.example", "event": "bounced", "event_at": "2024-05-01"},
        {"email": "d@x.example", "event": "opened", "event_at": "2024-05-01"},
        {"email": "e@x.example", "status": "Unsubscribed", "sent_at": "2024-05-02"},
        {"email": "f@x.example", "status": "Hard Bounce", "sent_at": "2024-05-02"},
        {"email": "g@x.example", "sent_at": "2024-05-02", "Unsubscribed At": "2024-05-03", "Complained At": ""},
        {"email": "h@x.example", "sent_at": "2024-05-02", "Spam Complaint": "Yes", "Unsubscribed": "No"},
        {"email": "i@x.example", "Unsubscribe Link": "https://x.example/u", "Spam Score": "2.1", "Unsubscribes": "3"},
        {"email": "j@x.example", "event": "Abgemeldet", "event_at": "2024-05-04"},
        {"email": "k@x.example", "event": "Plainte", "event_at": ""},
        {"email": "l@x.example", "campaign_id": "5", "Status": "Unsubscribed"},
    )
    found = ledger([], [], when, events)
    assert {k: (s.reasons, s.date) for k, s in found.entries.items()} == {
        "a@x.example": (("unsubscribe",), date(2024, 5, 1)),
        "b@x.example": (("complaint",), None),
        "e@x.example": (("unsubscribe",), date(2024, 5, 2)),
        "g@x.example": (("unsubscribe",), None),
        "h@x.example": (("complaint",), None),
        "j@x.example": (("unsubscribe",), date(2024, 5, 4)),
        "k@x.example": (("complaint",), None),
        "l@x.example": (("unsubscribe",), None),
    }
