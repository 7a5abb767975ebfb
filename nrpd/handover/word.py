"""Markdown tokens → DOCX: headings, paragraphs, lists, tables with repeated header rows, bold, italic, code."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import docx
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt
from markdown_it.token import Token

from nrpd.handover.archive import refixed

_FIXED = datetime(2000, 1, 1, tzinfo=UTC)
"""Written as the document's creation time, so that the same text gives the same bytes."""


def document(tokens: Sequence[Token], title: str, lang: str) -> bytes:
    """The document of these block tokens (markdown-it-py) as the bytes of a DOCX."""
    made = docx.Document()
    _properties(made, title, lang)
    _Writer(made).write(tokens)
    buffer = io.BytesIO()
    made.save(buffer)
    return refixed(buffer.getvalue(), first="[Content_Types].xml")


def _properties(made: Any, title: str, lang: str) -> None:
    made.core_properties.title = title
    made.core_properties.author = "nrpd"
    made.core_properties.language = lang
    made.core_properties.created = made.core_properties.modified = _FIXED
    normal = made.styles["Normal"]
    normal.font.name, normal.font.size = "Calibri", Pt(10.5)
    properties = normal.element.get_or_add_rPr()
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), lang)
    properties.append(language)


class _Writer:
    def __init__(self, made: Any) -> None:
        self.made = made
        self.lists: list[str] = []
        self.fresh = False  # the next paragraph opens a list item
        self.quote = 0
        self.number = ""
        self.box = False

    def write(self, tokens: Sequence[Token]) -> None:
        stream = iter(tokens)
        for token in stream:
            kind = token.type
            if kind == "heading_open":
                _runs(self.made.add_heading(level=min(int(token.tag[1]), 9)), next(stream))
            elif kind == "paragraph_open":
                _runs(self._paragraph(), next(stream))
            elif kind in {"bullet_list_open", "ordered_list_open"}:
                self.lists.append("List Bullet" if kind.startswith("bullet") else "List Number")
            elif kind in {"bullet_list_close", "ordered_list_close"}:
                self.lists.pop()
            elif kind == "list_item_open":
                self.fresh, self.number, self.box = True, token.info, token.attrGet("class") == "box"
            elif kind in {"blockquote_open", "blockquote_close"}:
                self.quote += 1 if kind.endswith("open") else -1
            elif kind in {"fence", "code_block"}:
                self.made.add_paragraph(token.content.rstrip("\n")).style = self.made.styles["No Spacing"]
            elif kind == "table_open":
                self._table(stream)

    def _paragraph(self) -> Any:
        if not self.lists:
            return self.made.add_paragraph(style="Quote" if self.quote else None)
        depth = min(len(self.lists), 3)
        if not self.fresh:
            return self.made.add_paragraph(style="List Continue" + ("" if depth == 1 else f" {depth}"))
        self.fresh = False
        if self.box:
            return self.made.add_paragraph(style="List Continue" + ("" if depth == 1 else f" {depth}"))
        if self.lists[-1] == "List Number":
            # Word goes on counting through the whole document, so the number is written as text.
            paragraph = self.made.add_paragraph(style="List Continue" + ("" if depth == 1 else f" {depth}"))
            paragraph.add_run(f"{self.number}. ")
            return paragraph
        return self.made.add_paragraph(style="List Bullet" + ("" if depth == 1 else f" {depth}"))

    def _table(self, stream: Iterator[Token]) -> None:
        rows: list[list[Token]] = []
        for token in stream:
            if token.type == "tr_open":
                rows.append([])
            elif token.type == "inline":
                rows[-1].append(token)
            elif token.type == "table_close":
                break
        made = self.made.add_table(rows=len(rows), cols=len(rows[0]), style="Table Grid")
        for cells, row in zip(made.rows, rows, strict=True):
            for cell, inline in zip(cells.cells, row, strict=True):
                _runs(cell.paragraphs[0], inline, bold=cells is made.rows[0] or row is rows[0])
        _repeat_header(made.rows[0])
        self.made.add_paragraph()


def _repeat_header(row: Any) -> None:
    properties = row._tr.get_or_add_trPr()
    header = OxmlElement("w:tblHeader")
    header.set(qn("w:val"), "true")
    properties.append(header)


def _runs(paragraph: Any, inline: Token, bold: bool = False) -> None:
    strong, italic = int(bold), 0
    for child in inline.children or ():
        if child.type in {"strong_open", "strong_close"}:
            strong += 1 if child.type.endswith("open") else -1
        elif child.type in {"em_open", "em_close"}:
            italic += 1 if child.type.endswith("open") else -1
        elif child.type in {"softbreak", "hardbreak"}:
            paragraph.add_run(" " if child.type == "softbreak" else "\n")
        elif child.content:
            run = paragraph.add_run(child.content)
            run.bold, run.italic = strong > 0 or None, italic > 0 or None
            if child.type == "code_inline":
                run.font.name = "Consolas"
