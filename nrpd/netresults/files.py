"""The files of an export: found in folders and zips, nested as deep as people nest them, within bounds.

Paths are shown relative to the export, `a.zip!b.csv` inside a zip. Nothing is written outside the scratch folder,
whatever a zip calls its members: they get names of their own.
"""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from nrpd.errors import BadInput
from nrpd.netresults.records import OBJECT_COLUMNS

GIVEN = "api/"
"""Where the files of an API are shown."""
_JUNK = frozenset({"__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini"})
_JUNK_STARTS = ("._", "~$", ".~lock.")
"""What operating systems, Excel and LibreOffice leave beside the files of people."""
_LEAST_BYTES = 1 << 31
_MOST_TIMES = 100
_MOST_FILES = 100_000
_MOST_DEEP = 5


@dataclass(frozen=True)
class Found:
    """One file of the export, or of what an API gave: where it lies now and the name it is shown under."""

    path: Path
    shown: str
    holds: str | None = None
    """What an API gave: the object, or blank for what is kept as it is. None: to be recognised."""

    def sha256(self) -> str:
        return file_hash(self.path)


def file_hash(path: Path) -> str:
    """SHA-256 (hex) of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def find_files(export: Path, scratch: Path, faults: list[str]) -> tuple[list[Found], dict[str, str]]:
    """All files of the export, zips unpacked into `scratch`; and {path: SHA-256} of what the customer gave.

    Adds to `faults` what is wrong with zips that cannot be read or unpack to more than is reasonable. Raises BadInput
    where there is no export.
    """
    if not export.exists():
        raise BadInput(f"{export}: there is no such export. Correct source.export.")
    given = [export] if export.is_file() else sorted(p for p in export.rglob("*") if p.is_file())
    found: list[Found] = []
    inputs: dict[str, str] = {}
    for path in given:
        shown = path.name if export.is_file() else path.relative_to(export).as_posix()
        if _is_junk(shown):
            continue
        inputs[shown] = file_hash(path)
        if path.suffix.lower() == ".zip":
            try:
                found += _Unpacking(path, shown, scratch).all("" if path == export else shown + "!")
            except BadInput as error:
                faults.append(str(error))
        else:
            found.append(Found(path, shown))
    return found, inputs


def find_given(folder: Path) -> tuple[list[Found], dict[str, str]]:
    """The files that an API gave, shown under `api/`, as `find_files` gives those of an export."""
    paths = {f"{GIVEN}{path.relative_to(folder).as_posix()}": path for path in sorted(folder.rglob("*.*"))}
    found = [
        Found(path, shown, path.stem if shown == f"{GIVEN}{path.stem}.csv" and path.stem in OBJECT_COLUMNS else "")
        for shown, path in paths.items()
    ]
    return found, {shown: file_hash(path) for shown, path in paths.items()}


def _is_junk(shown: str) -> bool:
    return any(p in _JUNK or p.startswith(_JUNK_STARTS) for p in PurePosixPath(shown).parts)


class _Unpacking:
    """One zip of the customer, with all zips in it. Bounds hold for the whole of it, counted while it is unpacked."""

    def __init__(self, path: Path, shown: str, scratch: Path) -> None:
        self.path, self.shown, self.scratch = path, shown, scratch
        self.room = max(_LEAST_BYTES, _MOST_TIMES * path.stat().st_size)
        self.files = 0
        self._shown: set[str] = set()

    def all(self, prefix: str) -> list[Found]:
        return list(self._members(self.path, prefix, 1))

    def _members(self, path: Path, prefix: str, depth: int) -> Iterator[Found]:
        if depth > _MOST_DEEP:
            raise BadInput(f"{self.shown}: zips are nested deeper than {_MOST_DEEP}. Unpack it by hand.")
        try:
            with zipfile.ZipFile(path) as archive:
                for info in sorted(archive.infolist(), key=lambda i: i.filename):
                    name = info.filename.replace("\\", "/")
                    if info.is_dir() or _is_junk(name):
                        continue
                    target = self._unpack(archive, info, PurePosixPath(name).suffix)
                    if target.suffix.lower() == ".zip":
                        yield from self._members(target, f"{prefix}{name}!", depth + 1)
                    else:
                        yield Found(target, self._apart(prefix + name))
        except (zipfile.BadZipFile, NotImplementedError, EOFError, zlib.error) as error:
            raise BadInput(
                f"{prefix.rstrip('!') or path.name}: not readable as a zip ({error}). Unpack it or export it again."
            ) from None
        except RuntimeError:  # how zipfile says it
            raise BadInput(
                f"{prefix.rstrip('!') or path.name}: has a password. Unpack it, or zip it without."
            ) from None

    def _apart(self, shown: str) -> str:
        """A zip may hold two files of one name; their rows are told apart by it."""
        name, number = shown, 2
        while name in self._shown:
            name, number = f"{shown} ({number})", number + 1
        self._shown.add(name)
        return name

    def _unpack(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, suffix: str) -> Path:
        self.files += 1
        if self.files > _MOST_FILES:
            raise BadInput(f"{self.shown}: holds more than {_MOST_FILES:,} files. Take out what is no export.")
        target = self.scratch / f"{len(list(self.scratch.iterdir()))}{suffix}"
        with archive.open(info) as source, target.open("wb") as sink:
            while chunk := source.read(1 << 20):
                self.room -= len(chunk)
                if self.room < 0:
                    raise BadInput(
                        f"{self.shown}: unpacks to far more than an export of its size would. Unpack it by hand if "
                        "you trust it, and give the folder as source.export."
                    )
                sink.write(chunk)
        return target
