"""HTML copies load nothing and run nothing, whatever the notebook holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from bs4 import BeautifulSoup

from nrpd.errors import BadInput
from nrpd.evidence import to_html
from nrpd.evidence.pages import WIDGET_MEDIA, clean

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def page_of(tmp_path: Path, *cells: Any) -> str:
    nbformat.write(nbformat.v4.new_notebook(cells=list(cells)), tmp_path / "n.ipynb")
    return to_html(tmp_path / "n.ipynb", tmp_path / "html" / "n.html").read_text(encoding="utf-8")


def shown(**data: Any) -> Any:
    return nbformat.v4.new_code_cell("x", outputs=[nbformat.v4.new_output("display_data", data=data)])


def test_nothing_is_loaded_and_nothing_runs(tmp_path: Path) -> None:
    bad = (
        '<script src="https://cdn.example/x.js"></script><link rel="stylesheet" href="https://cdn.example/x.css">'
        '<img src="https://cdn.example/p.png" alt="chart"><iframe src="https://cdn.example"></iframe>'
        '<b onclick="go()">text</b><style>@import url(https://cdn.example/f.css); p{background:url("//cdn.example/b")}'
        '</style><p style="background:url(http://cdn.example/c)">para</p><a href="java\tscript:go()">bad</a>'
        '<a href="https://docs.example/page">good link</a><video src="http://cdn.example/v"></video>'
        '<svg><image href="http://cdn.example/i.png"/><script>1</script></svg><meta http-equiv="refresh" content="0">'
    )
    cells = [
        nbformat.v4.new_markdown_cell(f"# Title *one*\n\n$a^2$\n\n{bad}"),
        shown(**{"text/html": bad, "application/javascript": "alert(1)"}),
        shown(**{"application/javascript": "alert(2)", "text/plain": "<Javascript>"}),
        shown(**{"image/png": PIXEL, "text/plain": "<Figure>"}),
    ]
    page = page_of(tmp_path, *cells)
    soup = BeautifulSoup(page, "html.parser")
    assert soup.title is not None
    assert soup.title.string == "Title one"
    assert not soup.find_all(["script", "link", "iframe", "video", "object", "embed"])
    assert not [tag for tag in soup.find_all(True) for name in tag.attrs if name.startswith("on")]
    assert all(str(tag["src"]).startswith("data:image/") for tag in soup.find_all(src=True))
    assert "cdn.example" not in " ".join(style.get_text() for style in soup.find_all("style"))
    assert not [tag for tag in soup.find_all(style=True) if "cdn.example" in str(tag["style"])]
    assert "alert(" not in page
    assert {str(a.get("href")) for a in soup.find_all("a", href=True)} >= {"https://docs.example/page", "index.html"}
    assert "para" in page
    assert PIXEL in page


def test_widgets_are_shown_in_their_static_form(tmp_path: Path) -> None:
    view = {"model_id": "abc", "version_major": 2, "version_minor": 0}
    page = page_of(
        tmp_path,
        shown(**{WIDGET_MEDIA: view, "text/html": "<b>Gate: mapping</b>", "text/plain": "Gate: mapping"}),
        shown(**{WIDGET_MEDIA: view, "text/plain": "VBox(children=(Text(value=''),))"}),
        shown(**{WIDGET_MEDIA: view, "text/plain": "two lines of words"}),
    )
    assert "<b>Gate: mapping</b>" in page
    assert "VBox(" not in page
    assert "can be used in JupyterLab only" in page
    assert "two lines of words" in page
    assert "abc" not in page


def test_a_failed_notebook_shows_its_error(tmp_path: Path) -> None:
    error = nbformat.v4.new_output(
        "error", ename="BadInput", evalue="row 3", traceback=["\x1b[31mBadInput\x1b[0m: row 3"]
    )
    page = page_of(tmp_path, nbformat.v4.new_code_cell("go()", outputs=[error]))
    assert "BadInput" in page
    assert "row 3" in page
    assert "\x1b" not in page


def test_a_broken_notebook_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.ipynb").write_text("{")
    with pytest.raises(BadInput, match="cannot be read as a notebook"):
        to_html(tmp_path / "x.ipynb", tmp_path / "x.html")
    with pytest.raises(BadInput, match="There is no notebook"):
        to_html(tmp_path / "y.ipynb", tmp_path / "y.html")


def test_cleaning_twice_changes_nothing() -> None:
    once = clean('<table><tr><td>1</td></tr></table><img src="http://a.example/p.png" alt="a"><p>x</p>')
    assert clean(once) == once
