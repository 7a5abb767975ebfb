"""What each kind of step becomes in Pipedrive: the words of its screen, or `no equivalent` and what to do instead.

Screen words: an automation has a trigger (an item such as Person, Deal, Activity or Organization and the event added,
updated or deleted, or a date trigger), conditions, and steps: actions, `Delay`, `Wait for condition`, `If/else
condition` (support.pipedrive.com, article workflow-automation; the help article on Delay and Wait for Condition). An
e-mail step sends from a synced mailbox. Marketing mail to many needs the paid Campaigns add-on, and neither Campaigns
nor Sequences nor templates can be filled by API (facts/pipedrive.md, sections 9, 13, 15, 16).
"""

from __future__ import annotations

from dataclasses import dataclass

EQUIVALENT, PARTLY, NONE = "yes", "partly", "no equivalent"


@dataclass(frozen=True)
class Counterpart:
    """How one kind of step is rebuilt. `build` is blank where nothing in an automation does it."""

    kind: str
    plain: str
    """What the source does, in plain words."""
    fit: str
    build: str
    """The step on Pipedrive's screen."""
    instead: str = ""
    """What to do where the fit is not `yes`."""
    minutes: int = 10
    if_else: int = 0
    """If/else steps that it uses up."""
    test: str = ""


_MAIL_LIMIT = (
    "An automation sends one message at a time from a synced mailbox, with that mailbox's daily limits and without the "
    "source's unsubscribe link. For marketing mail use the Campaigns add-on, or Sequences for one-to-one mail, and "
    "exclude persons whose Suppression status is filled."
)

COUNTERPARTS: dict[str, Counterpart] = {
    c.kind: c
    for c in (
        Counterpart(
            "send_email", "sends an email", PARTLY, "Action: Send email, with the template rebuilt under Email "
                                                    "templates",
            _MAIL_LIMIT, 20, test="The message arrives with every merge field filled, and not at a suppressed person.",
        ),
        Counterpart(
            "send_text", "sends a text message", NONE, "",
            "Pipedrive sends no text messages. Use a text-message app from the Marketplace, started by Action: Webhook "
            "or by that app's own trigger, or create an activity for a person to send it.", 30,
            test="A test person with a mobile phone gets the text once.",
        ),
        Counterpart(
            "wait", "waits", EQUIVALENT, "Delay: the same length of time", "", 2,
            test="With the delay set to a few minutes for the test, the next step comes after it and not before.",
        ),
        Counterpart(
            "split", "splits by conditions", EQUIVALENT, "If/else condition: the conditions of the split", "", 15, 1,
            test="One test person for each branch takes the branch that the source would have taken.",
        ),
        Counterpart(
            "random_split", "splits at random", NONE, "",
            "There is no random branch. Fill a custom field (for example Test group A or B) before the start, by "
            "spreadsheet import, and branch on it with an If/else condition.", 20, 1,
            test="The groups have the wanted shares before the automation is switched on.",
        ),
        Counterpart(
            "ab_test", "tests two versions against each other", NONE, "",
            "Automations have no A/B test and choose no winner. Send both versions from Campaigns to two filters of "
            "equal size, compare opens and clicks there, and go on with the better one by hand.", 45,
            test="Both groups get their own version, and nobody gets both.",
        ),
        Counterpart(
            "goal", "takes people out when they reach a goal", PARTLY,
            "If/else condition before each message that asks whether the goal is reached, or Wait for condition",
            "An automation does not stop by itself when a goal is reached. Keep the goal as a field (for example Goal "
            "reached, Yes), set it by an automation of its own, and ask for it before each message.", 20, 1,
            test="A test person who reaches the goal between two messages does not get the second one.",
        ),
        Counterpart(
            "list_add", "adds the person to a list", PARTLY, "Action: Update person: Lists, with the list added to it",
            "Pipedrive has no static marketing list. Membership stands in the field Lists; use a filter on it wherever "
            "the source used the list. If the action replaces the field's whole content, use one field per list.", 10,
            test="The list appears in Lists, and the other lists of the person are still there.",
        ),
        Counterpart(
            "list_remove", "removes the person from a list", PARTLY,
            "Action: Update person: Lists, with the list taken out of it",
            "Membership stands in the field Lists. If the action can only replace the field's whole content, use one "
            "field per list.", 10, test="The list is gone from Lists, and the other lists are still there.",
        ),
        Counterpart(
            "subscription", "changes a subscription", NONE, "",
            "Consent must not be changed by an automation. Opt-outs belong into Suppression status (nrpd suppress) "
            "and, "
            "with the Campaigns add-on, into Campaigns; a new opt-in comes from the person through a form.", 20,
            test="Nobody who is suppressed becomes mailable by any automation.",
        ),
        Counterpart(
            "set_field", "sets a field", EQUIVALENT, "Action: Update person, with the field and its new value", "", 5,
            test="The field of the test person holds the new value.",
        ),
        Counterpart(
            "set_stage", "sets the lead stage", EQUIVALENT, "Action: Update person: Lead Stage", "", 5,
            test="Lead Stage of the test person holds the new stage.",
        ),
        Counterpart(
            "adjust_score", "adjusts the lead score", NONE, "",
            "An automation writes fixed values and does not add to a number, and Pipedrive counts no points for "
            "persons. The last score stands in Lead Score. Replace scoring by fixed steps (If/else condition and "
            "Action: Update "
            "person: Lead Score), by a scoring app from the Marketplace, or leave it out.", 30,
            test="Lead Score changes as agreed, or the step is struck off with the customer's consent.",
        ),
        Counterpart(
            "set_owner", "assigns an owner", PARTLY, "Action: Update person: Owner",
            "One fixed owner can be set. For turns among several people use one If/else condition for each, or an "
            "app.", 10,
            test="The test person belongs to the right user.",
        ),
        Counterpart(
            "webhook", "sends a webhook", PARTLY, "Action: Webhook, to the same address",
            "The body and the signature are Pipedrive's, not the source's: the receiver must be changed to read them. "
            "Where the action is not offered, set a webhook under Tools and apps, Webhooks.", 45,
            test="The receiver answers success to a test call and understands its fields.",
        ),
        Counterpart(
            "crm_sync", "sends the record to the CRM", EQUIVALENT, "Nothing to build: the person is already in "
                                                                   "Pipedrive",
            "", 0, test="Nobody waits for a sync any more; the old connector is switched off.",
        ),
        Counterpart(
            "crm_task", "creates a task for a salesperson", EQUIVALENT,
            "Action: Create activity, type Task, assigned to the person's owner", "", 5,
            test="The activity appears in the owner's list with the right date and person.",
        ),
        Counterpart(
            "crm_lead", "creates a lead", EQUIVALENT, "Action: Create lead, linked to the person", "", 5,
            test="The lead stands in the Leads Inbox and names the person.",
        ),
        Counterpart(
            "crm_opportunity", "creates an opportunity", EQUIVALENT,
            "Action: Create deal, in the right pipeline and stage, linked to the person", "", 10,
            test="The deal stands in the right stage and names person and organization.",
        ),
        Counterpart(
            "add_to_crm_campaign", "adds the person to a campaign of the CRM", NONE, "",
            "Pipedrive has no campaign members. Set the Campaign fields of the organization, or a field of the person, "
            "and filter on it.", 15, test="A filter on the field shows the members that were expected.",
        ),
        Counterpart(
            "alert", "alerts someone", PARTLY, "Action: Create activity for the owner, or Action: Send email to the "
                                               "user",
            "There is no alert of its own kind. An activity due today shows in the owner's list; an email reaches "
            "people outside Pipedrive too.", 5, test="The right user is told, once.",
        ),
        Counterpart(
            "slack", "writes to Slack or Teams", EQUIVALENT, "Action: Send Slack (or Microsoft Teams) message, once "
                                                             "the app is installed",
            "", 10, test="The message appears in the right channel.",
        ),
        Counterpart(
            "add_to_automation", "starts another automation", PARTLY,
            "Action: Update person: a field that is the trigger of the other automation",
            "An automation cannot start another one directly. Let a field be the signal: one sets it, the other is "
            "triggered by its change.", 15, test="Setting the field starts the other automation once.",
        ),
        Counterpart(
            "remove_from_automation", "takes people out of another automation", PARTLY,
            "Action: Update person: a field that the other automation asks for before each step",
            "A run that has begun cannot be taken back from outside; the other automation must ask for the field with "
            "an If/else condition.", 15, test="After the field is set the other automation sends nothing more.",
        ),
        Counterpart(
            "action_set", "runs an action set", PARTLY, "The steps of the set, one after another",
            "There are no shared sets of steps. Look up what the set does in the source and build each step here.", 20,
            test="Every step of the set happened.",
        ),
        Counterpart("end", "ends", EQUIVALENT, "Nothing to build: the automation ends with its last step", "", 0),
        Counterpart(
            "other", "does something that nrpd did not recognise", PARTLY, "",
            "Read this step in the source and decide with the customer what it becomes.", 30,
            test="The step does what the source's step did, or is struck off with the customer's consent.",
        ),
    )
}  # fmt: skip


@dataclass(frozen=True)
class TriggerAdvice:
    """The trigger to choose on Pipedrive's screen, and what gets lost on the way."""

    pattern: str
    build: str
    fit: str
    instead: str = ""


_FIELD_CHANGED = "Person: updated, with the condition that the field has changed to the value named"
TRIGGERS: tuple[TriggerAdvice, ...] = (
    TriggerAdvice(r"\bform\b|\blanding page\b|\bsubmi(?:t|ssion)",
                  "Person: added, with a condition on Lead Source", PARTLY,
                  "The source's forms end with it. Rebuild the form as a Web Form of the LeadBooster add-on, or let "
                  "your own "
                  "form create the person by API or an app."),
    TriggerAdvice(r"\bscore\b.*(?:threshold|reach|above|over|exceed|>|rises|falls|below)|\bthreshold\b",
        "Person: updated, with the condition that Lead Score "
                  "has changed and lies above (or below) the threshold", PARTLY,
                  "Pipedrive does not count points: Lead Score only moves when something writes it, so agree first "
                  "what will."),
    TriggerAdvice(r"\bopportunit\w*|\bdeal\b", "Deal: updated, with the condition that Stage has changed", EQUIVALENT),
    TriggerAdvice(r"\b(?:lead |lifecycle )?stage\b|\blead status\b", "Person: updated, with the condition that Lead "
                                                                     "Stage has changed to the "
                  "stage named", EQUIVALENT),
    TriggerAdvice(r"\blists?\b|\bsubscription\b", "Person: updated, with the condition that Lists has changed and "
                                                  "contains the list", PARTLY,
                  "Lists is a field now; whoever adds people to it starts the automation."),
    TriggerAdvice(r"\bclick|\bopen(?:s|ed)?\b|\bemail activity\b", "Wait for condition or a condition on the email's "
                                                                   "status, inside the automation that sent it", PARTLY,
                  "Opens and clicks of mail sent elsewhere never reach Pipedrive; only mail sent from Pipedrive can "
                  "be asked about."),
    TriggerAdvice(r"\bvisit|\bpage view|\bweb(?:site|page)?\b|\btraffic source", "", NONE,
                  "Pipedrive sees no page views of known persons without the Web Visitors add-on, and that names "
                  "companies, "
                  "not persons. Use a web-tracking app that writes a field, and start from Person: updated."),
    TriggerAdvice(r"\bcart\b|\bpurchase\b|\border\b|\bproduct recommendation\b", "", NONE,
                  "Pipedrive knows no shopping cart. Let the shop create or update a deal through its own connector "
                  "and start from Deal: added or updated."),
    TriggerAdvice(r"\bsync\b|\bcrm\b",
                  "Person: updated, with a condition on the field that the CRM used to set", PARTLY,
                  "Pipedrive is the CRM now; what used to come by sync is changed there by people."),
    TriggerAdvice(r"^\W*(?:the )?(?:field|attribute)\b.*\bchang", _FIELD_CHANGED, EQUIVALENT),
    TriggerAdvice(r"\bbirthday\b|\banniversar|\brenewal\b|\bdays? (?:before|after)\b|\bdate field\b|\bscheduled?\b"
                  r"|\bone[- ]time\b|\bblast\b|\bon \d|\bevery (?:day|week|month)\b|\b\d{4}-\d{2}-\d{2}\b",
                  "Date trigger, on the date field named", PARTLY,
                  "A date trigger needs a date field on the record. A single send at one time to many people is a "
                  "Campaigns "
                  "email to a filter, not an automation."),
    TriggerAdvice(r"\b(?:field|value|attribute|owner|country|industry|title)\b.*(?:chang|=|\bis\b|becomes|updated"
                  r"|equals|set)|\bchang(?:e|es|ed)\b|=|\bupdated?\b", _FIELD_CHANGED, EQUIVALENT),
    TriggerAdvice(r"\b(?:new|created|added|imported|joins?)\b", "Person: added", EQUIVALENT,),
    TriggerAdvice(r"\baudience\b|\bsegment\b|\bpersona\b|\bqualif|\bperpetual\b|\ball (?:mailable )?contacts\b",
        "Person: updated, with the segment's conditions; a second automation on Person: added "
                  "with the same conditions", PARTLY,
                  "A segment is checked all the time; an automation only when a person is added or changed. People "
                  "who qualify by the mere "
                  "passing of time need a date trigger."),
)  # fmt: skip
"""The first whose words appear in the trigger, conditions or type of the workflow is advised."""

UNKNOWN_TRIGGER = TriggerAdvice(
    "", "Person: updated, with the audience's conditions", PARTLY,
    "The export does not say clearly what starts this workflow. Read its Audience in the source before building.",
)  # fmt: skip
