"""Company names and domains as they are compared. Stored names are never altered."""

from __future__ import annotations

import html
import re
from functools import lru_cache

import idna

from nrpd.matching.freemail import FREE_MAIL, PROVIDERS
from nrpd.matching.rows import fold_text

_FORMS = {
    "inc": "inc incorporated",
    "corp": "corp corporation",
    "co": "co company",
    "llc": "llc",
    "ltd": "ltd limited",
    "plc": "plc",
    "llp": "llp",
    "lp": "lp",
    "pc": "pc",
    "pllc": "pllc",
    "gmbh": "gmbh|g m b h|gesellschaft mit beschränkter haftung",
    "ag": "ag aktiengesellschaft",
    "kg": "kg",
    "ohg": "ohg",
    "ug": "ug|ug haftungsbeschränkt",
    "ev": "ev",
    "eg": "eg",
    "se": "se",
    "gmbh & co kg": "gmbh & co kg|gmbh co kg|gmbh & cokg",
    "ag & co kg": "ag & co kg|ag co kg",
    "co kg": "co kg|& co kg",
    "sa": "sa|s a",
    "sas": "sas",
    "sarl": "sarl|sàrl",
    "srl": "srl",
    "spa": "spa",
    "sl": "sl",
    "slu": "slu",
    "ltda": "ltda",
    "sa de cv": "sa de cv",
    "bv": "bv|b v",
    "nv": "nv|n v",
    "bvba": "bvba",
    "ab": "ab",
    "as": "as|a/s|a s",
    "asa": "asa",
    "aps": "aps",
    "oy": "oy",
    "oyj": "oyj",
    "kk": "kk|k k",
    "sro": "sro|s r o",
    "doo": "doo",
    "zrt": "zrt",
    "kft": "kft",
    "pty ltd": "pty ltd|pty limited|pty",
    "pvt ltd": "pvt ltd|private limited|pvt limited|private ltd",
    "pte ltd": "pte ltd|pte limited|pte",
    "co ltd": "co ltd|company limited|co limited",
    "sp z o o": "sp z o o|sp zoo|spolka z o o|spółka z o o",
    "ooo": "ooo",
}


def _table() -> dict[tuple[str, ...], str]:
    table: dict[tuple[str, ...], str] = {}
    for form, spellings in _FORMS.items():
        for spelling in spellings.split("|") if "|" in spellings or " " in form else spellings.split():
            table[tuple(spelling.split())] = form
    return table


_TABLE = _table()
_LONGEST = max(len(words) for words in _TABLE)
_DROPPED = re.compile(r"[.'’`´]")
_SPACED = re.compile(r"[^\w&/]+")


@lru_cache(maxsize=100_000)
def split_name(name: str) -> tuple[str, str]:
    """A company name as (folded name, legal form): `ACME, Inc` → (`acme`, `inc`); the form is blank where none ends it.

    Case, punctuation and runs of white space are folded, HTML entities read once; legal forms are taken off the end
    only, once, and never the whole name (`The Solutions Co` → `the solutions`, `co`; failure case X21).
    """
    text = fold_text(html.unescape(name))
    words = _SPACED.sub(" ", _DROPPED.sub("", text).replace("&", " & ")).split()
    for length in range(min(_LONGEST, len(words) - 1), 0, -1):
        form = _TABLE.get(tuple(words[-length:]))
        if form:
            rest = words[:-length]
            while len(rest) > 1 and rest[-1] == "&":
                rest = rest[:-1]
            return " ".join(rest), form
    return " ".join(words) or text, ""


def fold_name(name: str) -> str:
    """The folded name without its trailing legal form."""
    return split_name(name)[0]


def domain_key(text: str) -> str:
    """A domain as it is compared: out of a URL or an address, lower case, without `www.`; blank where there is none."""
    text = fold_text(text)
    text = re.sub(r"^[a-z][a-z0-9+.-]*://", "", text)
    text = re.split(r"[/?#\s]", text, maxsplit=1)[0].rpartition("@")[2].partition(":")[0].strip(".")
    text = text.removeprefix("www.")
    if "." not in text:
        return ""
    try:
        return idna.encode(text, uts46=True).decode("ascii")
    except idna.IDNAError:
        return text


def is_free_mail(domain: str) -> bool:
    """Whether a domain (or one above it) belongs to a mail provider, so that it says nothing about a company."""
    labels = domain.split(".")
    if any(".".join(labels[i:]) in FREE_MAIL for i in range(len(labels) - 1)):
        return True
    country = len(labels) == 3 and len(labels[1]) <= 3 and len(labels[2]) == 2
    return labels[0] in PROVIDERS and (len(labels) == 2 or country)
