"""Design columns that a header may mean although no list of headers holds it: by the concepts of its name.

The reader takes only whole names that it knows (`netresults/headers.py`). Here a name counts as one of those if it
says the same in other words, or the same with words that change nothing (`Attendee Phone`, `Current Employer`). It
only ever proposes: opt-outs, consent and ids are never read so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nrpd.mapping.lexicon import readings, word_set
from nrpd.mapping.similarity import resemblance, said_by
from nrpd.netresults.records import SUPPRESSION_COLUMNS, SourceField

Names = Mapping[str, Mapping[str, Sequence[str]]]
"""Object → column → names under which it is met, the usual ones first."""

NEVER = frozenset({*SUPPRESSION_COLUMNS, "contact_id", "company_id", "campaign_id", "send_id"})
PINNED = frozenset(
    {"email", "first_name", "last_name", "company_name", "owner_email", "created_at", "name", "parent_company", "lists"}
)
"""Columns that the reader must know itself, since more than the map hangs on them: `source.columns` names them."""

_NEUTRAL = word_set("contact person customer lead member attendee user primary current own")
_ASKED = word_set("has is was been email date reason flag")
"""Words around an opt-out that change nothing."""
_EMPTY = word_set("name full value")
"""Concepts that add nothing beside a telling one (`Country Name`)."""
_VAGUE = _NEUTRAL | word_set("name first last id type status date full value number department")
"""Concepts that alone name no column: `Client Name` is no first name because `Nombre` is one, and `Abteilung` no state
because `Département` is one."""
_HAS_TYPE: Mapping[str, frozenset[str]] = {
    "email": frozenset({"email"}),
    "owner_email": frozenset({"email"}),
    "work_phone": frozenset({"phone"}), "mobile_phone": frozenset({"phone"}), "home_phone": frozenset({"phone"}),
    "fax": frozenset({"phone"}), "phone": frozenset({"phone"}),
    "created_at": frozenset({"date", "datetime"}), "updated_at": frozenset({"date", "datetime"}),
    "opt_in_date": frozenset({"date", "datetime"}),
    "start_date": frozenset({"date", "datetime"}), "end_date": frozenset({"date", "datetime"}),
    "lead_score": frozenset({"number", "decimal"}), "employee_count": frozenset({"number"}),
    "domain": frozenset({"website"}),
}  # fmt: skip
"""Column → the types that its values must have; the others are text of some kind."""
_TEXTS = frozenset({"text", "dropdown", "lookup", "multiselect"})


@dataclass(frozen=True)
class Meant:
    """A column that a header may mean; `likeness` 1 where the name says the same, else how near it comes."""

    column: str
    likeness: float


class Vocabulary:
    """The names of the design's columns, looked up by meaning."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._index: dict[str, dict[frozenset[str], list[str]]] = {}

    def near(self, field: SourceField) -> list[Meant]:
        """Up to two columns of the field's object that its header may mean, best first; its values must allow it."""
        columns = self._names.get(field.object, {})
        index = self._meanings(field.object)
        found = dict.fromkeys(self._same(field, index), 1.0)
        for column, names in columns.items():
            if column not in found and column not in NEVER:
                alike = max((resemblance(field.header, name) for name in names[:2]), key=lambda r: r.meaning + r.sense)
                if alike.meaning >= 0.4 and alike.lacking <= 0.5:
                    found[column] = 0.5 * alike.meaning
        fitting = [Meant(column, likeness) for column, likeness in found.items() if _allows(field, column)]
        return sorted(fitting, key=lambda meant: -meant.likeness)[:2]

    def suspect(self, field: SourceField) -> str:
        """The opt-out or bounce column that an unknown header seems to mean; blank for none. Only ever to be asked
        about: what the reader does not know as one suppresses nobody (design.md, "Source")."""
        if field.object != "contacts" or field.type not in ("boolean", "date", "datetime", "dropdown"):
            return ""
        index: dict[frozenset[str], str] = {}
        for column in SUPPRESSION_COLUMNS:
            for name in self._names.get("contacts", {}).get(column, ()):
                index.setdefault(readings(name)[0] - _ASKED, column)
        said = (readings(field.header) or (frozenset(),))[0] - _ASKED - _NEUTRAL
        return index.get(said, "") if said else ""

    def _same(self, field: SourceField, index: Mapping[frozenset[str], list[str]]) -> list[str]:
        """The columns whose names say the same as the header, or as both sides of its slash."""
        whole = [column for name in said_by(field) for column in _looked_up(name, index)]
        sides = [_looked_up(side, index) for side in re.split(r"[/()]", field.header) if side.strip()]
        if len(sides) > 1 and all(sides):
            whole += [column for column in sides[0] if all(column in side for side in sides)]
        return list(dict.fromkeys(whole))

    def _meanings(self, object_: str) -> Mapping[frozenset[str], list[str]]:
        if object_ not in self._index:
            index: dict[frozenset[str], list[str]] = {}
            for column, names in self._names.get(object_, {}).items():
                for name in names if column not in NEVER else ():
                    for reading in readings(name)[:1]:
                        if not (len(reading) == 1 and reading <= _VAGUE) and column not in index.get(reading, ()):
                            index.setdefault(reading, []).append(column)
            self._index[object_] = index
        return self._index[object_]


def _looked_up(name: str, index: Mapping[frozenset[str], list[str]]) -> list[str]:
    found: list[str] = []
    for n, reading in enumerate(readings(name)):
        bare = reading - _NEUTRAL
        # Only the usual reading of a word may be passed over: `asistente` is an assistant as well as an attendee.
        for said in (reading, bare, bare - _EMPTY, bare - _EMPTY - {"address"})[: 1 if n else None]:
            found += index.get(said, ())
    return found


def _allows(field: SourceField, column: str) -> bool:
    wanted = _HAS_TYPE.get(column)
    if column == "title" and field.type == "dropdown":
        return False  # a few words that come again and again are a role, not what stands on a business card
    if wanted is None:
        return field.type in _TEXTS and not field.form
    return field.type in wanted or (column == "domain" and field.type in _TEXTS and "." in "".join(field.samples))


NO_VOCABULARY = Vocabulary({})
