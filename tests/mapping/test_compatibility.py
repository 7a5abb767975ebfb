from __future__ import annotations

import pytest

from nrpd.mapping.compatibility import TABLE, check, grade, transform_for
from nrpd.mapping.transform import Context, build
from nrpd.netresults.records import FIELD_TYPES as SOURCE_TYPES
from nrpd.pipedrive.records import FIELD_TYPES
from tests.mapping.support import row
from tests.mapping.test_transform import assert_valid

SAMPLES = {
    "text": "Some text, with a comma", "number": "12", "decimal": "12.5", "date": "2024-01-05",
    "datetime": "2024-01-05 10:11:12", "boolean": "true", "dropdown": "Web", "multiselect": "a;b",
    "website": "https://x.example/a", "lookup": "Record 7", "phone": "+1 303 555 0100", "email": "a@x.example",
}  # fmt: skip
FITTING = {
    "double": "12", "monetary": "12 EUR", "date": "2024-01-05", "daterange": "2024-01-05 - 2024-01-06",
    "time": "10:00", "timerange": "10:00 - 11:00",
}  # fmt: skip
PAIRS = [(source, target) for source in SOURCE_TYPES for target in FIELD_TYPES]


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_every_pair_by_value(source: str, target: str) -> None:
    fit = TABLE[source][target]
    transform = transform_for(source, target, ";" if source == "multiselect" else "")
    if fit.verdict == "no":
        assert fit.lost
        assert transform == ""
        return
    text = FITTING.get(target, SAMPLES[source]) if source in ("text", "lookup") else SAMPLES[source]
    built = build("person", [row("c", "F", target, transform)], {"c": text}, Context())
    assert built.unfit == []
    assert_valid(target, built.values["F"])
    assert (fit.verdict == "ok") == (fit.lost == "")
    if fit.verdict == "ok":
        assert built.losses == []


@pytest.mark.parametrize("target", ["double", "monetary", "date", "daterange", "time", "timerange"])
def test_free_text_in_a_strict_field_does_not_fit(target: str) -> None:
    built = build("person", [row("c", "F", target, transform_for("text", target))], {"c": "some words"}, Context())
    assert built.values == {}
    assert len(built.unfit) == 1


def test_the_time_of_day_is_said_to_be_lost() -> None:
    built = build("person", [row("c", "F", "date", "date")], {"c": SAMPLES["datetime"]}, Context())
    assert built.values == {"F": "2024-01-05"}
    assert built.losses == [("c", SAMPLES["datetime"], "the time of day")]


def test_lengths_and_numbers_of_options_count() -> None:
    assert check("text", "varchar", max_length=1024).verdict == "lossy"
    assert "255 fit" in check("text", "varchar", max_length=1024).lost
    assert check("text", "text", max_length=1024).verdict == "ok"
    assert check("dropdown", "enum", distinct=10_001).verdict == "no"
    assert check("number", "double", fits=0.99).verdict == "lossy"
    assert check("email", "emails").verdict == "ok"


def test_several_options_do_not_become_one_in_silence() -> None:
    assert check("multiselect", "enum").verdict == "lossy"
    assert check("multiselect", "set").verdict == "ok"


def test_the_grade_says_what_for() -> None:
    assert grade({"records": 400, "workflows": 2}).letter == "A"
    big = grade(
        {"records": 600_000, "custom fields": 120, "workflows": 60, "activities": 900_000, "fields to be decided": 9}
    )
    assert big.letter == "D"
    assert "600,000 records (+3)" in big.reasons
