"""Notes and files of a later export: made, rewritten, or left as people have them; each once."""

from __future__ import annotations

from typing import Any

import pytest

from nrpd.journal import RowOutcome
from nrpd.loader.plans.attached import Body, each_once, plan_attached

NOTE = {"content": "old", "person_id": 1}


def _body(key: str, **values: Any) -> Body:
    return key, values, RowOutcome("notes", f"notes.csv:{key}", "created")


CASES: list[tuple[str, str, dict[str, Any], dict[str, Any] | None, str, dict[str, Any] | None, list[str]]] = [
    # shown, entity, said now, in the account (None: not there) → verb, body, fields kept; written was NOTE
    ("nothing changed", "note", NOTE, NOTE, "", None, []),
    ("the source changed it", "note", {**NOTE, "content": "new"}, NOTE, "update", {"content": "new"}, []),
    ("people changed it", "note", {**NOTE, "content": "new"}, {**NOTE, "content": "theirs"}, "", None, ["content"]),
    ("people changed it, the source did not", "note", NOTE, {**NOTE, "content": "theirs"}, "", None, []),
    ("people deleted it", "note", {**NOTE, "content": "new"}, None, "", None, []),
    ("moved to another person", "note", {**NOTE, "person_id": 2}, NOTE, "update", {"person_id": 2}, []),
    ("another file", "file", {"name": "b.pdf", "person_id": 1}, {"name": "a.pdf", "person_id": 1}, "create",
     {"name": "b.pdf", "person_id": 1}, []),
]  # fmt: skip


@pytest.mark.parametrize(("shown", "entity", "said", "now", "verb", "body", "kept"), CASES, ids=[c[0] for c in CASES])
def test_what_becomes_of_one_that_is_there(
    shown: str, entity: str, said: dict[str, Any], now: Any, verb: str, body: Any, kept: list[str]
) -> None:
    written = NOTE if entity == "note" else {"name": "a.pdf", "person_id": 1}
    present = {} if now is None else {"9": now}
    plan = plan_attached(
        "11_cutover", entity, "/notes", [_body("n1", **said)], {"n1": said}, {"n1": "9"}, {"9": {"written": written}},
        present,
    )  # fmt: skip
    assert [(entry.verb, entry.body) for entry in plan.entries] == ([(verb, body)] if verb else [])
    assert [line["field"] for line in plan.kept] == kept
    assert [row.outcome for row in plan.settled] == ([] if verb else ["unchanged"])


def test_what_a_later_export_repeats_is_made_once() -> None:
    bodies = [_body("n1", content="a"), _body("n1", content="a"), _body("n1", content="b"), _body("n2", content="a")]
    once, repeated = each_once(bodies)
    assert [body["content"] for _, body, _ in once] == ["a", "b", "a"]
    assert len({key for key, _, _ in once}) == 3
    assert [(row.outcome, row.reason) for row in repeated] == [("skipped", "same row")]
