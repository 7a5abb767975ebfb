from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from nrpd.mapping.compatibility import TABLE, check, grade, transform_for
from nrpd.mapping.profile import profile
from nrpd.mapping.propose import propose
from nrpd.mapping.sheet import problems_of
from nrpd.mapping.transform import Context, build
from nrpd.mapping.transforms import STANDARD_TYPES, TRANSFORMS
from nrpd.netresults.records import FIELD_TYPES as SOURCE_TYPES
from nrpd.pipedrive.records import FIELD_TYPES
from tests.mapping.support import account, custom, row
from tests.mapping.test_transform import assert_valid

CONTEXT = Context(currency="CHF")
CLOCK, DAY = "10:11:12", "2024-01-05"
LONG, LONG_OPTION, CALL = "x" * 1024, "y" * 256, "call us"
KEPT, LOST_TIME = "kept as written: not a valid phone number", "the time of day"


@dataclass(frozen=True)
class Refused:
    """The value stays out, for a reason that holds these words."""

    why: str


def moved(*texts: str) -> list[Case]:
    """Texts that arrive as they are."""
    return [(text, text, "") for text in texts]


Case = tuple[str, Any, str]
"""(cell, what arrives or Refused, what is said to be lost)"""
FREE: dict[str, list[Case]] = {
    "varchar": [*moved("Some text, with a comma"), (LONG, Refused("1024 characters; 255 fit"), "")],
    "varchar_auto": [*moved("Some text"), (LONG, Refused("255 fit"), "")],
    "text": moved("two\nlines", LONG),
    "double": [("12.5", 12.5, ""), ("many", Refused("not a number"), "")],
    "monetary": [("12 EUR", {"value": 12, "currency": "EUR"}, ""), ("12", {"value": 12, "currency": "CHF"}, ""),
                 ("dear", Refused("not a number"), "")],
    "date": [(DAY, DAY, ""), (f"{DAY} {CLOCK}", DAY, LOST_TIME), ("soon", Refused(""), "")],
    "daterange": [(f"{DAY} - 2024-01-06", {"value": DAY, "until": "2024-01-06"}, ""), (DAY, Refused(""), "")],
    "time": [("10:11", {"value": "10:11:00"}, ""), ("at noon", Refused(""), "")],
    "timerange": [("09:00 - 17:30", {"value": "09:00:00", "until": "17:30:00"}, ""), ("09:00", Refused(""), "")],
    "set": [("a;b", ("a", "b"), ""), (LONG_OPTION, Refused("an option of 256 characters; 255 fit"), "")],
    "enum": [("a;b", "a;b", ""), (LONG_OPTION, Refused("an option of 256 characters; 255 fit"), "")],
    "phone": [("303 555 0100", "+13035550100", ""), (CALL, CALL, KEPT), (LONG, Refused("255 fit"), "")],
    "address": [("1 Main St, Denver", {"value": "1 Main St, Denver"}, "")],
    "emails": [("a@x.example", ("a@x.example",), ""), ("nobody", Refused("not an e-mail address"), "")],
    "phones": [("303 555 0100", ("+13035550100",), ""), (CALL, (CALL,), KEPT), (LONG, Refused("255 fit"), "")],
    "int": [("1,234", 1234, ""), ("12.5", Refused("not a whole number"), "")],
    "datetime": [(f"{DAY} {CLOCK}", f"{DAY}T{CLOCK}Z", ""), (DAY, f"{DAY}T00:00:00Z", ""), ("soon", Refused(""), "")],
}  # fmt: skip


def counted(text: str, number: float) -> dict[str, list[Case]]:
    return {
        "double": [(text, number, "")], "monetary": [(text, {"value": number, "currency": "CHF"}, "")],
        "set": [(text, (text,), "")], **dict.fromkeys(("enum", "varchar", "varchar_auto", "text"), moved(text)),
        "phone": [(text, text, KEPT), (LONG, Refused("255 fit"), "")],
        "phones": [(text, (text,), KEPT), (LONG, Refused("255 fit"), "")],
    }  # fmt: skip


WEB = "https://x.example/a"
OPTIONS = {"enum": FREE["enum"], "set": FREE["set"]}
ARRIVES: dict[str, dict[str, list[Case]]] = {
    "text": FREE,
    "lookup": FREE,
    "number": {**counted("12", 12), "int": [("12", 12, "")]},
    "decimal": {**counted("12.5", 12.5), "int": [("12", 12, ""), ("12.5", Refused("not a whole number"), "")]},
    "date": {
        **dict.fromkeys(("varchar", "varchar_auto", "text", "enum", "date"), moved(DAY)), "set": [(DAY, (DAY,), "")],
        "datetime": [(DAY, f"{DAY}T00:00:00Z", "")],
    },
    "datetime": {
        **{kind: [(f"{DAY} {CLOCK}", f"{DAY}T{CLOCK}Z", "")] for kind in ("varchar", "varchar_auto", "text")},
        "enum": moved(f"{DAY} {CLOCK}"),
        "set": [(f"{DAY} {CLOCK}", (f"{DAY} {CLOCK}",), "")], "date": [(f"{DAY} {CLOCK}", DAY, LOST_TIME)],
        "datetime": [(f"{DAY} {CLOCK}", f"{DAY}T{CLOCK}Z", "")],
    },
    "boolean": {
        **dict.fromkeys(("varchar", "varchar_auto", "text"), moved("true")),
        "enum": [("true", "Yes", ""), ("0", "No", ""), ("nein", "No", "")], "set": [("Yes", ("Yes",), "")],
        "double": [("1", 1, ""), ("true", Refused("not a number"), "")],
    },
    "dropdown": {
        **dict.fromkeys(("varchar", "varchar_auto", "text", "enum"), moved("Web")), "set": [("Web", ("Web",), "")],
        **{kind: FREE[kind] for kind in ("phone", "phones", "address", "emails")},
    },
    "multiselect": {
        **dict.fromkeys(("varchar", "varchar_auto", "text", "enum"), moved("a;b")),
        "set": [("b;a;b", ("a", "b"), "")],
        "emails": [("a@x.example; b@x.example", ("a@x.example", "b@x.example"), ""), ("a;b", Refused(""), "")],
    },
    "website": {**dict.fromkeys(("varchar", "varchar_auto", "text"), moved(WEB)), **OPTIONS},
    "phone": {
        **dict.fromkeys(("varchar", "varchar_auto", "text"), moved("(303) 555-0100")), **OPTIONS,
        "phone": [("(303) 555-0100", "+13035550100", "")], "phones": [("(303) 555-0100", ("+13035550100",), "")],
    },
    "email": {
        **dict.fromkeys(("varchar", "varchar_auto", "text"), moved("a@x.example")), **OPTIONS,
        "emails": [("a@x.example", ("a@x.example",), "")],
    },
}  # fmt: skip
"""Source type → target type → cells of that type and what becomes of each. Pairs that are absent are never possible."""
PAIRS = [(source, target) for source in SOURCE_TYPES for target in (*FIELD_TYPES, *STANDARD_TYPES)]


def refused(cases: Sequence[Case]) -> bool:
    return any(isinstance(value, Refused) for _, value, _ in cases)


WITNESSES: dict[str, Callable[[Sequence[Case]], bool]] = {
    "only ": refused,
    "255 characters": lambda cases: any(isinstance(v, Refused) and "255 fit" in v.why for _, v, _ in cases),
    "the time of day": lambda cases: any(lost == LOST_TIME for _, _, lost in cases),
    "a time of day is lost": lambda cases: any(lost == LOST_TIME for _, _, lost in cases),
    "midnight": lambda cases: (DAY, f"{DAY}T00:00:00Z", "") in cases,
    "no longer a": lambda cases: all(isinstance(v, (str, tuple, Refused)) for _, v, _ in cases),
    "no longer Yes or No": lambda cases: ("1", 1, "") in cases,
    "no longer several": lambda cases: ("a;b", "a;b", "") in cases,
    "kept as written": lambda cases: any(lost == KEPT for _, _, lost in cases),
    "the account's": lambda cases: any(isinstance(v, dict) and v.get("currency") == "CHF" for _, v, _ in cases),
    "becomes an option": lambda cases: any(isinstance(v, (str, tuple)) for _, v, _ in cases),
    "not told apart": lambda cases: all(set(v) == {"value"} for _, v, _ in cases),
    "both be ticked": lambda cases: all(isinstance(v, tuple) for _, v, _ in cases),
}
"""Words of a stated loss → whether cells show that loss."""


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_every_pair_by_value(source: str, target: str) -> None:
    fit = TABLE[source][target]
    transform = transform_for(source, target, ";" if source == "multiselect" else "")
    cases = ARRIVES[source].get(target, [])
    assert (fit.verdict != "no") == bool(cases) == bool(transform)
    for text, value, lost in cases:
        built = build("person", [row("c", "F", target, transform)], {"c": text}, CONTEXT)
        if isinstance(value, Refused):
            assert "F" not in built.values
            assert [(c, t) for c, t, _ in built.unfit] == [("c", text)]
            assert value.why in built.unfit[0][2]
            continue
        assert built.unfit == []
        assert plain(built.values["F"]) == value
        assert_valid(target, built.values["F"])
        assert built.losses == ([("c", text, lost)] if lost else [])


def plain(value: Any) -> Any:
    """E-mails and phones as their texts."""
    points = isinstance(value, tuple) and value and isinstance(value[0], dict)
    return tuple(point["value"] for point in value) if points else value


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_the_stated_loss_is_the_one_that_occurs(source: str, target: str) -> None:
    fit, cases = TABLE[source][target], ARRIVES[source].get(target, [])
    if fit.verdict == "no":
        assert fit.lost
    elif fit.verdict == "lossy":
        named = [shown for words, shown in WITNESSES.items() if words in fit.lost]
        assert named, f"nothing shows {fit.lost!r}"
        assert all(shown(cases) for shown in named), fit.lost
    else:
        assert fit.lost == ""
        assert all(not lost for _, _, lost in cases)
        # Only a length, which is said for each column by itself (`check`), keeps a value out.
        assert all("fit" in value.why for _, value, _ in cases if isinstance(value, Refused))


@pytest.mark.parametrize(("source", "target"), [pair for pair in PAIRS if pair[1] not in ARRIVES[pair[0]]])
def test_a_pair_that_is_never_possible_is_refused_in_the_sheet_whatever_the_transform(source: str, target: str) -> None:
    field = next((name for name, kind in (("emails", "emails"), ("phones", "phones")) if kind == target), "F")
    ways = [t.name for t in TRANSFORMS.values() if target in t.types and (t.kind == "value" or t.name == "address")]
    for way in ways:
        wrong = replace(row("c", field, target, way, new=target in FIELD_TYPES), type=source)
        assert any("does not go into a field of type" in problem for problem in problems_of(wrong)), way


def test_no_proposal_is_a_pair_that_is_never_possible() -> None:
    """For every type of a column, in an account that has a field of every type and the header's name."""
    cells = {source: [text for cases in ARRIVES[source].values() for text, _, _ in cases][:3] for source in ARRIVES}
    for kind in FIELD_TYPES:
        fields = profile("contacts", {f"My {s}": texts for s, texts in cells.items()}, {}, ["f"] * 3)
        there = account(*(custom(f"My {source}", kind) for source in cells))
        assert [p for r in propose(fields, there) for p in problems_of(r)] == []


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
