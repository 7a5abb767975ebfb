"""How right the mapping proposal is on the labelled set, beside fuzzy matching alone. Run by hand:

    python -m tests.benchmarks.mapping_proposal [--picture FILE.png] [--mistakes tuning]

Fuzzy matching alone: of the design's columns and the account's fields the name most like the header by rapidfuzz,
from the likeness that was best on the tuning half; below it a new field. It is given nrpd's types for new fields.
"""

# ruff: noqa: T201
from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from rapidfuzz import fuzz

from nrpd.mapping.candidates import Candidate
from nrpd.mapping.fitting import custom_type
from nrpd.mapping.known import ENTITY_OF, KNOWN, Known
from nrpd.mapping.names import words
from nrpd.pipedrive.records import Target
from tests.mapping.labelled import HALVES, Label, accounts, field_of, labels, ranked

SURE = 0.9


@dataclass(frozen=True)
class Score:
    """What was right of some labels, as shares; `sure` of proposals with confidence 0.9 or more."""

    labels: int
    first: float
    within_three: float
    sure: float
    sure_labels: int


def score(found: Sequence[Label], places: Sequence[Sequence[Candidate]]) -> Score:
    """The score of ranked places for these labels."""
    right = [[label.is_right(place.target) for place in ranked] for label, ranked in zip(found, places, strict=True)]
    sure = [marks[0] for marks, ranked in zip(right, places, strict=True) if ranked[0].confidence >= SURE]
    first, three = (sum(map(any, (marks[:n] for marks in right))) / len(right) for n in (1, 3))
    return Score(len(right), first, three, sum(sure) / len(sure) if sure else 1.0, len(sure))


def by_letters(label: Label, cutoff: float) -> list[Candidate]:
    """The places that fuzzy matching alone gives, best first."""
    field = field_of(label)
    header = " ".join(words(label.header))
    entity = ENTITY_OF.get(label.object, "person")
    named = [(column, _target(known)) for (of, column), known in KNOWN.items() if of == label.object]
    named += [
        (other.name, Target(entity, other.name if other.custom else other.key, other.type, False))
        for other in accounts()[label.account].fields_of(entity)
    ]
    liked = [(fuzz.token_sort_ratio(header, " ".join(words(name))) / 100, target) for name, target in named]
    new = Target(entity, label.header, custom_type(field), True)
    ordered = sorted([*liked, (cutoff, new)], key=lambda item: -item[0])
    return [Candidate(target, "", likeness, "") for likeness, target in ordered[:3]]


def _target(known: Known) -> Target:
    if known.standard in ("job_title", "postal_address", "website", "employee_count") or not known.standard:
        return Target(known.entity, known.custom, known.custom_type, True)
    return Target(known.entity, known.standard, known.standard_type, False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--picture", type=Path, help="where to draw the calibration")
    parser.add_argument("--mistakes", choices=HALVES, help="list the mistakes of one part")
    options = parser.parse_args()
    cutoff = max(range(50, 100, 5), key=lambda n: _fuzzy("tuning", n / 100).first) / 100
    print(f"{'':12} {'labels':>6} {'first':>7} {'within 3':>9} {'sure, right':>12}   fuzzy alone: first, within 3")
    for part in HALVES:
        ours, theirs = score(labels(part), [ranked(label) for label in labels(part)]), _fuzzy(part, cutoff)
        print(
            f"{part:12} {ours.labels:6} {ours.first:7.1%} {ours.within_three:9.1%} {ours.sure:7.1%} "
            f"({ours.sure_labels}){'':10} {theirs.first:7.1%} {theirs.within_three:7.1%}"
        )
    if options.mistakes:
        _list_mistakes(options.mistakes)
    if options.picture:
        draw(options.picture)


def _fuzzy(part: str, cutoff: float) -> Score:
    return score(labels(part), [by_letters(label, cutoff) for label in labels(part)])


def _list_mistakes(part: str) -> None:
    for label in labels(part):
        places = ranked(label)
        if not label.is_right(places[0].target):
            print(f"{label.tool} {label.header!r}: wanted {label.target}")
            for place in places:
                print(f"    {place.confidence:.2f} {place.target} {place.reason}")


def draw(path: Path) -> None:
    """Confidence against the share that was right, in five steps, for fields that nobody looked at."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    found = [(ranked(label)[0], label) for label in labels("held_out")]
    edges = (0.0, 0.7, 0.85, 0.95, 0.985, 1.001)
    figure, axes = pyplot.subplots(figsize=(5, 4), dpi=80)
    axes.plot([0.4, 1], [0.4, 1], color="#999999", linewidth=1, label="as sure as right")
    for low, high in pairwise(edges):
        inside = [(place.confidence, label.is_right(place.target)) for place, label in found
                  if low <= place.confidence < high]  # fmt: skip
        if inside:
            mean = sum(confidence for confidence, _ in inside) / len(inside)
            share = sum(right for _, right in inside) / len(inside)
            axes.scatter([mean], [share], s=20 + 2 * len(inside), color="#2a6f97")
            axes.annotate(str(len(inside)), (mean, share), textcoords="offset points", xytext=(-8, -18))
    axes.set(xlabel="confidence", ylabel="share right", xlim=(0.4, 1.02), ylim=(0.4, 1.02))
    axes.set_title(f"Mapping proposal, {len(found)} fields of tools not looked at", fontsize=10)
    axes.legend(loc="upper left")
    figure.tight_layout()
    figure.savefig(path)


if __name__ == "__main__":
    main()
