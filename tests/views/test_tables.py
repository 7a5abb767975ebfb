"""Tables, the strip and notices: what is shown, what is escaped, what is left out and said."""

from __future__ import annotations

import pandas as pd
from bs4 import BeautifulSoup

from nrpd.views import bars_picture, notice, outcomes_picture, stack, strip, table


def test_a_table_shows_and_aligns_and_escapes() -> None:
    view = table([{"field": "<b>", "n": 1234567}, {"field": None, "n": 2.5}], "Fields & more")
    soup = BeautifulSoup(view._repr_html_(), "html.parser")
    assert [th.get_text() for th in soup.find_all("th", scope="col")] == ["field", "n"]
    assert [td.get_text() for td in soup.find_all("td")] == ["<b>", "1,234,567", "", "2.50"]
    assert soup.caption is not None
    assert soup.caption.get_text() == "Fields & more"
    assert repr(view).splitlines() == [
        "Fields & more", "field          n", "-----  ---------", "<b>    1,234,567", "            2.50",
    ]  # fmt: skip


def test_what_is_left_out_is_said() -> None:
    view = table([{"a": n} for n in range(120)], "Rows", limit=10, more="reports/x.csv")
    for text in (view.html, view.text):
        assert "110 more rows are not shown; all of them are in reports/x.csv." in text
    assert "more rows" not in table([{"a": 1}], "Rows").html


def test_tables_take_frames_and_nested_mappings_and_nothing() -> None:
    assert "x@y.example" in table(pd.DataFrame({"email": ["x@y.example", float("nan")]}), "F").html
    assert "nan" not in table(pd.DataFrame({"email": ["x@y.example", float("nan")]}), "F").text
    assert "skipped" in table({"contacts": {"skipped": {"merged": 2}}}, "F").text
    assert "merged: 2" in table({"contacts": {"skipped": {"merged": 2}}}, "F").text
    assert table([], "Conflicts").text == "Conflicts: none."
    phones = [{"value": "+1303", "label": "work", "primary": True}, {"value": "+44", "label": "home", "primary": False}]
    assert "+1303 (work); +44 (home)" in table([{"phones": phones}], "F").text


def test_the_strip_puts_gates_after_their_phases_and_writes_states_out() -> None:
    view = strip(
        [
            ("01_discovery", "complete"),
            {"phase": "02_mapping", "status": "waiting", "note": "12 open"},
            ("03_owners", "to do"),
        ],
        [{"gate": "preflight", "status": "confirmed", "by": "Kim", "at": "2026-01-02"}, ("mapping", "waiting")],
    )
    assert view.text.splitlines() == [
        "✔ 01_discovery: complete",
        "✔ gate preflight: confirmed (by Kim 2026-01-02)",
        "◐ 02_mapping: waiting (12 open)",
        "◐ gate mapping: waiting",
        "○ 03_owners: to do",
    ]
    assert view.html.count("<li") == 5


def test_a_notice_says_its_kind_in_words() -> None:
    assert notice("problem", "Row 3 <x>\nFix it").html.count("<br>") == 1
    assert "Row 3 &lt;x&gt;" in notice("problem", "Row 3 <x>").html
    assert 'role="alert"' in notice("problem", "x").html
    assert notice("next", "Run 02_mapping.").text == "Next: Run 02_mapping."


def test_the_picture_has_its_numbers_as_text_too() -> None:
    view = outcomes_picture(
        {
            "contacts": {"created": 900, "adopted": 50, "skipped": {"merged": 40, "same row": 5}, "quarantined": 5},
            "companies": {"created": 10},
            "files": {},
        }
    )
    soup = BeautifulSoup(view.html, "html.parser")
    image = soup.img
    assert image is not None
    assert str(image["src"]).startswith("data:image/png;base64,")
    assert "contacts: 1,000 rows, 900 created, 50 adopted, 45 skipped, 5 quarantined." in str(image["alt"])
    assert "1,000" in view.text
    assert "files" not in view.text
    assert outcomes_picture({}).text.endswith("nothing yet.")


def test_a_picture_of_bars_has_its_numbers_as_text_too() -> None:
    counts = {"2023": {"opened": 1200, "bounced": 3}, "<2024> $x$": {"opened": 0, "bounced": 0}}
    view = bars_picture(counts, "Sends by year & status", "year")
    assert 'src="data:image/png;base64,' in view.html
    assert 'alt="Sends by year &amp; status. 2023: 1,203."' in view.html
    assert "<2024>" not in view.html
    assert "1,203" in view.text
    assert "data:image" not in bars_picture({"a": {"b": 0}}, "Nothing", "x").html


def test_stacking_leaves_nothing_out() -> None:
    view = stack(notice("ok", "one"), None, notice("ok", "two"))
    assert view.text == "Good: one\n\nGood: two"
