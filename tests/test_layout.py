"""The repository itself: what lies where, who imports whom, what is declared, and that the README says what CI runs."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]
TOP_LEVEL = {"README.md", "pyproject.toml", "notebooks", "parameters", "runs", "tests", "nrpd"}
PHASES = [
    "01_discovery", "02_mapping", "03_owners", "04_schema", "05_suppression", "06_sample", "07_organizations",
    "08_persons", "09_activities", "10_suppression_pass", "11_cutover", "12_handover", "rollback",
]  # fmt: skip
COMMANDS = [
    "python3 -m venv .venv && .venv/bin/pip install -e . && .venv/bin/nrpd run parameters/demo.yaml",
    "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/pytest",
]


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [name for name in listed.split("\0") if name]


def tool(name: str) -> str:
    """A program of this environment, whether or not the environment is activated."""
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    assert found, f"{name} is not installed; pip install -e '.[test]' installs it"
    return found


def ci_module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / ".ci" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_top_level_holds_what_the_layout_names_and_no_more() -> None:
    found = {name.split("/")[0] for name in tracked()}
    assert {name for name in found if not name.startswith(".")} == TOP_LEVEL
    assert {name for name in found if name.startswith(".")} <= {".ci", ".gitignore", ".gitattributes"}


def test_nothing_of_a_customer_is_tracked() -> None:
    kept = [name for name in tracked() if name.startswith(("runs/", "parameters/"))]
    allowed = r"runs/\.gitkeep|parameters/(demo\.yaml|example\.yaml|demo/.+)"
    assert [name for name in kept if not re.fullmatch(allowed, name)] == []


def test_one_notebook_per_phase_and_none_holds_outputs() -> None:
    notebooks = sorted((ROOT / "notebooks").glob("*.ipynb"))
    assert [path.stem for path in notebooks] == PHASES
    for path in notebooks:
        cells = [c for c in json.loads(path.read_text(encoding="utf-8"))["cells"] if c["cell_type"] == "code"]
        assert [c for c in cells if c["outputs"] or c["execution_count"] is not None] == [], path.name
    subprocess.run([tool("nbstripout"), "--verify", "--keep-id", *map(str, notebooks)], check=True)


def test_imports_run_one_way() -> None:
    made = subprocess.run(
        [tool("lint-imports"), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert made.returncode == 0, made.stdout + made.stderr


def test_direct_dependencies_have_upper_bounds() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *(d for some in project["optional-dependencies"].values() for d in some)]
    assert [d for d in wanted if not re.match(r"[\w.\[\]-]+>=[\w.]+,<[\w.]+(;|$)", d)] == []


def test_constraints_name_exact_versions_of_every_direct_dependency_and_no_place() -> None:
    lines = (ROOT / ".ci" / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {}
    for line in (line for line in lines if not line.startswith("#")):
        found = re.fullmatch(r"([A-Za-z0-9._-]+)==([A-Za-z0-9.!+]+)", line)
        assert found, f"{line}: expected name==version"
        pinned[_folded(found[1])] = found[2]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *(d for some in project["optional-dependencies"].values() for d in some)]
    assert {_folded(re.split(r"[>=<\[;]", d)[0]) for d in wanted} - pinned.keys() == set()
    assert "nrpd" not in pinned


def _folded(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


def test_readme_gives_the_two_commands_and_ci_runs_them_from_there() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [line for line in readme.splitlines() if line.startswith("python3 -m venv")] == COMMANDS
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for command in COMMANDS:
        end = command.split(" && .venv/bin/")[-1]
        assert re.search(rf'readme_command "?{re.escape(end)}"?( |$)', script, re.M), f"{end} is not run by .ci/run"


def test_the_tree_holds_no_host_path_or_token() -> None:
    made = subprocess.run(
        [sys.executable, ".ci/check_tree.py"], cwd=ROOT, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert made.returncode == 0, made.stdout + made.stderr


@pytest.mark.parametrize(
    "parts",
    [
        (" /", "home/ann/file"), ("--extra-index", "-url x"), ("-----BEGIN ", "PRIVATE KEY-----"),
        ("key='", "a1" * 20 + "'"), ("AKIA", "ABCDEFGHIJKLMNOP"), ("Bearer ", "abcdefghijklmnopqrst"),
        ("?api_", "token=abcdefghij"), ("https://ann:", "long-secret@host.example/"),
    ],
)  # fmt: skip
def test_the_check_of_the_tree_finds(parts: tuple[str, str]) -> None:
    shapes = ci_module("check_tree").SHAPES.values()
    assert [s for s in shapes if re.search(s, "".join(parts).encode())], parts
    assert not [s for s in shapes if re.search(s, parts[0].encode())], parts


def test_a_skipped_test_or_an_empty_run_fails_ci(tmp_path: Path) -> None:
    all_ran = ci_module("all_ran").main
    report = tmp_path / "pytest.xml"
    case = '<testcase classname="a" name="b">{}</testcase>'
    for inner, code in ((case.format(""), 0), (case.format('<skipped message="no Chromium"/>'), 1), ("", 1)):
        report.write_text(f"<testsuites><testsuite>{inner}</testsuite></testsuites>", encoding="utf-8")
        assert all_ran(report) == code
