"""What a field's name says about its values, whatever its language: an id, a quantity, a sum of money, a choice …

Only ever a hint: values decide, the name settles what few of them leave open.
"""

from __future__ import annotations

from functools import lru_cache

from nrpd.mapping.lexicon import readings, word_set
from nrpd.mapping.names import fold, words

_IDS = word_set("id code postal vat tax register ip postbox")
_CODES = word_set("sku uuid guid isbn iban bic ein ssn siret siren duns ean gln sic naics naf ape hash token")
_NO_IDS = word_set("phone mobile fax count call")
_COUNTED = word_set(
    "count quantity score total amount age percentage minutes hours duration average limit revenue budget price cost "
    "spent latitude longitude child year founded points opening click discount days months years kinder seats"
)
_MONEY = word_set(
    "revenue amount budget price cost spent due capital credit payment salary income donation contributions"
)
_CHOICES = word_set(
    "gender salutation industry language type category group status stage level seniority segment size urgency method "
    "function form marital region source currency nationality education tier plan ownership ticket rating class tag"
)
_OPEN = word_set(
    "name address street city county note description question answer reason email website profile nickname id"
)
_SECRET = word_set("id code")
_FLAG_FIRST = word_set("is has wants can was does did accepts allow receive ist hat est tiene es acepta accepte")
_FLAG_ANY = word_set(
    "flag active enabled vip optin consent allowed granted subscribed newsletter do customer2 taxable exempt attended "
    "disabled verified confirmed paying checked public deceased"
)
_TIMES = word_set("date time timestamp datetime zeitpunkt epoch created updated")
_TIME_LAST = word_set("at on am le el since until seit")
_DIALLED = word_set("phone mobile fax")


_WHOLE_NAMES = frozenset(
    fold(name)
    for name in (
        "Name", "Full Name", "Contact Name", "Contact Full Name", "Person Name", "Lead Name", "Customer Name",
        "Display Name", "First and Last Name", "Nom complet", "Nom et prénom", "Prénom et nom", "Prénom Nom",
        "Vollständiger Name", "Vor- und Nachname", "Vorname Nachname", "Name, Vorname", "Kontaktname",
        "Nombre completo", "Nombre y apellidos", "Nombre y apellido",
    )
)  # fmt: skip


def is_whole_name(header: str) -> bool:
    """Whether a column of contacts holds the whole name of a person."""
    return fold(header) in _WHOLE_NAMES


@lru_cache(maxsize=8_192)
def _concepts(name: str) -> frozenset[str]:
    """The concepts of the usual reading, and the words as they stand."""
    found = readings(name)
    return (found[0] if found else frozenset()) | frozenset(words(name))


def is_identifier(name: str) -> bool:
    """Whether the name speaks of ids or codes, whose digits are not a quantity."""
    said = _concepts(name)
    if said & _NO_IDS:
        return False
    return bool(said & (_IDS | _CODES)) or name.rstrip().endswith("#")


def is_quantity(name: str) -> bool:
    """Whether the name speaks of something counted or measured."""
    return bool(_concepts(name) & _COUNTED)


def is_money(name: str) -> bool:
    """Whether the name speaks of a sum of money."""
    return bool(_concepts(name) & _MONEY)


def is_flag(name: str) -> bool:
    """Whether the name asks a yes-or-no question."""
    found = words(name)
    said = _concepts(name)
    return name.rstrip().endswith("?") or bool(found and found[0] in _FLAG_FIRST) or bool(said & _FLAG_ANY)


def is_choice(name: str) -> bool:
    """Whether the name speaks of one of a few kinds."""
    said = _concepts(name)
    return bool(said & _CHOICES) and not said & _SECRET


def is_open(name: str) -> bool:
    """Whether the name speaks of something that everybody has another of: a name, a place, a text."""
    said = _concepts(name)
    return bool(said & _OPEN) and not said & _CHOICES


def speaks_of_time(name: str) -> bool:
    """Whether the name speaks of a day or a time, so that a number can be one (`created_at`, `Event timestamp`)."""
    found = words(name)
    return bool(_concepts(name) & _TIMES) or (len(found) > 1 and found[-1] in _TIME_LAST)


def is_dialled(name: str) -> bool:
    """Whether the name speaks of a phone or fax number."""
    return bool(_concepts(name) & _DIALLED)
