"""One possible place of a source field; and the place of a column that the design knows, with what fits it."""

from __future__ import annotations

from dataclasses import dataclass

from nrpd.mapping.compatibility import transform_for
from nrpd.mapping.fitting import misfit, text_type
from nrpd.mapping.known import Known
from nrpd.mapping.targets import Names
from nrpd.mapping.transforms import TRANSFORMS
from nrpd.netresults.records import SourceField
from nrpd.pipedrive.records import Target

NOTHING = Target("none", "", "", False)
SURE, _KNOWN_CUSTOM, _RENAMED = 0.99, 0.98, 0.95
DOUBTFUL = 0.6


@dataclass(frozen=True)
class Candidate:
    """One possible place for a field. `column`: the design's column that it would be read as; blank for none."""

    target: Target
    transform: str
    confidence: float
    reason: str
    column: str = ""


def skip(reason: str, confidence: float = SURE) -> Candidate:
    """A field that goes nowhere, and why."""
    return Candidate(NOTHING, "skip", confidence, reason)


def campaign_activity(field: SourceField) -> Candidate:
    """The place of a field of campaigns, where each becomes an activity."""
    if not field.known:
        return skip("activities take no custom fields; stays in the staged source", 0.9)
    place = {"name": "subject", "campaign_name": "subject", "owner_email": "owner_id", "joined_at": "due_date"}
    who = ("contact_id", "email", "company_id", "company_name")
    target = "participants" if field.column in who else place.get(field.column, "note")
    return Candidate(Target("activity", target, "", False), "fixed", SURE, "part of the campaign's activity")


def known_place(field: SourceField, known: Known, names: Names, *, peek: bool = False) -> Candidate:
    """The place of a design column. `peek`: only to see, so the name stays free."""
    if known.transform == "skip":
        return skip(known.why)
    if known.standard and (TRANSFORMS[known.standard_transform].kind in ("link", "fixed") or not known.custom):
        target = Target(known.entity, known.standard, known.standard_type, False)
        return Candidate(target, known.standard_transform, SURE, known.why)
    why_not = ""
    if known.standard and names.standard(known.entity, known.standard):
        why_not = misfit(field, known.standard_type)
        if not why_not:
            target = Target(known.entity, known.standard, known.standard_type, False)
            target = target if peek else names.take(target)
            return Candidate(target, known.standard_transform, SURE, known.why)
    return _custom_place(field, known, names, why_not, peek=peek)


def _custom_place(field: SourceField, known: Known, names: Names, why_not_standard: str, *, peek: bool) -> Candidate:
    wanted, transform, confidence, reason = known.custom_type, known.transform, _KNOWN_CUSTOM, known.why
    why_not = misfit(field, wanted)
    if why_not or why_not_standard:
        confidence = DOUBTFUL
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
    place = names.would_place if peek else names.place
    target, why = place(known.entity, known.custom, wanted, share=share)
    if why and target.new:
        confidence = min(confidence, _RENAMED)
    return Candidate(target, transform, confidence, f"{reason}; {why}" if why else reason)
