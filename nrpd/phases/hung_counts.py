"""What persons and organizations themselves say of what hangs on them: deals that somebody takes part in, mail that was
exchanged with them, and who follows them. Asked for with their list, so that it costs 10 tokens for up to 500 records.

An account may make the owner of a record, or who made it, a follower by itself. How many followers that are, is asked
of one record for each owner; one with more has been followed by people.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from nrpd.phases.hung_on import HungOn
from nrpd.pipedrive.attached import COUNTS, read_counts, read_followers

PARTS = ("participant_open_deals_count", "participant_closed_deals_count")
MAIL = ("last_incoming_mail_time", "last_outgoing_mail_time")


class HungCounts(HungOn):
    """The part of it that is read with the records."""

    def _look(self) -> None:
        super()._look()
        since = self.journal.first_sent()
        for entity in COUNTS:
            made = {i for i, record in self._ours(entity).items() if record["origin"] == "created"}
            made &= self.session.records(entity).keys()
            if not made:
                continue
            raw = read_counts(self.session.client, entity, made, len(self.session.records(entity)))
            records = {str(r["id"]): r for r in raw if str(r["id"]) in made}
            for identity, record in records.items():
                self._hung[entity, identity] |= set(said(record, since))
            for identity in self._followed(entity, records):
                self._hung[entity, identity].add("followers")

    def _followed(self, entity: str, records: Mapping[str, Mapping[str, Any]]) -> set[str]:
        """Ids of records that others than their owner and the token's user follow."""
        by_owner = defaultdict(list)
        for identity, record in records.items():
            by_owner[record.get("owner_id")].append((int(record.get("followers_count") or 0), identity))
        found = set[str]()
        for owner, counted in by_owner.items():
            fewest, identity = min(counted)
            usual = 0
            if fewest:
                usual = len(read_followers(self.session.client, entity, identity) & {owner, self.session.facts.me.id})
            found |= {identity for count, identity in counted if count > usual}
        return found


def said(record: Mapping[str, Any], since: datetime | None) -> Collection[str]:
    """What a raw record says of deals and of mail. `since`: when nrpd began to write, aware; mail from before is not
    people's use of what nrpd made."""
    found = []
    if any(record.get(name) for name in PARTS):
        found.append("deals that it takes part in")
    times = [_time(str(record[name])) for name in MAIL if record.get(name)]
    if since is not None and any(time >= since for time in times):
        found.append("mail since")
    return found


def _time(text: str) -> datetime:
    """RFC 3339, or API v1's form, which is UTC without saying so."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
