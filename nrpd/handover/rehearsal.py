"""The report of a rehearsal: what the live run would do and cost, what would fail, and what is still to be decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nrpd.handover import render

HEADERS = (
    "Phase", "Object", "Source", "Created", "Adopted", "Updated", "Unchanged", "Skipped", "Quarantined", "Tokens",
    "Requests",
)  # fmt: skip


def build(document: Mapping[str, Any]) -> str:
    """The report as Markdown. `document` is that of `nrpd rehearse --json`."""
    return render.render(
        "rehearsal.md.j2", d=document, headers=HEADERS, outcomes=list(outcome_rows(document)), cost=cost_line(document),
        gates=[(gate["gate"], gate_line(gate), summary_line(gate["summary"])) for gate in document["gates"]],
    )  # fmt: skip


def outcome_rows(document: Mapping[str, Any]) -> Iterator[tuple[object, ...]]:
    """A row of HEADERS per phase and object, those of a phase that stopped included."""
    for phase, objects in (document["phases"] | document["unfinished"]).items():
        for object_, line in objects.items():
            counts = (line["source"], line["created"], line["adopted"], line["updated"], line["unchanged"])
            kept_out = (sum(line["skipped"].values()), sum(line["quarantined"].values()))
            yield (phase, object_, *counts, *kept_out, line["tokens"], line["requests"])


def cost_line(document: Mapping[str, Any]) -> str:
    """Tokens and days in one sentence."""
    days = f"{document['days']} days" if document["days"] > 1 else "1 day"
    return (
        f"The live run would spend about {document['tokens']:,} tokens and take {days}, beginning "
        f"with what is left of today's, at {document['daily_budget']:,} tokens a day (nrpd's share at plan "
        f"{document['plan']}, seats: {document['seats']})."
    )


def gate_line(gate: Mapping[str, Any]) -> str:
    """How one gate stands for the live run."""
    if gate["status"] == "confirmed":
        return f"decided by {gate['by']} at {gate['at']}; the rehearsal followed it"
    if gate["status"] == "auto":
        return "decides itself, as in the rehearsal"
    if gate["status"] == "stale":
        return "decided for something else than what is there now: the live run stops here until someone decides again"
    return "the live run stops here until someone decides; the rehearsal took the lossless choice"


def summary_line(summary: Mapping[str, Any]) -> str:
    """What there is to decide, in words."""
    parts = []
    for name, value in summary.items():
        if isinstance(value, Mapping):
            shown = "; ".join(f"{key} {item}" for key, item in value.items())
        elif isinstance(value, list | tuple):
            shown = ", ".join(map(str, value)) or "none"
        else:
            shown = str(value)
        parts.append(f"{name}: {shown}")
    return " · ".join(parts)
