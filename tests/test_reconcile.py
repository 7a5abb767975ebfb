"""Source against destination: equal, different, kept, changed since, missing, lost; nothing goes uncounted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nrpd.loader.plans.records import Wanted
from nrpd.pipedrive.account import read_facts, read_records
from nrpd.pipedrive.client import Client
from nrpd.pipedrive.limits import Limits
from nrpd.pipedrive.records import SUPPRESSION_FIELDS
from nrpd.pipedrive.schema import Schema
from nrpd.reconcile import Reconciliation, describe, reconcile
from nrpd.sandbox import Sandbox

EARLY, LATE = "2026-01-01T10:00:00Z", "2026-01-01T11:00:00Z"


def _compare(values: Any, present: Any, memory: Any = None, **more: Any) -> Reconciliation:
    wanted = Wanted("person", "s1", values, dest_id="7", **more)
    return reconcile("contacts", [wanted], {} if present is None else {"7": present}, {"7": memory} if memory else {})


def _memory(origin: str, written: Any, before: Any = None, at: str = EARLY) -> dict[str, Any]:
    return {"origin": origin, "written": written, "before": before or {}, "after": {"update_time": at}}


MAIL = {"value": "a@b.example", "label": "work", "primary": True}
CASES: list[tuple[str, Any, Any, Any, str]] = [
    # shown, value wanted of "Title", record, memory → where it is counted
    ("equal", "T", {"Title": "T"}, _memory("created", {"Title": "T"}), "equal"),
    ("equal without memory", "T", {"Title": "T"}, None, "equal"),
    ("different", "T", {"Title": "X", "update_time": EARLY}, _memory("created", {"Title": "T"}), "different"),
    ("dropped without a word", "T", {"update_time": EARLY}, _memory("created", {"Title": "T"}), "different"),
    ("never written", "T", {"update_time": EARLY}, _memory("created", {}), "different"),
    (
        "changed by people",
        "T",
        {"Title": "X", "update_time": LATE},
        _memory("created", {"Title": "T"}),
        "changed_since",
    ),
    ("cleared by people", "T", {"update_time": LATE}, _memory("created", {"Title": "T"}), "changed_since"),
    ("not ours and later", "T", {"Title": "X", "update_time": LATE}, _memory("created", {}), "different"),
    ("kept by policy", "T", {"Title": "Old"}, _memory("adopted", {}, {"Title": "Old"}), "kept"),
    ("neither ours nor what was there", "T", {"Title": "X"}, _memory("adopted", {}, {"Title": "Old"}), "changed_since"),
    ("overwritten", "T", {"Title": "Old"}, _memory("adopted", {"Title": "T"}, {"Title": "Old"}), "different"),
]


@pytest.mark.parametrize(("at", "counted"), [(EARLY, "different"), (LATE, "changed_since")])
def test_an_account_that_answers_one_thing_and_keeps_another_is_found(at: str, counted: str) -> None:
    memory = {"origin": "created", "written": {"Title": "T"}, "after": {"Title": "T", "update_time": EARLY}}
    wanted, present = Wanted("person", "s1", {"Title": "T"}, dest_id="7"), {"7": {"Title": "X", "update_time": at}}
    line = reconcile("contacts", [wanted], present, {"7": memory}, decode=dict).fields["Title"]
    assert {name for name in ("different", "changed_since") if getattr(line, name)} == {counted}


@pytest.mark.parametrize(("shown", "value", "record", "memory", "counted"), CASES, ids=[c[0] for c in CASES])
def test_each_value_is_counted_once(shown: str, value: Any, record: Any, memory: Any, counted: str) -> None:
    found = _compare({"Title": value}, record, memory)
    line = found.fields["Title"]
    assert {name for name in ("equal", "different", "kept", "changed_since") if getattr(line, name)} == {counted}
    assert found.compared == 1
    assert found.green is (counted != "different")
    assert len(line.examples) == (counted == "different")


@pytest.mark.parametrize("name", SUPPRESSION_FIELDS)
@pytest.mark.parametrize("origin", ["created", "adopted"])
def test_an_opt_out_that_people_took_away_is_a_difference(origin: str, name: str) -> None:
    found = _compare({name: "suppressed"}, {"update_time": LATE}, _memory(origin, {name: "suppressed"}, {name: None}))
    assert (found.different, found.fields[name].changed_since, found.green) == (1, 0, False)


def test_a_missing_record_is_named_and_not_green() -> None:
    found = _compare({"Title": "T"}, None)
    assert (found.missing, found.records, found.green) == (["s1"], 0, False)
    (row,) = found.rows()
    assert (row["field"], row["different"], row["examples"]) == ("(record missing)", 1, "s1")


def test_a_record_that_people_took_away_as_was_confirmed_is_no_difference() -> None:
    gone = [Wanted("person", f"s{n}", {"Title": "T"}, dest_id=str(n)) for n in (7, 8)]
    found = reconcile("contacts", gone, {}, {}, taken_away={"7"})
    assert (found.missing, found.fields["(record)"].changed_since) == (["s8"], 1)
    assert [row["examples"] for row in found.rows() if row["field"] == "(record missing)"] == ["s8"]


@pytest.mark.parametrize(("held", "counted"), [(EARLY, "kept"), ("2026-01-01T03:00:00Z", "different")])
def test_a_creation_date_that_the_source_changed_since_stays(held: str, counted: str) -> None:
    memory = {**_memory("created", {"add_time": EARLY}), "after": {"add_time": held, "update_time": LATE}}
    wanted = Wanted("person", "s1", {"add_time": LATE}, dest_id="7")
    present = {"7": {"add_time": held, "update_time": LATE}}
    line = reconcile("contacts", [wanted], present, {"7": memory}, decode=dict).fields["add_time"]
    assert {name for name in ("different", "kept", "changed_since") if getattr(line, name)} == {counted}


def test_what_has_no_record_is_not_compared() -> None:
    found = reconcile("contacts", [Wanted("person", "s1", {"Title": "T"})], {}, {})
    assert (found.records, found.compared, found.missing, found.green) == (0, 0, [], True)


def test_blank_in_the_source_is_counted_as_absent() -> None:
    wanted = [Wanted("person", "s1", {"Title": "T"}, dest_id="7"), Wanted("person", "s2", {}, dest_id="8")]
    found = reconcile("contacts", wanted, {"7": {"Title": "T"}, "8": {}}, {}, fields=("Title", "Tier"))
    assert dict(found.absent) == {"Title": 1, "Tier": 2}


def test_a_loss_is_stated_and_green() -> None:
    found = _compare({"Title": "T"}, {"Title": "T"}, losses=(("phone", "12", "no valid number, kept as written"),))
    assert found.green
    assert "1 x no valid number, kept as written" in [row["examples"] for row in found.rows()]


@pytest.mark.parametrize(("found", "changed", "different"), [("Renamed", 1, 0), (None, 0, 1)])
def test_a_value_that_agreed_when_it_was_adopted_may_be_changed_by_people(
    found: Any, changed: int, different: int
) -> None:
    """A blank, though, would have been filled."""
    line = _compare({"name": "Alder"}, {"name": found}, _memory("adopted", {})).fields["name"]
    assert (line.changed_since, line.different) == (changed, different)


def test_what_was_left_uncompared_is_not_green() -> None:
    found = _compare({"Title": "T"}, {"Title": "T"})
    found.not_compared["no access"] = 2
    assert not found.green
    assert "2 x no access" in [row["examples"] for row in found.rows()]


def test_the_creation_date_of_a_record_that_was_there_stays() -> None:
    found = _compare({"add_time": EARLY}, {"add_time": LATE}, _memory("adopted", {}))
    assert (found.fields["add_time"].kept, found.green) == (1, True)
    created = _compare(
        {"add_time": EARLY}, {"add_time": LATE, "update_time": EARLY}, _memory("created", {"add_time": EARLY})
    )
    assert created.fields["add_time"].different == 1


def test_values_of_new_records_only() -> None:
    wanted = {"create_only": {"visible_to": 3}}
    assert _compare({}, {"visible_to": 1}, _memory("created", {"visible_to": 3}), **wanted).different == 1
    assert _compare({}, {"visible_to": 1}, _memory("adopted", {}), **wanted).compared == 0


@pytest.mark.parametrize(
    ("wanted", "found", "equal"),
    [
        ((MAIL,), (MAIL,), True),
        ((MAIL,), ({**MAIL, "value": "A@B.Example"},), True),
        ((MAIL,), ({**MAIL, "value": " a@b.example"},), True),
        ((MAIL,), ({**MAIL, "value": "other@b.example"}, MAIL), True),
        ((MAIL,), (), False),
        ((MAIL,), None, False),
        ((MAIL, {**MAIL, "value": "c@d.example"}), (MAIL,), False),
    ],
)
def test_addresses_may_be_more(wanted: Any, found: Any, equal: bool) -> None:
    assert _compare({"emails": wanted}, {"emails": found}).different == (not equal)


@pytest.mark.parametrize(("found", "equal"), [("(303) 555-0101", True), ("303 555 01 02", False)])
def test_a_phone_is_known_by_its_digits(found: str, equal: bool) -> None:
    """As the loader knows it: it leaves the number as people wrote it."""
    wanted, there = ({"value": "303-555-0101", "label": "work", "primary": True},), ({"value": found, "label": "work"},)
    assert _compare({"phones": wanted}, {"phones": there}).different == (not equal)


def test_participants_may_be_more() -> None:
    two = [{"person_id": 1, "primary": True}, {"person_id": 2, "primary": False}]
    assert _compare({"participants": two[:1]}, {"participants": two}).different == 0
    assert _compare({"participants": two}, {"participants": two[:1]}).different == 1


def test_a_difference_in_words() -> None:
    (example,) = _compare({"Title": "T"}, {"Title": "X"}).fields["Title"].examples
    assert describe(example) == "s1 (record 7): expected 'T', found 'X'"


VALUES = st.dictionaries(st.sampled_from("abc"), st.text(min_size=1, max_size=2))


@given(VALUES, VALUES, VALUES, st.sampled_from(["created", "adopted"]), st.sampled_from([EARLY, LATE]))
def test_every_wanted_value_is_counted_exactly_once(wanted: Any, held: Any, written: Any, origin: str, at: str) -> None:
    found = _compare(wanted, {**held, "update_time": at}, _memory(origin, written))
    assert found.compared == len(wanted)
    for name, value in wanted.items():
        assert (found.fields[name].equal == 1) is (held.get(name) == value)
        assert not found.fields[name].changed_since or name in written or origin == "adopted"


def test_a_field_that_the_account_drops_silently_is_found_and_named(tmp_path: Path) -> None:
    with Sandbox(tmp_path / "store.sqlite", burst=False, budget=False) as box:
        client = Client(box.base_url, box.token, limits=Limits())
        for name in ("Lead Source", "Shoe Size"):
            client.request("POST", "/api/v2/personFields", json={"field_name": name, "field_type": "varchar"})
        schema = Schema(read_facts(client).fields)
        box.set_faults("silent=Shoe Size")
        wanted, memory = [], {}
        for n in range(3):
            values = {"name": f"Person {n}", "Lead Source": "Web", "Shoe Size": f"4{n}"}
            answer = client.request("POST", "/api/v2/persons", json=schema.encode("person", values))
            identity = str(answer.data["id"])
            wanted.append(Wanted("person", f"s{n}", values, dest_id=identity))
            memory[identity] = {"origin": "created", "written": values, "before": {}, "after": answer.data}
        present = {
            str(raw["id"]): {**schema.decode("person", raw), "update_time": raw["update_time"]}
            for raw in read_records(client, "person")
        }
        client.close()
    found = reconcile("contacts", wanted, present, memory)
    assert not found.green
    assert {name: line.different for name, line in found.fields.items()} == {
        "name": 0,
        "Lead Source": 0,
        "Shoe Size": 3,
    }
    line = next(row for row in found.rows() if row["field"] == "Shoe Size")
    assert "s0 (record 1): expected '40', found None" in line["examples"]
