"""Every form that nrpd gives a record, against the documents and a sandbox: all field types, all standard fields."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nrpd.pipedrive import account
from nrpd.pipedrive.client import Client
from nrpd.pipedrive.limits import Limits
from nrpd.pipedrive.records import FIELD_TYPES
from nrpd.pipedrive.schema import STANDARD, Schema
from nrpd.pipedrive.values import same_value
from nrpd.sandbox import Sandbox
from tests.contracts import recorder
from tests.contracts.contract import find, violations
from tests.contracts.recorder import Exchanges
from tests.contracts.test_operations import ADDRESS, BODIES

FEATURES = {"contact_sync": True, "campaigns": True, "org_enrichment": True}
TYPES: dict[str, Any] = {
    "varchar": "NULL & <b>", "varchar_auto": "Denver", "text": "x" * 65_000, "double": -7.25, "phone": "+13035550101",
    "monetary": {"value": 100, "currency": "EUR"}, "date": "2024-02-29",
    "daterange": {"value": "2024-01-01", "until": "2024-02-01"}, "time": {"value": "12:05"},
    "timerange": {"value": "09:00", "until": "17:30:00"}, "set": ("B", "A"), "enum": "A",
    "address": {**ADDRESS, "formatted_address": "1 Main St, Denver, US"}, "org": 1, "people": 1, "user": 1,
}  # fmt: skip
"""Field type → a canonical value, in the widest form that a source or an account gives it."""
ENTITIES = {"organization": "organizations", "person": "persons", "deal": "deals"}
LEFT_OUT = {
    "deal": {"is_deleted", "is_archived", "archive_time", "pipeline_id", "won_time"},
    "activity": {"lead_id", "project_id"},
}
"""Standard fields that need another status, or something that the sandbox has not; nrpd writes none of them."""


@pytest.fixture
def seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Exchanges:
    """The exchanges of this test alone."""
    (tmp_path / "exchanges").mkdir()
    monkeypatch.setenv(recorder.FOLDER, str(tmp_path / "exchanges"))
    return Exchanges(tmp_path / "exchanges")


@pytest.fixture
def client(tmp_path: Path, seen: Exchanges) -> Iterator[Client]:
    """nrpd's own client of an account with a custom field of each type on each entity, all features and a deal."""
    fields = [
        {"field_name": f"A {kind}", "field_type": kind, **({"options": ["A", "B"]} if kind in ("set", "enum") else {})}
        for kind in FIELD_TYPES
    ]
    labels = {entity: [f"{entity} label"] for entity in ENTITIES}
    content: dict[str, Any] = {
        "company": FEATURES, "labels": labels, "organizations": [{"name": "One"}], "persons": [{"name": "One"}],
        **{f"{entity}_fields": fields for entity in ENTITIES}, "deals": [{"title": "One", "person_id": 1}],
    }  # fmt: skip
    (tmp_path / "fixture.json").write_text(json.dumps(content), encoding="utf-8")
    with Sandbox(tmp_path / "s.sqlite", fixture=tmp_path / "fixture.json", plan="premium", burst=False) as box:
        limits = Limits.for_plan(tmp_path, plan="premium", seats=5, burst=False)
        with Client(box.base_url, box.token, limits=limits) as connected:
            yield connected


def values_of(entity: str, schema: Schema) -> dict[str, Any]:
    """Every standard field that nrpd can write, and a custom field of every type."""
    values = {k: tuple(v) if isinstance(v, list) else v for k, v in BODIES[PLURAL[entity]].items()}
    if "label_ids" in values:
        field = schema.field(entity, "label_ids")
        assert field is not None
        values["label_ids"] = (field.options[0].id,)
    values.pop("industry", None)  # its options are the account's, and a sandbox has none
    links = {"org_id": 1, "person_id": 1, "deal_id": 1, "participants": ({"person_id": 1, "primary": True},)}
    values |= {name: value for name, value in links.items() if name in values}
    return values | ({f"A {kind}": value for kind, value in TYPES.items()} if entity != "activity" else {})


PLURAL = {**ENTITIES, "activity": "activities"}


@pytest.mark.parametrize("entity", PLURAL)
def test_a_record_of_everything(client: Client, seen: Exchanges, entity: str) -> None:
    schema = Schema(account.read_fields(client))
    values = values_of(entity, schema)
    made = client.request("POST", f"/api/v2/{PLURAL[entity]}", json=schema.encode(entity, values)).data
    present = schema.decode(entity, account.read_record(client, entity, made["id"], _on_demand(entity)) or {})
    differing = {n: (v, present.get(n)) for n, v in values.items() if not same_value(_kept(n, v), present.get(n))}
    assert differing == {}

    cleared = {name: None for name in values if name not in KEPT_ALWAYS}
    client.request("PATCH", f"/api/v2/{PLURAL[entity]}/{made['id']}", json=schema.encode(entity, cleared))
    present = schema.decode(entity, account.read_record(client, entity, made["id"], _on_demand(entity)) or {})
    assert {name: present[name] for name in cleared if name in present} == {}

    assert [problem for exchange in seen.new() for problem in violations(exchange)] == []


KEPT_ALWAYS = frozenset({
    "name", "title", "subject", "type", "owner_id", "visible_to", "add_time", "busy", "done", "value", "currency",
    "status", "stage_id", "lost_reason", "lost_time", "close_time", "probability", "marketing_status",
})  # fmt: skip
"""What no record is without, or what null is not sent for: nrpd never takes these back."""


def _on_demand(entity: str) -> tuple[str, ...]:
    return {"person": ("marketing_status",), "activity": ("attendees",)}.get(entity, ())


def _kept(name: str, value: Any) -> Any:
    """What of a value is sent: no part of an address that only answers have."""
    return {k: v for k, v in value.items() if k != "formatted_address"} if isinstance(value, dict) else value


@pytest.mark.parametrize("entity", PLURAL)
def test_what_can_be_written_is_what_the_documents_name(entity: str) -> None:
    operation = find("POST", f"/api/v2/{PLURAL[entity]}")
    assert operation is not None
    documented = set(operation.contract["request"]["schema"]["properties"]) - {"custom_fields", "person_id"}
    # An activity's person_id is read-only, whatever the documents say (facts/pipedrive.md, section 5).
    assert set(STANDARD[entity]) - {"person_id"} == documented
    assert set(BODIES[PLURAL[entity]]) | LEFT_OUT.get(entity, set()) == set(STANDARD[entity])


def test_numbers_are_sent_as_they_are_declared() -> None:
    """A destination may take 12.0 for no whole number."""
    schema = Schema(())
    body = schema.encode("organization", {"name": "A", "employee_count": 12, "annual_revenue": 5_000_000})
    assert json.dumps(body) == '{"name": "A", "employee_count": 12, "annual_revenue": 5000000}'
