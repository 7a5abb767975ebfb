"""The audit of the source as tables and pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nrpd import views
from nrpd.phases.audit import Audit, Line, levels


def shown(audit: Audit) -> list[views.View | None]:
    """A picture where it says it faster, else a table; nothing for what the source does not have."""
    sent = {year: dict(statuses) for year, statuses in audit.sends.items()}
    return [
        _counts(audit.people, "What the contact rows are", "rows"),
        views.bars_picture({k: {"persons": n} for k, n in audit.stages.items()}, "Lifecycle stages", "stage")
        if audit.stages else None,
        _lines(audit.scores, "Scores by ruleset"),
        views.bars_picture(sent, "E-mail sends by year (UTC) and status", "year") if sent else None,
        _counts(audit.sends_left, "Rows of e-mail sends that make no send", "rows"),
        _counts(audit.suppressions, "Suppressed addresses by reason", "addresses"),
        _lines(audit.campaigns, "Campaigns, with what hangs on them"),
        _complexity(audit.workflows, "Active workflows by complexity", "workflows"),
        _lines(audit.workflows, "Active workflows"),
        _complexity(audit.templates, "E-mail templates by complexity", "templates"),
        _lines(audit.templates, "E-mail templates"),
    ]  # fmt: skip


def _counts(counts: Mapping[str, int], title: str, of: str) -> views.View | None:
    rows = [{"what": name, of: number} for name, number in counts.items()]
    return views.table(rows, title) if rows else None


def _lines(lines: Sequence[Line], title: str) -> views.View | None:
    return views.table(lines, title, limit=40) if lines else None


def _complexity(lines: Sequence[Line], title: str, of: str) -> views.View | None:
    return views.bars_picture({k: {of: n} for k, n in levels(lines).items()}, title, "complexity") if lines else None
