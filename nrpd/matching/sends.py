"""E-mail sends: events folded into sends, their status, the note of their activity, and the sums of a person.

A send is one row, or several event rows (`event`, `event_at`). It is known by its `send_id` and its contact; without an
id by contact, campaign, e-mail, subject and time. Status: bounced before clicked before opened before delivered.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from nrpd.matching.rows import MERGED, TAKE, Outcome, Outcomes, Row, When, content, digest, fold_text, text_of, where
from nrpd.netresults.records import email_key, emails_in

UNKNOWN_CONTACT: Outcome = ("skipped", "unknown contact")
NOT_SENT: Outcome = ("skipped", "not sent")
NO_TIME: Outcome = ("quarantined", "time of sending cannot be read")

STATUSES = ("delivered", "opened", "clicked", "bounced")
"""From the weakest to the strongest."""

_WORDS = {
    "sent": "sent send dispatched gesendet versendet verschickt envoyé enviado",
    "delivered": "delivered delivery accepted ok success successful zugestellt livré délivré entregado",
    "opened": "opened open read viewed view geöffnet gelesen ouvert lu abierto leído",
    "clicked": "clicked click clickthrough geklickt angeklickt cliqué clic",
    "bounced": (
        "bounced bounce bounces hardbounce softbounce failed undeliverable undelivered rejected dropped unzustellbar "
        "rebond rebote rebotado"
    ),
}
_KIND = {word: kind for kind, words in _WORDS.items() for word in words.split()}
_NOT = frozenset(["not", "never", "nicht", "non", "pas", "no"])
_DENIED = {"sent": "waiting", "delivered": "bounced", "opened": "delivered", "clicked": "delivered"}
"""What a mail is that was not sent, not delivered …; of one that did not bounce nothing is known."""
_WAITING = frozenset(
    ["queued", "scheduled", "pending", "draft", "canceled", "cancelled", "skipped", "suppressed", "unsent"]
)


@dataclass(frozen=True)
class Send:
    """One e-mail to one person. Times are aware UTC."""

    send_id: str
    """The source's id; `<id>/<contact>` where one id stands for several contacts; `send:<digest>` without an id."""
    key: str
    """Key of the person (contacts.MergedContact)."""
    email: str
    campaign_id: str
    email_id: str
    subject: str
    sent_at: datetime
    status: str
    opened_at: datetime | None = None
    clicked_at: datetime | None = None
    bounced_at: datetime | None = None
    bounce_type: str = ""
    opened: bool = False
    """Opened, by a time or a word; a click implies it, since nobody clicks in an unopened mail."""
    clicked: bool = False
    bounced: bool = False
    rows: tuple[Row, ...] = ()


@dataclass
class Sends:
    """All sends, sorted by time and id, and the bucket of every row."""

    sends: list[Send]
    outcomes: Outcomes


def kind_of(word: str) -> str:
    """`sent`, `delivered`, `opened`, `clicked`, `bounced`, `waiting` (never sent), or blank for an unknown word."""
    words = re.findall(r"[^\W_]+", fold_text(word))
    if any(w in _WAITING for w in words):
        return "waiting"
    before = ["", *words]
    kinds = [_DENIED.get(_KIND[w], "") if before[n] in _NOT else _KIND[w] for n, w in enumerate(words) if w in _KIND]
    if "waiting" in kinds:
        return "waiting"
    return max(kinds, key=lambda k: (k in STATUSES, STATUSES.index(k) if k in STATUSES else 0), default="")


def fold(rows: Iterable[Row], when: When, person_of: Callable[[Row], str | None]) -> Sends:
    """Folds rows into sends. `person_of`: the key of the person that a row names (Contacts.person_of)."""
    found = Sends([], {})
    with_id: dict[tuple[str, str], list[Row]] = defaultdict(list)
    without_id: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    contacts_of_id: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        key = person_of(row)
        if key is None:
            found.outcomes[where(row)] = UNKNOWN_CONTACT
        elif send_id := text_of(row, "send_id"):
            with_id[send_id, key].append(row)
            contacts_of_id[send_id].add(key)
        else:
            mail = (key, *(text_of(row, c) for c in ("campaign_id", "email_id", "subject")))
            without_id[mail].append(row)
    for (send_id, key), group in with_id.items():
        name = send_id if len(contacts_of_id[send_id]) == 1 else f"{send_id}/{_contact(group)}"
        _settle(found, name, key, group, when)
    for mail, group in without_id.items():
        for part in _by_sending(group, when):
            _settle(found, "", mail[0], part, when)
    found.sends.sort(key=lambda s: (s.sent_at, s.send_id))
    return found


def _settle(found: Sends, name: str, key: str, rows: Sequence[Row], when: When) -> None:
    """Makes one send of `rows`, or gives all of them the reason why there is none."""
    rows = sorted(rows, key=content)
    kinds = {k for row in rows for c in ("status", "event") if (k := kind_of(text_of(row, c)))}
    sent_at = _sent_at(rows, when)
    if sent_at is None or kinds == {"waiting"}:
        outcome = NOT_SENT if kinds == {"waiting"} else NO_TIME
        found.outcomes.update((where(row), outcome) for row in rows)
        return
    times = {kind: _earliest(rows, kind, when) for kind in ("opened", "clicked", "bounced")}
    clicked = bool(times["clicked"]) or "clicked" in kinds
    opened = clicked or bool(times["opened"]) or "opened" in kinds
    bounced = bool(times["bounced"]) or "bounced" in kinds
    status = "bounced" if bounced else "clicked" if clicked else "opened" if opened else "delivered"
    send = Send(
        name or _minted(rows, sent_at), key, _first(rows, "email"), _first(rows, "campaign_id"),
        _first(rows, "email_id"), _first(rows, "subject"), sent_at, status, times["opened"], times["clicked"],
        times["bounced"], _first(rows, "bounce_type") or _bounce_type(rows), opened, clicked, bounced, tuple(rows),
    )  # fmt: skip
    found.sends.append(send)
    for i, row in enumerate(rows):
        found.outcomes[where(row)] = MERGED if i else TAKE


def _sent_at(rows: Sequence[Row], when: When) -> datetime | None:
    """The earliest `sent_at`, else the event `sent`, else `delivered`. Never guessed from opens, clicks or bounces."""
    if times := [time for row in rows if (time := when(row, "sent_at"))]:
        return min(times)
    return _event_at(rows, "sent", when) or _event_at(rows, "delivered", when)


def _event_at(rows: Iterable[Row], kind: str, when: When) -> datetime | None:
    times = [t for row in rows if kind_of(text_of(row, "event")) == kind and (t := when(row, "event_at"))]
    return min(times, default=None)


def _earliest(rows: Sequence[Row], kind: str, when: When) -> datetime | None:
    times = [time for row in rows if (time := when(row, f"{kind}_at"))]
    if event := _event_at(rows, kind, when):
        times.append(event)
    return min(times, default=None)


def _by_sending(rows: Sequence[Row], when: When) -> list[list[Row]]:
    """Rows of the same mail to the same contact, split where it was sent several times: each row belongs to the last
    sending before it."""
    own = [(_sent_at([row], when), row) for row in rows]
    marks = sorted({time for time, row in own if time and not _delivery(row)})
    marks = marks or sorted({time for time, _ in own if time})[:1]
    parts: dict[datetime | None, list[Row]] = defaultdict(list)
    for time, row in own:
        moment = (time if time in marks else None) or when(row, "event_at") or time
        before = [mark for mark in marks if moment is None or mark <= moment]
        parts[before[-1] if before and moment else marks[0] if marks else None].append(row)
    return list(parts.values())


def _delivery(row: Row) -> bool:
    return kind_of(text_of(row, "event")) == "delivered" and not text_of(row, "sent_at")


def _contact(rows: Iterable[Row]) -> str:
    """How the rows name their contact, whatever person it became: the least of its ids, else of its addresses."""
    rows = list(rows)
    ids = sorted({i for row in rows if (i := text_of(row, "contact_id"))})
    addresses = sorted({email_key(a) for row in rows for a in emails_in(row.get("email", ""))})
    return next(iter(ids or addresses), "")


def _minted(rows: Sequence[Row], sent_at: datetime) -> str:
    mail = (_first(rows, column) for column in ("campaign_id", "email_id", "subject"))
    return "send:" + digest(_contact(rows), *mail, _utc(sent_at))


def _first(rows: Sequence[Row], column: str) -> str:
    """The value of a column; where rows differ, the first by alphabet."""
    return min((text for row in rows if (text := text_of(row, column))), default="")


def _bounce_type(rows: Iterable[Row]) -> str:
    words = {w for row in rows for c in ("event", "status") for w in fold_text(text_of(row, c)).split()}
    return "hard" if "hard" in words else "soft" if "soft" in words else ""


def _utc(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


NOTE_KEYS = (
    "Subject", "Sent (UTC)", "Status", "Opened", "Clicked", "Bounced", "Bounce type", "Campaign", "Net-Results send ID",
)  # fmt: skip
"""Keys of an activity's note, in this order (design.md, "Destination rules")."""


def note(send: Send, campaign: str = "") -> str:
    """The note of a send's activity: one `Key: value` per line, blank ones left out, times UTC."""
    values = (
        send.subject, _utc(send.sent_at), send.status, send.opened_at, send.clicked_at, send.bounced_at,
        send.bounce_type, campaign, send.send_id,
    )  # fmt: skip
    texts = (_utc(v) if isinstance(v, datetime) else " ".join((v or "").split()) for v in values)
    return "\n".join(f"{key}: {text}" for key, text in zip(NOTE_KEYS, texts, strict=True) if text)


def parse_note(text: str) -> dict[str, str]:
    """A note as key → value; lines with other keys are left out (people may have added some)."""
    found: dict[str, str] = {}
    if "\n" not in text:  # a person who edits a note in Pipedrive turns it into HTML
        text = text.replace("<br />", "\n").replace("<br>", "\n")
    for line in text.split("\n"):
        key, colon, value = line.partition(": ")
        if colon and key in NOTE_KEYS:
            found.setdefault(key, value.strip())
    return found


def sums(sends: Iterable[Send]) -> dict[str, dict[str, int | str]]:
    """Person's key → `Emails Sent`, `Emails Opened`, `Emails Clicked`, `Emails Bounced`, `Last Email Sent` (UTC date).

    Over all sends, whatever the policy for activities. Persons without sends are absent.
    """
    found: dict[str, dict[str, int | str]] = {}
    groups: dict[str, list[Send]] = defaultdict(list)
    for send in sends:
        groups[send.key].append(send)
    for key, own in sorted(groups.items()):
        found[key] = {
            "Emails Sent": len(own),
            "Emails Opened": sum(s.opened for s in own),
            "Emails Clicked": sum(s.clicked for s in own),
            "Emails Bounced": sum(s.bounced for s in own),
            "Last Email Sent": max(s.sent_at for s in own).astimezone(UTC).date().isoformat(),
        }
    return found


def select(sends: Iterable[Send], policy: str | Mapping[str, date]) -> tuple[list[Send], dict[str, Outcome]]:
    """The sends that become activities under `policies.activities`, and send id → outcome of those that do not.

    `all`; `engaged`: opened or clicked; `{"since": date}`: sent on that UTC date or later; `summary`: none.
    """
    kept: list[Send] = []
    left: dict[str, Outcome] = {}
    for send in sends:
        if isinstance(policy, str):
            fits = policy == "all" or (policy == "engaged" and (send.opened or send.clicked))
            reason = "policy: summary" if policy == "summary" else "policy: not engaged"
        else:
            fits = send.sent_at.astimezone(UTC).date() >= policy["since"]
            reason = f"policy: before {policy['since'].isoformat()}"
        if fits:
            kept.append(send)
        else:
            left[send.send_id] = ("skipped", reason)
    return kept, left
