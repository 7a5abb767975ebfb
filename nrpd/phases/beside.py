"""Source beside destination, for the sign-off: each value, where it stands now, and what changed on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nrpd.loader.changes import holds
from nrpd.loader.plans.records import Wanted
from nrpd.mapping.transform import Builder, Built
from nrpd.mapping.transforms import NOTE, TRANSFORMS
from nrpd.phases.loading import Loads
from nrpd.phases.step import Step
from nrpd.pipedrive.records import MappingRow

KEPT = "the account's own value was kept"
NO_ORGANIZATION = "not moved: this company became no organization"
NOT_MOVED = "not moved"


def rows_beside(step: Step, keys: frozenset[str]) -> Iterator[dict[str, Any]]:
    """A row for each filled cell of the contacts with these keys: person (source id), source_field, source_value,
    field, value, changed_on_the_way."""
    loads, names = Loads(step), _Names(step)
    persons, notes = step.session.records("person"), loads.notes_by_record("person")
    by_key = {person.key: person for person in step.view.contacts.people}
    mapped = step.view.mapped("contacts")
    builder = Builder("person", mapped, step.view.context)
    for item in loads.wanted_persons(keys):
        person = by_key.get(step.view.contacts.by_id.get(item.source_id, item.source_id))
        if person is None:
            continue
        record, lines = persons.get(item.dest_id, {}), notes.get(item.dest_id)
        built = builder.build(person.values, person.sources)
        for row in mapped:
            if not (text := person.values.get(row.column)):
                continue
            field, folded = row.target.field, row.transform == NOTE
            stands = loads.line_in(lines, field) if folded else record.get(field)
            shown = names.of(field, stands)
            yield {
                "person": item.source_id, "source_field": row.source, "source_value": text,
                "field": f"{field}{' (in the note)' if folded else ''}", "value": shown,
                "changed_on_the_way": changed(row, text, built, item, stands, shown),
            }  # fmt: skip


def changed(row: MappingRow, text: str, built: Built, item: Wanted, stands: Any, shown: Any) -> str:
    """What happened to a cell on its way, in words; blank where it stands in the account as it was written.

    `built`: what was made of its row. `stands`: the canonical value of its field in the account, and `shown` as people
    read it.
    """
    if unfit := [why for column, _, why in built.unfit if column == row.column]:
        return f"{NOT_MOVED}: {unfit[0]}"
    if stands in (None, "", ()):
        return NO_ORGANIZATION if row.transform == "organization" else NOT_MOVED
    wanted = item.values.get(row.target.field)
    if wanted is not None and not holds(row.target.field, stands, wanted):
        return KEPT
    told = [why for column, _, why in (*built.losses, *built.notes) if column == row.column]
    return "; ".join(dict.fromkeys(told)) or ("" if str(shown) == text else TRANSFORMS[row.transform].says)


class _Names:
    """Values as people read them: ids by name, an address on one line."""

    def __init__(self, step: Step) -> None:
        self._organizations = step.session.records("organization")
        self._users = {str(user.id): user.name for user in step.session.facts.users}

    def of(self, field: str, value: Any) -> Any:
        if value is None:
            return ""
        if field == "org_id":
            return f"{self._organizations.get(str(value), {}).get('name', 'unknown')} ({value})"
        if field == "owner_id":
            return f"{self._users.get(str(value), 'unknown')} ({value})"
        return value.get("value", value) if isinstance(value, Mapping) else value
