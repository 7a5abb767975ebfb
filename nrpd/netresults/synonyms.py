"""Names under which columns are met that their words alone do not tell: data only, read by headers.py.

For contacts and companies nearly every name is read word by word (header_rules.py); here stand the usual ones, first,
and those that are said by convention (`SMS` is a number in Brevo). The columns of the other objects stand here whole:
their headers are short (`Start`, `Result`), and mean what they mean in a file of that object only. Names are compared
without case, accents, spaces and punctuation, so one spelling of each is enough.

Sources: the API and SOAP names and the screen labels of Net-Results and Paminga (facts of net-results.md and
paminga.md), and the export labels of widespread CRM and marketing tools in English, German, French and Spanish.

An entry is here only if it can mean nothing else in a file of that object: a name that is missing becomes a custom
field, which loses nothing; a name that is wrongly here would put text where it does not belong.
"""

from __future__ import annotations

from collections.abc import Mapping

from nrpd.netresults.synonym_lists import COMPANY_NAME, CONTACT_ID, DETAILS, EMAIL, OWNER, PLACE, REFERENCE, names
from nrpd.netresults.synonyms_marketing import MARKETING

SYNONYMS: Mapping[str, Mapping[str, list[str]]] = {
    "contacts": {
        **REFERENCE,
        "contact_id": names("id|vid", CONTACT_ID),
        "first_name": names("first name|vorname|prénom|nombre|first|rufname"),
        "last_name": names("last name|nachname|nom de famille|apellidos|last"),
        "title": names(
            "job title|position|berufsbezeichnung|poste|cargo|role title|professional title"
            "|organization title|organization 1 title"
        ),
        **PLACE,
        "work_phone": names(
            "work phone|phone|telefon geschäftlich|téléphone|teléfono|phone 1 value|festnetz|durchwahl"
        ),
        "mobile_phone": names(
            "mobile phone|mobiltelefon|téléphone portable|teléfono móvil|sms|sms number|whatsapp mobile"
        ),
        "home_phone": names(
            "home phone|telefon privat|téléphone domicile|teléfono particular|home number|private nummer"
        ),
        "fax": names("fax|fax number|faxnummer|télécopie"),
        "lead_score": names("lead score|score|punktzahl|puntuación|hubspot score|engagement score total"),
        "lead_stage": names("lead stage|lifecycle stage|lead status|pipeline stage|buying stage|lead status name"),
        "lead_source": names(
            "lead source|source|quelle|origine|origen|original traffic source|how did you hear about us"
        ),
        "opt_in_date": names("opt-in date|subscription date|anmeldedatum|date d'inscription|confirm time"),
        "lists": names("lists|marketing lists|listen|listes|listas"),
        "owner_email": OWNER,
        "created_at": names("created at|created date|erstellt am|date de création|fecha de creación|contact since"),
        "updated_at": names("updated at|last modified date|geändert am|date de modification|fecha de modificación"),
        "unsubscribed": names(
            "unsubscribed contact|marketing suspended|email permission withdrawn|widerspruch|suscripción cancelada"
            "|cancelada la suscripción"
        ),
        "bounced": names("bounced contact|email bouncing|is bouncing|zurückgewiesen|adresse invalide|non distribuable"),
        "consent": names("gdpr consent granted|gdpr|rgpd|gdpr opt in|consent to process"),
    },
    "companies": {
        "company_id": names("company id|account id|id"),
        "name": names("name|name 1|nom|nombre|associated company|primary company|associated account", COMPANY_NAME),
        "domain": names("domain|website|webseite|site web|sitio web|home page|url|web|web page|internet"),
        "parent_company": names("konzern|maison mère|cuenta principal|holding|headquarters account|empresa principal"),
        **PLACE,
        "phone": names(
            "phone|telephone number|telefon|téléphone|teléfono|switchboard|zentrale|central phone"
            "|standard téléphonique|centralita"
        ),
        "employee_count": names(
            "employee count|number of employees|mitarbeiterzahl|effectif|empleados|employee range|size"
        ),
        "owner_email": OWNER,
        "created_at": names("created at|created date|erstellt am|date de création|fecha de creación"),
        "updated_at": names("updated at|last modified date|geändert am|date de modification|fecha de modificación"),
    },
    "owners": {
        "owner_id": names("owner id|user id|userid|id|record id|benutzer-id|id utilisateur|id de usuario|crm user id"),
        "name": names(
            "name|owner name|user name|full name|owner|user|display name|benutzer|nom|nombre|vollständiger name"
            "|benutzername|nom complet|nombre completo"
        ),
        "email": names(
            EMAIL, "owner email|user email|email login|login|login email|owner email address|username email"
        ),
        "active": names(
            "active|is active|enabled|enabled status|status|user status|active flag|active status"
            "|deactivated status|aktiv|actif|activo|is enabled|account status"
        ),
    },
    "notes": {
        "note_id": names("note id|noteid|id|record id|notiz-id"),
        **REFERENCE,
        "text": names(
            "text|note|note text|body|note body|content|note content|comment|comments|notes|description|notiz"
            "|notiztext|inhalt|remarque|texte|nota|texto|contenido|contenu|message|memo"
        ),
        **DETAILS,
    },
    "activities": {
        "activity_id": names(
            "activity id|activityid|task id|id|record id|engagement id|event id|call id|meeting id|aktivitäts-id"
        ),
        **REFERENCE,
        "subject": names(
            "subject|activity subject|title|task|task name|name|betreff|activity|activity name|objet|asunto"
            "|task subject|activity title|summary"
        ),
        "text": names(
            "text|note|notes|body|description|content|comment|comments|details|beschreibung|notiz|descripción"
            "|full comments"
        ),
        **DETAILS,
        "type": names(
            "type|activity type|kind|task type|event type|call type|category|typ|tipo|aktivitätstyp|engagement type"
        ),
    },
    "files": {
        "file_id": names("file id|fileid|attachment id|document id|id|record id"),
        **REFERENCE,
        "path": names(
            "path|file|file path|file name|filename|attachment|attachment name|document|document name|url|datei"
            "|dateiname|dateipfad|fichier|archivo|nom du fichier|nombre del archivo|name|title|location"
        ),
        **DETAILS,
    },
    **MARKETING,
}

PREFIXES: Mapping[str, tuple[str, ...]] = {
    "campaigns": ("campaign", "automation", "kampagnen", "campagne"),
    "campaign_members": ("member", "campaign member"),
    "email_sends": ("send", "email send", "message"),
    "suppressions": ("suppression", "suppressed"),
    "templates": ("template", "email template"),
    "workflows": ("workflow", "automation"),
    "owners": ("owner", "user"),
    "notes": ("note",),
    "activities": ("activity", "task"),
    "files": ("file", "attachment"),
}
"""Words that a tool puts before every label of an object (`campaign_description`)."""

NOT_AFTER_PREFIX = frozenset({"id", "recordid", "reason"})
"""Names (as keys) too bare to be read after a prefix: a `Message ID` is not every id."""
