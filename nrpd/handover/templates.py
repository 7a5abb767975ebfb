"""The template package: every exported e-mail body as it was, cleaned, and described, in one zip.

    original/   the bytes as exported, untouched
    cleaned/    the same without honeypot link, tracking pixels and scripts; one file per persona variant
    editor/     what may be pasted into an e-mail editor: inline styles only
    pictures/   how each cleaned copy looks, where there was a Chromium to take its picture
    index.html  everything on one page, readable offline
    report.csv, merge_fields.csv, links.csv

The same input gives the same bytes. Templates cannot be written by Pipedrive's documented API, so a person rebuilds
them from this package (facts/pipedrive.md, section 15).
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bs4 import BeautifulSoup

from nrpd.handover import bodies as html_bodies
from nrpd.handover import render
from nrpd.handover.archive import fixed_zip
from nrpd.handover.bodies import Link
from nrpd.handover.chromium import WIDTH
from nrpd.handover.merge_fields import NO_FIELD, MergeField, broken_fields, merge_fields
from nrpd.handover.rendering_risks import Structure, risks, structure

_FORMULA = "=+-@\t\r\n＝＋－＠"
"""Characters that make a spreadsheet program take a cell for a formula."""
_HTML = (".html", ".htm", ".xhtml")
Camera = Callable[[Mapping[str, bytes]], Mapping[str, bytes]]
"""Name → HTML in, name → PNG out, for as many as could be taken (`chromium.pictures`)."""


@dataclass(frozen=True)
class Body:
    """One body in the package: the default (`persona` blank) or a persona's variant. Paths are inside the zip."""

    persona: str
    cleaned: str
    editor: str
    picture: str = ""
    """Blank where none was taken."""


@dataclass(frozen=True)
class Template:
    """One exported body with everything that was found in it."""

    id: str
    name: str
    subject: str
    file: str
    sha256: str
    original: str
    bodies: tuple[Body, ...]
    structure: Structure
    merge_fields: tuple[MergeField, ...]
    links: tuple[Link, ...]
    removed: tuple[str, ...]
    risks: tuple[str, ...]
    variant_of: str
    """Name of the template of which this file is a persona's version (`Newsletter (Executive)`), else blank."""

    @property
    def old_links(self) -> tuple[Link, ...]:
        """Addresses on the old platform that the cleaned copy still has."""
        return tuple(link for link in self.links if link.old_platform and not link.removed)

    @property
    def without_field(self) -> tuple[MergeField, ...]:
        """Merge fields that no field of Pipedrive answers to."""
        return tuple(f for f in self.merge_fields if f.field == NO_FIELD)


@dataclass(frozen=True)
class Package:
    """The zip and what it says. `missing`: index rows whose file was not exported; `others`: files that are no HTML."""

    zip: bytes
    report: tuple[dict[str, object], ...]
    templates: tuple[Template, ...]
    missing: tuple[str, ...]
    others: tuple[str, ...]
    index_html: str

    def summary(self) -> dict[str, int]:
        """Figures for the evidence: counts only."""
        return {
            "templates": len(self.templates),
            "bodies": sum(len(t.bodies) for t in self.templates),
            "merge_fields": sum(len(t.merge_fields) for t in self.templates),
            "merge_fields_without_field": sum(len(t.without_field) for t in self.templates),
            "old_platform_addresses": sum(len(t.old_links) for t in self.templates),
            "missing": len(self.missing),
        }


def package(
    index: Iterable[Mapping[str, str]],
    bodies: Mapping[str, bytes],
    fields: Mapping[str, str | None],
    *,
    customer: str = "",
    camera: Camera | None = None,
) -> Package:
    """The package of these bodies.

    `index`: rows of the templates object (email_id, name, subject, file), may be empty. `bodies`: file name as
    exported → bytes. `fields`: source field → words of the Pipedrive field or None (`merge_fields.merge_targets`).
    `camera` takes the pictures of the cleaned copies; without one there are none, and the index says so.
    """
    rows = [dict(row) for row in index]
    by_file = {_base(row.get("file", "")): row for row in rows if row.get("file")}
    safe = _safe_names(bodies)
    names = [row.get("name", "") for row in rows]
    files: dict[str, bytes] = {}
    templates: list[Template] = []
    others = []
    for file in sorted(bodies):
        files[f"original/{safe[file]}"] = bodies[file]
        if not file.casefold().endswith(_HTML):
            others.append(file)
            continue
        row = by_file.get(_base(file)) or _by_name(rows, file)
        templates.append(_template(file, safe[file], bodies[file], row, fields, files, names))
    templates = _with_pictures(templates, files, camera)
    there = {_base(file) for file in bodies}
    ids = {t.id for t in templates if t.id}
    missing = tuple(
        row.get("name") or row.get("file") or row.get("email_id") or "?"
        for row in rows
        if _base(row.get("file", "")) not in there and row.get("email_id", "") not in ids
    )
    report = tuple(_row(t, b) for t in templates for b in t.bodies)
    title = f"E-mail templates{f' of {customer}' if customer else ''}"
    page = _index(title, templates, missing, others)
    files |= {
        "index.html": page.encode(), "report.csv": _csv(report, _REPORT),
        "merge_fields.csv": _csv(_field_rows(templates), _FIELDS), "links.csv": _csv(_link_rows(templates), _LINKS),
    }  # fmt: skip
    return Package(fixed_zip(files), report, tuple(templates), missing, tuple(others), page)


def _with_pictures(templates: Sequence[Template], files: dict[str, bytes], camera: Camera | None) -> list[Template]:
    """The templates, each body with its picture; the pictures are put into `files`."""
    taken = camera({body.cleaned: files[body.cleaned] for t in templates for body in t.bodies}) if camera else {}
    places = {cleaned: re.sub(r"^cleaned/(.*)\.html$", r"pictures/\1.png", cleaned) for cleaned in taken}
    files |= {places[cleaned]: picture for cleaned, picture in taken.items()}

    def pictured(body: Body) -> Body:
        return replace(body, picture=places.get(body.cleaned, ""))

    return [replace(t, bodies=tuple(map(pictured, t.bodies))) for t in templates]


def neutral(cell: object) -> object:
    """A text cell that no spreadsheet program takes for a formula; numbers stay numbers."""
    if isinstance(cell, str) and cell[:1] and cell.lstrip(" ")[:1] in _FORMULA:
        return f"'{cell}"
    return cell


def _template(
    file: str,
    safe: str,
    body: bytes,
    row: Mapping[str, str],
    fields: Mapping[str, str | None],
    files: dict[str, bytes],
    names: Sequence[str],
) -> Template:
    """One body; its copies are put into `files`. `names`: all names of the index."""
    text, encoding = html_bodies.decode(body)
    cleaned = html_bodies.clean(text)
    raw = BeautifulSoup(text, "html.parser")
    kept = html_bodies.links(cleaned.soup)
    links = [link if link in kept else replace(link, removed=True) for link in html_bodies.links(raw)]
    made = structure(body, text, encoding, raw)
    stem = re.sub(r"\.[^.]*$", "", safe)
    written = []
    for persona in (None, *cleaned.personas):
        soup = html_bodies.variant(cleaned, persona)
        name = stem if persona is None else f"{stem}--{_safe(persona)}"
        files[f"cleaned/{name}.html"] = html_bodies.as_html(soup)
        files[f"editor/{name}.html"] = html_bodies.for_editor(soup).encode("utf-8", "replace")
        written.append(Body(persona or "", f"cleaned/{name}.html", f"editor/{name}.html"))
    subject = row.get("subject", "")
    name = row.get("name", "") or (raw.title.get_text(strip=True) if raw.title else "") or stem
    return Template(
        row.get("email_id", ""), name, subject, file, hashlib.sha256(body).hexdigest(), f"original/{safe}",
        tuple(written), made, tuple(merge_fields(f"{subject}\n{text}", fields)), tuple(links), cleaned.removed,
        tuple(risks(text, raw, made, kept, broken_fields(text))), _variant_of(name, names),
    )  # fmt: skip


def _variant_of(name: str, names: Sequence[str]) -> str:
    """`Newsletter (Executive)` is a version of `Newsletter` where the index has both."""
    found = re.fullmatch(r"(.+?)\s*(?:\(.+\)|[-–:]\s*\S.*)", name)
    return found.group(1) if found and found.group(1) in names else ""


def _by_name(rows: Sequence[Mapping[str, str]], file: str) -> Mapping[str, str]:
    """The index row without a file whose name or id is the file's name."""
    stem = re.sub(r"\.[^.]*$", "", _base(file))
    folded = re.sub(r"[\W_]+", "", stem)
    for row in rows:
        names = (row.get("name", ""), row.get("email_id", ""))
        if not row.get("file") and folded in {re.sub(r"[\W_]+", "", n.casefold()) for n in names if n}:
            return row
    return {}


def _base(file: str) -> str:
    return re.split(r"[\\/!]", file)[-1].casefold()


def _safe(name: str) -> str:
    return re.sub(r"[^\w.() -]+", "_", name).strip(" .") or "template"


def _safe_names(bodies: Mapping[str, bytes]) -> dict[str, str]:
    """File name → a name without folders that is its own in the zip, whatever the case."""
    used: set[str] = set()
    names = {}
    for file in sorted(bodies):
        plain = _safe(re.split(r"[\\/!]", file)[-1])
        stem, dot, ending = plain.rpartition(".")
        candidate, n = plain, 2
        while re.sub(r"\.[^.]*$", "", candidate).casefold() in used:
            candidate, n = (f"{stem}-{n}.{ending}" if dot else f"{plain}-{n}"), n + 1
        used.add(re.sub(r"\.[^.]*$", "", candidate).casefold())
        names[file] = candidate
    return names


_REPORT = (
    "email_id", "name", "subject", "file", "persona", "variant_of", "bytes", "encoding", "words", "pictures", "links",
    "old_platform_addresses", "merge_fields", "merge_fields_without_field", "tables", "depth", "width", "removed",
    "risks", "original", "cleaned", "editor", "picture", "sha256",
)  # fmt: skip
_FIELDS = ("email_id", "name", "file", "written", "form", "field_name", "default", "times", "pipedrive_field", "note")
_LINKS = ("email_id", "name", "file", "kind", "url", "text", "old_platform", "leads_to", "advice")


def _row(t: Template, body: Body) -> dict[str, object]:
    s = t.structure
    return {
        "email_id": t.id, "name": t.name, "subject": t.subject, "file": t.file, "persona": body.persona,
        "variant_of": t.variant_of, "bytes": s.bytes, "encoding": s.encoding, "words": s.words, "pictures": s.pictures,
        "links": s.links, "old_platform_addresses": len(t.old_links), "merge_fields": len(t.merge_fields),
        "merge_fields_without_field": len(t.without_field), "tables": s.tables, "depth": s.depth, "width": s.width,
        "removed": "; ".join(t.removed), "risks": " ".join(t.risks), "original": t.original, "cleaned": body.cleaned,
        "editor": body.editor, "picture": body.picture, "sha256": t.sha256,
    }  # fmt: skip


def _field_rows(templates: Sequence[Template]) -> list[dict[str, object]]:
    return [
        {
            "email_id": t.id, "name": t.name, "file": t.file, "written": f.written, "form": f.form,
            "field_name": f.name, "default": f.default or "", "times": f.times,
            "pipedrive_field": f.field, "note": f.note,
        }
        for t in templates
        for f in t.merge_fields
    ]  # fmt: skip


def _link_rows(templates: Sequence[Template]) -> list[dict[str, object]]:
    return [
        {
            "email_id": t.id, "name": t.name, "file": t.file, "kind": x.kind, "url": x.url, "text": x.text,
            "old_platform": "yes" if x.old_platform else "no", "leads_to": x.leads_to, "advice": x.advice,
        }
        for t in templates
        for x in t.links
    ]  # fmt: skip


def _csv(rows: Iterable[Mapping[str, object]], columns: Sequence[str]) -> bytes:
    """CSV that Excel opens as UTF-8, with formula characters neutralised."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({k: neutral(v) for k, v in row.items()} for row in rows)
    return b"\xef\xbb\xbf" + text.getvalue().encode("utf-8", "replace")


def _index(title: str, templates: Sequence[Template], missing: Sequence[str], others: Sequence[str]) -> str:
    return render.render(
        "index.html.j2",
        title=title,
        templates=templates,
        missing=missing,
        others=others,
        style=render.style(),
        lang="en",
        width=WIDTH,
    )
