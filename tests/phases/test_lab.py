"""Working copies: every notebook, with the customer filled in, in a run folder of its own."""

from __future__ import annotations

import ast
from pathlib import Path

import nbformat

from nrpd import runbook
from nrpd.phases.lab import working_copies
from nrpd.phases.session import Session
from tests.support import small


def test_copies_name_the_customer_and_the_folder(tmp_path: Path) -> None:
    small.export(tmp_path / "export")
    path = small.parameters(tmp_path, "acme", destination={"kind": "sandbox"})
    with Session(path) as session:
        first = working_copies(session, runbook.NOTEBOOKS)
        second = working_copies(session, runbook.NOTEBOOKS)
    assert first != second
    names = sorted(p.name for p in runbook.NOTEBOOKS.glob("*.ipynb"))
    assert len(names) == 13
    for folder in (first, second):
        assert sorted(p.name for p in folder.glob("*.ipynb")) == names
        for copy in folder.glob("*.ipynb"):
            cells = nbformat.read(copy, as_version=4).cells
            (cell,) = [c for c in cells if "parameters" in c.metadata.get("tags", [])]
            values = {
                node.targets[0].id: ast.literal_eval(node.value)
                for node in ast.parse(cell.source).body
                if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
            }
            assert values == {"parameters": str(path.resolve()), "run_folder": str(folder), "read_only": False}
