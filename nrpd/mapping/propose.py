"""The proposed mapping sheet: for every populated source field a target, a transform, a confidence and the reason.

The design's columns have fixed targets (`known.py`). Any other column is ranked (`ranking.py`): fields of the account
that mean the same and can hold its values, columns of the design that its header says in other words, and a new field
of the type that its values call for. Nothing that fits its field only in part comes first: it becomes text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from nrpd.mapping import ranking
from nrpd.mapping.candidates import DOUBTFUL, Candidate, campaign_activity, known_place, skip
from nrpd.mapping.hints import is_whole_name
from nrpd.mapping.known import ENTITY_OF, KNOWN, SUPPRESSION_TARGET, Known
from nrpd.mapping.names import fold
from nrpd.mapping.opinions import NO_VOICES, Opinion, Voices
from nrpd.mapping.profile import value_type
from nrpd.mapping.targets import Names
from nrpd.mapping.transforms import NOTE
from nrpd.mapping.vocabulary import NO_VOCABULARY, PINNED, Vocabulary
from nrpd.netresults.records import SUPPRESSION_COLUMNS, SourceField
from nrpd.pipedrive.records import AccountFacts, MappingRow, Target, User

_LOOK = 0.89
"""The most for a new field beside which the account has one that looks alike."""
_MEANT = 0.84
"""Probability of a column whose names say the same as the header in other words. They do in 99 of 100 cases, but what
the reader does not know for certain is never sure."""
_SUSPECTED = 0.4
_VOICE = 0.5
"""What the assistant's word adds of the confidence that is missing, and takes from the other places."""
_NEAR = 0.05
"""From this probability on a field of the account is named beside a new one, and a person should look."""
CERTAIN = 0.9
"""From this confidence on a field of the account is taken although nobody looks at it."""
RANKED = 3

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


def propose(
    fields: Sequence[SourceField],
    account: AccountFacts,
    *,
    campaigns: str = "organization_fields",
    longest_id: int = 0,
    vocabulary: Vocabulary = NO_VOCABULARY,
    unwatched: bool = False,
    voices: Voices = NO_VOICES,
) -> list[MappingRow]:
    """One row for each field, in the order of `fields`: mapped, or `skip` with the reason.

    `campaigns` is `policies.campaigns`. `longest_id` is the length of the longest joined source id of a merged person,
    where it is known: beyond 255 the id field is made of type text. `unwatched`: nobody will look at the sheet, so what
    is there already is taken only where that is certain, and anything else becomes a new field. `voices` are an
    assistant's checked opinions. Same input, same rows.
    """
    proposer = _Proposer(account, campaigns, vocabulary, unwatched=unwatched, voices=voices)
    found: dict[int, Candidate] = {}
    # Design columns first: their names are fixed, and a custom column of the same name has to give way.
    for n, field in enumerate(fields):
        if field.column == "contact_id" and field.object == "contacts":
            field = replace(field, max_length=max(field.max_length, longest_id))
        if placed := proposer.fixed(field):
            found[n] = placed
    # Then whoever is surest of a field of the account gets it.
    open_fields = [n for n in range(len(fields)) if n not in found]
    for n in sorted(open_fields, key=lambda n: (-proposer.claim(fields[n]), n)):
        found[n] = proposer.take(fields[n])
    return [_row(field, found[n]) for n, field in enumerate(fields)]


def candidates(
    field: SourceField,
    account: AccountFacts,
    *,
    campaigns: str = "organization_fields",
    vocabulary: Vocabulary = NO_VOCABULARY,
    as_header: bool = False,
) -> list[Candidate]:
    """Up to three places for one field, best first; the first is the proposal where no other field is in its way.

    `as_header`: only a header is asked about, so it may be read as any column; of a staged export the reader has
    decided that, and `source.columns` is where to say otherwise.
    """
    proposer = _Proposer(account, campaigns, vocabulary, as_header=as_header)
    fixed = proposer.fixed(field)
    if fixed is None:
        return proposer.ranked(field)[:RANKED]
    if fixed.transform == "skip" or field.object not in ENTITY_OF:
        return [fixed]
    others = [c for c in proposer.ranked(replace(field, known=False)) if c.target != fixed.target]
    left = round(1 - fixed.confidence, 4)
    return [fixed, *(replace(c, confidence=round(left * c.confidence, 4)) for c in others)][:RANKED]


def propose_header(
    header: str,
    object: str,
    values: Sequence[str],
    recognise: Callable[[str, str, Sequence[str]], str | None],
    account: AccountFacts | None = None,
    vocabulary: Vocabulary = NO_VOCABULARY,
) -> dict[str, object]:
    """For `nrpd propose`: the design's column that a header names for certain (else None), and where it would go.

    `recognise(header, object, values)` is `netresults.headers.recognise_header`, passed in because the business rules
    import no reader. `target` is {entity, field, type, new}; without an account it is that of an empty one.
    `alternatives` are the next two places, each {column, target, confidence, reason}.
    """
    column = recognise(header, object, values)
    field = value_type(header, values, object=object, column=column or header)
    if not any(values):
        field = replace(field, count=1, filled=1, fits=1.0)
    ranked = candidates(field, account or EMPTY_ACCOUNT, vocabulary=vocabulary, as_header=True)
    first, *others = map(_as_dict, ranked)
    return {"header": header, "object": object, **first, "column": column, "alternatives": others}


def for_deals(rows: Sequence[MappingRow], account: AccountFacts) -> list[MappingRow]:
    """The campaign rows again with deals as their entity, for campaigns whose members name a deal."""
    names = Names(account)
    result = []
    for row in rows:
        if row.object == "campaigns" and row.target.entity == "organization" and row.transform != "skip":
            if row.transform == NOTE:
                target = replace(row.target, entity="deal")
            else:
                target, _ = names.place("deal", row.target.field, row.target.type)
            result.append(replace(row, target=target))
    return result


WHOLE_NAME = Candidate(
    Target("person", "name", "varchar", False), "full_name", 0.95, "the whole name, of which no column holds the parts"
)
EMPTY_ACCOUNT = AccountFacts(0, "", "", User(0, "", "", True), (), (), (), (), (), False)


def _as_dict(candidate: Candidate) -> dict[str, object]:
    target = candidate.target
    return {
        "column": candidate.column or None,
        "target": {"entity": target.entity, "field": target.field, "type": target.type, "new": target.new},
        "confidence": candidate.confidence,
        "reason": candidate.reason,
    }


def _row(field: SourceField, candidate: Candidate) -> MappingRow:
    return MappingRow(
        field.object, field.header, field.column, round(field.fill, 4), field.type, candidate.target,
        candidate.transform, candidate.confidence, candidate.reason,
    )  # fmt: skip


class _Proposer:
    """Places the fields of one source, one after another, in one account."""

    def __init__(
        self,
        account: AccountFacts,
        campaigns: str,
        vocabulary: Vocabulary,
        *,
        unwatched: bool = False,
        as_header: bool = False,
        voices: Voices = NO_VOICES,
    ) -> None:
        self._names, self._voices = Names(account), voices
        self._campaigns, self._vocabulary = campaigns, vocabulary
        self._unwatched, self._as_header = unwatched, as_header
        self._read: set[tuple[str, str]] = set()
        """(object, column) of the design's columns that are there."""

    def fixed(self, field: SourceField) -> Candidate | None:
        """The place that the design gives; None for a custom column of an object that takes custom fields."""
        if not field.filled:
            return skip("no value in the source")
        if self._campaigns == "activities" and field.object in ("campaigns", "campaign_members"):
            return campaign_activity(field)
        known = KNOWN.get((field.object, field.column))
        if known is None and field.object == "contacts" and field.column in SUPPRESSION_COLUMNS:
            known = SUPPRESSION_TARGET
        if known is not None:
            self._read.add((field.object, field.column))
            return known_place(field, known, self._names)
        if field.object not in ENTITY_OF:
            return skip(_UNPLACED.get(field.object, "no place in Pipedrive"), 0.9)
        return None

    def claim(self, field: SourceField) -> float:
        """How sure a custom column is of a field that the account has."""
        found = ranking.existing(field, _field_name(field), ENTITY_OF[field.object], self._names)
        return found[0].probability if found else 0.0

    def take(self, field: SourceField) -> Candidate:
        """The place of a custom column; no other column may fill it from now on."""
        ranked = self.ranked(field)
        chosen = ranked[0]
        if self._unwatched and not chosen.target.new and chosen.confidence < CERTAIN:
            chosen = next(c for c in ranked if c.target.new)
        if chosen is WHOLE_NAME:
            self._read.add((field.object, "last_name"))
        if not chosen.target.new:
            self._names.take(chosen.target)
            return chosen
        name = chosen.target.field if chosen.column else _field_name(field)
        target, why = self._names.place(chosen.target.entity, name, chosen.target.type)
        reason = f"{chosen.reason}; {why}" if why and why not in chosen.reason else chosen.reason
        return replace(chosen, target=target, reason=reason)

    def ranked(self, field: SourceField) -> list[Candidate]:
        """All places for a custom column, best first; there is always a new field among them."""
        entity = ENTITY_OF[field.object]
        name = _field_name(field)
        old = ranking.existing(field, name, entity, self._names)
        fitting = max((c.probability for c in old if c.whole), default=0.0)
        meant, hint = self._meant(field)
        left = (1 - fitting) * (1 - max((p for p, _ in meant), default=0.0))
        new = [(left * guess.probability, self._new(field, entity, name, guess, old)) for guess in ranking.types(field)]
        placed = [(c.probability, Candidate(c.target, c.transform, 0.0, c.reason)) for c in old]
        placed += [(p * (1 - fitting), candidate) for p, candidate in meant]
        ordered = sorted([*placed, *new], key=lambda item: -item[0])
        first = ranking.confidence(ordered[0][0])
        kept = [replace(c, confidence=round(min(p, first), 4) if n else first) for n, (p, c) in enumerate(ordered)]
        if old and old[0].probability >= _NEAR and kept[0].target.new:
            kept[0] = replace(kept[0], confidence=min(kept[0].confidence, _LOOK))
        if hint and kept[0].target.new:
            kept[0] = replace(kept[0], confidence=min(kept[0].confidence, DOUBTFUL), reason=f"{kept[0].reason}; {hint}")
        if self._is_name(field):
            kept = [WHOLE_NAME, *(replace(c, confidence=min(c.confidence, 1 - WHOLE_NAME.confidence)) for c in kept)]
        opinion = self._voices.get((field.object, field.column))
        return kept if opinion is None else self._hear(opinion, field, kept)

    def _hear(self, opinion: Opinion, field: SourceField, ranked: list[Candidate]) -> list[Candidate]:
        """The places with the assistant's voice among them: what it says gains, the rest loses as much."""
        wanted = opinion.target
        if not wanted.new and self._names.is_taken(wanted.entity, wanted.field):
            return ranked
        for candidate in ranked:
            same = candidate.target == wanted or (
                wanted.new and candidate.target.new and candidate.target.type == wanted.type and not candidate.column
            )
            if same:
                heard = candidate
                break
        else:
            heard = Candidate(wanted, ranking.transform_of(field, wanted.type), 0.0, "only the assistant takes this")
        gained = heard.confidence + _VOICE * (1 - heard.confidence)
        if heard is not ranked[0]:
            gained = min(gained, _LOOK)
        said = f"{heard.reason}; the assistant says so too" if heard in ranked else heard.reason
        said += f" ({opinion.why})" if opinion.why else ""
        others = [replace(c, confidence=round(c.confidence * (1 - _VOICE), 4)) for c in ranked if c is not heard]
        return sorted([replace(heard, confidence=round(gained, 4), reason=said), *others], key=lambda c: -c.confidence)

    def _new(
        self, field: SourceField, entity: str, name: str, guess: ranking.TypeGuess, old: Sequence[ranking.Choice]
    ) -> Candidate:
        target, why = self._names.would_place(entity, name, guess.type)
        reason = ranking.new_reason(field, guess.type)
        reason += f"; {why}" if why else ""
        if old and not why and old[0].probability >= _NEAR:
            reason += f"; {old[0].reason.partition(';')[0]}, which is not certain enough to take"
        return Candidate(target, guess.transform, 0.0, reason)

    def _meant(self, field: SourceField) -> tuple[list[tuple[float, Candidate]], str]:
        """(probability, place) of the columns that the header may mean, and what a person should know of them."""
        found = []
        hint = ""
        if suspected := self._vocabulary.suspect(field):
            hint = f"it could say who must not be mailed: if so, name it as {suspected} in source.columns and run again"
            place = Candidate(
                Target("person", "Suppression status", "text", False),
                "fixed",
                0.0,
                f"the header seems to mean {suspected}",
            )
            found += [(_SUSPECTED, replace(place, column=suspected))] if self._as_header else []
        for meant in self._vocabulary.near(field):
            known = KNOWN[field.object, meant.column]
            if known.transform == "skip" or self._is_filled(field.object, meant.column, known):
                continue
            if meant.column in PINNED and not self._as_header:
                if meant.likeness == 1.0:
                    hint = f"looks like the column {meant.column}: if it is, say so in source.columns and run again"
                continue
            place = known_place(field, known, self._names, peek=True)
            reason = f"the header seems to mean {meant.column}: {place.reason}"
            found.append((_MEANT * meant.likeness, replace(place, reason=reason, column=meant.column)))
        return found, hint

    def _is_name(self, field: SourceField) -> bool:
        """Whether it is the name of the person, which no other column gives."""
        parts = {("contacts", "first_name"), ("contacts", "last_name")}
        return field.object == "contacts" and is_whole_name(field.header) and not parts & self._read

    def _is_filled(self, object_: str, column: str, known: Known) -> bool:
        several = known.standard in ("phones", "emails")
        return (object_, column) in self._read and not several


def _field_name(field: SourceField) -> str:
    name = " ".join(field.header.split()) or field.column
    if field.object == "campaigns" and not fold(name).startswith("campaign"):
        return f"Campaign {name}"
    return name
