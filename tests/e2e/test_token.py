"""Issue "The whole migration runs", Show 12: the token is in no file, whatever fails."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.e2e.conftest import Battered, Finished, Sampled
from tests.e2e.runs import TOKEN_VARIABLE, Customer, Ended


@dataclass(frozen=True)
class Troubled:
    """A migration that met every kind of failure: kills, lost answers, a wrong token, no server."""

    customer: Customer
    secrets: tuple[str, str]
    """The token, and the wrong one."""
    ended: list[Ended]


@pytest.fixture(scope="module")
def troubled(finished: Finished, sampled: Sampled, battered: Battered) -> Troubled:
    """The account is not served any more when this begins; for a wrong token it is once more."""
    wrong = sampled.token[::-1]
    with battered.left.copy(finished.customer.parameters.parent / "elsewhere") as (_, box):
        parameters = finished.customer.parameters.with_name("wrong_token.yaml")
        text = finished.customer.parameters.read_text(encoding="utf-8")
        parameters.write_text(text.replace(finished.customer.content["destination"]["base_url"], box.base_url))
        ended = [Customer(parameters, {TOKEN_VARIABLE: wrong}).nrpd("reconcile", "--json")]
    ended += [
        finished.customer.nrpd("run", "--only", "08_persons", "--restart-phase"),
        finished.customer.nrpd("reconcile", debug=True),
    ]
    return Troubled(finished.customer, (sampled.token, wrong), ended)


def test_each_failure_was_one(troubled: Troubled):
    assert [ended.code for ended in troubled.ended] == [2, 1, 1]
    assert "token" in troubled.ended[0].err
    (attempt,) = troubled.customer.folder.glob("*/08_persons.failed-1.ipynb")
    sealed = json.loads((attempt.parent / "manifest.json").read_text(encoding="utf-8"))["files"]
    assert {attempt.name, f"html/{attempt.stem}.html"} <= set(sealed), "what failed is evidence too"
    assert "Traceback" in troubled.ended[2].err


def test_the_token_is_in_no_file_and_in_no_output(troubled: Troubled, sampled: Sampled, battered: Battered):
    read = 0
    for root in (troubled.customer.runs_root, battered.left.customer.runs_root, sampled.customer.runs_root):
        for path in sorted(root.rglob("*")):
            for name, content in parts(path.name, path.read_bytes()) if path.is_file() else ():
                read += 1
                found = [s for s in troubled.secrets for form in ("utf-8", "utf-16-le") if s.encode(form) in content]
                assert not found, f"{path}: {name} holds the token"
    assert read > 300
    for ended in troubled.ended:
        assert not [secret for secret in troubled.secrets if secret in ended.out + ended.err]


def parts(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """A file's bytes, and those of what is packed in it."""
    yield name, content
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            for entry in packed.namelist():
                yield from parts(f"{name}!{entry}", packed.read(entry))
    elif content[:2] == b"\x1f\x8b":
        yield from parts(f"{name}!", gzip.decompress(content))


def test_packed_files_are_looked_into():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("inner.gz", gzip.compress(b"the secret"))
    assert [content for _, content in parts("x", packed.getvalue())][-1] == b"the secret"
