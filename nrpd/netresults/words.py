"""The words of headers in English, German, French and Spanish, by what they say: data and the reading of it.

A header is read word by word (headers.py). Here stands what a word can mean (`CONCEPTS`), which words make one together
(`PHRASES`), and how a header falls apart into words: by case, digits, punctuation, and, for compounds and glued names
(`Haupttelefonnummer`, `emailaddress`), into words that are known. Written without accents, in lower case.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from nrpd.netresults.records import visible

_LISTS: Mapping[str, str] = {
    "email": "email mail courriel mel correo electronico electronica electronique",
    "emails": "emails mails courriels mels correos",
    "address": (
        "address addresses adress addr adresse adressen adresses anschrift direccion direcciones domicilio adr dir"
    ),
    "phone": (
        "phone phones telephone telephones tel telefon telefone telefono telefonos fon tlf tfno tfn telef rufnummer ph"
    ),
    "number": "number numbers nummer nummern nr num no numero numeros nro n",
    "mobile": (
        "mobile mobil mobilfunk cell cellular cellphone handy portable movil moviles celular natel gsm mobiltel mob"
    ),
    "fax": "fax faxes facsimile telefax telecopie telecopieur",
    "home": (
        "home private privat privata privee prive personal personnel personnelle casa particular domicile "
        "privado privada zuhause priv perso hogar"
    ),
    "work": (
        "work business office bureau buro geschaftlich geschaftliche geschaft geschafts dienstlich "
        "dienstliche dienst arbeit beruflich berufliche professionnel professionnelle travail trabajo "
        "oficina laboral profesional corporate direct direkt directe directo directa bus gesch pro prof "
        "ofic trab"
    ),
    "landline": "landline fixed fixe fijo festnetz switchboard zentrale centralita",
    "desk": "work office landline fixed",
    "dial": "line linea ligne dial durchwahl",
    "primary": "primary main haupt principal principale primaire primar primare primarer primarie default standard",
    "line": "line linea zeile ligne lines",
    "one": "1 one uno",
    "two": "2 two dos",
    "street": "street strasse str rue calle road via voie",
    "house": "house hausnummer hausnr hnr",
    "flat": "suite apartment apt",
    "extra": "zusatz complement complemento extension",
    "city": (
        "city town ort stadt wohnort ville commune localite ciudad localidad poblacion municipio locality "
        "gemeinde municipality"
    ),
    "state": (
        "state province provinz bundesland kanton canton etat departement provincia estado county autonoma "
        "bundesstaat prov"
    ),
    "region": "region comunidad prefecture",
    "country": "country land lander laender pays pais nation staat",
    "zip": "zip plz postleitzahl zipcode postcode postalcode cp pincode eircode npa",
    "postal": "postal postale post",
    "mailing": "mail mailing",
    "code": "code codigo kurzel kennzeichen abbreviation cod iso",
    "billing": "billing rechnungs rechnung facturation facturacion factura",
    "company": (
        "company companies account accounts organization organisation organizations org firma firmen "
        "unternehmen unternehmens betrieb gesellschaft societe entreprise compte empresa compania "
        "organizacion sociedad cuenta employer arbeitgeber business companyname employeur empleador "
        "unternehmung compagnie acct"
    ),
    "associated": "associated related current zugehorige associe associee asociada",
    "contact": (
        "contact contacts kontakt kontakte contacto contactos person persons persona personne subscriber "
        "recipient prospect member customer lead leads"
    ),
    "whose": "contact contacts kontakt contacto person persona personne subscriber recipient prospect lead",
    "record": "record datensatz registro enregistrement profile profil perfil",
    "id": "id ids identifier identifiant identificador kennung",
    "name": "name namen nom nombre names",
    "firstname": "fname vorname vornamen prenom prenoms forename",
    "lastname": "lname nachname nachnamen familienname zuname surname apellido apellidos",
    "nom": "nom",
    "nombre": "nombre",
    "first": "first given primer christian",
    "last": "last family famille",
    "job": "job",
    "jobname": "title position role titel",
    "function": (
        "title position positions poste puesto cargo fonction funktion function titre stellenbezeichnung "
        "berufsbezeichnung jobtitel occupation beruf profession profesion designation intitule titulo "
        "metier ocupacion posicion funcion tatigkeit stellung"
    ),
    "lead": "lead leads interessenten prospect piste prospecto",
    "score": "score scoring punktzahl puntuacion",
    "rating": "bewertung evaluation valoracion points punkte",
    "stage": "stage phase etape etapa fase",
    "status": "status statut estado state",
    "lifecycle": "lifecycle lebenszyklus funnel",
    "source": "source quelle herkunft origine origen fuente procedencia provenance",
    "original": "original initial ursprungliche ursprunglich originale acquisition",
    "optin": "optin",
    "subscribed": (
        "subscribed subscribe subscription anmelde anmeldung angemeldet abonnement inscription suscripcion "
        "inscripcion signup"
    ),
    "confirmed": "confirmed double confirm",
    "list": "list lists liste listen listes lista listas verteiler verteilerliste verteilerlisten",
    "membership": "membership memberships static marketing mailing email diffusion correo",
    "owner": (
        "owner besitzer inhaber eigentumer proprietaire propietario responsable verantwortlich "
        "verantwortlicher verantwortliche zustandig zustandiger betreuer kundenbetreuer bearbeiter assignee "
        "salesperson vendedor vertriebsmitarbeiter vendeur sachbearbeiter propietaria"
    ),
    "assigned": "assigned zugewiesen zugewiesener zugeordnet assigne attribue asignado responsible sales",
    "agent": "user benutzer utilisateur usuario mitarbeiter rep representative person to an a",
    "created": "created erstellt creado creee cree angelegt erfasst creada",
    "creation": (
        "create creation erstellungs erstell erstellung anlage creacion entered added add ajout ajoute "
        "hinzugefugt agregado anadido insert alta inserted erfassungs erfassung insertion"
    ),
    "updated": (
        "updated modified changed geandert aktualisiert modifie modifiee modificado actualizado bearbeitet "
        "edited misajour cambiado editado edite actualizada modificada"
    ),
    "updating": (
        "update modification change anderungs anderung aktualisierung modificacion actualizacion miseajour "
        "bearbeitung bearbeitungs maj cambio edit"
    ),
    "latest": "last latest letzte letzten letzter letztes zuletzt derniere dernier ultima ultimo",
    "date": "date dates datum fecha time zeit datetime timestamp zeitpunkt",
    "when": "at on am um le el a les the in",
    "unsubscribed": (
        "unsubscribed unsubscribe unsub optout abgemeldet abmeldung abmelde abbestellt abbestellung "
        "desabonne desabonnee desabonnement desinscrit desinscrite desinscription baja suppressed "
        "blacklisted blocklisted desuscrito desuscripcion ausgetragen austragung opposition oposicion"
    ),
    "blocked": "blocked blacklist blocklist gesperrt sperre bloque bloqueado bloquee",
    "all": "all from of von global globally tous any everything alle allen todo todos",
    "reason": "reason reasons cause grund ursache raison motif motivo razon",
    "not": "not no non nicht kein keine keinen ne plus dont never donot",
    "write": "send enviar envoyer senden market kontaktieren contacter contactar",
    "bulk": "bulk allow pas do mehr any mass marketing",
    "marketing": "marketing werbung publicidad publicite newsletter newsletters mailing mailings werbe",
    "bounced": "bounced unzustellbar undeliverable rebotado rebondi hardbounced",
    "bounce": "bounce rebote rebond",
    "hard": "hard duro dur",
    "invalid": "invalid invalide ungultig ungultige ungultiges invalido wrong falsche incorrect incorrecto erroneo",
    "valid": "valid valide valido valida gultig zustellbar distribuable entregable deliverable",
    "consent": (
        "consent consented einwilligung einverstandnis einverstandniserklarung consentement consentimiento "
        "zustimmung einwilligungserklarung"
    ),
    "permission": "permission",
    "gdpr": "gdpr dsgvo rgpd casl privacy",
    "accepts": "accepts acepta akzeptiert accepte",
    "granted": "granted given obtained erteilt donne otorgado data processing",
    "is": "is has ist hat est flag",
    "employees": (
        "employees employee mitarbeiter beschaftigte empleados employes salaries effectif effectifs "
        "plantilla headcount staff"
    ),
    "count": "number no num count anzahl mitarbeiterzahl zahl nombre numero cantidad total",
    "size": "size grosse taille tamano",
    "website": "website websites webseite homepage webpage internetseite internetadresse www",
    "web": "web internet site sitio pagina page",
    "url": "url address adresse",
    "domain": "domain domaine dominio domane",
    "parent": "parent ultimate mutter matriz mere ubergeordnete ubergeordneter ubergeordnetes",
    "filler": (
        "the of for de au aux la le les des du der die das den dem del los las l d et und and or oder ou o "
        "y e fur para pour s en im zu an to"
    ),
    "noise": "required utc gmt pflichtfeld obligatoire properties property attributes fields hs",
}
"""Concept → the words that can say it."""

_TOGETHER: Mapping[str, str] = {
    "email": "e mail",
    "emails": "e mails",
    "optin": "opt in|opted in",
    "optout": "opt out|opted out|opts out|do not contact|dont contact",
    "lifecycle": "life cycle|cycle de vie|ciclo de vida",
    "signup": "sign up|signed up",
    "surname": "sur name",
    "forename": "fore name",
    "zipcode": "zip code",
    "postcode": "post code",
    "postalcode": "postal code|code postal|codigo postal",
    "pincode": "pin code",
    "misajour": "mis a jour",
    "miseajour": "mise a jour",
    "baja": "dado de baja|se dio de baja|darse de baja",
    "salesperson": "sales rep|sales representative|sales person|account manager|account executive",
    "companyname": "raison sociale|razon social",
    "vorname": "nombre de pila",
    "dont": "don t",
    "datetime": "date time",
    "website": "web site|site web|sitio web|pagina web|site internet",
    "blacklisted": "black listed",
    "cellphone": "cell phone",
    "timestamp": "time stamp",
    "lead": "cliente potencial",
    "unsubscribed": "unsubscribed from",
    "count": "no of|no de|n of|nr of|num of|num de",
    "cp": "c p",
    "owner": "owned by",
    "post": "direct mail|direct mails|postal mail",
    "registration": "business id",
    "contactperson": "company contact",
}
"""Word → the words (separated by `|`) that are this one word together."""
PHRASES: Mapping[str, str] = MappingProxyType(
    {phrase: word for word, phrases in _TOGETHER.items() for phrase in phrases.split("|")}
)

_CAMEL = re.compile(r"(?<=[a-zà-öø-ÿ])(?=[A-ZÀ-ÖØ-Þ])|(?<=[A-Z])(?=[A-Z][a-zà-öø-ÿ]{2})")
_WORD = re.compile(r"[^\W\d_]+|\d+")
_SHORTEST = 3
_SHORT_ENDS = frozenset({"id", "nr", "no", "on", "at"})


def _meanings() -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for concept, listed in _LISTS.items():
        for word in listed.split():
            found.setdefault(word, set()).add(concept)
    return MappingProxyType({word: frozenset(concepts) for word, concepts in found.items()})


MEANINGS: Mapping[str, frozenset[str]] = _meanings()
"""Word → everything that it can say; a word that is not here says something that no column is about."""


def fold_name(text: str) -> str:
    """`text` in lower case, without accents (ß is ss, the letters of other scripts stay)."""
    text = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in text if not unicodedata.combining(c))


@lru_cache(maxsize=8_192)
def words_of(header: str) -> tuple[str, ...]:
    """The words of a header: `Primary E-Mail`, `primary_email` and `PrimaryEmail` are (primary, email)."""
    parts: list[str] = []
    for word in _WORD.findall(fold_name(_CAMEL.sub(" ", visible(header)))):
        parts += [word] if word in MEANINGS else _split(word)
    return tuple(_joined(parts))


def says(header: str, concept: str) -> bool:
    """Whether one of the words of a header can say `concept`."""
    return any(concept in MEANINGS.get(word, ()) for word in words_of(header))


def _joined(parts: list[str]) -> list[str]:
    found: list[str] = []
    at = 0
    while at < len(parts):
        for size in (4, 3, 2):
            if phrase := PHRASES.get(" ".join(parts[at : at + size])) if at + size <= len(parts) else None:
                found.append(phrase)
                at += size
                break
        else:
            found.append(parts[at])
            at += 1
    return found


def _split(word: str) -> list[str]:
    """A glued word as the known words that it is made of, longest first; itself where it is not made of them.

    A linking `s` of German (`Geschäft-s-adresse`) belongs to neither side.
    """
    found = _pieces(word)
    return found if found else [word]


def _pieces(rest: str, first: bool = True) -> list[str] | None:
    for end in range(len(rest), _SHORTEST - 1, -1):
        if rest[:end] not in MEANINGS and rest[:end] not in _GLUED:
            continue
        if end == len(rest):
            return None if first else [rest]
        for left in (rest[end:], rest[end + 1 :] if rest[end] == "s" else ""):
            if left in _SHORT_ENDS:
                return [rest[:end], left]
            if len(left) >= _SHORTEST and (more := _pieces(left, first=False)):
                return [rest[:end], *more]
    return None


_GLUED = frozenset({"opted", "out"})
