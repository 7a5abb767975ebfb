"""Custom fields, their options and their values."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Api, Make


def test_field_of_every_type_takes_its_form(api: Api) -> None:
    api.ok("POST", "/v2/organizations", {"name": "Acme"})
    api.ok("POST", "/v2/persons", {"name": "Bob"})
    zone = {"timezone_id": None, "timezone_name": "UTC"}
    cases: list[tuple[str, Any, Any]] = [
        ("varchar", "x", "x"),
        ("varchar_auto", "x", "x"),
        ("text", "x" * 65_000, "x" * 65_000),
        ("phone", "+13035550100", "+13035550100"),
        ("double", 5, 5),
        ("double", 1.25, 1.25),
        ("monetary", {"value": 100, "currency": "CHF"}, {"value": 100, "currency": "CHF"}),
        ("date", "2024-02-29", "2024-02-29"),
        ("daterange", {"value": "2024-01-01", "until": "2024-02-01"}, {"value": "2024-01-01", "until": "2024-02-01"}),
        ("time", {"value": "10:30"}, {"value": "10:30:00", **zone}),
        ("timerange", {"value": "10:30", "until": "11:00:00"}, {"value": "10:30:00", "until": "11:00:00", **zone}),
        ("org", 1, 1),
        ("people", 1, 1),
        ("user", 1, 1),
    ]
    for kind, given, kept in cases:
        code = api.field(f"A {kind}", kind)["field_code"]
        made = api.ok("POST", "/v2/persons", {"name": "A", "custom_fields": {code: given}})
        assert made["custom_fields"][code] == kept, kind
        cleared = api.ok("PATCH", f"/v2/persons/{made['id']}", {"custom_fields": {code: None}})
        assert cleared["custom_fields"][code] is None
    code = api.field("Place", "address")["field_code"]
    made = api.ok("POST", "/v2/persons", {"name": "A", "custom_fields": {code: {"value": "1 Main", "country": "US"}}})
    assert (made["custom_fields"][code]["country"], made["custom_fields"][code]["route"]) == ("US", None)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("varchar", ""),
        ("varchar", "x" * 256),
        ("varchar", 5),
        ("text", "x" * 65_001),
        ("text", ""),
        ("double", "5"),
        ("double", True),
        ("date", "2024-02-30"),
        ("date", "01/02/2024"),
        ("date", "2024-01-01T00:00:00Z"),
        ("monetary", 100),
        ("monetary", {"value": 1}),
        ("monetary", {"value": 1, "currency": "usd"}),
        ("daterange", {"value": "2024-01-01"}),
        ("time", "10:00"),
        ("time", {"value": "25:00"}),
        ("org", 9),
        ("user", "1"),
        ("people", 9),
        ("address", "1 Main St"),
        ("address", {"value": ""}),
        ("address", {"value": "x", "zip": "1"}),
        ("enum", "Web"),
        ("enum", "1"),
        ("enum", 99),
        ("enum", True),
        ("set", []),
        ("set", 1),
        ("set", [99]),
        ("phone", ""),
    ],
)
def test_values_that_are_refused(shared: Api, kind: str, value: Any) -> None:
    code = shared.field("F", kind, ["Web"] if kind in ("enum", "set") else None)["field_code"]
    assert f"custom_fields.{code}" in shared.refused(
        400, "POST", "/v2/persons", {"name": "A", "custom_fields": {code: value}}
    )


def test_options_come_and_go(api: Api) -> None:
    field = api.field("Lists", "set", ["A", "B"])
    code, (first, second) = field["field_code"], [option["id"] for option in field["options"]]
    path = f"/v2/personFields/{code}/options"
    made = api.ok("POST", path, [{"label": "C"}])
    assert [option["label"] for option in made] == ["C"]
    person = api.ok("POST", "/v2/persons", {"name": "A", "custom_fields": {code: [first, second, second]}})
    assert person["custom_fields"][code] == [first, second]
    shown = api.ok("GET", "/v2/persons/1", params={"include_option_labels": "true"})
    assert shown["custom_fields"][code] == [{"id": first, "label": "A"}, {"id": second, "label": "B"}]
    assert "do not exist" in api.refused(400, "DELETE", path, [{"id": first}, {"id": 999}])
    assert api.ok("DELETE", path, [{"id": first}]) == [{"id": first, "label": "A"}]
    assert api.ok("GET", "/v2/persons/1")["custom_fields"][code] == [second]
    api.ok("PATCH", path, [{"id": second, "label": "Bee"}])
    labels = [option["label"] for option in api.ok("GET", f"/v2/personFields/{code}")["options"]]
    assert labels == ["Bee", "C"]
    assert "label" in api.refused(400, "POST", path, [{"label": "x" * 256}])
    text = api.field("T", "varchar")["field_code"]
    assert "does not support options" in api.refused(400, "POST", f"/v2/personFields/{text}/options", [{"label": "x"}])


def test_labels_are_options_of_label_ids(api: Api) -> None:
    (label,) = api.ok("POST", "/v2/personFields/label_ids/options", [{"label": "Hot"}])
    assert api.ok("POST", "/v2/persons", {"name": "A", "label_ids": [label["id"]]})["label_ids"] == [label["id"]]
    assert api.ok("GET", "/v2/persons/1", params={"include_labels": "true"})["labels"] == [label]
    api.ok("DELETE", "/v2/personFields/label_ids/options", [{"id": label["id"]}])
    assert api.ok("GET", "/v2/persons/1")["label_ids"] == []


def test_deleted_field_is_gone_everywhere(api: Api) -> None:
    code = api.field("Old", "varchar")["field_code"]
    api.ok("POST", "/v2/persons", {"name": "A", "custom_fields": {code: "x"}})
    api.ok("DELETE", f"/v2/personFields/{code}")
    assert code not in [field["field_code"] for field in api.ok("GET", "/v2/personFields", params={"limit": 500})]
    assert api.ok("GET", "/v2/persons/1")["custom_fields"] == {}
    assert code in api.refused(400, "PATCH", "/v2/persons/1", {"custom_fields": {code: "y"}})
    api.refused(404, "DELETE", f"/v2/personFields/{code}")
    api.refused(404, "GET", f"/v2/personFields/{code}")


def test_field_bodies(api: Api) -> None:
    made = api.field("Twice", "varchar")
    assert len(made["field_code"]) == 40
    assert made["is_custom_field"] is True
    assert api.field("Twice", "varchar")["field_code"] != made["field_code"]
    for body, part in (
        ({"field_name": "x", "field_type": "boolean"}, "field_type"),
        ({"field_name": "x" * 256, "field_type": "varchar"}, "field_name"),
        ({"field_type": "varchar"}, "field_name"),
        ({"field_name": "x", "field_type": "enum"}, "options"),
        ({"field_name": "x", "field_type": "varchar", "options": [{"label": "a"}]}, "options"),
        ({"field_name": "x", "field_type": "varchar", "description": "d"}, "description"),
    ):
        assert part in api.refused(400, "POST", "/v2/personFields", body)
    path = f"/v2/personFields/{made['field_code']}"
    assert api.ok("PATCH", path, {"field_name": "Once"})["field_name"] == "Once"
    assert "field_type" in api.refused(400, "PATCH", path, {"field_type": "text"})
    assert "Only custom fields" in api.refused(400, "DELETE", "/v2/personFields/name")
    api.refused(405, "POST", "/v2/activityFields", {"field_name": "x", "field_type": "varchar"})


def test_plan_limits_fields_of_all_entities_together(make: Make) -> None:
    api = make(plan="lite")
    for number in range(30):
        api.field(f"F{number}", "varchar", entity=("person", "organization", "deal")[number % 3])
    answer = api.send("POST", "/v2/dealFields", {"field_name": "x", "field_type": "varchar"})
    assert (answer.status_code, answer.json()["code"]) == (403, "feature_capping_custom_fields_limit")


def test_custom_fields_parameter_narrows(api: Api) -> None:
    codes = [api.field(f"F{number}", "varchar")["field_code"] for number in range(2)]
    api.ok("POST", "/v2/persons", {"name": "A", "custom_fields": {codes[0]: "x"}})
    assert api.ok("GET", "/v2/persons/1")["custom_fields"] == {codes[0]: "x", codes[1]: None}
    narrowed = api.ok("GET", "/v2/persons", params={"custom_fields": codes[1]})
    assert narrowed[0]["custom_fields"] == {codes[1]: None}
    many = ",".join("ab" * 20 for _ in range(16))
    assert "15" in api.refused(400, "GET", "/v2/persons", params={"custom_fields": many})


@pytest.mark.parametrize("entity", ["product", "project"])
def test_fields_of_entities_that_the_sandbox_keeps_none_of(api: Api, entity: str) -> None:
    made = api.field("Size", "enum", ["S", "L"], entity=entity)
    path = f"/v2/{entity}Fields/{made['field_code']}"
    assert api.ok("GET", path)["options"] == made["options"]
    assert api.ok("PATCH", path, {"field_name": "Sizes"})["field_name"] == "Sizes"
    (added,) = api.ok("POST", f"{path}/options", [{"label": "XL"}])
    assert api.ok("DELETE", f"{path}/options", [{"id": added["id"]}]) == [added]
    api.ok("DELETE", path)
    assert all(not field["is_custom_field"] for field in api.ok("GET", f"/v2/{entity}Fields", params={"limit": 500}))
    api.refused(404, "GET", path)
    api.refused(404, "POST", f"/v2/{entity}Fields/label_ids/options", [{"label": "x"}])


def test_products_have_fewer_settings(api: Api) -> None:
    body = {"field_name": "x", "field_type": "varchar"}
    settings = {"important_fields": {"enabled": True}}
    assert "important_fields" in api.refused(400, "POST", "/v2/productFields", {**body, **settings})
    made = api.ok("POST", "/v2/projectFields", {**body, **settings})
    assert made["important_fields"] == {"enabled": True, "stage_ids": []}
    shown = api.ok("GET", f"/v2/projectFields/{made['field_code']}")
    assert "important_fields" not in shown
