"""Whose address a column holds: that of the person whom a row is about, or of somebody whom it only names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from nrpd.netresults.records import has_at
from nrpd.netresults.words import says, words_of

_OTHERS = (
    "manager assistant assistants supervisor boss superior spouse partner referrer referred referral recommended parent"
    " guardian secretary sales salesperson salesman rep agent owner owned author creator created modified updated from"
    " sender by reply sponsor advisor adviser colleague emergency csm approver"
    " vorgesetzter vorgesetzte vorgesetzten assistenz assistent assistentin sekretariat betreuer betreuerin berater"
    " ehepartner empfehler empfohlen werber vertrieb zustandiger bearbeiter"
    " responsable assistante superieur conjoint parrain proprietaire conseiller"
    " gerente jefe jefa asistente conyuge padrino referido propietario vendedor asesor"
)
OTHERS = frozenset(_OTHERS.split())
"""Words by which the address in a column is that of somebody else than the one whom a row is about."""
OWNERS = ("owner_email", "author")


def address_columns(names: Iterable[str]) -> list[str]:
    """Those of these columns that hold addresses of the person whom a row is about, not of who owns or wrote it, nor of
    a manager or assistant."""
    own = (name for name in names if name not in OWNERS and says(name, "email"))
    return [name for name in own if name == "email" or OTHERS.isdisjoint(words_of(name))]


_APART = r"\s\"'<>,;:()\[\]{}|@\uff20\ufe6b"
_ADDRESS = f"[^{_APART}]+[@\uff20\ufe6b][^{_APART}]+"
_NAMED = re.compile(rf"(?:\"[^\"]*\"|[^<>\";,|:\n]*)<\s*({_ADDRESS})\s*>|({_ADDRESS})")
_ERASED = "(erased)"


def unnamed(cell: str, is_erased: Callable[[str], bool]) -> str:
    """A cell without the addresses of erased people, and the display names before these; blank where it was all."""
    if not has_at(cell):
        return cell

    def gone(found: re.Match[str]) -> str:
        return _ERASED if is_erased((found[1] or found[2]).rstrip(".")) else found[0]

    text = _NAMED.sub(gone, cell)
    return text if text.replace(_ERASED, "").strip(" ;,|") else ""
