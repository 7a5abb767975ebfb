"""The data-quality list: each finding with its rows, and what will happen to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from nrpd.phases import quality
from tests.netresults.support import read, write

CONTACTS = (
    "contact_id,email,first_name,work_phone,created_at,Renewal,Last Visit,unsubscribed\n"
    "1,a@x.example,Ann,+1 303 555 0100,2021-03-28 02:30:00,2024-01-05,0000-00-00,no\n"
    "2,no address,Bo,4.93012E+11,2021-10-31 02:30:00,2024-02-05,1970-01-01,no\n"
    "3,,,,,,,\n"
    "4,d@x.example,Di,12,2021-05-01 10:00:00,0000-00-00,,no\n"
    "5,e@x.example,Ed,,,2024-03-05,,no,too long\n"
    "4,d@x.example,Di,12,2021-05-01 10:00:00,0000-00-00,,no\n"
    "4,d@x.example,Diana,,,,,\n"
)
SENDS = (
    "send_id,contact_id,subject,sent_at,opened_at\n9,1,Hi,2021-03-28 02:30:00,\n10,1,Hi,2021-05-01,soon\n"
    "11,77,Hi,2021-05-01,\n"
)


def _listed(tmp_path: Path) -> dict[tuple[str, str, str], tuple[int, str, str]]:
    write(tmp_path / "export", "contacts.csv", CONTACTS.encode("cp1252"))
    write(tmp_path / "export", "sends.csv", SENDS)
    write(tmp_path / "export", "unsubscribes.csv", "email,reason\nb@x.example; whoever,x\n")
    found = read(tmp_path, timezone="Europe/Berlin")
    rows = [item.row() for item in quality.findings(found.view, found.staged)]
    return {
        (str(r["object"]), str(r["field"]), str(r["finding"])): (
            int(str(r["count"])), f"{r['file']}:{r['lines']}", str(r["what happens"]),
        )
        for r in rows
    }  # fmt: skip


def test_each_finding_names_its_rows_and_what_will_happen(tmp_path: Path) -> None:
    found = _listed(tmp_path)
    gap = "the clocks changed in Europe/Berlin: this local time was skipped"
    fold = "the clocks changed in Europe/Berlin: this local time happened twice"
    zero = "a zero date means no date"
    expected = {
        ("contacts", "", "9 cells where the header has 8"): (1, "contacts.csv:6", quality.KEPT_OUT),
        ("contacts", "", "e-mail address cannot be read"): (1, "contacts.csv:3", quality.KEPT_OUT),
        ("contacts", "", "anonymous visitor"): (1, "contacts.csv:4", "not moved; each row stands in "
                                                "reports/skipped_anonymous.csv"),
        ("contacts", "created_at", gap): (1, "contacts.csv:2", quality.ASKED),
        ("contacts", "created_at", fold): (1, "contacts.csv:3", quality.ASKED),
        ("contacts", "Renewal", zero): (1, "contacts.csv:5", "left blank"),
        ("contacts", "Last Visit", zero): (2, "contacts.csv:2, 3", "left blank"),
        ("email_sends", "", "time of sending cannot be read"): (1, "sends.csv:2", quality.KEPT_OUT),
        ("email_sends", "", "unknown contact"): (1, "sends.csv:4", "not moved: no contact of the export has this id "
                                                 "or address"),
        ("email_sends", "sent_at", gap): (1, "sends.csv:2", "a send without a time of its own is kept out"),
        ("email_sends", "opened_at", "not a date"): (1, "sends.csv:3", "left out"),
    }  # fmt: skip
    assert {key: found.get(key) for key in expected} == expected
    assert found["contacts", "", "the same row once more, in all its cells"] == (1, ":", "counted once")
    assert found["contacts", "", "merged"][0] == 1
    assert any("scientific notation" in finding for _, field, finding in found if field == "work_phone")
    assert ("contacts", "work_phone", "kept as written: not a valid phone number") in found
    assert any(o == "suppressions" and "is no address" in finding for o, _, finding in found)


def test_a_column_that_may_speak_of_bounces_is_named(tmp_path: Path) -> None:
    write(tmp_path / "export", "c.csv", "email,first_name,last_name,Rebond,Empty bounce\na@x.example,A,B,hard,\n")
    found = read(tmp_path)
    (item,) = (item for item in quality.findings(found.view, found.staged) if "vaguely" in item.finding)
    assert (item.field, item.count) == ("Rebond", 1)
    assert "suppresses nobody" in item.happens


def test_a_status_of_a_send_that_is_no_known_word_is_named(tmp_path: Path) -> None:
    write(tmp_path / "export", "c.csv", "contact_id,email,first_name,unsubscribed\n1,a@x.example,A,no\n")
    sends = ("Delivered", "weird", "", "Unsubscribed", "Not opened", "weird")
    rows = "".join(f"{n},1,Hi,2024-05-01,{status}\n" for n, status in enumerate(sends))
    write(tmp_path / "export", "sends.csv", f"send_id,contact_id,subject,sent_at,status\n{rows}")
    found = read(tmp_path)
    (item,) = (item for item in quality.findings(found.view, found.staged) if "became of the mail" in item.finding)
    assert (item.field, item.count, item.lines) == ("status", 2, [3, 7])
    assert [(key, e.reasons, str(e.date)) for key, e in found.view.ledger.entries.items()] == [
        ("id:1", ("unsubscribe",), "2024-05-01")
    ]


@pytest.mark.parametrize(
    "header",
    ["dnc_email", "Ne plus contacter par courriel", "No desea publicidad", "Blacklist 2", "Keine Werbung per Post"],
)
def test_so_is_one_that_may_speak_of_people_who_do_not_want_mail(tmp_path: Path, header: str) -> None:
    write(tmp_path / "export", "c.csv", f"email,first_name,last_name,{header}\na@x.example,A,B,yes\n")
    found = read(tmp_path)
    assert found.view.ledger.entries == {}
    assert [i.field for i in quality.findings(found.view, found.staged) if "vaguely" in i.finding] == [header]


def test_no_text_of_a_cell_stands_in_the_list(tmp_path: Path) -> None:
    said = repr(_listed(tmp_path))
    assert not [text for text in ("no address,", "whoever", "4.93012", "x.example", "soon", "Diana") if text in said]


def test_every_kind_of_flag_and_reason_says_what_happens(tmp_path: Path) -> None:
    assert all(happens for _, _, happens in _listed(tmp_path).values())
