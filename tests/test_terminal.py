"""What a run says at its end, in a terminal of any width."""

from __future__ import annotations

import errno
from types import SimpleNamespace

import pytest
import typer

from nrpd import terminal
from nrpd.phases import figures


@pytest.mark.parametrize("columns", ["40", "80", "200"])
def test_no_heading_and_no_figure_is_cut_off(
    columns: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    line = figures.blank() | {"source": 12_345_678, "created": 9_876_543, "tokens": 61_728_390}
    terminal.print_outcome(SimpleNamespace(figures={"08_persons": {"contacts": line}}, head="", index=""))
    shown = capsys.readouterr().out
    assert "\u2026" not in shown
    for heading in ("object", *(name.removeprefix("fields_") for name in figures.TOTALS)):
        assert heading in shown
    assert "12,345,678" in shown
    assert "61,728,390" in shown


@pytest.mark.parametrize(("number", "plain"), [(errno.ENOSPC, True), (errno.EROFS, True), (errno.EPIPE, False)])
def test_a_disk_that_cannot_be_written_to_is_said_in_plain_words(
    number: int, plain: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    @terminal.plain_errors
    def command() -> None:
        raise OSError(number, "No way", "runs/acme/page.html")

    with pytest.raises(typer.Exit) as stopped:
        command()
    said = capsys.readouterr().err
    assert stopped.value.exit_code == 1
    assert ("runs/acme/page.html: No way. Mend that, then run again" in said) is plain
    assert ("unexpected" in said) is not plain
