"""Zips whose bytes depend on their content only, so that the evidence manifest finds a change and nothing else."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip can hold; every entry carries it."""


def fixed_zip(files: Mapping[str, bytes]) -> bytes:
    """The files as a zip, in the order of their names, all with the same time and rights."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name], compresslevel=9)
    return buffer.getvalue()


def refixed(archive: bytes, first: str = "") -> bytes:
    """An existing zip (a DOCX) written again with fixed times; `first` names the entry that must come first."""
    with zipfile.ZipFile(io.BytesIO(archive)) as source:
        names = source.namelist()
        content = {name: source.read(name) for name in names}
    names.sort(key=lambda name: (name != first, name))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for name in names:
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, content[name], compresslevel=9)
    return buffer.getvalue()
