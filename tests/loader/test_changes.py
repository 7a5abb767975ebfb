"""What is written to a record that is there already: tables, and the laws that protect it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nrpd.loader.changes import changes, grown, holds

MAIL = {"value": "a@b.example", "label": "work", "primary": True}
NEW = {"value": "new@b.example", "label": "work", "primary": True}
OTHER = {"value": "c@d.example", "label": "home", "primary": False}

CASES: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any] | None, str, dict[str, Any], list[str]]] = [
    # what is shown, desired, current, written, policy → written now, kept
    ("blank is filled", {"Title": "Buyer"}, {}, None, "fill_blanks", {"Title": "Buyer"}, []),
    ("a value stays", {"Title": "Buyer"}, {"Title": "CEO"}, None, "fill_blanks", {}, ["Title"]),
    ("a value gives way", {"Title": "Buyer"}, {"Title": "CEO"}, None, "overwrite", {"Title": "Buyer"}, []),
    ("skip fills nothing", {"Title": "Buyer"}, {}, None, "skip", {}, ["Title"]),
    ("equal is left alone", {"Title": "Buyer"}, {"Title": "Buyer"}, None, "overwrite", {}, []),
    ("equal numbers", {"Score": 5}, {"Score": 5.0}, None, "overwrite", {}, []),
    ("ours follows the source", {"Title": "New"}, {"Title": "Old"}, {"Title": "Old"}, "fill_blanks",
     {"Title": "New"}, []),
    ("ours follows under skip", {"Title": "New"}, {"Title": "Old"}, {"Title": "Old"}, "skip", {"Title": "New"}, []),
    ("people changed ours", {"Title": "New"}, {"Title": "Theirs"}, {"Title": "Old"}, "overwrite", {}, ["Title"]),
    ("people cleared ours", {"Title": "Old"}, {}, {"Title": "Old"}, "overwrite", {}, ["Title"]),
    ("people changed it, source did not", {"Title": "Old"}, {"Title": "Theirs"}, {"Title": "Old"}, "overwrite",
     {}, ["Title"]),
    ("a new field of a record of ours", {"Title": "T"}, {}, {"name": "A"}, "fill_blanks", {"Title": "T"}, []),
    ("a new field of ours under skip", {"Title": "T"}, {}, {"name": "A"}, "skip", {"Title": "T"}, []),
    ("skip holds on the next run too", {"Title": "T"}, {}, {"Net-Results ID": "7"}, "skip", {}, ["Title"]),
    ("add_time is never updated", {"add_time": "2024-01-01T00:00:00Z"}, {}, None, "overwrite", {}, []),
    ("source id whatever the policy", {"Net-Results ID": "7"}, {}, None, "skip", {"Net-Results ID": "7"}, []),
    ("an address is added", {"emails": (OTHER,)}, {"emails": (MAIL,)}, None, "fill_blanks",
     {"emails": (MAIL, OTHER)}, []),
    ("the source's new address leads", {"emails": (NEW,)}, {"emails": (MAIL, OTHER)}, {"emails": (MAIL,)},
     "fill_blanks", {"emails": ({**MAIL, "primary": False}, OTHER, NEW)}, []),
    ("the address that people put first leads", {"emails": (NEW,)},
     {"emails": ({**MAIL, "primary": False}, {**OTHER, "primary": True})},
     {"emails": (MAIL,)}, "fill_blanks",
     {"emails": ({**MAIL, "primary": False}, {**OTHER, "primary": True}, {**NEW, "primary": False})}, []),
    ("an address in another case is there", {"emails": (MAIL,)}, {"emails": ({**MAIL, "value": "A@B.EXAMPLE"},)}, None,
     "overwrite", {}, []),
    ("more addresses are no difference", {"emails": (MAIL,)}, {"emails": (OTHER, MAIL)}, None, "overwrite", {}, []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("shown", "desired", "current", "written", "policy", "write", "kept"), CASES, ids=[c[0] for c in CASES]
)
def test_what_is_written_and_what_stays(
    shown: str, desired: Any, current: Any, written: Any, policy: str, write: Any, kept: list[str]
) -> None:
    created = shown.startswith("a new field of")
    found = changes(desired, current, written=written, policy=policy, always=("Net-Results ID",), created=created)
    assert found.write == write
    assert sorted(found.kept) == kept
    assert found.before == {name: current.get(name) for name in write}


@pytest.mark.parametrize(
    ("left", "present", "write"),
    [
        ({"Title": "Old"}, "Old", {"Title": "New"}),
        ({"Title": "Old"}, "Theirs", {}),
        ({"Title": "Old"}, None, {}),
        ({}, "Theirs", {}),
        ({}, None, {"Title": "New"}),
        ({"Title": ""}, None, {"Title": "New"}),
    ],
)
def test_what_people_changed_in_a_field_that_nrpd_never_wrote(left: Any, present: Any, write: Any) -> None:
    found = changes({"Title": "New"}, {"Title": present}, written={"name": "A"}, policy="overwrite", left=lambda: left)
    assert found.write == write


def test_the_added_address_is_not_primary() -> None:
    added = grown("emails", (MAIL,), ({**OTHER, "primary": True},))
    assert [item["primary"] for item in added] == [True, False]


NAMES = ("Title", "Score", "Tier", "Lists", "add_time")
VALUES = st.one_of(
    st.text(min_size=1, max_size=3),
    st.integers(0, 3),
    st.tuples(st.sampled_from("ab")),
    st.sampled_from([0, False, 0.5]),
)
LISTS = st.lists(
    st.builds(
        lambda v, p: {"value": f"{v}@x.example", "label": "work", "primary": p},
        st.sampled_from("abcABC"),
        st.booleans(),
    ),
    min_size=1,
    max_size=3,
).map(tuple)
RECORDS = st.builds(
    lambda plain, lists: {**plain, **lists},
    st.dictionaries(st.sampled_from(NAMES), VALUES),
    st.dictionaries(st.sampled_from(("emails",)), LISTS),
)
POLICIES = st.sampled_from(("fill_blanks", "overwrite", "skip"))


@given(RECORDS, RECORDS, st.one_of(st.none(), RECORDS), POLICIES)
def test_nothing_is_cleared(desired: Any, current: Any, written: Any, policy: str) -> None:
    found = changes(desired, current, written=written, policy=policy)
    assert set(found.write) <= set(desired)
    assert all(value not in (None, "", (), []) for value in found.write.values())
    for item in current.get("emails", ()):
        assert "emails" not in found.write or item["value"] in {one["value"] for one in found.write["emails"]}


@given(RECORDS, RECORDS, RECORDS, POLICIES)
def test_what_people_changed_is_theirs(desired: Any, current: Any, written: Any, policy: str) -> None:
    found = changes(desired, current, written=written, policy=policy)
    for name in set(found.write) & set(written):
        assert holds(name, current.get(name), written[name])


@given(RECORDS, RECORDS, st.one_of(st.none(), RECORDS), POLICIES)
def test_planning_again_writes_nothing(desired: Any, current: Any, written: Any, policy: str) -> None:
    first = changes(desired, current, written=written, policy=policy)
    after, remembered = {**current, **first.write}, {**(written or {}), **first.write}
    again = changes(desired, after, written=remembered, policy=policy)
    assert again.write == {}


@given(RECORDS, RECORDS, POLICIES)
def test_each_field_is_written_kept_or_right_already(desired: Any, current: Any, policy: str) -> None:
    found = changes(desired, current, written=None, policy=policy)
    for name, value in desired.items():
        if name == "add_time":
            continue
        assert (name in found.write) + (name in found.kept) + holds(name, current.get(name), value) == 1
