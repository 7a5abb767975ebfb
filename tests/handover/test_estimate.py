"""The estimate: the figures of small cases by hand, and what holds for all."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nrpd.errors import BadInput
from nrpd.handover.complexity import Clarity, ObjectFate
from nrpd.handover.estimate import PHASES, Volumes, daily_budget, estimate

SMALL = Volumes(
    {"contacts": 1000, "email_sends": 3000}, organizations=200, persons=1000, activities={"all": 3000, "engaged": 500}
)


@pytest.mark.parametrize(
    ("plan", "seats", "share", "budget"),
    [
        ("lite", 1, 1.0, 30_000),
        ("growth", 5, 0.8, 240_000),
        ("ultimate", 2, 0.5, 210_000),
        ("Advanced", 1, 1.0, 60_000),
    ],
)
def test_budget_is_base_times_plan_times_seats_times_share(plan: str, seats: int, share: float, budget: int) -> None:
    assert daily_budget(plan, seats, share) == budget


def test_every_record_costs_one_write_and_its_share_of_lists() -> None:
    made = estimate(SMALL, plan="growth", seats=5)
    writes = sum(w.requests for w in made.chosen.work if w.what.startswith("write") and w.phase != "11_cutover")
    assert writes == 200 + 1000 + 3000
    phases = made.chosen.phases()
    assert list(phases) == list(PHASES)
    # 08_persons: 800 creates at 5, one list page before (200 of the sample), two after (1000).
    assert phases["08_persons"] == {"requests": 800 + 1 + 2, "tokens": 800 * 5 + 3 * 10}
    assert phases["02_mapping"] == {"requests": 0, "tokens": 0}


def test_v1_writes_cost_ten() -> None:
    plain = estimate(SMALL, plan="growth", seats=5).chosen.tokens
    with_notes = estimate(
        Volumes(**{**SMALL.__dict__, "notes": 100, "files": 10}), plan="growth", seats=5
    ).chosen.tokens
    assert with_notes - plain == 110 * 10 + 20


def test_a_policy_without_activities_is_cheaper_and_all_are_shown() -> None:
    made = estimate(SMALL, plan="growth", seats=5, policy="engaged")
    assert set(made.policies) == {"all", "engaged", "summary"}
    assert made.policies["all"].tokens > made.chosen.tokens > made.policies["summary"].tokens
    assert made.policies["summary"].activities == 0


def test_calendar_spends_the_budget_day_by_day_with_dates() -> None:
    made = estimate(SMALL, plan="lite", seats=1, share=0.5, start=date(2026, 11, 30))
    assert made.daily_budget == 15_000
    assert made.chosen.days == 2
    assert [d.date for d in made.chosen.calendar] == [date(2026, 11, 30), date(2026, 12, 1)]
    assert made.chosen.calendar[0].phases[0] == "01_discovery"
    assert made.chosen.calendar[-1].phases[-1] == "11_cutover"


def test_above_two_million_records_there_is_no_quote() -> None:
    rates = {"day": 1000.0}
    most = estimate(Volumes({"contacts": 2_000_000}), plan="growth", seats=5, rates=rates)
    more = estimate(Volumes({"contacts": 2_000_001}), plan="growth", seats=5, rates=rates)
    assert (most.scope_individually, more.scope_individually) == (False, True)
    assert most.quote is not None
    assert more.quote is None


def test_quote_prices_each_phase_by_its_role() -> None:
    made = estimate(SMALL, plan="growth", seats=5, rates={"engineer": 800, "consultant": 1000}, currency="EUR")
    assert made.quote is not None
    lines = {phase: (role, days, amount) for phase, role, days, amount in made.quote.lines}
    assert lines["01_discovery"][0] == "consultant"
    assert lines["01_discovery"][2] == lines["01_discovery"][1] * 1000
    assert made.quote.total == sum(line[2] for line in lines.values())
    assert made.quote.as_dict()["currency"] == "EUR"


@pytest.mark.parametrize("rates", [{"engineer": 800.0}, {"day": -1.0}, {"day": "much"}])
def test_rates_that_cannot_be_used_are_refused_by_key(rates: dict[str, float]) -> None:
    with pytest.raises(BadInput, match=r"rates\.consultant"):
        estimate(SMALL, plan="growth", seats=5, rates=rates)


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"plan": "gold", "seats": 1}, "gold"),
        ({"plan": "lite", "seats": 1, "share": 0.0001}, "no request"),
        ({"plan": "lite", "seats": 1, "policy": "some"}, "policies.activities"),
    ],
)
def test_bad_arguments_are_named(arguments: dict[str, object], match: str) -> None:
    with pytest.raises(BadInput, match=match):
        estimate(SMALL, **arguments)  # type: ignore[arg-type]


def test_as_dict_is_json() -> None:
    clarity = Clarity(fields=10, objects=(ObjectFate("contacts", 1000, "1:1", "persons"),))
    made = estimate(SMALL, plan="growth", seats=5, clarity=clarity, start=date(2026, 1, 1)).as_dict()
    assert json.loads(json.dumps(made)) == made
    assert made["records"]["total"] == 4000
    assert made["objects"][0]["fate"] == "1:1"
    assert made["complexity"]["grade"] in "ABCD"
    assert made["calendar"][0]["date"] == "2026-01-01"


counts = st.integers(0, 5000)


@given(
    persons=counts, organizations=counts, sends=counts, notes=counts, had=counts, fields=st.integers(0, 50),
    seats=st.integers(1, 5), share=st.floats(0.05, 1), plan=st.sampled_from(["lite", "growth", "ultimate"]),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_days_add_up_and_none_exceeds_the_budget(
    persons: int, organizations: int, sends: int, notes: int, had: int, fields: int, seats: int, share: float, plan: str
) -> None:
    volumes = Volumes(
        {"contacts": persons}, organizations=organizations, persons=persons, activities={"all": sends}, notes=notes,
        existing={"person": had, "activity": had}, new_fields=fields,
    )  # fmt: skip
    made = estimate(volumes, plan=plan, seats=seats, share=share)
    days = made.chosen.calendar
    assert sum(d.tokens for d in days) == made.chosen.tokens == sum(p["tokens"] for p in made.chosen.phases().values())
    assert sum(d.requests for d in days) == made.chosen.requests
    assert all(0 < d.tokens <= made.daily_budget for d in days)
    assert all(made.daily_budget - d.tokens < 20 for d in days[:-1])
