"""One workflow of the source → what to build in Pipedrive, what has no equivalent, effort, plan and tests."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nrpd.handover.counterparts import (
    COUNTERPARTS,
    EQUIVALENT,
    NONE,
    PARTLY,
    TRIGGERS,
    UNKNOWN_TRIGGER,
    Counterpart,
    TriggerAdvice,
)
from nrpd.handover.plans import smallest_plan
from nrpd.handover.steps import Step, duration
from nrpd.handover.workflows import Workflow

_BASE_MINUTES, _TRIGGER_MINUTES, _TEST_MINUTES = 15, 10, 20
_LONG_DAYS = 60
_IN_DAYS = {"minute": 1 / 1440, "min": 1 / 1440, "hour": 1 / 24, "hr": 1 / 24, "h": 1 / 24, "day": 1.0, "d": 1.0,
            "week": 7.0, "wk": 7.0, "w": 7.0, "month": 30.0, "year": 365.0}  # fmt: skip
_WORDS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "ten": 10,
          "fourteen": 14, "thirty": 30}  # fmt: skip
_CONSENT = re.compile(r"consent|unsubscri|opt(?:ed)?[- ]?(?:in|out)\b|mailable|bounced", re.IGNORECASE)
_LEAD = re.compile(
    r"^\s*(?:(?:action|step|node)\s*:\s*)?(?:send (?:an? )?(?:e-?mail|web\s?hook|text(?: message)?|sms)(?: to)?|set "
    r"field values?"
    r"|split(?: \([^)]*\))?|set|goal|winner|sales alert|alert)\b\s*:?\s*",
    re.IGNORECASE,
)
"""What the phrase has said already, taken off the detail behind it."""


@dataclass(frozen=True)
class Built:
    """One step as written, what it becomes on Pipedrive's screen, and how well that fits."""

    written: str
    kind: str
    build: str
    fit: str
    instead: str


@dataclass(frozen=True)
class Rebuild:
    """Everything that the guide says of one workflow."""

    workflow: Workflow
    plain: str
    trigger: TriggerAdvice
    more_triggers: tuple[tuple[str, TriggerAdvice], ...]
    """Where the trigger names several events of different kinds: each as written, with its advice."""
    built: tuple[Built, ...]
    automations: int
    if_else: int
    in_campaigns: bool
    """Its mails go out at fixed dates or as a test: built as Campaigns emails, not as an automation."""
    minutes: int
    notes: tuple[str, ...]
    tests: tuple[str, ...]

    @property
    def without(self) -> tuple[Built, ...]:
        """The steps without any equivalent."""
        return tuple(b for b in self.built if b.fit == NONE)

    @property
    def changed(self) -> tuple[Built, ...]:
        """The steps that can be rebuilt, but not as they were."""
        return tuple(b for b in self.built if b.fit == PARTLY)

    @property
    def fit(self) -> str:
        """`as it is`, `with changes`, or `no equivalent for n steps`."""
        missing = len(self.without) + (self.trigger.fit == NONE)
        if missing:
            return f"no equivalent for {missing} part{'s' * (missing != 1)}"
        return "with changes" if self.changed or self.trigger.fit == PARTLY else "as it is"

    @property
    def hours(self) -> float:
        """Working hours, rounded up to quarters."""
        return -(-self.minutes // 15) / 4

    @property
    def plan(self) -> str:
        """The smallest plan that it can be built on, in words."""
        if not self.automations:
            return "any plan with the Campaigns add-on" if self.in_campaigns else "any plan"
        found = smallest_plan(1, self.if_else)
        if found is None:
            return f"no plan as one automation ({self.if_else} if/else steps); divide it"
        name = found.name.capitalize() + ("" if found.name == "ultimate" else " or higher")
        return f"{name}, with the Campaigns add-on" if self.in_campaigns else name

    @property
    def conditions(self) -> tuple[str, ...]:
        """The conditions to set on Pipedrive's screen; what asks for consent is answered by the suppression flag."""
        return tuple(c for c in self.workflow.conditions if not _CONSENT.search(c))


def rebuild(workflow: Workflow) -> Rebuild:
    """What becomes of one workflow; a pure function of its text."""
    trigger = trigger_of(workflow)
    kinds = [step.kind for step in workflow.steps]
    in_campaigns = workflow.pattern in {"A/B email test", "email blast"} or workflow.dated
    automations, if_else = _size(workflow, trigger, kinds, in_campaigns)
    built = tuple(_built(step, workflow, by_hand=in_campaigns and not automations) for step in workflow.steps)
    return Rebuild(
        workflow, plain_words(workflow), trigger, _events(workflow), built, automations, if_else, in_campaigns,
        _minutes(kinds), tuple(_notes(workflow, trigger)), tuple(_tests(workflow, kinds)),
    )  # fmt: skip


def trigger_of(workflow: Workflow) -> TriggerAdvice:
    """The trigger to choose: by the trigger's words first, then the type's, then the conditions'."""
    for text in (workflow.trigger, workflow.type, "; ".join(workflow.conditions)):
        for advice in TRIGGERS:
            if text and re.search(advice.pattern, text, re.IGNORECASE):
                return advice
    return UNKNOWN_TRIGGER


def _events(workflow: Workflow) -> tuple[tuple[str, TriggerAdvice], ...]:
    """The events that a trigger names, where each of them needs a trigger of its own; else empty."""
    if not _two_triggers(workflow):
        return ()
    found = []
    for text in re.split(r",?\s+or\s+", workflow.trigger):
        advice = next((a for a in TRIGGERS if re.search(a.pattern, text, re.IGNORECASE)), None)
        if advice is not None:
            found.append((text, advice))
    return tuple(found) if len({advice.build for _, advice in found}) > 1 else ()


def plain_words(workflow: Workflow) -> str:
    """Two or three sentences that somebody who never saw the screen understands."""
    often = {True: "It runs all the time (perpetual)", False: "It runs once (one-time)", None: "It"}[workflow.perpetual]
    starts = f"starts for people by this rule: {workflow.trigger}"
    if not workflow.trigger:
        starts = "has no trigger in the export"
    text = f"{often}{' and' if workflow.perpetual is not None else ''} {starts}"
    if workflow.conditions:
        text += f"; only where {' and '.join(workflow.conditions)}"
    if not workflow.steps:
        return f"{text}. The export names no actions."
    done = [_phrase(step) for step in workflow.steps]
    joined = done[0] if len(done) == 1 else f"{', then '.join(done[:-1])}, and finally {done[-1]}"
    return f"{text}. It {joined}."


def _phrase(step: Step) -> str:
    known = COUNTERPARTS[step.kind]
    if step.kind == "wait" and (length := duration(step.text)):
        return f"waits {length}{_where(step)}"
    if step.kind == "other":
        return f"does this: {step.text}"
    if step.kind == "ab_test" and (sent := re.match(r"\s*send\b\s*(.+)", step.text, re.IGNORECASE)):
        return f"sends {sent.group(1)}"
    when = f" on {step.date}" if step.date else ""
    detail = _detail(step)
    if step.kind == "ab_test" and re.match(r"\s*winner\b", step.text, re.IGNORECASE):
        return f"chooses the winner by {detail}"
    return f"{known.plain}{when}{_where(step)}" + (f" ({detail})" if detail else "")


def _where(step: Step) -> str:
    branch = step.branch
    if not branch:
        return ""
    if branch.casefold().startswith("when"):
        return f" {branch[:1].lower()}{branch[1:]}"
    return " where the branches merge" if "merge" in branch.casefold() else f" on the branch {branch}"


def _detail(step: Step) -> str:
    """What the phrase does not say yet: the name of the thing, or the rule as written."""
    found = re.search(r"[\"“]([^\"”]+)[\"”]", step.text)
    if found and step.kind not in {"split", "random_split", "goal", "ab_test", "set_field"}:
        return found.group(1)
    after = step.text.split(":", 1)[1].strip() if re.search(r":\s", step.text) else ""
    return after or _LEAD.sub("", step.text)


def _built(step: Step, workflow: Workflow, *, by_hand: bool) -> Built:
    """`by_hand`: all of it is built in Campaigns, where no automation waits between two messages."""
    known = COUNTERPARTS[step.kind]
    build, fit, instead = known.build, known.fit, known.instead
    if step.kind == "wait" and by_hand:
        build, fit = "Campaigns: the next message is scheduled, or sent by hand, after this time", PARTLY
        instead = "Campaigns has no Delay between two messages: plan who sends the next one, and when."
    elif step.kind == "wait":
        build, fit, instead = _wait(step, known)
    elif step.kind == "send_email" and (step.date or workflow.pattern in {"email blast", "A/B email test"}):
        when = f", scheduled for {step.date}" if step.date else ""
        build = f"Campaigns: an email to a filter of persons{when}"
        instead = (
            "An automation starts when a record changes, not at a date for everybody. Schedule the message in "
            "Campaigns "
            "(paid add-on) for a filter that leaves out persons whose Suppression status is filled; leave out messages "
            "whose date is past."
        )
    if step.branch.casefold().startswith("when this") and fit != NONE:
        build, fit = f"Wait for condition ({step.branch[5:]}), then {build}", PARTLY
        instead = instead or "Opens and clicks are known only for mail that Pipedrive itself sent and tracks."
    return Built(f"{step.branch}: {step.text}" if step.branch else step.text, step.kind, build, fit, instead)


def _wait(step: Step, known: Counterpart) -> tuple[str, str, str]:
    length = duration(step.text)
    if re.search(r"\buntil\b|\bfor condition\b|\bunless\b", step.text, re.IGNORECASE) and not step.date:
        return "Wait for condition: the condition named, with a maximum time", PARTLY, (
            "When the condition is not met within the maximum time the automation stops; what should happen then needs "
            "an automation of its own."
        )  # fmt: skip
    if _days(length) > _LONG_DAYS:
        return (
            f"Delay: {length}",
            PARTLY,
            (
                "This is a long delay: check that the Delay step takes it. Otherwise write a date into a date field "
                "and start a second automation by a Date trigger."
            ),
        )
    return f"Delay: {length or step.date or 'the time of the source'}", EQUIVALENT, ""


def _days(length: str) -> float:
    found = re.match(r"(\d+(?:\.\d+)?|[a-z]+)\s*[- ]?\s*([a-z]+)", length.casefold())
    if not found:
        return 0.0
    amount = float(found.group(1)) if found.group(1)[0].isdigit() else float(_WORDS.get(found.group(1), 0))
    unit = found.group(2)
    return amount * _IN_DAYS.get(unit, _IN_DAYS.get(unit.rstrip("s"), 0.0))


def _size(workflow: Workflow, trigger: TriggerAdvice, kinds: list[str], in_campaigns: bool) -> tuple[int, int]:
    """(automations, if/else steps of the largest of them)."""
    real = [k for k in kinds if k not in {"crm_sync", "end"}]
    if in_campaigns and not [k for k in real if k not in {"send_email", "send_text", "wait", "ab_test"}]:
        return 0, 0
    if not real and kinds:
        return 0, 0
    automations = 1 + _two_triggers(workflow) + ("a second automation" in trigger.build) + ("goal" in kinds)
    messages = sum(k in {"send_email", "send_text"} for k in kinds)
    branches = sum(COUNTERPARTS[k].if_else for k in kinds if k != "goal")
    return automations, branches + (messages if "goal" in kinds else 0)


def _two_triggers(workflow: Workflow) -> bool:
    return bool(re.search(r",\s*or\s|\bor\b(?=.*\b(?:chang|added|rises|falls|submit|updated))", workflow.trigger, re.I))


def _minutes(kinds: list[str]) -> int:
    return _BASE_MINUTES + _TRIGGER_MINUTES + sum(COUNTERPARTS[k].minutes for k in kinds) + _TEST_MINUTES


def _notes(workflow: Workflow, trigger: TriggerAdvice) -> list[str]:
    notes = []
    if not workflow.status_clear:
        notes.append(
            f"The status in the export is {workflow.status or 'blank'}; treated as active until someone looks."
        )
    if not workflow.count_agrees:
        notes.append(
            f"The export counts {workflow.step_count} steps, but nrpd reads {len(workflow.steps)} in its text: compare "
            "with the canvas in the source before building."
        )
    if _two_triggers(workflow):
        notes.append("The trigger names several events, an automation has one: build it once for each event.")
    if any(_CONSENT.search(condition) for condition in workflow.conditions):
        notes.append("A condition asks for consent or mailability: use Suppression status is empty for it.")
    if any(step.branch.casefold() in {"branches merge", "merge"} for step in workflow.steps):
        notes.append("Branches join again in the source. On Pipedrive's screen repeat the common steps in each branch.")
    if not workflow.steps:
        notes.append("The export names no actions: read them from the source's screen before it is closed.")
    if workflow.enrolled:
        notes.append(
            f"{workflow.enrolled:,} people are enrolled. Decide whether they finish in the source before cutover or "
            f"start "
            "again in Pipedrive; nobody may get both."
        )
    return notes


def _tests(workflow: Workflow, kinds: list[str]) -> list[str]:
    tests = ["A test person who meets the trigger and the conditions starts it, once."]
    if workflow.conditions:
        tests.append("A test person who misses one condition does not start it.")
    tests += [COUNTERPARTS[k].test for k in dict.fromkeys(kinds) if COUNTERPARTS[k].test]
    tests += [
        "A test person whose Suppression status is filled gets no message.",
        "The workflow is switched off in the source before this one is switched on.",
    ]
    return list(dict.fromkeys(tests))
