"""Which request is answered by which handler, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from . import fieldroutes, pipelineroutes, records, searchroutes, v1account, v1files, v1notes, v1organizations
from .account import FIELD_ENTITIES
from .answers import Refused
from .costs import COSTS
from .moving import Handler, Hands, moving


@dataclass(frozen=True)
class Route:
    """One operation."""

    handler: Handler
    cost: int
    search: bool


_ROUTES: dict[tuple[str, ...], dict[str, Route]] = {}
"""Path in segments, with `{id}` or `{code}` where a value stands → method → operation."""


def _add(method: str, path: str, handler: Handler) -> None:
    key = tuple(path.strip("/").split("/"))
    _ROUTES.setdefault(key, {})[method] = Route(handler, COSTS[method, path], search="earch" in path)


for _path, _entity in records.PATHS.items():
    _hands = Hands(*(partial(verb, entity=_entity) for verb in (records.create, records.update, records.delete)))
    _add("GET", f"/api/v2/{_path}", moving(partial(records.index, entity=_entity), _entity, _hands))
    _add("POST", f"/api/v2/{_path}", _hands.create)
    _add("GET", f"/api/v2/{_path}/{{id}}", partial(records.read, entity=_entity))
    _add("PATCH", f"/api/v2/{_path}/{{id}}", _hands.update)
    _add("DELETE", f"/api/v2/{_path}/{{id}}", _hands.delete)
    if _entity != "activity":
        _add("GET", f"/api/v2/{_path}/search", partial(searchroutes.search, entity=_entity))
for _entity in (*FIELD_ENTITIES, "activity"):
    _add("GET", f"/api/v2/{_entity}Fields", partial(fieldroutes.index, entity=_entity))
    _add("GET", f"/api/v2/{_entity}Fields/{{code}}", partial(fieldroutes.read, entity=_entity))
    if _entity == "activity":  # these can only be read
        continue
    _add("POST", f"/api/v2/{_entity}Fields", partial(fieldroutes.create, entity=_entity))
    _add("PATCH", f"/api/v2/{_entity}Fields/{{code}}", partial(fieldroutes.update, entity=_entity))
    _add("DELETE", f"/api/v2/{_entity}Fields/{{code}}", partial(fieldroutes.delete, entity=_entity))
    _add("POST", f"/api/v2/{_entity}Fields/{{code}}/options", partial(fieldroutes.add_options, entity=_entity))
    _add("PATCH", f"/api/v2/{_entity}Fields/{{code}}/options", partial(fieldroutes.rename_options, entity=_entity))
    _add("DELETE", f"/api/v2/{_entity}Fields/{{code}}/options", partial(fieldroutes.delete_options, entity=_entity))
for _kind in ("pipeline", "stage"):
    _add("GET", f"/api/v2/{_kind}s", partial(pipelineroutes.index, kind=_kind))
    _add("POST", f"/api/v2/{_kind}s", partial(pipelineroutes.create, kind=_kind))
    _add("GET", f"/api/v2/{_kind}s/{{id}}", partial(pipelineroutes.read, kind=_kind))
    _add("PATCH", f"/api/v2/{_kind}s/{{id}}", partial(pipelineroutes.update, kind=_kind))
    _add("DELETE", f"/api/v2/{_kind}s/{{id}}", partial(pipelineroutes.delete, kind=_kind))
_add("GET", "/api/v2/deals/archived", partial(records.index, entity="deal", archived=True))
_add("GET", "/api/v2/itemSearch", searchroutes.search_items)
_add("GET", "/api/v2/itemSearch/field", searchroutes.search_field)

_add("GET", "/api/v1/users", v1account.users)
_add("GET", "/api/v1/users/me", v1account.me)
_add("GET", "/api/v1/users/find", v1account.find_users)
_add("GET", "/api/v1/users/{id}", v1account.user)
_add("GET", "/api/v1/currencies", v1account.list_currencies)
_add("GET", "/api/v1/billing/subscriptions/addons", v1account.addons)
_add("GET", "/api/v1/activityTypes", v1account.activity_types)
_add("POST", "/api/v1/activityTypes", v1account.add_activity_type)
_add("PUT", "/api/v1/activityTypes/{id}", v1account.update_activity_type)
_add("DELETE", "/api/v1/activityTypes/{id}", v1account.delete_activity_type)
_add("GET", "/api/v1/files/{id}/download", v1files.download)
_add("PUT", "/api/v1/persons/{id}/merge", partial(v1organizations.merge, entity="person"))
_add("PUT", "/api/v1/organizations/{id}/merge", partial(v1organizations.merge, entity="organization"))
for _path, _kind, _module in (
    ("notes", "note", v1notes),
    ("files", "file", v1files),
    ("organizationRelationships", "relationship", v1organizations),
):
    _index = _module.index
    if _kind != "relationship":  # those come without pages
        _index = moving(_index, _kind, Hands(_module.create, _module.update, _module.delete))
    _add("GET", f"/api/v1/{_path}", _index)
    _add("POST", f"/api/v1/{_path}", _module.create)
    _add("GET", f"/api/v1/{_path}/{{id}}", _module.read)
    _add("PUT", f"/api/v1/{_path}/{{id}}", _module.update)
    _add("DELETE", f"/api/v1/{_path}/{{id}}", _module.delete)

_OUT_OF_SUPPORT = frozenset({"persons", "organizations", "deals", "activities", "pipelines", "stages", "itemSearch"})


def find(method: str, path: str) -> tuple[Route, dict[str, str], str]:
    """The operation, the values in its path, and the API version. Raises a 404, 405 or 410."""
    segments = tuple(path.strip("/").split("/"))
    if segments[:1] == ("v1",):  # the old prefix of API v1 still answers
        segments = ("api", *segments)
    for key, values in _candidates(segments):
        by_method = _ROUTES.get(key)
        if by_method is None:
            continue
        if method not in by_method:
            raise Refused(405, "Method not allowed", headers={"allow": ", ".join(sorted(by_method))})
        return by_method[method], values, segments[1]
    if segments[:2] == ("api", "v1") and len(segments) > 2 and segments[2] in _OUT_OF_SUPPORT:
        raise Refused(410, "This endpoint of API v1 is out of support; use API v2", data=None)
    raise Refused(404, "Unknown method .", error_info="Please check developers.pipedrive.com", data=None)


def _candidates(segments: tuple[str, ...]) -> list[tuple[tuple[str, ...], dict[str, str]]]:
    found: list[tuple[tuple[str, ...], dict[str, str]]] = [(segments, {})]
    if len(segments) > 3:
        for name in ("id", "code"):
            found.append(((*segments[:3], f"{{{name}}}", *segments[4:]), {name: segments[3]}))
    return found
