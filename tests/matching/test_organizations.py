from __future__ import annotations

import pytest

from nrpd.matching.companies import collect
from nrpd.matching.organizations import match_organizations
from tests.matching.helpers import rows, when


def org(number: int, name: str, **fields: object) -> dict[str, object]:
    return {"id": number, "name": name, "add_time": f"2020-01-{31 - number:02}T00:00:00Z", **fields}


@pytest.mark.parametrize(
    ("name", "domain", "organizations", "linked", "expected"),
    [
        ("Acme Ltd", "", [org(7, "acme ltd.")], {}, (7, "name", (), ())),
        ("Acme Ltd", "", [org(7, "Acme")], {}, (7, "name", (), ())),
        ("Acme", "", [org(7, "Acme Ltd")], {}, (7, "name", (), ())),
        ("Acme Ltd", "", [org(7, "Acme GmbH")], {}, (None, "new", (), (7,))),
        ("Acme", "", [org(7, "Acme"), org(9, "ACME Inc")], {}, (9, "name", (9, 7), ())),  # 9 is older
        ("Acme", "", [org(7, "Acme"), org(8, "Other", **{"Net-Results ID": "1"})], {}, (8, "source id", (), ())),
        ("Acme", "", [org(7, "Acme"), org(8, "Other")], {"1": 8}, (8, "linked", (), ())),
        ("Acme", "", [org(7, "Acme")], {"1": 501}, (7, "name", (), ())),
        ("Acme", "", [], {"1": 501}, (None, "gone", (), ())),
        ("Acme", "acme.example", [org(7, "Bolt", website="https://acme.example")], {}, (None, "new", (), (7,))),
        ("", "acme.example", [org(7, "Bolt", website="https://acme.example")], {}, (7, "domain", (), ())),
        ("", "acme.example", [org(7, "B", **{"Company Domain": "acme.example"})], {}, (7, "domain", (), ())),
        ("", "", [org(7, "Unnamed company (Net-Results 1)")], {}, (None, "new", (), ())),
        ("Enterprise Solutions", "", [org(7, "The Solutions Co")], {}, (None, "new", (), ())),
        ("Acme", "freemail.example", [org(7, "Bolt", website="freemail.example")], {}, (None, "new", (), ())),
    ],
)
def test_one_company(
    name: str,
    domain: str,
    organizations: list[dict[str, object]],
    linked: dict[str, int],
    expected: tuple[int | None, str, tuple[int, ...], tuple[int, ...]],
) -> None:
    found = collect(rows("c.csv", {"company_id": "1", "name": name, "domain": domain}), [], when)
    (match,) = match_organizations(found.companies, organizations, linked)
    assert (match.organization_id, match.reason, match.candidates, match.questions) == expected


def test_names_with_several_legal_forms_adopt_only_the_very_same_form() -> None:
    records = rows("c.csv", {"company_id": "1", "name": "Acme Inc"}, {"company_id": "2", "name": "Acme GmbH"})
    found = collect(records, [], when)
    matches = match_organizations(found.companies, [org(7, "Acme"), org(8, "ACME GMBH")], {})
    assert [(m.source_id, m.organization_id, m.questions) for m in matches] == [("1", None, (7,)), ("2", 8, ())]


def test_an_organization_linked_to_one_company_is_no_candidate_for_another() -> None:
    records = rows("c.csv", {"company_id": "1", "name": "Acme"}, {"company_id": "2", "name": "Bolt"})
    found = collect(records, [], when)
    matches = match_organizations(found.companies, [org(7, "Bolt")], {"1": 7})
    assert [(m.source_id, m.organization_id, m.reason) for m in matches] == [("1", 7, "linked"), ("2", None, "new")]


def test_adopted_by_name_then_found_again_by_id_without_a_second_create() -> None:
    found = collect(rows("c.csv", {"company_id": "1", "name": "Acme Ltd"}), [], when)
    first = match_organizations(found.companies, [org(7, "Acme Ltd")], {})
    second = match_organizations(found.companies, [org(7, "Renamed", **{"Net-Results ID": "1"})], {})
    assert first[0].organization_id == second[0].organization_id == 7
