"""What each request costs, in tokens of the daily budget.

Source: `x-token-cost` of every operation in the OpenAPI documents v1 and v2. The cost is flat per request.
"""

from __future__ import annotations

_CRUD_V2 = {"GET": 10, "POST": 5, "GET one": 1, "PATCH one": 5, "DELETE one": 3}
_OPTIONS = {"POST": 5, "PATCH": 5, "DELETE": 3}

COSTS: dict[tuple[str, str], int] = {}
"""(method, path with `{id}` or `{code}`) → tokens."""


def _crud(path: str, one: str, costs: dict[str, int]) -> None:
    for verb, cost in costs.items():
        method, _, single = verb.partition(" ")
        COSTS[method, f"{path}/{one}" if single else path] = cost


for _name in ("persons", "organizations", "deals", "activities"):
    _crud(f"/api/v2/{_name}", "{id}", _CRUD_V2)
for _name in ("pipelines", "stages"):
    _crud(f"/api/v2/{_name}", "{id}", {**_CRUD_V2, "GET": 5})
for _name in ("personFields", "organizationFields", "dealFields", "productFields", "projectFields"):
    _crud(f"/api/v2/{_name}", "{code}", _CRUD_V2)
    _crud(f"/api/v2/{_name}/{{code}}/options", "", _OPTIONS)
_crud("/api/v2/activityFields", "{code}", {"GET": 10, "GET one": 1})
for _name in ("notes", "files", "organizationRelationships"):
    _crud(f"/api/v1/{_name}", "{id}", {"GET": 20, "POST": 10, "GET one": 2, "PUT one": 10, "DELETE one": 6})
_crud("/api/v1/activityTypes", "{id}", {"GET": 20, "POST": 10, "PUT one": 10, "DELETE one": 6})
COSTS.update(
    {
        ("GET", "/api/v2/deals/archived"): 20,
        ("GET", "/api/v2/persons/search"): 20,
        ("GET", "/api/v2/organizations/search"): 20,
        ("GET", "/api/v2/deals/search"): 20,
        ("GET", "/api/v2/itemSearch"): 20,
        ("GET", "/api/v2/itemSearch/field"): 20,
        ("GET", "/api/v1/users"): 20,
        ("GET", "/api/v1/users/me"): 2,
        ("GET", "/api/v1/users/find"): 40,
        ("GET", "/api/v1/users/{id}"): 2,
        ("GET", "/api/v1/files/{id}/download"): 20,
        ("GET", "/api/v1/currencies"): 20,
        ("GET", "/api/v1/billing/subscriptions/addons"): 20,
        ("PUT", "/api/v1/persons/{id}/merge"): 40,
        ("PUT", "/api/v1/organizations/{id}/merge"): 40,
    }
)
