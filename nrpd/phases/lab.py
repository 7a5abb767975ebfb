"""Working copies of the notebooks in a run folder, with the customer filled in, for JupyterLab."""

from __future__ import annotations

from pathlib import Path

from nrpd.phases.session import Session


def working_copies(session: Session, notebooks: Path) -> Path:
    """A new run folder with a copy of each notebook whose parameters cell names this customer and this folder."""
    # Its schema validator takes a second to load, which no other command should pay.
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
