"""The free text of a workflow row → its steps, each with the kind of thing that it does.

No public sample of a workflow export exists, so the reader takes every form that people write such things in: one
step a line, ` | `, `;`, ` -> `, ` > `, numbered lists, comma lists, JSON. What it does not recognise is kept word for
word with the kind `other`, for a person to read. The words are those of the source's screens (facts/paminga.md,
section 5; facts/net-results.md, section 2.7).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_DATE = (
    r"(?:\d{4}-\d{2}-\d{2}|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}"
    r"|\d{1,2}\s+[A-Z][a-z]{2,8}\.?\s+\d{4}|[A-Z][a-z]{2,8}\.?\s+\d{1,2},?\s+\d{4})"
)
_TIME = r"(?:\s*(?:T|at|@|,)?\s*\d{1,2}:\d{2}(?::\d{2})?\s*(?:[ap]m\b)?(?:\s*(?-i:UTC|GMT|Z|[ECMP][SD]T)\b)?)?"

_ARROWS = re.compile(r"\s*(?:-{1,2}>|=>|→|⇒|»|➜)\s*")
_GREATER = re.compile(rf"\s+>\s+(?:(?={_DATE})|(?![\d$€£=]))")
"""` > ` between steps, but not `score > 50`."""
_BREAKS = re.compile(r"\s*(?:\r?\n|;|\s\|\s|\|\|)\s*")
_THEN = re.compile(r"\s*[,.]?\s+(?:and\s+)?then\s+", re.IGNORECASE)
_COMMA = re.compile(r"\s*,\s+(?:and\s+)?")
_NUMBERED = re.compile(r"^\s*(?:(?:step|action|message|node)\s*)?(?:\(?\d{1,3}[.):]\s+|[-*•·]\s+)", re.IGNORECASE)
_INLINE_NUMBERS = re.compile(r"(?<=\S)\s+(?=\(?\d{1,2}[.)]\s+[A-Za-z])")
_QUOTED = re.compile(r"\"[^\"\n]*\"|“[^”\n]*”|\{[^{}\n]*\}")

DATED = re.compile(rf"\b{_DATE}{_TIME}", re.IGNORECASE)
"""A calendar date, perhaps with a time, as a drip series gives it for each message."""

DURATION = re.compile(
    r"\b(\d+(?:\.\d+)?|an?|one|two|three|four|five|six|seven|ten|fourteen|thirty)\s*[- ]?"
    r"(minutes?|mins?|hours?|hrs?|days?|weeks?|wks?|months?|years?|[hdw])\b",
    re.IGNORECASE,
)

KINDS: tuple[tuple[str, str], ...] = (
    ("action_set", r"\baction sets?\b"),
    ("set_field", r"^\s*(?:set|change|update) (?:(?:contact|account|custom) )?fields?\b(?!.*[+-]\s?\d)"),
    ("ab_test", r"\ba\s*/?\s*b\b[\s-]*(?:email\s+|split\s+)?test|\bsplit test\b|\bwinner\b"
                r"|\b(?:subject|version|variant) [ab]\b"),
    ("goal", r"^\s*goals?\b|\bgoal\s*(?::|\bis\b|\bmet\b|\bachieved\b|\breached\b)|\bexit (?:goal|when|if|on)\b"),
    ("random_split", r"\brandom(?:ly)?\b.*\b(?:split|distribut\w*|branch\w*)|\b(?:split|branch)\b.*\brandom"
                     r"|\b\d{1,2}\s*[/:]\s*\d{1,2}\s+split\b|\bsplit\s+\d{1,2}\s*%"),
    ("split", r"^\s*(?:conditional\s+)?(?:split|branch|decision|if|else|otherwise)\b|\bsplit (?:on|by|if|when"
              r"|conditions?)\b|\bif\s*/\s*else\b|\bbranch (?:on|by|if)\b"),
    ("wait", r"^\s*(?:wait|delay|pause|hold)\b|\bwait (?:for|until|\d)|^\s*\d+\s*(?:minute|hour|day"
             r"|week)s?\s*(?:wait|delay|later)?\s*$"),
    ("remove_from_automation", r"\b(?:remove|unenrol\w*|take out|withdraw|stop)\b.*\b(?:automation|workflow|drip"
                               r"|nurture|campaign|series)\b"),
    ("add_to_crm_campaign", r"\b(?:add|put)\b.*\b(?:crm|salesforce|dynamics|sugar\w*) campaign\b"),
    ("add_to_automation", r"\b(?:add|enrol\w*|move|put|start)\b.*\b(?:automation|workflow|drip(?: series)?|nurture"
                          r"|campaign)\b"),
    ("list_remove", r"\b(?:remove|delete|take)\b.*\blists?\b|\blists?\b.*\bremove"),
    ("list_add", r"\b(?:add|move|copy|put)\b.*\blists?\b|\blists?\b.*\badd|\b(?:change|modify|update) (?:marketing "
                 r")?list(?: membership)?\b"),
    ("subscription", r"\bsubscriptions?\b|\b(?:un)?subscribe\b|\bopt[- ]?(?:out|in)\b"),
    ("set_stage", r"\b(?:set|change|update|move|advance)\b.*\b(?:lead |lifecycle )?(?:stage|status)\b|\b(?:lead"
                  r"|lifecycle) stage\s*(?:=|:|to\b)"),
    ("set_field", r"\bset\b.*\bscore\b\s*(?:to|=|:)\s*\d"),
    ("adjust_score", r"\bscor(?:e|es|ing)\b|\b(?:add|subtract|deduct|give)\s+\d+\s+points?\b"
                     r"|^\s*[+-]\d+\s*(?:points?|pts)?\s*$"),
    ("set_owner", r"\b(?:assign|set|change|rotate|route|reassign)\b.*\b(?:owner|rep|salesperson|sales rep|user|team"
                  r"|round robin)\b|\bround robin\b"),
    ("webhook", r"\bweb\s*-?hooks?\b|\bhttps?://|\bpost to (?:url|api)\b"),
    ("slack", r"\bslack\b|\bteams (?:message|notification)\b"),
    ("crm_task", r"\b(?:create|add|assign|open)\b.*\b(?:task|to-?do|activity|call|follow[- ]?up)\b|^\s*(?:crm "
                 r")?task\b"),
    ("crm_lead", r"\b(?:create|add|push|open)\b.*\blead\b"),
    ("crm_opportunity", r"\b(?:create|add|open)\b.*\b(?:opportunit\w*|deal)\b"),
    ("crm_sync", r"\bsync\w*\b|\b(?:push|send|export) (?:to|into) (?:the )?(?:crm|salesforce|dynamics|sugar\w*"
                 r"|pipedrive)\b"),
    ("send_text", r"\b(?:text message|sms|send (?:a )?text)\b"),
    ("alert", r"\balerts?\b|\bnotif(?:y|ies|ication)\b|\bemail (?:the )?(?:owner|rep|sales|team|manager)\b"),
    ("send_email", r"\b(?:e-?mail|newsletter|message|blast|mailing)\b|^\s*send\b"),
    ("set_field", r"\b(?:set|change|update|clear|modify|fill|append|increment)\b|\bfield values?\b|^\s*[\w "
                  r"]{2,40}\s*=\s*\S"),
    ("end", r"^\s*(?:end|exit|stop|done|finish)\b"),
)  # fmt: skip
"""Kind → the words that show it; the first that fits wins, so the more particular kinds come first."""

_COMPILED = tuple((kind, re.compile(words, re.IGNORECASE)) for kind, words in KINDS)
_BRANCH = re.compile(
    r"^\s*(?:"
    r"(?P<label>(?:if\s+)?(?:yes|no|true|false|rising|falling)|branches merge|merge"
    r"|(?:branch|path|variant|group)\s+\w{1,3}|when this (?:e-?mail|message|branch)\b[^:]{0,40})\s*(?:[:,?–-]\s*|$)"
    r"|(?P<other>else|otherwise)\b(?!\s*if\b)\s*[:,?–-]?\s*"
    r")(?P<rest>.*)$",
    re.IGNORECASE,
)
"""`yes: send email …`: a step that stands on one branch of the split before it."""
_LABELS = re.compile(r"^\s*(?:crm|global|conditional)?\s*(?:action|node|step|type)\s*:\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Step:
    """One step as written, its kind (`KINDS`, or `other`), the date that a drip message carries, and its branch.

    `branch` is the label that stands before it (`Yes`, `Rising`, `When this email is clicked`), blank on the trunk.
    """

    text: str
    kind: str
    date: str = ""
    branch: str = ""


def steps(text: str) -> tuple[Step, ...]:
    """The steps of an `actions` cell, in order. What follows a branch label in the same line is on that branch."""
    found: list[Step] = []
    for line in lines(text):
        label = ""
        for part in parts(line, actions=True):
            branch = _BRANCH.match(part)
            if branch:
                label, part = clean_label(branch.group("label") or branch.group("other")), branch.group("rest")
            if part:
                found.append(_step(part, label))
    return tuple(found)


def lines(text: str) -> tuple[str, ...]:
    """The lines of a cell; one line where it holds JSON, or where steps stand one after another in it."""
    stripped = text.strip()
    if stripped[:1] in "[{" and stripped[-1:] in "]}":
        return (stripped,)
    return tuple(line for line in (part.strip() for part in stripped.splitlines()) if line)


def clean_label(label: str) -> str:
    """`if yes` → `Yes`."""
    return re.sub(r"^if\s+", "", label.strip(), flags=re.IGNORECASE).capitalize()


def parts(text: str, *, actions: bool = False) -> tuple[str, ...]:
    """The parts of a cell as written, without numbering. ` > ` and commas separate only in `actions`."""
    stripped = text.strip()
    if stripped[:1] in "[{" and stripped[-1:] in "]}":
        try:
            return tuple(p for p in (_tidy(p) for p in _flat(json.loads(stripped))) if p)
        except ValueError:
            pass  # merge fields and the like begin with a brace too
    held, masked = _mask(stripped)
    pieces = [p for chunk in _BREAKS.split(masked) for p in _ARROWS.split(chunk)]
    if actions:
        pieces = [p for chunk in pieces for p in _GREATER.split(chunk)]
        pieces = [p for chunk in pieces for p in _THEN.split(chunk)]
        pieces = [p for chunk in pieces for p in _INLINE_NUMBERS.split(chunk)]
        pieces = [p for chunk in pieces for p in _by_comma(chunk)]
    return tuple(p for p in (_tidy(_unmask(piece, held)) for piece in pieces) if p)


def kind_of(text: str) -> str:
    """The kind of thing that this step does, or `other`."""
    branch = _BRANCH.match(text)
    bare = _LABELS.sub("", _without_names((branch and branch.group("rest")) or text))
    for kind, words in _COMPILED:
        if words.search(bare):
            return kind
    return "other"


def duration(text: str) -> str:
    """The first duration in `text` as written (`3 days`), or blank."""
    found = DURATION.search(text)
    return found.group(0) if found else ""


def _step(text: str, branch: str) -> Step:
    kind = kind_of(text)
    found = DATED.search(text)
    if found and kind == "other":
        kind = "send_email"  # a drip series lists its messages by date and name only
    carries = found is not None and kind in {"send_email", "send_text", "wait"}
    return Step(text, kind, found.group(0).strip() if found and carries else "", branch)


def _without_names(text: str) -> str:
    """The text without quoted names: `Send email "Goal setting"` is no goal."""
    bare = re.sub(r"\"[^\"]*\"|“[^”]*”|'[^']{2,}'", " ", text)
    if re.match(r"^\s*(?:send|e-?mail|message)\b", bare, re.IGNORECASE) and ":" in bare:
        bare = bare.split(":", 1)[0]  # Send email: Wait, there is more
    return bare


def _by_comma(text: str) -> list[str]:
    pieces = [p for p in _COMMA.split(text) if p]
    known = sum(kind_of(p) != "other" for p in pieces)
    return pieces if len(pieces) > 1 and known == len(pieces) else [text]


def _tidy(text: str) -> str:
    return re.sub(r"\s+", " ", _NUMBERED.sub("", text)).strip(" \t,;|")


def _mask(text: str) -> tuple[list[str], str]:
    """Quoted names and merge fields are held out of the way, so that nothing is split inside them."""
    held: list[str] = []

    def hold(match: re.Match[str]) -> str:
        held.append(match.group())
        return f"\ue000{len(held) - 1}\ue001"

    return held, _QUOTED.sub(hold, text)


def _unmask(text: str, held: list[str]) -> str:
    return re.sub("\ue000(\\d+)\ue001", lambda m: held[int(m.group(1))], text)


def _flat(value: Any, label: str = "") -> Iterator[str]:
    """A JSON value as step texts: a list is steps, an object one step (its nested lists follow it as steps)."""
    if isinstance(value, list):
        for item in value:
            yield from _flat(item)
    elif isinstance(value, dict):
        plain = {k: v for k, v in value.items() if not isinstance(v, dict | list) and v not in (None, "")}
        nested = {k: v for k, v in value.items() if isinstance(v, dict | list) and v}
        wrapper = not plain and len(nested) == 1
        if not wrapper:
            yield _sentence(plain) or label
        for key, inner in nested.items():
            yield from _flat(inner, key)
    elif value not in (None, ""):
        yield str(value)


def _sentence(plain: dict[str, Any]) -> str:
    """{"type": "send_email", "email": "Welcome"} → `send email: Welcome`."""
    lead = next((k for k in ("type", "action", "kind", "node", "step") if k in plain), "")
    rest = [f"{v}" if k in {"name", "email", "value", "text"} else f"{k} {v}" for k, v in plain.items()
            if k != lead and k not in {"id", "order", "position"}]  # fmt: skip
    head = re.sub(r"[_\s]+", " ", str(plain[lead])) if lead else ""
    return ": ".join(p for p in (head, ", ".join(rest)) if p).replace("_", " ")
