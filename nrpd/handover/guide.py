"""The workflow rebuild guide: what every active workflow of the source becomes in Pipedrive, and how to build it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from nrpd.handover import render
from nrpd.handover.counterparts import COUNTERPARTS
from nrpd.handover.plans import CURRENT, PLANS, Plan, plan_named, smallest_plan
from nrpd.handover.rebuild import Rebuild, rebuild
from nrpd.handover.workflows import Workflow, read_workflows


@dataclass(frozen=True)
class Summary:
    """The figures that the guide begins with. Hours are a consultant's working hours, tests included."""

    active: int
    inactive: int
    automations: int
    automations_allowed: int
    if_else_most: int
    if_else_allowed: int
    without_equivalent: int
    """Active workflows of which at least one part has no equivalent."""
    with_changes: int
    as_it_is: int
    in_campaigns: int
    enrolled: int
    hours: float
    plan: str
    plan_needed: str
    """The smallest plan of today that holds everything, or blank where none does."""

    @property
    def fits(self) -> bool:
        """Whether everything can be built on the present plan."""
        return self.automations <= self.automations_allowed and self.if_else_most <= self.if_else_allowed

    def rows(self) -> list[tuple[str, float]]:
        """What the guide begins with: words and number."""
        return [
            ("Active workflows", self.active), ("Inactive workflows (listed at the end, not rebuilt)", self.inactive),
            ("Can be rebuilt as they are", self.as_it_is), ("Can be rebuilt with changes", self.with_changes),
            ("At least one part has no equivalent", self.without_equivalent),
            ("People enrolled in active workflows", self.enrolled), ("Automations to build", self.automations),
            (f"Automations that plan {self.plan} still allows", self.automations_allowed),
            ("If/else steps in the largest automation", self.if_else_most),
            ("If/else steps that the plan allows in one automation", self.if_else_allowed),
            ("Built as Campaigns emails instead", self.in_campaigns), ("Effort in hours, tests included", self.hours),
        ]  # fmt: skip


@dataclass(frozen=True)
class Guide:
    """The document and its figures. `html()` and `docx()` are made from the same Markdown."""

    markdown: str
    summary: Summary
    rebuilds: tuple[Rebuild, ...]
    inactive: tuple[Workflow, ...]
    title: str

    def html(self) -> str:
        return render.html(self.markdown, self.title)

    def docx(self) -> bytes:
        return render.docx(self.markdown, self.title)


def build(
    rows: Iterable[Mapping[str, str]], plan: str, *, customer: str = "", seats: int = 0, automations_in_use: int = 0
) -> Guide:
    """The guide for these rows of the workflows object (columns as in `netresults/records.py`, blanks allowed).

    `automations_in_use`: automations that the account has already, where a person counted them (no API lists them).
    Raises BadInput for an unknown plan.
    """
    limits = plan_named(plan)
    workflows = read_workflows(rows)
    rebuilds = tuple(rebuild(w) for w in workflows if w.active)
    inactive = tuple(w for w in workflows if not w.active)
    summary = _summary(rebuilds, inactive, limits, automations_in_use)
    title = f"Workflow rebuild guide{f' for {customer}' if customer else ''}"
    text = render.render(
        "guide.md.j2", title=title, customer=customer, summary=summary, rebuilds=rebuilds, inactive=inactive,
        plan=limits, in_use=automations_in_use, upgrades=upgrades(rebuilds, summary, limits, seats, automations_in_use),
        unequal=_unequal(rebuilds), overview=_overview(rebuilds), inactive_rows=_inactive(inactive),
        steps_of=_steps, instead_of=_instead,
    )  # fmt: skip
    return Guide(text, summary, rebuilds, inactive, title)


def upgrades(
    rebuilds: Sequence[Rebuild], summary: Summary, plan: Plan, seats: int, in_use: int
) -> list[tuple[str, object, object, object, str]]:
    """For every plan of today: name, automations allowed, if/else allowed, workflows that fit it, what changes."""
    rows: list[tuple[str, object, object, object, str]] = []
    for name in CURRENT:
        other = PLANS[name]
        buildable = sum(r.if_else <= other.if_else and r.automations <= other.automations for r in rebuilds)
        room = other.automations - in_use - summary.automations
        if other.name == plan.name:
            said = "the present plan"
        elif room < 0:
            said = f"{-room} automations too many"
        else:
            said = f"room for {room} more automations"
        if seats and other.monthly_price is not None:
            said += f"; list price {other.monthly_price * seats:,.0f} US dollars a month for {seats} seats"
        rows.append((name.capitalize(), other.automations, other.if_else, buildable, said))
    return rows


def _summary(rebuilds: Sequence[Rebuild], inactive: Sequence[Workflow], plan: Plan, in_use: int) -> Summary:
    automations = sum(r.automations for r in rebuilds)
    most = max((r.if_else for r in rebuilds), default=0)
    needed = smallest_plan(automations + in_use, most)
    missing = [r for r in rebuilds if r.fit.startswith("no equivalent")]
    same = [r for r in rebuilds if r.fit == "as it is"]
    return Summary(
        active=len(rebuilds), inactive=len(inactive), automations=automations,
        automations_allowed=max(0, plan.automations - in_use), if_else_most=most, if_else_allowed=plan.if_else,
        without_equivalent=len(missing), with_changes=len(rebuilds) - len(missing) - len(same), as_it_is=len(same),
        in_campaigns=sum(r.in_campaigns for r in rebuilds), enrolled=sum(r.workflow.enrolled or 0 for r in rebuilds),
        hours=sum(r.hours for r in rebuilds), plan=plan.name.capitalize(),
        plan_needed=needed.name.capitalize() if needed else "",
    )  # fmt: skip


def _unequal(rebuilds: Sequence[Rebuild]) -> list[tuple[str, str, str]]:
    """Every kind of step without equivalent: what it is, in which workflows, what to do instead."""
    found: dict[str, tuple[list[str], str]] = {}
    for made in rebuilds:
        for step in made.without:
            names, _ = found.setdefault(step.kind, ([], step.instead))
            if made.workflow.name not in names:
                names.append(made.workflow.name)
    return [(COUNTERPARTS[kind].plain, ", ".join(names), instead) for kind, (names, instead) in found.items()]


def _overview(rebuilds: Sequence[Rebuild]) -> list[tuple[object, ...]]:
    return [
        (
            r.workflow.name, r.workflow.type or r.workflow.pattern, _known(r.workflow.enrolled), r.fit, r.automations,
            r.if_else, r.plan, r.hours,
        )
        for r in rebuilds
    ]  # fmt: skip


def _inactive(inactive: Sequence[Workflow]) -> list[tuple[object, ...]]:
    return [(w.id, w.name, w.status or "not given", w.type or w.pattern, _known(w.enrolled)) for w in inactive]


def _steps(made: Rebuild) -> list[tuple[object, ...]]:
    return [(str(n), b.written, b.build or "No equivalent", b.fit) for n, b in enumerate(made.built, start=1)]


def _instead(made: Rebuild) -> list[tuple[object, ...]]:
    """Each piece of advice once, with the steps that it is for."""
    found: dict[str, list[str]] = {}
    for n, step in enumerate(made.built, start=1):
        if step.instead:
            found.setdefault(step.instead, []).append(str(n))
    return [(f"Step {', '.join(numbers)}", text) for text, numbers in found.items()]


def _known(number: int | None) -> object:
    return "not given" if number is None else number
