"""Closes a run: copies of the decisions, the index page, and the manifest that fixes every byte."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from nrpd.errors import BadInput
from nrpd.evidence import manifest as form
from nrpd.evidence.index import IndexSummary, write_index

PACKAGES = ("nrpd", "papermill", "nbconvert", "jupyterlab", "pandas", "pyarrow", "httpx", "sqlalchemy")


def seal(
    run_folder: Path,
    *,
    customer_folder: Path,
    inputs: Mapping[str, str],
    journal: tuple[int, str],
    summary: IndexSummary,
    versions: Mapping[str, str] | None = None,
    previous_head: str | None = None,
    now: datetime | None = None,
) -> str:
    """Write `decisions/`, `html/index.html` and `manifest.json` into `run_folder`; return the head (64 hex digits).

    `journal` is the number of the run's journal rows and their SHA-256; `inputs` maps each input file to its SHA-256.
    `previous_head` is the head that the caller has stored; None takes the newest in the customer's folder. A run that
    was sealed before and is still the newest is sealed anew, with the same predecessor. Nothing may write into the
    run folder afterwards. Raises BadInput where later runs already build on this one, or the chain is broken.
    """
    previous = _previous(run_folder, customer_folder, previous_head)
    created = (now or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    (run_folder / form.MANIFEST).unlink(missing_ok=True)
    decisions = _copy_decisions(customer_folder / "decisions", run_folder / "decisions")
    phases = sorted(path.stem for path in run_folder.glob("*.ipynb"))
    index = write_index(run_folder, summary, created=created, phases=phases)
    content: dict[str, Any] = {
        "customer": summary.customer,
        "run": run_folder.name,
        "created": created,
        "result": summary.result,
        "files": form.hashes(run_folder),
        "decisions": decisions,
        "inputs": dict(inputs),
        "journal": {"rows": journal[0], "sha256": journal[1]},
        "versions": dict(versions if versions is not None else installed_versions()),
        "previous": {"run": previous[0], "digest": previous[1]} if previous else None,
        "notes": list(form.NOTES),
    }
    head = form.digest_of(content)
    index.write_bytes(index.read_bytes().replace(form.ZEROS.encode(), head.encode()))
    _write_safely(run_folder / form.MANIFEST, form.canonical({**content, "digest": head}))
    return head


def installed_versions() -> dict[str, str]:
    """Python's version and those of the packages that shaped the run."""
    found = {"python": ".".join(map(str, sys.version_info[:3]))}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _previous(run_folder: Path, customer_folder: Path, stored: str | None) -> tuple[str, str] | None:
    """(run, digest) of the run before this one in the chain."""
    line = form.chain(customer_folder)
    names = [run.folder.name for run in line]
    own = names.index(run_folder.name) if run_folder.name in names else None
    if own is not None and own < len(line) - 1:
        raise BadInput(
            f"Run {run_folder.name} cannot be sealed again: {names[own + 1]} already builds on it. "
            "Start a new run instead."
        )
    if stored is not None and (not line or line[-1].head != stored):
        raise BadInput(
            f"The newest manifest in {customer_folder} is not the one that was sealed last (head {stored[:12]}…): it "
            "was changed or removed. Run `nrpd verify`, restore what it names, and seal again."
        )
    if own is not None:
        return line[own].previous
    return (line[-1].folder.name, line[-1].head) if line else None


def _copy_decisions(source: Path, target: Path) -> dict[str, str]:
    """Copy the customer's decision files as they are now; return name → SHA-256."""
    if target.exists():
        shutil.rmtree(target)
    found = {}
    for path in sorted(source.iterdir()) if source.is_dir() else ():
        if path.is_file() and not is_passing(path.name):
            target.mkdir(exist_ok=True)
            shutil.copyfile(path, target / path.name)
            found[path.name] = form.hash_of(target / path.name)
    return found


def is_passing(name: str) -> bool:
    """Files beside decisions that come and go: locks, and what Excel and editors leave while a file is open."""
    return name.startswith(("~$", ".~lock", ".")) or name.endswith((".lock", ".tmp", "~"))


def _write_safely(path: Path, content: bytes) -> None:
    """Write so that after a crash the file is there whole or not at all."""
    part = path.with_suffix(".part")
    with part.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(path)
