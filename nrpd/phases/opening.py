"""How a notebook opens its phase: by hand or under papermill, for a customer or for the demo."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Protocol, TypeVar

from IPython import get_ipython

from nrpd.errors import BadInput, NrpdError
from nrpd.phases.catalogue import catch_up
from nrpd.phases.session import Session
from nrpd.phases.step import Step
from nrpd.workspace import RUNNER_VARIABLE, is_run_name

PARAMETERS_VARIABLE = "NRPD_PARAMETERS"
"""Names the parameters file for notebooks that are opened without one."""

S = TypeVar("S", bound=Step)
T_co = TypeVar("T_co", covariant=True)


def default_parameters() -> Path:
    """The parameters file of a notebook that was given none: NRPD_PARAMETERS, else the demo of this checkout."""
    named = os.environ.get(PARAMETERS_VARIABLE)
    if named:
        return Path(named)
    here = Path.cwd().resolve()
    for folder in (*here.parents, here, Path(__file__).resolve().parents[2]):
        if (folder / "parameters" / "demo.yaml").is_file() and (folder / "notebooks").is_dir():
            return folder / "parameters" / "demo.yaml"
    raise BadInput("no parameters: set the cell `parameters` to the path of a parameters file")


def open_step(kind: type[S], parameters: str = "", run_folder: str = "", read_only: bool = False) -> S:
    """Opens one phase for a notebook: the customer of `parameters` (blank: the demo), in `run_folder` (blank: a new
    one)."""
    show_plain_errors()
    path = Path(parameters) if parameters else default_parameters()
    mode = "sealed" if read_only else "run" if os.environ.get(RUNNER_VARIABLE) else "hand"
    session = Session(path, read_only=read_only)
    folder = Path(run_folder) if run_folder else _by_hand_folder(session)
    session.journal.run = folder.name
    if not parameters:
        catch_up(session, folder, kind.name)
    step = kind(session, folder, mode)
    step.require_before()
    return step


def show_plain_errors() -> None:
    """In this kernel, nrpd's own errors show what they say and no traceback; the cell fails as it would."""
    shell = get_ipython()
    if shell is not None:
        shell.set_custom_exc((NrpdError,), _show_plainly)


def _show_plainly(
    shell: Any, kind: type[BaseException], error: BaseException, _traceback: Any, tb_offset: int | None = None
) -> list[str]:
    lines = [f"{kind.__name__}: {error}"]
    shell._showtraceback(kind, error, lines)
    return lines


class Opener(Protocol[T_co]):
    """What a notebook calls: the customer of `parameters` (blank: the demo), in `run_folder` (blank: a new one)."""

    def __call__(self, parameters: str = "", run_folder: str = "", read_only: bool = False) -> T_co: ...


def opener(kind: type[S]) -> Opener[S]:
    """The `open` of a phase's module."""

    def open_phase(parameters: str = "", run_folder: str = "", read_only: bool = False) -> S:
        return open_step(kind, parameters, run_folder, read_only)

    return open_phase


def _by_hand_folder(session: Session) -> Path:
    """The run folder that a working copy lies in, else a new one."""
    here = Path.cwd().resolve()
    if here.parent == session.workspace.folder.resolve() and is_run_name(here.name):
        return here
    return session.workspace.new_run()
