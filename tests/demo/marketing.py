"""Campaigns with their members, e-mail sends, and the suppression list of the synthetic customer."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.demo.firms import OWNER_EMAILS
from tests.demo.formats import Dice, Row
from tests.demo.people import Contacts
from tests.demo.timeline import EXPORTED, moment, written

CAMPAIGN_HEADERS = ("Campaign ID", "Campaign Name", "Status", "Type", "Start Date", "End Date", "Description", "Owner")
MEMBER_HEADERS = (
    "Campaign ID",
    "Campaign Name",
    "Contact ID",
    "Email Address",
    "Account Name",
    "Deal Title",
    "Joined At",
)
SEND_HEADERS = (
    "Send ID", "Contact ID", "Email Address", "Campaign ID", "Email ID", "Subject", "Sent At", "Status", "Opened At",
    "Clicked At", "Bounced At", "Bounce Type",
)  # fmt: skip
SUPPRESSION_HEADERS = ("Email Address", "Reason", "Date", "List")

SENDS = 1500
SUPPRESSED_CONTACTS = 44
"""Addresses of contacts on the list for all mail, one row each."""
SUPPRESSED_FOR_LISTS = 8
SUPPRESSED_STRANGERS = 13
"""Addresses of nobody in the source."""
SUPPRESSED_IN_ACCOUNT = (
    "iris.solo@harborline.example",
    "Otto.Kern@harborline.example",
    "mara.quill@harborline.example",
)
"""Addresses that only persons of the sandbox account have."""

DEALS = ("Acme renewal 2026", "Larkspur rollout", "Müller pilot", "Smith, Jones & Partners: audit")
"""Titles of deals that the sandbox account holds."""

_CAMPAIGNS = (
    ("Spring Product Drip", "Completed", "Drip Series", "03/02/2025", "05/30/2025"),
    ("Trade Fair 2025", "Completed", "Event", "09/08/2025", "09/12/2025"),
    ("Webinar: Field Data", "Completed", "Webinar", "11/18/2025", "11/18/2025"),
    ("Winter Reactivation", "Completed", "Workflow", "12/01/2025", "02/28/2026"),
    ("Partner News", "Active", "Newsletter", "01/15/2026", ""),
    ("Subject Line Test", "Completed", "A/B Email Test", "04/13/2026", "04/20/2026"),
    ("Summer Upgrade", "Active", "Workflow", "06/22/2026", "12/31/2026"),
    ("Autumn Draft", "Draft", "Drip Series", "", ""),
)
EMAILS = (
    ("701", "Welcome", "Welcome to the demo company"),
    ("702", "Newsletter", "What is new this month"),
    ("703", "Newsletter (Executive)", "This month in five figures"),
    ("704", "Event invitation", "Meet us at the trade fair, {FIRST NAME|friend}"),
    ("705", "Reactivation", "We have not heard from you"),
    ("706", "Webinar follow-up", "Your recording; and what to do next"),
)
"""E-mail id, name and subject; `assets.py` holds their bodies."""


def campaigns() -> list[Row]:
    rows = []
    for i, (name, status, kind, start, end) in enumerate(_CAMPAIGNS):
        text = f"{kind} for the demo customer; goal: {'registrations' if kind in ('Event', 'Webinar') else 'replies'}."
        cells = (str(501 + i), name, status, kind, start, end, text, OWNER_EMAILS[i % 5])
        rows.append(dict(zip(CAMPAIGN_HEADERS, cells, strict=True)))
    return rows


def members(dice: Dice, contacts: Contacts) -> list[Row]:
    """30 or so members a campaign: known by id, by address, or as a firm; some name a deal of the account."""
    rows: list[Row] = []
    for i, (name, *_) in enumerate(_CAMPAIGNS[:7]):
        for person in dice.some(contacts.people, 30):
            row: Row = {"Joined At": written(dice, moment(dice, datetime(2025, 1, 6), EXPORTED))}
            row["Campaign Name" if dice.chance(0.3) else "Campaign ID"] = row_id = str(501 + i)
            if row.get("Campaign Name") == row_id:
                row["Campaign Name"] = name
            if person["Email Address"] and dice.chance(0.4):
                row["Email Address"] = person["Email Address"]
            else:
                row["Contact ID"] = person["Contact ID"]
            rows.append(row)
    for i, twin in enumerate(contacts.shared):  # the same address, in another campaign than its first record
        rows.append(
            {"Campaign ID": str(501 + i % 7), "Contact ID": twin["Contact ID"], "Joined At": "2026-08-03 10:00:00"}
        )
    for i, title in enumerate(DEALS):
        rows.append(
            {
                "Campaign ID": str(501 + i),
                "Account Name": "Acme Inc.",
                "Deal Title": title,
                "Joined At": "2026-02-03 09:30:00",
            }
        )
    rows.append(
        {"Campaign ID": "503", "Account Name": "Acme Inc.", "Deal Title": "A deal nobody made", "Joined At": ""}
    )
    rows.append({"Campaign ID": "505", "Account Name": "Larkspur Foods Inc.", "Joined At": "2026-03-01 08:15:00"})
    rows.append({"Campaign ID": "999", "Contact ID": "10001", "Joined At": "2026-03-01 08:15:00"})
    return rows


def sends(dice: Dice, contacts: Contacts, suppressed: list[Row]) -> list[Row]:
    """1,500 sends, one row each, the last one a repeat of the one before; bounced addresses bounced in a send too."""
    bounced = {row["Email Address"].lower() for row in suppressed if row["Reason"] == "Hard Bounce"}
    mailable = [p for p in contacts.people if p["Email Address"]] + contacts.shared
    rows = [_send(dice, 80_001 + i, dice.pick(mailable)) for i in range(SENDS - 1)]
    for i, row in enumerate(rows[:3]):  # contacts that were deleted from the source since
        row |= {"Contact ID": "", "Email Address": f"gone{i}@vanished.example"}
    for row, person in zip(rows[10:], [p for p in mailable if p["Email Address"].lower() in bounced], strict=False):
        row |= {"Contact ID": person["Contact ID"], "Email Address": "", "Status": "bounced", "Bounce Type": "hard"}
        row |= {"Bounced At": row["Sent At"], "Opened At": "", "Clicked At": ""}
    return [*rows, dict(rows[-1])]


def _send(dice: Dice, number: int, person: Row) -> Row:
    at = moment(dice, datetime(2025, 1, 6), EXPORTED - timedelta(days=8))
    email = dice.pick(EMAILS)
    row: Row = {
        "Send ID": str(number),
        "Campaign ID": str(501 + dice.between(0, 6)) if dice.chance(0.9) else "",
        "Email ID": email[0],
        "Subject": email[2],
        "Sent At": written(dice, at),
        "Status": "delivered",
    }
    row["Email Address" if dice.chance(0.2) else "Contact ID"] = ""
    if "Email Address" in row:
        row["Email Address"] = person["Email Address"]
    else:
        row["Contact ID"] = person["Contact ID"]
    draw = dice.between(1, 100)
    if draw <= 36:
        opened = at + timedelta(minutes=dice.between(2, 4000))
        row |= {"Status": "opened", "Opened At": written(dice, opened)}
        if draw <= 12:
            row |= {"Status": "clicked", "Clicked At": written(dice, opened + timedelta(minutes=dice.between(1, 50)))}
    elif draw <= 40:
        kind = "hard" if draw <= 38 else "soft"
        row |= {"Status": "bounced", "Bounced At": written(dice, at + timedelta(minutes=1)), "Bounce Type": kind}
    return row


def suppressions(dice: Dice, contacts: Contacts) -> list[Row]:
    """70 rows: contacts, contacts for one list only, strangers, persons of the account, and two second reasons.

    The two contacts that opt out between the exports (330 and 331) are kept mailable here.
    """
    late = (330, 331)
    for index in late:
        contacts.people[index] |= dict.fromkeys(("Unsubscribed Contact", "Bounced Contact", "GDPR Consent Granted"), "")
    able = [p for i, p in enumerate(contacts.people) if p["Email Address"] and i > 17 and i not in late]
    chosen = dice.some(able, SUPPRESSED_CONTACTS - 2 + SUPPRESSED_FOR_LISTS)
    everything, for_lists = chosen[: SUPPRESSED_CONTACTS - 2], chosen[SUPPRESSED_CONTACTS - 2 :]
    addresses = [_as_written(dice, p["Email Address"]) for p in everything]
    addresses += ["lee.wong.home@post.example", "pat.o'brien@acme.example"]
    addresses += [f"stranger{i + 1}@elsewhere.example" for i in range(SUPPRESSED_STRANGERS)]
    addresses += [address.lower() for address in SUPPRESSED_IN_ACCOUNT]
    rows = [_suppression(dice, address) for address in addresses]
    for i, person in enumerate(for_lists):
        rows.append(
            _suppression(dice, person["Email Address"])
            | {"List": "Newsletter" if i % 2 else "Partners", "Reason": "Unsubscribed"}
        )
    rows.append({"Email Address": addresses[0], "Reason": "Spam Complaint", "Date": "2024-02-29", "List": ""})
    rows.append(
        {
            "Email Address": for_lists[0]["Email Address"],
            "Reason": "Unsubscribed",
            "Date": "2026-05-05",
            "List": "Webinar Invitations",
        }
    )
    return dice.shuffled(rows)


def _as_written(dice: Dice, address: str) -> str:
    return address.upper() if dice.chance(0.15) else address


def _suppression(dice: Dice, address: str) -> Row:
    reason = dice.pick(
        ("Hard Bounce", "Unsubscribed", "Unsubscribed", "Spam Complaint", "Manual", "No Consent", "Legacy import", "")
    )
    day = moment(dice, datetime(2021, 1, 4), EXPORTED).date().isoformat()
    return {"Email Address": address, "Reason": reason, "Date": "" if dice.chance(0.1) else day, "List": ""}
