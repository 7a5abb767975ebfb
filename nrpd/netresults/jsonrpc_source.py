"""The JSON-RPC API as a source: its answers as tables, contacts with all that was asked about each of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property, partial
from itertools import chain
from pathlib import Path
from typing import Any

from nrpd.api_parameters import Api
from nrpd.netresults.apierase import Eraser
from nrpd.netresults.apirows import (
    ContactParts,
    column_of,
    first_of,
    held,
    id_text,
    identity,
    is_mail_event,
    is_somebody,
    plain_key,
    split_contact,
)
from nrpd.netresults.apistore import Store
from nrpd.netresults.apitables import Row, distinct, write_contacts, write_rows
from nrpd.netresults.documents import flatten, scalar_text
from nrpd.netresults.files import GIVEN
from nrpd.netresults.jsonrpc import JsonRpc
from nrpd.netresults.jsonrpc_reader import EVENT_ID, LISTS, JsonRpcReader
from nrpd.netresults.reading import strictest
from nrpd.netresults.records import SUPPRESSION_COLUMNS, YES_WORDS, emails_in
from nrpd.netresults.staged import Flag

_MAILABLE = frozenset({"mailable", "ismailable", "contactmailable", "contactismailable"})
_TYPE = (
    "activity_type_name", "activity_type", "contact_activity_history_type", "contact_activity_history_type_id",
    "contact_activity_type", "activity_type_id", "event_type", "event", "type", "type_name", "type_id", "action",
)  # fmt: skip
_HTML = ("email_content_html", "content_html", "html_content", "html", "body_html")
_ASSETS = frozenset({"email", "campaign", "contact", "message"})


class JsonRpcSource:
    """Reads into a store, and makes tables of it."""

    def __init__(self, api: Api, rpc: JsonRpc, store: Store, eraser: Eraser, today: date) -> None:
        self._api, self._rpc, self._store, self._eraser = api, rpc, store, eraser
        self._reader = JsonRpcReader(api, rpc, store, today, eraser.pinned)
        self.find = self._reader.find

    def close(self) -> None:
        self._rpc.close()

    def read(self) -> None:
        """Read all that is wanted and not read yet; last, the users that contacts and campaigns name."""
        self._reader.read(lambda rows: self._eraser.keep(rows, lambda row: split_contact(row).core))
        if "users" in self._api.wanted:
            owners = dict.fromkeys(address for address in self._owners() if not self._eraser.is_erased(address))
            self._reader.read_users(list(owners))

    def _owners(self) -> Iterator[str]:
        """The addresses that contacts and campaigns name as their owners."""
        contacts = ((core, "contacts") for core, _ in self.contacts())
        for row, object_ in chain(contacts, ((row, "campaigns") for row in self._plain("campaigns"))):
            for key, text in row.items():
                if "@" in text and column_of(key, object_) == "owner_email":
                    yield from emails_in(text)

    def write(self, folder: Path) -> list[Flag]:
        """Write all files. Returns what a person should know about them."""
        write_contacts(folder / "contacts.csv", self.contacts, self._attributes)
        write_rows(folder / "companies.csv", lambda: distinct(self._companies()), ("company_id", "name"))
        write_rows(folder / "suppressions.csv", self._suppressions)
        write_rows(folder / "campaigns.csv", partial(self._plain, "campaigns"))
        write_rows(folder / "email_sends.csv", lambda: self._events(mail=True), ("contact_id",))
        write_rows(folder / "templates.csv", lambda: self._templates(folder))
        write_rows(folder / "owners.csv", self._users)
        kept = {name: write_rows(folder / f"{name}.csv", partial(self._plain, name)) for name in ("lists", "segments")}
        kept["other_activity"] = write_rows(folder / "other_activity.csv", lambda: self._events(mail=False))
        said = {f"{name}.csv": f"{n} rows, no object of the migration: kept as a file" for name, n in kept.items() if n}
        if requests := self._reader.unread_members():
            how = f"it takes {requests:,} requests; add list_members to source.api.objects, or bring an export"
            said["contacts.csv"] = f"who is in which list is not read: {how}"
        if unasked := self._unasked():
            said["contacts"] = (
                f"nothing more was asked about {unasked} contacts without id, or without address, name and phone"
            )
        return [Flag(f"{GIVEN}{name}", 1, "source", text) for name, text in said.items()]

    def _unasked(self) -> int:
        pinned = self._eraser.pinned
        return sum(not (contact and is_somebody(parts.core, pinned)) for contact, parts, _ in self._parts())

    def _plain(self, part: str) -> Iterator[Row]:
        return (dict(flatten(row)) for row in self._store.rows(part))

    # Contacts

    @cached_property
    def _list_names(self) -> dict[str, str]:
        return self._reader.names("lists", ("email_list_name", "list_name", "name"))

    @property
    def _attributes(self) -> list[str]:
        return [name for name in self._reader.attribute_names().values() if name]

    def _parts(self) -> Iterator[tuple[str, ContactParts, Any]]:
        """(contact id, its parts, what its mailing info is) of each contact."""
        beside = {part: _Beside(self._store.answers(part)) for part in
                  ("contact_custom_attributes", "contact_mailing_info", "list_members")}  # fmt: skip
        for row in self._store.rows("contacts"):
            contact = _contact_id(row)
            parts = split_contact(row, self._list_names)
            for page in beside["contact_custom_attributes"].of(contact):
                parts.custom |= page["result"]
            info = [page["result"] for page in beside["contact_mailing_info"].of(contact)]
            for key, page in beside["list_members"].keyed(contact):
                if page["member"]:
                    parts.lists.append(self._list_names.get(key, key))
            yield contact, parts, info[0] if info else None

    def contacts(self) -> Iterator[tuple[Row, Row]]:
        """(own columns, custom attributes) of each contact."""
        for _, parts, info in self._parts():
            core = dict(parts.core)
            for key, text in _mailing_columns(info):
                _add(core, key, text)
            if parts.lists:
                core["lists"] = "; ".join(dict.fromkeys(name for name in parts.lists if name))
            yield core, parts.custom

    def _companies(self) -> Iterator[Row]:
        """What contacts say about their companies, where that is more than id and name."""
        for _, parts, _ in self._parts():
            if any(text for key, text in parts.company.items() if key not in ("company_id", "name")):
                yield parts.company

    def _suppressions(self) -> Iterator[Row]:
        """Contacts of the segments that were named, and those that the API itself calls not mailable."""
        named: dict[str, list[str]] = {}
        for segment, name in self._reader.suppression_segments().items():
            for row in self._store.rows(f"segment_{id_text(segment)}"):
                named.setdefault(_contact_id(row), []).append(self._api.suppression_segments[name])
        for contact, parts, info in self._parts():
            email = next((t for k, t in parts.core.items() if column_of(k, "contacts") == "email" and t), "")
            reasons = named.get(contact, []) if contact else []
            if not reasons and _is_not_mailable(info):
                reasons = ["not mailable"]
            yield from ({"email": email, "reason": reason} for reason in reasons if email)

    # Everything else

    @cached_property
    def _types(self) -> dict[str, str]:
        """Id of a type of activity → its name."""
        found: dict[str, str] = {}
        for _, page in self._store.answers("activity_types"):
            result = held(page["result"])
            if isinstance(result, Mapping):
                return {
                    str(key): scalar_text(value) for key, value in result.items() if not isinstance(value, (dict, list))
                }
            for item in result:
                if isinstance(item, Mapping) and (name := first_of(item, ("name", "label", *_TYPE))) is not None:
                    number = next((v for k, v in item.items() if plain_key(k).endswith("id")), None)
                    found[id_text(number)] = scalar_text(name)
        return found

    def _events(self, mail: bool) -> Iterator[Row]:
        for contact, page in self._store.answers("contact_activity_history"):
            for row in page["result"]:
                event = self._event(contact, row if isinstance(row, Mapping) else {"event": row})
                if is_mail_event(event.get("event", "")) == mail:
                    yield event

    def _event(self, contact: str, row: Mapping[str, Any]) -> dict[str, str]:
        """One event, without its own id: taken for the id of the send, it would let the events of a send fall apart."""
        found = {"contact_id": contact}
        kind = first_of(row, _TYPE)
        if kind is not None:
            said = (
                scalar_text(first_of(kind, ("name", "label", *_TYPE)))
                if isinstance(kind, Mapping)
                else scalar_text(kind)
            )
            found["event"] = self._types.get(said, said)
        types, own = {plain_key(name) for name in _TYPE}, {plain_key(name) for name in EVENT_ID}
        for key, value in row.items():
            plain = plain_key(key)
            if plain in types or plain in own or plain == "contactid":
                continue
            if isinstance(value, Mapping) and plain in _ASSETS:
                found |= {k if plain_key(k).startswith(plain) else f"{key}_{k}": t for k, t in flatten(value)}
            else:
                found |= dict(flatten({key: value}))
        return found

    def _templates(self, folder: Path) -> Iterator[Row]:
        """The index of the e-mails; the HTML of each is a file beside it."""
        content = {plain_key(name) for name in _HTML}
        for row in self._store.rows("emails"):
            found = dict(flatten({key: value for key, value in row.items() if plain_key(key) not in content}))
            html = first_of(row, _HTML)
            if isinstance(html, str):
                name = re.sub(r"[^A-Za-z0-9-]", "_", identity(row, LISTS["emails"][2]).removeprefix("id:"))
                path = folder / "templates" / f"{name}.html"
                path.parent.mkdir(exist_ok=True, mode=0o700)
                path.write_text(html, encoding="utf-8", errors="replace")
                found["file"] = f"templates/{name}.html"
            yield found

    def _users(self) -> Iterator[Row]:
        for _, page in self._store.answers("users"):
            user = dict(flatten(page["result"])) if isinstance(page["result"], Mapping) else {}
            if user and not any(column_of(key, "owners") == "name" for key in user):
                user["name"] = " ".join(
                    scalar_text(first_of(user, (f"user_{n}", n))) for n in ("first_name", "last_name")
                ).strip()
            if user:
                yield user


class _Beside:
    """Answers about contacts, in the order of the contacts; some contacts have none."""

    def __init__(self, answers: Iterator[tuple[str, Any]]) -> None:
        self._answers = answers
        self._next = next(answers, None)

    def of(self, contact: str) -> Iterator[Any]:
        while contact and self._next is not None and self._next[0] == contact:
            yield self._next[1]
            self._next = next(self._answers, None)

    def keyed(self, contact: str) -> Iterator[tuple[str, Any]]:
        """(what stands before the slash of the key, answer), for keys `<id>/<contact>`."""
        while contact and self._next is not None and self._next[0].split("/", 1)[1] == contact:
            yield self._next[0].split("/", 1)[0], self._next[1]
            self._next = next(self._answers, None)


def _contact_id(row: Any) -> str:
    own = identity(row, LISTS["contacts"][2])
    return own.removeprefix("id:") if own.startswith("id:") else ""


def _mailing_columns(info: Any) -> Iterator[tuple[str, str]]:
    """What the mailing info says about a contact, by its own names; whether it is mailable is said elsewhere."""
    info = info[0] if isinstance(info, list) and len(info) == 1 else info
    if isinstance(info, Mapping):
        for key, text in flatten(info):
            if plain_key(key) not in _MAILABLE and column_of(key, "contacts") not in ("contact_id", "email"):
                yield key, text
    elif isinstance(info, str) and info.strip():
        column = column_of(info, "contacts")
        yield (column, info) if column in SUPPRESSION_COLUMNS else ("mailing info", info)


def _is_not_mailable(info: Any) -> bool:
    """Only where the API says so: no word but yes means mailable, and silence means nothing."""
    info = info[0] if isinstance(info, list) and len(info) == 1 else info
    if isinstance(info, bool):
        return not info
    if not isinstance(info, Mapping):
        return False
    if any(column_of(k, "contacts") in SUPPRESSION_COLUMNS and scalar_text(v) for k, v in info.items()):
        return False
    said = [scalar_text(value).casefold() for key, value in info.items() if plain_key(key) in _MAILABLE]
    return any(word and word not in YES_WORDS for word in said)


def _add(core: dict[str, str], key: str, text: str) -> None:
    """Add a column to a contact; of two that say whether it may be mailed, the stricter one stays."""
    column = column_of(key, "contacts")
    if key not in core or not core[key]:
        core[key] = text
    elif column in SUPPRESSION_COLUMNS:
        core[key] = strictest(column, [core[key], text])
    elif core[key] != text and text:
        core[f"{key} (mailing info)"] = text
