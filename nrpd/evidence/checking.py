"""Checks evidence: one run folder, and where it lies among the customer's runs, the whole chain of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from nrpd.errors import BadInput
from nrpd.evidence import manifest as form
from nrpd.evidence.sealing import is_passing

JournalDigest = Callable[[str], tuple[int, str]]
"""Run id → number of its journal rows and their SHA-256, as `seal` was given them."""


@dataclass
class Verified:
    """What a check found. `problems` empty: everything is as it was sealed. `notes` say what was not checked."""

    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    head: str | None = None
    """Head of the newest run that was checked."""
    runs: list[str] = field(default_factory=list)
    """The runs checked, oldest first."""

    @property
    def ok(self) -> bool:
        return not self.problems


def verify(
    run_folder: Path,
    head: str | None = None,
    journal_digest: JournalDigest | None = None,
    stored_head: str | None = None,
) -> Verified:
    """Compare a run folder with its manifest, and with it every run of its chain.

    `head` is one that somebody kept elsewhere: that of this run or of the newest. `stored_head` is the one in the
    journal. A folder that was handed over alone is checked by itself; `notes` then say what could not be checked.
    """
    result = Verified()
    folder = run_folder.resolve()
    if not folder.is_dir():
        raise BadInput(f"There is no run folder {run_folder}.")
    customer = folder.parent
    in_place = _in_place(folder)
    if in_place:
        _check_chain(customer, folder, result)
        _check_live_decisions(customer, result)
    else:
        _check_alone(folder, result)
    _check_heads(folder, head, stored_head, in_place, result)
    _check_journal(customer if in_place else None, folder, journal_digest, result)
    return result


def _in_place(folder: Path) -> bool:
    """Whether the folder lies among the customer's runs, and is no copy that was handed over alone."""
    parent = folder.parent
    if (parent / "journal.sqlite").exists() or (parent / "decisions").is_dir():
        return True
    try:
        customer = form.read(folder).content.get("customer")
    except BadInput:
        customer = None
    siblings = [run for run in form.sealed_runs(parent) if run.folder != folder]
    return any(run.content.get("customer") == customer or customer is None for run in siblings)


def _check_alone(folder: Path, result: Verified) -> None:
    try:
        sealed = form.read(folder)
    except BadInput as problem:
        result.problems.append(str(problem))
        return
    result.problems += check_folder(sealed)
    result.head, result.runs = sealed.head, [sealed.run]
    if sealed.run != folder.name:
        result.notes.append(f"The folder is now called {folder.name}; it was sealed as {sealed.run}.")
    if sealed.previous:
        result.notes.append(f"The run before it ({sealed.previous[0]}) is not here: the chain was not checked.")
    result.notes.append("The customer's live decisions are not here: only the copies in the folder were checked.")


def _check_chain(customer: Path, folder: Path, result: Verified) -> None:
    runs: list[form.Sealed] = []
    for path in sorted(customer.glob(f"*/{form.MANIFEST}")):
        try:
            runs.append(form.read(path.parent))
        except BadInput as problem:
            result.problems.append(str(problem))
    for run in runs:
        result.problems += [f"{run.folder.name}/{problem}" for problem in check_folder(run)]
        if run.run != run.folder.name:
            result.problems.append(f"{run.folder.name}: sealed as {run.run}: the folder was renamed or copied here.")
    if not (folder / form.MANIFEST).exists():
        result.problems.append(f"{folder.name}/{form.MANIFEST}: missing: never sealed, or removed.")
    _check_links(runs, result)
    _note_unsealed(customer, folder, result)


def _check_links(runs: list[form.Sealed], result: Verified) -> None:
    """One beginning, one end, and each run names the digest of the one before."""
    by_run = {run.folder.name: run for run in runs}
    for run in runs:
        if run.previous is None:
            continue
        name, digest = run.previous
        before = by_run.get(name)
        if before is None:
            result.problems.append(f"{name}: missing, or without a readable manifest; {run.folder.name} builds on it.")
        elif before.head != digest:
            result.problems.append(
                f"{name}/{form.MANIFEST}: its digest {before.head[:12]}… is not the one that {run.folder.name} builds "
                f"on ({digest[:12]}…)."
            )
    for what, ends in (
        ("first run", [run for run in runs if run.previous is None]),
        ("newest run", [run for run in runs if run.folder.name not in {r.previous[0] for r in runs if r.previous}]),
    ):
        if runs and len(ends) != 1:
            names = ", ".join(run.folder.name for run in ends) or "none"
            result.problems.append(f"The chain of runs must have one {what}, and has {len(ends)}: {names}.")
        elif runs and what == "newest run":
            result.head = ends[0].head
    result.runs = _ordered(runs)


def _ordered(runs: list[form.Sealed]) -> list[str]:
    after = {run.previous[0] if run.previous else "": run for run in runs}
    line: list[str] = []
    step = after.get("")
    while step is not None and step.folder.name not in line:
        line.append(step.folder.name)
        step = after.get(step.folder.name)
    return line + [run.folder.name for run in runs if run.folder.name not in line]


def _unsealed(customer: Path) -> list[str]:
    """Folders that look like runs and have no manifest: not sealed yet, or taken out of the chain."""
    return [
        path.name for path in sorted(customer.iterdir())
        if path.is_dir() and any(path.glob("*.ipynb")) and not (path / form.MANIFEST).exists()
    ]  # fmt: skip


def _note_unsealed(customer: Path, folder: Path, result: Verified) -> None:
    result.notes += [
        f"{name} holds notebooks and no manifest: not sealed yet, or removed."
        for name in _unsealed(customer) if name != folder.name
    ]  # fmt: skip


def check_folder(sealed: form.Sealed) -> list[str]:
    """What differs between one run folder and its manifest, each by path."""
    problems = []
    content = sealed.content
    if form.canonical(content) != sealed.raw:
        problems.append(f"{form.MANIFEST}: changed: its bytes are not those that were written.")
    if form.digest_of(content) != sealed.head:
        problems.append(f"{form.MANIFEST}: changed: its content does not have the digest that it states.")
    expected, found = dict(content["files"]), form.hashes(sealed.folder)
    if form.INDEX in found:
        found[form.INDEX] = form.index_hash((sealed.folder / form.INDEX).read_bytes(), sealed.head)
    problems += compare(expected, found)
    copies = {path.removeprefix("decisions/"): sha for path, sha in expected.items() if path.startswith("decisions/")}
    if copies != content["decisions"]:
        problems.append(f"{form.MANIFEST}: changed: its decisions are not those among its files.")
    return problems


def compare(expected: dict[str, str], found: dict[str, str], prefix: str = "") -> list[str]:
    """Changed, missing and added entries of two tables path → SHA-256."""
    changed = [path for path, sha in expected.items() if found.get(path, sha) != sha]
    return [
        *(f"{prefix}{path}: changed since it was sealed." for path in changed),
        *(f"{prefix}{path}: missing." for path in expected if path not in found),
        *(f"{prefix}{path}: added since it was sealed." for path in found if path not in expected),
    ]


def _check_live_decisions(customer: Path, result: Verified) -> None:
    """The decision files as they are now, against the newest manifest."""
    if not result.runs:
        return
    try:
        sealed = form.read(customer / result.runs[-1])
    except BadInput:
        return
    found = {path.name: form.hash_of(path) for path in _files(customer / "decisions") if not is_passing(path.name)}
    result.problems += compare(dict(sealed.content["decisions"]), found, "decisions/")


def _files(folder: Path) -> Iterable[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else ()


def _check_heads(folder: Path, head: str | None, stored: str | None, in_place: bool, result: Verified) -> None:
    try:
        own = form.read(folder).head
    except BadInput:
        own = ""
    newest = f"{(result.runs or [folder.name])[-1]}/{form.MANIFEST}"
    shown = (result.head or "none")[:16]
    if head is not None and head.strip().lower() not in (own, result.head):
        result.problems.append(f"{newest}: the head is {shown}…, not {head[:16]}… as given.")
    if stored is not None and stored != result.head:
        bare = _unsealed(folder.parent) if in_place else []
        perhaps = f" Without a manifest: {', '.join(bare)}." if bare else ""
        result.problems.append(
            f"{newest}: the newest head is {shown}…, the journal has {stored[:16]}…: the newest manifest was changed "
            f"or removed.{perhaps}"
        )
    if head is None and stored is None:
        result.notes.append(
            "No head was given: a forged newest manifest that fits its own digest cannot be seen"
            + ("." if in_place else ". Compare with --head.")
        )


def _check_journal(customer: Path | None, folder: Path, digest: JournalDigest | None, result: Verified) -> None:
    if digest is None:
        result.notes.append("The journal was not compared.")
        return
    for run in result.runs:
        try:
            sealed = form.read(customer / run if customer else folder)
            rows, sha = digest(sealed.run)
        except Exception as error:
            result.problems.append(f"{run}: its journal rows cannot be read ({type(error).__name__}: {error}).")
            continue
        stated = sealed.content["journal"]
        if stated != {"rows": rows, "sha256": sha}:
            result.problems.append(
                f"journal: the {rows} rows of run {run} are not the {stated.get('rows')} rows that were sealed."
            )
