"""The words of opt-outs: what a cell of a suppression column, or the reason in a suppression file, means.

Whatever cannot be read is read strictly (design.md, "Source"; failure cases X19, S04, S11). The vendor documents no
closed list of words (facts/paminga.md, section 3), hence the wide one here.
"""

from __future__ import annotations

import re

from nrpd.matching.rows import fold_text
from nrpd.netresults.records import NO_WORDS, YES_WORDS

REASONS = ("hard bounce", "unsubscribe", "complaint", "manual", "no consent", "unknown")
"""The closed set that `Suppression reason` holds, in the order in which they are written."""

_PATTERNS: tuple[tuple[str, str], ...] = (
    ("unknown", r"soft\W*bounce|bounced?\W*\(?soft|transient|temporary|mailbox\W*full|deferred"),
    ("complaint", r"complain|spam|abuse|junk|feedback\W*loop|\bfbl\b"),
    ("unsubscribe", r"unsub|opt(ed|s|ing)?\W*out|list\W*removal|remove\W*me|\bremoved\W*by\W*(contact|recipient)"),
    ("hard bounce", r"bounce|undeliverable|invalid\W*(e\W?mail|address|mailbox|recipient)|user\W*unknown|no\W*such"),
    ("no consent", r"consent|gdpr|dsgvo|casl|permission|no\W*opt\W*in|not\W*opted\W*in"),
    ("manual", r"manual|admin|block|black\W*list|deny|do\W*not|\bdn[cem]\b|legal|competitor|internal|eras|forgotten"),
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


def in_order(reasons: set[str]) -> tuple[str, ...]:
    """Reasons in the order of REASONS; words outside the closed set (from the account) last, by name."""
    return tuple(sorted(reasons, key=lambda r: (REASONS.index(r) if r in REASONS else len(REASONS), r)))


def _reason(part: str) -> str:
    return next((reason for reason, pattern in _COMPILED if pattern.search(part)), "unknown")


def _soft(text: str) -> bool:
    return bool(_COMPILED[0][1].search(fold_text(text)))
