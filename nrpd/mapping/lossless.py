"""What does not fit, before anything is written, and the answer that loses nothing: the field becomes text.

`gates: auto` takes that answer (design.md, "Gates"); a person may choose another one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from nrpd.mapping.known import ALWAYS, KNOWN
from nrpd.mapping.targets import Names
from nrpd.mapping.transform import Context, Misfits, misfits
from nrpd.mapping.transforms import TRANSFORMS
from nrpd.pipedrive.records import MAX_LENGTH, AccountFacts, MappingRow


def survey(
    rows: Sequence[MappingRow],
    object: str,
    columns: Mapping[str, Sequence[str]],
    context: Context,
    files: Sequence[str] | None = None,
) -> list[Misfits]:
    """Per column of one object, the cells that do not fit their target; columns where all fit are left out.

    `columns` holds a cell per row by column, `files` the file of each row.
    """
    found = [
        misfits(row, columns[row.column], context, files)
        for row in rows
        if row.object == object and row.column in columns
    ]
    return [misfit for misfit in found if misfit is not None]


def keep_as_text(
    rows: Sequence[MappingRow], found: Sequence[Misfits], account: AccountFacts, longest: Mapping[tuple[str, str], int]
) -> list[MappingRow]:
    """The rows with every column of `found` turned into a text field, in a new field where the old one is of the
    account. Names, e-mails and whatever else makes a standard field that no account lacks stay as they are: their
    misfits are quarantined. `longest` is the longest value by (object, column), in characters.
    """
    bad = {(misfit.object, misfit.column) for misfit in found}
    names = Names(account)
    for row in rows:
        if (row.object, row.column) not in bad and row.target.field:
            names.take(row.target)
    return [_as_text(row, names, longest) if (row.object, row.column) in bad else row for row in rows]


def _as_text(row: MappingRow, names: Names, longest: Mapping[tuple[str, str], int]) -> MappingRow:
    target = row.target
    if (target.entity, target.field) in ALWAYS and target.type != "datetime":
        return row
    if TRANSFORMS[row.transform].kind != "value" or target.type == "text":
        return row
    kind = "text" if longest.get((row.object, row.column), 0) > MAX_LENGTH["varchar"] else "varchar"
    known = KNOWN.get((row.object, row.column))
    name = known.custom if known and known.custom else row.source
    placed, _ = names.place(target.entity, name if _is_standard(row) else target.field, kind)
    reason = f"{row.reason}; not every value fits {target.type}, so it is kept as text"
    transform = row.transform if row.transform == "source_id" else "text"
    return replace(row, target=placed, transform=transform, reason=reason)


def _is_standard(row: MappingRow) -> bool:
    return not row.target.new and row.target.field.islower() and "_" in row.target.field
