"""The command line: parses, calls, prints. Exit codes stand in `nrpd.errors`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from nrpd import terminal
from nrpd.errors import BadInput
from nrpd.terminal import plain_errors, print_figures, print_json, print_outcome, print_rehearsal, run_shown, stop

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False,
    help="Moves a customer from Net-Results (Paminga) to Pipedrive, notebook by notebook, and proves it.",
)  # fmt: skip

ParametersFile = Annotated[Path, typer.Argument(metavar="PARAMETERS", help="The customer's parameters file.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
ByName = Annotated[str, typer.Option("--by", metavar="NAME", help="Who decides; goes on record.")]
PLAN_DIGEST = (
    "The plan that was shown, by the digest that it ended with; may be left out only for an account on this machine."
)


@app.callback()
def _options(debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False) -> None:
    terminal.debug = debug


@app.command()
@plain_errors
def new(customer: Annotated[str, typer.Argument(metavar="CUSTOMER")]) -> None:
    """Write parameters/CUSTOMER.yaml with every key explained."""
    from nrpd import workbench

    typer.echo(f"Written: {workbench.new_parameters(customer, Path.cwd())}")


@app.command()
@plain_errors
def run(
    parameters: ParametersFile,
    to: Annotated[str | None, typer.Option("--to", metavar="PHASE", help="Stop after this phase.")] = None,
    only: Annotated[str | None, typer.Option("--only", metavar="PHASE", help="Run just this phase.")] = None,
    restart_phase: Annotated[bool, typer.Option("--restart-phase", help="Run it although it is complete.")] = False,
    accept_no_suppressions: Annotated[
        str | None, typer.Option("--accept-no-suppressions", metavar="NAME", help="Who says that nobody opted out.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run the phases that are not complete, with papermill."""
    from nrpd import runbook, workbench

    options = runbook.Options(
        workbench.phase_named(to), workbench.phase_named(only), restart_phase, accept_no_suppressions
    )
    outcome = runbook.run(parameters, options, lambda *_: None) if as_json else run_shown(parameters, options)
    if as_json:
        print_json(outcome.as_dict())
    else:
        print_outcome(outcome)
    if outcome.exit_code:
        stop(outcome.message.replace("PARAMETERS", str(parameters)), outcome.exit_code)


@app.command()
@plain_errors
def lab(
    parameters: Annotated[Path | None, typer.Argument(metavar="[PARAMETERS]")] = None,
    port: Annotated[int, typer.Option("--port", help="Port of JupyterLab; 0 takes a free one.")] = 0,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser.")] = True,
) -> None:
    """Open JupyterLab on a run's working copies (the demo without an argument)."""

    from nrpd.lab import open_lab

    raise typer.Exit(open_lab(parameters, port=port, browser=browser, tell=typer.echo))


@app.command()
@plain_errors
def rehearse(
    parameters: ParametersFile,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the copied account and the run afterwards.")] = False,
    as_json: AsJson = False,
) -> None:
    """Copy the live account into a sandbox (reads only) and run everything there."""

    from nrpd.rehearse import run_on_a_copy

    document = run_on_a_copy(parameters, keep=keep, tell=(lambda _: None) if as_json else typer.echo)
    print_json(document) if as_json else print_rehearsal(document)
    if document["exit_code"]:
        stop(document["message"], document["exit_code"])


@app.command()
@plain_errors
def status(parameters: ParametersFile, as_json: AsJson = False) -> None:
    """Show phases, gates, counts, tokens spent, and what to do next."""
    from nrpd import workbench

    document = workbench.status(parameters)
    if as_json:
        print_json(document)
        return
    for phase, line in document["progress"].items():
        typer.echo(f"{phase:22} {line}")
    for gate, state in document["gates"].items():
        typer.echo(f"gate {gate:17} {state['status']}{' by ' + state['by'] if state['by'] else ''}")
    print_figures(document["phases"])
    for line in workbench.spent_lines(document["estimate"]):
        typer.echo(line)
    if document["counts"]:
        typer.echo(f"Counts are {document['counts']}.")
    typer.echo(f"Tokens spent: {document['tokens']:,}\n{document['next']}")


@app.command()
@plain_errors
def estimate(parameters: ParametersFile, as_json: AsJson = False) -> None:
    """Estimate records, tokens and days at this plan, per activity policy, and the complexity grade."""
    from nrpd import workbench

    document = workbench.estimate(parameters)
    if as_json:
        print_json(document)
        return
    typer.echo(workbench.estimate_text(document))


@app.command()
@plain_errors
def propose(
    file: Annotated[Path, typer.Argument(metavar="FILE.tsv")],
    account: Annotated[
        Path | None, typer.Option("--account", metavar="FILE.json", help="The account's fields, as the API lists them.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Propose the target of headers: columns header, object, optional values joined by |."""
    from nrpd.phases import proposing

    found = proposing.propose(file, account)
    if as_json:
        print_json(found)
        return
    for item in found:
        target = item["target"]
        typer.echo(
            f"{item['header']} -> {target['entity']}.{target['field']} ({item['confidence']:.2f}; {item['reason']})"
        )


@app.command()
@plain_errors
def confirm(
    parameters: ParametersFile,
    gate: Annotated[str, typer.Argument(metavar="GATE")],
    by: ByName,
    file: Annotated[Path | None, typer.Option("--file", metavar="F", help="The answers, or an edited map.")] = None,
    fold: Annotated[
        bool, typer.Option("--fold", help="Of the map: fold what the plan has no room for into one note per record.")
    ] = False,
) -> None:
    """Record a decision without JupyterLab."""
    from nrpd import workbench

    typer.echo(workbench.confirm(parameters, gate, by, file, fold=fold))


@app.command()
@plain_errors
def reconcile(parameters: ParametersFile, as_json: AsJson = False) -> None:
    """Compare source and destination again, any time."""
    from nrpd import workbench

    document = workbench.reconcile(parameters)
    print_json(document) if as_json else print_figures(document["phases"])
    if not as_json:
        for line in document["changed_since"]:
            typer.echo(f"changed by people since: {line}")
        if document["trend"]:
            typer.echo(document["trend"])
    if document["exit_code"]:
        stop(document["message"], document["exit_code"])


@app.command()
@plain_errors
def suppress(parameters: ParametersFile, file: Annotated[Path, typer.Argument(metavar="FILE")]) -> None:
    """Add late opt-outs."""
    from nrpd import workbench

    typer.echo(workbench.suppress(parameters, file))


@app.command()
@plain_errors
def rollback(
    parameters: ParametersFile,
    plan: Annotated[bool, typer.Option("--plan", help="Only show what would be undone.")] = False,
    by: Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who decides; goes on record.")] = None,
    plan_digest: Annotated[str | None, typer.Option("--plan-digest", metavar="D", help=PLAN_DIGEST)] = None,
    as_json: AsJson = False,
) -> None:
    """Show, then undo, what this customer's runs wrote.

    First --plan, which changes nothing; then --by NAME --plan-digest D, D being the digest that the plan ended with.
    """
    from nrpd import workbench

    if not plan and not by:
        raise BadInput("rollback: say --plan to see it, then --by NAME to carry it out")
    if plan:
        document = workbench.rollback_plan(parameters)
        print_json(document) if as_json else typer.echo(document["text"])
        return
    document = workbench.roll_back(parameters, str(by), plan_digest)
    if as_json:
        print_json(document)
    else:
        typer.echo(", ".join(f"{n} {what}" for what, n in document["buckets"].items()) or "nothing was undone")
        typer.echo(f"Open {document['index']}")
    if document["exit_code"]:
        stop(document["message"], document["exit_code"])


@app.command()
@plain_errors
def purge(
    parameters: ParametersFile,
    by: ByName,
    keep_evidence: Annotated[bool, typer.Option("--keep-evidence", help="Keep the run folders.")] = False,
) -> None:
    """Remove staged data, before-images and sandbox copies. Rollback ends with it."""
    from nrpd import workbench

    for line in workbench.purge(parameters, by, keep_evidence=keep_evidence):
        typer.echo(f"removed: {line}")


@app.command()
@plain_errors
def verify(
    run_folder: Annotated[Path, typer.Argument(metavar="RUN_FOLDER")],
    head: Annotated[str | None, typer.Option("--head", metavar="SHA", help="The head that was handed over.")] = None,
) -> None:
    """Check an evidence folder, and the chain, against its manifests."""
    from nrpd import workbench

    found = workbench.verify(run_folder, head)
    for note in found.notes:
        typer.echo(f"note: {note}")
    for problem in found.problems:
        typer.echo(problem, err=True)
    if not found.ok:
        raise typer.Exit(4)
    typer.echo(f"accepted: {', '.join(found.runs)}\nhead: {found.head}")


@app.command()
@plain_errors
def mask(
    run_folder: Annotated[Path, typer.Argument(metavar="RUN_FOLDER")],
    to: Annotated[Path, typer.Option("--to", metavar="FOLDER", help="A new folder, outside of the customer's.")],
) -> None:
    """Copy an evidence folder for third parties: people and companies shortened, counts intact."""
    from nrpd import workbench

    head, left_out = workbench.mask(run_folder, to)
    for path in left_out:
        typer.echo(f"note: {path} was left out; no text in it can be masked")
    typer.echo(f"masked copy: {to}\nhead: {head}")


@app.command()
@plain_errors
def batch(
    parameters: Annotated[list[Path], typer.Argument(metavar="PARAMETERS…")],
    workers: Annotated[int, typer.Option("--workers", metavar="N", min=1, max=32)] = 2,
    as_json: AsJson = False,
) -> None:
    """Run many customers, each as far as its gates and budget allow."""
    from nrpd import workbench

    found = workbench.batch(parameters, workers)
    if as_json:
        print_json(found)
    else:
        for line in found["customers"]:
            message = line["message"].splitlines()[0] if line["message"] else "done"
            typer.echo(f"{line['parameters']}: {line['exit_code']} {message}")
    if found["exit_code"]:
        raise typer.Exit(found["exit_code"])


@app.command()
@plain_errors
def sandbox(
    port: Annotated[int, typer.Option("--port", metavar="N")] = 0,
    plan: Annotated[str, typer.Option("--plan", metavar="P")] = "growth",
    seats: Annotated[int, typer.Option("--seats", metavar="N", min=1)] = 5,
    store: Annotated[
        Path | None, typer.Option("--store", metavar="FILE", help="SQLite file; a temporary one without.")
    ] = None,
    fixture: Annotated[Path | None, typer.Option("--fixture", metavar="FILE", help="Content of a new store.")] = None,
    faults: Annotated[
        str,
        typer.Option(
            "--faults",
            metavar="SPEC",
            help="Such as lost=0.05,error=0.05,moving=0.05,seed=1; all are explained in nrpd/sandbox/faults.py.",
        ),
    ] = "",
    export: Annotated[
        Path | None,
        typer.Option("--export", metavar="FILE", help="Write the content of --store as a fixture, and serve nothing."),
    ] = None,
) -> None:
    """Serve the local Pipedrive until Ctrl-C.

    While it serves, the same token opens its control: POST /sandbox/clock {"advance": seconds} moves the clock,
    PUT /sandbox/faults {"faults": SPEC} changes the faults, GET /sandbox/export gives the content as a fixture.
    """
    from nrpd.sandbox import export_file, serve_forever

    def announce(where: dict[str, Any]) -> None:
        typer.echo(json.dumps(where))
        sys.stdout.flush()

    try:
        if export is None:
            serve_forever(store, port, plan, seats, fixture, faults, announce)
        elif store is None or not store.is_file():
            raise BadInput("sandbox: --export needs --store with a file that is there")
        else:
            export_file(store, export)
    except ValueError as error:
        raise BadInput(f"sandbox: {error}") from None


def main() -> None:
    """Entry point."""
    app()
