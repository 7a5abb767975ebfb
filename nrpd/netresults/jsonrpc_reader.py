"""Reads all that the JSON-RPC API gives: lists first, then contact by contact, then the users that records name.

What a method answers with is kept as it came (`apistore.py`); `jsonrpc_tables.py` makes tables of it. What this API
does not have, or this user may not call, is left out and said, except the contacts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cached_property
from typing import Any

from nrpd.api_parameters import Api
from nrpd.errors import BadInput
from nrpd.netresults.apicalls import ApiRefused
from nrpd.netresults.apipages import Listed, place_of, walk
from nrpd.netresults.apirows import (
    first_of,
    has_lists,
    held,
    id_text,
    identity,
    is_custom,
    is_member,
    is_somebody,
    named_values,
    split_contact,
)
from nrpd.netresults.apistore import Keep, Store
from nrpd.netresults.documents import scalar_text
from nrpd.netresults.jsonrpc import JsonRpc, listed

LISTS: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "contacts": ("Contact", "contact_id", ("contact_id", "id")),
    "lists": ("EmailList", "email_list_name", ("email_list_id", "list_id", "id")),
    "segments": ("ContactSegment", "contact_segment_name", ("contact_segment_id", "segment_id", "id")),
    "custom_attributes": ("CustomAttribute", "custom_attribute", ("custom_attribute_id", "id")),
    "campaigns": ("Campaign", "campaign_name", ("campaign_id", "id")),
    "emails": ("Email", "email_name", ("email_id", "id")),
}
"""Part → (controller, `order_by`, keys of its id), in the order of reading."""
EVENT_ID = (
    "contact_activity_history_id", "contact_activity_id", "activity_history_id", "activity_id", "event_id", "id",
)  # fmt: skip
SEGMENT_NAME = ("contact_segment_name", "segment_name", "name")
FEW = 5000
"""Requests about members of lists that are made without being asked for: a quarter of an hour at the usual pace."""
_FAR_PAST = "2000-01-01"


class JsonRpcReader:
    """Reads into a store. `today` bounds the segments, which ask for a range of dates; `pinned`: the header that
    `source.columns` takes for the e-mail of a contact."""

    def __init__(self, api: Api, rpc: JsonRpc, store: Store, today: date, pinned: str = "") -> None:
        self._api, self._rpc, self._store, self._today, self._pinned = api, rpc, store, today, pinned
        self._activity_mode = ""

    def read(self, keep: Keep) -> None:
        """Read all that is wanted and not read yet. `keep` takes the erased people out of the contacts."""
        wanted = self._api.wanted
        for part in LISTS:
            if part in wanted or part == "contacts" or (part == "lists" and self._asks_for_members):
                self._read_list(part, keep if part == "contacts" else None)
        for segment in self.suppression_segments():
            self._read_segment(segment)
        contacts = self._people()
        for part, ask in (("custom_attributes", self._attributes), ("mailing_info", self._mailing_info),
                          ("activity_history", self._activity)):  # fmt: skip
            if part in wanted and not (part == "custom_attributes" and self._embedded()):
                self._read_each(f"contact_{part}", list(contacts), self._about(ask, contacts))
        if "activity_history" in wanted:
            types = "ContactActivityHistory.getTypes"
            self._read_each("activity_types", ["all"], lambda _: {"result": self._rpc.call(types, {})})
        if self._asks_for_members or 0 < self.unread_members() <= FEW:
            self._read_members(contacts)

    @property
    def _asks_for_members(self) -> bool:
        return "list_members" in self._api.wanted

    def unread_members(self) -> int:
        """How many requests would tell who is in which list; 0 where that was read, is in the contacts, or was not to
        be read."""
        first: Mapping[str, Any] = next(self._store.rows("contacts"), {})
        if self._api.objects is not None or has_lists(first) or "list_members" in self._store.parts():
            return 0
        return len(self._people()) * len(self._ids("lists", self._store.rows("lists")))

    def names(self, part: str, keys: Sequence[str]) -> dict[str, str]:
        """Id → name of the rows of a list; `keys` may hold the name."""
        rows = [row for row in self._store.rows(part) if isinstance(row, Mapping)]
        return {id_text(first_of(row, LISTS[part][2])): scalar_text(first_of(row, keys)) for row in rows}

    def attribute_names(self) -> dict[str, str]:
        """Id of a custom attribute → its name."""
        return self.names("custom_attributes", ("custom_attribute", "custom_attribute_name", "name", "label"))

    def read_users(self, addresses: Sequence[str]) -> None:
        """Read the users with these addresses: there is no list of users."""
        if "users" in self._api.wanted:
            self._read_each("users", addresses, self._user)

    def find(self, address: str) -> str | None:
        """The id of the contact with this address, asked for by the address; None where there is none."""
        found = self._rpc.call("Contact.getContactIdByEmailAddress", {"email_address": address})
        return id_text(first_of(found, LISTS["contacts"][2]) if isinstance(found, Mapping) else found) or None

    def _ids(self, part: str, rows: Iterable[Any]) -> dict[str, Any]:
        """Id as text → as it came (a strict server may want its own type back); rows without id are left out."""
        raw = [first_of(row, LISTS[part][2]) for row in rows]
        return {id_text(value): value for value in raw if id_text(value)}

    def _people(self) -> dict[str, Any]:
        """The ids of the contacts that are more than a visit. Raises BadInput with the keys where none is."""
        found = self._ids("contacts", filter(self._is_somebody, self._store.rows("contacts")))
        first = None if found else next(self._store.rows("contacts"), None)
        if first is not None and not any(map(self._is_somebody, self._store.rows("contacts"))):
            raise BadInput(
                f"source.api: no contact has an address, a name or a phone; their keys are {', '.join(first)}. "
                "Say in source.columns which one is what, such as contacts: {email: …}"
            )
        return found

    def _is_somebody(self, row: Mapping[str, Any]) -> bool:
        return is_somebody(split_contact(row).core, self._pinned)

    @contextmanager
    def _unless_missing(self, part: str) -> Iterator[None]:
        try:
            yield
        except ApiRefused as error:
            if part == "contacts":
                raise
            if not error.missing:
                own = part.removeprefix("contact_")
                hint = f"\nIf this user may not see {own}, leave it out of source.api.objects, and run again."
                raise ApiRefused(f"{error}{hint if own in self._api.wanted else ''}") from None
            self._store.refuse(part, str(error))

    def _read_list(self, part: str, keep: Keep | None = None) -> None:
        controller, order, names = LISTS[part]
        method = f"{controller}.getMultiple"

        def fetch(offset: int) -> Listed:
            more = {"options": ""} if part == "contacts" else {}
            return listed(self._rpc.call(method, {**self._page(offset, order), **more}), method)

        with self._unless_missing(part):
            self._store.read_list(part, fetch, self._api.page_size, names, method, keep)

    def _page(self, offset: int, order: str) -> dict[str, Any]:
        return {"offset": offset, "limit": self._api.page_size, "order_by": order, "order_dir": "ASC"}

    def suppression_segments(self) -> dict[Any, str]:
        """Id → name of the segments whose contacts must not be mailed. Raises BadInput where there is no such one."""
        wanted = {name.casefold(): name for name in self._api.suppression_segments}
        if wanted and "segments" not in self._api.wanted:
            self._read_list("segments")
        found: dict[Any, str] = {}
        for row in self._store.rows("segments") if wanted else ():
            if name := wanted.get(scalar_text(first_of(row, SEGMENT_NAME)).casefold()):
                found[first_of(row, LISTS["segments"][2])] = name
        if missing := set(wanted.values()) - set(found.values()):
            raise BadInput(f"source.api.suppression_segments: there is no segment {' or '.join(sorted(missing))}")
        return found

    def _read_segment(self, segment: Any) -> None:
        dates = {"start_date": _FAR_PAST, "stop_date": self._today.isoformat()}
        method = "ContactSegment.getContactIds"

        def fetch(offset: int) -> Listed:
            params = {"contact_segment_id": segment, "offset": offset, "limit": self._api.page_size, **dates}
            return listed(self._rpc.call(method, params), method)

        part = f"segment_{id_text(segment)}"
        self._store.read_list(part, fetch, self._api.page_size, LISTS["contacts"][2], method)

    def _embedded(self) -> bool:
        """Whether contacts bring their custom attributes along."""
        first: Mapping[str, Any] = next(self._store.rows("contacts"), {})
        return any(is_custom(key, value) for key, value in first.items())

    def _read_members(self, contacts: Mapping[str, Any]) -> None:
        lists = self._ids("lists", self._store.rows("lists"))

        def ask(key: str) -> dict[str, Any]:
            list_id, contact = key.split("/", 1)
            params = {"email_list_id": lists[list_id], "contact_id": contacts[contact]}
            result = self._rpc.call("EmailList.getContactParticipation", params)
            try:
                return {"result": result, "member": is_member(result)}
            except BadInput as error:
                raise error if self._asks_for_members else ApiRefused(str(error), missing=True) from None

        self._read_each("list_members", [f"{one}/{contact}" for contact in contacts for one in lists], ask)

    def _read_each(self, part: str, keys: Sequence[str], ask: Callable[[str], Mapping[str, Any]]) -> None:
        with self._unless_missing(part):
            self._store.read_each(part, keys, ask)

    def _about(self, ask: Callable[[Any], Any], contacts: Mapping[str, Any]) -> Callable[[str], Mapping[str, Any]]:
        return lambda key: {"result": ask(contacts[key])}

    def _attributes(self, contact: Any) -> dict[str, str]:
        """Read at once, so that a form that is not known stops the reading at its first answer."""
        result = self._rpc.call("CustomAttribute.getByContact", {"contact_id": contact})
        return named_values(held(result), self._known_attributes)

    @cached_property
    def _known_attributes(self) -> dict[str, str]:
        return self.attribute_names()

    def _mailing_info(self, contact: Any) -> Any:
        return self._rpc.call("Contact.getMailingInfo", {"contact_id": contact})

    def _activity(self, contact: Any) -> list[Any]:
        method = "ContactActivityHistory.getContactActivity"

        def fetch(offset: int) -> Listed:
            params = {"contact_id": contact, **self._page(offset, self._api.activity_order)}
            return listed(self._rpc.call(method, params), method)

        place = place_of(self._activity_mode)
        rows: list[Any] = []
        for new, _ in walk(fetch, self._api.page_size, lambda row: identity(row, EVENT_ID), place, method):
            rows += new
        if len(rows) > 1:
            self._activity_mode = place.mode
        return rows

    def _user(self, address: str) -> Mapping[str, Any]:
        return {"result": self._rpc.call("User.getOneByEmail", {"email": address})}
