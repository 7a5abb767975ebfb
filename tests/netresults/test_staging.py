"""Staging: failure cases B and D of the source, each with its right value, and the sums that must agree."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nrpd.errors import BadInput
from nrpd.netresults.records import OBJECT_COLUMNS, address_hash
from nrpd.netresults.staging import Staged, load_staged, stage
from tests.netresults.support import Settings, write

HEADER = "email,first_name,city\n"


def _stage(tmp_path: Path, **more: object) -> Staged:
    staged = stage(Settings(tmp_path / "export", **more), tmp_path / "staged")  # type: ignore[arg-type]
    for name, rows in staged.source_rows.items():
        out = sum(q.object == name for q in staged.quarantined)
        assert rows == staged.count(name) + out + staged.same_rows[name] + staged.erased_rows[name]
    return staged


def _export(tmp_path: Path, **files: str) -> Path:
    for name, text in files.items():
        write(tmp_path / "export", f"{name}.csv", text)
    return tmp_path / "export"


def test_records_of_the_wrong_length_are_kept_out_with_file_line_and_reason(tmp_path: Path) -> None:
    _export(
        tmp_path,
        c='email,name,optout\na@x.example,"Ann\nLee",1\nb@x.example,Acme, Inc.,1\nc@x.example,Bo,1,\nd@x.example,Di\n',
    )
    staged = _stage(tmp_path, files={"contacts": "c.csv"})
    assert [(row["email"], row["unsubscribed"]) for row in staged.rows("contacts")] == [("a@x.example", "1")]
    assert [(q.line, q.email, q.reason) for q in staged.quarantined] == [
        (4, "b@x.example", "4 cells where the header has 3"),
        (5, "c@x.example", "4 cells where the header has 3"),
        (6, "d@x.example", "2 cells where the header has 3"),
    ]


@pytest.mark.parametrize(
    ("wrong", "good", "stops"), [(20, 0, False), (21, 100, True), (21, 2078, True), (21, 2079, False)]
)
def test_a_file_stops_above_one_percent_and_twenty(tmp_path: Path, wrong: int, good: int, stops: bool) -> None:
    body = "".join(f"g{n}@x.example,A,B\n" for n in range(good)) + "".join(f"w{n}@x.example,A\n" for n in range(wrong))
    _export(tmp_path, c=HEADER + body)
    if not stops:
        assert len(_stage(tmp_path).quarantined) == wrong
        return
    with pytest.raises(BadInput, match=rf"c\.csv: {wrong} of {wrong + good} records do not fit"):
        _stage(tmp_path)
    assert not (tmp_path / "staged").exists()


def test_the_same_row_in_two_files_is_one_row(tmp_path: Path) -> None:
    _export(
        tmp_path,
        a=HEADER + "a@x.example,A,X\nb@x.example,B,\n",
        b="City,Phone,First Name,Email Address\nX,,A,a@x.example\nY,,B,b@x.example\n,,B,b@x.example\n",
    )
    staged = _stage(tmp_path)
    assert staged.same_rows == {"contacts": 2}
    kept = [(r["email"], r["city"], r["row_file"], r["row_line"]) for r in staged.rows("contacts")]
    assert kept == [
        ("a@x.example", "X", "a.csv", "2"), ("b@x.example", "", "a.csv", "3"), ("b@x.example", "Y", "b.csv", "3"),
    ]  # fmt: skip


def test_custom_fields_of_one_name_are_one_column_over_all_files(tmp_path: Path) -> None:
    _export(
        tmp_path,
        a="email,first_name,T-Shirt Size\na@x.example,A,M\n",
        b="email,first_name,t shirt size\nb@x.example,B,L\n",
    )
    staged = _stage(tmp_path)
    assert [row["T-Shirt Size"] for row in staged.rows("contacts")] == ["M", "L"]
    assert staged.columns("contacts") == ["email", "first_name", "T-Shirt Size"]
    assert staged.files[1].headers["T-Shirt Size"] == "t shirt size"


def test_mojibake_is_flagged_and_not_altered(tmp_path: Path) -> None:
    _export(tmp_path, c=HEADER + "a@x.example,JÃ¼rgen,KÃ¶ln\n")
    staged = _stage(tmp_path)
    assert staged.rows("contacts")[0]["first_name"] == "JÃ¼rgen"
    assert [(flag.kind, flag.line) for flag in staged.flags] == [("mojibake", 2)]


def test_broken_bytes_in_utf8_keep_only_their_record_out(tmp_path: Path) -> None:
    lines = [HEADER.encode(), *("u@x.example,Jürgen,Köln\n".encode(),) * 3, b"b@x.example,J\xfcrgen,X\n"]
    write(tmp_path / "export", "c.csv", b"".join(lines))
    staged = _stage(tmp_path)
    assert [(q.line, q.email, q.reason) for q in staged.quarantined] == [(5, "b@x.example", "bytes that are not utf-8")]
    assert staged.rows("contacts")[0]["city"] == "Köln"


def test_several_opt_out_columns_keep_the_strictest_cell(tmp_path: Path) -> None:
    _export(
        tmp_path,
        c="email,first_name,Unsubscribed Contact,Email Opt Out,Bounced Contact,GDPR Consent Granted,Consent\n"
        "a@x.example,A,false,2021-02-03,,yes,no\nb@x.example,B,no,0,,,yes\nc@x.example,C,,Yes,true,,\n",
    )
    rows = _stage(tmp_path).rows("contacts")
    assert [(r["unsubscribed"], r["bounced"], r["consent"]) for r in rows] == [
        ("2021-02-03", "", "no"), ("no", "", "yes"), ("Yes", "true", ""),
    ]  # fmt: skip


def test_files_that_fit_no_object_or_two_are_all_reported_at_once(tmp_path: Path) -> None:
    _export(
        tmp_path,
        one="alpha,beta\n1,2\n",
        two="Email,First Name,Last Name,Opt-out Reason,Opt-out Date\na@x.example,A,B,C,2024-01-01\n",
        three="email\na@x.example\n",
        four="a@x.example,Ann\nb@x.example,Bo\n",
        five=HEADER + 'a@x.example,"A,B\n',
    )
    many = "".join(f"p{n}@x.example,A,B,{n}\n" for n in range(30))
    write(tmp_path / "export", "six.csv", HEADER + many)
    write(tmp_path / "export", "seven.zip", b"PK\x03\x04 torn")
    with pytest.raises(BadInput) as caught:
        _stage(tmp_path)
    text = str(caught.value)
    assert "seven.zip: not readable as a zip" in text
    assert "five.csv: line 2: a quote is unbalanced" in text
    assert "six.csv: 30 of 30 records do not fit its header" in text
    assert not (tmp_path / "staged").exists()
    assert "one.csv ('alpha', 'beta') fits no object; say in source.files" in text
    assert "could be contacts or suppressions" in text
    assert "three.csv ('email') fits no object" in text
    assert "four.csv: the header cannot be used: its first line holds an e-mail address" in text


def test_pins_settle_the_object_and_the_column(tmp_path: Path) -> None:
    _export(tmp_path, three="E-Mail (work),E-mail,Blah\na@x.example,b@x.example,1\n")
    pins = {"contacts": {"email": "e-mail (Work)"}}
    staged = _stage(tmp_path, files={"contacts": "three*"}, columns=pins)
    assert staged.rows("contacts")[0] == {
        "email": "a@x.example", "E-mail": "b@x.example", "Blah": "1", "row_file": "three.csv", "row_line": "2",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("settings_", "message"),
    [
        ({"files": {"people": "*"}}, "source.files: 'people' is no object"),
        ({"files": {"companies": "nowhere*"}}, "source.files.companies: no file fits 'nowhere"),
        ({"columns": {"contacts": {"emial": "x"}}}, "source.columns.contacts.emial: no such column"),
        ({"columns": {"contacts": {"email": "Mail 7"}}}, "no file of contacts has a column 'Mail 7'"),
    ],
)
def test_settings_that_fit_nothing_are_refused(tmp_path: Path, settings_: dict[str, object], message: str) -> None:
    _export(tmp_path, c=HEADER + "a@x.example,A,B\n")
    with pytest.raises(BadInput, match=message):
        _stage(tmp_path, **settings_)


def test_two_equally_good_addresses_are_asked_for(tmp_path: Path) -> None:
    _export(tmp_path, c="Business Email,Work Email,First Name\na@x.example,b@x.example,A\n")
    with pytest.raises(
        BadInput, match=r"'Business Email' and 'Work Email' could each be email; pin one with source\.columns"
    ):
        _stage(tmp_path)


def test_what_is_no_table_is_an_attachment(tmp_path: Path) -> None:
    _export(
        tmp_path,
        contacts=HEADER + "a@x.example,A,B\n",
        files="file_id,contact_id,path\n1,2,attachments/prices.csv\n",
    )
    write(tmp_path / "export", "attachments/prices.csv", "item,price\nx,1\n")
    write(tmp_path / "export", "templates/hello.html", "<p>{FIRST NAME|you}</p>")
    write(tmp_path / "export", "read me.txt", "Exported on Monday.\nAll of it.\n")
    staged = _stage(tmp_path)
    assert sorted(staged.attachments) == ["attachments/prices.csv", "read me.txt", "templates/hello.html"]
    assert staged.read_bytes("templates/hello.html") == b"<p>{FIRST NAME|you}</p>"
    with pytest.raises(BadInput):
        staged.read_bytes("../secret")


def test_staging_again_is_free_until_input_or_settings_change(tmp_path: Path) -> None:
    _export(tmp_path, c=HEADER + "a@x.example,A,B\n")
    first = _stage(tmp_path)
    stamp = (first.folder / "contacts.parquet").stat().st_mtime_ns
    assert _stage(tmp_path).digest == first.digest
    assert (first.folder / "contacts.parquet").stat().st_mtime_ns == stamp
    assert load_staged(first.folder) == _stage(tmp_path)
    assert _stage(tmp_path, erased=frozenset({address_hash("z@x.example")})).digest != first.digest
    write(tmp_path / "export", "c.csv", HEADER + "a@x.example,A,C\n")
    assert _stage(tmp_path).rows("contacts")[0]["city"] == "C"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_absent_objects_are_empty_tables(tmp_path: Path) -> None:
    _export(tmp_path, c=HEADER + "a@x.example,A,B\n")
    staged = _stage(tmp_path)
    assert list(staged.table("companies").columns) == [*OBJECT_COLUMNS["companies"], "row_file", "row_line"]
    assert staged.rows("companies") == []
    assert staged.count("companies") == 0
    with pytest.raises(BadInput, match="nothing is staged"):
        load_staged(tmp_path / "nowhere")


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["", "x"])), max_size=12), st.integers(0, 12))
@settings(max_examples=25, deadline=None)
def test_rows_are_the_set_of_rows_however_they_are_split(rows: list[tuple[str, str]], at: int) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number, part in enumerate((rows[:at], rows[at:])):
            _export(
                folder,
                **{f"f{number}": "first_name,email,Extra\n" + "".join(f"{a},a@x.example,{b}\n" for a, b in part)},
            )
        staged = _stage(folder)
        assert [(r["first_name"], r["Extra"]) for r in staged.rows("contacts")] == list(dict.fromkeys(rows))


def test_as_many_broken_bytes_as_sound_ones_do_not_make_mojibake(tmp_path: Path) -> None:
    write(
        tmp_path / "export", "c.csv", HEADER.encode() + "u@x.example,Jürgen,X\n".encode() + b"b@x.example,J\xfcrg,X\n"
    )
    staged = _stage(tmp_path)
    assert [row["first_name"] for row in staged.rows("contacts")] == ["Jürgen"]
    assert [q.line for q in staged.quarantined] == [3]


def test_the_header_once_more_is_known_in_any_case(tmp_path: Path) -> None:
    _export(tmp_path, c=HEADER + "a@x.example,Ann,X\nEMAIL,First_Name,City\nb@x.example,Bo,Y\n")
    staged = _stage(tmp_path)
    assert [row["email"] for row in staged.rows("contacts")] == ["a@x.example", "b@x.example"]
    assert [(q.line, q.reason) for q in staged.quarantined] == [(3, "the header once more: files were joined")]


@pytest.mark.parametrize("name", ["opted out.txt", "opted out.csv", "opted out"])
def test_a_bare_list_of_addresses_stops_whatever_it_is_called(tmp_path: Path, name: str) -> None:
    _export(tmp_path, c=HEADER + "a@x.example,Ann,X\n")
    write(tmp_path / "export", name, "a@x.example\nb@x.example\n")
    with pytest.raises(BadInput, match=r"opted out.*its first line holds an e-mail address"):
        _stage(tmp_path)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("do_not_email.txt", "Do not email:\nb@x.example\n"),
        ("optouts.txt", "Person;Adresse;Datum\nBo;b@x.example;05.01.2024\n"),
        ("unsubscribes.lst", "Who,Why\nb@x.example,asked\n"),
    ],
)
def test_a_list_under_a_title_stops_too(tmp_path: Path, name: str, text: str) -> None:
    _export(tmp_path, c=HEADER + "a@x.example,Ann,X\n")
    write(tmp_path / "export", name, text)
    with pytest.raises(BadInput, match=name):
        _stage(tmp_path)


@pytest.mark.parametrize("name", ["unsubscribes.2024-01-05", "unsubscribes.lst", "unsubscribes.csv.bak"])
def test_a_table_with_an_unusual_ending_is_read(tmp_path: Path, name: str) -> None:
    _export(tmp_path, c=HEADER + "a@x.example,Ann,X\n")
    write(tmp_path / "export", name, "Email,Reason\nb@x.example,asked\n")
    assert [row["email"] for row in _stage(tmp_path).rows("suppressions")] == ["b@x.example"]


ESCAPED = '"email","first_name","city"\n"a@x.example","Ann \\"A\\" Lee","5\\" pipe, Inc"\n"b@x.example","C:\\\\x",""\n'


@pytest.mark.parametrize("codec", ["utf-8", "utf-16"])
def test_quotes_that_a_backslash_escapes_are_read_and_said(tmp_path: Path, codec: str) -> None:
    write(tmp_path / "export", "c.csv", ESCAPED.encode(codec))
    staged = _stage(tmp_path)
    assert [(r["first_name"], r["city"]) for r in staged.rows("contacts")] == [
        ('Ann "A" Lee', '5" pipe, Inc'),
        ("C:\\x", ""),
    ]
    assert [flag.kind for flag in staged.flags] == ["quotes"]


def test_backslashes_that_are_text_are_not_taken_off(tmp_path: Path) -> None:
    _export(tmp_path, c=ESCAPED.replace("\\\\x", "\\temp"))
    with pytest.raises(BadInput, match=r"c\.csv: line 2: a quote is unbalanced"):
        _stage(tmp_path)
    _export(tmp_path, c=HEADER + 'a@x.example,"C:\\temp\\",X\n')
    assert _stage(tmp_path).rows("contacts")[0]["first_name"] == "C:\\temp\\"


def test_what_is_of_somebody_erased_goes_however_the_id_is_padded(tmp_path: Path) -> None:
    contacts = "contact_id,email,first_name\n 7 ,gone@x.example,Gundula\n8,b@x.example,Bo\n"
    sends = "send_id,contact_id,subject,sent_at\n1,7,Hi,2024-01-01\n2,8,Hi,2024-01-01\n3,\u200b7,Hi,2024-01-02\n"
    _export(tmp_path, contacts=contacts, sends=sends)
    staged = _stage(tmp_path, erased=frozenset({address_hash("gone@x.example")}))
    assert [row["send_id"] for row in staged.rows("email_sends")] == ["2"]
    assert staged.erased_rows["email_sends"] == 2


def test_a_torn_row_of_somebody_erased_without_an_id_erases_nobody_else(tmp_path: Path) -> None:
    _export(tmp_path, c="contact_id,email,first_name\n,gone@x.example,Gone,1\n,a@x.example,Ann\n")
    staged = _stage(tmp_path, erased=frozenset({address_hash("gone@x.example")}))
    assert [row["email"] for row in staged.rows("contacts")] == ["a@x.example"]
    assert staged.erased_rows["contacts"] == 1


def test_what_only_names_somebody_erased_stays_without_the_address(tmp_path: Path) -> None:
    header = "email,first_name,Manager Email,E-Mail der Assistenz,Referred By,Remark\n"
    _export(
        tmp_path,
        c=header + "a@x.example,Ann,gone@x.example,,,\nb@x.example,Bo,,Gone <GONE@x.example>; c@x.example,,\n"
        "d@x.example,Di,,,gone@x.example,Ask gone@x.example.\ne@x.example,Ed,m@x.example,,,gone2@x.example\n",
    )
    staged = _stage(tmp_path, erased=frozenset({address_hash("gone@x.example")}))
    assert [list(row.values())[:6] for row in staged.rows("contacts")] == [
        ["a@x.example", "Ann", "", "", "", ""],
        ["b@x.example", "Bo", "", "(erased); c@x.example", "", ""],
        ["d@x.example", "Di", "", "", "", "Ask (erased)"],
        ["e@x.example", "Ed", "m@x.example", "", "", "gone2@x.example"],
    ]
    assert [(f.kind, f.line, f.detail.split(" cells")[0]) for f in staged.flags] == [
        ("erased", 2, "Manager Email: 1"), ("erased", 3, "E-Mail der Assistenz: 1"), ("erased", 4, "Referred By: 1"),
        ("erased", 4, "Remark: 1"),
    ]  # fmt: skip


def test_broken_bytes_in_an_address_do_not_stop_the_erasure_of_others(tmp_path: Path) -> None:
    sound = "ü@x.example,Jürgen,Köln\ngone@x.example,Gone,X\n".encode()
    write(tmp_path / "export", "c.csv", HEADER.encode() + sound + b"J\xfc@x.example,Bo,X\n")
    staged = _stage(tmp_path, erased=frozenset({address_hash("gone@x.example")}))
    assert (staged.count("contacts"), staged.erased_rows["contacts"], len(staged.quarantined)) == (1, 1, 1)
