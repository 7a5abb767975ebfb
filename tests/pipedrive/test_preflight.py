"""What is checked of an account: right company, fitting plan, complete counts."""

from __future__ import annotations

import pytest

from nrpd.errors import BadInput
from nrpd.pipedrive.preflight import check_company, fields_said, plan_mismatch, plans_that_fit, why_partial


@pytest.mark.parametrize(
    ("base_url", "domain"),
    [
        ("https://acme.pipedrive.com", "acme"),
        ("https://ACME.pipedrive.com/", "Acme"),
        ("https://api.pipedrive.com", "acme"),
        ("https://acme.pipedrive.com", ""),  # the account does not say
    ],
)
def test_the_address_of_the_tokens_company_is_taken(base_url: str, domain: str) -> None:
    check_company(base_url, domain)


@pytest.mark.parametrize("base_url", ["https://acme.pipedrive.com", "https://globex.acme.pipedrive.com"])
def test_the_address_of_another_company_is_refused_in_plain_words(base_url: str) -> None:
    with pytest.raises(BadInput) as refused:
        check_company(base_url, "globex")
    lines = str(refused.value).splitlines()
    assert len(lines) == 2
    assert lines[0].startswith(f"destination.base_url: {base_url} is not the account that the token belongs to")
    assert "https://globex.pipedrive.com" in lines[1]


@pytest.mark.parametrize(
    ("limit", "fitting"),
    [
        (30_000, [("lite", 1)]),
        (60_000, [("lite", 2), ("growth", 1)]),
        (150_000, [("lite", 5), ("premium", 1)]),
        (210_000, [("lite", 7), ("ultimate", 1)]),
        (90_000, [("lite", 3), ("professional", 1)]),
        (45_000, []),
        (0, []),
    ],
)
def test_plans_that_have_a_limit(limit: int, fitting: list[tuple[str, int]]) -> None:
    assert plans_that_fit(limit) == fitting


@pytest.mark.parametrize(
    ("limit", "plan", "seats", "said"),
    [
        (None, "growth", 5, ""),
        (300_000, "growth", 5, ""),
        (150_000, "growth", 5, "That would be lite with 5 seats or premium with 1 seat"),
        (310_000, "growth", 5, "No plan has that many: perhaps more tokens were bought"),
        (30_000, "lite", 2, "plan lite with 2 seats has 60,000"),
    ],
)
def test_a_limit_of_another_plan_is_said(limit: int | None, plan: str, seats: int, said: str) -> None:
    found = plan_mismatch(limit, plan, seats)
    assert said in found
    assert bool(found) == bool(said)


@pytest.mark.parametrize(
    ("admin", "plan", "note"),
    [
        (True, "lite", ""),
        (True, "professional", ""),
        (False, "growth", "possibly partial: the token's user is not an admin"),
        (True, "premium", "possibly partial: plan premium has visibility groups"),
        (
            False, "Ultimate",
            "possibly partial: the token's user is not an admin and plan Ultimate has visibility groups",
        ),
    ],
)  # fmt: skip
def test_counts_that_may_be_partial(admin: bool, plan: str, note: str) -> None:
    assert why_partial(admin=admin, plan=plan) == note


def test_fields_of_all_entities_count_against_the_plan() -> None:
    counts = {"person": 20, "organization": 4, "deal": 0, "product": 7, "project": None}
    said = fields_said(counts, "lite")
    assert said == "31 of 30: person 20, organization 4, deal 0, product 7, project 0 (not enabled)"
