"""HTML copies of notebooks: complete without Jupyter, without scripts and without a network.

nbconvert's own page loads MathJax, RequireJS, Mermaid and the widget renderer from hosts, so only its `basic`
template (the cells, nothing around them) is used. What remains is cleaned of everything that a browser would load
or run. A widget is shown in the static form that stands beside it in the notebook.

nbformat and nbconvert take long to import, so they are imported where a copy is made: the kernel of a phase never needs
them.
"""

from __future__ import annotations

import copy
import functools
import html
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup, Tag
from jinja2 import Environment, PackageLoader, StrictUndefined

from nrpd.errors import BadInput
from nrpd.evidence.scraps import SCRAP_MEDIA, plain, scraps_in
from nrpd.imports import load_nbformat

WIDGET_MEDIA = "application/vnd.jupyter.widget-view+json"
_ACTIVE = ("script", "iframe", "frame", "object", "embed", "applet", "base", "link", "meta", "audio", "video", "form")
_LOADING = ("src", "srcset", "poster", "background", "data", "action", "formaction", "xlink:href", "ping")
_REMOTE_CSS = re.compile(r"@import[^;]*;?|url\(\s*['\"]?\s*(?!data:|#)[^)]*\)", re.IGNORECASE)
_WIDGET_REPR = re.compile(r"^[A-Z]\w*\(")


def to_html(notebook: Path, out: Path) -> Path:
    """Write the HTML copy of `notebook` to `out` (a file) and return `out`. Raises BadInput where it is no notebook."""
    load_nbformat()
    import nbformat

    try:
        document = nbformat.read(notebook, as_version=4)
    except FileNotFoundError:
        raise BadInput(f"There is no notebook {notebook}.") from None
    except Exception as error:
        raise BadInput(f"{notebook} cannot be read as a notebook: {type(error).__name__}.") from error
    body, resources = _exporter().from_notebook_node(make_static(document))
    css = "\n".join(resources.get("inlining", {}).get("css", ()))
    page = render("notebook.html.j2", title=_title(document, notebook), body=clean(body), css=_without_remote(css))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(page, encoding="utf-8")
    return out


def make_static(document: Any) -> Any:
    """A copy of the notebook in which every output is readable without a script."""
    import nbformat

    static = copy.deepcopy(document)
    for cell in static.cells:
        for output in cell.get("outputs", ()):
            if output.output_type in ("display_data", "execute_result"):
                output["data"] = nbformat.from_dict(_static_data(output))
    return static


def _static_data(output: Mapping[str, Any]) -> dict[str, Any]:
    data = dict(output["data"])
    data.pop("application/javascript", None)
    if scraps := scraps_in(output):
        data = {media: value for media, value in data.items() if not media.startswith(SCRAP_MEDIA)}
        data.setdefault("text/html", "".join(_scrap_table(scrap) for scrap in scraps))
    if WIDGET_MEDIA in data:
        del data[WIDGET_MEDIA]
        if "text/html" not in data and _WIDGET_REPR.match(_text(data.get("text/plain", ""))):
            data["text/plain"] = "(An interactive control. It can be used in JupyterLab only.)"
    return data


def _scrap_table(scrap: Mapping[str, Any]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{html.escape(path)}</th><td>{html.escape(str(value))}</td></tr>'
        for path, value in _flat(plain(scrap["data"]))
    )
    name = html.escape(str(scrap["name"]))
    return f"<details><summary>Recorded figures: {name}</summary><table>{rows}</table></details>"


def _flat(value: Any, path: str = "") -> list[tuple[str, Any]]:
    """The leaves of nested JSON as (`a › b`, value)."""
    if isinstance(value, dict) and value:
        return [leaf for key, item in value.items() for leaf in _flat(item, f"{path} › {key}" if path else str(key))]
    if isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        return [leaf for number, item in enumerate(value, 1) for leaf in _flat(item, f"{path} {number}".strip())]
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    return [(path or "value", value)]


def clean(body: str) -> str:
    """`body` without anything that runs or that is loaded: scripts, frames, handlers, images and styles of hosts.

    Links that a person follows (`<a href>`) stay, except `javascript:`. Pictures stay where they are data URIs.
    """
    soup = BeautifulSoup(body, "html.parser")
    for tag in soup.find_all(_ACTIVE):
        tag.decompose()
    for tag in soup.find_all("style"):
        tag.string = _without_remote(tag.get_text())
    for tag in soup.find_all(True):
        _clean_attributes(tag)
    for anchor in soup.select("a.anchor-link"):  # the pilcrow after each heading is noise to a screen reader
        anchor.decompose()
    for table in soup.find_all("table"):
        if table.find_parent(class_="scroll") is None:
            table.wrap(
                soup.new_tag("div", attrs={"class": "scroll", "tabindex": "0", "role": "region", "aria-label": "Table"})
            )
    return str(soup)


def _clean_attributes(tag: Tag) -> None:
    for name in list(tag.attrs):
        value = str(tag.attrs[name])
        lower = name.lower()
        if lower.startswith("on") or (lower in ("href", "xlink:href") and _scheme(value) in ("javascript", "vbscript")):
            del tag.attrs[name]
        elif lower in _LOADING and not value.lstrip().lower().startswith("data:image/"):
            if lower == "src" and tag.name == "img":
                tag.attrs["alt"] = f"{tag.attrs.get('alt', '')} (picture not included: {value})".strip()
            del tag.attrs[name]
        elif lower == "href" and tag.name in ("image", "use", "feimage") and not value.startswith(("#", "data:image/")):
            del tag.attrs[name]
        elif lower == "style":
            tag.attrs[name] = _without_remote(value)


def _scheme(address: str) -> str:
    return re.sub(r"[\x00-\x20]", "", address).partition(":")[0].lower()


def _without_remote(css: str) -> str:
    return _REMOTE_CSS.sub("none", css).replace("</", "")


def _title(document: Any, notebook: Path) -> str:
    for cell in document.cells:
        if cell.cell_type == "markdown" and (found := re.search(r"^#\s+(.+)$", cell.source, re.MULTILINE)):
            return re.sub(r"[*_`]", "", found.group(1)).strip()
    return notebook.stem


def _text(value: Any) -> str:
    return "".join(value) if isinstance(value, list) else str(value)


@functools.cache
def _exporter() -> Any:
    load_nbformat()
    from nbconvert import HTMLExporter

    return HTMLExporter(template_name="basic", exclude_input_prompt=True, exclude_output_prompt=True)


@functools.cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("nrpd.evidence"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip


def render(template: str, **values: Any) -> str:
    """The template of `nrpd/evidence/templates` filled in; values are escaped unless the template says otherwise."""
    return _environment().get_template(template).render(**values)
