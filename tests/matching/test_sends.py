from __future__ import annotations

import random
from datetime import UTC, date, datetime

import pytest

from nrpd.matching import sends
from nrpd.matching.contacts import collect
from nrpd.matching.rows import MERGED, TAKE
from nrpd.matching.sends import fold, note, parse_note, select, sums
from tests.matching.helpers import contact, rows, when

PEOPLE = collect(rows("c.csv", contact("1", "a@x.example"), contact("2", "b@x.example")), when)


def folded(*cells: dict[str, str]) -> sends.Sends:
    return fold(rows("e.csv", *cells), when, PEOPLE.person_of)


def send(send_id: str = "9", **cells: str) -> dict[str, str]:
    return {"send_id": send_id, "contact_id": "1", "subject": "Hi", "sent_at": "2024-05-01T10:00:00", **cells}


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({}, "delivered"),
        ({"status": "Sent"}, "delivered"),
        ({"status": "weird"}, "delivered"),
        ({"status": "Opened"}, "opened"),
        ({"status": "Not Opened"}, "delivered"),
        ({"status": "nicht geöffnet"}, "delivered"),
        ({"status": "delivered, never clicked"}, "delivered"),
        ({"status": "opened, not clicked"}, "opened"),
        ({"status": "Not delivered"}, "bounced"),
        ({"status": "not bounced"}, "delivered"),
        ({"status": "Geöffnet"}, "opened"),
        ({"status": "Cliqué"}, "clicked"),
        ({"status": "Rebotado"}, "bounced"),
        ({"opened_at": "2024-05-02"}, "opened"),
        ({"opened_at": "2024-05-02", "clicked_at": "2024-05-02"}, "clicked"),
        ({"status": "opened", "clicked_at": "2024-05-02"}, "clicked"),
        ({"clicked_at": "2024-05-02", "bounced_at": "2024-05-02"}, "bounced"),
        ({"status": "Hard Bounce"}, "bounced"),
        ({"status": "clicked", "bounced_at": "2024-05-02"}, "bounced"),
    ],
)
def test_status_is_derived_from_the_strongest_sign(cells: dict[str, str], expected: str) -> None:
    assert folded(send(**cells)).sends[0].status == expected


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (send(), TAKE),
        (send(contact_id="99"), sends.UNKNOWN_CONTACT),
        (send(contact_id="", email="B@x.example"), TAKE),
        (send(contact_id="", email=""), sends.UNKNOWN_CONTACT),
        (send(sent_at="yesterday"), sends.NO_TIME),
        (send(sent_at="", opened_at="2024-05-02"), sends.NO_TIME),
        (send(sent_at="", event="bounced", event_at="2024-05-02"), sends.NO_TIME),
        (send(sent_at="", event="delivered", event_at="2024-05-02"), TAKE),
        (send(status="queued"), sends.NOT_SENT),
        (send(contact_id="99", sent_at="yesterday"), sends.UNKNOWN_CONTACT),
    ],
)
def test_every_row_has_its_bucket(cells: dict[str, str], expected: tuple[str, str]) -> None:
    assert folded(cells).outcomes == {("e.csv", 2): expected}


def event(word: str, time: str, **cells: str) -> dict[str, str]:
    return {"contact_id": "1", "event": word, "event_at": time, "subject": "Hi", **cells}


def test_events_fold_into_one_send_with_their_earliest_times() -> None:
    found = folded(
        event("sent", "2024-05-01T10:00:00", send_id="9"),
        event("opened", "2024-05-03T10:00:00", send_id="9"),
        event("opened", "2024-05-02T10:00:00", send_id="9"),
        event("clicked", "2024-05-04T10:00:00", send_id="9"),
    )
    (one,) = found.sends
    assert (one.send_id, one.key, one.status) == ("9", "a@x.example", "clicked")
    assert one.sent_at == datetime(2024, 5, 1, 10, tzinfo=UTC)
    assert one.opened_at == datetime(2024, 5, 2, 10, tzinfo=UTC)
    assert sorted(found.outcomes.values()) == sorted([TAKE, MERGED, MERGED, MERGED])


def test_sends_without_id_get_a_stable_one_and_repeated_sendings_stay_apart() -> None:
    cells = [
        event("sent", "2024-05-01T10:00:00"),
        event("opened", "2024-05-02T10:00:00"),
        event("sent", "2024-06-01T10:00:00"),
        event("clicked", "2024-06-02T10:00:00"),
        event("bounced", "2024-06-01T10:01:00", contact_id="2"),
        event("delivered", "2024-06-01T10:00:30", contact_id="2"),
    ]
    first = folded(*cells)
    assert [(s.key, s.status, s.sent_at.month) for s in first.sends] == [
        ("a@x.example", "opened", 5),
        ("a@x.example", "clicked", 6),
        ("b@x.example", "bounced", 6),
    ]
    assert all(s.send_id.startswith("send:") for s in first.sends)
    random.Random(1).shuffle(cells)
    assert [s.send_id for s in folded(*cells).sends] == [s.send_id for s in first.sends]


def test_rows_without_id_are_one_send_each_by_time() -> None:
    found = folded(
        send(""), send("", sent_at="2024-05-01T11:00:00"), send("", sent_at="2024-05-01T11:00:00", status="open")
    )
    assert [s.status for s in found.sends] == ["delivered", "opened"]


def test_one_send_id_for_several_contacts_is_several_sends() -> None:
    found = folded(send("9"), send("9", contact_id="2"))
    assert [(s.send_id, s.key) for s in found.sends] == [("9/1", "a@x.example"), ("9/2", "b@x.example")]


def test_note_has_one_key_a_line_and_reads_back() -> None:
    full = folded(
        send(subject="Sale: 50 %\nfor you", opened_at="2024-05-01T23:30:00-05:00", bounced_at="2024-05-02",
             bounce_type="soft", campaign_id="5"),
    ).sends[0]  # fmt: skip
    text = note(full, "Spring")
    assert text == (
        "Subject: Sale: 50 % for you\nSent (UTC): 2024-05-01 10:00:00\nStatus: bounced\nOpened: 2024-05-02 04:30:00\n"
        "Bounced: 2024-05-02 00:00:00\nBounce type: soft\nCampaign: Spring\nNet-Results send ID: 9"
    )
    parsed = parse_note(text)
    assert (parsed["Subject"], parsed["Net-Results send ID"], len(parsed)) == ("Sale: 50 % for you", "9", 8)
    assert parse_note(text.replace("\n", "<br>")) == parsed
    assert parse_note(text + "\nMy remark: none") == parsed


def test_sums_and_policies() -> None:
    found = folded(
        send("1"),
        send("2", sent_at="2024-06-01T23:30:00-05:00", clicked_at="2024-06-03"),
        send("3", opened_at="2024-05-02"),
        send("4", bounced_at="2024-05-02"),
        send("5", contact_id="2"),
    )
    assert sums(found.sends) == {
        "a@x.example": {
            "Emails Sent": 4,
            "Emails Opened": 2,
            "Emails Clicked": 1,
            "Emails Bounced": 1,
            "Last Email Sent": "2024-06-02",
        },
        "b@x.example": {
            "Emails Sent": 1,
            "Emails Opened": 0,
            "Emails Clicked": 0,
            "Emails Bounced": 0,
            "Last Email Sent": "2024-05-01",
        },
    }
    kept = {p: [s.send_id for s in select(found.sends, p)[0]] for p in ("all", "engaged", "summary")}
    assert kept == {"all": ["1", "3", "4", "5", "2"], "engaged": ["3", "2"], "summary": []}
    since, left = select(found.sends, {"since": date(2024, 6, 1)})
    assert [s.send_id for s in since] == ["2"]
    assert left["1"] == ("skipped", "policy: before 2024-06-01")
