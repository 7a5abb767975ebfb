from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nrpd.mapping.values import (
    DoesNotFit,
    clean,
    is_blank,
    is_escaped,
    parse_boolean,
    parse_money,
    parse_number,
    parse_phone,
    settle_decimal,
    split_multi,
    split_phones,
    unescape,
)


@pytest.mark.parametrize(
    ("text", "mark", "value"),
    [
        ("1,234.50", ".", 1234.5), ("1.234,50", ",", 1234.5), ("1 234,5", ",", 1234.5), ("-3", ".", -3), ("+7", ".", 7),
        ("0", ".", 0), ("0.5", ".", 0.5), (".5", ".", 0.5), ("12.00", ".", 12), ("1,234,567", ".", 1234567),
        ("1'234.5", ".", 1234.5), (" 42\u00a0", ".", 42),
    ],
)  # fmt: skip
def test_reads_numbers(text: str, mark: str, value: float) -> None:
    assert parse_number(text, mark) == value
    assert type(parse_number(text, mark)) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "12 apples",
        "1,23",
        "1.2.3",
        "4.93E+11",
        "1e5",
        "007",
        "12345678901234567",
        "--1",
        "1,2345",
        "٣",
        "nan",
        "inf",
    ],
)
def test_refuses_what_is_no_number(text: str) -> None:
    with pytest.raises(DoesNotFit):
        parse_number(text)


@pytest.mark.parametrize(
    ("texts", "mark"),
    [
        (["1,234.50"], "."), (["1.234,50"], ","), (["1,234", "12"], "undecidable"), (["1,234", "0,5"], ","),
        (["1,234,567"], "."), (["1.234.567"], ","), (["1.5", "2,5"], "undecidable"), (["1", "2"], "."), ([], "."),
        (["0.125"], "."), (["1234.567"], "."), (["1.234"], "undecidable"),
    ],
)  # fmt: skip
def test_the_column_settles_the_decimal_mark(texts: list[str], mark: str) -> None:
    assert settle_decimal(texts) == mark


@pytest.mark.parametrize("text", ["1", "TRUE", "Yes", "Y ", "ja", "oui", "Sí", "on"])
def test_words_for_yes(text: str) -> None:
    assert parse_boolean(text) is True


@pytest.mark.parametrize("text", ["0", "false", "no", "N", "nein", "non", "off"])
def test_words_for_no(text: str) -> None:
    assert parse_boolean(text) is False


@pytest.mark.parametrize("text", ["x", "2", "unknown", "", "yes please"])
def test_other_words_are_neither(text: str) -> None:
    with pytest.raises(DoesNotFit):
        parse_boolean(text)


@pytest.mark.parametrize(
    ("text", "country", "e164"),
    [
        ("303-555-0100", "US", "+13035550100"), ("(303) 555-0100 x12", "US", "+13035550100 ext. 12"),
        ("0049 30 1234567", "DE", "+49301234567"), ("'+493012345678", "US", "+493012345678"),
        (" +49 30 12345678", "US", "+493012345678"), ("030 1234567", "DE", "+49301234567"), ("12", "US", None),
        ("call reception", "US", None),
        ("1-800-FLOWERS", "US", "+18003569377"), ("Tel. 089 1234567", "DE", "+49891234567"),
        ("Mobile: 303-555-0100", "US", "+13035550100"), ("303-555-0100 ext 22", "US", "+13035550100 ext. 22"),
        # Letters would be dialled, and digits of something else
        ("089 1234567 (privat)", "DE", None), ("040 123456 mobil", "DE", None), ("+49 89 1234567 Hr. Lee", "DE", None),
        ("303-555-0100 mobile", "US", None), ("8912345678.0", "DE", None), ("089/1234567-10/-11", "DE", None),
        ("04.03.2021", "DE", None), ("089/1234567", "DE", "+49891234567"), ("06.12.34.56.78", "FR", "+33612345678"),
    ],
)  # fmt: skip
def test_phones(text: str, country: str, e164: str | None) -> None:
    number, original = parse_phone(text, country)
    assert number == e164
    assert original == text.strip().removeprefix("'")


def test_a_phone_in_scientific_notation_is_lost() -> None:
    with pytest.raises(DoesNotFit, match="lost in a spreadsheet"):
        parse_phone("4.93012E+11", "DE")


def test_several_phones_in_one_cell() -> None:
    assert split_phones("303-555-0100; 303-555-0101") == ["303-555-0100", "303-555-0101"]
    assert split_phones("303-555-0100, ext 5") == ["303-555-0100, ext 5"]
    assert split_phones("  ") == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("€1,200", {"value": 1200, "currency": "EUR"}), ("1200 CHF", {"value": 1200, "currency": "CHF"}),
        ("$5.50", {"value": 5.5, "currency": "CAD"}), ("12", {"value": 12, "currency": "CAD"}),
    ],
)  # fmt: skip
def test_money(text: str, value: dict[str, Any]) -> None:
    assert parse_money(text, ".", "CAD") == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("O&#39;Brien", "O'Brien"), ("AT&amp;T", "AT&T"), ("A &lt;b&gt;", "A <b>"), ("&amp;#39;", "&#39;"),
        ("R&D", "R&D"), ("x&copy=1", "x&copy=1"), ("&nosuch;", "&nosuch;"),
    ],
)  # fmt: skip
def test_entities_are_unescaped_once(text: str, value: str) -> None:
    assert unescape(text) == value


def test_what_was_escaped_twice_is_seen() -> None:
    assert is_escaped(unescape("&amp;#39;"))
    assert not is_escaped("R&D; & more")


def test_clean_keeps_what_stands_inside() -> None:
    assert clean(" \u200bline 1\r\nline 2\ufeff ") == "line 1\nline 2"
    assert clean("a\u0000b\u200dc") == "ab\u200dc"


def test_options_are_parted_by_their_separator_only() -> None:
    assert split_multi("News, Events; Web;;Web ", ";") == ["News, Events", "Web"]
    assert split_multi("a|b;c", "|") == ["a", "b;c"]


@given(st.text())
def test_blank_means_nothing_visible(text: str) -> None:
    assert is_blank(text) == is_blank(clean(text))


@given(st.integers(-(10**14), 10**14))
def test_whole_numbers_read_back(number: int) -> None:
    assert parse_number(f"{number:,}") == parse_number(str(number)) == number
