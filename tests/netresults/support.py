"""Small exports for the tests of the source."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Settings:
    """What staging reads of the parameters' `source`."""

    export: Path | None
    files: dict[str, str] = field(default_factory=dict)
    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    erased: frozenset[str] = frozenset()


def write(folder: Path, name: str, text: str | bytes) -> Path:
    """Write one file of an export, UTF-8 unless bytes are given."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path
