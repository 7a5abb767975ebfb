"""Sealing and checking, on real folders: whatever is changed afterwards is found, and named by its path."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nrpd.errors import BadInput
from nrpd.evidence import ChainLine, GateLine, IndexSummary, PhaseLine, newest, seal, verify

FIGURES = {
    "08_persons": {
        "contacts": {
            "source": 10, "created": 5, "updated": 0, "adopted": 2, "unchanged": 0, "skipped": {"merged": 2},
            "quarantined": {"no name": 1}, "fields_compared": 70, "fields_different": 0, "tokens": 35, "requests": 7,
            "rate_limited": 0,
        }
    }
}  # fmt: skip


def summary(**changes: object) -> IndexSummary:
    values = {
        "customer": "acme",
        "result": "Eight phases are complete <b>.",
        "good": True,
        "figures": FIGURES,
        "phases": [PhaseLine("08_persons", "complete", "r1", "2026-01-02T03:04:05Z", 35, 7, 75.0)],
        "gates": [GateLine("mapping", "confirmed", "Kim <k@x.example>", "2026-01-02T03:00:00Z", "ab" * 32)],
    }
    return IndexSummary(**{**values, **changes})  # type: ignore[arg-type]


def make_run(customer: Path, run: str) -> Path:
    folder = customer / run
    for name, text in {
        "01_discovery.ipynb": "{}",
        "html/01_discovery.html": "<p>x</p>",
        "reports/quarantine.csv": "object\r\n",
        "deliverables/scope é.html": "<p>scope</p>",
        ".hidden": "h",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def customer(tmp_path: Path) -> Path:
    folder = tmp_path / "acme"
    (folder / "decisions").mkdir(parents=True)
    (folder / "decisions" / "mapping.yaml").write_text("by: Kim\n")
    (folder / "journal.sqlite").write_text("")
    return folder


def sealed(customer: Path, run: str = "r1") -> str:
    return seal(
        make_run(customer, run), customer_folder=customer, inputs={"contacts.csv": "1" * 64}, journal=(3, "2" * 64),
        summary=summary(),
    )  # fmt: skip


def test_a_sealed_run_is_accepted(customer: Path) -> None:
    head = sealed(customer)
    result = verify(customer / "r1", head=head, journal_digest=lambda run: (3, "2" * 64), stored_head=head)
    assert (result.problems, result.notes, result.head, result.runs) == ([], [], head, ["r1"])


def test_every_single_byte_of_the_run_folder_counts(customer: Path) -> None:
    sealed(customer)
    run = customer / "r1"
    for path in [p for p in run.rglob("*") if p.is_file()]:
        raw = path.read_bytes()
        step = max(1, len(raw) // 40)
        for position in [*range(0, len(raw), step), len(raw) - 1]:
            path.write_bytes(raw[:position] + bytes([raw[position] ^ 1]) + raw[position + 1 :])
            assert any(path.name in p for p in verify(run).problems), (path, position)
        path.write_bytes(raw + b"\n")
        assert any(path.name in p for p in verify(run).problems), path
        path.write_bytes(raw)
    assert verify(run).ok


def test_every_byte_of_the_manifest_counts(customer: Path) -> None:
    sealed(customer)
    path = customer / "r1" / "manifest.json"
    raw = path.read_bytes()
    for position in range(0, len(raw), 7):
        path.write_bytes(raw[:position] + bytes([raw[position] ^ 1]) + raw[position + 1 :])
        assert not verify(customer / "r1").ok, raw[position - 20 : position + 20]
    for other in (raw.replace(b"\n", b"\r\n"), raw.rstrip(), raw.replace(b": ", b":"), b"[]", b"", b"{}"):
        path.write_bytes(other)
        assert any("manifest.json" in p for p in verify(customer / "r1").problems)


def test_every_file_missing_or_added_is_named(customer: Path) -> None:
    sealed(customer)
    run = customer / "r1"
    for path in [p for p in run.rglob("*") if p.is_file()]:
        moved = path.rename(customer.parent / "aside")
        assert any(path.name in p and "missing" in p for p in verify(run).problems), path
        moved.rename(path)
    (run / "reports" / ".new").write_text("")
    assert verify(run).problems == ["r1/reports/.new: added since it was sealed."]
    (run / "reports" / ".new").unlink()
    (run / "elsewhere").symlink_to(customer.parent)
    assert verify(run).problems == ["r1/elsewhere: added since it was sealed."]


def test_the_index_cannot_be_swapped_for_one_with_zeros_or_another_head(customer: Path) -> None:
    head = sealed(customer)
    index = customer / "r1" / "html" / "index.html"
    text = index.read_text()
    assert text.count(head) == 1
    for other in ("0" * 64, "f" * 64, "", head + head):
        index.write_text(text.replace(head, other))
        assert verify(customer / "r1").problems == ["r1/html/index.html: changed since it was sealed."]


def test_the_chain_is_walked_whichever_run_is_asked_for(customer: Path) -> None:
    heads = [sealed(customer, run) for run in ("r1", "r2", "r3")]
    assert newest(customer).head == heads[-1]  # type: ignore[union-attr]
    for run in ("r1", "r2", "r3"):
        result = verify(customer / run, head=heads[-1], stored_head=heads[-1])
        assert (result.problems, result.runs) == ([], ["r1", "r2", "r3"])
    (customer / "r2" / ".hidden").write_text("H")
    assert verify(customer / "r3").problems == ["r2/.hidden: changed since it was sealed."]
    shutil.rmtree(customer / "r2")
    assert any(p.startswith("r2: missing") for p in verify(customer / "r1").problems)


def test_a_newest_manifest_forged_whole_is_found_by_the_stored_head(customer: Path) -> None:
    sealed(customer, "r1")
    head = sealed(customer, "r2")
    shutil.rmtree(customer / "r2")
    again = make_run(customer, "r2")
    other = seal(again, customer_folder=customer, inputs={}, journal=(9, "2" * 64), summary=summary())
    assert other != head
    assert verify(customer / "r2").ok
    assert "r2/manifest.json" in verify(customer / "r2", stored_head=head).problems[0]
    assert "r2/manifest.json" in verify(customer / "r1", head=head).problems[0]
    with pytest.raises(BadInput, match="not the one that was sealed last"):
        seal(
            make_run(customer, "r3"), customer_folder=customer, inputs={}, journal=(0, ""), summary=summary(),
            previous_head=head,
        )  # fmt: skip


def test_a_removed_newest_run_is_found_by_the_stored_head(customer: Path) -> None:
    sealed(customer, "r1")
    head = sealed(customer, "r2")
    (customer / "r2" / "manifest.json").unlink()
    assert any("r2/manifest.json: missing" in p for p in verify(customer / "r2").problems)
    result = verify(customer / "r1", stored_head=head)
    assert not result.ok
    assert any(note.startswith("r2 holds notebooks and no manifest") for note in result.notes)


def test_live_decisions_are_checked_against_the_newest_run(customer: Path) -> None:
    sealed(customer, "r1")
    (customer / "decisions" / "mapping.yaml").write_text("by: Lee\n")
    assert verify(customer / "r1").problems == ["decisions/mapping.yaml: changed since it was sealed."]
    sealed(customer, "r2")
    assert verify(customer / "r1").ok
    (customer / "decisions" / "owners.yaml").write_text("x")
    (customer / "decisions" / "mapping.yaml").unlink()
    assert verify(customer / "r2").problems == [
        "decisions/mapping.yaml: missing.",
        "decisions/owners.yaml: added since it was sealed.",
    ]


def test_changed_journal_rows_are_found_in_any_run(customer: Path) -> None:
    sealed(customer, "r1")
    sealed(customer, "r2")
    result = verify(customer / "r2", journal_digest=lambda run: (4 if run == "r1" else 3, "2" * 64))
    assert result.problems == ["journal: the 4 rows of run r1 are not the 3 rows that were sealed."]


def test_a_folder_handed_over_alone_is_checked_and_says_what_was_not(customer: Path, tmp_path: Path) -> None:
    sealed(customer, "r1")
    head = sealed(customer, "r2")
    alone = Path(shutil.copytree(customer / "r2", tmp_path / "handed over" / "r2"))
    result = verify(alone, head=head)
    assert result.ok
    assert result.head == head
    assert len(result.notes) == 3
    (alone / "decisions" / "mapping.yaml").write_text("by: Lee\n")
    assert verify(alone).problems == ["decisions/mapping.yaml: changed since it was sealed."]
    assert not verify(alone, head="e" * 64).ok


def test_sealing_again_keeps_the_predecessor_and_is_refused_once_built_on(customer: Path) -> None:
    first = sealed(customer, "r1")
    assert sealed(customer, "r2") != sealed(customer, "r2") or verify(customer / "r2").ok
    assert newest(customer).previous == ("r1", first)  # type: ignore[union-attr]
    with pytest.raises(BadInput, match="r2 already builds on it"):
        sealed(customer, "r1")


def test_the_manifest_can_be_checked_by_hand_as_its_notes_say(customer: Path) -> None:
    head = sealed(customer)
    run = customer / "r1"
    content = json.loads((run / "manifest.json").read_bytes())
    by_hand = "grep -v '^ \"digest\": ' manifest.json | sha256sum"
    index = f'sed "s/{head}/$(printf "%064d" 0)/" html/index.html | sha256sum'
    for command, expected in ((by_hand, head), (index, content["files"]["html/index.html"])):
        out = subprocess.run(["bash", "-c", command], cwd=run, capture_output=True, text=True, check=True).stdout
        assert out.split()[0] == expected
    assert by_hand in content["notes"][2]


def test_the_index_tells_figures_gates_phases_and_links(customer: Path) -> None:
    sealed(customer, "r1")
    page = (customer / "r1" / "html" / "index.html").read_text()
    for text in (
        "Eight phases are complete &lt;b&gt;.", "Kim &lt;k@x.example&gt;", "2026-01-02 03:00:00 UTC", "1 min 15 s",
        'href="01_discovery.html"', 'href="../reports/quarantine.csv"', 'href="../deliverables/scope%20%C3%A9.html"',
        "skipped: merged (2); quarantined: no name (1)", 'href="../decisions/mapping.yaml"',
    ):  # fmt: skip
        assert text in page, text
    assert "http://" not in page
    assert "https://" not in page
    assert "<script" not in page


def test_the_index_lists_the_runs_before(customer: Path) -> None:
    first = sealed(customer, "r1")
    run = make_run(customer, "r2")
    told = summary(runs=[ChainLine("r1", ("01_discovery",), "waiting", "2026-01-01T00:00:00Z", first)])
    head = seal(run, customer_folder=customer, inputs={}, journal=(0, ""), summary=told)
    page = (run / "html" / "index.html").read_text()
    assert page.index(first) < page.index(head)
    assert 'href="../../r1/html/index.html"' in page
    assert verify(run).ok


@pytest.fixture(scope="module")
def chain_of_three(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A customer with three sealed runs and two decisions, and the head that the journal holds."""
    folder = tmp_path_factory.mktemp("chain") / "acme"
    (folder / "decisions").mkdir(parents=True)
    (folder / "decisions" / "mapping.yaml").write_text("by: Kim\n")
    (folder / "decisions" / "mapping.xlsx").write_bytes(bytes(range(256)))
    (folder / "journal.sqlite").write_text("")
    return folder, [sealed(folder, run) for run in ("r1", "r2", "r3")][-1]


def evidence_of(customer: Path) -> list[Path]:
    """Every file that verification vouches for."""
    return sorted(p for p in customer.rglob("*") if p.is_file() and p.name != "journal.sqlite")


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_one_change_in_any_run_of_the_chain_is_found(chain_of_three: tuple[Path, str], data: st.DataObject) -> None:
    """A byte changed, cut, added or swapped, a file removed, renamed, emptied or put in; whichever run is asked for."""
    customer, head = chain_of_three
    path = data.draw(st.sampled_from(evidence_of(customer)))
    raw = path.read_bytes()
    where = data.draw(st.integers(0, len(raw)))
    bit = bytes([raw[where % len(raw)] ^ (1 << data.draw(st.integers(0, 7)))])
    change = data.draw(st.sampled_from(("flip", "cut", "insert", "empty", "remove", "rename", "add")))
    other = path.with_name(f"{path.name}.more")
    contents: dict[str, bytes | None] = {
        "flip": raw[: where % len(raw)] + bit + raw[where % len(raw) + 1 :], "cut": raw[:-1],
        "insert": raw[:where] + bit + raw[where:], "empty": b"", "remove": None, "rename": None, "add": raw,
    }  # fmt: skip
    asked = customer / data.draw(st.sampled_from(("r1", "r2", "r3")))
    try:
        path.unlink()
        if (content := contents[change]) is not None:
            path.write_bytes(content)
        if change in ("rename", "add"):
            other.write_bytes(raw)
        found = verify(asked, journal_digest=lambda run: (3, "2" * 64), stored_head=head)
    finally:
        other.unlink(missing_ok=True)
        path.write_bytes(raw)
    named = path.parent.name if path.name == "manifest.json" else path.name
    assert any(named in problem for problem in found.problems), (path, change, found.problems)
    assert verify(asked, journal_digest=lambda run: (3, "2" * 64), stored_head=head).problems == []


@pytest.mark.parametrize("run", ["r1", "r2", "r3"])
def test_a_whole_run_that_is_missing_or_renamed_is_found(chain_of_three: tuple[Path, str], run: str) -> None:
    customer, head = chain_of_three
    for away in (customer.parent / "away", customer / "r9"):
        (customer / run).rename(away)
        asked = customer / ("r1" if run != "r1" else "r2")
        found = verify(asked, journal_digest=lambda run: (3, "2" * 64), stored_head=head)
        away.rename(customer / run)
        assert found.problems, (run, away)
