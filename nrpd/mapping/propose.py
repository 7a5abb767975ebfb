"""The proposed mapping sheet: for every populated source field a target, a transform, a confidence and the reason.

The design's columns have fixed targets (`known.py`). For any other column an existing field is taken only if its name
folds equal or is a synonym and its type fits; else a new field named by the header is proposed, and what looks alike
is named in the reason and lowers the confidence. Nothing that fits its field only in part is proposed: it becomes text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from nrpd.mapping.compatibility import check, transform_for
from nrpd.mapping.fitting import TYPE_OF, custom_type, describe, misfit, text_type
from nrpd.mapping.known import ENTITY_OF, KNOWN, SUPPRESSION_TARGET, Known
from nrpd.mapping.names import are_synonyms, fold
from nrpd.mapping.profile import value_type
from nrpd.mapping.similarity import likeness
from nrpd.mapping.targets import OPTIONAL_STANDARD, Names
from nrpd.mapping.transforms import TRANSFORMS
from nrpd.netresults.records import SUPPRESSION_COLUMNS, SourceField
from nrpd.pipedrive.records import AccountFacts, MappingRow, Target, User

NOTHING = Target("none", "", "", False)

_SURE, _KNOWN_CUSTOM, _NAMED, _SYNONYM, _RENAMED, _NEW = 0.99, 0.98, 0.97, 0.93, 0.95, 0.95
_DOUBTFUL = 0.6
_ALIKE, _MAYBE_ALIKE = 0.85, 0.7

_UNPLACED: Mapping[str, str] = MappingProxyType(
    {
        "email_sends": "activities take no custom fields, and the note has a fixed form; stays in the staged source",
        "suppressions": "stays in the suppression ledger report",
        "campaign_members": "only says who takes part; stays in the staged source",
        "workflows": "the workflow rebuild guide is made of the design's columns; stays in the staged source",
        "templates": "the template package is made of the design's columns; stays in the staged source",
        "owners": "owners are matched, not migrated; stays in the staged source",
        "notes": "notes take no custom fields; stays in the staged source",
        "activities": "activities take no custom fields; stays in the staged source",
        "files": "files take no custom fields; stays in the staged source",
    }
)


@dataclass(frozen=True)
class Candidate:
    """One possible place for a field."""

    target: Target
    transform: str
    confidence: float
    reason: str


def propose(
    fields: Sequence[SourceField],
    account: AccountFacts,
    *,
    campaigns: str = "organization_fields",
    longest_id: int = 0,
) -> list[MappingRow]:
    """One row for each field, in the order of `fields`: mapped, or `skip` with the reason.

    `campaigns` is `policies.campaigns`. `longest_id` is the length of the longest joined source id of a merged person,
    where it is known: beyond 255 the id field is made of type text. Same input, same proposal.
    """
    names = Names(account)
    found: dict[int, Candidate] = {}
    # Design columns first: their names are fixed, and a custom column of the same name has to give way.
    order = sorted(range(len(fields)), key=lambda n: (not fields[n].known, n))
    for n in order:
        field = fields[n]
        if field.column == "contact_id" and field.object == "contacts":
            field = replace(field, max_length=max(field.max_length, longest_id))
        found[n] = _place(field, names, campaigns)
    return [_row(field, found[n]) for n, field in enumerate(fields)]


def candidates(field: SourceField, account: AccountFacts, *, campaigns: str = "organization_fields") -> list[Candidate]:
    """Up to three places for one field, best first: the proposal, fields that look alike, a new field."""
    entity = ENTITY_OF.get(field.object, "person")
    first = _place(field, Names(account), campaigns)
    result = [first]
    for score, target in _alike(field, Names(account), entity):
        transform = transform_for(field.type, target.type, field.separator)
        if target != first.target and transform:
            result.append(Candidate(target, transform, round(score * 0.6, 2), f"name looks like {target.field!r}"))
    if not first.target.new and first.transform != "skip" and not field.known:
        wanted = custom_type(field)
        target = Target(entity, " ".join(field.header.split())[:255], wanted, True)
        result.append(Candidate(target, transform_for(field.type, wanted, field.separator), 0.3, "a new field"))
    return result[:3]


def propose_header(
    header: str,
    object: str,
    values: Sequence[str],
    recognise: Callable[[str, str, Sequence[str]], str | None],
    account: AccountFacts | None = None,
) -> dict[str, object]:
    """For `nrpd propose`: the design's column that a header names (None: custom field), and where it would go.

    `recognise(header, object, values)` is `netresults.headers.recognise_header`, passed in because the business rules
    import no reader. `target` is {entity, field, type, new}; without an account it is that of an empty one.
    """
    column = recognise(header, object, values)
    field = value_type(header, values, object=object, column=column or header)
    if not any(values):
        field = replace(field, count=1, filled=1, fits=1.0)
    candidate = _place(field, Names(account or EMPTY_ACCOUNT), "organization_fields")
    target = candidate.target
    return {
        "header": header,
        "object": object,
        "column": column,
        "target": {"entity": target.entity, "field": target.field, "type": target.type, "new": target.new},
        "confidence": candidate.confidence if any(values) or column else min(candidate.confidence, 0.8),
        "reason": candidate.reason,
    }


def for_deals(rows: Sequence[MappingRow], account: AccountFacts) -> list[MappingRow]:
    """The campaign rows again with deals as their entity, for campaigns whose members name a deal."""
    names = Names(account)
    result = []
    for row in rows:
        if row.object == "campaigns" and row.target.entity == "organization" and row.transform != "skip":
            target, _ = names.place("deal", row.target.field, row.target.type)
            result.append(replace(row, target=target))
    return result


EMPTY_ACCOUNT = AccountFacts(0, "", "", User(0, "", "", True), (), (), (), (), (), False)


def _row(field: SourceField, candidate: Candidate) -> MappingRow:
    return MappingRow(
        field.object, field.header, field.column, round(field.fill, 4), field.type, candidate.target,
        candidate.transform, candidate.confidence, candidate.reason,
    )  # fmt: skip


def _skip(reason: str, confidence: float = _SURE) -> Candidate:
    return Candidate(NOTHING, "skip", confidence, reason)


def _place(field: SourceField, names: Names, campaigns: str) -> Candidate:
    if not field.filled:
        return _skip("no value in the source")
    if campaigns == "activities" and field.object in ("campaigns", "campaign_members"):
        return _campaign_activity(field)
    known = KNOWN.get((field.object, field.column))
    if known is None and field.object == "contacts" and field.column in SUPPRESSION_COLUMNS:
        known = SUPPRESSION_TARGET
    if known is not None:
        return _known(field, known, names)
    entity = ENTITY_OF.get(field.object)
    if entity is None:
        return _skip(_UNPLACED.get(field.object, "no place in Pipedrive"), 0.9)
    return _custom(field, entity, names)


def _campaign_activity(field: SourceField) -> Candidate:
    if not field.known:
        return _skip("activities take no custom fields; stays in the staged source", 0.9)
    place = {"name": "subject", "campaign_name": "subject", "owner_email": "owner_id", "joined_at": "due_date"}
    who = ("contact_id", "email", "company_id", "company_name")
    target = "participants" if field.column in who else place.get(field.column, "note")
    return Candidate(Target("activity", target, "", False), "fixed", _SURE, "part of the campaign's activity")


def _known(field: SourceField, known: Known, names: Names) -> Candidate:
    if known.transform == "skip":
        return _skip(known.why)
    if known.standard and (TRANSFORMS[known.standard_transform].kind in ("link", "fixed") or not known.custom):
        target = Target(known.entity, known.standard, known.standard_type, False)
        return Candidate(target, known.standard_transform, _SURE, known.why)
    why_not = ""
    if known.standard and names.standard(known.entity, known.standard):
        why_not = misfit(field, known.standard_type)
        if not why_not:
            target = names.take(Target(known.entity, known.standard, known.standard_type, False))
            return Candidate(target, known.standard_transform, _SURE, known.why)
    return _known_custom(field, known, names, why_not)


def _known_custom(field: SourceField, known: Known, names: Names, why_not_standard: str) -> Candidate:
    wanted, transform, confidence, reason = known.custom_type, known.transform, _KNOWN_CUSTOM, known.why
    why_not = misfit(field, wanted)
    if why_not or why_not_standard:
        confidence = _DOUBTFUL
        instead = "it is kept as text" if why_not or wanted == "varchar" else "it gets a field of its own"
        reason = f"{known.why}; {why_not or why_not_standard}, so {instead}"
    if why_not:
        wanted, transform = text_type(field), "text"
    elif wanted == "double" and (transform != "integer" or field.type == "decimal"):
        transform = transform_for("number", "double", field.separator)
    elif wanted == "set":
        transform = transform_for("multiselect", "set", field.separator)
    elif wanted == "varchar":
        wanted = text_type(field)
    share = TRANSFORMS[transform].kind == "part"
    target, why = names.place(known.entity, known.custom, wanted, share=share)
    if why and target.new:
        confidence = min(confidence, _RENAMED)
    return Candidate(target, transform, confidence, f"{reason}; {why}" if why else reason)


def _custom(field: SourceField, entity: str, names: Names) -> Candidate:
    name = _field_name(field)
    wanted = custom_type(field)
    kind = field.type if wanted == TYPE_OF[field.type] or TYPE_OF[field.type] == "varchar" else "text"
    transform = transform_for(kind, wanted, field.separator)
    if (found := names.existing(entity, name)) is None and (other := _synonym(field, name, entity, wanted, names)):
        return other
    near = [] if found else _alike(field, names, entity)
    target, why = names.place(entity, name, wanted)
    reason = describe(field, wanted)
    if not target.new:
        return Candidate(target, transform, _NAMED, f"the account has {target.field!r}, of a type that fits; {reason}")
    confidence = _RENAMED if why else _NEW
    if kind != field.type:
        confidence = _DOUBTFUL
    if near:
        score, alike = near[0]
        confidence = min(confidence, _DOUBTFUL if score >= _ALIKE else 0.8)
        why = f"{why}; " * bool(why) + f"looks like the account's {alike.field!r}, which is not certain enough to take"
    return Candidate(target, transform, confidence, f"a new field; {reason}" + (f"; {why}" if why else ""))


def _field_name(field: SourceField) -> str:
    name = " ".join(field.header.split()) or field.column
    if field.object == "campaigns" and not fold(name).startswith("campaign"):
        return f"Campaign {name}"
    return name


def _synonym(field: SourceField, name: str, entity: str, wanted: str, names: Names) -> Candidate | None:
    """A field of the account whose name is a synonym and whose type takes every value without loss."""
    for (of, key), kind in OPTIONAL_STANDARD.items():
        meant = of == entity and names.account.has(of, key) and are_synonyms(name, key.replace("_", " "))
        if meant and not misfit(field, kind) and check(field, kind).verdict == "ok" and not names.is_taken(of, key):
            target = names.take(Target(entity, key, kind, False))
            transform = transform_for(field.type, kind, field.separator)
            return Candidate(target, transform, _SYNONYM, f"the standard field {key!r}; {describe(field, kind)}")
    for other in names.custom(entity):
        if are_synonyms(name, other.name) and other.type == wanted:
            target = names.take(Target(entity, other.name, other.type, False))
            transform = transform_for(field.type, other.type, field.separator)
            return Candidate(target, transform, _SYNONYM, f"means the same as the account's {other.name!r}")
    return None


def _alike(field: SourceField, names: Names, entity: str) -> list[tuple[float, Target]]:
    """Fields of the account whose names look like the header, most alike first."""
    others = names.custom(entity)
    scores = likeness(_field_name(field), [f.name for f in others])
    found = [
        (score, Target(entity, other.name, other.type, False))
        for score, other in zip(scores, others, strict=True)
        if score >= _MAYBE_ALIKE
    ]
    return sorted(found, key=lambda item: (-item[0], item[1].field))
