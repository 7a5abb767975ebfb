"""Zips in folders and zips in zips: looked into, within bounds, and never written outside."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from nrpd.errors import BadInput
from nrpd.netresults import files
from nrpd.netresults.files import find_files
from nrpd.netresults.staging import stage
from tests.netresults.support import Settings, write

CONTACTS = "Email,First Name\na@x.example,Ann\n"


def _zip(members: dict[str, str | bytes], kind: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", kind) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def _find(tmp_path: Path) -> list[str]:
    (tmp_path / "scratch").mkdir()
    faults: list[str] = []
    found, _ = find_files(tmp_path / "export", tmp_path / "scratch", faults)
    if faults:
        raise BadInput("\n".join(faults))
    return [file.shown for file in found]


def test_nested_zips_and_folders_are_looked_into_and_junk_is_passed_over(tmp_path: Path) -> None:
    inner = _zip({"deep/c.csv": CONTACTS, "__MACOSX/deep/._c.csv": b"\0\5\x16\7"})
    members = {"../b.csv": "x", "inner.zip": inner, "__MACOSX/junk.csv": "x", "win\\d.csv": "x", "empty/": ""}
    write(tmp_path / "export", "sub/a.zip", _zip(members))
    for junk in (".DS_Store", "~$c.xlsx", ".~lock.c.csv#", "sub/._a.zip", "Thumbs.db"):
        write(tmp_path / "export", junk, "x")
    assert _find(tmp_path) == ["sub/a.zip!../b.csv", "sub/a.zip!inner.zip!deep/c.csv", "sub/a.zip!win/d.csv"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["export", "scratch"]
    assert not (tmp_path / "export/b.csv").exists()


def test_an_export_that_is_itself_a_zip(tmp_path: Path) -> None:
    path = write(tmp_path, "export.zip", _zip({"contacts.csv": CONTACTS}))
    staged = stage(Settings(path), tmp_path / "staged")
    assert [f.path for f in staged.files] == ["contacts.csv"]
    assert list(staged.inputs) == ["export.zip"]


def test_a_zip_bomb_stops_before_it_fills_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_LEAST_BYTES", 1 << 20)
    bomb = _zip({"zeros.csv": b"\0" * (40 << 20)}, zipfile.ZIP_DEFLATED)
    write(tmp_path / "export", "a.zip", _zip({f"{n}.zip": bomb for n in range(20)}, zipfile.ZIP_DEFLATED))
    with pytest.raises(BadInput, match=r"a\.zip: unpacks to far more than an export of its size would"):
        _find(tmp_path)
    assert sum(p.stat().st_size for p in (tmp_path / "scratch").iterdir()) < 60 << 20


def test_zips_in_zips_without_end_stop(tmp_path: Path) -> None:
    data = _zip({"c.csv": CONTACTS})
    for _ in range(6):
        data = _zip({"a.zip": data})
    write(tmp_path / "export", "a.zip", data)
    with pytest.raises(BadInput, match=r"a\.zip: zips are nested deeper than 5"):
        _find(tmp_path)


@pytest.mark.parametrize("data", [b"PK\x03\x04 torn", _zip({"c.csv": CONTACTS})[:-30]])
def test_a_torn_zip_is_said(tmp_path: Path, data: bytes) -> None:
    write(tmp_path / "export", "a.zip", data)
    with pytest.raises(BadInput, match=r"a\.zip: not readable as a zip"):
        _find(tmp_path)


def test_other_archives_are_kept_and_said(tmp_path: Path) -> None:
    write(tmp_path / "export", "contacts.csv", CONTACTS)
    write(tmp_path / "export", "more.csv.gz", b"\x1f\x8b")
    staged = stage(Settings(tmp_path / "export"), tmp_path / "staged")
    assert list(staged.attachments) == ["more.csv.gz"]
    assert [(f.file, f.kind) for f in staged.flags] == [("more.csv.gz", "file")]


def test_two_files_of_one_name_in_a_zip_are_told_apart(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("c.csv", CONTACTS)
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("c.csv", CONTACTS.replace("a@", "b@"))
    write(tmp_path / "export", "a.zip", out.getvalue())
    staged = stage(Settings(tmp_path / "export"), tmp_path / "staged")
    assert {(row["row_file"], row["email"]) for row in staged.rows("contacts")} == {
        ("a.zip!c.csv", "a@x.example"), ("a.zip!c.csv (2)", "b@x.example"),
    }  # fmt: skip


def test_a_zip_with_a_password_is_said(tmp_path: Path) -> None:
    data = bytearray(_zip({"c.csv": CONTACTS}))
    data[6] |= 1
    data[data.find(b"PK\x01\x02") + 8] |= 1
    write(tmp_path / "export", "a.zip", bytes(data))
    with pytest.raises(BadInput, match=r"a\.zip: has a password\. Unpack it"):
        _find(tmp_path)


def test_a_zip_that_cannot_be_inflated_is_said(tmp_path: Path) -> None:
    data = bytearray(_zip({"c.csv": CONTACTS * 50}, zipfile.ZIP_DEFLATED))
    data[35:45] = b"\xff" * 10
    write(tmp_path / "export", "a.zip", bytes(data))
    with pytest.raises(BadInput, match=r"a\.zip: not readable as a zip"):
        _find(tmp_path)
