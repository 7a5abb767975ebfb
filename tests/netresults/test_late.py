"""Late opt-outs: kept as tables, every row suppresses, and erased people are only counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from nrpd.errors import BadInput
from nrpd.netresults.late import keep_late, load_late
from nrpd.netresults.records import address_hash
from nrpd.netresults.staged import Staged
from tests.netresults.support import write

GONE = frozenset({address_hash("gone@x.example")})
TEXT = (
    "Email Address,Reason,Referrer Email\na@x.example,asked,\nGone@X.example,Gundula asked,\n"
    "b@x.example,x,Gundula <gone@x.example>\ntorn@x.example,y,z,w@x.example,v\nGundula <gone@x.example>,torn\n"
)


def _said(folder: Path) -> bytes:
    """All bytes below a folder, and all cells of its tables."""
    import pyarrow.parquet as pq

    found = b""
    for path in folder.rglob("*"):
        if path.is_file():
            found += path.name.encode()
            found += repr(pq.read_table(path).to_pylist()).encode() if path.suffix == ".parquet" else path.read_bytes()
    return found.lower()


def _keys(staged: Staged) -> tuple[list[str], list[str]]:
    return [row["email"] for row in staged.rows("suppressions")], [q.email for q in staged.quarantined]


def test_erased_people_are_counted_and_stand_nowhere(tmp_path: Path) -> None:
    staged = keep_late(tmp_path / "late", write(tmp_path, "late.csv", TEXT), GONE)
    assert _keys(staged) == (["a@x.example", "b@x.example"], ["torn@x.example; w@x.example"])
    assert (staged.source_rows["suppressions"], staged.erased_rows["suppressions"]) == (5, 2)
    said = _said(tmp_path / "late")
    assert b"a@x.example" in said
    assert b"gundula" not in said
    assert b"gone@" not in said


def test_who_is_erased_afterwards_leaves_what_was_kept(tmp_path: Path) -> None:
    keep_late(tmp_path / "late", write(tmp_path, "late.csv", TEXT), frozenset())
    assert b"gone@" in _said(tmp_path / "late")
    for _ in range(2):  # the second time there is nobody left to take out
        (staged,) = load_late(tmp_path / "late", GONE)
        assert _keys(staged) == (["a@x.example", "b@x.example"], ["torn@x.example; w@x.example"])
        assert (staged.source_rows["suppressions"], staged.erased_rows["suppressions"]) == (5, 2)
    assert b"gone@" not in _said(tmp_path / "late")


def test_a_file_that_was_kept_whole_before_is_read_and_not_kept_on(tmp_path: Path) -> None:
    write(tmp_path / "late", "0123456789abcdef.csv", TEXT)
    (staged,) = load_late(tmp_path / "late", GONE)
    assert _keys(staged)[0] == ["a@x.example", "b@x.example"]
    assert not (tmp_path / "late" / "0123456789abcdef.csv").exists()
    assert b"gone@" not in _said(tmp_path / "late")


def test_files_of_one_name_are_told_apart_and_the_same_file_counts_once(tmp_path: Path) -> None:
    for text in ("email\na@x.example\n", "email\nb@x.example\n", "email\na@x.example\n"):
        keep_late(tmp_path / "late", write(tmp_path, "out.csv", text), frozenset())
    found = [row for staged in load_late(tmp_path / "late", frozenset()) for row in staged.rows("suppressions")]
    assert sorted(row["email"] for row in found) == ["a@x.example", "b@x.example"]
    assert len({(row["row_file"], row["row_line"]) for row in found}) == 2
    assert all(row["row_file"].endswith("/out.csv") for row in found)


@pytest.mark.parametrize(
    "text", ["", 'email,reason\n"a@x.example,x\n', "a@x.example\n", "Who,Why\na@x.example,asked\n"]
)
def test_what_cannot_be_read_is_refused_and_not_kept(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadInput, match=r"out\.csv"):
        keep_late(tmp_path / "late", write(tmp_path, "out.csv", text), frozenset())
    assert load_late(tmp_path / "late", frozenset()) == []
