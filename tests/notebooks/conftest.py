"""A customer of its own for notebooks that are opened without parameters: the demo, in a temporary folder."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """NRPD_PARAMETERS names a copy of the demo with its runs under `tmp_path`. Gives the customer's folder."""
    folder = ROOT / "parameters"
    content = yaml.safe_load((folder / "demo.yaml").read_text(encoding="utf-8"))
    content["runs_root"] = str(tmp_path / "runs")
    content["source"]["export"] = str(folder / content["source"]["export"])
    content["source"]["delta_export"]["path"] = str(folder / content["source"]["delta_export"]["path"])
    content["destination"]["fixture"] = str(folder / content["destination"]["fixture"])
    path = tmp_path / "demo.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    monkeypatch.setenv("NRPD_PARAMETERS", str(path))
    return tmp_path / "runs" / "demo"
