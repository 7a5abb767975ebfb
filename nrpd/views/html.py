"""A piece of output that has an HTML and a plain text form, and how such pieces are put together."""

from __future__ import annotations

import html as markup
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

STYLE = """<style>
.nrpd{color:var(--jp-ui-font-color1,#1c2733);font-size:13px;line-height:1.5;margin:0 0 .6em}
.nrpd .scroll{overflow-x:auto}
.nrpd table{border-collapse:collapse;margin:0;width:auto;font-size:inherit}
.nrpd div+div{margin-top:.7em}
.nrpd caption{text-align:left;font-weight:600;padding:0 0 .35em;caption-side:top;color:inherit}
.nrpd th,.nrpd td{text-align:left!important;vertical-align:top;padding:.3em .55em;border:0;
border-bottom:1px solid rgba(110,125,140,.35);max-width:34em;overflow-wrap:break-word;white-space:normal;
min-width:3.2em}
.nrpd thead th{border-bottom:2px solid rgba(110,125,140,.6);overflow-wrap:normal;white-space:normal}
.nrpd td.whole{white-space:nowrap}
.nrpd td.long{overflow-wrap:anywhere;min-width:12em}
.nrpd td.text{min-width:16em}
.nrpd .n{text-align:right!important;font-variant-numeric:tabular-nums}
.nrpd td.n{white-space:nowrap}
.nrpd .note{border-left:5px solid;padding:.45em .8em;border-radius:3px}
.nrpd .good{border-color:#2e8b57;background:rgba(46,139,87,.12)}
.nrpd .bad{border-color:#b3261e;background:rgba(179,38,30,.12)}
.nrpd .open{border-color:#b7791f;background:rgba(183,121,31,.14)}
.nrpd .info{border-color:#2b6cb0;background:rgba(43,108,176,.12)}
.nrpd ol.strip{display:flex;flex-wrap:wrap;gap:.35em;list-style:none;margin:0;padding:0}
.nrpd ol.strip li{border:1px solid;border-radius:4px;padding:.2em .6em;margin:0}
.nrpd ol.strip small{display:block;font-size:11px}
.nrpd-tabs .lm-TabBar-content{flex-wrap:wrap}
.nrpd-tabs .lm-TabBar-tab{flex:0 0 auto!important;max-width:none!important}
.nrpd img{max-width:100%;height:auto}
</style>"""
"""Small enough to travel with each view, so that a view is complete wherever it is shown."""


@dataclass(frozen=True)
class View:
    """Output with two forms. `html` is safe markup: every value in it was escaped by whoever made it."""

    html: str
    text: str

    def _repr_html_(self) -> str:
        return f'{STYLE}<div class="nrpd">{self.html}</div>'

    def __repr__(self) -> str:
        return self.text


def stack(*views: View | None) -> View:
    """Several views as one, below each other; None is left out."""
    there = [view for view in views if view is not None]
    return View("\n".join(f"<div>{view.html}</div>" for view in there), "\n\n".join(view.text for view in there))


def as_view(content: Any) -> View:
    """`content` as a view: a View as it is, text escaped, rows (or a data frame) as a table."""
    if isinstance(content, View):
        return content
    if content is None:
        return View("", "")
    if isinstance(content, str):
        paragraphs = [part for part in content.split("\n") if part.strip()]
        return View("".join(f"<p>{escape(part)}</p>" for part in paragraphs), content)
    from nrpd.views.tables import table

    return table(content, "")


def escape(value: Any) -> str:
    """`value` as text that is safe in HTML, inside and outside of attributes."""
    return markup.escape("" if value is None else str(value), quote=True)


def bundle(view: View, widget: Any) -> dict[str, Any]:
    """The media bundle of a view with a widget beside it: Jupyter shows the widget, a copy shows the rest."""
    made = widget._repr_mimebundle_() if widget is not None else {}
    data = made[0] if isinstance(made, tuple) else made
    found: Mapping[str, Any] = data or {}
    return {**found, "text/html": view._repr_html_(), "text/plain": view.text}
