"""Sends, suppressions, campaigns, notes and files in the account. Each check gives its problems."""

from __future__ import annotations

import html
from collections import defaultdict
from pathlib import Path
from typing import Any

from tests.support import expected
from tests.support.case import Case, emails_of, organization_of
from tests.support.readback import Row, addresses_in, folded, moment, tidy

STATUS, REASON, DATE = "Suppression status", "Suppression reason", "Suppression date"


def check_sends(case: Case) -> list[str]:
    """Every send to a contact is one activity: person, UTC time, done, and the lines of its note. No others."""
    problems = []
    found = defaultdict(list)
    for activity in case.account.activities.values():
        lines = expected.note_lines(activity.get("note") or "")
        if number := lines.get("Net-Results send ID"):
            found[number].append((activity, lines))
    for number, row in case.export.sends.items():
        person = case.person_of(row)
        if len(found[number]) != (1 if person else 0):
            problems.append(f"send {number} has {len(found[number])} activities")
        elif person:
            problems += [f"send {number}: {p}" for p in _wrong_activity(case, row, person, *found[number][0])]
    problems += [f"an activity has the unknown send id {n}" for n in found if n not in case.export.sends]
    return problems


def _wrong_activity(
    case: Case, row: Row, person: dict[str, Any], activity: dict[str, Any], lines: dict[str, str]
) -> list[str]:
    problems = []
    sent = moment(row["Sent At"], case.zone)
    if expected.utc(f"{activity['due_date']} {activity['due_time']}") not in (sent, sent and sent.replace(second=0)):
        problems.append(f"is at {activity['due_date']} {activity['due_time']}, sent at {sent}")
    if not activity["done"]:
        problems.append("is not done")
    if person["id"] not in [p["person_id"] for p in activity.get("participants") or ()]:
        problems.append(f"has participants {activity.get('participants')}, not person {person['id']}")
    campaign = case.export.campaigns.get(row["Campaign ID"], {}).get("Campaign Name", "")
    texts = {
        "Subject": row["Subject"],
        "Status": row["Status"],
        "Bounce type": row["Bounce Type"],
        "Campaign": campaign,
    }
    problems += [
        f"{key} is {lines.get(key)!r}, not {text!r}" for key, text in texts.items() if lines.get(key, "") != text
    ]
    for key, header in (
        ("Sent (UTC)", "Sent At"),
        ("Opened", "Opened At"),
        ("Clicked", "Clicked At"),
        ("Bounced", "Bounced At"),
    ):
        if expected.utc(lines.get(key, "")) != moment(row[header], case.zone):
            problems.append(f"{key} is {lines.get(key)!r}, not {row[header]!r}")
    return problems


def check_suppressions(case: Case) -> list[str]:
    """A person with a suppressed address says so, with reasons, lists and earliest date; all others are empty."""
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in case.export.suppressions:
        for address in addresses_in(row["Email Address"]):
            rows[folded(address)].append(row)
    problems = []
    flagged = {
        a
        for c in case.export.contacts.values()
        if expected.column_suppressions(c)
        for a in addresses_in(c["Email Address"])
    }
    for person in case.account.persons.values():
        mine = [row for address in emails_of(person) for row in rows.get(folded(address), [])]
        columns = {r for contact in case.rows_of(person) for r in expected.column_suppressions(contact)}
        if flagged & set(emails_of(person)) and not columns and not mine:
            columns = {"unsubscribe"}
        problems += [f"person {person['id']}: {p}" for p in _wrong_suppression(person, mine, columns)]
    return problems


def _wrong_suppression(person: dict[str, Any], rows: list[Row], columns: set[str]) -> list[str]:
    values = person["fields"]
    status = values.get(STATUS) or ""
    if not rows and not columns:
        return [f"is marked {status!r} for nothing"] if status else []
    problems = []
    lists = {tidy(row["List"]) for row in rows}
    if columns or "" in lists:
        if status != "suppressed":
            problems.append(f"status is {status!r}, not 'suppressed'")
    elif not status.startswith("suppressed for lists: ") or any(name not in status for name in lists):
        problems.append(f"status is {status!r}, the lists are {sorted(lists)}")
    reasons = columns | {expected.REASONS.get(tidy(row["Reason"]).casefold(), "unknown") for row in rows}
    reason = values.get(REASON) or ""
    if set(reason.split("; ") if isinstance(reason, str) else reason) != reasons:
        problems.append(f"reason is {values.get(REASON)!r}, not {sorted(reasons)}")
    dates = sorted(tidy(row["Date"]) for row in rows if tidy(row["Date"]))
    if (values.get(DATE) or "") != (dates[0] if dates else ""):
        problems.append(f"date is {values.get(DATE)!r}, not {dates[:1]}")
    return problems


def check_campaigns(case: Case) -> list[str]:
    """`Campaigns` of an organization and of a deal names every campaign that a member of it is in."""
    problems = []
    deals = {deal["title"]: deal for deal in case.account.deals.values()}
    for row in case.export.members:
        name = row["Campaign Name"] or case.export.campaigns.get(row["Campaign ID"], {}).get("Campaign Name", "")
        person = case.person_of(row)
        holder = organization_of(case, case.rows_of(person) if person else [row | {"Account ID": ""}])
        for place in (holder, deals.get(row["Deal Title"])):
            if name and place and name not in str(place["fields"].get("Campaigns", "")):
                problems.append(f"campaign {name!r} is not named by {place.get('name') or place.get('title')!r}")
    return sorted(set(problems))


def check_notes_and_files(case: Case) -> list[str]:
    """Every note and file is there once, on its person or organization."""
    problems = []
    for row in case.export.notes:
        wanted = expected.one_space(expected.plain(row["Text"]))
        found = [n for n in case.account.notes if wanted in _note_text(n) and _holds(case, row, n)]
        if len(found) != 1:
            problems.append(f"note {row['Note ID']} is there {len(found)} times")
    for row in case.export.files:
        found = [
            f
            for f in case.account.files
            if Path(row["Path"]).name in (f.get("name"), f.get("file_name")) and _holds(case, row, f)
        ]
        if len(found) != 1:
            problems.append(f"file {row['Path']} is there {len(found)} times")
    return problems


def _note_text(note: dict[str, Any]) -> str:
    content = note["content"].replace("<br>", " ").replace("<br />", " ")
    return expected.one_space(html.unescape(html.unescape(content)))


def _holds(case: Case, row: Row, item: dict[str, Any]) -> bool:
    person = case.person_of(row)
    if person:
        return _number(item.get("person_id")) == person["id"]
    organization = organization_of(case, [row | {"Account ID": ""}])
    return organization is not None and _number(item.get("org_id")) == organization["id"]


def _number(link: Any) -> Any:
    return link.get("value", link.get("id")) if isinstance(link, dict) else link
