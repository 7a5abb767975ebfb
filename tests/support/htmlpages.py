"""HTML pages as a browser takes them: what they would load or run, and the tables that a reader sees."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup

Table = Sequence[Sequence[str]]
"""Rows of cells as text, the header first."""
_LOADING = ("src", "srcset", "poster", "background", "data", "action", "formaction", "xlink:href", "ping", "manifest")
_RUNNING = ("script", "iframe", "frame", "object", "embed", "applet", "base", "link", "audio", "video", "portal")
_IN_STYLE = re.compile(r"@import|url\(\s*['\"]?\s*(?!data:|#)", re.IGNORECASE)
COUNTS = ("source", "created", "updated", "adopted", "unchanged", "skipped", "quarantined")


def evidence_pages(run: Path, unpacked: Path) -> list[Path]:
    """Every page that is handed over: the index, copies of notebooks, documents, and the index of the package, which
    is unpacked first. The exported e-mail bodies in the package are the customer's, and stay as they were."""
    with zipfile.ZipFile(io.BytesIO((run / "deliverables" / "email_templates.zip").read_bytes())) as archive:
        archive.extractall(unpacked)
    return [*sorted((run / "html").glob("*.html")), *sorted((run / "deliverables").glob("*.html")),
            unpacked / "index.html"]  # fmt: skip


def loads(page: Path) -> list[str]:
    """What a browser would load or run for this page, other than data that stands in it and files beside it."""
    soup = BeautifulSoup(page.read_bytes(), "html.parser")
    found = [str(tag)[:200] for tag in soup.find_all(_RUNNING)]
    found += [str(tag)[:200] for tag in soup.find_all("meta") if str(tag.get("http-equiv", "")).lower() == "refresh"]
    for tag in soup.find_all(True):
        for name, value in tag.attrs.items():
            text = str(value)
            runs = name.lower().startswith("on") or re.match(r"\s*(java|vb)script:", text, re.IGNORECASE)
            if runs or (name.lower() in _LOADING and not _here(page, text)):
                found.append(f"{name}={text[:200]}")
        if _IN_STYLE.search(str(tag.get("style", ""))) or (tag.name == "style" and _IN_STYLE.search(tag.get_text())):
            found.append(f"a style of {tag.name}")
    return found


def _here(page: Path, address: str) -> bool:
    return address.startswith("data:") or (page.parent / unquote(address)).is_file()


def broken_links(page: Path) -> list[str]:
    """Links of the page to files or places that are not there."""
    soup = BeautifulSoup(page.read_bytes(), "html.parser")
    ids = {str(tag["id"]) for tag in soup.find_all(id=True)}
    found = []
    for tag in soup.find_all("a", href=True):
        target = urlsplit(str(tag["href"]))
        if target.scheme or target.netloc:
            continue
        if target.path and not (page.parent / unquote(target.path)).is_file():
            found.append(str(tag["href"]))
        if not target.path and unquote(target.fragment) not in ids:
            found.append(str(tag["href"]))
    return found


def tables_of(page: Path) -> list[Table]:
    """The tables of a page, read as text."""
    soup = BeautifulSoup(page.read_bytes(), "html.parser")
    return [
        [[cell.get_text(" ", strip=True) for cell in row.find_all(["th", "td"])] for row in table.find_all("tr")]
        for table in soup.find_all("table")
    ]


def missing_figures(tables: Sequence[Table], figures: Mapping[str, Any], phase: str, *, index: bool) -> list[str]:
    """Which figures of a phase's scrap (its `objects`) no table shows in their row and under their heading.

    `index`: the page is the summary, which has a row per phase and object. A notebook's copy has a row per object, in
    which a zero may be left out, and the recorded figures one below the other.
    """
    missing = []
    for object_, line in figures.items():
        rows = list(_rows(tables, phase if index else None, object_))
        for name, shown in _expected(line, index):
            if (index or shown not in ("", "0")) and not any(shown == row.get(name) for row in rows):
                missing.append(f"{phase} {object_} {name}: {shown}")
        if not index:
            recorded = {tuple(row) for table in tables for row in table if len(row) == 2}
            missing += [f"recorded: {leaf}" for leaf in _leaves(line, f"objects › {object_}") if leaf not in recorded]
    return missing


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _leaves(item, f"{path} › {key}")
    else:
        yield path, str(value)


def _expected(line: Mapping[str, Any], index: bool) -> Iterator[tuple[str, str]]:
    """Heading → text of the cell."""
    for name, value in line.items():
        if not index:
            words = (
                "; ".join(f"{reason}: {n}" for reason, n in sorted(value.items())) if isinstance(value, dict) else ""
            )
            yield name.replace("_", " "), words if isinstance(value, dict) else f"{value:,}"
        elif name in COUNTS:
            yield name, f"{sum(value.values()) if isinstance(value, dict) else value:,}"
        elif name in ("fields_compared", "fields_different"):
            yield name.replace("fields", "values").replace("_", " "), f"{value:,}"


def _rows(tables: Sequence[Table], phase: str | None, object_: str) -> Iterator[dict[str, str]]:
    for table in tables:
        if not table:
            continue
        names = [name.casefold() for name in table[0]]
        if "object" not in names or (phase is not None and "phase" not in names):
            continue
        for cells in table[1:]:
            row = dict(zip(names, cells, strict=False))
            if row["object"] == object_ and (phase is None or row["phase"] == phase):
                yield row
