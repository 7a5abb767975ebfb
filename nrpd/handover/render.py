"""Markdown → a self-contained HTML page or a DOCX; and the Jinja2 environment of the documents.

A page needs no script, no network and no other file: its style stands inside, its Content-Security-Policy allows
nothing else, and images are left out. It has a language, a title, landmarks, a link past the contents, and tables
whose headers carry a scope. Colours keep a contrast of at least 7:1.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Any

import jinja2
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from nrpd.handover import markdown

_LONGEST_TITLE = 255
"""Characters of a document property in Word."""
_LONG = re.compile(r"\S{25}")
"""A word that may be broken anywhere, so that its table stays on the page."""
_SHORT = re.compile(r"(?=.*\d)[^a-z]*(?:[a-z]{1,4}[^a-z]*){0,2}", re.IGNORECASE)
"""A time, a length or a number with its unit: it stays on one line."""
_BOX = re.compile(r"^\[([ xX])\]\s+")


def html(text: str, title: str, *, lang: str = "en", footer: str = "") -> str:
    """The Markdown document `text` as one HTML page. `footer` is a plain line at its end."""
    parser = _parser()
    tokens = parser.parse(markdown.without_control(text))
    contents = _prepare(tokens)
    body = parser.renderer.render(tokens, parser.options, {})
    page = environment().get_template("page.html.j2")
    return page.render(
        title=markdown.clean(title), lang=lang, body=Markup(body), contents=contents, footer=footer, style=style()
    )


def docx(text: str, title: str = "", *, lang: str = "en-US") -> bytes:
    """The Markdown document `text` as a DOCX; the same text gives the same bytes."""
    from nrpd.handover.word import document  # python-docx takes half a second to import

    tokens = _parser().parse(markdown.without_control(text))
    _prepare(tokens)
    return document(tokens, markdown.clean(title)[:_LONGEST_TITLE], lang)


def render(template: str, **values: Any) -> str:
    """One of `templates/*.j2` filled in; a name that is missing is an error, never a blank."""
    return environment().get_template(template).render(**values)


@cache
def environment() -> jinja2.Environment:
    """HTML templates escape by themselves; Markdown ones use the filters `md`, `num` and the function `table`."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("nrpd.handover"),
        autoescape=lambda name: bool(name and name.endswith(".html.j2")),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["md"] = markdown.inline
    made.filters["num"] = markdown.number
    made.globals.update(table=markdown.table, bullets=markdown.bullets, checks=markdown.checks, count=markdown.count)
    return made


def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table").disable(["image", "html_block", "html_inline"])


@cache
def style() -> Markup:
    """The style sheet of every page, to stand inside it."""
    return Markup((files("nrpd.handover") / "templates" / "page.css").read_text("utf-8"))


def _prepare(tokens: list[Token]) -> list[dict[str, str]]:
    """Headings get ids, header cells a scope, boxes their sign. Returns the contents: second-level headings."""
    contents: list[dict[str, str]] = []
    used: set[str] = set()
    for index, token in enumerate(tokens):
        if token.type == "heading_open":
            name = _plain(tokens[index + 1])
            anchor = _anchor(name, used)
            token.attrSet("id", anchor)
            if token.tag == "h2":
                contents.append({"id": anchor, "name": name})
        elif token.type == "th_open":
            token.attrSet("scope", "col")
        elif token.type == "td_open" and _LONG.search(tokens[index + 1].content):
            token.attrSet("class", "long")
        elif token.type == "td_open" and _SHORT.fullmatch(tokens[index + 1].content):
            token.attrSet("class", "short")
        elif token.type == "inline" and _tick(token) and tokens[index - 2].type == "list_item_open":
            tokens[index - 2].attrSet("class", "box")
    return contents


def _tick(token: Token) -> bool:
    """Turns `[ ]` at the start into a box; whether there was one."""
    first = token.children[0] if token.children else None
    if first is not None and first.type == "text" and (found := _BOX.match(first.content)):
        sign = "☐" if found.group(1) == " " else "☑"
        first.content = f"{sign} {first.content[found.end() :]}"
        return True
    return False


def _plain(inline: Token) -> str:
    shown = {"text", "code_inline", "text_special"}
    return "".join(child.content for child in inline.children or () if child.type in shown)


def _anchor(name: str, used: set[str]) -> str:
    base = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-") or "part"
    anchor, n = base, 2
    while anchor in used:
        anchor, n = f"{base}-{n}", n + 1
    used.add(anchor)
    return anchor
