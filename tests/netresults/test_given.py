"""What an API gave, staged alone and beside an export."""

from __future__ import annotations

from pathlib import Path

import pytest

from nrpd.errors import BadInput
from nrpd.netresults.records import address_hash
from nrpd.netresults.staged import Flag, Given, Staged
from nrpd.netresults.staging import stage
from tests.netresults.support import Settings, write

CONTACTS = "contact_id,contact_email_address,contact_first_name\n"


def _both(tmp_path: Path, export: bool = True, **more: object) -> Staged:
    settings = Settings(tmp_path / "export" if export else None)
    return stage(settings, tmp_path / "staged", Given(tmp_path / "given", **more))  # type: ignore[arg-type]


def test_an_api_alone_fills_the_tables_and_keeps_what_is_no_object(tmp_path: Path) -> None:
    write(tmp_path / "given", "contacts.csv", CONTACTS + "1,a@x.example,A\n")
    write(tmp_path / "given", "lists.csv", "email_list_id,email_list_name\n7,News\n")
    flag = Flag("api/lists.csv", 1, "source", "1 row")
    staged = _both(tmp_path, export=False, erased={"contacts": 2}, flags=(flag,))
    assert staged.rows("contacts") == [
        {"contact_id": "1", "email": "a@x.example", "first_name": "A", "row_file": "api/contacts.csv", "row_line": "2"}
    ]
    assert staged.read_bytes("api/lists.csv").endswith(b"7,News\n")
    assert (staged.source_rows, staged.erased, staged.flags) == ({"contacts": 3}, 2, [flag])
    assert sorted(staged.inputs) == ["api/contacts.csv", "api/lists.csv"]


def test_rows_of_both_are_put_together_and_the_same_row_is_one(tmp_path: Path) -> None:
    write(tmp_path / "export", "c.csv", "Contact ID,Email,First Name,City\n1,a@x.example,A,\n2,b@x.example,B,Rome\n")
    write(tmp_path / "export", "owners.csv", "Owner ID,Name,Email,Active\n1,Z,z@x.example,Yes\n")
    write(tmp_path / "given", "contacts.csv", CONTACTS + "1,a@x.example,A\n2,b@x.example,Bo\n")
    staged = _both(tmp_path)
    assert [(r["contact_id"], r["first_name"], r["city"], r["row_file"]) for r in staged.rows("contacts")] == [
        ("1", "A", "", "c.csv"), ("2", "B", "Rome", "c.csv"), ("2", "Bo", "", "api/contacts.csv"),
    ]  # fmt: skip
    assert staged.same_rows["contacts"] == 1
    assert staged.count("owners") == 1


def test_sends_and_templates_are_those_of_the_export_where_it_has_any(tmp_path: Path) -> None:
    write(tmp_path / "export", "sends.csv", "Send ID,Contact ID,Subject,Sent At\n9,1,Hi,2024-01-01\n")
    write(tmp_path / "export", "hello.html", "<p>export</p>")
    write(tmp_path / "given", "contacts.csv", CONTACTS + "1,a@x.example,A\n")
    write(tmp_path / "given", "email_sends.csv", "contact_id,event,event_at\n1,Sent,2024-01-01\n")
    write(tmp_path / "given", "templates.csv", "email_id,email_name,file\n5,Hello,templates/5.html\n")
    write(tmp_path / "given", "templates/5.html", "<p>api</p>")
    staged = _both(tmp_path)
    assert [row["send_id"] for row in staged.rows("email_sends")] == ["9"]
    assert (staged.count("templates"), list(staged.attachments)) == (0, ["hello.html"])
    assert {flag.file for flag in staged.flags if flag.kind == "source"} == {"api/email_sends.csv", "api/templates.csv"}
    for name in ("sends.csv", "hello.html"):
        (tmp_path / "export" / name).unlink()
    write(tmp_path / "export", "suppressions.csv", "Email,Reason\na@x.example,Unsubscribed\n")
    staged = _both(tmp_path)
    assert (staged.count("email_sends"), staged.count("templates")) == (1, 1)
    assert list(staged.attachments) == ["api/templates/5.html"]


def test_people_erased_from_the_api_are_erased_from_the_export_too(tmp_path: Path) -> None:
    write(
        tmp_path / "export", "sends.csv", "Send ID,Contact ID,Subject,Sent At\n9,1,Hi,2024-01-01\n8,2,Hi,2024-01-01\n"
    )
    write(tmp_path / "given", "contacts.csv", CONTACTS + "2,b@x.example,B\n")
    settings = Settings(tmp_path / "export", erased=frozenset({address_hash("gone@x.example")}))
    given = Given(tmp_path / "given", {"contacts": 1}, frozenset({"1"}))
    staged = stage(settings, tmp_path / "staged", given)
    assert [row["send_id"] for row in staged.rows("email_sends")] == ["8"]
    assert staged.erased_rows == {"contacts": 1, "email_sends": 1}


def test_an_export_with_files_of_the_same_name_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "export", "api/contacts.csv", CONTACTS + "1,a@x.example,A\n")
    write(tmp_path / "given", "contacts.csv", CONTACTS + "1,a@x.example,A\n")
    with pytest.raises(BadInput, match=r"api/contacts\.csv: .* Rename the folder"):
        _both(tmp_path)
