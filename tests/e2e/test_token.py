"""Issue "The whole migration runs", Show 12: the token is in no file, whatever fails; and faults change nothing."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from tests.e2e.conftest import Sampled
from tests.e2e.runs import TOKEN_VARIABLE, Customer, Ended, difference

FAULTS = "lost=0.06,error=0.06,html=0.04,reset=0.06,seed=7"


@dataclass
class Troubled:
    """A migration that met every kind of failure."""

    customer: Customer
    token: str
    picture: Counter[str] | dict[str, Counter[str]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    through_faults: Ended | None = None
    ended: list[Ended] = field(default_factory=list)


@pytest.fixture(scope="module")
def troubled(sampled: Sampled, tmp_path_factory: pytest.TempPathFactory) -> Troubled:
    """Through faults to the end, then with a wrong token, then with no server."""
    with sampled.copy(tmp_path_factory.mktemp("troubled")) as (customer, box):
        found = Troubled(customer, sampled.token)
        box.set_faults(FAULTS)
        found.through_faults = customer.nrpd("run", "--json")
        box.set_faults("")
        found.picture = sampled.picture(box)
        found.problems = sampled.problems(customer, box)
        stranger = Customer(customer.parameters, {TOKEN_VARIABLE: sampled.token[::-1]})
        found.ended += [stranger.nrpd("reconcile", "--json")]
    found.ended += [
        customer.nrpd("run", "--only", "08_persons", "--restart-phase"), customer.nrpd("--debug", "reconcile"),
    ]  # fmt: skip
    return found


def test_lost_answers_and_errors_leave_the_same_account(troubled: Troubled, undisturbed: dict[str, Counter[str]]):
    assert troubled.through_faults is not None
    assert troubled.through_faults.code == 0, troubled.through_faults.err
    assert troubled.customer.query("SELECT count(*) FROM events WHERE state = 'unknown'")[0][0] > 3
    assert difference(troubled.picture, undisturbed) == []
    assert troubled.problems == []


def test_each_failure_was_one(troubled: Troubled):
    assert all(ended.code not in (0, None) for ended in troubled.ended)
    assert list(troubled.customer.folder.glob("*/08_persons.failed-1.ipynb"))


def test_the_token_is_in_no_file_and_in_no_output(troubled: Troubled, sampled: Sampled):
    token = troubled.token
    assert len(token) >= 20
    read = 0
    for root in (troubled.customer.runs_root, sampled.customer.runs_root):
        for path in sorted(root.rglob("*")):
            if path.is_file():
                for name, content in parts(path.name, path.read_bytes()):
                    read += 1
                    for secret in (token, token[::-1]):
                        assert secret.encode() not in content, f"{path}: {name} holds the token"
                        assert secret.encode("utf-16-le") not in content, f"{path}: {name} holds the token"
    assert read > 200
    for ended in troubled.ended:
        assert token not in ended.out + ended.err
        assert token[::-1] not in ended.out + ended.err


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
