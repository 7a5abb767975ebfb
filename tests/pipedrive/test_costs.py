from __future__ import annotations

import pytest

from nrpd.pipedrive.costs import cost_of, is_search


@pytest.mark.parametrize(
    ("method", "path", "tokens"),
    [  # facts/pipedrive.md, section 2
        ("GET", "/api/v2/persons", 10),
        ("GET", "/api/v2/persons/7", 1),
        ("POST", "/api/v2/persons", 5),
        ("PATCH", "/api/v2/organizations/7", 5),
        ("DELETE", "/api/v2/activities/7", 3),
        ("GET", "/api/v2/pipelines", 5),
        ("GET", "/api/v2/persons/search", 20),
        ("GET", "/api/v2/itemSearch", 20),
        ("POST", "/api/v2/deals/7/products/bulk", 25),
        ("POST", "/api/v2/leads/3/convert/deal", 40),
        ("GET", "/api/v2/personFields", 10),
        ("GET", "/api/v2/personFields/" + "a" * 40, 1),
        ("POST", "/api/v2/personFields/" + "a" * 40 + "/options", 5),
        ("DELETE", "/api/v2/personFields/" + "a" * 40 + "/options", 3),
        ("GET", "/api/v1/users", 20),
        ("GET", "/api/v1/users/me", 2),
        ("GET", "/v1/users/find", 40),
        ("POST", "/api/v1/notes", 10),
        ("DELETE", "/api/v1/notes/7", 6),
        ("POST", "/api/v1/files", 10),
        ("get", "/api/v1/billing/subscriptions/addons", 20),
        ("PUT", "/api/v1/persons/7/merge", 40),
        ("POST", "/api/v2/somethingNew", 5),
        ("POST", "/api/v1/somethingNew", 10),
    ],
)
def test_cost(method: str, path: str, tokens: int) -> None:
    assert cost_of(method, path) == tokens


def test_a_path_without_a_version_is_refused() -> None:
    with pytest.raises(ValueError, match="/api/v2/"):
        cost_of("GET", "/persons")


def test_searches() -> None:
    assert is_search("/api/v2/persons/search")
    assert is_search("/api/v2/itemSearch/field")
    assert not is_search("/api/v2/persons/7")
