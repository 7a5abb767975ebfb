"""A copy of a run's evidence for third parties: people are shortened in it, and nothing else is. It has a manifest of
its own, so that `nrpd verify` checks it, and names the head of the run that it was made from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bs4 import BeautifulSoup

from nrpd.errors import BadInput
from nrpd.evidence import manifest as form
from nrpd.evidence.checking import check_folder
from nrpd.evidence.masking import masked

NOTE = (
    "A masked copy: names, addresses and phone numbers of people, and names of companies, are shortened to their first "
    "letter. All counts are those of the original. Left out, since no text in them can be masked: "
)


def masked_copy(run_folder: Path, target: Path, mask: Callable[[str], str]) -> tuple[str, list[str]]:
    """Writes the masked copy of a sealed run into the new folder `target`.

    Returns the head of the copy, and the files that were left out. Raises BadInput where the run is not as it was
    sealed, or the target is there already.
    """
    sealed = form.read(run_folder)
    if problems := check_folder(sealed):
        raise BadInput(f"{run_folder} is not as it was sealed, so no copy is made of it: {problems[0]}")
    if target.exists() and any(target.iterdir()):
        raise BadInput(f"{target} is there already and not empty; name a new folder")
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    left_out = []
    for path in sorted(sealed.content["files"]):
        made = masked(path, (run_folder / path).read_bytes(), mask)
        if made is None:
            left_out.append(path)
            continue
        (target / path).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        (target / path).write_bytes(made)
    return _seal(sealed, target, mask, left_out), left_out


def _seal(sealed: form.Sealed, target: Path, mask: Callable[[str], str], left_out: list[str]) -> str:
    note = f"{NOTE}{', '.join([*left_out, 'pictures of e-mail templates'])}. Head of the original: {sealed.head}."
    index = target / form.INDEX
    index.write_bytes(_with_note(index.read_bytes().replace(sealed.head.encode(), form.ZEROS.encode()), note))
    files = form.hashes(target)
    content = {
        **sealed.content,
        "files": files,
        "decisions": {p.removeprefix("decisions/"): sha for p, sha in files.items() if p.startswith("decisions/")},
        "inputs": {mask(path): sha for path, sha in sealed.content["inputs"].items()},
        "result": mask(str(sealed.content.get("result", ""))),
        "previous": None,
        "masked": {"run": sealed.run, "digest": sealed.head, "left_out": left_out},
        "run": target.name,
    }
    del content["digest"]
    head = form.digest_of(content)
    index.write_bytes(index.read_bytes().replace(form.ZEROS.encode(), head.encode()))
    (target / form.MANIFEST).write_bytes(form.canonical({**content, "digest": head}))
    return head


def _with_note(page: bytes, note: str) -> bytes:
    """The index page, beginning with what this copy is."""
    soup = BeautifulSoup(page, "html.parser")
    said = soup.new_tag("p", attrs={"class": "verdict open"})
    said.string = note
    place = soup.find("main")
    assert place is not None
    place.insert(0, said)
    return soup.decode(formatter="minimal").encode()
