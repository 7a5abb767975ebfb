"""The rows of the workflows object → workflows: what they are, whether they run, what starts them, what they do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nrpd.handover.markdown import clean
from nrpd.handover.steps import DATED, Step, kind_of, lines, parts, steps

_ACTIVE = frozenset({
    "active", "running", "live", "on", "enabled", "launched", "published", "started", "scheduled", "perpetual", "true",
    "yes", "y", "1", "open", "inprogress",
})  # fmt: skip
_INACTIVE = frozenset({
    "inactive", "draft", "paused", "pause", "stopped", "stop", "off", "disabled", "archived", "completed", "complete",
    "finished", "ended", "deleted", "expired", "cancelled", "canceled", "suspended", "closed", "unpublished",
    "notstarted", "false", "no", "n", "0", "done",
})  # fmt: skip
_PATTERNS: tuple[tuple[str, str], ...] = (
    ("A/B email test", r"\ba\s*/?\s*b\b"),
    ("drip series", r"\bdrip\b"),
    ("lead scoring threshold", r"\bscor|\bthreshold"),
    ("lead stage change", r"\b(?:lead )?stage\b"),
    ("opportunity stage change", r"\bopportunit"),
    ("CRM sync action", r"\bsync\b|\bcrm\b"),
    ("abandoned cart", r"\bcart\b"),
    ("product recommendation", r"\bproduct\b"),
    ("alert", r"\balert\b"),
    ("email blast", r"\bblast\b|\bone[- ]?off\b|\bsingle email\b|\bbroadcast\b"),
    ("workflow", r"\bworkflow|\bnurture|\badvanced\b|\bautomation\b|\bcanvas\b"),
)


@dataclass(frozen=True)
class Workflow:
    """One automation of the source. `enrolled` and `step_count` are None where the export says nothing readable."""

    id: str
    name: str
    status: str
    active: bool
    status_clear: bool
    type: str
    pattern: str
    """The kind of automation in the words of the source's screen."""
    perpetual: bool | None
    """True: perpetual, False: one-time, None: not said."""
    trigger: str
    conditions: tuple[str, ...]
    steps: tuple[Step, ...]
    step_count: int | None
    count_agrees: bool
    """Whether the export's own number of steps is what its text holds (or is not given)."""
    enrolled: int | None
    row: Mapping[str, str]

    @property
    def dated(self) -> bool:
        """Whether every message carries a calendar date, as in a drip series with dates."""
        messages = [s for s in self.steps if s.kind in {"send_email", "send_text"}]
        return bool(messages) and all(s.date for s in messages)


def read_workflows(rows: Iterable[Mapping[str, str]]) -> list[Workflow]:
    """The workflows of these rows, in their order. A missing column counts as blank; nothing is refused."""
    return [_workflow(row, n) for n, row in enumerate(rows, start=1)]


def is_active(status: str) -> tuple[bool, bool]:
    """(active, clear). An unknown or blank word counts as active, so that nothing running is left out."""
    words = re.findall(r"[a-z0-9]+", status.casefold())
    if any(w in _INACTIVE for w in words) or "".join(words) in _INACTIVE:
        return False, True
    return True, any(w in _ACTIVE for w in words) or "".join(words) in _ACTIVE


def _workflow(row: Mapping[str, str], n: int) -> Workflow:
    def cell(column: str) -> str:
        return row.get(column, "") or ""

    active, known = is_active(cell("status"))
    name = clean(cell("name")) or clean(cell("workflow_id")) or f"Workflow {n} without a name"
    found = steps(cell("actions"))
    everything = " ".join((cell("type"), cell("trigger"), cell("conditions"), cell("name")))
    conditions = parts(cell("conditions"))
    aside = tuple(c for c in conditions if kind_of(c) in {"goal", "ab_test"})
    pattern = _pattern(cell("type"), cell("trigger"), found)
    count = _whole(cell("step_count"))
    return Workflow(
        clean(cell("workflow_id")), name, clean(cell("status")), active, known, clean(cell("type")), pattern,
        _perpetual(everything), clean("; ".join(parts(cell("trigger")))), _without_goal_notes(conditions, aside),
        (*found, *(Step(c, kind_of(c)) for c in aside)), count,
        count is None or count in {len(found), len(lines(cell("actions")))}, _whole(cell("enrolled")), dict(row),
    )  # fmt: skip


def _without_goal_notes(conditions: tuple[str, ...], aside: tuple[str, ...]) -> tuple[str, ...]:
    """The conditions without goals and winners, which are steps, and without what a screen adds to a goal."""
    return tuple(c for c in conditions if c not in aside and not re.match(r"people who achieve it", c, re.IGNORECASE))


def _pattern(kind: str, trigger: str, found: tuple[Step, ...]) -> str:
    for text in (kind, trigger):
        for name, words in _PATTERNS:
            if re.search(words, text, re.IGNORECASE):
                return name
    if found and all(s.date for s in found if s.kind == "send_email") and any(s.date for s in found):
        return "drip series"
    return "workflow"


def _perpetual(text: str) -> bool | None:
    if re.search(r"\bperpetual|\bongoing\b|\bcontinuous", text, re.IGNORECASE):
        return True
    if re.search(r"\bone[- ]?time\b|\bonce\b|\bblast\b", text, re.IGNORECASE) or DATED.search(text):
        return False
    return None


def _whole(text: str) -> int | None:
    bare = re.sub(r"[\s,.'’](?=\d{3}\b)", "", clean(text))
    found = re.fullmatch(r"(\d+)(?:\.0+)?(?:\s*(?:steps?|people|contacts|actions?))?", bare, re.IGNORECASE)
    return int(found.group(1)) if found else None
