"""Sends, campaign members, notes, activities and files → activities, notes and files of a person or organization."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from nrpd.journal import RowOutcome
from nrpd.loader.plans.known_sends import KnownSends
from nrpd.loader.plans.records import Wanted
from nrpd.loader.source_view import SourceView, row_outcome, row_outcomes
from nrpd.matching.campaigns import Membership
from nrpd.matching.rows import Row, content, digest, text_of
from nrpd.matching.sends import note, parse_note, select
from nrpd.pipedrive.records import MAX_LENGTH, MAX_NOTE_BYTES

SEND_TYPE = "Marketing Email"
"""The activity type of an e-mail send (created by 04_schema)."""
CAMPAIGN_TYPE = "Campaign"
"""The activity type of a campaign membership, under `policies.campaigns: activities`."""
SEND_ID = "Net-Results send ID"
ACTIVITY_ID = "Net-Results activity ID"
UNKNOWN_OWNER = "unknown contact or company"
NO_SUBJECT = "(no subject)"
NO_TEXT = "blank note"
LONG_TEXT = f"text of more than {MAX_NOTE_BYTES:,} bytes"


class Places:
    """Where records of the source stand in the account, and who owns them there."""

    def __init__(
        self,
        view: SourceView,
        persons: Mapping[str, str],
        organizations: Mapping[str, str],
        owner_of: Callable[[str], int],
    ) -> None:
        self.view = view
        self._persons = persons
        self._organizations = organizations
        self._by_key = {person.key: person for person in view.contacts.people}
        self.owner_of = owner_of

    def person(self, key: str | None) -> int | None:
        """The person's id in the account."""
        person = self._by_key.get(key or "")
        if person is None:
            return None
        found = next((self._persons[i] for i in (*person.ids, person.key) if i in self._persons), None)
        return None if found is None else int(found)

    @property
    def persons(self) -> Collection[str]:
        """Ids of the persons that the source's records are linked to."""
        return self._persons.values()

    def organization_of(self, key: str | None) -> int | None:
        """The id of the organization that a person belongs to."""
        person = self._by_key.get(key or "")
        return None if person is None else self.organization(self.view.company_of(person.values))

    def organization(self, company: str | None) -> int | None:
        """The id of a company's organization."""
        found = self._organizations.get(company or "")
        return None if found is None else int(found)

    def owner_cell(self, key: str) -> str:
        """What the source says of the owner of a person."""
        return str(self._by_key[key].values.get("owner_email", ""))


def wanted_sends(
    view: SourceView, places: Places, linked: Mapping[str, str], policy: Any, type_key: str, only: frozenset[str] | None
) -> tuple[list[Wanted], list[RowOutcome]]:
    """One activity per send that the policy takes, and the outcomes of the rows of all other sends."""
    taken, left = select(view.sends.sends, policy)
    settled = [
        outcome
        for send in view.sends.sends
        if (why := left.get(send.send_id)) and (only is None or send.key in only)
        for outcome in row_outcomes("email_sends", send.rows, *why)
    ]
    wanted = []
    now = {f"{send.send_id}@{places.person(send.key)}" for send in taken}
    known = KnownSends(linked, now, places.persons)
    for send in taken:
        if only is not None and send.key not in only:
            continue
        person = places.person(send.key)
        if person is None:
            settled += row_outcomes("email_sends", send.rows, "quarantined", "its contact is not in the account")
            continue
        text = note(send, view.campaigns.name_of(send.campaign_id))
        if _is_too_long(text):
            settled += row_outcomes("email_sends", send.rows, "quarantined", LONG_TEXT)
            continue
        rows = tuple(
            row_outcome("email_sends", row, "skipped" if n else "", "folded into one send" if n else "")
            for n, row in enumerate(send.rows)
        )
        values = {
            "subject": (send.subject or NO_SUBJECT)[: MAX_LENGTH["varchar"]],
            "type": type_key,
            **moment(send.sent_at),
            "done": True,
            "note": text,
        }
        identity = known.identity(send.send_id, person)
        wanted.append(_activity(identity, values, person, places.organization_of(send.key),
                                places.owner_of(places.owner_cell(send.key)), rows, linked))  # fmt: skip
    return wanted, settled


def wanted_memberships(view: SourceView, places: Places, linked: Mapping[str, str], type_key: str) -> list[Wanted]:
    """One activity per campaign membership, under `policies.campaigns: activities`. Who joined a campaign twice is a
    member once, since the first time."""
    wanted = []
    rows_of: dict[str, list[Row]] = defaultdict(list)
    first: dict[str, Membership] = {}
    for member in view.campaigns.memberships:
        rows_of[member.membership_id].append(member.row)
        first.setdefault(member.membership_id, member)
    for member in first.values():
        person, organization = places.person(member.person), places.organization(member.company)
        campaign = view.campaigns.campaigns[member.campaign_id]
        joined = member.joined_at or campaign.start
        if (person is None and organization is None) or joined is None:
            continue
        lines = {"Campaign": campaign.name, "Status": campaign.values.get("status", ""),
                 "Type": campaign.values.get("type", ""), ACTIVITY_ID: f"member {member.membership_id}"}  # fmt: skip
        values = {
            "subject": f"Campaign: {campaign.name}"[: MAX_LENGTH["varchar"]], "type": type_key, **moment(joined),
            "done": True, "note": "\n".join(f"{key}: {value}" for key, value in lines.items() if value),
        }  # fmt: skip
        owner = places.owner_of(places.owner_cell(member.person) if member.person else "")
        rows = tuple(
            row_outcome("campaign_members", row, "skipped" if n else "", "same row" if n else "")
            for n, row in enumerate(rows_of[member.membership_id])
        )
        wanted.append(_activity(lines[ACTIVITY_ID], values, person, organization, owner, rows, linked))
    return wanted


def wanted_activities(
    view: SourceView, places: Places, linked: Mapping[str, str], type_of: Callable[[str], str]
) -> tuple[list[Wanted], list[RowOutcome]]:
    """Calls, meetings and tasks of the source as activities. `type_of`: the source's word → the account's type key."""
    when = view.when("activities")
    wanted, settled = [], []
    seen: set[str] = set()
    for row in view.tables.of("activities"):
        key = view.contacts.person_of(row)
        person, organization = places.person(key), _company_place(view, places, row, key)
        at = when(row, "date")
        if person is None and organization is None:
            settled.append(row_outcome("activities", row, "skipped", UNKNOWN_OWNER))
            continue
        if at is None:
            settled.append(row_outcome("activities", row, "quarantined", "time cannot be read"))
            continue
        identity = "activity " + (text_of(row, "activity_id") or digest("activity", *map(str, content(row))))
        if identity in seen:  # the later export says it once more
            again = "its id stands in another row" if text_of(row, "activity_id") else "same row"
            settled.append(row_outcome("activities", row, "skipped", again))
            continue
        seen.add(identity)
        subject = text_of(row, "subject") or NO_SUBJECT
        whole = f"Subject: {subject}" if len(subject) > MAX_LENGTH["varchar"] else ""
        text = "\n".join(part for part in (whole, row.get("text", ""), f"{ACTIVITY_ID}: {identity}") if part)
        if _is_too_long(text):
            settled.append(row_outcome("activities", row, "quarantined", LONG_TEXT))
            continue
        values = {"subject": subject[: MAX_LENGTH["varchar"]],
                  "type": type_of(row.get("type", "")), **moment(at), "done": True, "note": text}  # fmt: skip
        owner = places.owner_of(row.get("author", ""))
        wanted.append(_activity(identity, values, person, organization, owner,
                                (row_outcome("activities", row, ""),), linked))  # fmt: skip
    return wanted, settled


def _activity(
    identity: str, values: Mapping[str, Any], person: int | None, organization: int | None, owner: int,
    rows: tuple[RowOutcome, ...], linked: Mapping[str, str],
) -> Wanted:  # fmt: skip
    whole: dict[str, Any] = {**values, "owner_id": owner}
    if person is not None:
        whole["participants"] = ({"person_id": person, "primary": True},)
    if organization is not None:
        whole["org_id"] = organization
    return Wanted("activity", identity, whole, rows, dest_id=linked.get(identity, ""), linked=identity in linked)


def moment(at: datetime) -> dict[str, str]:
    """A UTC time as an activity's due date and time (facts/pipedrive.md, section 5)."""
    return {"due_date": at.strftime("%Y-%m-%d"), "due_time": at.strftime("%H:%M:%S")}


def activity_keys(record: Mapping[str, Any]) -> list[str]:
    """The source ids that an activity of the account answers to."""
    text = str(record.get("note") or "")
    found = []
    if send := parse_note(text).get(SEND_ID):
        people = {record.get("person_id"), *(p.get("person_id") for p in record.get("participants") or ())} - {None}
        found += [f"{send}@{person}" for person in sorted(people)]
    for line in text.splitlines():
        if line.startswith(f"{ACTIVITY_ID}: "):
            found.append(line.partition(": ")[2])
    return found


def _company_place(view: SourceView, places: Places, row: Row, key: str | None) -> int | None:
    return places.organization(view.company_of(row)) or places.organization_of(key)


def note_bodies(
    view: SourceView, places: Places, *, admin: bool
) -> tuple[list[tuple[str, dict[str, Any], RowOutcome]], list[RowOutcome]]:
    """Bodies of `POST /v1/notes`: (source id, body, row outcome), and outcomes of rows that make none.

    The author is kept where the token's user is an admin (facts/pipedrive.md, section 16).
    """
    when = view.when("notes")
    bodies, settled = [], []
    for row in view.tables.of("notes"):
        key = view.contacts.person_of(row)
        link = _link(places.person(key), _company_place(view, places, row, key))
        if not link:
            settled.append(row_outcome("notes", row, "skipped", UNKNOWN_OWNER))
            continue
        text = row.get("text", "").strip()
        if not text:
            settled.append(row_outcome("notes", row, "skipped", NO_TEXT))
            continue
        if _is_too_long(text):
            settled.append(row_outcome("notes", row, "quarantined", LONG_TEXT))
            continue
        body: dict[str, Any] = {"content": text, **link}
        if at := when(row, "date"):
            body["add_time"] = at.strftime("%Y-%m-%d %H:%M:%S")
        if admin:
            body["user_id"] = places.owner_of(row.get("author", ""))
        bodies.append((_identity("notes", "note_id", row), body, row_outcome("notes", row, "created")))
    return bodies, settled


def file_bodies(
    view: SourceView, places: Places, attachments: Iterable[str]
) -> tuple[list[tuple[str, dict[str, Any], RowOutcome]], list[RowOutcome]]:
    """Forms of `POST /v1/files`, with the staged attachment that each sends."""
    known = {name.replace("\\", "/").removeprefix("./"): name for name in attachments}
    bodies, settled = [], []
    for row in view.tables.of("files"):
        key = view.contacts.person_of(row)
        link = _link(places.person(key), _company_place(view, places, row, key))
        path = text_of(row, "path").replace("\\", "/").removeprefix("./")
        name = known.get(path) or next(
            (known[k] for k in sorted(known) if k.endswith("/" + path) or PurePosixPath(k).name == path), None
        )
        if not link:
            settled.append(row_outcome("files", row, "skipped", UNKNOWN_OWNER))
        elif name is None:
            settled.append(row_outcome("files", row, "quarantined", f"the file {path} is not in the export"))
        else:
            body = {"name": PurePosixPath(path).name, "attachment": name, **link}
            bodies.append((_identity("files", "file_id", row), body, row_outcome("files", row, "created")))
    return bodies, settled


def _is_too_long(text: str) -> bool:
    return len(text.encode()) > MAX_NOTE_BYTES


def _link(person: int | None, organization: int | None) -> dict[str, int]:
    """A note or file hangs on the person, or on the organization where no person is named."""
    if person is not None:
        return {"person_id": person}
    return {} if organization is None else {"org_id": organization}


def _identity(object_: str, column: str, row: Row) -> str:
    return text_of(row, column) or digest(
        object_, *(f"{k}={v}" for k, v in sorted(row.items()) if not k.startswith("row_"))
    )
