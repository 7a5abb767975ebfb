"""`manifest.json` of a run: its form, and the chain that the manifests of a customer's runs make.

The file is canonical JSON (UTF-8 without non-ASCII characters, keys sorted, indent of one space, one newline at the
end), so each byte of it is determined by its content. Its keys:

customer, run       names; created: UTC, RFC 3339
result              how the migration stood, in one sentence
files               path in the run folder → SHA-256, of every file but the manifest itself
decisions           name → SHA-256 of each file of the customer's `decisions/` at the time; copies are in the run folder
inputs              path of each input file → SHA-256
journal             {rows, sha256} of the run's journal rows
versions            name → version, of nrpd, Python and the packages
previous            {run, digest} of the run sealed before, or null
notes               how to check it by hand
digest              SHA-256 of the canonical JSON without this key: the head of the chain

`html/index.html` shows the digest, which depends on the hash of that very file. So that file alone is hashed with
the digest in it replaced by 64 zeros.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nrpd.errors import BadInput

MANIFEST = "manifest.json"
INDEX = "html/index.html"
ZEROS = "0" * 64
NOTES = (
    "Each value of files is the SHA-256 of that file: compare with sha256sum.",
    "html/index.html is hashed with the digest that it shows replaced by 64 zeros: "
    'sed "s/$DIGEST/$(printf "%064d" 0)/" html/index.html | sha256sum',
    "digest is the SHA-256 of this file without its line \"digest\": "
    "grep -v '^ \"digest\": ' manifest.json | sha256sum",
)  # fmt: skip


@dataclass(frozen=True)
class Sealed:
    """A manifest that was read: where it lies and what it says. `raw` are the bytes of the file."""

    folder: Path
    raw: bytes
    content: Mapping[str, Any]

    @property
    def run(self) -> str:
        return str(self.content.get("run", ""))

    @property
    def head(self) -> str:
        return str(self.content.get("digest", ""))

    @property
    def previous(self) -> tuple[str, str] | None:
        """(run, digest) of the run sealed before, or None for the first."""
        before = self.content.get("previous")
        return (str(before.get("run")), str(before.get("digest"))) if isinstance(before, Mapping) else None


def canonical(content: Mapping[str, Any]) -> bytes:
    """The one form in which `content` is written."""
    return (json.dumps(content, sort_keys=True, indent=1, ensure_ascii=True) + "\n").encode("ascii")


def digest_of(content: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical form without the key `digest`."""
    return hashlib.sha256(canonical({key: value for key, value in content.items() if key != "digest"})).hexdigest()


def read(folder: Path) -> Sealed:
    """The manifest of a run folder. Raises BadInput where there is none or it is no manifest."""
    path = folder / MANIFEST
    try:
        raw = path.read_bytes()
        content = json.loads(raw)
    except (FileNotFoundError, NotADirectoryError):
        raise BadInput(f"{path} is missing: the run was never sealed, or its manifest was removed.") from None
    except (ValueError, OSError, RecursionError) as error:
        raise BadInput(f"{path} cannot be read as a manifest ({type(error).__name__}): it was changed.") from None
    tables = ("files", "decisions", "inputs", "journal", "versions")
    if not isinstance(content, dict) or any(not isinstance(content.get(key), dict) for key in tables):
        raise BadInput(f"{path} does not have the form of a manifest: it was changed.")
    return Sealed(folder, raw, content)


def hashes(folder: Path) -> dict[str, str]:
    """Path relative to `folder`, with `/` → SHA-256, of every file in it but its own manifest.

    A symbolic link counts as a file that holds the path it points to; it is not followed.
    """
    return {path: hash_of(folder / path) for path in sorted(paths(folder)) if path != MANIFEST}


def paths(folder: Path) -> Iterator[str]:
    """Every file below `folder`, hidden ones too, relative and with `/`."""
    for where, folders, files in os.walk(folder):
        links = [name for name in folders if (Path(where) / name).is_symlink()]
        for name in [*files, *links]:
            yield (Path(where) / name).relative_to(folder).as_posix()


def hash_of(path: Path) -> str:
    """SHA-256 (hex) of one file."""
    if path.is_symlink():
        return hashlib.sha256(b"symbolic link to " + os.fsencode(path.readlink())).hexdigest()
    if not path.is_file():
        return hashlib.sha256(b"not a regular file").hexdigest()
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def index_hash(raw: bytes, head: str) -> str:
    """SHA-256 of an index page whose head is replaced by zeros; "" where it does not show the head exactly once."""
    shown, zeros = head.encode(), ZEROS.encode()
    if not head or raw.count(shown) != 1 or zeros in raw:
        return ""
    return hashlib.sha256(raw.replace(shown, zeros)).hexdigest()


def sealed_runs(customer_folder: Path) -> list[Sealed]:
    """The readable manifests of a customer's runs, in the order of their folder names."""
    found = []
    for path in sorted(customer_folder.glob(f"*/{MANIFEST}")):
        try:
            found.append(read(path.parent))
        except BadInput:
            continue
    return found


def chain(customer_folder: Path) -> list[Sealed]:
    """The customer's sealed runs, oldest first, as far as each names the one before. Empty where none is sealed.

    Raises BadInput where two runs claim to be the newest, since nothing may be added to such a chain.
    """
    runs = sealed_runs(customer_folder)
    named = {run.previous[1] for run in runs if run.previous}
    tips = [run for run in runs if run.head not in named]
    if len(tips) > 1:
        names = ", ".join(run.folder.name for run in tips)
        raise BadInput(
            f"The chain of evidence in {customer_folder} has several ends ({names}): a manifest was changed or "
            "removed. Run `nrpd verify` on these folders, and restore what it names."
        )
    by_head = {run.head: run for run in runs}
    line: list[Sealed] = []
    step = tips[0] if tips else None
    while step is not None and step not in line:
        line.append(step)
        step = by_head.get(step.previous[1]) if step.previous else None
    return line[::-1]


def newest(customer_folder: Path) -> Sealed | None:
    """The newest sealed run of a customer, or None. Raises BadInput as `chain` does."""
    line = chain(customer_folder)
    return line[-1] if line else None
