"""Owners of the source against the users of the account, by e-mail address; nobody gets an owner in silence.

Deactivated users cannot own (failure case P17); names never match, they only help a person to decide.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from nrpd.errors import BadInput
from nrpd.matching.rows import Row, company_text, fold_text, text_of
from nrpd.netresults.records import email_key, emails_in
from nrpd.pipedrive.records import User

PROVISION = "provision"
DEFAULT = "default"

NO_OWNER = "no owner in the source"
NO_USER = "no user has this e-mail address"
NO_ADDRESS = "the source gives no e-mail address for this owner"
DEACTIVATED = "the user is deactivated"
AMBIGUOUS = "several active users have this e-mail address"


@dataclass(frozen=True)
class OwnerDecision:
    """What becomes of one owner of the source, and why. One row of `reports/owners`."""

    key: str
    """Key of the e-mail address, else the folded text of the cell; blank for records without an owner."""
    email: str
    """As written in the source (blank for none)."""
    name: str
    user_id: int | None
    """None only while a user is to be provisioned."""
    how: str
    """`matched`, `assigned` (by a person), `default`, `deactivated`, `ambiguous` (both given the default),
    or `provision` (the phase waits)."""
    counts: Mapping[str, int]
    """Object → its records with this owner."""
    reason: str
    settled: bool
    """False: belongs in the reconciliation queue, nobody has decided yet."""


def owner_key(cell: str) -> str:
    """How an owner cell is compared: the key of its address, else its folded text; `-` is none."""
    addresses = emails_in(cell)
    return email_key(addresses[0]) if addresses else fold_text(company_text({"": cell}, ""))


def count_owners(tables: Mapping[str, Iterable[Row]]) -> dict[str, dict[str, int]]:
    """Owner cell's key → object → records, over the `owner_email` columns; blank key: records without an owner."""
    counts: dict[str, dict[str, int]] = {}
    for object_name, rows in sorted(tables.items()):
        for row in rows:
            own = counts.setdefault(owner_key(row.get("owner_email", "")), {})
            own[object_name] = own.get(object_name, 0) + 1
    return counts


def resolve(
    counts: Mapping[str, Mapping[str, int]],
    owner_rows: Iterable[Row],
    users: Sequence[User],
    default: User,
    decided: Mapping[str, str | int] | None = None,
) -> list[OwnerDecision]:
    """One decision per owner that records name, sorted by key.

    `counts`: as count_owners gives them (keys may be raw cells too). `owner_rows`: the source's owners, through which
    an owner given by id or name gets its address. `decided`: owner → user id, user's e-mail, `default` or `provision`
    (decisions/owners.yaml); raises BadInput where it names no active user.
    """
    merged: dict[str, dict[str, int]] = {}
    written: dict[str, str] = {}
    for cell, own in counts.items():
        key = owner_key(cell)
        written[key] = min(written.get(key, cell), cell)
        total = merged.setdefault(key, {})
        for object_name, number in own.items():
            total[object_name] = total.get(object_name, 0) + number
    answers = {owner_key(owner): answer for owner, answer in (decided or {}).items()}
    by_email: dict[str, list[User]] = defaultdict(list)
    for user in sorted(users, key=lambda u: u.id):
        by_email[email_key(user.email)].append(user)
    directory = _directory(owner_rows)
    decisions = []
    for key, own in sorted(merged.items()):
        email, name = directory.get(key, ("", ""))
        email = email or (written[key] if "@" in key else "")
        found = _decide(key, email, by_email.get(email_key(email), []) if email else [], default)
        if key in answers and found[1] != "matched":
            found = _answered(key, answers[key], users, default, found)
        user_id, how, reason, settled = found
        decisions.append(OwnerDecision(key, email or written[key], name, user_id, how, own, reason, settled))
    return decisions


Found = tuple[int | None, str, str, bool]


def _decide(key: str, email: str, users: Sequence[User], default: User) -> Found:
    if not key:
        return default.id, "default", NO_OWNER, True
    active = [user for user in users if user.active]
    if len(active) == 1:
        return active[0].id, "matched", "", True
    if active:
        return default.id, "ambiguous", AMBIGUOUS, False
    if users:
        return default.id, "deactivated", DEACTIVATED, False
    return default.id, "default", NO_USER if email else NO_ADDRESS, False


def _answered(key: str, answer: str | int, users: Sequence[User], default: User, found: Found) -> Found:
    text = str(answer).strip()
    if text == DEFAULT:
        return default.id, "default", found[2] or "accepted", True
    if text == PROVISION:
        return None, PROVISION, found[2], False
    fitting = [u for u in users if u.active and (str(u.id) == text or (text and email_key(u.email) == email_key(text)))]
    if len(fitting) != 1:
        raise BadInput(
            f"decisions/owners.yaml: owner {key or '(none)'} is given to {text!r}, not exactly one active user.\n"
            "Name an active user by id or e-mail address, or write `default` or `provision`."
        )
    return fitting[0].id, "assigned", found[2], True


def _directory(rows: Iterable[Row]) -> dict[str, tuple[str, str]]:
    """Everything an owner may be named by → (e-mail, name); what two owners share names neither."""
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for row in rows:
        email, name = text_of(row, "email"), text_of(row, "name")
        for key in {owner_key(email), fold_text(name), fold_text(text_of(row, "owner_id"))} - {""}:
            found[key].add((email, name))
    return {key: min(entries) for key, entries in found.items() if len({email_key(e) for e, _ in entries}) == 1}
