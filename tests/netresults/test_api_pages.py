"""Pages that are not trusted: whatever `offset` means, every row once; and a log that survives a kill."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nrpd.errors import BadInput
from nrpd.netresults.apicalls import ApiRefused
from nrpd.netresults.apipages import Listed, PageLog, Place, place_of, walk


class Rows:
    """A list behind an API: `meaning` of offset, the server's own cap, whether it says a total."""

    def __init__(self, rows: Sequence[Any], meaning: str, limit: int, cap: int = 10**6, total: bool = False) -> None:
        self.rows, self.meaning, self.size, self.total = list(rows), meaning, min(limit, cap), total
        self.asked: list[int] = []

    def __call__(self, offset: int) -> Listed:
        self.asked.append(offset)
        assert len(self.asked) < 3 * len(self.rows) + 20, "without end"
        if self.meaning == "refuses0" and offset == 0:
            raise ApiRefused("offset begins with 1")
        start = {
            "rows0": offset, "rows1": max(0, offset - 1), "empty0": offset - 1, "refuses0": offset - 1,
            "pages0": offset * self.size, "pages1": max(0, offset - 1) * self.size,
            "empty0pages": (offset - 1) * self.size,
        }[self.meaning]  # fmt: skip
        found = self.rows[start : start + self.size] if start >= 0 else []
        return Listed(found, len(self.rows) if self.total else None)


MEANINGS = ["rows0", "rows1", "empty0", "refuses0", "pages0", "pages1", "empty0pages"]


def _read(server: Any, limit: int, place: Place | None = None) -> list[Any]:
    return [row for rows, _ in walk(server, limit, str, place or Place(), "Contact.getMultiple") for row in rows]


@pytest.mark.parametrize("meaning", MEANINGS)
@given(count=st.integers(0, 25), limit=st.integers(2, 9), cap=st.integers(2, 12), total=st.booleans())
@settings(max_examples=60, deadline=None)
def test_every_row_is_read_once_whatever_offset_means(
    meaning: str, count: int, limit: int, cap: int, total: bool
) -> None:
    server = Rows(range(count), meaning, limit, cap, total)
    assert _read(server, limit) == list(range(count))


@pytest.mark.parametrize("meaning", ["rows0", "rows1", "pages0", "pages1"])
@given(count=st.integers(0, 25), stop=st.integers(1, 6))
@settings(max_examples=40, deadline=None)
def test_a_walk_goes_on_where_it_was_left(meaning: str, count: int, stop: int) -> None:
    server, found, place = Rows(range(count), meaning, 4), [], Place()
    for number, (rows, now) in enumerate(walk(server, 4, str, place, "x"), 1):
        found += rows
        kept = json.loads(json.dumps([now.offset, now.mode]))
        if number == stop:
            break
    else:
        assert found == list(range(count))
        return
    later = Place(kept[0], kept[1], None, 0, set(map(str, found)))
    assert found + _read(server, 4, later) == list(range(count))


@given(rows=st.lists(st.integers(0, 12), max_size=30))
@settings(max_examples=60, deadline=None)
def test_rows_that_come_again_are_read_once(rows: list[int]) -> None:
    server, place = Rows(rows, "rows0", 50), Place()
    found = _read(server, 50, place)
    assert found == list(dict.fromkeys(rows))
    assert place.repeats == len(rows) - len(found)


def test_a_known_meaning_is_not_asked_for_again() -> None:
    server = Rows(range(3), "rows1", 50)
    assert (_read(server, 50, place_of("rows1")), server.asked) == ([0, 1, 2], [1, 4])


def test_a_short_page_and_the_total_together_end_the_list() -> None:
    server = Rows(range(3), "rows0", 50, total=True)
    assert (_read(server, 50), server.asked) == ([0, 1, 2], [0])


def test_a_last_page_is_not_believed_against_the_total() -> None:
    pages = {1: Listed([1, 2], 4, last=True), 2: Listed([3, 4], 4, last=True)}
    assert _read(lambda at: pages[at], 2, place_of("pages1")) == [1, 2, 3, 4]


@pytest.mark.parametrize(("count", "total", "fine"), [(3, None, True), (4, None, False), (4, 4, True), (9, None, True)])
def test_a_server_that_ignores_offset_is_read_only_where_its_end_is_known(
    count: int, total: int | None, fine: bool
) -> None:
    def same(offset: int) -> Listed:
        return Listed(list(range(count)), total)

    if fine:
        assert _read(same, 4) == list(range(count))
    else:
        with pytest.raises(BadInput, match=r"the same 4 rows whatever the offset.*raise page_size"):
            _read(same, 4)


def test_pages_that_fit_no_meaning_are_refused() -> None:
    with pytest.raises(BadInput, match="overlap in a way that fits no meaning of offset"):
        _read(lambda offset: Listed([[1, 2, 3], [3, 1, 9], [2, 9, 1]][offset % 3]), 3)


def test_a_change_between_two_requests_is_asked_again() -> None:
    answers = iter([[1, 2, 3], [3, 4, 9], [1, 2, 3], [2, 3, 4], [4], []])
    assert _read(lambda _: Listed(next(answers)), 3) == [1, 2, 3, 4]


def test_the_log_cuts_a_torn_line_off(tmp_path: Path) -> None:
    log = PageLog(tmp_path / "x.jsonl")
    log.append({"n": 1})
    log.append({"n": 2, "text": "\u2028\ud800"})
    log.close()
    whole = (tmp_path / "x.jsonl").read_bytes()
    for cut in range(len(whole) - 3, len(whole)):
        (tmp_path / "x.jsonl").write_bytes(whole[:cut])
        log = PageLog(tmp_path / "x.jsonl")
        log.append({"n": 3})
        log.close()
        assert [page["n"] for page in PageLog(tmp_path / "x.jsonl").pages()] == [1, 3]
