"""Merge fields of e-mail bodies: found, named, and matched with the Pipedrive field that holds the same thing.

The source's documented forms are `{FIRST NAME|default}` and `{MERGE_DATA:KEY|default}` (facts/paminga.md, section 6);
everything else that looks like one is listed too, because bodies were often pasted from other tools. Nothing is
converted: Pipedrive's own placeholder syntax in templates is undocumented, fields are inserted on its screen
(facts/pipedrive.md, section 15).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from nrpd.mapping.transforms import NOTE
from nrpd.pipedrive.records import MappingRow

NO_FIELD = "none"

_FORMS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (form, re.compile(pattern))
    for form, pattern in (
        (
            "{MERGE_DATA:KEY|default}",
            r"\{\s*(?P<name>MERGE_DATA\s*:\s*[^"
            r"|{}<>\n]{1,80}?)\s*(?:\|(?P<default>[^{}]*))?\}",
        ),
        ("{{x}}", r"\{\{\{?\s*(?P<name>[^{}<>\n|]{1,80}?)\s*(?:\|\s*(?P<default>[^{}]*?)\s*)?\}?\}\}"),
        ("${x}", r"\$\{\s*(?P<name>[A-Za-z][^{}<>\n|]{0,60}?)\s*(?:\|(?P<default>[^{}]*))?\}"),
        ("{FIELD|default}", r"\{\s*(?P<name>[A-Za-z][\w .\-/&'()#]{0,60}?)\s*(?:\|(?P<default>[^{}]*))?\}"),
        ("%%x%%", r"%%\s*(?P<name>[A-Za-z][^%<>\n|]{0,60}?)\s*(?:\|(?P<default>[^%\n]*))?%%"),
        ("*|X|*", r"\*\|\s*(?P<name>[A-Za-z][^|<>*\n]{0,60}?)\s*\|\*"),
        ("##x##", r"##\s*(?P<name>[A-Za-z][\w .-]{0,60}?)\s*##"),
        ("<%= x %>", r"(?:<|&lt;)%=?\s*(?P<name>[A-Za-z@][^%<>\n]{0,60}?)\s*%(?:>|&gt;)"),
        ("[[x]]", r"\[\[\s*(?P<name>[A-Za-z][^\[\]<>\n|]{0,60}?)\s*(?:\|(?P<default>[^\[\]]*))?\]\]"),
        ("[x]", r"\[\s*(?P<name>[A-Za-z][\w .\-]{1,40}?)\s*(?:\|(?P<default>[^\[\]]*))?\](?!\()"),
        ("%X%", r"(?<![%\w])%(?P<name>[A-Z][A-Z_][A-Z0-9_]{1,40})%(?![%\w])"),
    )
)
"""Form → pattern; an earlier one takes its characters first."""

_NOT_A_FIELD = re.compile(r"^(?:(?:if|endif|else|/?cdata)\b.*|\d+|!.*)$", re.IGNORECASE)
"""What stands in brackets for other reasons: Outlook's conditional comments."""

_UNSEEN = re.compile(r"<(style|script)\b[^>]*>.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_BROKEN = re.compile(r"\{[A-Z][A-Z _]*<[^{}]{1,200}\}")
_UNSUBSCRIBE = re.compile(r"unsub|opt[\s_-]?out|preference|subscription|view (?:online|in browser)|web version", re.I)

STANDARD: Mapping[str, str] = MappingProxyType(
    {
        "firstname": "Person: First name", "lastname": "Person: Last name", "fullname": "Person: Name",
        "name": "Person: Name", "contactname": "Person: Name", "identity": "Person: Name",
        "email": "Person: Email", "emailaddress": "Person: Email", "contactemailaddress": "Person: Email",
        "company": "Organization: Name", "companyname": "Organization: Name", "account": "Organization: Name",
        "accountname": "Organization: Name", "workphone": "Person: Phone", "phone": "Person: Phone",
        "mobilephone": "Person: Phone", "ownername": "Person: Owner", "owner": "Person: Owner",
        "contactid": "Person: Net-Results ID",
    }
)  # fmt: skip
"""Folded name → field, where the mapping sheet says nothing."""


@dataclass(frozen=True)
class MergeField:
    """One merge field of one body. `default` is None where none is written; `field` is `none` where there is none."""

    written: str
    form: str
    name: str
    default: str | None
    times: int
    field: str
    note: str


def merge_targets(rows: Iterable[MappingRow]) -> dict[str, str | None]:
    """Source header and column → `Person: Lead Score`, from the mapping sheet; None for a field that is skipped or
    stands in a note.

    First and last name go into one name, whose parts Pipedrive offers on its screen, so they keep their own words.
    """
    found: dict[str, str | None] = {}
    for row in rows:
        if fold(row.column) in {"firstname", "lastname"}:
            target: str | None = STANDARD[fold(row.column)]
        elif row.target.entity == "none" or row.transform in ("skip", NOTE):
            target = None
        else:
            target = f"{row.target.entity.capitalize()}: {_shown(row.target.field)}"
        for name in (row.source, row.column):
            if found.get(name) is None:
                found[name] = target
    return found


def merge_fields(text: str, fields: Mapping[str, str | None]) -> list[MergeField]:
    """The merge fields of a body or subject, in the order of their first appearance.

    `fields`: source name (header, column or label, in any case) → words of the Pipedrive field, or None.
    """
    known = {fold(name): target for name, target in fields.items()}
    seen: dict[str, tuple[int, str, re.Match[str]]] = {}
    times: dict[str, int] = {}
    for start, form, match in _found(text):
        written = html.unescape(match.group())
        times[written] = times.get(written, 0) + 1
        seen.setdefault(written, (start, form, match))
    return [
        _field(written, form, match, times[written], known)
        for written, (_, form, match) in sorted(seen.items(), key=lambda item: item[1][0])
    ]


def broken_fields(text: str) -> list[str]:
    """Merge fields with markup inside, which the source may never have filled."""
    return [re.sub(r"\s+", " ", found) for found in _BROKEN.findall(_blanked(text))]


def fold(name: str) -> str:
    """Case, space and punctuation folded: `FIRST NAME`, `first_name` and `First Name` are one."""
    return re.sub(r"[\W_]+", "", name.casefold())


def _found(text: str) -> Sequence[tuple[int, str, re.Match[str]]]:
    taken: list[tuple[int, int]] = []
    found = []
    visible = _blanked(text)
    for form, pattern in _FORMS:
        for match in pattern.finditer(visible):
            start, end = match.span()
            if _NOT_A_FIELD.match(match.group("name")) or any(s < end and start < e for s, e in taken):
                continue
            taken.append((start, end))
            found.append((start, form, match))
    return found


def _blanked(text: str) -> str:
    """The text with style sheets and scripts blanked, so that `{color}` of a style is no field; places stay."""
    return _UNSEEN.sub(lambda m: " " * len(m.group()), text)


def _field(written: str, form: str, match: re.Match[str], times: int, known: Mapping[str, str | None]) -> MergeField:
    name = html.unescape(match.group("name")).strip()
    raw = match.groupdict().get("default")
    default = None if raw is None else _default(html.unescape(raw))
    if fold(name).startswith("mergedata"):
        field, note = NO_FIELD, "Filled by the program that sent the message through the API; fill it there."
    elif _UNSUBSCRIBE.search(name):
        field, note = NO_FIELD, "A link of the old platform; Campaigns adds its own unsubscribe link."
    else:
        field, note = _target(name, known)
    if default:
        note = f"{note} Default: {default}".strip()
    return MergeField(written, form, name, default, times, field, note)


def _target(name: str, known: Mapping[str, str | None]) -> tuple[str, str]:
    for key in _keys(name):
        if key in known:
            target = known[key]
            return (target, "") if target else (NO_FIELD, "The mapping sheet leaves this field out.")
    for key in _keys(name):
        if key in STANDARD:
            return STANDARD[key], ""
    return NO_FIELD, "No field of this name is mapped; write the text by hand."


def _keys(name: str) -> list[str]:
    """`contact.first_name` and `Contact First Name` are also tried without what stands before."""
    tail = name.rsplit(".", 1)[-1]
    bare = re.sub(r"^(?:contact|person|lead|account|company|organization|recipient)[\s_.:-]+", "", name, flags=re.I)
    return list(dict.fromkeys(fold(text) for text in (name, tail, bare) if fold(text)))


def _default(text: str) -> str:
    found = re.match(r"""^\s*default\s*[:(=]\s*["']?(.*?)["']?\)?\s*$""", text)
    return (found.group(1) if found else text).strip().strip("\"'")


def _shown(field: str) -> str:
    """Standard fields by their name on the screen: `org_id` → `Organization`."""
    screen = {
        "org_id": "Organization",
        "owner_id": "Owner",
        "emails": "Email",
        "phones": "Phone",
        "add_time": "Person created",
    }
    return screen.get(field, field.replace("_", " ").capitalize() if field.islower() else field)
