"""Which activity of the account a send already is, where its identity is another than when it was written.

A send is known by its id and the person that it hangs on, and where one id stands for several contacts, by the contact
too. A later export can change both: contacts become one person, a second contact comes to an id, or one goes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping


class KnownSends:
    """`linked`: identity (`<send id>@<person id>`) → activity. `now`: the identities that the source gives now.
    `persons`: ids of the persons that records of the source are linked to now."""

    def __init__(self, linked: Mapping[str, str], now: Collection[str], persons: Iterable[str]) -> None:
        there = frozenset(map(str, persons))
        self._linked = linked
        self._exact: dict[tuple[str, str], str] = {}
        self._without_contact: dict[tuple[str, str], str] = {}
        self._left_behind: dict[str, list[str]] = defaultdict(list)
        for identity in linked.keys() - set(now):
            send, _, person = identity.rpartition("@")
            self._exact[person, send] = identity
            if "/" in send:
                self._without_contact[person, send.rpartition("/")[0]] = identity
            if person not in there:
                self._left_behind[send].append(identity)

    def identity(self, send_id: str, person: int) -> str:
        """The identity under which the journal knows the send; its own where it is new."""
        own = f"{send_id}@{person}"
        if own in self._linked:
            return own
        same_person = (
            self._without_contact.get((str(person), send_id))
            or self._exact.get((str(person), send_id.rpartition("/")[0]))
        )  # fmt: skip
        left = self._left_behind.get(send_id, ())
        return same_person or (left[0] if len(left) == 1 else own)
