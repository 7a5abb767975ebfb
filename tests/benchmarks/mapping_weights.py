"""Learns `nrpd/mapping/weights.json` from labelled fields, and writes it. Run by hand:

    python -m tests.benchmarks.mapping_weights

`match`, from `tuning.tsv`: a logistic regression of "this field of the account is the right one" on the likeness of
names, the fit of types and the options shared, with near misses made up of the accounts' own fields; weights keep the
sign that they must have, and are pulled towards 0.
`curve`, from `calibration.tsv`, whose mistakes nobody looked at: isotonic regression of "the first place is right" on
its probability; each step is pulled towards one half as if it held one right and one wrong proposal more.
"""

# ruff: noqa: T201
from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from unittest import mock

import numpy as np

from nrpd.mapping import ranking
from nrpd.mapping.known import ENTITY_OF
from nrpd.mapping.profile import value_type
from nrpd.mapping.propose import candidates
from nrpd.mapping.similarity import best_resemblance, resemblance
from nrpd.mapping.targets import Names
from nrpd.pipedrive.records import Field
from tests.mapping.labelled import VOCABULARY, Label, accounts, field_of, labels

SIGNS = {
    "bias": 0, "same": 1, "meaning": 1, "means the same": 1, "extra": -1, "lacking": -1, "letters": 1, "sense": 1,
    "lossy": -1, "options shared": 1, "all options shared": 1,
}  # fmt: skip
OTHERS = ("Manager", "Previous", "Billing", "Other", "Expected", "Next", "Parent", "Assistant", "Competitor", "Spouse")
NEUTRAL = ("Current", "Customer", "Contact", "Primary")
PULL = 0.0005
MADE = 0.1
"""Weight of a made-up pair beside a labelled one."""
TARGET = Path(ranking.__file__).parent / "weights.json"


def pairs(found: Sequence[Label]) -> Iterator[tuple[dict[str, float], bool]]:
    """The features of each field of the account beside each label that could go into it, and whether it should."""
    for label in found:
        field = field_of(label)
        if field.known or field.object not in ENTITY_OF:
            continue
        names = Names(accounts()[label.account])
        for other in ranking.fields_of(ENTITY_OF[field.object], names):
            fit = ranking.takes(field, other)
            if fit.verdict != "no":
                alike = best_resemblance(field, field.header, ranking.spoken(other))
                right = not label.target.new and label.target.field == (other.name if other.custom else other.key)
                yield ranking.features(field, other, alike, fit), right


def near_misses() -> Iterator[tuple[dict[str, float], bool]]:
    """Each custom field of the accounts beside its own name with a word more, which makes it another field or does not;
    the values are those of the field itself."""
    fits = ranking.takes(value_type("x", ["a"]), Field("person", "x", "", "varchar", True))
    for account in accounts().values():
        for other in (f for f in account.fields if f.custom):
            texts = [option.label for option in other.options] * 2 or ["one", "other"]
            for word, same in [*((word, False) for word in OTHERS), *((word, True) for word in NEUTRAL)]:
                field = value_type(f"{word} {other.name}", texts, object="contacts")
                alike = resemblance(field.header, other.name)
                yield ranking.features(field, other, alike, fits), same


def learn(found: Sequence[Label]) -> dict[str, float]:
    """The weights of `match`, by Newton's method; what takes the wrong sign is left at 0."""
    real, made = list(pairs(found)), list(near_misses())
    rows = real + made
    weight = np.r_[np.ones(len(real)), np.full(len(made), MADE)]
    weight /= weight.sum()
    names = list(SIGNS)
    x = np.array([[1.0, *(features[name] for name in names[1:])] for features, _ in rows])
    y = np.array([float(right) for _, right in rows])
    signs = np.array([SIGNS[name] for name in names])
    pull = PULL * np.diag(np.r_[0.0, np.ones(len(names) - 1)])
    free = np.ones(len(names), dtype=bool)
    while True:
        w = np.zeros(len(names))
        for _ in range(100):
            p = 1 / (1 + np.exp(-x @ w))
            gradient = x.T @ (weight * (p - y)) + pull @ w
            curvature = (x * (weight * p * (1 - p))[:, None]).T @ x + pull + 1e-9 * np.eye(len(w))
            w[free] -= np.linalg.solve(curvature[np.ix_(free, free)], gradient[free])
        wrong = signs * w < 0
        if not wrong.any():
            break
        free &= ~wrong
    return {name: round(float(value), 3) for name, value in zip(names, w, strict=True)}


def curve(points: Sequence[tuple[float, bool]]) -> list[list[float]]:
    """Probability → confidence: steps that only rise, each at the mean of its probabilities."""
    blocks: list[list[float]] = []  # [right, count, sum of probabilities]
    for probability, right in sorted(points):
        blocks.append([float(right), 1.0, probability])
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] >= blocks[-1][0] / blocks[-1][1]:
            last = blocks.pop()
            blocks[-1] = [a + b for a, b in zip(blocks[-1], last, strict=True)]
    steps = [[round(total / count, 3), round((right + 1) / (count + 2), 3)] for right, count, total in blocks]
    rising = [step for n, step in enumerate(steps) if n == 0 or step[1] > steps[n - 1][1]]
    return [[0.0, rising[0][1]], *rising, [1.0, rising[-1][1]]]


def first_probabilities(found: Sequence[Label], match: Mapping[str, float]) -> list[tuple[float, bool]]:
    """(probability of the first place, whether it is right) of the custom columns among the labels."""
    straight = {"match": match, "curve": [[0.0, 0.0], [1.0, 1.0]]}
    points = []
    with mock.patch.object(ranking, "weights", return_value=straight):
        for label in found:
            field = field_of(label)
            if not field.known:
                first = candidates(field, accounts()[label.account], vocabulary=VOCABULARY, as_header=True)[0]
                points.append((first.confidence, label.is_right(first.target)))
    return points


def main() -> None:
    match = learn(labels("tuning"))
    points = first_probabilities(labels("calibration"), match)
    made = {"match": match, "curve": curve(points)}
    TARGET.write_text(json.dumps(made, indent=1) + "\n", "utf-8")
    print(json.dumps(made, indent=1))
    print(f"curve: {len(points)} custom columns, {sum(right for _, right in points)} right")


if __name__ == "__main__":
    main()
