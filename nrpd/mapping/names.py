"""Names of fields compared: folded forms, words, what a name says about its values, and synonyms.

Two names mean the same for certain only if they fold equal or stand in one group of `SYNONYMS`; likeness of letters or
of meaning (`similarity.py`) only ever suggests.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from nrpd.netresults.records import visible

_CAMEL = re.compile(r"(?<=[a-zà-öø-ÿ])(?=[A-ZÀ-Ö])")
_WORD = re.compile(r"[^\W_]+")


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_IDENTIFIER_LAST = _set("id ids code zip plz no nr num number nummer numero sku key uuid guid isbn vat iban ein ssn")
_IDENTIFIER_ANY = _set("id uuid guid zip plz postleitzahl postcode postal ssn iban siret siren nif kundennummer")
_QUANTITY = _set(
    "count anzahl qty quantity score total amount sum age points nombre cantidad menge betrag montant importe percent "
    "rate children kinder seats users employees visits opens clicks revenue budget price days hours years months"
)
_FLAG_FIRST = _set("is has wants can was does did ist hat est tiene es")
_FLAG_ANY = _set("flag active enabled subscribed vip aktiv actif activo opted optin consent allowed granted")
_TIME_ANY = _set("date time timestamp datetime datum zeit zeitpunkt fecha hora heure epoch created updated modified")
_TIME_LAST = _set("at on am le el since until seit")
_NEUTRAL = _set(
    "the of a an field custom value contact person lead customer kontakt primary de la le des du der die das"
)

_GROUPS = (
    "industry|sector|branche|industrie|secteur|sector de actividad|secteur d'activité|vertical"
    "|line of business|business type",
    "birthday|date of birth|birth date|dob|birthdate|geburtstag|geburtsdatum|date de naissance|anniversaire"
    "|fecha de nacimiento|cumpleaños",
    "gender|sex|geschlecht|genre|sexe|género|sexo",
    "language|preferred language|sprache|langue|idioma|locale|bevorzugte sprache|langue préférée|idioma preferido",
    "linkedin|linkedin url|linkedin profile|linkedin profile url|linkedin page",
    "twitter|twitter username|twitter handle|x handle|twitter account",
    "facebook|facebook url|facebook page|facebook profile",
    "department|abteilung|département|departamento|service|dept",
    "annual revenue|revenue|yearly revenue|turnover|umsatz|jahresumsatz|chiffre d'affaires|ingresos"
    "|ingresos anuales|facturación|sales volume",
    "employee count|employees|number of employees|headcount|company size|no of employees|mitarbeiterzahl"
    "|anzahl mitarbeiter|mitarbeiter|nombre d'employés|effectif|número de empleados|empleados|staff count"
    "|num employees",
    "region|sales region|gebiet|région|región|territory|sales territory|vertriebsgebiet|territoire|territorio",
    "lead source|source|original source|quelle|lead quelle|herkunft|origine|origen|source du lead"
    "|origen del lead|acquisition source|how did you hear about us",
    "lead stage|lifecycle stage|stage|phase|lebenszyklusphase|lifecycle|lead status|étape du cycle de vie"
    "|etapa del ciclo de vida",
    "lead score|score|scoring|lead rating score|punktzahl|puntuación|hubspot score",
    "job title|title|position|jobtitel|poste|puesto|cargo|funktion|fonction|role title|berufsbezeichnung",
    "website|web site|url|homepage|web page|webseite|internetseite|site web|sitio web|página web|company url|web",
    "company domain|domain|domain name|domäne|domaine|dominio|web domain|email domain",
    "notes|note|comments|comment|remarks|notizen|bemerkungen|bemerkung|kommentar|remarques|commentaires|notas"
    "|comentarios|observaciones",
    "salutation|anrede|civilité|tratamiento|prefix|name prefix|honorific",
    "suffix|name suffix|namenszusatz|suffixe|sufijo",
    "middle name|second name|zweiter vorname|deuxième prénom|segundo nombre",
    "nickname|preferred name|rufname|surnom|apodo|goes by",
    "fax|fax number|faxnummer|télécopie|número de fax",
    "interests|interest|interessen|centres d'intérêt|intereses|areas of interest|product interest",
    "tags|tag|labels|étiquettes|etiquetas|schlagwörter",
    "budget|marketing budget|budgetrahmen|presupuesto",
    "vat number|vat id|tax id|ust idnr|umsatzsteuer id|steuernummer|numéro de tva|nif|cif|tax number",
    "customer since|client since|kunde seit|client depuis|cliente desde",
    "renewal date|contract renewal date|contract end date|vertragsende|date de renouvellement|fecha de renovación",
    "last contacted|last contact date|letzter kontakt|dernier contact|último contacto|last touch date",
    "opt in date|opt in|date of opt in|opt in datum|date d'opt in|fecha de opt in|consent date",
    "timezone|time zone|zeitzone|fuseau horaire|zona horaria",
    "skype|skype id|skype name",
    "seniority|job level|management level|hierarchieebene|niveau hiérarchique|nivel jerárquico",
    "founded|year founded|founding year|gründungsjahr|année de création|año de fundación",
    "phone|telephone|telefon|téléphone|teléfono|phone number",
    "address|postal address|adresse|anschrift|dirección|mailing address",
    "description|beschreibung|descripción|about",
)


def words(name: str) -> list[str]:
    """The words of a name: accents and case folded, camel case and punctuation split (`optInDate` → opt, in, date)."""
    return list(_words(name))


@lru_cache(maxsize=16_384)
def _words(name: str) -> tuple[str, ...]:
    spaced = _CAMEL.sub(" ", visible(name))
    folded = "".join(c for c in unicodedata.normalize("NFKD", spaced.casefold()) if not unicodedata.combining(c))
    return tuple(_WORD.findall(folded.replace("ß", "ss")))


def fold(name: str) -> str:
    """The form in which names are equal: `Opt-In Date`, `opt_in_date` and `OptInDate` are one."""
    return "".join(_words(name))


def core(name: str) -> str:
    """`fold` of the sorted words that say something (`Date of Birth` and `birth date` are one)."""
    said = [word for word in _words(name) if word not in _NEUTRAL]
    return "".join(sorted(said)) or fold(name)


def is_identifier(name: str) -> bool:
    """Whether the name speaks of ids or codes, whose digits are not a quantity."""
    found = _words(name)
    if not found or found[0] == "number" or set(found) & _QUANTITY:
        return False
    return found[-1] in _IDENTIFIER_LAST or bool(set(found) & _IDENTIFIER_ANY)


def is_quantity(name: str) -> bool:
    """Whether the name speaks of something counted or measured."""
    found = _words(name)
    return bool(set(found) & _QUANTITY) or found[:2] == ("number", "of")


def is_flag(name: str) -> bool:
    """Whether the name asks a yes-or-no question."""
    found = _words(name)
    return name.rstrip().endswith("?") or bool(found and (found[0] in _FLAG_FIRST or set(found) & _FLAG_ANY))


def speaks_of_time(name: str) -> bool:
    """Whether the name speaks of a day or a time, so that a number can be one (`created_at`, `Event timestamp`)."""
    found = _words(name)
    return bool(set(found) & _TIME_ANY) or (len(found) > 1 and found[-1] in _TIME_LAST)


def _index() -> Mapping[str, int]:
    index: dict[str, int] = {}
    for number, group in enumerate(_GROUPS):
        for name in group.split("|"):
            index.setdefault(core(name), number)
    return MappingProxyType(index)


SYNONYMS: Mapping[str, int] = _index()
"""`core` of a name → the number of its group; names of one group mean the same kind of thing."""


def are_synonyms(one: str, other: str) -> bool:
    """Whether two names mean the same for certain: their words are the same, or both stand in one group."""
    a, b = core(one), core(other)
    return a == b or (a in SYNONYMS and SYNONYMS[a] == SYNONYMS.get(b))
