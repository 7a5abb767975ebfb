"""How the bytes of a text file are to be read: found from the whole file, never assumed.

UTF-8 with any number of byte order marks, UTF-16 and UTF-32 with a mark (UTF-16 also without one), and cp1252 where
the bytes are no UTF-8. A file that is none of these is refused. UTF-8 with a few broken bytes stays UTF-8: the records
that hold them are kept out (their bytes show as lone surrogates), so that nothing is turned into `JÃ¼rgen`.
"""

from __future__ import annotations

import codecs
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from nrpd.errors import BadInput

_CHUNK = 1 << 22
_MOST_LINES = 10
_START = 8
"""Bytes by which UTF-16 without a mark is told."""
_CP1252_HOLES = frozenset(b"\x81\x8d\x8f\x90\x9d")
_CONTINUATION = "\u0080-\u00bf" + bytes(set(range(0x80, 0xA0)) - _CP1252_HOLES).decode("cp1252")
"""The characters that the later bytes of a UTF-8 sequence become when they are read as cp1252."""
_LEADS = "ÂÃâïð\ufffd"
_MOJIBAKE = re.compile(
    f"[{_LEADS}](?:(?<=[ÂÃ])[{_CONTINUATION}]|(?<=â)[€„‚…][{_CONTINUATION}]|(?<=ï)(?:»¿|¿½)|(?<=ð)Ÿ[{_CONTINUATION}]|(?<=\ufffd))"
)
_ESCAPES = (b'\\"', b'\\\0"')
"""A backslash before a quote, in UTF-8 and in UTF-16."""
_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH = re.compile(rb"[\x80-\xff]")
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"), (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip


@dataclass(frozen=True)
class TextForm:
    """How to read one file: `codec` and `errors` for `open`, `label` for people, `mojibake` = (line, sample) found."""

    codec: str
    label: str
    sha256: str
    errors: str = "strict"
    mojibake: tuple[tuple[int, str], ...] = ()
    escapes: bool = False
    """A backslash stands before a quote somewhere."""


def find_encoding(path: Path, shown: str) -> TextForm:
    """Read the whole file once: its hash, its encoding, and the lines that look like mojibake (ten at most).

    Raises BadInput, naming the file as `shown`, where the bytes fit none of the encodings.
    """
    digest, facts = hashlib.sha256(), _Bytes()
    for chunk in _chunks(path):
        digest.update(chunk)
        facts.add(chunk)
    if not facts.is_utf8():
        for chunk in _chunks(path):
            facts.weigh(chunk)
    codec, label, errors = facts.decide(shown)
    sick = _mojibake_lines(path, codec, errors, shown) if facts.high else ()
    return TextForm(codec, label, digest.hexdigest(), errors, sick, facts.escapes)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk


class _Bytes:
    """What the bytes of one file say about its encoding."""

    def __init__(self) -> None:
        self.head = b""
        self.high = self.escapes = False
        self.sequences = self.single = 0
        self.holes: set[int] = set()
        self._valid = True
        self._decoder = codecs.getincrementaldecoder("utf-8")("strict")

    def add(self, chunk: bytes) -> None:
        self.head = self.head or chunk[:4096]
        self.high = self.high or not chunk.isascii()
        self.escapes = self.escapes or any(mark in chunk for mark in _ESCAPES)
        if self._valid:
            try:
                self._decoder.decode(chunk)
            except UnicodeDecodeError:
                self._valid = False

    def is_utf8(self) -> bool:
        """After the last `add`: whether all bytes are UTF-8."""
        try:
            if self._valid:
                self._decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            self._valid = False
        return self._valid

    def weigh(self, chunk: bytes) -> None:
        """Count what speaks for UTF-8 with faults and what for a code page of single bytes."""
        if chunk.isascii():
            return
        sequences = _MULTIBYTE.findall(chunk)
        self.sequences += len(sequences)
        self.single += len(_HIGH.findall(chunk)) - sum(map(len, sequences))
        self.holes |= _CP1252_HOLES.intersection(_MULTIBYTE.sub(b"", chunk))

    def decide(self, shown: str) -> tuple[str, str, str]:
        """(codec, label, errors)."""
        for mark, codec in _MARKS:
            if codec != "utf-8" and self.head.startswith(mark):
                return codec, codec.rsplit("-", 1)[0], "strict"
        if codec := self._unmarked_utf16():
            return codec, codec, "strict"
        marks = 0
        while self.head.startswith(codecs.BOM_UTF8, 3 * marks):
            marks += 1
        label = "utf-8" + ("" if not marks else " with BOM" if marks == 1 else f" with {marks} BOMs")
        if self._valid:
            return "utf-8", label, "strict"
        if marks or (self.sequences and self.sequences >= self.single):
            return "utf-8", f"{label}, some bytes broken", "surrogateescape"
        if self.holes:
            raise BadInput(
                f"{shown}: the bytes are neither UTF-8 nor UTF-16 nor cp1252 (byte 0x{min(self.holes):02x}). "
                "Save the file as UTF-8 and run again."
            )
        return "cp1252", "cp1252", "strict"

    def _unmarked_utf16(self) -> str:
        """UTF-16 without a mark: its header is Latin, so NULs stand beside the first letters on one side."""
        start = self.head[:_START]
        for codec in ("utf-16-le", "utf-16-be") if b"\0" in start else ():
            try:
                text = start[: len(start) // 2 * 2].decode(codec)
            except UnicodeDecodeError:
                continue
            if text and all("\0" < c < "\u0250" for c in text):
                return codec
        return ""


def is_mojibake(text: str) -> bool:
    """Whether `text` holds what UTF-8 becomes when it is read as cp1252 (`JÃ¼rgen`)."""
    return bool(_MOJIBAKE.search(text))


def _mojibake_lines(path: Path, codec: str, errors: str, shown: str) -> tuple[tuple[int, str], ...]:
    found: list[tuple[int, str]] = []
    line = 1
    try:
        with path.open(encoding=codec, errors=errors, newline="\n") as stream:
            while len(found) < _MOST_LINES and (text := stream.read(_CHUNK) + stream.readline()):
                if any(lead in text for lead in _LEADS):
                    found += _mojibake_in(text, line)
                line += text.count("\n")
    except UnicodeDecodeError as error:
        raise BadInput(f"{shown}: not readable as {codec} ({error.reason}). Save the file as UTF-8.") from None
    return tuple(found[:_MOST_LINES])


def _mojibake_in(text: str, first_line: int) -> list[tuple[int, str]]:
    """(line, sample) for each line of `text` that looks like mojibake."""
    found: dict[int, str] = {}
    for hit in islice(_MOJIBAKE.finditer(text), 100):
        sample = text[max(0, hit.start() - 10) : hit.end() + 10].strip()
        found.setdefault(first_line + text.count("\n", 0, hit.start()), sample)
    return list(found.items())
