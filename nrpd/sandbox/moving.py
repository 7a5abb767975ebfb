"""The fault `moving`: a list that changes while it is read.

Between two pages of a list somebody else adds a record, changes one or deletes one, in turn: always records that this
fault made itself, named `Moving 1`, `Moving 2` and so on, so that what others keep in the account stays right.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace

from .answers import Reply
from .call import Call, Upload

Handler = Callable[[Call], Reply]
_TURNS = ("add", "change", "add", "delete")


@dataclass(frozen=True)
class Hands:
    """How records of one kind are written."""

    create: Handler
    update: Handler
    delete: Handler


def moving(index: Handler, kind: str, hands: Hands) -> Handler:
    """The list, with what the fault does before a page that is not the first."""

    def handle(call: Call) -> Reply:
        later = "cursor" in call.query or call.query.get("start", "0") != "0"
        if later and call.setup.faults.strikes("moving"):
            _stir(call, kind, hands)
        return index(call)

    return handle


def _stir(call: Call, kind: str, hands: Hands) -> None:
    state = json.loads(call.store.meta(f"moving_{kind}", '{"turn": 0, "made": []}'))
    made = [number for number in state["made"] if call.store.exists(kind, number)]
    turn = _TURNS[state["turn"] % len(_TURNS)] if made else "add"
    work = _work(call, kind, f"Moving {state['turn'] + 1}")
    if work is None:
        return
    if turn == "add":
        made.append(hands.create(work).data["id"])
    elif turn == "change":
        hands.update(replace(work, path={"id": str(made[0])}))
    else:
        hands.delete(replace(work, path={"id": str(made.pop(0))}))
    call.store.set_meta(f"moving_{kind}", json.dumps({"turn": state["turn"] + 1, "made": made}))


def _work(call: Call, kind: str, name: str) -> Call | None:
    """A write of a record of this name; None where the account has nothing that it could hang on."""
    quiet = replace(call, method="POST", query={})
    if kind in ("note", "file"):
        people = call.store.select("person", order="id", limit=1)
        if not people:
            return None
        link = {"person_id": people[0]["id"]}
        if kind == "note":
            return replace(quiet, body={"content": name, **link})
        form = {key: str(value) for key, value in link.items()}
        return replace(quiet, body={"name": name}, form=form, upload=Upload(f"{name}.txt", b"moving"))
    if kind == "deal" and not call.store.select("stage", limit=1):
        return None
    title = {"deal": "title", "activity": "subject"}.get(kind, "name")
    return replace(quiet, body={title: name})
