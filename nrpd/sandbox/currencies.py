"""The currencies of an account: those in use as money somewhere today (CLDR), as `GET /v1/currencies` lists them."""

from __future__ import annotations

from functools import lru_cache

from babel.core import get_global
from babel.numbers import get_currency_name, get_currency_precision, get_currency_symbol

from .store import Doc


@lru_cache(maxsize=1)
def currencies() -> dict[str, Doc]:
    """ISO 4217 code → the currency in the form of API v1."""
    in_use = {
        code
        for history in get_global("territory_currencies").values()
        for code, _, ended, tender in history
        if ended is None and tender
    }
    return {
        code: {
            "id": number, "code": code, "name": get_currency_name(code, locale="en"),
            "decimal_points": get_currency_precision(code), "symbol": get_currency_symbol(code, locale="en"),
            "active_flag": True, "is_custom_flag": False,
        }
        for number, code in enumerate(sorted(in_use), 1)
    }  # fmt: skip
