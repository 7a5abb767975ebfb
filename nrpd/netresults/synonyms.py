"""Names under which the source's columns are met in files: data only, read by headers.py.

Sources: the API and SOAP names and the screen labels of Net-Results and Paminga (facts of net-results.md and
paminga.md), and the export labels of widespread CRM and marketing tools in English, German, French and Spanish.
Names are compared without case, accents, spaces and punctuation, so one spelling of each is enough.
`A × B` tables (phones, addresses) are spelled out by `spread`.

An entry is here only if it can mean nothing else in a file of that object: a name that is missing becomes a custom
field, which loses nothing; a name that is wrongly here would put text where it does not belong.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def spread(firsts: str, seconds: str) -> list[str]:
    """Every pair of the two lists (separated by `|`), in both orders."""
    pairs = [(a.strip(), b.strip()) for a in firsts.split("|") for b in seconds.split("|")]
    return [f"{a} {b}" for a, b in pairs] + [f"{b} {a}" for a, b in pairs]


def names(*parts: str | Iterable[str]) -> list[str]:
    """The names of several lists; a string is a list separated by `|`."""
    found: list[str] = []
    for part in parts:
        found += [name.strip() for name in part.split("|")] if isinstance(part, str) else part
    return found


_PHONE = (
    "phone|phone number|telephone|telephone number|tel|tel number|telefon|telefonnummer|téléphone"
    "|telefono|numero de telefono|numéro de téléphone|phone no"
)
_WORK = (
    "work|business|office|direct|work direct|corporate|company|main|primary|geschäftlich|geschäft|dienstlich|arbeit"
    "|büro|professionnel|bureau|travail|trabajo|oficina|business main"
)
_MOBILE = "mobile|cell|cellular|mobil|handy|portable|móvil|celular"
_HOME = "home|private|personal|privat|domicile|privé|personnel|casa|particular|domicilio"
_ADDRESS = "address 1|mailing|primary|business|work|postal|contact|default|geschäftlich|company|main|current"
_OWNER = (
    "owner email|owner|owner e-mail address|owner email address|owner mail|record owner"
    "|record owner email|assigned to|assigned to email"
    "|assigned user|assigned user email|assignee|account manager|account manager email|sales rep"
    "|sales rep email|sales representative|sales owner"
    "|responsible|responsible person|responsible user|besitzer|besitzer e-mail|inhaber|verantwortlicher"
    "|verantwortlich|zuständig|zuständiger mitarbeiter"
    "|betreuer|bearbeiter|eigentümer|propriétaire|e-mail du propriétaire|responsable|propietario"
    "|correo del propietario|asignado a|attribué à"
)
_CREATED = (
    "created at|created|created date|create date|creation date|date created|created on|created time"
    "|creation time|date added|added on|added at"
    "|added time|add time|record created|entered on|insert date|created date time|erstellt am|erstellt"
    "|erstellungsdatum|anlagedatum|angelegt am"
    "|erstelldatum|date de création|créé le|date d'ajout|créée le|fecha de creación|creado el"
    "|fecha de alta|creado|fecha creación|date entered"
)
_UPDATED = (
    "updated at|updated|updated date|update date|last updated|last update|date updated|updated on"
    "|updated time|update time|last modified|last modified date"
    "|last modified on|modified|modified at|modified on|modified date|date modified|modified time"
    "|modification date|last changed|last changed at"
    "|last change|geändert am|zuletzt geändert|änderungsdatum|letzte änderung|aktualisiert am"
    "|letzte aktualisierung|date de modification|modifié le"
    "|dernière modification|date de mise à jour|fecha de modificación|modificado el|última modificación"
    "|actualizado el|última actualización"
)
_PLACE: Mapping[str, list[str]] = {
    "address_1": names(
        "address 1|address|address line 1|address line one|address1|street|street address|street 1"
        "|street address 1|street line 1|street address line 1"
        "|addr 1|addr line 1|adresse|adresse 1|adresszeile 1|straße|straße und hausnummer|straße hausnummer"
        "|straße nr|anschrift|rue|adresse ligne 1"
        "|adresse postale|dirección|dirección 1|calle|domicilio|calle y número|línea de dirección 1|road",
        [
            f"{kind} {part}"
            for kind in _ADDRESS.split("|")
            for part in (
                "street",
                "address",
                "address 1",
                "address line 1",
                "street 1",
                "street address",
                "address street",
                "address street 1",
            )
        ],
    ),
    "address_2": names(
        "address 2|address line 2|address line two|address2|street 2|street address 2|street line 2"
        "|street address line 2|addr 2|addr line 2|suite|apartment"
        "|adresszusatz|adresse 2|adresszeile 2|complément d'adresse|adresse ligne 2|dirección 2"
        "|línea de dirección 2|complemento"
        "|address extension|apt suite",
        [
            f"{kind} {part}"
            for kind in _ADDRESS.split("|")
            for part in ("address 2", "address line 2", "street 2", "address street 2")
        ],
    ),
    "city": names(
        "city|town|city name|city.city|city.name|city town|town city|suburb city|stadt|ort|wohnort|ville"
        "|commune|localité|ciudad|localidad|población|municipio|locality",
        [f"{kind} {part}" for kind in _ADDRESS.split("|") for part in ("city", "address city", "town")],
    ),
    "state": names(
        "state|state name|state.state|state.name|province|state province|state or province|province state"
        "|state region|state province region|state code|county state|bundesland"
        "|bundesland kanton|kanton|provinz|etat|département|provincia|estado|estado provincia"
        "|comunidad autónoma|prefecture|state abbreviation|us state",
        [
            f"{kind} {part}"
            for kind in _ADDRESS.split("|")
            for part in ("state", "state province", "province", "address state", "state or province")
        ],
    ),
    "country": names(
        "country|country name|country.country|country.name|country region|country or region|country code|land"
        "|staat|ländercode|länderkennzeichen|pays|code pays|país|código de país|nation",
        [
            f"{kind} {part}"
            for kind in _ADDRESS.split("|")
            for part in ("country", "country region", "address country", "country code")
        ],
    ),
    "postal_code": names(
        "postal code|postalcode|zip|zip code|post code|postcode|zip postal code|zip or postal code"
        "|zip postcode|postal zip code|zip code postal code|zip postal"
        "|plz|postleitzahl|code postal|cp|código postal|postal|zip 5|pincode|pin code|eircode",
        [
            f"{kind} {part}"
            for kind in _ADDRESS.split("|")
            for part in (
                "zip",
                "zip code",
                "postal code",
                "zip postal code",
                "address zip",
                "postcode",
                "address postal code",
                "zip postal code",
            )
        ],
    ),
}

_EMAIL = names(
    "email|email address|e-mail|mail|email adress|primary email|email primary|primary email address"
    "|main email|work email|work email address"
    "|business email|email 1|email address 1|email1|e-mail 1 value|email work|email business"
    "|email 1 address|default email|recipient|recipient email"
    "|recipient email address|recipient address|to address|subscriber email|email id address|mail address"
    "|e-mail-adresse|emailadresse|mailadresse|e-mail geschäftlich"
    "|geschäftliche e-mail|adresse e-mail|adresse email|adresse mail|adresse électronique|courriel"
    "|adresse de courriel|e-mail professionnel|email professionnel"
    "|mél|correo|correo electrónico|dirección de correo|dirección de correo electrónico"
    "|dirección de email|email principal|correo electrónico principal"
    "|correo electrónico del trabajo|e-mail (primär)|user email|email addr|emailaddr|contact email address"
)
_CONTACT_ID = names(
    "contact id|contactid|contact no|contact number|net-results contact id|net results id|net-results id"
    "|paminga id|paminga contact id|kontakt-id|kontaktnummer|id du contact|id contact"
    "|identifiant du contact|id de contacto|id del contacto|id contacto|person id|lead id|subscriber id"
    "|subscriber key|recipient id|prospect id|contact record id|record id contact"
    "|contact_external_id|contact uuid|contact guid"
)
_COMPANY_ID = names(
    "company id|account id|accountid|organization id|organisation id|org id|company record id"
    "|associated company id|associated company ids|primary associated company id"
    "|firmen-id|firmennummer|unternehmens-id|id entreprise|id de l'entreprise|id empresa|id de la empresa"
    "|id de empresa|id société|company.company_id|account.id|parent account id value"
)
_COMPANY_NAME = names(
    "company name|company|account name|account|organization|organisation|organization name"
    "|organisation name|org name|employer|business name|firm|firma|firmenname"
    "|unternehmen|unternehmensname|name des unternehmens|organisationsname|société|entreprise"
    "|nom de l'entreprise|nom de la société|raison sociale|organisme|empresa"
    "|nombre de la empresa|nombre de empresa|compañía|razón social|nombre de la compañía"
    "|company.company_name|account.name|associated company|primary company|organization 1 name"
    "|company or account|organisation or company|company organization|employer name|arbeitgeber"
    "|current company|associated account|name of company"
)
_UNSUBSCRIBED = names(
    "unsubscribed contact|unsubscribed|unsubscribe|is unsubscribed|unsubscribed flag|opt out|opted out"
    "|optout|email opt out|email opted out|opt out email|has opted out of email"
    "|opted out of email|email optout|is opted out|unsubscribed from all email|unsubscribed from all"
    "|unsubscribed from all emails|unsubscribed from email|unsubscribed from emails|email unsubscribed"
    "|global unsubscribe"
    "|globally unsubscribed|opt out all|email opt-out flag|do not email|do not mail|do not send email"
    "|donotemail|do not bulk email|no email|no mailing|don't email|do not e-mail"
    "|unsubscribe date|unsubscribed date|unsubscribed at|unsubscribed on|date unsubscribed|opt out date"
    "|opted out at|opted out date|opt out time|unsubscribe time|unsub time|unsub date|email opt out date"
    "|unsubscribe reason|opt out reason|unsub reason|email permission withdrawn|do not contact"
    "|do not market|suppressed|is suppressed|marketing suspended|marketing opt out|contact unsubscribed"
    "|abgemeldet|abgemeldet am|abmeldung|abmeldedatum|newsletter abgemeldet|keine e-mail|keine e-mails"
    "|keine e-mail senden|keine werbung|werbesperre|e-mail abbestellt|abbestellt|widerspruch"
    "|désabonné|désinscrit|désinscription|désabonnement|date de désabonnement|date de désinscription"
    "|ne pas envoyer d'e-mail|ne pas contacter|désabonné de tous les e-mails"
    "|dado de baja|baja|fecha de baja|cancelada la suscripción|no enviar correo"
    "|no enviar correo electrónico|no enviar email|suscripción cancelada|no contactar|baja de correo"
)
_BOUNCED = names(
    "bounced contact|bounced|is bounced|hard bounced|hard bounce|hardbounced|email bounced"
    "|email hard bounced|is email bounced|email bounced date|email bounced reason|bounced date"
    "|bounce date|bounced at"
    "|bounce reason|email hard bounce reason|hard bounce reason|hard bounce date|invalid email address"
    "|invalid email|email invalid|email bouncing|is bouncing|undeliverable|contact bounced"
    "|email hard bounce reason code|email bounce|zurückgewiesen|unzustellbar|unzustellbar am"
    "|e-mail unzustellbar|hard-bounce-datum|rebondi|adresse invalide|e-mail invalide|non distribuable"
    "|rebotado|rebote|rebote duro|correo rebotado|correo inválido|correo no válido|hard bounces (contact)"
)
_CONSENT = names(
    "gdpr consent granted|gdpr consent|consent|consent granted|consent given|has consent"
    "|has given consent|consent to contact|marketing consent|email consent|email marketing consent"
    "|consent to email|consent to marketing|privacy consent|consented|gdpr opt in|casl consent"
    "|data processing consent|gdpr|consent to process|accepts marketing|accepts email marketing"
    "|accepts marketing emails|marketing permission|email permission|marketing email permission"
    "|dsgvo einwilligung|einwilligung|einwilligung erteilt|einwilligung dsgvo|werbeeinwilligung"
    "|marketing-einwilligung|e-mail einwilligung|consentement|consentement rgpd|rgpd"
    "|consentement marketing|consentement donné|consentimiento|consentimiento rgpd"
    "|consentimiento otorgado"
    "|consentimiento de marketing|acepta marketing|acepta publicidad|einverständnis|einverständniserklärung"
)

_REFERENCE: Mapping[str, list[str]] = {
    "contact_id": _CONTACT_ID,
    "email": names(_EMAIL, "contact email"),
    "company_id": _COMPANY_ID,
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
        "contact_id": names(_CONTACT_ID, "id|record id|external id|vid|kundennummer id|sys id|record-id|datensatz-id"),
        "email": _EMAIL,
        "first_name": names(
            "first name|firstname|given name|forename|fname|first|vorname|rufname|prénom|nombre|nombre de pila"
            "|primer nombre|name first|christian name|given names|firs name"
        ),
        "last_name": names(
            "last name|lastname|surname|family name|lname|last|nachname|familienname|zuname|nom|nom de famille"
            "|apellido|apellidos|name last|primer apellido|second name family|sur name"
        ),
        "title": names(
            "title|job title|jobtitle|position|job position|role title|job role|business title|function"
            "|berufsbezeichnung|jobtitel|stellenbezeichnung|funktion|poste|intitulé du poste|fonction"
            "|titre du poste|titre|cargo|puesto|puesto de trabajo|título del puesto|work title|occupation|beruf"
            "|designation|professional title|profession|current title|organization title|organization 1 title"
        ),
        "company_id": _COMPANY_ID,
        "company_name": _COMPANY_NAME,
        **_PLACE,
        "work_phone": names(
            _PHONE,
            spread(_WORK, _PHONE),
            "phone 1|phone 1 value|tel work|company phone|geschäftstelefon|diensttelefon|bürotelefon|festnetz"
            "|téléphone fixe|teléfono fijo|direct dial|direct line",
        ),
        "mobile_phone": names(
            _MOBILE,
            spread(_MOBILE, _PHONE),
            "mobile number|cell number|mobilnummer|mobiltelefon|handynummer|mobilfunknummer|numéro de portable"
            "|número de móvil|gsm|natel|mobile no|portable number|sms|sms number|whatsapp mobile|mobilfunk"
            "|numéro de mobile|número móvil|número de celular",
        ),
        "home_phone": names(spread(_HOME, _PHONE), "home number|privattelefon|private nummer"),
        "fax": names(
            spread("fax", "number|nummer|no|work|business|primary|contact"),
            "fax|facsimile|business fax number|work fax number|faxnummer|numéro de fax|télécopie|télécopieur"
            "|número de fax|telefax",
        ),
        "lead_score": names(
            "lead score|score|contact score|total score|leadscore|lead scoring|person score|lead points|scoring"
            "|punktzahl|lead-punktzahl|score du lead|puntuación|puntuación del lead|hubspot score"
            "|engagement score total|lead bewertung|bewertung lead|contact_lead_score"
        ),
        "lead_stage": names(
            "lead stage|lifecycle stage|lead status|stage|life cycle stage|lifecyclestage|contact stage"
            "|funnel stage|contact lifecycle stage|lead state|pipeline stage|lifecycle-phase|leadstatus"
            "|lead-status"
            "|lebenszyklusphase|phase|étape du cycle de vie|phase du cycle de vie|statut du lead"
            "|statut de la piste|etapa del ciclo de vida|estado del lead|estado del cliente potencial"
            "|customer stage|buying stage|lifecycle|lead phase|lead_status_name"
        ),
        "lead_source": names(
            "lead source|source|contact source|original source|leadsource|source of lead|leadquelle|lead-quelle"
            "|quelle|herkunft|source du lead|source de la piste|origine|origen|origen del lead|fuente"
            "|fuente del lead|origen de cliente potencial|person source|acquisition source"
            "|original traffic source|how did you hear about us|source name"
        ),
        "opt_in_date": names(
            "opt in date|optin date|opt in time|optin time|opted in at|opted in on|opt in timestamp"
            "|date of opt in|subscribed at|subscribed on|subscribe date|subscription date|date subscribed"
            "|subscribed date|signup date|sign up date|signed up at|consent date|gdpr consent date"
            "|date of consent|confirm time|anmeldedatum|anmeldung am|angemeldet am|opt-in-datum|einwilligung am"
            "|einwilligungsdatum|datum der einwilligung|date d'inscription|date d'opt-in|date de consentement"
            "|date du consentement|date d'abonnement|fecha de suscripción|fecha de inscripción"
            "|fecha de consentimiento|fecha de opt-in|email opt in date|date opted in"
        ),
        "lists": names(
            "lists|list|marketing lists|marketing list|email lists|email list|list memberships|list membership"
            "|list name|list names|listen|liste|listes|listas|lista|lists member of|static lists|mailing lists"
            "|mailing list|verteilerlisten|verteiler|verteilerliste|listes de diffusion|listas de correo"
            "|email_list_name|static list memberships"
        ),
        "owner_email": names(
            _OWNER,
            "contact owner|contact owner email|lead owner|lead owner email|owner.email|kontaktinhaber"
            "|kontaktbesitzer|zuständiger mitarbeiter kontakt|propriétaire du contact|propriétaire du lead"
            "|propietario del contacto|propietario del registro|contact owner e-mail|lead-inhaber"
            "|ansprechpartner intern",
        ),
        "created_at": names(_CREATED, "contact created|contact create date|contact created at|contact since"),
        "updated_at": names(_UPDATED),
        "unsubscribed": _UNSUBSCRIBED,
        "bounced": _BOUNCED,
        "consent": _CONSENT,
    },
    "companies": {
        "company_id": names(_COMPANY_ID, "id|record id|external id|record-id|datensatz-id"),
        "name": names(_COMPANY_NAME, "name|name 1|nom|nombre"),
        "domain": names(
            "domain|company domain|company domain name|domain name|website|web site|website url|company website"
            "|account website|homepage|home page|url|web|web address|webseite|website adresse|internetseite"
            "|internetadresse|site web|site internet|domaine|nom de domaine|sitio web|página web|dominio|web page"
            "|account.website|www|firmenwebsite|nom de domaine de l'entreprise|nombre de dominio"
        ),
        "parent_company": names(
            "parent company|parent account|parent|parent account name|parent company name|parent organization"
            "|parent organisation|ultimate parent|muttergesellschaft|mutterunternehmen|konzern"
            "|übergeordnete firma|übergeordneter account|société mère|maison mère|entreprise mère|compte parent"
            "|empresa matriz|sociedad matriz|cuenta principal|holding|headquarters account|empresa principal"
            "|parent name"
        ),
        **_PLACE,
        "phone": names(
            _PHONE,
            spread("main|work|business|office|company|account|primary|switchboard|central|hauptnummer", _PHONE),
            "switchboard|zentrale|standard téléphonique|centralita|phone 1",
        ),
        "employee_count": names(
            "employee count|employees|number of employees|no of employees|num employees|employee number|headcount"
            "|company size|employee range|staff count|size|mitarbeiter|mitarbeiterzahl|anzahl mitarbeiter"
            "|anzahl der mitarbeiter|mitarbeiteranzahl|beschäftigte|effectif|effectifs|nombre d'employés"
            "|nombre de salariés|número de empleados|empleados|cantidad de empleados|plantilla|staff"
            "|employees count|total employees|number employees"
        ),
        "owner_email": names(
            _OWNER,
            "company owner|company owner email|account owner|account owner email|organization owner"
            "|firmeninhaber zuständig|account-inhaber|propriétaire de l'entreprise|propriétaire du compte"
            "|propietario de la empresa|propietario de la cuenta|besitzer des accounts",
        ),
        "created_at": names(_CREATED),
        "updated_at": names(_UPDATED),
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
        "owner_email": names(_OWNER, "campaign owner|campaign owner email|created by email"),
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
        "contact_id": _CONTACT_ID,
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
    "contacts": (
        "contact",
        "lead",
        "person",
        "subscriber",
        "member",
        "kontakt",
        "contacto",
        "prospect",
        "customer",
        "recipient",
    ),
    "companies": (
        "company",
        "account",
        "organization",
        "organisation",
        "org",
        "firma",
        "unternehmen",
        "entreprise",
        "empresa",
    ),
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
"""Words that a tool puts before every label of an object (`Contact First Name`, `contact_first_name`)."""

NOT_AFTER_PREFIX = frozenset(
    {
        "account",
        "organization",
        "organisation",
        "id",
        "recordid",
        "externalid",
        "vid",
        "first",
        "last",
        "kundennummerid",
        "sysid",
        "gdpr",
        "rgpd",
        "reason",
    }
)
"""Names (as keys) too bare to be read after a prefix: `Person Account` and `Customer ID` are other things."""
