"""How the bytes of a text file are to be read: found from the whole file, never assumed.

UTF-8 with any number of byte order marks, UTF-16 and UTF-32 with a mark (UTF-16 also without one), and cp1252 where
the bytes are no UTF-8. A file that is none of these is refused. UTF-8 with a few broken bytes stays UTF-8: the records
that hold them are kept out (their bytes show as lone surrogates), so that nothing is turned into `JÃ¼rgen`.
"""

from __future__ import annotations

import codecs
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from nrpd.errors import BadInput

_CHUNK = 1 << 22
_CP1252_HOLES = frozenset(b"\x81\x8d\x8f\x90\x9d")
_CONTINUATION = "\u0080-\u00bf" + bytes(set(range(0x80, 0xA0)) - _CP1252_HOLES).decode("cp1252")
"""The characters that the later bytes of a UTF-8 sequence become when they are read as cp1252."""
_MOJIBAKE = re.compile(f"[ÃÂ][{_CONTINUATION}]|â[€„‚…][{_CONTINUATION}]|ï»¿|ï¿½|ðŸ[{_CONTINUATION}]|\ufffd")
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


def find_encoding(path: Path, shown: str) -> TextForm:
    """Read the whole file once: its hash, its encoding, and the lines that look like mojibake (ten at most).

    Raises BadInput, naming the file as `shown`, where the bytes fit none of the encodings.
    """
    digest, facts = hashlib.sha256(), _Bytes()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            facts.add(chunk)
    codec, label, errors = facts.decide(shown)
    sick = _mojibake_lines(path, codec, errors, shown) if facts.high or codec.startswith("utf-16") else ()
    return TextForm(codec, label, digest.hexdigest(), errors, sick)


class _Bytes:
    """What the bytes of one file say about its encoding."""

    def __init__(self) -> None:
        self.head = b""
        self.high = self.sequences = self.single = 0
        self.nuls = [0, 0]
        self.holes: set[int] = set()
        self.size = 0
        self._valid = True
        self._decoder = codecs.getincrementaldecoder("utf-8")("strict")

    def add(self, chunk: bytes) -> None:
        self.head = self.head or chunk[:4096]
        self.size += len(chunk)
        if self._valid:
            try:
                self._decoder.decode(chunk)
            except UnicodeDecodeError:
                self._valid = False
        if chunk.isascii():
            return
        matches = _MULTIBYTE.findall(chunk)
        high = len(_HIGH.findall(chunk))
        self.high += high
        self.sequences += len(matches)
        self.single += high - sum(map(len, matches))
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
        try:
            if self._valid:
                self._decoder.decode(b"", final=True)
                return "utf-8", label, "strict"
        except UnicodeDecodeError:
            pass
        if marks or self.sequences > self.single:
            return "utf-8", f"{label}, some bytes broken", "surrogateescape"
        if self.holes:
            raise BadInput(
                f"{shown}: the bytes are neither UTF-8 nor UTF-16 nor cp1252 (byte 0x{min(self.holes):02x}). "
                "Save the file as UTF-8 and run again."
            )
        return "cp1252", "cp1252", "strict"

    def _unmarked_utf16(self) -> str:
        """UTF-16 without a mark shows as a NUL in every other byte."""
        even, odd = self.head[0::2].count(0), self.head[1::2].count(0)
        half = len(self.head) // 2
        if half < 2 or max(even, odd) < 0.4 * half or min(even, odd) > 0.05 * half:
            return ""
        return "utf-16-be" if even > odd else "utf-16-le"


def _mojibake_lines(path: Path, codec: str, errors: str, shown: str) -> tuple[tuple[int, str], ...]:
    found: list[tuple[int, str]] = []
    try:
        with path.open(encoding=codec, errors=errors, newline="") as stream:
            for number, line in enumerate(stream, start=1):
                if not line.isascii() and len(found) < 10 and (hit := _MOJIBAKE.search(line)):
                    found.append((number, line[max(0, hit.start() - 10) : hit.end() + 10].strip()))
    except UnicodeDecodeError as error:
        raise BadInput(f"{shown}: not readable as {codec} ({error.reason}). Save the file as UTF-8.") from None
    return tuple(found)
