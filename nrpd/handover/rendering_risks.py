"""What may look or work differently when an exported body is used elsewhere: size, structure, risks. Pure rules."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bs4 import BeautifulSoup, Tag

from nrpd.handover.bodies import Link
from nrpd.handover.markdown import count

GMAIL_CLIPS_AT = 102 * 1024
"""Bytes after which Gmail cuts a message and hides the rest, unsubscribe link included."""
WIDEST = 700
DEEPEST = 8


@dataclass(frozen=True)
class Structure:
    """What a body is made of. `bytes` as exported; `width` is the widest table or picture in pixels, 0 if unknown."""

    bytes: int
    encoding: str
    words: int
    pictures: int
    links: int
    tables: int
    depth: int
    width: int
    media_queries: int
    conditional_comments: int


def structure(body: bytes, text: str, encoding: str, soup: BeautifulSoup) -> Structure:
    """The structure of a body; `soup` is its document as exported."""
    visible = BeautifulSoup(str(soup), "html.parser")
    for tag in visible.find_all(["style", "script", "title"]):
        tag.extract()
    return Structure(
        len(body), encoding, len(re.findall(r"\w+", visible.get_text(" "))), len(soup.find_all("img")),
        len(soup.find_all("a", href=True)), len(soup.find_all("table")), _depth(soup), _width(soup),
        len(re.findall(r"@media", text, re.IGNORECASE)), len(re.findall(r"<!--\[if", text, re.IGNORECASE)),
    )  # fmt: skip


def risks(text: str, soup: BeautifulSoup, made: Structure, links: Sequence[Link], broken: Sequence[str]) -> list[str]:
    """The risks as sentences, the gravest first; empty where none was found."""
    return [*_content_risks(text, soup, made, links, broken), *_layout_risks(text, soup, made)]


def _content_risks(
    text: str, soup: BeautifulSoup, made: Structure, links: Sequence[Link], broken: Sequence[str]
) -> list[str]:
    found = []
    if any(soup.find_all(["script", "iframe", "object", "embed"])):
        found.append("Scripts or frames: no mail program runs them; the cleaned copy has none.")
    if soup.find("form"):
        found.append("A form inside the mail: most programs block it; link to a form on a page.")
    if made.bytes > GMAIL_CLIPS_AT:
        found.append(f"{made.bytes // 1024} kB: Gmail cuts messages at about 102 kB.")
    old = [link for link in links if link.old_platform]
    if pictures := [link for link in old if link.kind != "link"]:
        found.append(f"{count(len(pictures), 'picture')} on the old platform: gone when the account is closed.")
    if clicks := [link for link in old if link.kind == "link"]:
        found.append(f"{count(len(clicks), 'link')} through the old platform: dead when the account is closed.")
    unsubscribe = [link for link in links if re.search(r"unsub|opt-?out|preference", f"{link.url} {link.text}", re.I)]
    if not unsubscribe:
        found.append("No unsubscribe link was recognised: marketing mail must have one.")
    elif any(link.old_platform for link in unsubscribe):
        found.append("The unsubscribe link belongs to the old platform: use the new system's own.")
    if any(link.url.startswith("http://") for link in links):
        found.append("Addresses with http instead of https: some programs block or warn.")
    if relative := [ln for ln in links if not re.match(r"[a-z][a-z0-9+.-]*:|//|[{%\[*$<#]", ln.url, re.IGNORECASE)]:
        found.append(
            f"{count(len(relative), 'address', 'addresses')} without a host ({relative[0].url}): leads "
            f"nowhere from a mail."
        )
    if broken:
        found.append(f"Merge fields with markup inside ({broken[0]}): write them again.")
    if "\ufffd" in text or re.search(r"Ã[\u0080-\u00bf]|â€", text):
        found.append("Characters look wrongly decoded: compare accents and quotes with the source.")
    return found


def _layout_risks(text: str, soup: BeautifulSoup, made: Structure) -> list[str]:
    found = []
    pictures = soup.find_all("img")
    if bare := [p for p in pictures if not str(p.get("alt", "")).strip() and not _tiny(p)]:
        found.append(
            f"{count(len(bare), 'picture')} without alternative text: blank where pictures are blocked, and mute."
        )
    if unsized := [p for p in pictures if not p.get("width") and "width" not in str(p.get("style", ""))]:
        found.append(f"{count(len(unsized), 'picture')} without a width: Outlook shows it at full size.")
    if pictures and made.words < 30:
        found.append("Hardly any text beside pictures: looks like spam, and is empty where pictures are blocked.")
    if re.search(r"display\s*:\s*(?:inline-)?(?:flex|grid)|position\s*:\s*(?:absolute|fixed|sticky)", text, re.I):
        found.append("Flexbox, grid or positioning: Outlook on Windows ignores it.")
    if re.search(r"background(?:-image)?\s*:[^;}\"']*url\(", text, re.IGNORECASE):
        found.append("Background pictures: Outlook on Windows needs its own markup for them.")
    if re.search(r"@import|@font-face|<link[^>]+stylesheet", text, re.IGNORECASE):
        found.append("Web fonts or outside style sheets: most mail programs ignore them.")
    if made.media_queries:
        found.append("Media queries: lost where an editor removes the style sheet; check on a phone.")
    if made.conditional_comments:
        found.append("Conditional comments for Outlook: editors often remove them; check in Outlook.")
    if soup.find(["video", "audio", "svg", "canvas"]):
        found.append("Video, audio or vector graphics: shown by few mail programs.")
    if made.width > WIDEST:
        found.append(f"{made.width} pixels wide: most mail windows show 600 to 700.")
    if made.depth > DEEPEST:
        found.append(f"Tables {made.depth} deep: slow and fragile in editors.")
    if not re.match(r"\s*<!doctype", text, re.IGNORECASE):
        found.append("No doctype: programs fall back to their own old rules.")
    if soup.html is not None and not soup.html.get("lang"):
        found.append("No language is given: screen readers guess.")
    if made.encoding.casefold() not in {"utf-8", "ascii", "utf-8-sig"}:
        found.append(f"Written in {made.encoding}: the cleaned copy is UTF-8.")
    return found


def _tiny(picture: Tag) -> bool:
    return str(picture.get("width", "")).strip() in {"0", "1", "1px"}


def _depth(soup: BeautifulSoup) -> int:
    return max((len(list(t.find_parents("table"))) + 1 for t in soup.find_all("table")), default=0)


def _width(soup: BeautifulSoup) -> int:
    sizes = [str(tag.get("width", "")) for tag in soup.find_all(["table", "img", "td"])]
    return max((int(m.group(1)) for s in sizes if (m := re.fullmatch(r"\s*(\d{1,5})(?:px)?\s*", s))), default=0)
