"""Workflows, e-mail bodies, notes and files of the synthetic customer."""

from __future__ import annotations

from tests.demo.firms import OWNER_EMAILS
from tests.demo.formats import Dice, Row
from tests.demo.marketing import EMAILS
from tests.demo.people import Contacts

WORKFLOW_HEADERS = (
    "Workflow ID", "Name", "Status", "Type", "Trigger", "Conditions", "Actions", "Step Count", "Enrolled",
)  # fmt: skip
TEMPLATE_HEADERS = ("Email ID", "Email Name", "Subject", "File")
NOTE_HEADERS = ("Note ID", "Contact ID", "Email Address", "Account Name", "Text", "Date", "Author")
FILE_HEADERS = ("File ID", "Contact ID", "Account Name", "Path", "Date", "Author")

_WORKFLOWS: tuple[tuple[str, str, str, str, str, str, int], ...] = (
    (
        "Spring Product Drip", "Active", "Drip Series",
        'Audience: contacts on Marketing List "Newsletter" (perpetual)',
        "Lead Stage is not Customer",
        """1. Send Email "Welcome" on 2026-03-02 09:00
2. Send Email "Newsletter" on 2026-03-16 09:00
3. When this email is clicked: Set Field Values Lead Stage = Engaged
4. Send Email "Webinar follow-up" on 2026-03-30 09:00""",
        212,
    ),
    (
        "Summer Upgrade", "Active", "Workflow",
        "Audience: Product Interest is Team or Business (perpetual)",
        "Goal: Product Interest is Enterprise; people who achieve it are removed",
        """1. Send Email "Newsletter"
2. Wait 3 days
3. Split (Conditions): opened Email "Newsletter"
4. Yes: Send Email "Webinar follow-up"; add to Marketing List "Webinar Invitations"
5. No: Wait 1 week, Send Email "Reactivation"
6. Split (Random Distribution): 50 % / 50 %
7. Branches merge: Sales Alert to Account Owner""",
        148,
    ),
    (
        "Subject Line Test", "Active", "A/B Email Test",
        'Audience: Marketing List "Product Updates" (one-time)',
        "Winner: highest click rate after 24 hours",
        """1. Send Email "Newsletter" with subject A to 20 %
2. Send Email "Newsletter" with subject B to 20 %
3. Wait 24 hours
4. Send the winner to the remaining 60 %""",
        390,
    ),
    (
        "Hot and cold leads", "Active", "Lead Scoring Thresholds",
        "Total Score rises above 80, or falls below 20",
        "Rising: Lead Stage is Engaged or Marketing Qualified",
        """1. Rising: Set Field Values Lead Stage = Sales Accepted; create CRM task "Call within a day"; Sales Alert
2. Falling: Set Field Values Lead Stage = Dormant; remove from Marketing List "Product Updates\"""",
        75,
    ),
    (
        "Qualified hand-over", "Active", "Lead Stage Change Actions",
        "Lead Stage changes to Marketing Qualified",
        "Region is North or West",
        """1. Set Field Values Contact Owner = rita.valdez@demo.example
2. Add to Marketing List "Partners"
3. Remove from Marketing List "Newsletter"
4. Create CRM task "Introduce yourself\"""",
        64,
    ),
    (
        "Fair visitors to the CRM", "Active", "Workflow",
        'Contact is added to Marketing List "Trade Fair 2025", or field Contract Renewal changes',
        "GDPR Consent Granted is True",
        """1. Send Webhook to https://hooks.demo.example/fair
2. Sync to CRM
3. Create CRM opportunity "Trade Fair follow-up"
4. Slack notification to #sales
5. Wait 2 days
6. Send Email "Event invitation\"""",
        31,
    ),
    (
        "Old nurture (2021)", "Inactive", "Nurture Campaign",
        "Audience: everyone with an e-mail address (one-time)",
        "",
        """1. Send Email "Reactivation"
2. Wait 51 weeks
3. Send Email "Reactivation\"""",
        0,
    ),
)  # fmt: skip
"""Name, status, type, trigger, conditions, actions (one a line), people enrolled, in the words of the screens."""


def workflows() -> list[Row]:
    rows = []
    for i, (name, status, kind, trigger, conditions, actions, enrolled) in enumerate(_WORKFLOWS):
        steps = str(len(actions.splitlines()))
        cells = (str(601 + i), name, status, kind, trigger, conditions, actions, steps, str(enrolled))
        rows.append(dict(zip(WORKFLOW_HEADERS, cells, strict=True)))
    return rows


def template_index() -> list[Row]:
    files = (
        "welcome.html",
        "newsletter.html",
        "newsletter_executive.html",
        "event_invitation.html",
        "reactivation.html",
    )
    cells = [(*email, file) for email, file in zip(EMAILS, (*files, "webinar_follow-up.html"), strict=True)]
    return [dict(zip(TEMPLATE_HEADERS, row, strict=True)) for row in cells]


_OPENINGS = (
    "<p>Hello {FIRST NAME|Valued Customer},</p><p>thank you for joining us. Ask {CONTACT OWNER|our team}.</p>",
    "<p>Dear {FIRST NAME|reader},</p><p>{ACCOUNT NAME|your company} is in region {REGION|unknown}. The news:</p>"
    '<div class="experience" data-persona="Engineers"><p>For engineers: the new data sheet.</p></div>'
    '<div class="experience" data-persona="Buyers"><p>For buyers: the new price list.</p></div>',
    "<p>{FIRST NAME|Hello} {LAST NAME|},</p><p>five figures for {TITLE|leaders} like you. Score: {LEAD SCORE|0}.</p>",
    "<p>Meet us in hall 4, {FIRST NAME|friend}. Your code: {MERGE_DATA:TICKET_CODE|at the desk}.</p>"
    '<div style="display:none">Only seen in the preview line</div>',
    "<p>{FIRST NAME|Hello}, is {EMAIL ADDRESS|this address} still yours? Offer: {COUPON CODE}.</p>",
    "<p>Thank you for coming, {FIRST NAME|guest}! Order {MERGE_DATA:ORDER_NUMBER|none}; next step: [[NEXT STEP]].</p>"
    "<script>window.seen = 1;</script>",
)


_PAGE = """<!DOCTYPE html>
<html>
<head><meta charset="utf-8"><title>@SUBJECT@</title>
<style>@media (max-width: 600px) { .card { width: 100% !important } }</style></head>
<body style="margin:0;background:#f2f4f6">
<table class="card" width="600" align="center" role="presentation">
<tr><td><img src="https://img.net-results.example/a/9001/logo.png" width="180" alt="Demo company"></td></tr>
<tr><td style="font-family:Arial,sans-serif">@OPENING@
<p><a href="https://links.net-results.example/t/c/1001?u=https%3A%2F%2Fwww.demo.example%2Fnews">Read more →</a></p>
<p><a href="https://www.demo.example/contact">Contact us</a></p>
<img src="https://img.demo.example/photo.jpg" width="560"></td></tr>
<tr><td><a href="https://links.net-results.example/hp/5f3a" style="display:none;visibility:hidden"
aria-hidden="true" tabindex="-1">&nbsp;</a>
<a href="https://app.paminga.example/unsubscribe?c={CONTACT ID|}">Unsubscribe</a></td></tr>
</table>
<img src="https://links.net-results.example/o/1001.gif" width="1" height="1" alt="">
</body>
</html>
"""


def bodies() -> dict[str, bytes]:
    """File name → HTML as exported: CRLF, tables, tracked links, a beacon picture and the hidden link for bots."""
    found = {}
    for row, opening in zip(template_index(), _OPENINGS, strict=True):
        page = _PAGE.replace("@SUBJECT@", row["Subject"]).replace("@OPENING@", opening)
        found[row["File"]] = page.replace("\n", "\r\n").encode()
    return found


def notes(dice: Dice, contacts: Contacts) -> list[Row]:
    """12 notes: of contacts by id and by address, of a firm; with line breaks, an entity and markup-like text."""
    texts = (
        "Called, no answer.", "Wants the price list.\nSecond line of the note.",
        "Prefers <b>letters</b> & calls, not mail.",
        "Ties &amp; shirts order", "Spoke German.", "Sep line\u2028after it.",
        "=1+1 is how the note began", "Left voicemail.", "Sent samples.", "Asked for Pat.", "Meeting moved to May.",
    )  # fmt: skip
    rows = []
    for i, text in enumerate(texts):
        person = contacts.people[20 + 3 * i]
        who = {"Email Address": person["Email Address"]} if i % 4 == 1 else {"Contact ID": person["Contact ID"]}
        rows.append(
            {"Note ID": str(301 + i), **who, "Text": text, "Date": f"2025-0{1 + i % 9}-1{i % 9} 14:{10 + i}:00"}
        )
        rows[-1]["Author"] = dice.pick(OWNER_EMAILS)
    rows.append(
        {
            "Note ID": "312",
            "Account Name": "Acme Inc.",
            "Text": "Invoice address changed.",
            "Date": "2025-11-02 09:00:00",
        }
    )
    return rows


def files(contacts: Contacts) -> tuple[list[Row], dict[str, bytes]]:
    """The index of five files, and their contents by path."""
    contents = {
        "files/briefing.txt": b"Briefing for the demo customer.\nSynthetic.\n",
        "files/Angebot Mueller.txt": "Angebot über 3 Stück.\n".encode(),
        "files/contract.pdf": _pdf("Synthetic contract"),
        "files/logo.png": _PNG,
        "files/minutes.txt": b"Minutes: nothing was decided.\n",
    }
    owners: tuple[Row, ...] = (
        {"Contact ID": contacts.people[21]["Contact ID"]},
        {"Contact ID": contacts.people[3]["Contact ID"]},
        {"Account Name": "Acme Inc."},
        {"Account Name": "Larkspur Foods Inc."},
        {"Contact ID": contacts.shared[2]["Contact ID"]},
    )
    rows = [
        {"File ID": str(401 + i), **who, "Path": path, "Date": f"2025-06-0{1 + i} 11:00:00", "Author": OWNER_EMAILS[i]}
        for i, (path, who) in enumerate(zip(contents, owners, strict=True))
    ]
    return rows, contents


_PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c02"
    "0000000b4944415478da6364f80f00010501012718e3660000000049454e44ae426082"
)
"""One pixel."""


def _pdf(text: str) -> bytes:
    stream = f"BT /F1 18 Tf 72 720 Td ({text}) Tj ET"
    objects = (
        "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        f"<</Length {len(stream)}>>stream\n{stream}\nendstream", "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )  # fmt: skip
    out, places = "%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj{body}endobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer<</Size {len(objects) + 1}/Root 1 0 R>>\n"
    return f"{out}startxref\n{start}\n%%EOF\n".encode()
