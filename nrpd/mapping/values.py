"""One cell's text → one value: text, numbers, money, yes and no, phones, lists of options.

Every parser is strict and closed: what it does not know raises DoesNotFit, nothing is coerced to blank
(failure-cases.md section B). Dates are in `dates.py` and re-exported here.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import phonenumbers
from babel.core import get_global

from nrpd.mapping.dates import DoesNotFit, is_zero_date, parse_date, parse_moment, rfc3339, settle_order, to_utc
from nrpd.netresults.records import visible

__all__ = [
    "DoesNotFit", "clean", "is_blank", "is_scientific", "is_zero_date", "parse_boolean", "parse_date", "parse_moment",
    "parse_money", "parse_number", "parse_phone", "rfc3339", "settle_decimal", "settle_money", "settle_order",
    "split_multi", "split_phones", "to_utc", "unescape",
]  # fmt: skip

YES = frozenset({"true", "t", "yes", "y", "1", "on", "ja", "j", "wahr", "oui", "vrai", "si", "sí", "verdadero"})
NO = frozenset({"false", "f", "no", "n", "0", "off", "nein", "falsch", "non", "faux", "falso"})
"""The whole list of words for yes and no (failure-cases.md X19); any other word does not fit."""

MAX_DIGITS = 15
"""More significant digits than this do not survive as a JSON number."""

_EDGE = "\u0000-\u0020\u007f\u00a0\u00ad\u180e\u200b-\u200f\u2028-\u202f\u2060-\u2064\ufeff\u3000"
_EDGES = re.compile(f"^[{_EDGE}]+|[{_EDGE}]+$")
_CONTROL = re.compile("[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_SCIENTIFIC = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE][+-]?\d+$", re.ASCII)
_PLAIN = re.compile(r"(?:[1-9][0-9]{0,14}|0)$")
_POINT = re.compile(r"[+-]?(?:\d{1,3}(?:[,'\u2019 \u00a0\u202f]\d{3})+|\d+)?(?:\.\d+)?$", re.ASCII)
_COMMA = re.compile(r"[+-]?(?:\d{1,3}(?:[.'\u2019 \u00a0\u202f]\d{3})+|\d+)?(?:,\d+)?$", re.ASCII)
_GROUPS = re.compile("[,.'\u2019 \u00a0\u202f]")
_PHONE_BETWEEN = re.compile(r"\s*(?:;|\||\n|,| / )\s*")
_CURRENCY_SIGNS = {"€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₺": "TRY", "₩": "KRW", "₪": "ILS", "zł": "PLN"}
_CODE_FIRST = re.compile(r"^([A-Z]{3})\s*(?=[-\d])")
_CODE_LAST = re.compile(r"(?<=\d)\s*([A-Z]{3})$")
_HAS_CURRENCY = re.compile(r"[€£¥₹₺₩₪$]|zł|^\s*[A-Z]{3}\s*[-\d]|\d\s*[A-Z]{3}\s*$")
_AMOUNT = re.compile(r"[\d.,'+-]+")
_DOLLARS = frozenset({"USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN"})


def is_blank(text: str) -> bool:
    """Whether nothing visible stands in the cell."""
    if text.isprintable():
        return not text or text.isspace()
    return not visible(text)


def clean(text: str) -> str:
    """`text` without white space and invisible characters around it and without control characters inside.

    What stands inside is kept (line breaks, the joiners of emoji and Persian names), for it is content.
    """
    if text.isprintable():  # nearly every cell; what is cut off is unprintable, but for the space
        return text.strip(" ")
    text = _EDGES.sub("", text.replace("\r\n", "\n"))
    return text if text.isprintable() else _CONTROL.sub("", text)


def unescape(text: str) -> str:
    """HTML entities that end in `;` turned into their characters, once (failure-cases.md X18).

    An ampersand that only looks like one (`R&D`, `a&copy=1`) is left as it is.
    """
    return _ENTITY.sub(lambda match: html.unescape(match.group()), text) if "&" in text else text


def is_escaped(text: str) -> bool:
    """Whether `text` still holds an HTML entity."""
    return "&" in text and any(html.unescape(found) != found for found in _ENTITY.findall(text))


def is_scientific(text: str) -> bool:
    """Whether a spreadsheet wrote the number as `4.93E+11`: its digits are gone (failure-cases.md X14)."""
    return bool(_SCIENTIFIC.match(visible(text)))


def settle_decimal(texts: Iterable[str]) -> str:
    """The decimal mark of a column as a whole: "." or ","; "undecidable" where `1,234` alone could be either.

    "." where no value holds a mark at all.
    """
    votes: set[str] = set()
    doubt = False
    for text in texts:
        found = _decimal_vote(visible(text).lstrip("+-"))
        doubt = doubt or found == "?"
        if found in (".", ","):
            votes.add(found)
    if len(votes) == 2:
        return "undecidable"
    return votes.pop() if votes else ("undecidable" if doubt else ".")


def parse_number(text: str, decimal: str = ".") -> int | float:
    """The number in `text`, whose column uses `decimal` as its mark. Raises DoesNotFit.

    Takes grouped thousands (`1,234.50`, `1 234,50`). Refuses scientific notation, leading zeros (an id, not a number)
    and more digits than a JSON number keeps.
    """
    text = visible(text)
    if _PLAIN.match(text):
        return int(text)
    if is_scientific(text):
        raise DoesNotFit("scientific notation: its digits were lost in a spreadsheet")
    pattern = _POINT if decimal == "." else _COMMA
    if not any(c.isdigit() for c in text) or not pattern.match(text):
        grouped = any(c.isdigit() for c in text) and re.fullmatch(r"[-+\d.,' ]+", text)
        raise DoesNotFit("not a number in this column's form" if grouped else "not a number")
    whole, _, fraction = text.partition(decimal)
    whole = _GROUPS.sub("", whole)
    digits = whole.lstrip("+-")
    if len(digits) > 1 and digits.startswith("0"):
        raise DoesNotFit("leading zeros: an id, not a number")
    if len((digits + fraction).strip("0")) > MAX_DIGITS:
        raise DoesNotFit(f"more than {MAX_DIGITS} digits")
    if not fraction.strip("0"):
        return int(whole if digits else "0")
    return float(f"{whole}.{fraction}")


def parse_money(text: str, decimal: str = ".", currency: str = "USD") -> dict[str, object]:
    """{"value": number, "currency": "EUR"} from `€ 1,200`, `1200 EUR` or `1200`. Raises DoesNotFit.

    `currency` is the account's, for amounts without a sign, and for `$` where it is a dollar.
    """
    text = visible(text)
    code = currency
    if match := _CODE_FIRST.match(text) or _CODE_LAST.search(text):
        code = match.group(1)
        text = text.replace(match.group(), "", 1)
    else:
        for sign, name in {**_CURRENCY_SIGNS, "$": currency if currency in _DOLLARS else "USD"}.items():
            if sign in text:
                code, text = name, text.replace(sign, "", 1)
                break
    amount = parse_number(text.strip(), decimal)
    if code not in currencies():
        raise DoesNotFit(f"{code} is no currency that is in use")
    return {"value": amount, "currency": code}


@lru_cache(maxsize=1)
def currencies() -> frozenset[str]:
    """The codes of the currencies that are money somewhere today (CLDR); Pipedrive refuses any other."""
    histories = get_global("territory_currencies").values()
    return frozenset(
        code for history in histories for code, _, ended, tender in history if ended is None and tender
    )  # fmt: skip


def has_currency(text: str) -> bool:
    """Whether an amount names its currency, by a sign or a code of three letters."""
    return bool(_HAS_CURRENCY.search(text)) and any(c.isdigit() for c in text)


def settle_money(texts: Iterable[str]) -> str:
    """The decimal mark of a column of amounts: as for numbers, but three digits behind a lone mark are thousands, for
    no currency that people write so has three decimals."""
    bare = ["".join(_AMOUNT.findall(text)) for text in texts]
    mark = settle_decimal(bare)
    if mark != "undecidable" or len({_decimal_vote(text) for text in bare} & {".", ","}) == 2:
        return mark
    grouped = next(text for text in bare if _decimal_vote(text) == "?")
    return "." if "," in grouped else ","


def parse_boolean(text: str) -> bool:
    """True or False from the closed lists YES and NO. Raises DoesNotFit for any other word."""
    word = visible(text).casefold()
    if word in YES:
        return True
    if word in NO:
        return False
    raise DoesNotFit("not a word for yes or no")


@lru_cache(maxsize=131_072)
def parse_phone(text: str, default_country: str = "US") -> tuple[str | None, str]:
    """(E.164 number or None, the text as written less a spreadsheet's apostrophe). Raises DoesNotFit for `4.93E+11`.

    An extension is kept behind the number (`+13035550100 ext. 5`). None: no valid number; keep the text.
    """
    original = _unguarded(clean(text))
    if is_scientific(original):
        raise DoesNotFit("scientific notation: the digits of the number were lost in a spreadsheet")
    number = _valid_number(original, default_country)
    if number is None and original.startswith("00"):  # dialled from a country where 00 comes before the country's code
        number = _valid_number(f"+{original[2:]}", default_country)
    if number is None:
        return None, original
    e164 = str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return (f"{e164} ext. {number.extension}" if number.extension else e164), original


def _unguarded(text: str) -> str:
    """`text` without what a spreadsheet puts before a number so that it stays text: `'+49…`, `="0049…"`."""
    if match := re.fullmatch(r'="([^"]*)"', text):
        text = match[1]
    return text.removeprefix("'").strip()


def _valid_number(text: str, country: str) -> Any:
    text = unicodedata.normalize("NFKC", text)
    try:
        number = phonenumbers.parse(text, country.upper())
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) and _says_digits(text, number) else None


_NO_PHONE = re.compile(
    r"\d+\.0+"  # a number that a spreadsheet gave a decimal
    r"|\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d\d|(?:19|20)\d\d[./-]\d{1,2}[./-]\d{1,2}"  # a date
    r"|(?:\D*\d){7,}.*/[ -]*\d{1,4}"  # a number and another ending of it: 1234567-10/-11
)


def _says_digits(text: str, number: Any) -> bool:
    """Whether a text is a number by its digits alone. phonenumbers takes letters for the keys that they stand on, which
    is meant in America only (`1-800-FLOWERS`): elsewhere `089 1234567 (privat)` would be another number."""
    text = re.sub(r"^\s*(?:tel|phone|fon|fax|mobile?|cell)\b[.:]*\s*", "", text, flags=re.IGNORECASE)
    if number.extension:
        text = re.split(rf"(?:[;,]?\s*[^\W\d_]*[.:=#\s]*){number.extension}\s*\)?\s*$", text)[0]
    if _NO_PHONE.fullmatch(text.strip()):
        return False
    if not any(map(str.isalpha, text)):
        return True
    return number.country_code == 1 and sum(map(str.isalnum, text)) in (10, 11)


def split_phones(text: str) -> list[str]:
    """The numbers of one cell; one only, unless every part has at least seven digits."""
    parts = [part for part in _PHONE_BETWEEN.split(clean(text)) if part]
    if len(parts) > 1 and all(sum(c.isdigit() for c in part) >= 7 for part in parts):
        return parts
    return [clean(text)] if not is_blank(text) else []


def split_multi(text: str, separator: str = ";") -> list[str]:
    """The options of a multi-select cell, in their order, without blanks and repeats.

    Only `separator` and line breaks part them; `News, Events` stays one option under ";".
    """
    parts = (clean(part) for part in re.split(f"{re.escape(separator)}|\n", text))
    return list(dict.fromkeys(part for part in parts if part))


def _decimal_vote(text: str) -> str:
    """The mark that this value decides for: a point or a comma; "?" where it could be either, "" where it has none."""
    points, commas = text.count("."), text.count(",")
    if points and commas:
        return "." if text.rfind(".") > text.rfind(",") else ","
    mark = "." if points else ","
    if points + commas == 0:
        return ""
    if points + commas > 1:
        return "," if points else "."
    whole, _, rest = text.partition(mark)
    if len(rest) != 3 or whole in ("", "0") or len(whole) > 3:
        return mark
    return "?"
