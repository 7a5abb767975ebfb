"""Which of the design's objects a file holds, by its headers, its values and, last, its name. Pure functions.

A rule asks for what makes an object itself and for the absence of what makes it another one. A file that fits no
object, or more than one, is not guessed: the caller reports it and asks for `source.files`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from nrpd.netresults.headers import header_key, recognise_header
from nrpd.netresults.records import OBJECT_COLUMNS, SUPPRESSION_COLUMNS

_NAME_HINTS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "suppressions": re.compile(
            r"unsub|suppress|bounce|opt[-_ ]?out|complain|do[-_ ]?not|dnc|blacklist|blocklist|cleaned[-_ ]"
            r"|abgemeld|abmeld|sperr|d[eé]sabon|d[eé]sinscr|bajas?\b",
            re.I,
        ),
        "campaign_members": re.compile(r"member|participant|enrol", re.I),
        "email_sends": re.compile(r"send|sent\b|email[-_ ]?(activit|event|log)|deliver|engagement|open|click", re.I),
        "owners": re.compile(r"owner|user|team|staff", re.I),
        "companies": re.compile(r"compan|account|organi[sz]ation|firm|entreprise|empresa|unternehmen", re.I),
        "contacts": re.compile(r"contact|lead|person|people|kontakt|subscriber", re.I),
        "workflows": re.compile(r"workflow|automation|drip", re.I),
        "templates": re.compile(r"template|emails?\b|vorlage", re.I),
        "notes": re.compile(r"notes?\b|notiz", re.I),
        "activities": re.compile(r"activit|task|call|meeting", re.I),
        "files": re.compile(r"files?\b|attachment|document", re.I),
        "campaigns": re.compile(r"campaign|kampagne|campagne", re.I),
    }
)
_PERSON = ("first_name", "last_name")
_DETAIL = (
    "title", "address_1", "city", "state", "country", "postal_code", "work_phone", "mobile_phone", "home_phone", "fax",
    "lead_score", "lead_stage", "lead_source", "opt_in_date", "owner_email", "created_at",
)  # fmt: skip
_SAYS_SUPPRESSION = re.compile(
    r"unsub|suppress|bounce|optout|optedout|complain|abgemeldet|abmelde|desabonnement|desinscription|baja"
)


class Evidence:
    """What the headers of one file name, object by object."""

    def __init__(self, headers: Sequence[str], rows: Sequence[Sequence[str]] = (), name: str = "") -> None:
        self.keys = [header_key(header) for header in headers]
        self.shown, self.name = name, _own_name(name)
        self.named: dict[str, set[str]] = {}
        self.by_header: dict[str, list[str | None]] = {}
        values = [[row[at] for row in rows if at < len(row)] for at in range(len(headers))]
        for object_name in OBJECT_COLUMNS:
            found = [recognise_header(h, object_name, v) for h, v in zip(headers, values, strict=True)]
            self.by_header[object_name] = found
            self.named[object_name] = {column for column in found if column}

    def has(self, object_name: str, *columns: str) -> int:
        """How many of `columns` the file names, read as a file of `object_name`."""
        return len(self.named[object_name].intersection(columns))

    def says(self, *keys: str) -> bool:
        """Whether one of the headers is one of `keys`, word for word."""
        return any(key in self.keys for key in keys)

    def is_called(self, object_name: str) -> bool:
        """Whether the name of the file (or sheet) speaks of an object."""
        return bool(_NAME_HINTS[object_name].search(self.name))

    @property
    def owned(self) -> bool:
        """Has an id of its own beside that of its owner, or says what no user has: its rows are no owners."""
        other = self.says("id", "recordid", "accountid", "amount", "closedate", "stagename")
        return self.says("ownerid") and (other or bool(self.has("contacts", *SUPPRESSION_COLUMNS)))

    @property
    def person(self) -> int:
        return self.has("contacts", *_PERSON)

    @property
    def details(self) -> int:
        return self.has("contacts", *_DETAIL)

    @property
    def someone(self) -> int:
        """Names a contact: by id or address."""
        return self.has("campaign_members", "contact_id", "email")

    @property
    def anyone(self) -> int:
        return self.has("notes", "contact_id", "email", "company_id", "company_name")

    @property
    def send(self) -> bool:
        """Has what only e-mail sends have: a send id, a send time, or an event with its time."""
        sends = self.named["email_sends"]
        if self.says("sendid", "messageid", "deliveryid", "emailsendid", "versandid") or {"event", "event_at"} <= sends:
            if self.says("activitytype") and self.has("activities", "text") and not self.says("sendid", "messageid"):
                return False  # calls and meetings, written about
            return not self.said_campaign_member or self.says("sendid")
        return "sent_at" in sends and bool(
            sends & {"subject", "status", "opened_at", "email_id", "campaign_id", "clicked_at"}
        )

    @property
    def said_campaign_member(self) -> bool:
        return self.says("joinedat", "joindate", "enrolledat", "membersince")

    @property
    def campaign_reference(self) -> bool:
        return bool(self.has("campaign_members", "campaign_id", "campaign_name"))


def _contacts(e: Evidence) -> bool:
    if e.send or (e.said_campaign_member and e.campaign_reference):
        return False
    flags = e.has("contacts", *SUPPRESSION_COLUMNS)
    own = e.says("contactid") or e.details > 2 or e.has("contacts", "company_name") or e.owned or flags
    if e.says("userid", "ownerid") and not (own or e.says("id") or e.is_called("contacts")):
        return False
    core = e.has("contacts", "contact_id", "email") or (e.person and len(e.named["contacts"]) > 2)
    if e.campaign_reference and not e.details and not (e.person and e.has("contacts", "email")):
        return False
    if e.person == 0 and e.details == 0:
        return bool(e.has("contacts", "email")) and bool(flags) and not _suppression_file(e)
    if e.person == 0 and (_notes(e) or _activities(e) or _files(e)) and not flags:
        return False
    return bool(core) and (
        bool(e.person) or e.details > 1 or (bool(e.has("contacts", "email")) and not e.says("reason"))
    )


def _companies(e: Evidence) -> bool:
    if e.person or e.send or (e.has("contacts", "contact_id") and not e.has("companies", "company_id")):
        return False
    if e.someone and e.has("companies", "domain", "employee_count", "parent_company") < 2:
        return False
    if not e.has("companies", "name") or e.campaign_reference or e.says("contactid", "userid", "amount", "closedate"):
        return False
    if e.says("ownerid") and not e.owned:
        return False
    firm = any(c == "name" and k not in {"name", "nom", "nombre"} for k, c in _pairs(e, "companies"))
    facts = e.has(
        "companies", "domain", "employee_count", "parent_company", "phone", "address_1", "city", "postal_code"
    )
    if e.says("companyid", "accountid", "organizationid", "organisationid") and not (
        e.says("text", "subject", "path", "note", "body")
    ):
        return True
    return bool(facts) and (firm or facts > 1 or e.has("companies", "domain", "employee_count", "parent_company") > 0)


def _pairs(e: Evidence, object_name: str) -> list[tuple[str, str | None]]:
    return list(zip(e.keys, e.by_header[object_name], strict=True))


def _campaigns(e: Evidence) -> bool:
    if e.someone or e.person or e.send or e.has("contacts", "company_name", "company_id") or _workflow_parts(e):
        return False
    named = e.has("campaign_members", "campaign_id", "campaign_name") or e.says("campaign", "campaignname")
    dated = e.has("campaigns", "start_date", "end_date")
    return bool(e.has("campaigns", "name")) and (
        (bool(named) and len(e.named["campaigns"]) > 2) or (bool(dated) and bool(e.has("campaigns", "status", "type")))
    )


def _members(e: Evidence) -> bool:
    if e.send or not e.campaign_reference or e.details > 2:
        return False
    if e.has("email_sends", "opened_at", "clicked_at", "bounced_at"):  # a log of opens or clicks
        return False
    someone = e.has("campaign_members", "contact_id", "email", "company_id", "company_name", "deal_id", "deal_title")
    return bool(someone) and not e.has("campaigns", "start_date", "end_date")


def _sends(e: Evidence) -> bool:
    return e.send and bool(e.someone or e.has("email_sends", "contact_id", "email")) and e.details < 3


def _suppression_file(e: Evidence) -> bool:
    """Only an address and why, when or from which list; and something says that it is about suppression."""
    details = e.details - e.has("contacts", "created_at")  # of an opt-out it is the day
    hinted = bool(_NAME_HINTS["suppressions"].search(e.shown))  # its folder may say so
    spoken = any(_SAYS_SUPPRESSION.search(key) for key in e.keys)
    if not e.has("suppressions", "email") or details or e.send:
        return False
    if e.campaign_reference and not (e.says("reason") or hinted or spoken):
        return False
    known = zip(e.by_header["suppressions"], e.by_header["contacts"], e.by_header["campaign_members"], strict=True)
    only = all(
        s or c in {"contact_id", "first_name", "last_name", "company_name"} or m in {"campaign_id", "campaign_name"}
        for s, c, m in known
    )
    if any(
        c in SUPPRESSION_COLUMNS and not s
        for c, s in zip(e.by_header["contacts"], e.by_header["suppressions"], strict=True)
    ):
        return False  # a column of yes and no: its rows do not all suppress
    reasoned = e.says("reason", "grund", "motif", "motivo", "raison")
    return (only or hinted) and (hinted or spoken or reasoned)


def _workflow_parts(e: Evidence) -> int:
    return e.has("workflows", "trigger", "conditions", "actions", "step_count", "enrolled")


def _workflows(e: Evidence) -> bool:
    if e.someone or e.person or e.send:
        return False
    parts = _workflow_parts(e)
    return bool(e.has("workflows", "name")) and (
        parts > 1 or (e.says("workflowid", "workflowname") and parts + e.has("workflows", "status", "type") > 0)
    )


def _templates(e: Evidence) -> bool:
    if e.someone or e.send or e.person or e.campaign_reference or e.anyone:
        return False
    named = e.says("emailid", "emailname", "templateid", "templatename", "emailtemplateid")
    return (named and bool(e.has("templates", "name", "subject", "file"))) or (
        e.has("templates", "name", "subject", "file") == 3
    )


def _owners(e: Evidence) -> bool:
    if (
        e.send
        or e.campaign_reference
        or e.says("contactid")
        or e.has("contacts", "company_name", "lead_score", "lead_stage")
    ):
        return False
    if e.has("contacts", "city", "country", "address_1", "postal_code") or not e.has("owners", "email", "name"):
        return False
    if e.says("reason") or e.has("notes", "text") or _workflow_parts(e) or e.owned:
        return False
    said = e.says("ownerid", "userid", "ownername", "username", "owneremail", "useremail") or (
        e.says("owner", "user") and not e.person and e.details < 2
    )
    login = e.has("owners", "active") and e.has("owners", "email") and (e.has("owners", "name") or e.person)
    return bool((said and (e.has("owners", "email") or e.says("ownerid", "userid"))) or login)


def _notes(e: Evidence) -> bool:
    if not e.anyone or e.person or e.send or e.details > 2:
        return False
    own = e.says("noteid", "note", "notetext")
    return bool(e.has("notes", "text")) and (own or bool(e.has("notes", "date", "author"))) and not _activity_parts(e)


def _activity_parts(e: Evidence) -> bool:
    return e.says("activityid", "taskid", "activitytype", "duedate") or (
        e.has("activities", "subject") == 1 and e.says("subject", "task", "activity", "title")
    )


def _activities(e: Evidence) -> bool:
    if not e.anyone or e.person or e.send or e.details > 2 or e.campaign_reference:
        return False
    return (
        _activity_parts(e)
        and bool(e.has("activities", "date"))
        and bool(e.has("activities", "subject", "type", "text"))
    )


def _files(e: Evidence) -> bool:
    if not e.anyone or e.person or e.send or e.details > 2 or e.has("notes", "text"):
        return False
    return e.says("fileid", "path", "file", "filename", "filepath", "attachment", "attachmentname", "document")


_RULES: Mapping[str, Callable[[Evidence], bool]] = MappingProxyType(
    {
        "contacts": _contacts, "companies": _companies, "campaigns": _campaigns, "campaign_members": _members,
        "email_sends": _sends, "suppressions": _suppression_file, "templates": _templates, "workflows": _workflows,
        "owners": _owners, "notes": _notes, "activities": _activities, "files": _files,
    }
)  # fmt: skip


def fitting_objects(headers: Sequence[str], rows: Sequence[Sequence[str]] = (), name: str = "") -> list[str]:
    """Every object that a file with these headers could be; its name decides only between those that fit."""
    evidence = Evidence(headers, rows, name)
    fits = [object_name for object_name, rule in _RULES.items() if rule(evidence)]
    if _called_suppressions_only(evidence, fits):
        return [*fits, "suppressions"]
    if len(fits) > 1 and name:
        hinted = [object_name for object_name in fits if evidence.is_called(object_name)]
        if len(hinted) == 1 and not (hinted == ["suppressions"] and evidence.details):
            return hinted
    return fits


def _called_suppressions_only(e: Evidence, fits: Sequence[str]) -> bool:
    """Nothing but the file's name says that the people in it must not be mailed (`Unsubscribed Contacts.csv`). Too
    little to suppress them by, and too much to go on without asking."""
    people = not {"contacts", "campaign_members"}.isdisjoint(fits) and bool(e.has("suppressions", "email"))
    flagged = e.has("contacts", *SUPPRESSION_COLUMNS)
    return e.is_called("suppressions") and people and "suppressions" not in fits and not flagged


def _own_name(shown: str) -> str:
    """The name of a file without folders and suffix; of a sheet its own, unless nobody gave it one (`Sheet1`)."""
    file, _, sheet = shown.rsplit("/", 1)[-1].partition("!")
    if sheet and not re.fullmatch(r"(sheet|tabelle|feuil|hoja)\d*", sheet, re.IGNORECASE):
        file = sheet
    return re.sub(r"\.[A-Za-z0-9]+$", "", file)
