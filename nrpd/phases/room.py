"""Room for the custom fields of a map: counted against the plan in 02_mapping, at the gate, and again in 04_schema.

What was counted with is kept in the journal, so that the gate can be decided without asking the account.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from nrpd.errors import GateWaiting
from nrpd.journal import Journal
from nrpd.mapping.folding import Room, no_room
from nrpd.mapping.propose import EMPTY_ACCOUNT
from nrpd.pipedrive.records import FIELD_LIMITS, Field, MappingRow

if TYPE_CHECKING:
    from nrpd.phases.step import Step

_NOTED = "room for fields"
_FLAGS = ("used", "limit", "plan", "sends", "campaigns", "deals")


def room_of(step: Step, *, counted: bool = True) -> Room:
    """The room that the account has now. Without `counted` nobody asks how much of it is in use, which costs tokens."""
    plan = step.parameters.destination.plan
    on_fields = step.parameters.policies.campaigns == "organization_fields"
    return Room(
        step.session.facts, step.session.fields_in_use if counted else 0, FIELD_LIMITS[plan], plan,
        sends=bool(step.tables.of("email_sends")),
        campaigns=on_fields and bool(step.tables.of("campaign_members")), deals=step.deals_are_named,
    )  # fmt: skip


def note_room(step: Step) -> Room:
    """The room that the account has now, noted for the gate."""
    room = room_of(step)
    if not step.session.read_only:
        fields = [{**asdict(field), "options": ()} for field in room.account.fields]
        step.journal.note(_NOTED, {"fields": fields, **{name: getattr(room, name) for name in _FLAGS}})
    return room


def noted_room(journal: Journal) -> Room | None:
    """The room as it was noted last; None where it never was."""
    noted: dict[str, Any] | None = journal.noted(_NOTED)
    if noted is None:
        return None
    fields = tuple(Field(**{**field, "options": ()}) for field in noted["fields"])
    return Room(replace(EMPTY_ACCOUNT, fields=fields), **{name: noted[name] for name in _FLAGS})


def require_room(room: Room | None, rows: Sequence[MappingRow], where: str) -> None:
    """Raises GateWaiting where the map needs more fields than the plan has room for, with the two ways out."""
    if room is None or not (said := no_room(room, rows)):
        return
    raise GateWaiting(
        f"{where}: {said}.\nFold them: nrpd confirm PARAMETERS mapping --by NAME --fold; or skip fields in "
        "decisions/mapping.xlsx: nrpd confirm PARAMETERS mapping --by NAME --file decisions/mapping.xlsx",
        "mapping",
    )
