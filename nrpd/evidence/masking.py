"""What identifies people, shortened in every kind of text that evidence holds. Counts and structure stay.

`Masker` knows the words, phrases and numbers of one customer; whatever looks like an e-mail address or a web address
with a path is shortened without being known. Files are masked by their kind (`masked`): text in JSON, in HTML and in
the XML of workbooks and documents is masked as text, so that no escape hides a name, and zips member by member.
"""

from __future__ import annotations

import html
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterable
from pathlib import PurePosixPath
from typing import Any

from bs4 import BeautifulSoup
from bs4.element import Doctype, NavigableString, PreformattedString

SHORT = "…"
_EMAIL = re.compile(r"[\w.+%'&/=~\\-]+(?:@|%40|&#64;)[\w-][\w.\\-]*", re.UNICODE)
_URL = re.compile(r"(?:\bhttps?:|\bftp:|(?<![\w:/]))//[^\s\"'<>()\[\]{}|,;]+", re.IGNORECASE)
_NUMBER = re.compile(r"(?<!\w)\+?\(?\d[\d ().\-/\u00a0]{4,}\d(?!\w)")
_EXTENSION = re.compile(r"[^\d\s().+/\-]+")
_WORD = re.compile(r"[^\W\d_](?:[\w'’\-]*\w)?")
_PIECE = re.compile(r"[^\W\d_]+")
_XML_TEXT = re.compile(r"(?<!<v)>([^<>]+)<")
"""All but the values of a sheet's cells (`<v>`), which are numbers: text stands elsewhere."""
_LONE = 2
"""Letters from which a word is masked by itself."""
_DIGITS = 7
"""Digits from which a number can be told from another one, without its country and area code."""
_KEPT_ATTRIBUTES = ("class", "id", "style", "role", "scope", "for", "charset", "lang", "type", "tabindex", "content")
_LINKING = ("href", "src")
_STRUCTURE = ("id", "cell_type", "output_type", "display_id", "version", "file_extension", "mimetype")
"""Keys of a notebook whose values hold it together."""


class Masker:
    """Shortens names, phrases (companies, street addresses), phone numbers, e-mail and web addresses in text."""

    def __init__(self, names: Iterable[str] = (), phrases: Iterable[str] = (), phones: Iterable[str] = ()) -> None:
        """`names` are masked as a whole and word by word, `phrases` as a whole only, whatever their case."""
        self._words: set[str] = set()
        self._phrases: dict[str, dict[str, None]] = {}
        for name in map(_tidy, names):
            self._phrase(name)
            for word in {*_WORD.findall(name), *(w for w in _PIECE.findall(name) if len(w) > _LONE)}:
                self._words |= _forms(word)
        for phrase in map(_tidy, phrases):
            self._phrase(phrase)
        for first, known in self._phrases.items():
            self._phrases[first] = dict.fromkeys(sorted(known, key=len, reverse=True))
        parts = (re.sub(r"\D", "", part) for phone in phones for part in _EXTENSION.split(phone))
        self._phones = {digits[-_DIGITS:] for digits in parts if len(digits) >= _DIGITS}

    def text(self, text: str) -> str:
        """The text, masked. A text that is masked already stays as it is."""
        if not text:
            return text
        text = _URL.sub(lambda found: _url(found.group()), text)
        text = _EMAIL.sub(lambda found: _email(found.group()), text)
        text = _NUMBER.sub(self._number, text)
        return self._by_words(text)

    def _phrase(self, phrase: str) -> None:
        found = re.search(r"\w+", phrase)
        if found and found.group() == phrase:
            self._words |= _forms(phrase)
        elif found:
            self._phrases.setdefault(found.group().casefold(), {})[phrase[found.start() :].casefold()] = None

    def _number(self, found: re.Match[str]) -> str:
        """The digits by which a known number is told from others, and no more: a count may stand beside it."""
        text = found.group()
        places = [place for place, char in enumerate(text) if char.isdigit()]
        made, done = "", 0
        for first in range(len(places) - _DIGITS + 1):
            window = places[first : first + _DIGITS]
            if window[0] >= done and "".join(text[place] for place in window) in self._phones:
                made += f"{text[done : window[0]]}{SHORT}"
                done = window[-1] + 1
        return made + text[done:]

    def _by_words(self, text: str) -> str:
        made, done = [], 0
        for found in re.finditer(r"\w[\w'’\-]*", text):
            start = found.start()
            if start < done:
                continue
            end = self._end_of_phrase(text, start) or self._end_of_name(found)
            if end:
                made += [text[done:start], _short(text[start:end])]
                done = end
        return "".join([*made, text[done:]])

    def _end_of_phrase(self, text: str, start: int) -> int:
        first = re.compile(r"\w+").match(text, start)
        for phrase in self._phrases.get(first.group().casefold(), ()) if first else ():
            end = start + len(phrase)
            if text[start:end].casefold() == phrase and not re.match(r"\w", text[end : end + 1]):
                return end
        return 0

    def _end_of_name(self, found: re.Match[str]) -> int:
        word = found.group().rstrip("'’-_")
        pieces = _PIECE.findall(word)
        # `okafor-2` of an identifier: in small letters, but no word of a sentence.
        inside = word not in pieces and any(len(p) > _LONE and p.title() in self._words for p in pieces)
        known = word in self._words or inside or any(piece in self._words for piece in pieces)
        return found.start() + len(word) if known else 0


def masked(name: str, content: bytes, mask: Callable[[str], str]) -> bytes | None:
    """The file with every text in it masked by `mask`; None for kinds whose text cannot be seen, such as pictures."""
    kind = PurePosixPath(name).suffix.casefold()
    if kind in (".ipynb", ".json"):
        return (json.dumps(_in_json(json.loads(content), mask), ensure_ascii=False, indent=1) + "\n").encode()
    if kind in (".html", ".htm", ".xhtml"):
        return _html(content, mask)
    if kind in (".xlsx", ".docx", ".zip"):
        return _zip(content, mask)
    if kind in (".xml", ".rels", ".vml"):
        text = content.decode("utf-8")
        return _XML_TEXT.sub(lambda m: f">{html.escape(mask(html.unescape(m[1])), quote=False)}<", text).encode()
    if kind in (".csv", ".tsv"):
        header, end, rows = content.decode("utf-8", "replace").partition("\n")
        return f"{header}{end}{mask(rows)}".encode()
    if kind in (".txt", ".md", ".yaml", ".yml", ".log"):
        return mask(content.decode("utf-8", "replace")).encode()
    return None


def _in_json(value: Any, mask: Callable[[str], str], key: str = "") -> Any:
    """Every text of a JSON document but its keys. Pictures of a notebook, which are of counts only, stay."""
    if isinstance(value, dict):
        return {name: _in_json(item, mask, name) for name, item in value.items()}
    if isinstance(value, list) and all(isinstance(item, str) and item.endswith("\n") for item in value[:-1]):
        whole = _in_json("".join(map(str, value)), mask, key) if len(value) > 1 else ""
        return whole.splitlines(keepends=True) or [_in_json(item, mask, key) for item in value]
    if isinstance(value, list):
        return [_in_json(item, mask, key) for item in value]
    if not isinstance(value, str) or key in _STRUCTURE or key.startswith("image/"):
        return value
    return _html(value.encode(), mask).decode() if key == "text/html" else mask(value)


def _html(content: bytes, mask: Callable[[str], str]) -> bytes:
    soup = BeautifulSoup(content, "html.parser")
    for text in list(soup.find_all(string=True)):
        if isinstance(text, Doctype) or (text.parent is not None and text.parent.name in ("style", "script")):
            continue
        new = mask(str(text))
        if new != str(text):
            kind = type(text) if isinstance(text, PreformattedString) else NavigableString
            text.replace_with(kind(new))
    for picture in soup.find_all("img"):
        if not str(picture.get("src", "")).startswith("data:"):  # its own text cannot be masked, so it is not there
            picture.replace_with(f"({mask(str(picture.get('alt', '')))}; picture left out)")
    for tag in soup.find_all(True):
        for name, value in tag.attrs.items():
            local = name in _LINKING and (str(value).startswith("data:") or not re.match(r"[a-z]+:|//", str(value)))
            if isinstance(value, str) and name not in _KEPT_ATTRIBUTES and not local:
                tag.attrs[name] = mask(value)
    return soup.decode(formatter="minimal").encode()


def _zip(content: bytes, mask: Callable[[str], str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(buffer, "w") as target:
        for entry in source.infolist():
            made = masked(entry.filename, source.read(entry), mask)
            if made is not None:
                kept = zipfile.ZipInfo(entry.filename, entry.date_time)
                kept.compress_type, kept.external_attr = zipfile.ZIP_DEFLATED, entry.external_attr
                kept.create_system = entry.create_system
                target.writestr(kept, made, compresslevel=9)
    return buffer.getvalue()


def _tidy(text: str) -> str:
    return " ".join(text.split())


def _forms(word: str) -> set[str]:
    """The word as a name or a heading would be written, and as it is, unless that is what many words look like."""
    if len(word) < _LONE:
        return set()
    named = {word.upper(), word.title(), word.capitalize()}
    return named if word.islower() and len(word) <= _LONE + 1 else {word, *named}


def _short(text: str) -> str:
    """The first letter, where there are more than two."""
    return f"{text[:1] if len(text) > _LONE else ''}{SHORT}"


def _email(text: str) -> str:
    name, at, host = re.split(r"(@|%40|&#64;)", text, maxsplit=1)
    return f"{_short(name)}{at}{_short(host)}"


def _url(text: str) -> str:
    """Host and nothing else; the path may name somebody."""
    scheme, _, rest = text.partition("//")
    host, slash, path = rest.partition("/")
    if "@" in host:
        return f"{scheme}//{SHORT}"
    return f"{scheme}//{host}/{SHORT}" if slash and path else text
