"""Reading an account: what it is, and what is in it. Only GET requests; lists at 500 a page, never a search.

Paths and shapes: OpenAPI v2, and v1 for what v2 does not have (facts/pipedrive.md, sections 1, 7, 8 and 10).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from nrpd.pipedrive.client import BadAnswer, Client, Refused
from nrpd.pipedrive.records import AccountFacts, ActivityType, Field, Option, User

PATHS: Mapping[str, str] = {
    "person": "/api/v2/persons",
    "organization": "/api/v2/organizations",
    "deal": "/api/v2/deals",
    "activity": "/api/v2/activities",
}
"""Entity → its list in API v2."""

FIELD_PATHS: Mapping[str, str] = {entity: f"/api/v2/{entity}Fields" for entity in PATHS}
"""Entity → the list of its fields in API v2 (activity fields can only be read)."""

PAGE, MOST_IDS = 500, 100
"""Records of a list page; ids that one list of records can be asked for."""
NOT_OFFERED = (402, 403, 404, 410, 415)
"""Statuses of a list that this account does not have, or that the token's user may not see."""
_MOST_KEYS = 15  # in the parameter `custom_fields`


RELATIONSHIPS = "/api/v1/organizationRelationships"
OTHER_FIELD_PATHS: Mapping[str, str] = {"product": "/api/v2/productFields", "project": "/api/v2/projectFields"}
"""Entities that nothing is moved to, but whose custom fields count against the plan's limit as well."""


def read_me(client: Client) -> dict[str, Any]:
    """The token's user with its company, raw. The cheapest request that every account answers: 2 tokens."""
    me = client.get("/api/v1/users/me").data
    if not isinstance(me, dict) or "id" not in me or "company_id" not in me:
        raise BadAnswer("GET /api/v1/users/me was answered without a user and its company")
    return me


def read_facts(client: Client, me: Mapping[str, Any] | None = None) -> AccountFacts:
    """What the account is: company, users, fields, activity types, pipelines, stages. About ten requests.

    `me`: what `read_me` gave, where that was asked already.
    """
    me = me or read_me(client)
    addons, pipelines = _addons(client), read_pipelines(client)
    return AccountFacts(
        company_id=int(me.get("company_id") or 0),
        company_name=str(me.get("company_name") or ""),
        company_domain=str(me.get("company_domain") or ""),
        me=_user(me),
        users=read_users(client),
        fields=read_fields(client),
        activity_types=read_activity_types(client),
        pipelines=pipelines["pipelines"],
        stages=pipelines["stages"],
        addons=addons,
        campaigns=any("campaign" in code.lower() for code in addons or ()),
        default_currency=str(me.get("default_currency") or "USD"),
        timezone=str(me.get("timezone_name") or "UTC"),
    )


def read_users(client: Client) -> tuple[User, ...]:
    """All users, also those that are not active."""
    return tuple(_user(user) for user in client.list("/api/v1/users"))


def read_activity_types(client: Client) -> tuple[ActivityType, ...]:
    """All activity types, also those that are not active."""
    return tuple(_activity_type(kind) for kind in client.list("/api/v1/activityTypes"))


def read_pipelines(client: Client) -> dict[str, tuple[Mapping[str, Any], ...]]:
    """`pipelines` and `stages` that are not deleted, raw."""
    return {
        name: tuple(one for one in client.list(f"/api/v2/{name}") if not one.get("is_deleted"))
        for name in ("pipelines", "stages")
    }


def read_fields(client: Client, entities: Iterable[str] = tuple(PATHS)) -> tuple[Field, ...]:
    """The active fields of the entities, standard and custom, in the account's order."""
    return tuple(
        field_from(entity, item) for entity in entities for item in client.list(FIELD_PATHS[entity])
    )  # fmt: skip


def field_from(entity: str, item: Mapping[str, Any]) -> Field:
    """One field as the API gives it (list item, or the answer to a POST) as a record."""
    options = []
    for option in item.get("options") or ():
        # Some standard fields have words for option ids (a deal's status); those are not written by id.
        if str(option.get("id")).isdigit():
            options.append(Option(int(option["id"]), str(option.get("label", ""))))
    return Field(
        entity=entity,
        name=str(item.get("field_name") or ""),
        key=str(item.get("field_code") or ""),
        type=str(item.get("field_type") or ""),
        custom=bool(item.get("is_custom_field")),
        options=tuple(options),
    )


def read_records(
    client: Client,
    entity: str,
    custom_keys: Sequence[str] = (),
    include: Sequence[str] = (),
    *,
    updated_since: datetime | None = None,
) -> list[dict[str, Any]]:
    """All records of an entity that are not deleted, raw, as the v2 list gives them (decode with `Schema.decode`).

    `custom_keys` are the custom fields wanted, by key; with none, or more than 15, all come. `include` are fields
    that come only on demand (`marketing_status`). `updated_since` is an aware time; its fraction of a second is cut,
    which the API demands. Archived deals are not in this list. Raises what `Client.list` raises.
    """
    return list(iterate_records(client, entity, custom_keys, include, updated_since=updated_since))


def iterate_records(
    client: Client,
    entity: str,
    custom_keys: Sequence[str] = (),
    include: Sequence[str] = (),
    *,
    updated_since: datetime | None = None,
) -> Iterator[dict[str, Any]]:
    """`read_records`, page by page."""
    params: dict[str, Any] = {}
    if custom_keys and len(custom_keys) <= _MOST_KEYS and entity != "activity":
        params["custom_fields"] = ",".join(custom_keys)
    if include:
        params["include_fields"] = ",".join(include)
    if updated_since:
        params["updated_since"] = updated_since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for record in client.list(PATHS[entity], params):
        if not record.get("is_deleted"):
            yield record


def read_some(client: Client, entity: str, ids: Iterable[int], include: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
    """Those of these records that exist and are not deleted, raw, by id; one request for every hundred."""
    wanted = sorted(set(ids))
    params = {"include_fields": ",".join(include)} if include else {}
    for start in range(0, len(wanted), MOST_IDS):
        some = ",".join(map(str, wanted[start : start + MOST_IDS]))
        for record in client.list(PATHS[entity], {**params, "ids": some}):
            if not record.get("is_deleted"):
                yield record


def read_record(client: Client, entity: str, identity: int, include: Sequence[str] = ()) -> dict[str, Any] | None:
    """One record by id, raw; None where it does not exist or is deleted."""
    params = {"include_fields": ",".join(include)} if include else None
    try:
        record = client.get(f"{PATHS[entity]}/{identity}", params).data
    except Refused as refusal:
        if refusal.status in (404, 410):
            return None
        raise
    return None if not isinstance(record, dict) or record.get("is_deleted") else record


def read_notes(client: Client) -> list[dict[str, Any]]:
    """All active notes, raw (v1; `add_time` is UTC without an offset)."""
    return [note for note in client.list("/api/v1/notes") if note.get("active_flag", True)]


def read_files(client: Client) -> list[dict[str, Any]]:
    """What is known of all active files, raw (v1); not their contents."""
    return [file for file in client.list("/api/v1/files") if file.get("active_flag", True)]


def read_relationships(client: Client, organization_ids: Iterable[int]) -> list[dict[str, Any]]:
    """The relationships of these organizations, raw, each once (v1; one request of 20 tokens per organization)."""
    found: dict[int, dict[str, Any]] = {}
    for identity in organization_ids:
        for item in client.list(RELATIONSHIPS, {"org_id": identity}):
            found.setdefault(int(item["id"]), item)
    return list(found.values())


def read_relationship(client: Client, identity: int) -> dict[str, Any] | None:
    """One relationship by its id, raw (v1; 2 tokens); None where it is not in the account any more."""
    try:
        found = client.get(f"{RELATIONSHIPS}/{identity}").data
    except Refused as refusal:
        if refusal.status in (404, 410):
            return None
        raise
    return found if isinstance(found, dict) and found.get("active_flag", True) in (True, "true") else None


def _user(item: Mapping[str, Any]) -> User:
    admin = any(a.get("admin") and a.get("app") in ("global", "account_settings") for a in item.get("access") or ())
    return User(
        id=int(item["id"]),
        name=str(item.get("name") or ""),
        email=str(item.get("email") or ""),
        active=bool(item.get("active_flag", True)) and not item.get("is_deleted"),
        admin=admin,
    )


def _activity_type(item: Mapping[str, Any]) -> ActivityType:
    return ActivityType(
        id=int(item["id"]),
        name=str(item.get("name") or ""),
        key=str(item.get("key_string") or ""),
        active=bool(item.get("active_flag", True)),
    )


def count_other_fields(client: Client) -> dict[str, int | None]:
    """Custom fields of products and projects; None where the account does not have the feature (or the token no right
    to see it)."""
    found: dict[str, int | None] = {}
    for entity, path in OTHER_FIELD_PATHS.items():
        items = offered(client, path)
        found[entity] = None if items is None else sum(bool(item.get("is_custom_field")) for item in items)
    return found


def _addons(client: Client) -> tuple[str, ...] | None:
    items = offered(client, "/api/v1/billing/subscriptions/addons")
    return None if items is None else tuple(str(addon.get("code") or "") for addon in items)


def offered(client: Client, path: str) -> list[dict[str, Any]] | None:
    """A list, or None where the account does not offer it, or not to the token's user."""
    try:
        return list(client.list(path))
    except Refused as refusal:
        if refusal.status in NOT_OFFERED:
            return None
        raise
