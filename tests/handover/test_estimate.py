"""The estimate: the figures of small cases by hand, and what holds for all."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nrpd.errors import BadInput
from nrpd.handover.complexity import Clarity, ObjectFate
from nrpd.handover.estimate import PHASES, Basis, Part, Volumes, daily_budget, estimate
from nrpd.handover.workload import Kind

SMALL = Volumes(
    {"contacts": 1000, "email_sends": 3000}, organizations=200, persons=1000, activities={"all": 3000, "engaged": 500},
    sample=Part(200, 150, {"all": 600, "engaged": 90}),
)  # fmt: skip
ME = (1, 2)
"""Requests and tokens with which every phase begins."""
BIG = Volumes(
    {"contacts": 9000}, organizations=2000, persons=9000, activities={"all": 30_000}, suppressed=250,
    sample=Part(200, 150, {"all": 600}), existing={"person": 4000},
)  # fmt: skip


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


def plus(*parts: tuple[int, int]) -> dict[str, int]:
    return {"requests": sum(p[0] for p in parts), "tokens": sum(p[1] for p in parts)}


def test_every_record_costs_one_write_and_its_share_of_lists() -> None:
    made = estimate(SMALL, plan="growth", seats=5)
    writes = sum(w.requests for w in made.chosen.work if w.what.startswith("write"))
    assert writes == 200 + 1000 + 3000
    phases = made.chosen.phases()
    assert list(phases) == list(PHASES)
    assert phases["02_mapping"] == plus(ME)  # products' and projects' fields are known from 01_discovery
    # Settings, products' and projects' fields, one page of each of four entities.
    assert phases["01_discovery"] == plus(ME, (9, 110), (2, 20), (4, 40))
    # 200 + 150 + 600 creates; a page of each entity before and after, of activities two (600) after.
    assert phases["06_sample"] == plus(ME, (950, 950 * 5), (2, 20), (2, 20), (3, 30))
    # 800 creates, a list page before (the 200 of the sample), two pages (1000) after.
    assert phases["08_persons"] == plus(ME, (800, 800 * 5), (3, 30))
    # 2400 creates; persons 1 (they are kept), activities 2 before (600), 6 after (3000).
    assert phases["09_activities"] == plus(ME, (2400, 2400 * 5), (1 + 2 + 6, 90))


def test_many_persons_are_read_once_and_then_only_what_changed() -> None:
    phases = estimate(BIG, plan="growth", seats=5).chosen.phases()
    # 4,000 persons were read by 01_discovery; organizations are few.
    assert phases["05_suppression"] == plus(ME, (1 + 1, 20))
    # All persons before the sample; after it the 200 by their ids; organizations and activities are few.
    assert phases["06_sample"] == plus(ME, (950, 950 * 5), (8 + 2, 100), (2, 20), (3, 30))
    assert phases["07_organizations"] == plus(ME, (1850, 1850 * 5), (1, 10), (1 + 4, 50))
    assert phases["08_persons"] == plus(ME, (8800, 8800 * 5), (9 + 26, 350))
    # What changed since, and the 250 suppressed ones by their ids.
    assert phases["10_suppression_pass"] == plus(ME, (1 + 3, 40))


@pytest.mark.parametrize(
    ("more", "phase", "requests", "tokens"),
    [
        ({"notes": 100, "files": 110}, "09_activities", 210 + 1 + 2, 210 * 10 + 3 * 20),
        ({"notes": 100, "files": 110}, "11_cutover", 1 + 2, 3 * 20),
        ({"relationships": 7, "parents": 3}, "07_organizations", 7 + 3 + 7, 7 * 10 + 3 * 20 + 7 * 2),
        ({"relationships": 7, "parents": 3}, "11_cutover", 7, 7 * 2),
        # The fields of an entity are read again after some were made, and after options were added.
        (
            {"new_fields_of": {"person": 9, "deal": 1}, "changed_options_of": {"person": 2}},
            "04_schema",
            12 + 3,
            60 + 30,
        ),
        ({"new_send_type": True}, "04_schema", 1 + 1, 10 + 20),
        ({"new_pipelines": 1, "new_stages": 4, "pipelines_with_new_stages": 1}, "04_schema", 5 + 2 * 2, 25 + 4 * 5),
        ({"flagged_existing": 4, "suppressed": 4}, "10_suppression_pass", 4 + 3, 20 + 30),
        ({"deals_updated": 4}, "07_organizations", 4 + 2, 20 + 20),
        ({"memberships": 500}, "09_activities", 500 + 5, 2500 + 50),
        ({"deals_named": True}, "07_organizations", 1, 10),
        ({"deals_named": True, "existing": {"deal": 1200}}, "07_organizations", 3, 30),
        ({"delta_known": True}, "11_cutover", 4, 40),
        # All that is there is read again after something was written to it; persons fill a third page then.
        ({"delta": Part(10, 5, {"all": 40})}, "11_cutover", 55 + 1 + 3 + 7, 275 + 110),
        ({"delta": Part(10, 0, {}, {"person": 10})}, "11_cutover", 10 + 2, 50 + 20),
    ],
)
def test_what_each_thing_costs(more: dict[str, object], phase: str, requests: int, tokens: int) -> None:
    plain = estimate(SMALL, plan="growth", seats=5).chosen.phases()[phase]
    with_more = estimate(replace(SMALL, **more), plan="growth", seats=5).chosen.phases()[phase]
    assert with_more["requests"] - plain["requests"] == requests
    assert with_more["tokens"] - plain["tokens"] == tokens


def test_what_is_adopted_does_not_make_the_account_larger() -> None:
    adopted = replace(SMALL, adopted_persons=1000, existing={"person": 1000})
    persons = estimate(adopted, plan="growth", seats=5).chosen.phases()["08_persons"]
    assert persons == plus(ME, (800, 800 * 5), (2 + 2, 40))


def test_a_policy_without_activities_is_cheaper_and_all_are_shown() -> None:
    made = estimate(replace(SMALL, new_send_type=True), plan="growth", seats=5, policy="engaged")
    assert set(made.policies) == {"all", "engaged", "summary"}
    assert made.policies["all"].tokens > made.chosen.tokens > made.policies["summary"].tokens
    assert made.policies["summary"].activities == 0
    types = {n: sum(w.what == "create activity types" for w in p.work) for n, p in made.policies.items()}
    assert types == {"all": 1, "engaged": 1, "summary": 0}


def test_calendar_spends_the_budget_day_by_day_with_dates() -> None:
    made = estimate(SMALL, plan="lite", seats=1, share=0.5, start=date(2026, 11, 30))
    assert made.daily_budget == 15_000
    assert made.chosen.days == 2
    assert [d.date for d in made.chosen.calendar] == [date(2026, 11, 30), date(2026, 12, 1)]
    assert made.chosen.calendar[0].phases[0] == "01_discovery"
    assert made.chosen.calendar[-1].phases[-1] == "12_handover"


def test_the_first_day_has_what_is_left_of_it() -> None:
    full = estimate(SMALL, plan="lite", seats=1, start=date(2026, 11, 30))
    some = estimate(SMALL, plan="lite", seats=1, start=date(2026, 11, 30), left_today=500)
    none = estimate(SMALL, plan="lite", seats=1, start=date(2026, 11, 30), left_today=7)
    assert (full.chosen.days, some.chosen.days) == (1, 2)
    assert some.chosen.calendar[0].tokens <= 500
    assert [d.date for d in none.chosen.calendar] == [date(2026, 12, 1)]
    # The phase that was stopped is read again; everything else is done once.
    again = sum(d.tokens for d in some.chosen.calendar) - full.chosen.tokens
    assert 0 < again < 500


def test_the_accounts_own_limit_counts_before_plan_and_seats() -> None:
    made = estimate(SMALL, plan="growth", seats=5, share=0.5, limit=20_000)
    assert made.daily_budget == 10_000
    assert made.chosen.days > 1
    assert "the account's own 20,000 tokens" in made.as_dict()["assumptions"][0]


def test_a_phase_that_no_day_pays_for_is_named() -> None:
    huge = Volumes({"contacts": 10}, persons=10, existing={"person": 2_000_000})
    made = estimate(huge, plan="lite", seats=1)
    assert made.chosen.plan.stuck_in == "01_discovery"
    assert made.grade.sides[2].points == 3
    assert "would never end" in made.as_dict()["assumptions"][-1]
    assert estimate(huge, plan="premium", seats=5).chosen.plan.stuck_in == ""


def test_an_estimate_can_be_made_again_from_what_was_kept() -> None:
    clarity = Clarity(fields=10, objects=(ObjectFate("contacts", 1000, "1:1", "persons"),), counts_note="x")
    basis = Basis(
        SMALL, "lite", 1, 0.5, "engaged", clarity, {"day": 900.0}, "EUR", date(2026, 11, 30), 30_000, 700
    )  # fmt: skip
    kept = Basis.of_json(json.loads(json.dumps(basis.as_json())))
    assert kept == basis
    assert kept.estimate().as_dict() == basis.estimate().as_dict()


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
        existing={"person": had, "activity": had}, new_fields_of={"person": fields},
    )  # fmt: skip
    made = estimate(volumes, plan=plan, seats=seats, share=share)
    days = made.chosen.calendar
    assert made.chosen.tokens == sum(p["tokens"] for p in made.chosen.phases().values())
    assert all(0 < d.tokens <= made.daily_budget for d in days)
    assert all(made.daily_budget - d.tokens < 20 for d in days[:-1])
    if made.chosen.plan.stuck_in:
        return
    again = sum(d.tokens for d in days) - made.chosen.tokens
    assert (
        -400 <= again <= (sum(w.tokens for w in made.chosen.work if w.kind is not Kind.WRITTEN) + 110) * (len(days) - 1)
    )
    assert made.chosen.tokens / made.daily_budget <= len(days)
