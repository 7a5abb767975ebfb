"""JSON: lines, arrays and objects of arrays; a line that is none keeps only itself out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nrpd.errors import BadInput
from nrpd.netresults.staging import stage
from tests.netresults.support import Settings, write


def test_a_torn_line_keeps_only_itself_out(tmp_path: Path) -> None:
    good = json.dumps({"id": 1, "email": "a@x.example", "first_name": "Ann"})
    text = (
        f'{good}\n{{"id": 2, "email": "b@x.example", "first_na\n\n[3]\n{good.replace("1", "4").replace("a@", "d@")}\n'
    )
    write(tmp_path / "export", "contacts.jsonl", text)
    staged = stage(Settings(tmp_path / "export"), tmp_path / "staged")
    assert [row["contact_id"] for row in staged.rows("contacts")] == ["1", "4"]
    found = [(q.line, q.email, q.reason.split(" (")[0]) for q in staged.quarantined]
    assert found == [(2, "b@x.example", "not JSON"), (4, "", "no JSON object")]
    assert [q.source_id for q in staged.quarantined] == ["", ""]
    assert staged.source_rows == {"contacts": 4}


def test_numbers_keep_their_text_and_what_is_absent_is_blank(tmp_path: Path) -> None:
    items = '[{"id": 9007199254740993, "email": "a@x.example", "score": 1.50, "first_name": null, "ok": true},'
    write(tmp_path / "export", "contacts.json", f'{items} {{"id": 2, "email": "b@x.example", "tags": ["x", 1]}}]')
    rows = stage(Settings(tmp_path / "export"), tmp_path / "staged").rows("contacts")
    assert [(r["contact_id"], r["lead_score"], r["first_name"], r["ok"], r["tags"]) for r in rows] == [
        ("9007199254740993", "1.50", "", "true", ""), ("2", "", "", "", "x; 1"),
    ]  # fmt: skip


def test_custom_fields_by_name_are_columns(tmp_path: Path) -> None:
    fields = [{"name": "Shirt", "type": "TEXT", "value": "M"}, {"name": "Size", "value": None}]
    item = {
        "id": "1",
        "email": "a@x.example",
        "title": "Boss",
        "last_name": "Lee",
        "account": {"id": 7, "name": "Acme"},
        "custom_fields": fields,
    }
    write(tmp_path / "export", "contacts.jsonl", json.dumps(item))
    (row,) = stage(Settings(tmp_path / "export"), tmp_path / "staged").rows("contacts")
    assert (row["company_id"], row["company_name"], row["Shirt"], row["Size"]) == ("7", "Acme", "M", "")


@pytest.mark.parametrize("text", ["not json at all\n", '{"a": 1\n{"b"\n'])
def test_what_is_no_json_at_all_is_said(tmp_path: Path, text: str) -> None:
    write(tmp_path / "export", "contacts.jsonl", text)
    with pytest.raises(BadInput, match=r"contacts\.jsonl: line 1 is not JSON .* Export the file again"):
        stage(Settings(tmp_path / "export"), tmp_path / "staged")


def test_json_that_is_no_list_of_objects_is_an_attachment(tmp_path: Path) -> None:
    write(tmp_path / "export", "contacts.csv", "Email,First Name\na@x.example,Ann\n")
    write(tmp_path / "export", "settings.json", '{"theme": "dark"}')
    assert list(stage(Settings(tmp_path / "export"), tmp_path / "staged").attachments) == ["settings.json"]
    staged = stage(Settings(tmp_path / "export"), tmp_path / "staged")
    assert [(flag.file, flag.kind) for flag in staged.flags] == [("settings.json", "file")]


ANN = {"id": 1, "email": "a@x.example", "first_name": "Ann"}
BO = {"id": 2, "email": "b@x.example", "first_name": "Bo"}


@pytest.mark.parametrize(
    ("name", "text", "ids"),
    [
        ("answer.json", json.dumps({"data": {"contacts": {"paginatorInfo": {"total": 2}, "data": [ANN, BO]}}}), "12"),
        ("one.json", json.dumps(ANN), "1"),
        ("one.json", json.dumps({**ANN, "custom_fields": [{"name": "Shirt", "value": "M"}]}), "1"),
        ("mixed.json", json.dumps({"contacts": [ANN, 7, BO]}), "12"),
    ],
)
def test_records_are_found_however_deep_they_lie(tmp_path: Path, name: str, text: str, ids: str) -> None:
    write(tmp_path / "export", name, text)
    staged = stage(Settings(tmp_path / "export"), tmp_path / "staged")
    assert "".join(row["contact_id"] for row in staged.rows("contacts")) == ids
    assert staged.source_rows["contacts"] == len(ids) + len(staged.quarantined)


def test_json_with_something_behind_it_is_said_and_no_attachment(tmp_path: Path) -> None:
    write(tmp_path / "export", "contacts.json", json.dumps([ANN, BO]) + "\n]")
    with pytest.raises(BadInput, match=r"contacts\.json: line 2 is not JSON"):
        stage(Settings(tmp_path / "export"), tmp_path / "staged")


def test_what_stands_twice_under_one_name_is_kept_and_nan_is_blank(tmp_path: Path) -> None:
    text = (
        '{"email": "a@x.example", "first_name": "Ann", "Region": "N", "Region": "S", "Age": NaN, '
        '"custom_fields": [{"name": "email", "value": "z@x.example"}, {"name": "Shirt", "value": "M"}]}'
    )
    write(tmp_path / "export", "contacts.jsonl", text)
    (row,) = stage(Settings(tmp_path / "export"), tmp_path / "staged").rows("contacts")
    assert (row["email"], row["email (2)"], row["Region"], row["Region (2)"], row["Age"], row["Shirt"]) == (
        "a@x.example", "z@x.example", "N", "S", "", "M",
    )  # fmt: skip
