"""The contacts of the synthetic customer: 400 records of the contacts file, each oddity of a real one among them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.demo import words
from tests.demo.firms import owner
from tests.demo.formats import Dice, Row
from tests.demo.timeline import EXPORTED, moment, written

HEADERS = (
    "Contact ID", "Email Address", "First Name", "Last Name", "Title", "Account ID", "Account Name", "Address 1",
    "Address 2", "City", "State", "Country", "Postal Code", "Work Phone", "Mobile Phone", "Home Phone", "Fax",
    "Lead Score", "Lead Stage", "Lead Source", "Opt-In Date", "Lists", "Contact Owner",
    "Created Date", "Last Modified Date", "Unsubscribed Contact", "Bounced Contact", "GDPR Consent Granted",
    "Unique Visitor UUID",
    # Custom fields, one or more of every type. "Legacy Code" is never filled.
    "Favorite Product", "Sales Summary", "Segment Score", "Average Order Value", "Contract Renewal", "Last Demo At",
    "Decision Maker", "Product Interest", "Event Topics", "Personal Website", "Primary Contract", "Region",
    "Legacy Code",
)  # fmt: skip

TOTAL = 400
ANONYMOUS = 12
SHARED = 15
"""Records whose address another record has too."""
UNNAMED_QUARANTINE = 1
UNREADABLE_ADDRESS = 1
WRONG_LENGTH = 1
REPEATED = 1
PERSONS = TOTAL - ANONYMOUS - SHARED - UNNAMED_QUARANTINE - UNREADABLE_ADDRESS - WRONG_LENGTH - REPEATED
"""Records of different people, those without an address among them."""


@dataclass
class Contacts:
    """The file's records in their order; `people` are those of different people, in the order they were made."""

    records: list[Row | list[str]]
    people: list[Row]
    shared: list[Row]


def make(dice: Dice, accounts: list[Row]) -> Contacts:
    """All 400 records, shuffled, with the repeated one right behind its original."""
    named = [a for a in accounts if a.get("Account Name") not in ("-", "", None)]
    people = [_person(dice, 10_001 + i, named) for i in range(PERSONS)]
    _spread_companies(dice, people, accounts)
    _spread_gaps(people)
    _add_specials(people)
    shared = [_shared(dice, 11_001 + i, people[60 + i]) for i in range(SHARED)]
    visitors = [_visitor(dice, 12_001 + i) for i in range(ANONYMOUS)]
    records: list[Row | list[str]] = dice.shuffled([*people, *shared, *visitors, *_unusable(dice)])
    records.insert(records.index(people[30]) + 1, dict(people[30]))
    records.insert(200, _wrong_length(dice))
    return Contacts(records, people, shared)


def _person(dice: Dice, number: int, accounts: list[Row]) -> Row:
    first, last = dice.pick(words.FIRST_NAMES), dice.pick(words.LAST_NAMES)
    account = dice.pick(accounts)
    city, state, country, postal = dice.pick(words.PLACES)
    created = moment(dice, datetime(2019, 3, 1), datetime(2026, 6, 30))
    row: Row = {
        "Contact ID": str(number),
        "Email Address": f"{_plain(first)}.{_plain(last)}{number % 1000}@{account['Website']}",
        "First Name": first,
        "Last Name": last,
        "Account ID": account["Account ID"],
        "Account Name": account["Account Name"],
        "Lead Score": str(dice.between(0, 120)),
        "Lead Stage": dice.pick(words.LEAD_STAGES),
        "Lead Source": dice.pick(words.LEAD_SOURCES),
        "Contact Owner": owner(dice),
        "Created Date": written(dice, created),
        "Last Modified Date": written(dice, moment(dice, created, EXPORTED)),
    }
    optional: Row = {
        "Title": dice.pick(words.TITLES),
        "Work Phone": _phone(dice),
        "Mobile Phone": f"(720) 555-{dice.between(0, 9999):04d}",
        "Home Phone": f"303.555.{dice.between(0, 9999):04d}",
        "Fax": f"+1 303 555 {dice.between(0, 9999):04d}",
        "Opt-In Date": (created + timedelta(days=1)).strftime("%m/%d/%Y"),
        "Lists": "; ".join(dice.some(words.LISTS, dice.between(1, 3))),
        "Unique Visitor UUID": f"{dice.between(0, 2**31):08x}-demo-{number}",
    } | _custom(dice, created)
    row |= {header: value for header, value in optional.items() if dice.chance(0.55)}
    if dice.chance(0.6):
        row |= {"Address 1": f"{dice.between(1, 990)} {dice.pick(words.STREETS)}", "City": city, "State": state}
        row |= {
            "Address 2": f"Floor {dice.between(1, 9)}" if dice.chance(0.2) else "",
            "Country": country,
            "Postal Code": postal,
        }
    row |= _consent(dice)
    return row


def _custom(dice: Dice, created: datetime) -> Row:
    summary = " ".join(dice.some(words.SENTENCES, dice.between(1, 7)))
    return {
        "Favorite Product": f"{dice.pick(words.PRODUCTS)} no. {dice.between(100, 999)}",
        "Sales Summary": summary,
        "Segment Score": str(dice.between(1, 1000)),
        "Average Order Value": f"{dice.between(900, 250_000) / 100:.2f}",
        "Contract Renewal": f"{dice.between(1, 12):02d}/{dice.between(1, 28):02d}/{dice.between(2026, 2029)}",
        "Last Demo At": written(dice, moment(dice, created, EXPORTED)),
        "Decision Maker": dice.pick(("True", "False")),
        "Product Interest": dice.pick(words.INTERESTS),
        "Event Topics": "; ".join(dice.some(words.TOPICS, dice.between(1, 4))),
        "Personal Website": f"https://www.site{dice.between(1, 500)}.example/about",
        "Primary Contract": f"C-{dice.between(1, 9999):05d}",
        "Region": dice.pick(words.REGIONS),
    }


def _consent(dice: Dice) -> Row:
    """Most cells blank or a plain word; the words vary as they do where several imports wrote them."""
    row: Row = {"Unsubscribed Contact": dice.pick(("", "", "No", "False", "0"))}
    row["Bounced Contact"] = dice.pick(("", "", "No", "False"))
    row["GDPR Consent Granted"] = dice.pick(("", "", "", "Yes", "True"))
    draw = dice.between(1, 100)
    if draw <= 3:
        row["Unsubscribed Contact"] = dice.pick(("Yes", "TRUE", "1", "x"))
    elif draw <= 5:
        row["Bounced Contact"] = "True"
    elif draw <= 7:
        row["GDPR Consent Granted"] = dice.pick(("No", "False", "withdrawn?"))
    return row


def _phone(dice: Dice) -> str:
    tail = f"{dice.between(0, 9999):04d}"
    return dice.pick(
        (f"+1 303 555 {tail}", f"303-555-{tail}", f"(303) 555-{tail} x12", f"+49 30 1234{tail}", f"'+44 20 7946 {tail}")
    )


def _plain(name: str) -> str:
    table = str.maketrans("áäçéëíïñóöúüß", "aaceeiinoouus")
    return "".join(c for c in name.lower().translate(table) if c.isascii() and c.isalnum())


def _spread_companies(dice: Dice, people: list[Row], accounts: list[Row]) -> None:
    """Which contacts have no company, the `-` company, a firm without a record, a firm without a name."""
    for i, row in enumerate(people):
        if i % 25 == 7:
            row |= {"Account ID": "", "Account Name": ""}
        elif i % 25 == 12:
            row |= {"Account ID": "2000" if i % 2 else "", "Account Name": "-"}
        elif 100 <= i < 112:
            row |= {"Account ID": "", "Account Name": words.UNRECORDED_FIRMS[i % len(words.UNRECORDED_FIRMS)]}
        elif i in (120, 121, 122):
            row |= {"Account ID": "2058", "Account Name": ""}
        elif i == 123:
            row |= {"Account ID": "2059", "Account Name": ""}
        elif dice.chance(0.08):  # named only, and not as the accounts file writes it
            row |= {"Account ID": "", "Account Name": f" {row['Account Name'].upper().replace('&AMP;', '&amp;')}"}


def _spread_gaps(people: list[Row]) -> None:
    """24 without an address (all with a name, most with a phone), 10 with an address only."""
    for i in range(140, 164):
        people[i]["Email Address"] = ""
        people[i].setdefault("Work Phone", f"+1 303 555 {7000 + i}" if i % 3 else "")
    for i in range(170, 180):
        people[i] |= {"First Name": "", "Last Name": ""}
    people[180]["First Name"] = ""
    people[181]["Last Name"] = ""


def _add_specials(people: list[Row]) -> None:
    changes: dict[int, Row] = {
        0: {"First Name": "Anna", "Last Name": "Null", "Email Address": "anna.null@acme.example"},
        1: {"First Name": "NA", "Last Name": "None", "Country": "NA", "Email Address": "na.none@acme.example"},
        2: {"First Name": "Pat", "Last Name": "O&#39;Brien", "Email Address": "pat.o'brien@acme.example"},
        3: {"First Name": "Jürgen", "Last Name": "Müller", "Email Address": "Juergen.Mueller@mueller-bau.example"},
        4: {"First Name": "D'Arcy", "Last Name": "van der Berg", "Email Address": "darcy@smith-jones.example"},
        5: {"Email Address": "lee.wong@acme.example; lee.wong.home@post.example", "First Name": "Lee"},
        6: {"Email Address": "Kim Park <kim.park@acme.example>", "First Name": "Kim", "Last Name": "Park"},
        8: {"Email Address": "kim.lee+news@larkspur.example", "First Name": "Kim", "Last Name": "Lee"},
        9: {"Email Address": "kimlee@larkspur.example", "First Name": "Kim", "Last Name": "Lee"},
        10: {"City": "Cambridge", "State": "MA", "Country": "United States", "Postal Code": "02138"},
        11: {"Work Phone": "0049301234567", "Mobile Phone": "+12025550143", "Home Phone": "ask for Jo"},
        13: {"Title": "=SUM(1+1)", "Sales Summary": "line one\nline two, \"quoted\"\n\nline four"},
        14: {"Favorite Product": "Nuts &amp; bolts &lt;L&gt;", "Primary Contract": "0012"},
        15: {"Sales Summary": "A sum\u2028with a line separator. " + " ".join(words.SENTENCES)},
        16: {"Email Address": " \u200btrim.me@acme.example ", "First Name": " Trim ", "Last Name": "Me"},
        17: {"First Name": "山田", "Last Name": "太郎", "Email Address": "yamada@acme.example"},
    }  # fmt: skip
    for index, change in changes.items():
        people[index] |= change


def _shared(dice: Dice, number: int, original: Row) -> Row:
    """The same person once more, as another campaign's import made it: other id, other case, some other values."""
    created = moment(dice, datetime(2022, 1, 3), datetime(2026, 8, 1))
    row: Row = {
        "Contact ID": str(number),
        "Email Address": original["Email Address"].title() if number % 2 else original["Email Address"],
        "First Name": original["First Name"],
        "Last Name": original["Last Name"],
        "Account ID": original["Account ID"],
        "Account Name": original["Account Name"],
        "Title": dice.pick(words.TITLES),
        "Lead Score": str(dice.between(0, 120)),
        "Lead Stage": dice.pick(words.LEAD_STAGES),
        "Lists": "; ".join(dice.some(words.LISTS, 2)),
        "Contact Owner": original["Contact Owner"],
        "Created Date": written(dice, created),
        "Last Modified Date": written(dice, moment(dice, created, EXPORTED)),
    }
    if number % 5 == 0:
        row["Unsubscribed Contact"] = "Yes"
    return row


def _visitor(dice: Dice, number: int) -> Row:
    seen = moment(dice, datetime(2026, 1, 5), EXPORTED)
    return {
        "Contact ID": str(number),
        "Account Name": "-",
        "Unique Visitor UUID": f"{dice.between(0, 2**31):08x}-demo-{number}",
        "Created Date": written(dice, seen),
        "Last Modified Date": written(dice, seen),
    }


def _unusable(dice: Dice) -> list[Row]:
    """One record that says something of nobody, one whose address cannot be read."""
    created = moment(dice, datetime(2024, 1, 3), datetime(2025, 1, 3))
    base: Row = {"Created Date": written(dice, created), "Last Modified Date": written(dice, created)}
    nobody = base | {"Contact ID": "13001", "Title": "Purchasing", "Favorite Product": "Classic kit no. 100"}
    unreadable = base | {"Contact ID": "13002", "Email Address": "rosa at acme dot example", "First Name": "Rosa"}
    return [nobody, unreadable]


def _wrong_length(dice: Dice) -> list[str]:
    """A record one field too long: its company name holds a comma that the exporting screen did not quote."""
    cells = [""] * len(HEADERS)
    cells[:4] = ["13003", "torn.record@acme.example", "Torn", "Record"]
    cells[6:7] = ["Acme", " Inc."]
    cells[HEADERS.index("Created Date") + 1] = written(dice, datetime(2023, 5, 4, 10, 0))
    return cells
