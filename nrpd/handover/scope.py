"""The scope document: what moves, what moves with a loss, what it costs, and where nrpd departs from expectations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from nrpd.handover import render
from nrpd.handover.complexity import ObjectFate
from nrpd.handover.effort import ROLES
from nrpd.handover.estimate import SCOPE_INDIVIDUALLY_ABOVE, Estimate, assumptions
from nrpd.handover.scope_words import field_type, object_name, phase_name, setting
from nrpd.pipedrive.records import FIELD_LIMITS, MappingRow, Target

SURE, FAIR = 0.9, 0.7
"""Confidence from which a proposal counts as clear, and below which a person must look."""

DEPARTURES: tuple[tuple[str, str], ...] = (
    ("Owners come before persons.", "People expect contacts first. nrpd settles who owns what before any record is "
                                    "written, because an "
     "owner that is missing later would silently become the user of the token."),
    ("Activities carry no custom fields.", "Pipedrive's interface takes none. What the source knew of a send stands "
                                           "in the activity's note, one "
     "line each (Subject, Sent, Status, Opened, Clicked, Bounced, Campaign), and its sums stand in fields of the "
     "person."),
    ("Activities are marked as done today.", "The date of a send is kept as the due date in UTC; the moment at which "
                                             "it was marked done cannot be set."),
    ("Creation dates are kept for persons and organizations only.", "They can be set once, at creation; for deals "
                                                                    "and activities Pipedrive takes none."),
    ("There is no date-and-time field.", "Values with a time of day become text in the form 2024-05-31T09:30:00Z; "
                                         "dates become date fields."),
    ("There is no yes/no field.", "Such fields become single-option fields with Yes and No."),
    ("Campaigns become fields of organizations.", "Pipedrive has no campaign object for this. The latest campaign "
                                                  "fills fields of its own; the whole list stands in "
     "one text field."),
    ("Marketing lists become one field.", "Lists is a multiple-option field of the person; a filter on it takes the "
                                          "list's place."),
    ("Suppressed people are imported, and marked.", "Leaving them out would lose the opt-out. They are flagged by "
                                                    "the Suppression fields, and no "
     "path of nrpd makes them mailable again."),
    ("Duplicates are found by e-mail address, not by name.", "An equal address means the same person, whatever the "
                                                             "name; nothing is ever merged in the account."),
    ("Workflows and templates are handed over, not moved.", "Pipedrive's interface creates neither. There is a "
                                                            "rebuild guide, and a package of the templates."),
    ("A blank never clears.", "A blank in the source leaves a value in Pipedrive as it is."),
)  # fmt: skip
"""What people expect of Pipedrive or of a migration, and what nrpd does instead (design.md, facts/pipedrive.md)."""


@dataclass(frozen=True)
class ScopeFacts:
    """What the scope document is made from. Counts of rows; `retention` is when `nrpd purge` is due."""

    customer: str
    created: date
    estimate: Estimate
    account: str = ""
    """Name or host of the Pipedrive account."""
    mapping: Sequence[MappingRow] = ()
    derived: Sequence[Target] = ()
    """New fields that are filled from no single column."""
    owners: Mapping[str, int] = field(default_factory=dict)
    """How an owner was settled (matched, default …) → number."""
    suppressions: Mapping[str, int] = field(default_factory=dict)
    """Reason → number of addresses."""
    quarantined: Mapping[str, int] = field(default_factory=dict)
    """Reason → number of rows."""
    policies: Mapping[str, object] = field(default_factory=dict)
    """Key of the parameters file → its value."""
    files: Sequence[tuple[str, str, int]] = ()
    """File, object, rows."""
    workflows: tuple[int, int] = (0, 0)
    """(active, inactive)."""
    templates: int = 0
    existing_fields: int = 0
    counts_note: str = ""
    """Why the counts are possibly partial; blank where they are complete."""
    warnings: Sequence[str] = ()
    """What preflight found, in whole sentences."""
    held: Sequence[tuple[str, int, int, int, int, int, int]] = ()
    """Object, rows, files, rows kept out, repeated, erased, fields that hold anything."""
    people: Mapping[str, int] = field(default_factory=dict)
    """What the contact rows are → rows."""
    stages: Mapping[str, int] = field(default_factory=dict)
    """Lifecycle stage → persons."""
    scores: Sequence[Mapping[str, Any]] = ()
    """One line for each ruleset."""
    sends: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Year → status → sends."""
    sends_left: Mapping[str, int] = field(default_factory=dict)
    """Reason → rows that make no send."""
    campaigns: int = 0
    workflow_levels: Mapping[str, int] = field(default_factory=dict)
    """Complexity → active workflows."""
    template_levels: Mapping[str, int] = field(default_factory=dict)
    findings: Sequence[tuple[str, str, str, int, str, Sequence[int], str]] = ()
    """The data-quality list: object, field, finding, count, file, first lines, what happens."""
    account_rows: Sequence[tuple[str, str]] = ()
    """What the account holds → how much of it."""
    retention: date | None = None
    open_points: Sequence[str] = ()


def build(facts: ScopeFacts) -> str:
    """The document as Markdown; `render.html` makes the page of it."""
    made = facts.estimate
    warnings = [text for text in facts.warnings if not (facts.counts_note and facts.counts_note in text)]
    return render.render(
        "scope.md.j2", f=facts, e=made, moved=_fates(made.clarity.objects, {"1:1"}),
        lossy=_fates(made.clarity.objects, {"with loss"}), others=_fates(made.clarity.objects, {"rebuilt by hand",
            "not moved"}),
        warnings=warnings, held=[(object_name(row[0]), *row[1:]) for row in facts.held], scores=_scores(facts.scores),
        sends=[(year, *parts.values(), sum(parts.values())) for year, parts in facts.sends.items()],
        send_columns=["Year", *(s.capitalize() for s in next(iter(facts.sends.values()), {})), "All"],
        findings=findings_rows(facts.findings),
        settings=[setting(key, value) for key, value in facts.policies.items()],
        files=[(file, object_name(object_), rows) for file, object_, rows in facts.files],
        clarity=[(object_name(row[0]), *row[1:]) for row in clarity_rows(facts.mapping)],
        unclear=_unclear(facts.mapping), new=_new_fields(facts),
        skipped=_skipped(facts.mapping),
        departures=DEPARTURES, policies=_policies(made), calendar=_calendar(made), days=_days(made),
        reasons=[(s.name, s.points, s.reason) for s in made.grade.sides],
        assumptions=assumptions(made), limit=FIELD_LIMITS[made.plan.casefold()], above=SCOPE_INDIVIDUALLY_ABOVE,
    )  # fmt: skip


def clarity_rows(mapping: Sequence[MappingRow]) -> list[tuple[str, int, int, int, int]]:
    """Per object: fields that are clear, likely, unsure and left out."""
    found: dict[str, list[int]] = {}
    for row in mapping:
        counts = found.setdefault(row.object, [0, 0, 0, 0])
        if row.transform == "skip":
            counts[3] += 1
        else:
            counts[0 if row.confidence >= SURE else 1 if row.confidence >= FAIR else 2] += 1
    return [(name, c[0], c[1], c[2], c[3]) for name, c in found.items()]


def _fates(objects: Sequence[ObjectFate], fates: set[str]) -> list[tuple[object, ...]]:
    return [(object_name(o.object), o.rows, o.becomes, o.loss or "nothing") for o in objects if o.fate in fates]


MOST_FINDINGS = 25
"""Findings that the document lists; all of them stand in the report beside it."""


def findings_rows(findings: Sequence[tuple[str, str, str, int, str, Sequence[int], str]]) -> list[tuple[object, ...]]:
    """The findings over all files, with where the first one stands; in the order of the list."""
    found: dict[tuple[str, str, str, str], tuple[int, str]] = {}
    for object_, field_, finding, count, file, lines, happens in findings:
        place = f"{file}, line {lines[0]}" if lines else file
        before, first = found.get((object_, field_, finding, happens), (0, place))
        found[object_, field_, finding, happens] = (before + count, first)
    return [
        (object_name(o) + (f": {f}" if f else ""), finding, count, place, happens)
        for (o, f, finding, happens), (count, place) in list(found.items())[:MOST_FINDINGS]
    ]


def _scores(scores: Sequence[Mapping[str, Any]]) -> list[tuple[object, ...]]:
    names = ("contacts", "zero", "lowest", "median", "top tenth from", "highest")
    return [(line["ruleset"], *("" if line[n] is None else f"{line[n]:,g}" for n in names)) for line in scores]


def _skipped(mapping: Sequence[MappingRow]) -> list[tuple[str, str, str]]:
    """The fields that are left out, by object and reason."""
    found: dict[tuple[str, str], list[str]] = {}
    for row in mapping:
        if row.transform == "skip":
            found.setdefault((object_name(row.object), row.reason), []).append(row.source)
    return [(name, ", ".join(sources), reason) for (name, reason), sources in found.items()]


def _unclear(mapping: Sequence[MappingRow]) -> list[tuple[str, str, str, str, str]]:
    return [
        (object_name(r.object), r.source, f"{r.target.entity}: {r.target.field}", f"{r.confidence:.0%}", r.reason)
        for r in mapping
        if r.transform != "skip" and r.confidence < FAIR
    ]


def _new_fields(facts: ScopeFacts) -> list[tuple[str, str, str, str]]:
    seen = {(r.target.entity, r.target.field): r for r in facts.mapping if r.target.new and r.transform != "skip"}
    mapped = [
        (entity.capitalize(), name, field_type(row.target.type), f"{object_name(row.object)}: {row.source}")
        for (entity, name), row in seen.items()
    ]
    own = [t for t in facts.derived if (t.entity, t.field) not in seen]
    return [*mapped, *((t.entity.capitalize(), t.field, field_type(t.type), "filled by nrpd") for t in own)]


def _policies(made: Estimate) -> list[tuple[object, ...]]:
    return [
        (f"{name} (chosen)" if name == made.policy else name, p.activities, p.requests, p.tokens, p.hours, p.days)
        for name, p in made.policies.items()
    ]


def _calendar(made: Estimate) -> list[tuple[object, ...]]:
    return [
        (str(d.day), d.date.isoformat() if d.date else "as agreed", ", ".join(map(phase_name, d.phases)), d.tokens)
        for d in made.chosen.calendar
    ]


def _days(made: Estimate) -> list[tuple[object, ...]]:
    return [(phase_name(phase), ROLES[phase], days) for phase, days in made.working_days.items()]
