"""Working copies of the notebooks in a run folder, with the customer filled in, for JupyterLab."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from nrpd.imports import load_nbformat
from nrpd.phases.session import Session


def working_copies(session: Session, notebooks: Path) -> Path:
    """A new run folder with a copy of each notebook whose parameters cell names this customer and this folder."""
    # Its schema validator takes long to load, which no other command should pay.
    load_nbformat()
    import nbformat

    folder = session.workspace.new_run()
    for source in sorted(notebooks.glob("*.ipynb")):
        notebook = nbformat.read(source, as_version=4)
        for cell in notebook.cells:
            if "parameters" in cell.get("metadata", {}).get("tags", []):
                parameters, run_folder = str(session.path.resolve()), str(folder.resolve())
                cell.source = f"parameters = {parameters!r}\nrun_folder = {run_folder!r}\nread_only = False"
        nbformat.write(notebook, folder / source.name)
    return folder


def lab_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """Variables that make JupyterLab ask nothing that is not about the migration, and keep whole notebooks in the page.

    They only change defaults of JupyterLab (`labconfig/default_setting_overrides.json`): what a person has set stands.
    """
    kept = [environment["JUPYTER_CONFIG_PATH"]] if environment.get("JUPYTER_CONFIG_PATH") else []
    return {"JUPYTER_CONFIG_PATH": os.pathsep.join([*kept, str(Path(__file__).parent)])}
