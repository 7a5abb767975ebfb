"""What people can hang on persons and organizations, and the lists of records do not say.

Every list here is read once for the whole account; only relationships of organizations and followers have to be asked
for record by record (OpenAPI v1 and v2; facts/pipedrive.md, section 2, for what that costs).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from nrpd.pipedrive.account import MOST_IDS, PAGE, PATHS, offered
from nrpd.pipedrive.client import Client

ARCHIVED_DEALS = "/api/v2/deals/archived"
ELSEWHERE: Mapping[str, tuple[str, ...]] = {
    "lead": ("/api/v1/leads", "/api/v1/leads/archived"),
    "project": ("/api/v2/projects", "/api/v2/projects/archived"),
}
"""What nrpd never writes, by the lists that hold it: those of an account without that feature are refused."""
COUNTS: Mapping[str, tuple[str, ...]] = {
    "person": (
        "participant_open_deals_count", "participant_closed_deals_count", "last_incoming_mail_time",
        "last_outgoing_mail_time", "followers_count",
    ),
    "organization": ("followers_count",),
}  # fmt: skip
"""What a list of records says of them on demand."""


def read_archived_deals(client: Client) -> list[dict[str, Any]] | None:
    """Deals that were archived, raw; the list of deals is without them. None where the account has no such list."""
    return offered(client, ARCHIVED_DEALS)


def read_elsewhere(client: Client, kind: str) -> list[dict[str, Any]] | None:
    """All leads, or all projects, raw, the archived ones too. None where the account does not offer them all."""
    found: list[dict[str, Any]] = []
    for path in ELSEWHERE[kind]:
        items = offered(client, path)
        if items is None:
            return None
        found += items
    return found


def read_counts(client: Client, entity: str, ids: Collection[str], among: int) -> Iterator[dict[str, Any]]:
    """Records with what they say on demand, raw, some others among them. `among`: how many the account has: read are
    the wanted ones by a hundred ids, or all by pages of five hundred, whatever takes fewer requests."""
    params = {"include_fields": ",".join(COUNTS[entity])}
    if -(-among // PAGE) <= -(-len(ids) // MOST_IDS):
        yield from client.list(PATHS[entity], params)
        return
    wanted = sorted(map(int, ids))
    for start in range(0, len(wanted), MOST_IDS):
        some = ",".join(map(str, wanted[start : start + MOST_IDS]))
        yield from client.list(PATHS[entity], {**params, "ids": some})


def read_followers(client: Client, entity: str, identity: str) -> frozenset[int]:
    """Ids of the users who follow a person or an organization (10 tokens)."""
    return frozenset(int(f["user_id"]) for f in client.list(f"{PATHS[entity]}/{identity}/followers"))
