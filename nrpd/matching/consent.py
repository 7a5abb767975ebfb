"""The words of opt-outs: what a cell of a suppression column, or the reason in a suppression file, means.

Whatever cannot be read is read strictly (design.md, "Source"; failure cases X19, S04, S11). The vendor documents no
closed list of words (facts/paminga.md, section 3), hence the wide one here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from nrpd.mapping.names import fold
from nrpd.matching.rows import Row, When, fold_text, text_of
from nrpd.netresults.records import NO_WORDS, YES_WORDS

REASONS = ("hard bounce", "unsubscribe", "complaint", "manual", "no consent", "unknown")
"""The closed set that `Suppression reason` holds, in the order in which they are written."""

_PATTERNS: tuple[tuple[str, str], ...] = (
    ("unknown", r"soft\W*bounce|bounced?\W*\(?soft|transient|temporary|mailbox\W*full|deferred"),
    ("complaint", r"complain|spam|abuse|junk|feedback\W*loop|\bfbl\b|beschwerde|plainte|queja"),
    (
        "unsubscribe",
        r"unsub|opt(ed|s|ing)?\W*out|list\W*removal|remove\W*me|\bremoved\W*by\W*(contact|recipient)"
        r"|abgemeld|abmeld|ausgetragen|d[eé]sabon|d[eé]sinscri|\bbajas?\b",
    ),
    (
        "hard bounce",
        r"bounce|undeliverable|invalid\W*(e\W?mail|address|mailbox|recipient)|user\W*unknown|no\W*such"
        r"|unzustellbar|rebond|rebot",
    ),
    (
        "no consent",
        r"consent|gdpr|dsgvo|casl|permission|no\W*opt\W*in|not\W*opted\W*in"
        r"|einwilligung|widerruf|consentement|consentimiento",
    ),
    (
        "manual",
        r"manual|admin|block|black\W*list|deny|do\W*not|\bdn[cem]\b|legal|competitor|internal|eras|forgotten"
        r"|sperr|bloqu",
    ),
)
_COMPILED = tuple((reason, re.compile(pattern)) for reason, pattern in _PATTERNS)
_PARTS = re.compile(r"\s*[;,|/+]\s*|\s+and\s+|\n")


def opted_out(cell: str) -> bool:
    """A cell of an opt-out or bounce column: blank and the closed list of no-words are no, anything else is yes."""
    text = fold_text(cell)
    return bool(text) and text not in NO_WORDS


def consent_missing(cell: str) -> bool:
    """A cell of a consent column: blank says nothing, a yes-word is consent, anything else is none.

    `implied` is none too: implied consent counts only with its date, which such a column cannot show (case S11).
    """
    text = fold_text(cell)
    return bool(text) and text not in YES_WORDS


@dataclass(frozen=True)
class OptIn:
    """A proven opt-in: what the source says it rests on, its UTC date, and where it was given."""

    basis: str
    date: date
    source: str


def proven_opt_in(rows: Iterable[Row], when: When, today: date) -> OptIn | None:
    """The latest opt-in whose basis, date and source stand in one and the same row of contacts (failure case S11).

    The basis is a yes-word in the consent column, the date a readable opt-in date that is not to come, the source a
    lead source. What one row lacks is not taken from another, and a consent that any row denies is none.
    """
    found = []
    for row in rows:
        cell = row.get("consent", "")
        if consent_missing(cell):
            return None
        given, source = when(row, "opt_in_date"), text_of(row, "lead_source")
        if fold_text(cell) in YES_WORDS and given is not None and given.date() <= today and source:
            found.append(OptIn(f"consent={text_of(row, 'consent')}", given.date(), source))
    return max(found, key=lambda opt_in: (opt_in.date, opt_in.source, opt_in.basis), default=None)


def reasons_of(text: str) -> tuple[str, ...]:
    """The reasons that a source's words stand for, in the order of REASONS; `unknown` where nothing is recognised.

    A soft bounce in a suppression file suppresses like every row there, but is written as `unknown`: the closed set
    has no word for it, and `hard bounce` would claim that the address is dead. The source's own words stay in
    the ledger (`Suppression.words`).
    """
    found = {_reason(part) for part in _PARTS.split(fold_text(text)) if part} or {"unknown"}
    if len(found) > 1 and "unknown" in found and not _soft(text):
        found.discard("unknown")
    return in_order(found)


def reasons_of_event(text: str) -> tuple[str, ...]:
    """The reasons of an e-mail's event or status that is an opt-out or a complaint; none for every other, since a
    bounce of a send is no suppression of its own."""
    return tuple(reason for reason in reasons_of(text) if reason in ("unsubscribe", "complaint")) if text else ()


_OPT_OUT_COLUMN = re.compile(
    r"(?:has|is|contact|recipient)?"
    r"(?:unsubscribed|optedout|optout|complained|complaint|spamcomplaint|markedasspam|reportedasspam|abgemeldet|desabonne"
    r"|dadodebaja)(?:at|on|date|time|timestamp|datetime|am|le|datum|fecha)?"
)


@lru_cache(maxsize=1_024)
def reasons_of_column(header: str) -> tuple[str, ...]:
    """The reasons that a filled column of sends or campaign members stands for (`Unsubscribed At`); none for others,
    such as `Unsubscribe Link` and `Spam Score`."""
    key = fold(header)
    if not _OPT_OUT_COLUMN.fullmatch(key):
        return ()
    return ("complaint",) if "compla" in key or "spam" in key else ("unsubscribe",)


def in_order(reasons: set[str]) -> tuple[str, ...]:
    """Reasons in the order of REASONS; words outside the closed set (from the account) last, by name."""
    return tuple(sorted(reasons, key=lambda r: (REASONS.index(r) if r in REASONS else len(REASONS), r)))


def _reason(part: str) -> str:
    return next((reason for reason, pattern in _COMPILED if pattern.search(part)), "unknown")


def _soft(text: str) -> bool:
    return bool(_COMPILED[0][1].search(fold_text(text)))
