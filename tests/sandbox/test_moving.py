"""A list that changes while it is read."""

from __future__ import annotations

import pytest

from .conftest import Api, Make
from .test_listing import walk

FIXTURE = {
    "organizations": [{"name": f"O{number}"} for number in range(12)],
    "persons": [{"name": f"P{number}"} for number in range(12)],
    "deals": [{"title": f"D{number}"} for number in range(12)],
    "activities": [{"subject": f"A{number}"} for number in range(12)],
}


def names(api: Api, path: str) -> dict[int, str]:
    title = {"deals": "title", "activities": "subject"}.get(path, "name")
    return {one["id"]: one[title] for one in api.ok("GET", f"/v2/{path}", params={"limit": 500})}


@pytest.mark.parametrize("path", ["persons", "organizations", "deals", "activities"])
def test_records_of_others_stay_and_pages_change(make: Make, path: str) -> None:
    api = make(FIXTURE, faults="moving=1")
    before = names(api, path)
    seen = []
    for _ in range(3):
        seen.append(walk(api, f"/v2/{path}", limit=5))
    api.box.set_faults("")
    after = names(api, path)
    assert {number: after[number] for number in before} == before
    moved = {number: name for number, name in after.items() if number not in before}
    assert moved
    assert all(name.startswith("Moving ") for name in moved.values())
    assert len({tuple(ids) for ids in seen}) > 1, "the list read the same three times"
    assert all(set(before) <= set(ids) for ids in seen)


def test_it_strikes_between_pages_and_takes_turns(make: Make) -> None:
    api = make({"persons": [{"name": "P0", "add_time": "2020-01-01T00:00:00Z"}]}, faults="moving=1")
    walk(api, "/v2/persons", limit=1)  # one page: nothing happened yet
    assert names(api, "persons") == {1: "P0"}
    for number in (1, 2):
        api.ok("POST", "/v2/persons", {"name": f"P{number}"})
    api.box.advance(10)
    walk(api, "/v2/persons", limit=2)  # adds
    made = max(names(api, "persons"))
    api.box.advance(10)
    found = walk(api, "/v2/persons", limit=3, sort_by="update_time")  # changes what it added
    assert found.count(made) == 1
    assert names(api, "persons")[made] == "Moving 2"


def test_a_v1_list_shifts_under_its_reader(make: Make) -> None:
    notes = [{"content": f"N{number}", "person_id": 1} for number in range(4)]
    api = make({"persons": [{"name": "Ann"}], "notes": notes}, faults="moving=1")
    for _ in range(3):  # adds, changes, adds
        api.ok("GET", "/v1/notes", params={"start": 1, "limit": 1})
    first = [note["id"] for note in api.ok("GET", "/v1/notes", params={"limit": 5})]
    assert first == [1, 2, 3, 4, 5]
    rest = [note["id"] for note in api.ok("GET", "/v1/notes", params={"start": 5, "limit": 5}) or ()]
    assert rest == [], "the note after the deleted one moved to the page that was read already"
    assert [note["content"] for note in api.ok("GET", "/v1/notes")] == ["N0", "N1", "N2", "N3", "Moving 3"]


def test_nothing_to_hang_on(make: Make) -> None:
    api = make(faults="moving=1")
    assert api.ok("GET", "/v1/notes", params={"start": 100}) is None
    assert api.ok("GET", "/v1/files", params={"start": 100}) is None
    api.ok("POST", "/v2/persons", {"name": "Ann"})
    assert api.ok("GET", "/v1/files", params={"start": 100}) is None
    assert [file["name"] for file in api.ok("GET", "/v1/files")] == ["Moving 1.txt"]
