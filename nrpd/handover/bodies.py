"""One exported e-mail body: decoded, cleaned, split into persona variants, and made ready for an editor.

Cleaned means: the hidden honeypot link for bots and the old platform's open-tracking pixel are gone
(facts/paminga.md, section 6), and so is everything active (scripts, event handlers, frames, refreshes). All else
stays as it was, styles and Outlook's conditional comments included.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

import nh3
from bs4 import BeautifulSoup, Tag
from bs4.dammit import UnicodeDammit

OLD_PLATFORM = re.compile(r"(?:^|\.)(?:net-?results|paminga|cdnma)\.[a-z]{2,}(?:\.[a-z]{2,})?$", re.IGNORECASE)
"""Hosts of the old platform: net-results.com, paminga.com, cdnma.com, whatever stands before them."""

_PERSONA = ("data-persona", "data-experience", "data-persona-name", "data-segment", "data-variant")
_ACTIVE = ("script", "noscript", "iframe", "frame", "object", "embed", "applet", "base")
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?:\.0+)?\s*(?:;|$|!)|font-size\s*:\s*0(?:px|pt"
    r"|em)?\s*(?:;|$|!)"
    r"|(?:^|;)\s*(?:width|height|max-height)\s*:\s*[01]px|(?:left|top|text-indent)\s*:\s*-\d{3,}",
    re.IGNORECASE,
)
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_MEDIA = re.compile(r"@media[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", re.IGNORECASE)
_EDITOR_TAGS = {
    "a", "b", "blockquote", "br", "center", "div", "em", "font", "h1", "h2", "h3", "h4", "hr", "i", "img", "li", "ol",
        "p",
    "span", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "u", "ul",
}  # fmt: skip


@dataclass(frozen=True)
class Link:
    """One address in a body. `leads_to` is where a click-tracking link really goes, where the address says so."""

    kind: str
    url: str
    text: str
    old_platform: bool
    leads_to: str = ""
    removed: bool = False
    """Taken out of the cleaned copy."""

    @property
    def advice(self) -> str:
        """What to do with it, blank where nothing."""
        if self.removed:
            return "Taken out of the cleaned copy"
        if not self.old_platform:
            return ""
        if self.leads_to:
            return f"Replace by {self.leads_to}"
        if self.kind != "link":
            return "Save this picture and host it elsewhere before the old account is closed"
        return "Will stop working when the old account is closed: replace or remove"


@dataclass(frozen=True)
class Cleaned:
    """A cleaned body: its document, what was taken out (plain words), and its persona variants."""

    soup: BeautifulSoup
    removed: tuple[str, ...]
    personas: tuple[str, ...]


def decode(body: bytes) -> tuple[str, str]:
    """(text, encoding) of a body: UTF-8 where it is valid, else what it declares, else the likeliest."""
    made = UnicodeDammit(body, ["utf-8"], is_html=True)
    if made.unicode_markup is None:
        return body.decode("cp1252", "replace"), "unknown"
    return made.unicode_markup, made.original_encoding or "ascii"


def clean(text: str) -> Cleaned:
    """The body without honeypot, tracking pixels and active content."""
    soup = BeautifulSoup(text, "html.parser")
    removed = [*_honeypots(soup), *_pixels(soup), *_active(soup)]
    return Cleaned(soup, tuple(removed), personas(soup))


def personas(soup: BeautifulSoup) -> tuple[str, ...]:
    """The personas that the body has parts for, in order; the default is not among them."""
    names = (_persona(tag) for tag in soup.find_all(_has_persona))
    return tuple(dict.fromkeys(name for name in names if name and name.casefold() != "default"))


def variant(cleaned: Cleaned, persona: str | None) -> BeautifulSoup:
    """The body as one persona sees it: its own parts, and no other's. None: who belongs to none.

    A part for `default` gives way where the same place holds a part for the persona.
    """
    soup = copy(cleaned.soup)
    for tag in soup.find_all(_has_persona):
        name = _persona(tag).casefold()
        if name == "default":
            beside = [t for t in _siblings(tag) if persona and _persona(t).casefold() == persona.casefold()]
            keep = not beside
        else:
            keep = persona is not None and name == persona.casefold()
        if not keep:
            tag.extract()
    return soup


def as_html(soup: BeautifulSoup) -> bytes:
    """The document as UTF-8, saying so in its head."""
    made = copy(soup)
    for meta in made.find_all("meta"):
        if meta.get("charset") or str(meta.get("http-equiv", "")).casefold() == "content-type":
            meta.extract()
    if made.head is not None:
        made.head.insert(0, made.new_tag("meta", charset="utf-8"))
    return made.decode(formatter="minimal").encode("utf-8", "replace")


def for_editor(soup: BeautifulSoup) -> str:
    """The body as a fragment for pasting into an editor: no head, no classes, no style sheet; inline styles stay."""
    root = soup.body or soup
    shared = {"style", "align", "valign", "width", "height", "bgcolor"}
    return nh3.clean(
        root.decode_contents(),
        tags=_EDITOR_TAGS,
        clean_content_tags={"script", "style", "title", "head"},
        attributes={
            "*": shared, "a": {"href", "title", *shared}, "img": {"src", "alt", "title", *shared},
            "table": {"border", "cellpadding", "cellspacing", "role", *shared}, "td": {"colspan", "rowspan", *shared},
            "th": {"colspan", "rowspan", "scope", *shared}, "font": {"color", "face", "size"},
        },
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        link_rel=None,
        strip_comments=True,
    ).strip()  # fmt: skip


def links(soup: BeautifulSoup) -> list[Link]:
    """Every address in the body: links, pictures, backgrounds, style sheets, and those inside styles."""
    found: list[Link] = []
    for tag in soup.find_all(True):
        for attribute, kind in (("href", "link"), ("src", "picture"), ("background", "background"), ("action", "form")):
            url = str(tag.get(attribute, "") or "").strip()
            if url and not url.startswith("#"):
                found.append(_link("style sheet" if tag.name == "link" else kind, url, _text_of(tag)))
        found += [_link("background", url, "") for url in _urls(str(tag.get("style", "")))]
        if tag.name == "style":
            found += [_link("style sheet", url, "") for url in _urls(tag.get_text())]
    return list(dict.fromkeys(found))


def on_old_platform(url: str) -> bool:
    """Whether the address belongs to the source."""
    try:
        host = urlsplit(url if "//" in url else f"//{url}").hostname or ""
    except ValueError:
        return False
    return bool(OLD_PLATFORM.search(host))


def _link(kind: str, url: str, text: str) -> Link:
    old = on_old_platform(url)
    leads_to = ""
    if old:
        try:
            query = parse_qsl(urlsplit(url).query)
        except ValueError:
            query = []
        leads_to = next((v for _, v in query if re.match(r"https?://", v) and not on_old_platform(v)), "")
    return Link(kind, url, text, old, leads_to)


def _text_of(tag: Tag) -> str:
    text = re.sub(r"\s+", " ", tag.get_text(" ", strip=True)) if tag.name in {"a", "area"} else ""
    return text or str(tag.get("alt", "") or "")


def _urls(style: str) -> list[str]:
    return [u.strip() for u in re.findall(r"url\(\s*[\"']?([^\"')]+)", style, re.IGNORECASE)]


def _honeypots(soup: BeautifulSoup) -> Iterator[str]:
    """Takes out links that no person can see or reach."""
    hidden, shown = _classes(soup)
    for tag in soup.find_all("a", href=True):
        inside = not _content(tag) and any(_is_hidden(parent, hidden, shown) for parent in tag.parents)
        if inside or _is_hidden(tag, hidden, shown):
            yield f"hidden link to {tag.get('href')}"
            tag.extract()


def _pixels(soup: BeautifulSoup) -> Iterator[str]:
    for tag in soup.find_all("img"):
        tiny = any(str(tag.get(side, "")).strip().removesuffix("px") in {"0", "1"} for side in ("width", "height"))
        if tiny and on_old_platform(str(tag.get("src", ""))):
            yield f"tracking picture {tag.get('src')}"
            tag.extract()


def _active(soup: BeautifulSoup) -> Iterator[str]:
    for tag in soup.find_all(_ACTIVE):
        yield f"{tag.name} element"
        tag.extract()
    for tag in soup.find_all("meta"):
        if str(tag.get("http-equiv", "")).casefold() == "refresh":
            yield "refresh of the page"
            tag.extract()
    for tag in soup.find_all(True):
        for name in [n for n in tag.attrs if n.casefold().startswith("on")]:
            yield f"{name} handler"
            del tag[name]
        for name in ("href", "src", "action"):
            if re.match(r"\s*(?:javascript|vbscript)\s*:", str(tag.get(name, "")), re.IGNORECASE):
                yield f"script in {name}"
                del tag[name]


def _is_hidden(tag: Tag, hidden: set[str], shown: set[str]) -> bool:
    classes = set(_class_list(tag))
    if classes & shown:
        return False  # the style sheet shows it on small screens
    unreachable = str(tag.get("aria-hidden", "")) == "true" and str(tag.get("tabindex", "")) == "-1"
    styled = bool(_HIDDEN.search(str(tag.get("style", ""))))
    return tag.has_attr("hidden") or unreachable or styled or bool(classes & hidden)


def _classes(soup: BeautifulSoup) -> tuple[set[str], set[str]]:
    """(classes that the style sheets hide, classes that a media query shows again)."""
    css = "\n".join(tag.get_text() for tag in soup.find_all("style"))
    hidden: set[str] = set()
    shown: set[str] = set()
    for selector, rule in _RULE.findall(_MEDIA.sub("", css)):
        if _HIDDEN.search(rule):
            hidden.update(re.findall(r"\.([\w-]+)", selector))
    for media in _MEDIA.findall(css):
        for selector, rule in _RULE.findall(media.split("{", 1)[1]):
            if re.search(r"display\s*:\s*(?!none)\w", rule):
                shown.update(re.findall(r"\.([\w-]+)", selector))
    return hidden, shown


def _class_list(tag: Tag) -> list[str]:
    value = tag.get("class")
    return list(value) if isinstance(value, list) else str(value or "").split()


def _content(tag: Tag) -> bool:
    return bool(tag.get_text().strip("\u00a0 \t\r\n\u200b\u200c\u200d") or tag.find("img"))


def _has_persona(tag: Tag) -> bool:
    return any(tag.has_attr(name) for name in _PERSONA)


def _persona(tag: Tag) -> str:
    return next((str(tag[name]).strip() for name in _PERSONA if tag.has_attr(name)), "")


def _siblings(tag: Tag) -> list[Tag]:
    parent = tag.parent
    return [t for t in parent.find_all(_has_persona, recursive=False) if t is not tag] if parent is not None else []
