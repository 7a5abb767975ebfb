"""Lists of names that stand under several objects: data only, read by synonyms.py and synonyms_marketing.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def names(*parts: str | Iterable[str]) -> list[str]:
    """The names of several lists; a string is a list separated by `|`."""
    found: list[str] = []
    for part in parts:
        found += [name.strip() for name in part.split("|")] if isinstance(part, str) else part
    return found


EMAIL = names(
    "email address|e-mail-adresse|adresse e-mail|correo electrónico|recipient|recipient address|to address"
    "|user email|email id address|e-mail 1 value"
)
CONTACT_ID = names(
    "contact id|kontakt-id|id du contact|id de contacto|net-results contact id|net-results id|paminga id"
    "|paminga contact id|subscriber key|contact uuid|contact guid"
    "|contact external id"
)
COMPANY_NAME = names("company name|account name|firma|société|empresa|firm|organisme")
PLACE: Mapping[str, list[str]] = {
    "address_1": names(
        "street address|address line 1|straße|adresse|dirección|straße nr|straße und nr|street and number"
        "|calle y número|rue et numéro"
    ),
    "address_2": names("address line 2|adresszusatz|complément d'adresse"),
    "city": names("city|town|ort|ville|ciudad|suburb city"),
    "state": names("state|province|bundesland|provincia|prefecture|us state"),
    "country": names("country|land|pays|país"),
    "postal_code": names("postal code|zip code|plz|code postal|código postal|postal|zip 5"),
}
OWNER = names("owner|owner email|besitzer|propriétaire|propietario|responsible|ansprechpartner intern")
REFERENCE: Mapping[str, list[str]] = {
    "contact_id": CONTACT_ID,
    "email": EMAIL,
    "company_id": names("company id|account id|firmen-id|id entreprise|id de la empresa"),
    "company_name": COMPANY_NAME,
}
DETAILS: Mapping[str, list[str]] = {
    "date": names(
        "date|created at|created|created on|create date|created date|date created|timestamp|time|due date"
        "|date time|activity date|note date|completed date|datum|erstellt am|fecha|date de création|day"
    ),
    "author": names(
        "author|created by|owner|owner email|user|user name|written by|entered by|by|autor|verfasser|auteur"
        "|creado por|erstellt von|créé par|assigned to|uploaded by"
    ),
    "type": names("type|kind|category|typ|art|tipo|mime type|file type"),
}
