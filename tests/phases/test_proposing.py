from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nrpd.errors import BadInput
from nrpd.phases.proposing import propose, read_account


def written(path: Path, data: Any) -> Path:
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return path


def headers(folder: Path, *rows: str) -> Path:
    return written(folder / "headers.tsv", "header\tobject\tvalues\n" + "".join(f"{row}\n" for row in rows))


def test_three_places_with_their_confidence_best_first(tmp_path: Path) -> None:
    account = written(
        tmp_path / "account.json",
        {
            "person_fields": [
                {"field_name": "Industry", "field_type": "enum", "options": ["IT", {"label": "Retail"}]},
                {"field_name": "Birthday", "field_type": "date", "field_code": "birthday"},
            ]
        },
    )
    path = headers(tmp_path, "Branche\tcontacts\tIT|Retail|IT|Retail|IT|Retail", "Geburtstag\tcontacts\t1980-04-12")
    branch, born = propose(path, account)
    assert branch["target"] == {"entity": "person", "field": "Industry", "type": "enum", "new": False}
    assert [other["target"]["new"] for other in branch["alternatives"]] == [True, True]
    sure = [branch["confidence"], *(other["confidence"] for other in branch["alternatives"])]
    assert sure == sorted(sure, reverse=True)
    assert all(0 <= value <= 1 for value in sure)
    assert set(branch["alternatives"][0]) == {"column", "target", "confidence", "reason"}
    assert born["target"] == {"entity": "person", "field": "birthday", "type": "date", "new": False}


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "cp1252"])
def test_files_as_spreadsheets_save_them(tmp_path: Path, codec: str) -> None:
    path = tmp_path / "headers.tsv"
    path.write_text("header\tobject\tvalues\nStraße\tcontacts\t\n", encoding=codec)
    (found,) = propose(path)
    assert found["column"] == "address_1"


@pytest.mark.parametrize("header", ["Direct Mail", "Business ID", "Company Contact"])
def test_names_that_only_seem_to_be_an_address_or_an_id(tmp_path: Path, header: str) -> None:
    (found,) = propose(headers(tmp_path, f"{header}\tcontacts\t"))
    assert found["column"] not in ("email", "company_id", "company_name")


def test_without_an_account_it_is_an_empty_one(tmp_path: Path) -> None:
    (found,) = propose(headers(tmp_path, "Branche\tcontacts\tIT|Retail|IT|Retail|IT|Retail"))
    assert found["target"] == {"entity": "person", "field": "Branche", "type": "enum", "new": True}


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("{", "not readable as JSON"),
        ([], "expected a JSON object with person_fields"),
        ({"fields": []}, "expected a JSON object with person_fields"),
        ({"person_fields": [{"field_type": "date"}]}, r"person_fields\[0\]: expected an object with field_name"),
        ({"deal_fields": [{"field_name": "X", "field_type": "bool"}]}, r"deal_fields\[0\]: field_type is 'bool'"),
    ],
)
def test_an_account_that_cannot_be_used(tmp_path: Path, data: Any, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        read_account(written(tmp_path / "account.json", data))
