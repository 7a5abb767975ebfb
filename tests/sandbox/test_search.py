"""Searches: what is found, of which fields, and how late."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from .conftest import Api, Make, account


def found(api: Api, term: str, **params: Any) -> list[int]:
    items = api.ok("GET", "/v2/persons/search", params={"term": term, **params})["items"]
    return [hit["item"]["id"] for hit in items]


def test_search_lags(api: Api) -> None:
    api.ok("POST", "/v2/persons", {"name": "Ann Lee", "emails": [{"value": "ann@acme.example"}]})
    assert found(api, "ann") == []
    api.box.advance(3)
    assert found(api, "ann") == [1]
    assert found(api, "ANN@acme.example", exact_match="true", fields="email") == [1]
    assert found(api, "ann@acme", exact_match="true") == []
    api.ok("PATCH", "/v2/persons/1", {"name": "Zoe Lee"})
    assert (found(api, "zoe"), found(api, "ann lee")) == ([], [1])
    api.box.advance(3)
    assert (found(api, "zoe"), found(api, "ann lee")) == ([1], [])
    api.ok("DELETE", "/v2/persons/1")
    assert found(api, "zoe") == [1]
    api.box.advance(3)
    assert found(api, "zoe") == []
    assert "term" in api.refused(400, "GET", "/v2/persons/search", params={"term": "z"})


def test_search_of_one_field_regards_case(make: Make) -> None:
    api = make(
        {
            "person_fields": [{"field_name": "Code", "field_type": "varchar"}],
            "persons": [
                {"name": "A", "custom_fields": {"Code": "Ab1"}},
                {"name": "B", "custom_fields": {"Code": "ab1"}},
            ],
        }
    )
    code = api.ok("GET", "/v2/personFields", params={"limit": 500})[-1]["field_code"]
    params = {"entity_type": "person", "field": code, "term": "Ab1", "match": "exact"}
    assert api.ok("GET", "/v2/itemSearch/field", params=params) == [{"id": 1, "name": "A"}]
    items = api.ok("GET", "/v2/itemSearch", params={"term": "ab1", "item_types": "person"})["items"]
    assert [(hit["item"]["id"], hit["item"]["custom_fields"]) for hit in items] == [(1, ["Ab1"]), (2, ["ab1"])]


PEOPLE: dict[str, Any] = {
    "organizations": [{"id": 7, "name": "Acme", "address": {"value": "1 Main St"}}, {"id": 8, "name": "Straße & Co"}],
    "person_fields": [
        {"field_name": "Story", "field_type": "text", "field_code": "a" * 40},
        {"field_name": "Day", "field_type": "date", "field_code": "b" * 40},
    ],
    "persons": [
        {"id": 1, "name": 'Ann "Quote" Lee', "emails": [{"value": "ann@acme.example"}], "org_id": 7},
        {"id": 2, "name": "Zoë 100% Äpfel", "phones": [{"value": "+1 303 555"}]},
        {"id": 3, "name": "Under_score", "custom_fields": {"Story": "back\\slash", "Day": "2024-01-02"}},
    ],
    "deals": [
        {"id": 4, "title": "Ann's deal", "person_id": 1, "add_time": "2024-01-01T00:00:00Z"},
        {"id": 5, "title": "Newer", "person_id": 1, "org_id": 7, "add_time": "2024-06-01T00:00:00Z", "status": "won"},
    ],
    "notes": [{"content": "Likes tea", "person_id": 2}, {"content": "Drinks TEA", "deal_id": 4}],
}


@pytest.mark.parametrize(
    ("term", "ids"),
    [
        ('"quote"', [1]),
        ("100%", [2]),
        ("0%", [2]),
        ("r_s", [3]),
        ("k\\s", [3]),
        ("ÄPFEL", [2]),
        ("zoË", [2]),
        ("303 5", [2]),
        ("tea", [2]),
        ("2024-01-02", []),
        ("nobody", []),
    ],
)
def test_terms(people: Api, term: str, ids: list[int]) -> None:
    assert found(people, term) == ids


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """An account that is only read."""
    with account(tmp_path_factory.mktemp("people"), PEOPLE) as api:
        yield api


def test_folding_of_case_goes_beyond_letters(people: Api) -> None:
    items = people.ok("GET", "/v2/organizations/search", params={"term": "STRASSE"})["items"]
    assert [hit["item"]["id"] for hit in items] == [8]


def test_filters_of_searches(people: Api) -> None:
    assert found(people, "ann", organization_id=7) == [1]
    assert found(people, "ann", organization_id=8) == []
    assert found(people, "tea", fields="name,phone") == []
    deals = people.ok("GET", "/v2/deals/search", params={"term": "ne", "status": "won", "person_id": 1})["items"]
    assert [hit["item"]["title"] for hit in deals] == ["Newer"]
    by_note = people.ok("GET", "/v2/deals/search", params={"term": "tea", "include_fields": "deal.cc_email"})["items"]
    assert (by_note[0]["item"]["notes"], "@" in by_note[0]["item"]["cc_email"]) == (["Drinks TEA"], True)


@pytest.mark.parametrize(
    ("path", "params", "part"),
    [
        ("persons/search", {"term": "a"}, "term"),
        ("persons/search", {}, "term"),
        ("persons/search", {"term": "x" * 256}, "term"),
        ("persons/search", {"term": "ab", "fields": "address"}, "fields"),
        ("persons/search", {"term": "ab", "include_fields": "deal.cc_email"}, "include_fields"),
        ("persons/search", {"term": "ab", "limit": 501}, "limit"),
        ("organizations/search", {"term": "ab", "organization_id": 1}, "organization_id"),
        ("organizations/search", {"term": "ab", "include_fields": "x"}, "include_fields"),
        ("deals/search", {"term": "ab", "status": "deleted"}, "status"),
        ("itemSearch", {"term": "ab", "limit": 101}, "limit"),
        ("itemSearch", {"term": "ab", "item_types": "people"}, "item_types"),
        ("itemSearch", {"term": "ab", "search_for_related_items": "1"}, "search_for_related_items"),
        ("itemSearch/field", {"term": "ab", "field": "name"}, "entity_type"),
        ("itemSearch/field", {"term": "ab", "field": "x", "entity_type": "person"}, "field"),
        ("itemSearch/field", {"term": "ab", "field": "b" * 40, "entity_type": "person"}, "cannot be searched"),
        ("itemSearch/field", {"term": "a", "field": "name", "entity_type": "person", "match": "middle"}, "term"),
    ],
)
def test_refusals(people: Api, path: str, params: dict[str, Any], part: str) -> None:
    assert part in people.refused(400, "GET", f"/v2/{path}", params=params)


def test_one_letter_is_enough_where_all_must_match(people: Api) -> None:
    assert found(people, "a", exact_match="true") == []
    params = {"term": "a", "field": "name", "entity_type": "person"}
    assert people.ok("GET", "/v2/itemSearch/field", params=params) == []


def test_items_with_what_belongs_to_them(people: Api) -> None:
    params = {"term": "acme", "search_for_related_items": "true"}
    answer = people.ok("GET", "/v2/itemSearch", params=params)
    assert {(hit["item"]["type"], hit["item"]["id"]) for hit in answer["items"]} == {("person", 1), ("organization", 7)}
    related = [(hit["item"]["type"], hit["item"]["id"], hit["result_score"]) for hit in answer["related_items"]]
    assert related == [("deal", 5, 0), ("deal", 4, 0), ("person", 1, 0)]
    assert people.ok("GET", "/v2/itemSearch", params={"term": "acme"})["related_items"] == []


def test_types_that_the_sandbox_has_none_of(people: Api) -> None:
    empty = {"items": [], "related_items": []}
    assert people.ok("GET", "/v2/itemSearch", params={"term": "ann", "item_types": "lead,product"}) == empty
    for entity, field in (("lead", "title"), ("product", "code"), ("project", "title")):
        params = {"term": "ann", "entity_type": entity, "field": field}
        assert people.ok("GET", "/v2/itemSearch/field", params=params) == []


def test_notes_are_found_as_late_as_all_else(api: Api) -> None:
    api.ok("POST", "/v2/persons", {"name": "Ann"})
    api.ok("POST", "/v1/notes", {"content": "Likes tea", "person_id": 1})
    assert found(api, "tea") == []
    api.box.advance(3)
    assert found(api, "tea") == [1]
    api.ok("DELETE", "/v1/notes/1")
    assert found(api, "tea") == [1]
    api.box.advance(3)
    assert found(api, "tea") == []
