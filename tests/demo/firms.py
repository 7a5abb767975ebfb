"""The accounts of the synthetic customer: 60 rows, as the screens label them."""

from __future__ import annotations

from datetime import date, datetime

from tests.demo import words
from tests.demo.formats import Dice, Row
from tests.demo.timeline import EXPORTED, moment

HEADERS = (
    "Account ID", "Account Name", "Website", "Parent Account", "Address 1", "Address 2", "City", "State",
    "Country", "Postal Code", "Telephone Number", "Number of Employees", "Account Owner", "Created Date",
    "Last Modified Date", "Industry", "Annual Revenue", "Renewal Date", "Key Account", "LinkedIn Profile Name",
)  # fmt: skip

OWNERS = (
    ("901", "Rita Valdez", "rita.valdez@demo.example", "Yes"),
    ("902", "Tom Okoro", "Tom.Okoro@demo.example", "Yes"),
    ("903", "Silke Brandt", "silke.brandt@demo.example", "Yes"),
    ("904", "Paul Deakin", "paul.deakin@demo.example", "Yes"),
    ("905", "Ghost Writer", "ghost.writer@former-agency.example", "No"),
)
"""Source owners: three are active users of the account, 904 is deactivated there, 905 is unknown there."""
OWNER_EMAILS = tuple(email for _, _, email, _ in OWNERS)


def owner(dice: Dice) -> str:
    """Mostly one of the three who are still there; sometimes in another case, sometimes nobody."""
    draw = dice.between(1, 20)
    if draw <= 15:
        email = dice.pick(OWNER_EMAILS[:3])
        return email.upper() if draw == 1 else email
    return {16: OWNER_EMAILS[3], 17: OWNER_EMAILS[3], 18: OWNER_EMAILS[4]}.get(draw, "")


def make(dice: Dice) -> list[Row]:
    """60 accounts: 57 ordinary ones, the `-` account, one without a name, one without name and domain."""
    names = _names(dice, 57)
    rows = [_account(dice, 2001 + i, name, domain) for i, (name, domain) in enumerate(names)]
    rows[4]["Parent Account"] = rows[0]["Account Name"]
    rows[9]["Parent Account"] = rows[0]["Account Name"]
    rows[12]["Parent Account"] = "Overseas Holdings"  # a parent that the file does not hold
    placeholder: Row = {"Account ID": "2000", "Account Name": "-", "Created Date": datetime(2019, 1, 2, 8, 0)}
    nameless = _account(dice, 2058, "", "quiet-harbour.example")
    blank: Row = {"Account ID": "2059", "City": "Denver", "Created Date": datetime(2020, 6, 2, 10, 30)}
    return [placeholder, *rows, nameless, blank]


def _names(dice: Dice, count: int) -> list[tuple[str, str]]:
    found = list(words.SPECIAL_FIRMS)
    for word in dice.some(words.FIRM_WORDS, count - len(found)):
        trade = dice.pick(words.FIRM_TRADES)
        name = " ".join(part for part in (word, trade, dice.pick(words.LEGAL_FORMS)) if part)
        found.append((name, f"{word.lower()}-{trade.lower()}.example"))
    return found


def _account(dice: Dice, number: int, name: str, domain: str) -> Row:
    city, state, country, postal = dice.pick(words.PLACES)
    created = moment(dice, datetime(2019, 1, 7), datetime(2025, 6, 1))
    full = not dice.chance(0.15)
    row: Row = {
        "Account ID": str(number),
        "Account Name": name,
        "Website": domain,
        "Account Owner": owner(dice),
        "Created Date": created,
        "Last Modified Date": moment(dice, created, EXPORTED),
        "Industry": dice.pick(words.INDUSTRIES),
        "Key Account": dice.chance(0.2),
    }
    if full:
        row |= {
            "Address 1": f"{dice.between(1, 990)} {dice.pick(words.STREETS)}",
            "Address 2": f"Suite {dice.between(1, 40)}" if dice.chance(0.3) else "",
            "City": city,
            "State": state,
            "Country": country,
            "Postal Code": postal,
            "Telephone Number": f"+1 303-555-{dice.between(0, 9999):04d}",
            "Number of Employees": dice.between(2, 4000),
            "Annual Revenue": round(dice.between(20_000, 90_000_000) / 4, 2),
            "Renewal Date": date(2026, dice.between(11, 12), dice.between(1, 28)),
        }
    if dice.chance(0.4):
        row["LinkedIn Profile Name"] = f"company-{number}"
    return row
