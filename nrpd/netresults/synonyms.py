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

from collections.abc import Iterable, Mapping


def names(*parts: str | Iterable[str]) -> list[str]:
    """The names of several lists; a string is a list separated by `|`."""
    found: list[str] = []
    for part in parts:
        found += [name.strip() for name in part.split("|")] if isinstance(part, str) else part
    return found


_EMAIL = names(
    "email address|e-mail-adresse|adresse e-mail|correo electrónico|recipient|recipient address|to address"
    "|user email|email id address|e-mail 1 value"
)
_CONTACT_ID = names(
    "contact id|kontakt-id|id du contact|id de contacto|net-results contact id|net-results id|paminga id"
    "|paminga contact id|subscriber key|contact uuid|contact guid"
    "|contact external id"
)
_COMPANY_NAME = names("company name|account name|firma|société|empresa|firm|organisme")
_PLACE: Mapping[str, list[str]] = {
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
_OWNER = names("owner|owner email|besitzer|propriétaire|propietario|responsible|ansprechpartner intern")
_REFERENCE: Mapping[str, list[str]] = {
    "contact_id": _CONTACT_ID,
    "email": _EMAIL,
    "company_id": names("company id|account id|firmen-id|id entreprise|id de la empresa"),
    "company_name": _COMPANY_NAME,
}
_DETAILS: Mapping[str, list[str]] = {
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

SYNONYMS: Mapping[str, Mapping[str, list[str]]] = {
    "contacts": {
        **_REFERENCE,
        "contact_id": names("id|vid", _CONTACT_ID),
        "first_name": names("first name|vorname|prénom|nombre|first|rufname"),
        "last_name": names("last name|nachname|nom de famille|apellidos|last"),
        "title": names(
            "job title|position|berufsbezeichnung|poste|cargo|role title|professional title"
            "|organization title|organization 1 title"
        ),
        **_PLACE,
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
        "owner_email": _OWNER,
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
        "name": names("name|name 1|nom|nombre|associated company|primary company|associated account", _COMPANY_NAME),
        "domain": names("domain|website|webseite|site web|sitio web|home page|url|web|web page|internet"),
        "parent_company": names("konzern|maison mère|cuenta principal|holding|headquarters account|empresa principal"),
        **_PLACE,
        "phone": names(
            "phone|telephone number|telefon|téléphone|teléfono|switchboard|zentrale|central phone"
            "|standard téléphonique|centralita"
        ),
        "employee_count": names(
            "employee count|number of employees|mitarbeiterzahl|effectif|empleados|employee range|size"
        ),
        "owner_email": _OWNER,
        "created_at": names("created at|created date|erstellt am|date de création|fecha de creación"),
        "updated_at": names("updated at|last modified date|geändert am|date de modification|fecha de modificación"),
    },
    "campaigns": {
        "campaign_id": names(
            "campaign id|campaignid|id|automation id|record id|kampagnen-id|id de campagne|id campagne"
            "|id de campaña|id campaña"
        ),
        "name": names(
            "name|campaign name|campaign|automation name|title|campaign title|kampagne|kampagnenname|nom"
            "|nom de la campagne|campagne|nombre|nombre de la campaña|campaña"
        ),
        "status": names("status|campaign status|state|automation status|statut|estado|kampagnenstatus"),
        "type": names(
            "type|campaign type|kind|automation type|typ|kampagnentyp|type de campagne|tipo|tipo de campaña"
            "|channel type"
        ),
        "start_date": names(
            "start date|start|started at|starts at|launch date|launched at|launched on|campaign launch date"
            "|begin date|starts on|started on|from date|startdatum|beginn|start at|date de début"
            "|date de lancement|fecha de inicio|fecha inicio|inicio|starting date"
        ),
        "end_date": names(
            "end date|end|ended at|ends at|stop date|finish date|ended on|ends on|to date|enddatum|ende|end at"
            "|date de fin|fecha de fin|fecha fin|fin|completed at|completed on|ending date|fecha de finalización"
        ),
        "description": names(
            "description|campaign description|summary|details|beschreibung|descripción|notes|campaign notes"
        ),
        "owner_email": names("campaign owner|campaign owner email|created by email"),
    },
    "campaign_members": {
        "campaign_id": names(
            "campaign id|campaignid|automation id|kampagnen-id|id de campagne|id campaña|id de campaña"
        ),
        "campaign_name": names(
            "campaign name|campaign|automation name|automation|kampagne|kampagnenname|campagne|nom de la campagne"
            "|campaña|nombre de la campaña"
        ),
        **_REFERENCE,
        "deal_id": names("deal id|opportunity id|dealid|opp id"),
        "deal_title": names("deal title|deal|deal name|opportunity|opportunity name|opp name|verkaufschance"),
        "joined_at": names(
            "joined at|joined|joined on|join date|date joined|member since|added at|added on|date added|added"
            "|enrolled at|enrolled on|enrollment date|entered at|entered on|entry date|first associated date"
            "|member created date|beigetreten am|hinzugefügt am|ajouté le|agregado el|qualified at|qualified on"
            "|created at|responded date first"
        ),
    },
    "email_sends": {
        "send_id": names(
            "send id|sendid|id|message id|delivery id|email send id|send key|activity id|event id|versand-id"
            "|id de envío|id d'envoi"
        ),
        "contact_id": [],
        "email": names(
            _EMAIL,
            "contact email|recipient e-mail|to|to email|sent to|empfänger|destinataire|destinatario|empfänger e-mail",
        ),
        "campaign_id": names("campaign id|campaignid|automation id|kampagnen-id|id campagne|id campaña"),
        "email_id": names(
            "email id|emailid|template id|email template id|mailing id|asset id|content id|newsletter id"
            "|message template id"
        ),
        "subject": names(
            "subject|email subject|subject line|betreff|objet|asunto|sujet|message subject|email subject line"
            "|mail subject"
        ),
        "sent_at": names(
            "sent at|sent|sent on|sent date|send date|send time|sent time|date sent|sent date time|send date time"
            "|delivery date|delivered at|time sent|sent timestamp|sent (utc)|gesendet am|versendet am"
            "|versanddatum|sendedatum|gesendet|envoyé le|date d'envoi|enviado el|fecha de envío|enviado"
            "|sent datetime|time of send"
        ),
        "status": names(
            "status|delivery status|send status|email status|result|outcome|state|statut|estado|zustellstatus"
        ),
        "opened_at": names(
            "opened at|opened|opened on|open date|open time|first open|first opened|first opened at"
            "|first open date|opened date|date opened|geöffnet am|geöffnet|ouvert le|abierto el|fecha de apertura"
            "|date d'ouverture|time opened|first open time"
        ),
        "clicked_at": names(
            "clicked at|clicked|clicked on|click date|click time|first click|first clicked|first clicked at"
            "|first click date|clicked date|date clicked|geklickt am|geklickt|cliqué le|clic el|fecha de clic"
            "|date de clic|time clicked|first click time"
        ),
        "bounced_at": names(
            "bounced at|bounced|bounced on|bounce date|bounce time|bounced date|date bounced|bounced am|rebond le"
            "|rebotado el|fecha de rebote|time bounced"
        ),
        "bounce_type": names(
            "bounce type|bounce category|bounce kind|type of bounce|bounce class|bounce-typ|type de rebond"
            "|tipo de rebote|bounce classification"
        ),
        "event": names(
            "event|event type|event name|activity type|action|activity|interaction|ereignis|ereignistyp|événement"
            "|évènement|type d'événement|evento|tipo de evento|email event|message event|engagement type"
        ),
        "event_at": names(
            "event at|event date|event time|event timestamp|occurred at|event date time|activity date"
            "|activity time|action date|action time|timestamp|time|date|date time|ereigniszeit|zeitpunkt|datum"
            "|zeitstempel|horodatage|date de l'événement|fecha|fecha del evento|occurred on|event created"
            "|datetime|activity timestamp"
        ),
    },
    "suppressions": {
        "email": names(
            _EMAIL,
            "contact email|address|suppressed email|suppressed address|blocked email|unsubscribed email|bounced email",
        ),
        "reason": names(
            "reason|suppression reason|unsubscribe reason|unsub reason|opt out reason|bounce reason"
            "|suppression type|reason for suppression|block reason|cause|grund|abmeldegrund|sperrgrund|raison"
            "|motif|motif de désabonnement|motivo|motivo de baja|razón|bounce type|unsubscribe type|reason code"
            "|suppression category|type|typ|tipo|status|suppression status"
        ),
        "date": names(
            "date|suppression date|suppressed at|suppressed on|date suppressed|unsubscribe date|unsubscribed at"
            "|unsubscribed on|date unsubscribed|unsubscribed date|opt out date|opted out at|opted out on"
            "|bounce date|bounced at|bounced on|date bounced|unsub time|unsub date|unsubscribe time|date added"
            "|added at|added on|created at|created on|created|create date|timestamp|time|date time|datum"
            "|abgemeldet am|abmeldedatum|fecha|fecha de baja|date de désabonnement|date de désinscription"
        ),
        "list": names(
            "list|list name|lists|mailing list|email list|subscription|subscription name|newsletter|scope"
            "|category|group|topic|liste|lista|marketing list|verteiler|abonnement|suscripción|unsubscribed from"
            "|list id name|audience|subscription type"
        ),
    },
    "templates": {
        "email_id": names("email id|emailid|id|template id|email template id|record id|vorlagen-id"),
        "name": names(
            "name|email name|template name|title|template|internal name|email template name|vorlage|vorlagenname"
            "|nom|nombre|nom du modèle|nombre de la plantilla"
        ),
        "subject": names("subject|email subject|subject line|betreff|objet|asunto|email subject line"),
        "file": names(
            "file|file name|filename|html file|path|file path|html|template file|datei|dateiname|fichier|archivo"
            "|html file name"
        ),
    },
    "workflows": {
        "workflow_id": names("workflow id|workflowid|id|automation id|program id|record id|flow id"),
        "name": names(
            "name|workflow name|workflow|automation name|title|program name|flow name|nom|nombre|drip series"
        ),
        "status": names("status|workflow status|state|automation status|active|enabled|statut|estado"),
        "type": names("type|workflow type|kind|automation type|typ|tipo"),
        "trigger": names(
            "trigger|triggers|audience|enrollment trigger|enrolment trigger|entry|entry condition|entry criteria"
            "|starts when|auslöser|déclencheur|disparador|desencadenador|trigger type|enrollment criteria"
            "|trigger conditions|start condition"
        ),
        "conditions": names(
            "conditions|condition|criteria|filters|branches|rules|splits|bedingungen|conditions list|condiciones"
            "|branch conditions|goals"
        ),
        "actions": names(
            "actions|action|action list|steps|step list|aktionen|acciones|nodes|step details|tasks|action steps"
        ),
        "step_count": names(
            "step count|steps count|number of steps|no of steps|node count|number of actions|action count"
            "|actions count|anzahl schritte|nombre d'étapes|número de pasos|number of nodes|total steps"
        ),
        "enrolled": names(
            "enrolled|enrolled count|contacts enrolled|enrollments|enrolments|participants|total enrolled"
            "|number enrolled|currently enrolled|active contacts|members|contacts in workflow|teilnehmer"
            "|enrolled total|inscritos|inscrits"
        ),
    },
    "owners": {
        "owner_id": names("owner id|user id|userid|id|record id|benutzer-id|id utilisateur|id de usuario|crm user id"),
        "name": names(
            "name|owner name|user name|full name|owner|user|display name|benutzer|nom|nombre|vollständiger name"
            "|benutzername|nom complet|nombre completo"
        ),
        "email": names(
            _EMAIL, "owner email|user email|email login|login|login email|owner email address|username email"
        ),
        "active": names(
            "active|is active|enabled|enabled status|status|user status|active flag|active status"
            "|deactivated status|aktiv|actif|activo|is enabled|account status"
        ),
    },
    "notes": {
        "note_id": names("note id|noteid|id|record id|notiz-id"),
        **_REFERENCE,
        "text": names(
            "text|note|note text|body|note body|content|note content|comment|comments|notes|description|notiz"
            "|notiztext|inhalt|remarque|texte|nota|texto|contenido|contenu|message|memo"
        ),
        **_DETAILS,
    },
    "activities": {
        "activity_id": names(
            "activity id|activityid|task id|id|record id|engagement id|event id|call id|meeting id|aktivitäts-id"
        ),
        **_REFERENCE,
        "subject": names(
            "subject|activity subject|title|task|task name|name|betreff|activity|activity name|objet|asunto"
            "|task subject|activity title|summary"
        ),
        "text": names(
            "text|note|notes|body|description|content|comment|comments|details|beschreibung|notiz|descripción"
            "|full comments"
        ),
        **_DETAILS,
        "type": names(
            "type|activity type|kind|task type|event type|call type|category|typ|tipo|aktivitätstyp|engagement type"
        ),
    },
    "files": {
        "file_id": names("file id|fileid|attachment id|document id|id|record id"),
        **_REFERENCE,
        "path": names(
            "path|file|file path|file name|filename|attachment|attachment name|document|document name|url|datei"
            "|dateiname|dateipfad|fichier|archivo|nom du fichier|nombre del archivo|name|title|location"
        ),
        **_DETAILS,
    },
}
"""Object → column → names, most specific first. The column's own name is always one of its names."""

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
