"""The failure cases of section B (CSV quirks), each from the file to its right value, with its whole kind.

`test_X01_…` is the test of case X01; some cases of other sections that begin in the source stand here too.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from nrpd.errors import BadInput
from nrpd.netresults.records import address_hash
from nrpd.netresults.staging import stage
from tests.netresults.support import Read, Settings, read, write

FACTS = Path(__file__).resolve().parents[3] / "shared" / "facts" / "failure-cases.md"
NOTHING_WORDS = [
    "Null", "NULL", "null", "None", "none", "NONE", "NA", "Na", "na", "Nan", "nan", "NaN", "NAN", "N/A", "n/a", "#N/A",
    "<NA>", "nil", "undefined", "-1.#IND", "True", "0", "00", "1e5", "inf",
]  # fmt: skip


def _read(tmp_path: Path, text: str | bytes, name: str = "contacts.csv", **more: Any) -> Read:
    write(tmp_path / "export", name, text)
    return read(tmp_path, **more)


def test_every_case_of_the_section_has_its_test() -> None:
    tested = {name.split("_")[1] for name in globals() if re.match(r"test_[XPS]\d\d_", name)}
    listed = {f"X{number:02}" for number in (1, 2, 3, 4, 5, 6, 8, 10, 13, 14, 15, 16, 18, 19, 20, 21, 23, 24, 25)}
    if FACTS.is_file():
        section = FACTS.read_text(encoding="utf-8").partition("## B.")[2].partition("\n## ")[0]
        assert listed == set(re.findall(r"^\d+\. \*\*([A-Z]\d\d)", section, re.M))
    assert listed <= tested


@pytest.mark.parametrize("word", NOTHING_WORDS)
def test_X01_words_for_nothing_are_text(tmp_path: Path, word: str) -> None:
    header = "contact_id,email,first_name,last_name,country,Code\n"
    found = _read(tmp_path, f"{header}1,a@x.example,Kim,{word},{word},{word}\n2,b@x.example,Lee,Wong,DE,x\n")
    assert found.rows()[0] == {
        "contact_id": "1", "email": "a@x.example", "first_name": "Kim", "last_name": word, "country": word,
        "Code": word,
    }  # fmt: skip
    first = found.persons()[0].values
    assert (first["name"], first["Address"]["country"], first["Code"]) == (f"Kim {word}", word, word)


def test_X02_absent_values_leave_no_word_behind(tmp_path: Path) -> None:
    found = _read(tmp_path, "email,first,last\na@x.example,Kim,\nb@x.example,Lee,Wong\nc@x.example,,\n")
    values = [built.values for built in found.persons()]
    assert [value["name"] for value in values] == ["Kim", "Lee Wong", "c@x.example"]
    assert not re.search(r"\b(nan|None|NaT|null)\b", repr(values))
    assert all(isinstance(cell, str) for cell in found.staged.table("contacts").to_numpy().ravel())


@pytest.mark.parametrize("mark", ["", "\ufeff", "\ufeff\ufeff", "\ufeff\ufeff\ufeff"])
@pytest.mark.parametrize("header", ["Email,First Name", '"Email","First Name"', "Email;First Name"])
def test_X03_byte_order_marks_hide_no_column(tmp_path: Path, mark: str, header: str) -> None:
    row = "a@x.example;Kim" if ";" in header else "a@x.example,Kim"
    assert _read(tmp_path, f"{mark}{header}\n{row}\n").rows() == [{"email": "a@x.example", "first_name": "Kim"}]


def test_X03_a_file_without_its_column_stops(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="fits no object"):
        _read(tmp_path, "\ufeffemial adress,naem\na@x.example,Kim\n", "x.csv")


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_X04_the_encoding_is_found_and_shown(tmp_path: Path, codec: str) -> None:
    text = "email,first_name,city\na@x.example,Jürgen,Köln\nb@x.example,Zoë,Besançon\n"
    found = _read(tmp_path, text.encode(codec))
    assert [row["first_name"] for row in found.rows()] == ["Jürgen", "Zoë"]
    shown = found.staged.files[0].encoding
    assert shown == {"utf-8-sig": "utf-8 with BOM"}.get(codec, codec)
    assert found.staged.files[0].delimiter == ","


def test_X04_text_that_was_decoded_wrongly_before_is_said_and_stops_in_a_header(tmp_path: Path) -> None:
    spoiled = "Jürgen".encode().decode("cp1252")
    found = _read(tmp_path, f"email,first_name\na@x.example,{spoiled}\n")
    assert found.rows()[0]["first_name"] == spoiled
    assert [(flag.kind, flag.line) for flag in found.staged.flags] == [("mojibake", 2)]
    header = "E-Mail,Straße".encode().decode("cp1252")
    with pytest.raises(BadInput, match="looks wrongly decoded before it came here; export the file again as UTF-8"):
        _read(tmp_path, f"{header},Vorname\na@x.example,X,Kim\n")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_X05_delimiters_are_told_from_separators_of_values(tmp_path: Path, delimiter: str) -> None:
    cells = [["email", "first_name", "Lists", "Note"], ["a@x.example", "Kim", "News;Events", "a, b | c; d"],
             ["b@x.example", "Lee", "News", "x;y;z"]]  # fmt: skip
    text = "".join(delimiter.join(f'"{c}"' if delimiter in c else c for c in row) + "\n" for row in cells)
    found = _read(tmp_path, text)
    assert found.staged.files[0].delimiter == delimiter
    assert [(row["lists"], row["Note"]) for row in found.rows()] == [("News;Events", "a, b | c; d"), ("News", "x;y;z")]
    assert found.persons()[0].values["Lists"] == ("Events", "News")


def test_X05_one_column_with_delimiters_in_it_stops(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="the delimiter was not found"):
        _read(tmp_path, '"Email;Name"\n"a@x.example;Kim"\n', files={"contacts": "contacts.csv"})


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("b@x.example,Bo,1,", "4 cells where the header has 3"),
        ("b@x.example,Acme, Inc.,1", "4 cells where the header has 3"),
        ("b@x.example,Bo", "2 cells where the header has 3"),
        ("b@x.example", "1 cells where the header has 3"),
        ("b@x.example,Bo,,,,", "6 cells where the header has 3"),
    ],
)
def test_X06_no_record_shifts_into_other_columns(tmp_path: Path, row: str, reason: str) -> None:
    text = f"email,first_name,optout\na@x.example,Ann,1\n{row}\nc@x.example,Cy,\n"
    found = _read(tmp_path, text, columns={"contacts": {"unsubscribed": "optout"}})
    assert [(r["email"], r["unsubscribed"]) for r in found.rows()] == [("a@x.example", "1"), ("c@x.example", "")]
    assert [(q.file, q.line, q.email, q.reason) for q in found.staged.quarantined] == [
        ("contacts.csv", 3, "b@x.example", reason)
    ]
    assert list(found.view.ledger.entries) == ["a@x.example"]


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n\n"])
@pytest.mark.parametrize(
    "note", ["line1\nline2", "line1\r\nline2", "a\u2028b", "a\x85b", "a\x0bb\x0cc\x1cd", 'say ""hi""']
)
def test_X08_records_are_counted_by_the_parser_not_by_lines(tmp_path: Path, note: str, end: str) -> None:
    found = _read(tmp_path, f'email,first_name,Remark\na@x.example,Ann,"{note}"\n\nb@x.example,Bo,x{end}'.encode())
    assert [row["Remark"] for row in found.rows()] == [note.replace('""', '"'), "x"]
    assert found.staged.source_rows == {"contacts": 2}


@pytest.mark.parametrize("torn", ['b@x.example,"Bo,x\n', 'b@x.example,"Bo"x,y\n', '"b@x.example\n'])
def test_X08_an_unbalanced_quote_stops_the_file_and_says_where(tmp_path: Path, torn: str) -> None:
    with pytest.raises(BadInput, match=r"contacts\.csv: line 3: a quote is unbalanced"):
        _read(tmp_path, f"email,first_name,city\na@x.example,Ann,Ort\n{torn}c@x.example,Cy,z\n")


def test_X10_blank_addresses_stay_blank_and_pair_with_nobody(tmp_path: Path) -> None:
    write(
        tmp_path / "export",
        "sends.csv",
        "email,subject,sent_at\n,Hi,2024-01-05 10:00:00\na@x.example,Hi,2024-01-05 10:00:00\n",
    )
    rows = "1,a@x.example,Ann\n2,,Bo\n3,c@x.example,Cy\n4, ,Di\n5,,Bo\n"
    found = _read(tmp_path, "contact_id,email,first_name\n" + rows)
    assert [row["email"] for row in found.rows()] == ["a@x.example", "", "c@x.example", " ", ""]
    assert sorted(person.ids for person in found.view.contacts.people) == [("1",), ("2",), ("3",), ("4",), ("5",)]
    assert [send.key for send in found.view.sends.sends] == ["a@x.example"]
    assert sorted(found.view.sends.outcomes.values()) == [("skipped", "unknown contact"), ("take", "")]


@pytest.mark.parametrize(
    ("cell", "addresses"),
    [
        ("a@x.example; b@x.example", ["a@x.example", "b@x.example"]),
        ("a@x.example,", ["a@x.example"]),
        ("a@x.example ::: b@x.example", ["a@x.example", "b@x.example"]),
        ("Kim <a@x.example>", ["a@x.example"]),
        ('"Lee, Kim" <a@x.example>', ["a@x.example"]),
        ("a@x.example b@x.example", ["a@x.example", "b@x.example"]),
        ("A@x.example;a@X.example", ["A@x.example"]),
    ],
)  # fmt: skip
def test_X13_several_addresses_of_a_cell_are_a_list_and_each_can_be_suppressed(
    tmp_path: Path, cell: str, addresses: list[str]
) -> None:
    write(tmp_path / "export", "unsubscribes.csv", f"email\n{addresses[-1]}\n")
    quoted = cell.replace('"', '""')
    found = _read(tmp_path, f'contact_id,email,first_name\n1,"{quoted}",Kim\n')
    emails = found.person()["emails"]
    assert [(e["value"], e["primary"]) for e in emails] == [(a, n == 0) for n, a in enumerate(addresses)]
    (person,) = found.view.contacts.people
    assert found.view.ledger.of(person.addresses)


def test_X13_an_unknown_shape_is_kept_out_with_its_reason(tmp_path: Path) -> None:
    found = _read(tmp_path, 'contact_id,email,first_name\n1,a at x.example,Kim\n2,"a@x.example; nobody",Lee\n')
    assert found.buckets() == {"quarantined: e-mail address cannot be read": 2}


def test_X14_digits_survive_and_what_a_spreadsheet_cut_off_is_not_repaired(tmp_path: Path) -> None:
    header = "contact_id,email,first_name,company_id,postal_code,work_phone,mobile_phone\n"
    rows = "7,a@x.example,Kim,0012,02138,0049301234567,4.93012E+11\n8.0,b@x.example,Lee,,01067,4.93012e+11,\n"
    found = _read(tmp_path, header + rows)
    assert found.rows()[0]["company_id"] == "0012"
    kim, lee = found.persons()
    assert (kim.values["Net-Results ID"], lee.values["Net-Results ID"]) == ("7", "8.0")
    assert kim.values["Address"]["postal_code"] == "02138"
    assert [p["value"] for p in kim.values["phones"]] == ["+49301234567"]
    assert "phones" not in lee.values
    assert [(c, t, r.split(":")[0]) for built in (kim, lee) for c, t, r in built.unfit] == [
        ("mobile_phone", "4.93012E+11", "scientific notation"), ("work_phone", "4.93012e+11", "scientific notation"),
    ]  # fmt: skip
    assert {(f.kind, f.line, f.detail.split(":")[0]) for f in found.staged.flags} == {
        ("spreadsheet", 3, "contact_id"), ("scientific", 3, "work_phone"), ("scientific", 2, "mobile_phone"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("'+49301234567", "+49301234567"), (" +49 30 1234567", "+49301234567"), ('="+49301234567"', "+49301234567"),
        ("'0049301234567", "+49301234567"), ("\t+49 (30) 123 45 67", "+49301234567"), ("+49301234567", "+49301234567"),
    ],
)  # fmt: skip
def test_X15_guards_of_spreadsheets_are_taken_off_phones_and_counted(tmp_path: Path, cell: str, number: str) -> None:
    quoted = cell.replace('"', '""')
    found = _read(tmp_path, f'email,first_name,work_phone\na@x.example,"=HYPERLINK(""http://x.example"")","{quoted}"\n')
    assert found.rows()[0]["work_phone"] == cell
    assert found.person()["phones"][0]["value"] == number
    assert found.person()["name"] == '=HYPERLINK("http://x.example")'
    guarded = cell.startswith(("'", "="))
    assert [f.detail.split(":")[0] for f in found.staged.flags if f.kind == "guard"] == ["work_phone"] * guarded


def test_X16_the_whole_column_settles_day_and_month(tmp_path: Path) -> None:
    rows = "a@x.example,Kim,03/04/2021\nb@x.example,Lee,05/04/2021\nc@x.example,Mo,25/04/2021\n"
    found = _read(tmp_path, "email,first_name,opt_in_date\n" + rows)
    assert [built.values["Opt-in Date"] for built in found.persons()] == ["2021-04-03", "2021-04-05", "2021-04-25"]


def test_X16_an_undecidable_column_is_kept_as_written_or_asked_for(tmp_path: Path) -> None:
    rows = "a@x.example,Kim,03/04/2021\nb@x.example,Lee,05/04/2021\n"
    found = _read(tmp_path, "email,first_name,opt_in_date\n" + rows)
    assert [built.values["Opt-in Date"] for built in found.persons()] == ["03/04/2021", "05/04/2021"]
    (row,) = [row for row in found.view.mapping if row.column == "opt_in_date"]
    assert (row.target.type, row.confidence < 0.7) == ("varchar", True)
    assert "day and month cannot be told apart" in row.reason
    declared = read(tmp_path, date_order={"*.csv": {"opt_in_date": "dmy"}})
    assert [built.values["Opt-in Date"] for built in declared.persons()] == ["2021-04-03", "2021-04-05"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("sends.csv", "email,subject,sent_at\na@x.example,Hi,03/04/2021 10:00\n"),
        ("unsubscribes.csv", "email,reason,date\na@x.example,spam,03/04/2021\n"),
        ("notes.csv", "email,text,date\na@x.example,Met,03/04/2021\n"),
    ],
)
def test_X16_where_a_time_has_no_other_place_its_order_is_asked_for(tmp_path: Path, name: str, text: str) -> None:
    write(tmp_path / "export", name, text)
    with pytest.raises(
        BadInput, match=rf"{name}: '\w+' could be day first or month first \(03/04/2021.*source\.date_order"
    ):
        _read(tmp_path, "email,first_name\na@x.example,Kim\n")
    assert read(tmp_path, date_order="dmy").staged.source_rows["contacts"] == 1


@pytest.mark.parametrize(
    ("cell", "text", "twice"),
    [
        ("O&#39;Brien", "O'Brien", False), ("O&#x27;Brien", "O'Brien", False), ("AT&amp;T", "AT&T", False),
        ("A &lt;b&gt;", "A <b>", False), ("Caf&eacute;", "Café", False), ("A&nbsp;B", "A B", False),
        ("O&amp;#39;Brien", "O&#39;Brien", True), ("R&D", "R&D", False), ("a&copy=1", "a&copy=1", False),
        ("AT&T;", "AT&T;", False),
    ],
)  # fmt: skip
def test_X18_entities_are_turned_once_and_reported(tmp_path: Path, cell: str, text: str, twice: bool) -> None:
    found = _read(tmp_path, f"email,last_name\npat.o'neil@x.example,{cell}\n", files={"contacts": "contacts.csv"})
    assert found.rows()[0]["last_name"] == cell
    (built,) = found.persons()
    assert built.values["name"] == " ".join(text.split())
    assert built.values["emails"][0]["value"] == "pat.o'neil@x.example"
    assert bool(built.notes) is (cell != text)
    kinds = {flag.kind for flag in found.staged.flags}
    assert ("entities" in kinds, "entities twice" in kinds) == (cell != text, twice)


@pytest.mark.parametrize(
    ("cell", "out", "missing"),
    [
        ("0", False, True), ("1", True, False), ("TRUE", True, False), ("false", False, True), ("Yes", True, False),
        ("no", False, True), ("x", True, True), ("Y ", True, False), ("", False, False), ("2", True, True),
        ("unknown", True, True), (" ", False, False), ("Ja", True, False), ("Nein", False, True), ("oui", True, False),
        ("Non", False, True), ("sí", True, False), ("2021-04-03", True, True), ("NULL", True, True), ("-", True, True),
    ],
)  # fmt: skip
def test_X19_yes_and_no_are_closed_lists_and_doubt_suppresses(
    tmp_path: Path, cell: str, out: bool, missing: bool
) -> None:
    header = "contact_id,email,first_name,Email Opt Out,Bounced Contact,GDPR Consent Granted\n"
    rows = (
        f'1,a@x.example,Ann,"{cell}",,\n2,b@x.example,Bo,,"{cell}",\n3,c@x.example,Cy,,,"{cell}"\n4,d@x.example,Di,,,\n'
    )
    ledger = _read(tmp_path, header + rows).view.ledger
    expected = {"a@x.example": ("unsubscribe",), "b@x.example": ("hard bounce",)} if out else {}
    expected |= {"c@x.example": ("no consent",)} if missing else {}
    assert {key: entry.reasons for key, entry in ledger.entries.items()} == expected


def test_X20_blank_and_absent_cells_make_no_value(tmp_path: Path) -> None:
    found = _read(tmp_path, 'email,first_name,city,mobile_phone\na@x.example,Kim,,"\u200b"\n')
    assert set(found.person()) == {"name", "emails"}
    found = _read(tmp_path, "email,mobile_phone\na@x.example,+1 303 555 0100\n")
    assert set(found.person()) == {"name", "emails", "phones"}


def test_X21_firms_are_told_apart_and_put_together(tmp_path: Path) -> None:
    rows = [
        "1,Acme Inc.,acme.example", '2,"ACME, Inc",', "3,Acme GmbH,acme.de.example",
        "4,Enterprise Solutions,one.example", "5,The Solutions Co,two.example",
    ]  # fmt: skip
    write(tmp_path / "export", "accounts.csv", "company_id,company_name,domain\n" + "\n".join(rows) + "\n")
    people = "".join(f"{n},p{n}@gmail.com,P{n},\n" for n in range(3))
    found = _read(tmp_path, "contact_id,email,first_name,company_name\n" + people)
    assert sorted(sorted(company.ids) for company in found.view.companies.companies) == [
        ["1", "2"],
        ["3"],
        ["4"],
        ["5"],
    ]
    assert [found.view.company_of(person.values) for person in found.view.contacts.people] == [None, None, None]


def test_X23_addresses_are_stored_as_written_and_look_alikes_are_not_folded(tmp_path: Path) -> None:
    addresses = ["Kim.Lee+news@corp.example", "kimlee@corp.example", "kim.lee@gmail.com", "kimlee@gmail.com"]
    rows = "".join(f"{n},{address},Kim\n" for n, address in enumerate(addresses))
    found = _read(tmp_path, "contact_id,email,first_name\n" + rows)
    assert sorted(b.values["emails"][0]["value"] for b in found.persons()) == sorted(addresses)


def test_X24_every_row_ends_in_one_bucket_with_a_reason(tmp_path: Path) -> None:
    rows = [
        "1,a@x.example,Ann,,", "1,a@x.example,Ann,,", "2,A@X.example,Anna,,", ",,,+1 303 555 0100,", ",,,,", "9,,,,",
        "10,,,,Denver", "11,nobody,Bo,,", "12,b@x.example,Bo,12,", "13,c@x.example", "14,gone@x.example,G,,",
        "15,d@x.example,Di,4.9E+11,",
    ]  # fmt: skip
    text = "contact_id,email,first_name,work_phone,city\n" + "".join(f"{row}\n" for row in rows)
    found = _read(tmp_path, text, erased=frozenset({address_hash("gone@x.example")}))
    assert found.buckets() == {
        "take": 4, "skipped: merged": 1, "skipped: same row": 1, "skipped: anonymous visitor": 2, "skipped: erased": 1,
        "quarantined: no name, address or phone": 1, "quarantined: e-mail address cannot be read": 1,
        "quarantined: 2 cells where the header has 5": 1,
    }  # fmt: skip
    assert sum(found.buckets().values()) == len(rows) == found.staged.source_rows["contacts"]


@pytest.mark.parametrize("name", ["N" * 256, "N" * 250 + "\U0001f600" * 8, "é" * 300])
def test_X25_nothing_is_cut_off_in_silence(tmp_path: Path, name: str) -> None:
    found = _read(tmp_path, f"email,last_name\na@x.example,{name}\n")
    (built,) = found.persons()
    assert built.values.get("name") != name[: len(built.values.get("name", ""))] or "name" not in built.values
    assert [(column, text) for column, text, _ in built.unfit] == [("last_name", name)]
    fits = _read(tmp_path, f"email,last_name\na@x.example,{'N' * 250}\U0001f600\n")
    assert fits.person()["name"] == "N" * 250 + "\U0001f600"


@pytest.mark.parametrize("zero", ["0000-00-00", "0000-00-00 00:00:00", "1970-01-01", "1/0/1900", "1969-12-31 17:00:00"])
def test_P16_zero_dates_are_blank_and_said(tmp_path: Path, zero: str) -> None:
    found = _read(
        tmp_path, f"email,first_name,created_at\na@x.example,Kim,{zero}\nb@x.example,Lee,2024-01-05 10:00:00\n"
    )
    kim, lee = found.persons()
    assert "add_time" not in kim.values
    assert lee.values["add_time"] == "2024-01-05T10:00:00Z"
    assert [(f.kind, f.line, f.detail.partition(" cells ")[0]) for f in found.staged.flags] == [
        ("zero date", 2, "created_at: 1")
    ]


@pytest.mark.parametrize("name", ["", "   ", "\u200b", "\u00a0", "\t"])
def test_P19_a_missing_name_is_replaced_and_said(tmp_path: Path, name: str) -> None:
    (built,) = _read(tmp_path, f'email,first_name,last_name\na@x.example,"{name}","{name}"\n').persons()
    assert built.values["name"] == "a@x.example"
    assert [loss for _, _, loss in built.losses] == ["no name: the e-mail address stands as the name"]


def test_P21_local_times_move_to_utc_and_gaps_and_folds_are_said(tmp_path: Path) -> None:
    times = ["2024-01-15 23:30", "2024-03-10 02:30:00", "2024-11-03 01:30:00", "1/16/2024 12:05 AM"]
    rows = "".join(f"p{n}@x.example,P,{time}\n" for n, time in enumerate(times))
    found = _read(tmp_path, "email,first_name,updated_at\n" + rows, timezone="America/New_York")
    built = found.persons()
    assert [b.values["Updated At"] for b in built] == [
        "2024-01-16T04:30:00Z", "2024-03-10 02:30:00", "2024-11-03 01:30:00", "2024-01-16T05:05:00Z",
    ]  # fmt: skip
    said = [loss for b in built for _, _, loss in b.losses]
    assert [text.rpartition("this local time ")[2] for text in said] == ["was skipped", "happened twice"]


def test_P21_unix_times_are_read_where_their_column_speaks_of_time(tmp_path: Path) -> None:
    write(
        tmp_path / "export",
        "sends.csv",
        "email,subject,sent_at\na@x.example,Hi,1706692800\na@x.example,Ho,1706692801000\n",
    )
    found = _read(tmp_path, "email,first_name,created_at,work_phone\na@x.example,Kim,1706692800,2025550123\n")
    assert found.person()["add_time"] == "2024-01-31T09:20:00Z"
    assert found.person()["phones"][0]["value"] == "+12025550123"
    assert [send.sent_at for send in found.view.sends.sends] == [
        datetime(2024, 1, 31, 9, 20, tzinfo=UTC), datetime(2024, 1, 31, 9, 20, 1, tzinfo=UTC),
    ]  # fmt: skip


def test_S10_people_are_erased_by_any_of_their_addresses(tmp_path: Path) -> None:
    header = "contact_id,email,first_name,Secondary Email,E-Mail privat,Owner Email\n"
    rows = [
        "1,new@x.example,Gundula,GONE@x.example,,", "2,b@x.example,Bo,,,gone@x.example",
        '3,"c@x.example; gone@x.example",Cy,,,', "4,d@x.example,Di,,Gundula <gone@x.example>,",
    ]  # fmt: skip
    text = header + "".join(f"{row}\n" for row in rows)
    found = _read(tmp_path, text, erased=frozenset({address_hash("gone@x.example")}))
    assert [(row["contact_id"], row["owner_email"]) for row in found.rows()] == [("2", "")]
    assert found.staged.erased == 3


def test_S10_a_later_export_that_names_them_by_their_id_alone_does_not_bring_them_back(tmp_path: Path) -> None:
    gone = frozenset({address_hash("gone@x.example")})
    base = _read(tmp_path, "contact_id,email,first_name\n1,gone@x.example,Gundula\n2,b@x.example,Bo\n", erased=gone)
    assert base.staged.erased_contacts
    assert "1" not in base.staged.erased_contacts
    delta = tmp_path / "later" / "export"
    write(delta, "contacts.csv", "contact_id,email,first_name\n1,new@y.example,Gundula\n2,b@x.example,Bob\n")
    write(delta, "sends.csv", "send_id,contact_id,subject,sent_at\n9,1,Hi Gundula,2024-01-01\n8,2,Hi,2024-01-01\n")
    before = frozenset(base.staged.erased_contacts)
    staged = stage(Settings(delta, erased=gone), tmp_path / "later" / "staged", None, before)
    assert [row["contact_id"] for name in ("contacts", "email_sends") for row in staged.rows(name)] == ["2", "2"]
    assert {name: n for name, n in staged.erased_rows.items() if n} == {"contacts": 1, "email_sends": 1}
    assert set(staged.erased_contacts) == before


def test_S10_erased_people_stand_nowhere(tmp_path: Path) -> None:
    header = "contact_id,email,first_name,last_name\n"
    rows = "1,Gone@X.example,Gundula,Gone\n2,b@x.example,Bo,Lee\n1,,Gundula,Gone\n"
    rows += '3,"Gundula <gone@x.example>",G,too,long\n'
    write(
        tmp_path / "export",
        "sends.csv",
        "send_id,contact_id,subject,sent_at\n9,1,Hi Gundula,2024-01-01\n10,2,Hi,2024-01-01\n",
    )
    write(tmp_path / "export", "unsubscribes.csv", "email,reason\ngone@x.example,Gundula asked\nb@x.example,x\n")
    write(tmp_path / "export", "notes.csv", "contact_id,text,date\n1,Gundula called,2024-01-01\n2,Met Bo,2024-01-01\n")
    write(tmp_path / "export", "files.csv", "file_id,contact_id,path\n5,1,files/Gundula.txt\n6,2,files/offer.txt\n")
    write(tmp_path / "export", "files/Gundula.txt", "CV of Gundula Gone")
    write(tmp_path / "export", "files/offer.txt", "Offer")
    found = _read(tmp_path, header + rows, erased=frozenset({address_hash("gone@x.example")}))
    assert {name: count for name, count in found.staged.erased_rows.items() if count} == {
        "contacts": 3, "email_sends": 1, "suppressions": 1, "notes": 1, "files": 1,
    }  # fmt: skip
    assert list(found.staged.attachments) == ["files/offer.txt"]
    assert len(found.staged.inputs) == 7
    for path in found.staged.folder.rglob("*"):
        content = path.read_bytes().lower() if path.is_file() else b""
        assert b"gundula" not in content, path
        assert b"gone@" not in content, path
