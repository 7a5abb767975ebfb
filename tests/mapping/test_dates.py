from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nrpd.errors import BadInput
from nrpd.mapping.dates import DoesNotFit, is_zero_date, parse_date, rfc3339, settle_order

DENVER, NEW_YORK, BERLIN = "America/Denver", "America/New_York", "Europe/Berlin"


@pytest.mark.parametrize(
    ("text", "order", "tz", "value"),
    [
        ("2024-01-05", "", "UTC", date(2024, 1, 5)),
        ("2024/1/5", "", "UTC", date(2024, 1, 5)),
        ("03/04/2021", "mdy", "UTC", date(2021, 3, 4)),
        ("03/04/2021", "dmy", "UTC", date(2021, 4, 3)),
        ("25/04/2021", "", "UTC", date(2021, 4, 25)),
        ("04.03.2021", "dmy", "UTC", date(2021, 3, 4)),
        ("5 Jan 2024", "", "UTC", date(2024, 1, 5)),
        ("January 5, 2024", "", "UTC", date(2024, 1, 5)),
        ("5. März 2024", "", "UTC", date(2024, 3, 5)),
        ("5 de enero de 2024", "", "UTC", date(2024, 1, 5)),
        ("Fri, 05 Jan 2024", "", "UTC", date(2024, 1, 5)),
        ("2024-01-15 23:30", "", NEW_YORK, datetime(2024, 1, 16, 4, 30, tzinfo=UTC)),
        ("1/15/2024 12:05 AM", "mdy", NEW_YORK, datetime(2024, 1, 15, 5, 5, tzinfo=UTC)),
        ("1/15/2024 12:05:09 pm", "mdy", NEW_YORK, datetime(2024, 1, 15, 17, 5, 9, tzinfo=UTC)),
        ("2024-01-15T10:00:00Z", "", DENVER, datetime(2024, 1, 15, 10, tzinfo=UTC)),
        ("2024-01-15T10:00:00.123+02:00", "", DENVER, datetime(2024, 1, 15, 8, tzinfo=UTC)),
        ("2024-01-15 10:00:00 -0700", "", "UTC", datetime(2024, 1, 15, 17, tzinfo=UTC)),
        ("\u200b2024-01-05\u00a0", "", "UTC", date(2024, 1, 5)),
    ],
)
def test_reads_dates(text: str, order: str, tz: str, value: object) -> None:
    assert parse_date(text, order, tz) == value


@pytest.mark.parametrize(
    ("text", "order", "tz", "reason"),
    [
        ("03/04/2021", "", "UTC", "cannot be told apart"),
        ("25/04/2021", "mdy", "UTC", "no such day"),
        ("3/4/21", "mdy", "UTC", "two digits"),
        ("2024-02-30", "", "UTC", "no such day"),
        ("13:00 PM", "", "UTC", "not a date"),
        ("1/15/2024 13:05 PM", "mdy", "UTC", "no such time"),
        ("soon", "", "UTC", "not a date"),
        ("45000", "", "UTC", "not a date"),
        ("2024-03-31 02:30", "", BERLIN, "was skipped"),
        ("2024-10-27 02:30", "", BERLIN, "happened twice"),
        ("2024-03-10 02:30", "", DENVER, "was skipped"),
    ],
)
def test_refuses_rather_than_guesses(text: str, order: str, tz: str, reason: str) -> None:
    with pytest.raises(DoesNotFit, match=reason):
        parse_date(text, order, tz)


@pytest.mark.parametrize(
    "text",
    [
        "", "  ", "0000-00-00", "0000-00-00 00:00:00", "1970-01-01", "1970-01-01T00:00:00Z", "00/00/0000", "01/01/1970",
        "0000-00-00T00:00:00.000Z", "0001-01-01T00:00:00", "1899-12-30", "1899-12-31 00:00:00", "1900-01-00",
        "1/0/1900", "00.01.1900", "01/01/1970 12:00:00 AM", "1970-01-01 01:00:00", "1970-01-01T01:00:00+01:00",
        "1970-01-01 05:30:00", "1969-12-31 17:00:00", "12/31/1969 19:00", "12/31/1969 5:00 PM",
    ],
)  # fmt: skip
def test_zero_dates_are_blank(text: str) -> None:
    assert parse_date(text) is None
    assert is_zero_date(text) is bool(text.strip())


@pytest.mark.parametrize("text", ["1970-01-01 08:15", "1969-12-31", "1969-12-31 08:00", "1970-01-02", "1900-01-01"])
def test_days_that_only_look_like_zero_dates_are_days(text: str) -> None:
    assert parse_date(text) is not None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1706692800", datetime(2024, 1, 31, 9, 20, tzinfo=UTC)),
        ("1706692800000", datetime(2024, 1, 31, 9, 20, tzinfo=UTC)),
        ("1706692800.5", datetime(2024, 1, 31, 9, 20, tzinfo=UTC)),
        ("946684800", None), ("3035550100", None), ("17066928000", None), ("0", None), ("20240131", None),
    ],
)  # fmt: skip
def test_unix_times_are_read_in_their_column_only_and_in_a_window_only(text: str, value: datetime | None) -> None:
    for order in ("", "mdy", "dmy", "ymd") if value else ("epoch",):
        with pytest.raises(DoesNotFit):
            parse_date(text, order)
    if value:
        assert parse_date(text, "epoch") == value


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["03/04/2021", "05/04/2021"], "undecidable"),
        (["03/04/2021", "05/04/2021", "25/04/2021"], "dmy"),
        (["03/04/2021", "04/25/2021"], "mdy"),
        (["25/04/2021", "04/25/2021"], "undecidable"),
        (["05/05/2021", ""], "mdy"),
        (["2021-04-03"], "ymd"),
        (["2021-04-13", "25.04.2021"], "dmy"),
        (["2021-04-03", "25.04.2021"], "undecidable"),  # a spreadsheet read 03.04. the other way round
        (["2021-04-03", "04/25/2021"], "undecidable"),
        (["2021-04-03", "25.04.2021", "03.04.2021"], "dmy"),
        (["0000-00-00", "", "n/a"], ""),
        (["5 Jan 2021"], ""),
        (["1706692800", ""], "epoch"),
        (["1706692800000"], "epoch"),
        (["3035550100"], ""),
        (["1706692800", "2021-04-03"], "ymd"),
    ],
)
def test_the_column_as_a_whole_settles_the_order(texts: list[str], order: str) -> None:
    assert settle_order(texts) == order


def test_an_unknown_zone_is_named() -> None:
    with pytest.raises(BadInput, match="Mars/Olympus"):
        parse_date("2024-01-05 10:00", "", "Mars/Olympus")


@given(
    st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2090, 1, 1)).map(lambda d: d.replace(microsecond=0))
)
def test_what_is_written_in_rfc_3339_reads_back(moment: datetime) -> None:
    aware = moment.replace(tzinfo=UTC)
    assert parse_date(rfc3339(aware), "", DENVER) == aware


@given(st.dates(), st.sampled_from(["ymd", "mdy", "dmy", ""]))
def test_iso_dates_do_not_depend_on_the_order(day: date, order: str) -> None:
    expected = None if is_zero_date(day.isoformat()) else day
    assert parse_date(day.isoformat(), order) == expected
