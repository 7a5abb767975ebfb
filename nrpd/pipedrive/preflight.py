"""What is checked of an account before anything is written to it, as pure rules (facts/pipedrive.md, sections 1, 2, 6,
8 and 16)."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from nrpd.errors import BadInput
from nrpd.parameters import VISIBILITY_GROUPS
from nrpd.pipedrive.ledger import BASE_TOKENS, daily_budget
from nrpd.pipedrive.records import FIELD_LIMITS, TOKEN_MULTIPLIERS

SHARED_HOST = "api.pipedrive.com"
"""The address that every company may use; the token alone says which one it is."""
SOLD_TODAY = ("lite", "growth", "premium", "ultimate")
_OLD_MULTIPLIER = "professional"  # the one multiplier that no plan of today has


def check_company(base_url: str, company_domain: str) -> None:
    """Raises BadInput where a base_url is the address of another company than the token's."""
    host = (urlsplit(base_url).hostname or "").lower()
    domain = company_domain.strip().lower()
    if not domain or host in (SHARED_HOST, f"{domain}.pipedrive.com"):
        return
    raise BadInput(
        f"destination.base_url: {base_url} is not the account that the token belongs to; nothing was written.\n"
        f"The token is of https://{domain}.pipedrive.com: correct destination.base_url, or take the token of {host}"
    )


def plans_that_fit(limit: int) -> list[tuple[str, int]]:
    """Every plan with the number of seats that has this daily budget (tokens a day of the whole company)."""
    names = [*SOLD_TODAY, _OLD_MULTIPLIER]
    return [
        (name, limit // (BASE_TOKENS * TOKEN_MULTIPLIERS[name]))
        for name in names
        if limit > 0 and limit % (BASE_TOKENS * TOKEN_MULTIPLIERS[name]) == 0
    ]


def plan_mismatch(limit: int | None, plan: str, seats: int) -> str:
    """What to say where the account's own daily limit (None: not known) is not that of the declared plan and seats;
    blank where they agree."""
    declared = daily_budget(plan, seats)
    if limit is None or limit == declared:
        return ""
    fitting = " or ".join(f"{name} with {n} seat{'s' * (n != 1)}" for name, n in plans_that_fit(limit))
    fit = f"That would be {fitting}" if fitting else "No plan has that many: perhaps more tokens were bought"
    return (
        f"The account has {limit:,} tokens a day, but plan {plan} with {seats} seat{'s' * (seats != 1)} has "
        f"{declared:,}. {fit}. nrpd goes by what the account says; correct destination.plan and seats, since the plan "
        "also sets the pace and the number of custom fields."
    )


def why_partial(*, admin: bool, plan: str) -> str:
    """Why the token's user may not see every record; blank where the counts are complete."""
    reasons = [] if admin else ["the token's user is not an admin"]
    if plan.casefold() in VISIBILITY_GROUPS:
        reasons.append(f"plan {plan} has visibility groups")
    return f"possibly partial: {' and '.join(reasons)}" if reasons else ""


def fields_said(counts: Mapping[str, int | None], plan: str) -> str:
    """Custom fields in use per entity (None: the account does not have that feature), and what the plan allows."""
    parts = [
        f"{entity} {'0 (not enabled)' if n is None else n}" for entity, n in counts.items()
    ]  # fmt: skip
    used = sum(n or 0 for n in counts.values())
    return f"{used} of {FIELD_LIMITS[plan.casefold()]:,}: {', '.join(parts)}"
