"""Names of the columns of campaigns, sends, suppressions, templates and workflows (see synonyms.py): data only."""

from __future__ import annotations

from collections.abc import Mapping

from nrpd.netresults.synonym_lists import EMAIL, REFERENCE, names

MARKETING: Mapping[str, Mapping[str, list[str]]] = {
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
        **REFERENCE,
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
            EMAIL,
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
            EMAIL,
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
}
