"""What the commands share on the terminal: plain errors, JSON, tables, the progress of a run."""

from __future__ import annotations

import errno
import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from nrpd.errors import NrpdError

F = TypeVar("F", bound=Callable[..., Any])
debug = False
"""Set by `nrpd --debug`: errors show their traceback."""
OF_THE_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO)
"""No room, no right to write, a failing disk: nothing that a traceback would explain."""


def plain_errors(function: F) -> F:
    """Errors are one or two plain lines on stderr, with the exit code of their kind."""

    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except typer.Exit:
            raise
        except KeyboardInterrupt:
            stop("stopped; what was written is in the journal, run again to go on", 1)
        except NrpdError as error:
            if debug:
                raise
            stop(str(error), error.exit_code)
        except Exception as error:
            if debug:
                raise
            if isinstance(error, OSError) and error.errno in OF_THE_DISK:
                place = error.filename or "the disk"
                stop(f"{place}: {error.strerror}. Mend that, then run again; it goes on where it stopped", 1)
            what = " ".join(str(error).split())[:300]
            stop(f"unexpected: {type(error).__name__}: {what} (nrpd --debug … shows where)", 1)

    return wrapped  # type: ignore[return-value]


def stop(message: str, code: int) -> NoReturn:
    """Ends the command with a message on stderr and an exit code."""
    typer.echo(message, err=True)
    raise typer.Exit(code)


def print_json(document: Any) -> None:
    """Prints one JSON document."""
    typer.echo(json.dumps(document, indent=1, ensure_ascii=False, default=list))


def run_shown(parameters: Path, options: Any) -> Any:
    """Runs, with each phase and its progress on the terminal."""
    from nrpd import runbook

    console = Console(stderr=False)
    with console.status("starting") as status:
        last: list[str] = []

        def tell(phase: str, text: str) -> None:
            if not text:
                console.print(f"[bold]{phase}[/bold]")
            elif last[-1:] != [text]:
                last.append(text)
            status.update(f"{phase}  {text}")

        return runbook.run(parameters, options, tell)


def print_outcome(outcome: Any) -> None:
    """Prints the closing table, the head of the chain and the page to open."""
    from nrpd.phases import figures

    table = Table(title="What became of each source row")
    for name in ("object", *figures.TOTALS):
        heading = name.removeprefix("fields_")
        table.add_column(heading, justify="left" if name == "object" else "right", no_wrap=True)
    for object_, line in figures.totals(outcome.figures).items():
        table.add_row(object_, *(f"{line[name]:,}" for name in figures.TOTALS))
    _print_whole(table)
    if outcome.head:
        typer.echo(f"Head of the manifest chain: {outcome.head}")
    if outcome.index:
        typer.echo(f"Open {outcome.index}")


def _print_whole(table: Table) -> None:
    """Prints a table as wide as it needs to be: a figure that is cut off is worse than a line that wraps."""
    console = Console()
    needed = console.measure(table, options=console.options.update(max_width=1_000)).maximum
    Console(width=max(console.width, needed)).print(table)


def print_rehearsal(document: Any) -> None:
    """Prints what the live run would do and cost, what would fail, and where the report is."""
    from nrpd.handover import rehearsal

    table = Table(title="What the live run would do")
    for n, name in enumerate(rehearsal.HEADERS):
        table.add_column(name, justify="left" if n < 2 else "right", no_wrap=True)
    for row in rehearsal.outcome_rows(document):
        table.add_row(*(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row))
    _print_whole(table)
    typer.echo(rehearsal.cost_line(document))
    for title, name in (("What would fail:", "would_fail"), ("Worth a look:", "to_review")):
        if document[name]:
            typer.echo("\n".join((title, *(f"  {line}" for line in document[name]))))
    for gate in document["gates"]:
        typer.echo(f"Gate {gate['gate']}: {rehearsal.gate_line(gate)}")
    typer.echo(f"Report: {document['report']}")


def print_figures(phases: Any) -> None:
    """Prints the totals per object, a line each."""
    from nrpd.phases import figures

    for object_, line in figures.totals(phases).items():
        shown = ", ".join(f"{line[name]:,} {name.replace('_', ' ')}" for name in figures.TOTALS if line[name])
        typer.echo(f"{object_:17} {shown}")
