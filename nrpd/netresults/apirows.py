"""What an API's JSON says about one contact, one event, one attribute: as columns of text. Pure functions.

No public source shows a whole row of either API (facts of net-results.md, 1.4), so names are recognised like headers
of files, nested objects are read by what they hold, and a shape that cannot be read is refused with its keys.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from nrpd.errors import BadInput
from nrpd.netresults.documents import flatten, scalar_text
from nrpd.netresults.headers import header_key, recognise_header
from nrpd.netresults.records import YES_WORDS, emails_in
from nrpd.netresults.whose import address_columns

_IDENTITY = frozenset({"email", "first_name", "last_name", "work_phone", "mobile_phone", "home_phone"})
_COMPANY = frozenset({"company", "account"})
_LOOKUPS = frozenset({"city", "state", "country"})
"""Stored by id and name (facts of net-results.md, 4): only the name says something outside."""
_CUSTOM = re.compile(r"(contact)?custom(attribute|field)s?(value)?s?")
_LISTS = re.compile(r"(contact|email|marketing)?lists?(membership|subscription)?s?")
_NAME = ("customattributename", "customattribute", "customfieldname", "customfield", "attribute", "label", "name")
_LIST_NAME = ("emaillistname", "listname", "name", "label")
_ID_TAIL = re.compile(r"(?<=\d)\.0+$")
_NO_MEMBER = frozenset({"", "0", "no", "n", "false", "null", "none", "never", "unsubscribed", "removed"})
_MEMBER = YES_WORDS | {"member", "subscribed", "active", "participating"}


@lru_cache(maxsize=65_536)
def plain_key(name: str) -> str:
    """`header_key`, kept: an API repeats the same few names in every row."""
    return header_key(name)


@lru_cache(maxsize=65_536)
def column_of(name: str, object_: str) -> str | None:
    """`recognise_header` without values, kept."""
    return recognise_header(name, object_)


@dataclass
class ContactParts:
    """One contact: its own columns, its custom attributes by name, the names of its lists, and its company."""

    core: dict[str, str] = field(default_factory=dict)
    custom: dict[str, str] = field(default_factory=dict)
    lists: list[str] = field(default_factory=list)
    company: dict[str, str] = field(default_factory=dict)
    """company_id, name, and all else that was nested under company or account."""


def split_contact(row: Mapping[str, Any], list_names: Mapping[str, str] | None = None) -> ContactParts:
    """The parts of a contact as an API gives it. `list_names`: id of a list → its name."""
    parts = ContactParts()
    for key, value in row.items():
        plain = plain_key(key)
        if isinstance(value, Mapping) and plain in _COMPANY:
            parts.company = _company(value)
            for own, column in (("company_id", "company_id"), ("company_name", "name")):
                parts.core[own] = parts.company.get(column, "")
        elif plain in _LOOKUPS:
            inside = value if isinstance(value, Mapping) else {plain: value}
            parts.core[plain] = scalar_text(first_of(inside, (plain, f"{plain}name", "name")))
        elif (plain in _COMPANY and value is None) or (plain.endswith("id") and plain[:-2] in _LOOKUPS):
            continue
        elif is_custom(key, value):
            parts.custom |= named_values(value)
        elif isinstance(value, list) and _LISTS.fullmatch(plain):
            parts.lists = [_list_name(item, list_names or {}) for item in value]
        else:
            parts.core |= dict(flatten({key: value}))
    return parts


def is_custom(key: str, value: Any) -> bool:
    """Whether a key of a contact holds its custom attributes."""
    return isinstance(value, (Mapping, list)) and bool(_CUSTOM.fullmatch(plain_key(key)))


def _company(value: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, text in flatten(value):
        column = {"id": "company_id", "name": "name"}.get(plain_key(key)) or column_of(key, "companies") or key
        found.setdefault(column, text)
    return found


def _list_name(item: Any, names: Mapping[str, str]) -> str:
    if isinstance(item, Mapping):
        plain = {plain_key(key): scalar_text(value) for key, value in item.items()}
        known = next((plain[key] for key in _LIST_NAME if plain.get(key)), "")
        return known or names.get(id_text(first_of(item, ("email_list_id", "list_id", "id"))), "") or json.dumps(item)
    return names.get(id_text(item), scalar_text(item))


def held(result: Any) -> Any:
    """The list in an answer, or the answer itself; nothing is an empty list."""
    if isinstance(result, Mapping) and isinstance(result.get("results"), list):
        return result["results"]
    return result or []


def has_lists(row: Mapping[str, Any]) -> bool:
    """Whether a contact names its lists itself."""
    return any(_LISTS.fullmatch(plain_key(key)) or column_of(key, "contacts") == "lists" for key in row)


def named_values(value: Any, names: Mapping[str, str] | None = None) -> dict[str, str]:
    """Custom attributes as name → text: from `{name: value}`, or from a list of objects with a name (or an id that
    `names` knows) and a value. Raises BadInput with the keys where it is neither."""
    if isinstance(value, Mapping):
        return {str(key): "; ".join(text for _, text in flatten({"": inner})) for key, inner in value.items()}
    found: dict[str, str] = {}
    for item in value:
        plain = {plain_key(key): inner for key, inner in item.items()} if isinstance(item, Mapping) else {}
        name = next((scalar_text(plain[key]) for key in _NAME if plain.get(key)), "")
        name = name or (names or {}).get(id_text(plain.get("customattributeid", plain.get("id"))), "")
        holders = [key for key in plain if key == "value"] or [key for key in plain if key.endswith("value")]
        if not name or len(holders) != 1:
            raise BadInput(f"source.api: custom attributes come in a form that is not known; {_keys(item)}")
        found[name] = "; ".join(text for _, text in flatten({"": plain[holders[0]]}))
    return found


def _keys(item: Any) -> str:
    return (
        f"their keys are {', '.join(map(str, item))}" if isinstance(item, Mapping) else f"one is {type(item).__name__}"
    )


def is_member(result: Any) -> bool:
    """Whether an answer about the participation of a contact in a list says that it takes part.

    Nothing, an empty list and a no-word mean no; a yes-word, a list or an object means yes, unless the object has one
    yes-or-no value that says no. Raises BadInput for any other text.
    """
    if isinstance(result, Mapping):
        said = [scalar_text(v).casefold() for k, v in result.items() if not plain_key(k).endswith("id")]
        words = [word for word in said if word in _MEMBER | (_NO_MEMBER - {""})]
        return bool(result) and (len(words) != 1 or words[0] in _MEMBER)
    if isinstance(result, list):
        return bool(result)
    word = scalar_text(result).strip().casefold()
    if word in _NO_MEMBER or word in _MEMBER:
        return word in _MEMBER
    raise BadInput(f"source.api: whether a contact is in a list is said in a way that is not known: {word!r:.40}")


def first_of(row: Mapping[str, Any], names: Sequence[str]) -> Any:
    """The first filled value under one of `names`, compared like headers; None where there is none."""
    plain = {plain_key(key): value for key, value in row.items()}
    return next((plain[key] for name in names if plain.get(key := plain_key(name)) not in (None, "")), None)


def id_text(value: Any) -> str:
    """An id as text, whatever kind of scalar it came as: 17, "17" and 17.0 are one."""
    return "" if isinstance(value, (dict, list)) else _ID_TAIL.sub("", scalar_text(value).strip())


def identity(row: Any, names: Sequence[str]) -> str:
    """What tells two rows apart: the id under one of `names`, else the whole content."""
    if not isinstance(row, Mapping):
        return f"id:{id_text(row)}"
    own = id_text(first_of(row, names))
    return f"id:{own}" if own else hashlib.sha256(json.dumps(row, sort_keys=True).encode()).hexdigest()


def addresses(core: Mapping[str, str], pinned: str = "", *, further: bool = False) -> Iterator[str]:
    """The addresses of a contact's own columns. `pinned`: the header that `source.columns` takes for the e-mail.
    `further`: also those beside it, such as a private one."""
    more = address_columns(core) if further else []
    for key, cell in core.items():
        if key in more or column_of(key, "contacts") == "email" or (pinned and plain_key(key) == plain_key(pinned)):
            yield from emails_in(cell)


def is_somebody(core: Mapping[str, str], pinned: str = "") -> bool:
    """Whether a contact has an address, a name or a phone. The vendor's beacon makes a contact of every visitor
    (facts of paminga.md, 2.1), about whom nothing more need be asked."""
    return any(
        text and (column_of(key, "contacts") in _IDENTITY or (pinned and plain_key(key) == plain_key(pinned)))
        for key, text in core.items()
    )


_MAIL = re.compile(r"mail|newsletter|bounc|unsub|opt.?out|complain|spam", re.I)
_OTHER = re.compile(
    r"\bpage|visit|\bforms?\b|\bsite|website|download|video|webinar|search|scor|stage|import|\bnote|\bfield|\btask"
    r"|\bcall|\bcrm|sync|chat|\bsegment|\blist",
    re.I,
)


def is_mail_event(word: str) -> bool:
    """Whether a type of activity is about e-mail. Visits, forms, scores and the like are not. What says neither counts
    as e-mail, so that it is looked at and not lost."""
    return bool(_MAIL.search(word)) or not _OTHER.search(word)
