"""The second export, made after the freeze: what changed since the first one."""

from __future__ import annotations

from datetime import timedelta

from tests.demo import words
from tests.demo.formats import Dice, Row
from tests.demo.people import Contacts
from tests.demo.timeline import FROZEN, written

CHANGED = 10
NEW = 3
OPT_OUTS = 2


def contacts(dice: Dice, base: Contacts) -> list[Row]:
    """10 changed and 3 new contacts, whole records with the columns of the first export."""
    rows = [_changed(dice, i, dict(base.people[200 + 7 * i])) for i in range(CHANGED)]
    for i in range(NEW):
        at = FROZEN - timedelta(days=3 - i)
        rows.append(
            {
                "Contact ID": str(14_001 + i),
                "Email Address": f"late.arrival{i + 1}@acme.example",
                "First Name": "Late",
                "Last Name": f"Arrival {'ABC'[i]}",
                "Account ID": "2001",
                "Account Name": "Acme Inc.",
                "Lead Score": str(10 * (i + 1)),
                "Lead Stage": "New",
                "Lead Source": dice.pick(words.LEAD_SOURCES),
                "Contact Owner": "rita.valdez@demo.example",
                "Created Date": written(dice, at),
                "Last Modified Date": written(dice, at),
            }
        )
    return rows


def _changed(dice: Dice, index: int, row: Row) -> Row:
    row["Last Modified Date"] = written(dice, FROZEN - timedelta(days=index % 5, minutes=index))
    row["Lead Score"] = str(int(row["Lead Score"]) + 25)
    if index % 3 == 0:
        row |= {"Title": f"Senior {dice.pick(words.TITLES[:6])}", "Lead Stage": "Customer"}
    elif index % 3 == 1:
        row |= {"Mobile Phone": f"+1 720 555 {2000 + index}", "Favorite Product": f"Pro kit no. {800 + index}"}
    else:
        row |= {"Contact Owner": "silke.brandt@demo.example", "Product Interest": "Enterprise"}
    return row


def suppressions(base: Contacts) -> list[Row]:
    """Two contacts who opted out between the two exports. Neither was suppressed before."""
    return [
        {
            "Email Address": base.people[330]["Email Address"],
            "Reason": "Unsubscribed",
            "Date": "2026-10-08",
            "List": "",
        },
        {
            "Email Address": base.people[331]["Email Address"].upper(),
            "Reason": "Spam Complaint",
            "Date": "2026-10-09",
            "List": "",
        },
    ]
