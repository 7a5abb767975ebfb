"""HTML that needs nothing else, and Markdown that customers' words cannot break."""

from __future__ import annotations

import io
import zipfile

import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

from nrpd.handover import markdown, render
from nrpd.handover.archive import fixed_zip

TEXT = """# Title

## One

| A | B |
| --- | ---: |
| x | 1 |

- [ ] to do
- [x] done

## One

<script>alert(1)</script> ![p](https://x.example/p.png) [l](javascript:alert) **b**
"""


def test_page_is_self_contained_and_accessible() -> None:
    page = render.html(TEXT, "A & B", footer="end")
    soup = BeautifulSoup(page, "html.parser")
    assert soup.html is not None
    assert soup.html["lang"] == "en"
    assert soup.title is not None
    assert soup.title.string == "A & B"
    assert soup.find("main")
    assert soup.find("nav", attrs={"aria-label": True})
    assert soup.find("footer")
    assert all(th["scope"] == "col" for th in soup.find_all("th"))
    assert not soup.find_all(["script", "img", "link", "iframe"])
    assert "default-src 'none'" in page
    ids = [tag["id"] for tag in soup.find_all(id=True)]
    assert len(ids) == len(set(ids))
    assert all(soup.find(id=a["href"][1:]) for a in soup.select('a[href^="#"]'))
    assert "☐ to do" in soup.get_text()
    assert "☑ done" in soup.get_text()


@given(st.text(max_size=80))
@settings(max_examples=150, deadline=None)
def test_escaped_text_comes_out_as_it_went_in(text: str) -> None:
    page = render.html(markdown.inline(text) or "x", "t")
    main = BeautifulSoup(page, "html.parser").main
    assert main is not None
    assert markdown.clean(main.get_text()) == (markdown.clean(text) or "x")


@given(st.lists(st.lists(st.text(max_size=20), min_size=2, max_size=2), min_size=1, max_size=4))
@settings(max_examples=80, deadline=None)
def test_tables_keep_their_cells(rows: list[list[str]]) -> None:
    page = render.html(markdown.table(["a", "b"], rows), "t")
    found = BeautifulSoup(page, "html.parser").find_all("tr")
    assert len(found) == len(rows) + 1
    for tr, row in zip(found[1:], rows, strict=True):
        assert [markdown.clean(td.get_text()) for td in tr.find_all("td")] == [markdown.clean(c) for c in row]


@given(st.text(max_size=200))
@settings(max_examples=40, deadline=None)
def test_any_markdown_becomes_a_document(text: str) -> None:
    assert render.docx(text, text)[:2] == b"PK"


@pytest.mark.parametrize(
    ("value", "text"),
    [(12345, "12,345"), (1.25, "1.25"), (1.5, "1.5"), (2.0, "2"), (0.04, "0.04"), (1234.5, "1,234.5")],
)
def test_number(value: float, text: str) -> None:
    assert markdown.number(value) == text


def test_zip_depends_on_content_only() -> None:
    one = fixed_zip({"b.txt": b"2", "a.txt": b"1"})
    assert one == fixed_zip({"a.txt": b"1", "b.txt": b"2"})
    with zipfile.ZipFile(io.BytesIO(one)) as archive:
        assert archive.namelist() == ["a.txt", "b.txt"]
        assert {i.date_time for i in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
