from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from nrpd.errors import BadInput
from nrpd.mapping.profile import profile
from nrpd.mapping.propose import EMPTY_ACCOUNT, propose
from nrpd.mapping.sheet import as_dict, check_rows, digest, read_xlsx, read_yaml, write_xlsx, write_yaml
from nrpd.mapping.workbook import COLUMNS
from nrpd.pipedrive.records import MappingRow, Target

CELLS = {
    "email": ["a@x.example"], "first_name": ["Kim"], "last_name": ["Lee"], "lead_score": ["5"], "=SUM(A1)": ["x"],
    "Ünïcode: \"quoted\"": ["y"], "yes": ["1.5"], "007": ["z"], "Empty": [""],
}  # fmt: skip
ROWS = propose(profile("contacts", CELLS, {}, ["f"]), EMPTY_ACCOUNT)


def edit(path: Path, column: str, **cells: str) -> None:
    """Change cells of the spreadsheet's row of a column, as a person would."""
    book = load_workbook(path)
    sheet = book["mapping"]
    names = [name for name, _, _ in COLUMNS]
    for line in sheet.iter_rows(min_row=2):
        if line[names.index("column")].value == column:
            for name, value in cells.items():
                line[names.index(name.replace("_", " "))].value = value
    book.save(path)


def edit_yaml(path: Path, number: int, **keys: Any) -> None:
    """Change keys of one row of the file."""
    data = yaml.safe_load(path.read_text("utf-8"))
    data[number].update(keys)
    path.write_text(yaml.safe_dump(data), "utf-8")


def test_both_files_read_back_as_written(tmp_path: Path) -> None:
    write_yaml(ROWS, tmp_path / "mapping.yaml")
    write_xlsx(ROWS, tmp_path / "mapping.xlsx")
    assert read_yaml(tmp_path / "mapping.yaml") == ROWS
    assert read_xlsx(tmp_path / "mapping.xlsx", ROWS) == ROWS


def test_the_file_has_the_keys_of_the_design(tmp_path: Path) -> None:
    write_yaml(ROWS, tmp_path / "m.yaml")
    first = yaml.safe_load((tmp_path / "m.yaml").read_text("utf-8"))[0]
    assert list(first) == [
        "object", "source", "column", "fill", "type", "target", "transform", "confidence", "reason", "by",
    ]  # fmt: skip
    assert list(first["target"]) == ["entity", "field", "type", "new"]


def test_a_sheet_without_column_takes_the_source_as_column(tmp_path: Path) -> None:
    data = [{k: v for k, v in as_dict(row).items() if k != "column"} for row in ROWS]
    (tmp_path / "m.yaml").write_text(yaml.safe_dump(data), "utf-8")
    assert read_yaml(tmp_path / "m.yaml") == ROWS


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"transform": "magic"}, "row 4 .*transform 'magic' is not known"),
        ({"transform": "date"}, "row 4 .*cannot fill a field of type 'double'; these can: number"),
        ({"transform": "skip", "reason": " "}, "row 4 .*needs a reason"),
        ({"confidence": "high"}, "row 4: confidence must be a number"),
        ({"colour": "red"}, "row 4: unknown key 'colour'"),
        ({"target": {"entity": "person"}}, "row 4: target needs exactly"),
        (
            {"target": {"entity": "lead", "field": "X", "type": "double", "new": True}},
            "target.entity 'lead' is not known",
        ),
        ({"target": {"entity": "person", "field": "", "type": "double", "new": True}}, "target.field is blank"),
        (
            {"target": {"entity": "person", "field": "X", "type": "number", "new": True}},
            "target.type 'number' is not known",
        ),
        ({"target": {"entity": "person", "field": "X", "type": "double", "new": "maybe"}}, "must be true or false"),
        ({"target": {"entity": "person", "field": "emails", "type": "double", "new": True}}, "standard field's name"),
        ({"target": {"entity": "activity", "field": "X", "type": "double", "new": True}}, "no custom fields"),
        ({"column": "email"}, "row 4: contacts 'email' stands in row 1 already"),
        ({"object": "contact"}, "object 'contact' is not known"),
    ],
)
def test_errors_name_the_row(tmp_path: Path, keys: dict[str, Any], message: str) -> None:
    path = tmp_path / "mapping.yaml"
    write_yaml(ROWS, path)
    edit_yaml(path, 3, **keys)
    with pytest.raises(BadInput, match=message) as caught:
        read_yaml(path)
    assert str(caught.value).startswith("mapping.yaml")


def test_two_columns_in_one_field(tmp_path: Path) -> None:
    score = next(row for row in ROWS if row.column == "lead_score")
    other = replace(score, column="Other", source="Other")
    assert check_rows([*ROWS, other]) == ["row 10: person 'Lead Score' is filled by row 4 already"]


@pytest.mark.parametrize("text", ["a: [", "just words", "5"])
def test_a_file_that_is_no_sheet(tmp_path: Path, text: str) -> None:
    (tmp_path / "mapping.yaml").write_text(text, "utf-8")
    with pytest.raises(BadInput, match=r"mapping\.yaml"):
        read_yaml(tmp_path / "mapping.yaml")
    with pytest.raises(BadInput, match="no such file"):
        read_yaml(tmp_path / "absent.yaml")


def test_the_spreadsheet_helps_whoever_edits_it(tmp_path: Path) -> None:
    write_xlsx(ROWS, tmp_path / "m.xlsx")
    sheet = load_workbook(tmp_path / "m.xlsx")["mapping"]
    assert sheet.freeze_panes == "D2"
    assert {rule.formula1.split("!")[0] for rule in sheet.data_validations.dataValidation} == {"choices"}
    assert len(sheet.data_validations.dataValidation) == 5
    names = [name for name, _, _ in COLUMNS]
    confidence = names.index("confidence") + 1
    colors = {sheet.cell(n, confidence).fill.fgColor.rgb[-6:] for n in range(2, len(ROWS) + 2)}
    assert "C6EFCE" in colors
    assert all(cell.comment for cell in sheet[1])
    formula = next(line for line in sheet.iter_rows(min_row=2) if line[1].value == "=SUM(A1)")
    assert formula[1].data_type == "s"


def test_edits_in_the_spreadsheet_are_read(tmp_path: Path) -> None:
    path = tmp_path / "mapping.xlsx"
    write_xlsx(ROWS, path)
    edit(path, "lead_score", field="Points", new="yes", reason="as agreed", by="Kim")
    edit(path, "yes", target_type="varchar")
    edit(path, "007", transform="skip", entity="none", field="", target_type="", reason="not needed")
    rows = {row.column: row for row in read_xlsx(path, ROWS)}
    assert rows["lead_score"].target == Target("person", "Points", "double", True)
    assert (rows["lead_score"].reason, rows["lead_score"].by) == ("as agreed", "Kim")
    assert (rows["yes"].target.type, rows["yes"].transform) == ("varchar", "text")
    assert (rows["007"].transform, rows["007"].target.entity) == ("skip", "none")


def test_errors_in_the_spreadsheet_name_its_row(tmp_path: Path) -> None:
    path = tmp_path / "mapping.xlsx"
    write_xlsx(ROWS, path)
    edit(path, "lead_score", transform="magic")
    with pytest.raises(BadInput, match=r"mapping\.xlsx: row 5 .*'magic'"):
        read_xlsx(path, ROWS)
    write_xlsx(ROWS[1:], path)
    with pytest.raises(BadInput, match="the row of contacts 'email' is missing"):
        read_xlsx(path, ROWS)
    path.write_bytes(b"no spreadsheet")
    with pytest.raises(BadInput, match="not readable"):
        read_xlsx(path, ROWS)


def test_what_a_person_sees_in_excel(tmp_path: Path) -> None:
    path = tmp_path / "mapping.xlsx"
    risky = ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "=1"]
    rows = [
        replace(
            ROWS[4], column=text, source=text, reason=text, confidence=0.5 + n / 8,
            target=Target("person", f"Field {text}", "varchar", True),
        )
        for n, text in enumerate(risky)
    ]  # fmt: skip
    write_xlsx(rows, path)
    book = load_workbook(path)
    sheet = book["mapping"]
    names = [name for name, _, _ in COLUMNS]
    for line in sheet.iter_rows(min_row=2):
        texts = [cell for cell in line if isinstance(cell.value, str)]
        assert {cell.data_type for cell in texts} == {"s"}
        assert {cell.number_format for cell in texts} == {"@"}
        assert line[names.index("transform")].comment
    colors = [line[names.index("confidence")].fill.fgColor.rgb[-6:] for line in sheet.iter_rows(min_row=2)]
    assert colors == ["FFC7CE", "FFC7CE", "FFEB9C", "FFEB9C", "C6EFCE"]
    offered = {
        str(rule.sqref).rstrip("0123456789").partition(":")[0].rstrip("0123456789"): {
            cell.value for line in book["choices"][rule.formula1.split("!")[1].replace("$", "")] for cell in line
        }
        for rule in sheet.data_validations.dataValidation
    }
    letters = {name: get_column_letter(names.index(name) + 1) for name in names}
    assert {"note", "double", "people"} <= offered[letters["target type"]]
    assert offered[letters["misfits"]] == {"quarantine"}
    assert book["choices"].sheet_state == "hidden"
    assert [r.reason for r in read_xlsx(path, rows)] == risky


def test_a_spreadsheet_of_before_misfits_were_decided_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mapping.xlsx"
    rows = [replace(ROWS[3], unfit="quarantine"), *ROWS[:3]]
    write_xlsx(rows, path)
    assert read_xlsx(path, rows) == rows
    book = load_workbook(path)
    book["mapping"].delete_cols([name for name, _, _ in COLUMNS].index("misfits") + 1)
    book.save(path)
    assert read_xlsx(path, rows) == rows


def test_a_line_of_a_note_is_read_back_and_stands_once(tmp_path: Path) -> None:
    line = replace(ROWS[3], target=Target("person", "Score", "note", False), transform="note")
    rows = [*ROWS[:3], line]
    write_yaml(rows, tmp_path / "m.yaml")
    write_xlsx(rows, tmp_path / "m.xlsx")
    assert read_yaml(tmp_path / "m.yaml") == read_xlsx(tmp_path / "m.xlsx", ROWS[:4]) == rows
    again = replace(line, column="Other", source="Other")
    assert check_rows([*rows, again]) == ["row 5: person 'Score' is filled by row 4 already"]
    assert (
        "cannot go to 'organization'"
        in check_rows([replace(line, target=replace(line.target, entity="organization"))])[0]
    )


def test_the_digest_is_of_what_is_decided() -> None:
    remarked = [replace(row, reason="r", confidence=0.1, by="Kim", fill=0.5) for row in ROWS]
    assert digest(remarked[::-1]) == digest(ROWS)


ROW = st.builds(
    MappingRow, object=st.just("contacts"), source=st.text(max_size=5), column=st.text(max_size=5), fill=st.just(1.0),
    type=st.just("text"), transform=st.just("text"), confidence=st.just(0.9), reason=st.just("r"), by=st.just(""),
    unfit=st.sampled_from(["", "quarantine"]),
    target=st.builds(Target, st.just("person"), st.text(max_size=5), st.just("text"), st.booleans()),
)  # fmt: skip


@given(ROW, ROW)
def test_digests_differ_exactly_where_decisions_do(one: MappingRow, other: MappingRow) -> None:
    same = (one.column, one.target, one.transform, one.unfit) == (
        other.column, other.target, other.transform, other.unfit
    )  # fmt: skip
    assert (digest([one]) == digest([other])) is same
