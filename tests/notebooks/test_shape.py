"""The shape of the notebooks: thin, linear, and the same steps as their phase's `run_all`."""

from __future__ import annotations

import ast
import inspect
import json
import re
import shutil
import subprocess
import sys
import textwrap
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat
import pytest

from nrpd.gates import GATE_AFTER, PHASES
from nrpd.phases.catalogue import step_class

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NAMES = (*PHASES, "rollback")
FORBIDDEN = (
    ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.Lambda,
    ast.With, ast.comprehension,
)  # fmt: skip


def read(name: str) -> Any:
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=nbformat.NO_CONVERT)


def code_of(name: str) -> list[Any]:
    return [cell for cell in read(name).cells if cell.cell_type == "code"]


def test_there_is_one_notebook_per_phase() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.ipynb")) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_is_a_clean_notebook_with_stable_cell_ids(name: str) -> None:
    notebook = read(name)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook.metadata.kernelspec.name == "python3"
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    # Ids say what the cell is, so that a changed cell keeps its history and its reviews.
    assert all(re.fullmatch(r"[a-z][a-z-]*(-\d)?", identity) for identity in ids), ids
    for cell in code_of(name):
        assert cell.outputs == []
        assert cell.execution_count is None


def test_nbstripout_finds_nothing_to_strip(tmp_path: Path) -> None:
    copies = [Path(shutil.copy(FOLDER / f"{name}.ipynb", tmp_path)) for name in NAMES]
    subprocess.run([sys.executable, "-m", "nbstripout", "--keep-id", *map(str, copies)], check=True)
    changed = [copy.name for copy in copies if copy.read_bytes() != (FOLDER / copy.name).read_bytes()]
    assert not changed


@pytest.mark.parametrize("name", NAMES)
def test_one_parameters_cell_of_literals(name: str) -> None:
    tagged = [cell for cell in code_of(name) if "parameters" in cell.metadata.get("tags", [])]
    assert len(tagged) == 1
    assert code_of(name)[0] == tagged[0]
    found = {}
    for statement in ast.parse(tagged[0].source).body:
        assert isinstance(statement, ast.Assign)
        target = statement.targets[0]
        assert isinstance(target, ast.Name)
        found[target.id] = ast.literal_eval(statement.value)
    assert found == {"parameters": "", "run_folder": "", "read_only": False}


@pytest.mark.parametrize("name", NAMES)
def test_few_short_cells_without_logic(name: str) -> None:
    cells = code_of(name)
    assert 6 <= len(cells) <= 10
    for cell in cells:
        lines = [line for line in cell.source.splitlines() if line.strip()]
        assert 1 <= len(lines) <= 5
        logic = [type(node).__name__ for node in ast.walk(ast.parse(cell.source)) if isinstance(node, FORBIDDEN)]
        assert not logic


@pytest.mark.parametrize("name", NAMES)
def test_every_code_cell_is_explained_and_the_last_words_say_what_to_do(name: str) -> None:
    cells = read(name).cells
    assert cells[0].cell_type == "markdown"
    assert cells[0].source.startswith("# ")
    says = cells[0].source.split("\n\n", 1)[1]
    assert len(re.findall(r"[.](?:\s|$)", says)) == 2, "one sentence on what it does, one on what it writes"
    assert "Pipedrive" in says or "account" in says
    for before, cell in pairwise(cells):
        if cell.cell_type == "code":
            assert before.cell_type == "markdown", f"{cell.id} has no explanation"
            assert before.source.strip()
    assert cells[-1].cell_type == "markdown"
    assert cells[-1].source.startswith("## If it is red")


@pytest.mark.parametrize("name", NAMES)
def test_gates_say_what_to_decide(name: str) -> None:
    gates = [gate for gate, phase in GATE_AFTER.items() if phase == name]
    headed = {cell.id: cell.source for cell in read(name).cells if cell.source.startswith("## Gate: ")}
    assert [source.split("\n")[0] for source in headed.values()] == [f"## Gate: {gate}" for gate in gates]
    assert all("**Decide**" in source for source in headed.values())


@pytest.mark.parametrize("name", NAMES)
def test_the_cells_are_the_steps_of_run_all(name: str) -> None:
    """By hand, under papermill and where earlier phases are caught up, a phase does the same in the same order."""
    kind = step_class(name)
    module = kind.__module__.rpartition(".")[2]
    opening = code_of(name)[1].source
    opened = f"step = {module}.open(parameters, run_folder, read_only)"
    assert opening == f"from nrpd.phases import {module}\n\n{opened}\nstep"
    steps = [cell.source for cell in code_of(name)[2:]]
    body = ast.parse(textwrap.dedent(inspect.getsource(kind.run_all)))
    calls = [node for node in ast.walk(body) if isinstance(node, ast.Call)]
    ordered = sorted(calls, key=lambda node: node.lineno)
    assert steps == [f"step.{node.func.attr}()" for node in ordered if isinstance(node.func, ast.Attribute)]


@pytest.mark.parametrize("name", NAMES)
def test_is_written_as_jupyter_writes_it(name: str) -> None:
    """One form on disk, so that saving in JupyterLab changes only what was changed."""
    path = FOLDER / f"{name}.ipynb"
    text = path.read_text(encoding="utf-8")
    assert text == json.dumps(json.loads(text), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
