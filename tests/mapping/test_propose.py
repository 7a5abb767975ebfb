from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from nrpd.mapping import propose as proposing
from nrpd.mapping import similarity
from nrpd.mapping.known import KNOWN
from nrpd.mapping.profile import profile, value_type
from nrpd.mapping.propose import EMPTY_ACCOUNT, candidates, for_deals, propose, propose_header
from nrpd.mapping.sheet import check_rows
from nrpd.netresults.headers import recognise_header
from nrpd.netresults.records import OBJECT_COLUMNS, SourceField
from nrpd.pipedrive.records import AccountFacts, MappingRow, Target
from tests.mapping.support import account, custom, standard


def one(
    column: str, values: Sequence[str], facts: AccountFacts = EMPTY_ACCOUNT, object: str = "contacts"
) -> MappingRow:
    """The proposal for one column."""
    return propose(profile(object, {column: values}, {}, ["f.csv"] * len(values)), facts)[0]


def shape(row: MappingRow) -> tuple[str, str, str, bool, str]:
    """What of a row the tables of cases give."""
    return row.target.entity, row.target.field, row.target.type, row.target.new, row.transform


@pytest.mark.parametrize(
    ("column", "values", "expected"),
    [
        ("contact_id", ["1", "2"], ("person", "Net-Results ID", "varchar", True, "source_id")),
        ("email", ["a@x.example"], ("person", "emails", "emails", False, "email")),
        ("last_name", ["Lee"], ("person", "name", "varchar", False, "last_name")),
        ("title", ["Boss"], ("person", "Title", "varchar", True, "text")),
        ("title", ["x" * 300], ("person", "Title", "text", True, "text")),
        ("postal_code", ["02138"], ("person", "Address", "address", True, "postal_code")),
        ("mobile_phone", ["+1 303 555 0100"], ("person", "phones", "phones", False, "mobile_phone")),
        ("fax", ["+1 303 555 0100"], ("person", "Fax", "phone", True, "phone")),
        ("lead_score", ["10", "250"], ("person", "Lead Score", "double", True, "number")),
        ("lead_score", ["1.234,5"], ("person", "Lead Score", "double", True, "number_comma")),
        ("lead_score", ["10", "high"], ("person", "Lead Score", "varchar", True, "text")),
        ("lead_stage", ["MQL", "SQL"], ("person", "Lead Stage", "enum", True, "option")),
        ("opt_in_date", ["2024-01-05"], ("person", "Opt-in Date", "date", True, "date")),
        ("opt_in_date", ["03/04/2021"], ("person", "Opt-in Date", "varchar", True, "text")),
        ("lists", ["News|Events"], ("person", "Lists", "set", True, "options_bar")),
        ("owner_email", ["kim@acme.example"], ("person", "owner_id", "user", False, "owner")),
        ("company_name", ["Acme"], ("person", "org_id", "org", False, "organization")),
        ("created_at", ["2024-01-05 10:00"], ("person", "add_time", "datetime", False, "created")),
        ("created_at", ["03/04/2021"], ("person", "Created At", "varchar", True, "timestamp")),
        ("updated_at", ["2024-01-05 10:00"], ("person", "Updated At", "varchar", True, "timestamp")),
        ("unsubscribed", ["Yes"], ("person", "Suppression status", "text", False, "fixed")),
        ("VIP", ["Yes", "No"], ("person", "VIP", "enum", True, "yes_no")),
        ("Seats", ["5", "12"], ("person", "Seats", "double", True, "number")),
        ("Seats", ["5"] * 20 + ["many"], ("person", "Seats", "varchar", True, "text")),
        ("Tier", ["Gold", "Silver"] * 5, ("person", "Tier", "enum", True, "option")),
        ("Interests", ["a;b", "b", "a"] * 4, ("person", "Interests", "set", True, "options")),
        ("Renewal", ["2024-01-05"], ("person", "Renewal", "date", True, "date")),
        ("Seen", ["2024-01-05 10:00"], ("person", "Seen", "varchar", True, "timestamp")),
        ("Site", ["https://x.example"], ("person", "Site", "varchar", True, "text")),
        ("Essay", ["word " * 80], ("person", "Essay", "text", True, "text")),
        ("Code", ["007", "008"], ("person", "Code", "varchar", True, "text")),
        ("Nothing", ["", " "], ("none", "", "", False, "skip")),
    ],
)
def test_contacts(column: str, values: list[str], expected: tuple[str, str, str, bool, str]) -> None:
    assert shape(one(column, values)) == expected


@pytest.mark.parametrize(
    ("object", "column", "values", "expected"),
    [
        ("companies", "name", ["Acme"], ("organization", "name", "varchar", False, "full_name")),
        ("companies", "domain", ["acme.example"], ("organization", "Company Domain", "varchar", True, "text")),
        ("companies", "city", ["Denver"], ("organization", "address", "address", False, "city")),
        ("companies", "employee_count", ["1,200"], ("organization", "Employee Count", "varchar", True, "text")),
        ("companies", "employee_count", ["120", "7"], ("organization", "Employee Count", "double", True, "integer")),
        ("companies", "parent_company", ["Acme"], ("organization", "relationship", "", False, "relationship")),
        ("campaigns", "name", ["Spring"], ("organization", "Campaign Name", "varchar", True, "text")),
        ("campaigns", "end_date", ["2024-01-05"], ("organization", "Campaign End Date", "date", True, "date")),
        ("campaigns", "Budget", ["12.5", "3"], ("organization", "Campaign Budget", "double", True, "number")),
        ("campaigns", "campaign_id", ["1"], ("none", "", "", False, "skip")),
        ("email_sends", "sent_at", ["2024-01-05 10:00"], ("activity", "due_date", "date", False, "fixed")),
        ("email_sends", "Device", ["Phone"], ("none", "", "", False, "skip")),
        ("suppressions", "date", ["2024-01-05"], ("person", "Suppression date", "date", False, "fixed")),
        ("workflows", "trigger", ["form"], ("none", "", "", False, "skip")),
        ("templates", "subject", ["Hi"], ("none", "", "", False, "skip")),
        ("owners", "email", ["kim@acme.example"], ("none", "", "", False, "skip")),
        ("notes", "text", ["Met"], ("person", "note", "", False, "fixed")),
    ],
)  # fmt: skip
def test_other_objects(object: str, column: str, values: list[str], expected: tuple[str, str, str, bool, str]) -> None:
    row = one(column, values, object=object)
    assert shape(row) == expected
    assert row.reason


def test_standard_fields_where_the_account_has_them() -> None:
    facts = account(
        standard("job_title", "varchar"), standard("postal_address", "address"), standard("birthday", "date"),
        standard("website", "varchar", "organization"), standard("employee_count", "int", "organization"),
    )  # fmt: skip
    assert shape(one("title", ["Boss"], facts)) == ("person", "job_title", "varchar", False, "text")
    assert shape(one("city", ["Denver"], facts)) == ("person", "postal_address", "address", False, "city")
    assert shape(one("Geburtsdatum", ["1980-01-05"], facts)) == ("person", "birthday", "date", False, "date")
    assert shape(one("domain", ["a.example"], facts, "companies")) == (
        "organization",
        "website",
        "varchar",
        False,
        "text",
    )
    count = one("employee_count", ["51-200"], facts, "companies")
    assert shape(count) == ("organization", "Employee Count (Net-Results)", "varchar", True, "text")


def test_counts_with_decimals_are_numbers() -> None:
    row = one("employee_count", ["1.5", "12"], object="companies")
    assert shape(row) == ("organization", "Employee Count", "double", True, "number")
    assert one("employee_count", ["12"], object="companies").confidence >= 0.97


def test_what_is_kept_as_text_says_why_and_asks() -> None:
    created = one("created_at", ["03/04/2021"])
    assert "day and month cannot be told apart in f.csv" in created.reason
    assert created.confidence < 0.7


def test_a_field_of_the_account_is_taken_by_name_if_its_type_fits() -> None:
    facts = account(custom("lead source", "enum"), custom("Region", "double"), custom("Notes", "text"))
    assert shape(one("lead_source", ["Web", "Fair"], facts)) == ("person", "lead source", "enum", False, "option")
    assert shape(one("Notes", ["a", "b"], facts)) == ("person", "Notes", "text", False, "text")
    taken = one("Region", ["West", "East"] * 4, facts)
    assert shape(taken) == ("person", "Region (Net-Results)", "enum", True, "option")
    assert "of type double, not enum" in taken.reason
    again = account(*facts.fields, custom("Region (Net-Results)", "enum"))
    assert shape(one("Region", ["West", "East"] * 4, again)) == (
        "person",
        "Region (Net-Results)",
        "enum",
        False,
        "option",
    )


def test_a_strong_synonym_is_taken_and_mere_likeness_is_not() -> None:
    facts = account(custom("Industry", "enum"), custom("Partner Region", "enum"))
    assert one("Branche", ["IT", "Bau"] * 4, facts).target == Target("person", "Industry", "enum", False)
    assert one("Branche", ["free text", "all different"], facts).target.new
    alike = one("Partner Region Manager", ["West", "East"] * 4, facts)
    assert alike.target == Target("person", "Partner Region Manager", "enum", True)
    assert alike.confidence < 0.9
    assert "Partner Region" in alike.reason


def test_one_field_is_filled_by_one_column_only() -> None:
    facts = account(custom("Industry", "enum"))
    columns = {"Branche": ["IT", "Bau"] * 4, "Sector": ["IT", "Bau"] * 4, "industry": ["IT", "Bau"] * 4}
    rows = propose(profile("contacts", columns, {}, ["f"] * 8), facts)
    assert len({row.target for row in rows}) == 3
    assert check_rows(rows) == []


def test_names_that_the_api_uses_are_not_given_to_new_fields() -> None:
    beside = propose(profile("contacts", {"name": ["Kim Lee"], "first_name": ["Kim"]}, {}, ["f"]), EMPTY_ACCOUNT)
    assert beside[0].target.field == "name (Net-Results)"
    assert one("visible_to", ["all", "some"]).target.field == "visible_to (Net-Results)"
    assert (
        one("Label", ["a", "b"], account(standard("label_ids", "set", name="Label"))).target.field
        == "Label (Net-Results)"
    )


@pytest.mark.parametrize("header", ["Name", "full_name", "Nom complet", "Vor- und Nachname", "Nombre completo"])
def test_the_whole_name_is_the_name_where_no_column_holds_its_parts(header: str) -> None:
    whole = ("person", "name", "varchar", False, "full_name")
    assert shape(one(header, ["Kim Lee"])) == whole
    for columns in (
        {header: ["Kim Lee"], "last_name": ["Lee"]},
        {"Full Name": ["Kim Lee"], header + " ": ["Lee, Kim"]},
    ):
        rows = propose(profile("contacts", columns, {}, ["f"]), EMPTY_ACCOUNT)
        assert [shape(row) == whole for row in rows] == [next(iter(columns)) == "Full Name", False]
        assert check_rows(rows) == []
    assert one(header, ["Kim Lee"], object="companies").transform != "full_name"


def test_a_header_that_is_too_long_is_cut() -> None:
    assert len(one("x" * 300, ["a"]).target.field) == 255


def test_merged_ids_that_are_long_make_the_id_field_text() -> None:
    fields = profile("contacts", {"contact_id": ["1"]}, {}, ["f"])
    assert propose(fields, EMPTY_ACCOUNT, longest_id=256)[0].target.type == "text"


def test_every_column_of_the_design_has_its_place() -> None:
    assert set(KNOWN) == {(o, c) for o, columns in OBJECT_COLUMNS.items() for c in columns}
    fields = [value_type(column, ["2024-01-05"], object=o, column=column) for o, column in KNOWN]
    rows = propose(fields, EMPTY_ACCOUNT)
    assert check_rows(rows) == []
    assert all(row.confidence >= 0.97 and row.reason for row in rows if row.target.type not in ("varchar", "text"))
    activities = propose(fields, EMPTY_ACCOUNT, campaigns="activities")
    assert {row.target.entity for row in activities if row.object == "campaigns"} == {"activity"}


def test_the_same_input_gives_the_same_proposal_whatever_the_order_of_objects() -> None:
    columns = {"Tier": ["Gold", "Silver"] * 4, "city": ["Denver"] * 8, "Notes": ["a"] * 8}
    fields = profile("contacts", columns, {}, ["f"] * 8)
    assert propose(fields, EMPTY_ACCOUNT) == propose(fields, EMPTY_ACCOUNT)
    assert set(propose(fields[::-1], EMPTY_ACCOUNT)) == set(propose(fields, EMPTY_ACCOUNT))


def test_works_without_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(similarity, "_model", lambda: None)
    facts = account(custom("Partner Region", "enum"))
    similarity.resemblance.cache_clear()
    assert one("Partner Region Manager", ["West", "East"] * 4, facts).target.new
    assert one("Region of Partner", ["West", "East"] * 4, facts).target.field == "Partner Region"
    similarity.resemblance.cache_clear()


def test_campaign_fields_again_on_deals() -> None:
    rows = propose(profile("campaigns", {"name": ["Spring"], "campaign_id": ["1"]}, {}, ["f"]), EMPTY_ACCOUNT)
    deals = for_deals(rows, account(custom("Campaign Name", "varchar", "deal")))
    assert [row.target for row in deals] == [Target("deal", "Campaign Name", "varchar", False)]


def test_candidates_are_the_proposal_and_what_else_it_could_be() -> None:
    facts = account(custom("Industry", "enum"), custom("Industry Group", "enum"))
    field = value_type("Industry", ["IT", "Bau"] * 4, object="contacts")
    found = candidates(field, facts)
    assert [c.target.field for c in found][:2] == ["Industry", "Industry Group"]
    assert len(found) <= 3
    assert found[0].confidence == max(c.confidence for c in found)


def test_propose_header() -> None:
    known = propose_header("Vorname", "contacts", ["Kim"], recognise_header)
    assert (known["column"], known["target"]) == (
        "first_name", {"entity": "person", "field": "name", "type": "varchar", "new": False},
    )  # fmt: skip
    other = propose_header("Shoe size", "contacts", [], recognise_header)
    assert set(other) == {"header", "object", "column", "target", "confidence", "reason", "alternatives"}
    assert other["column"] is None
    assert other["confidence"] <= 0.8


def test_a_field_without_a_place_is_skipped_with_a_reason() -> None:
    field: SourceField = replace(value_type("X", ["a"], object="files"), known=False)
    row = proposing.propose([field], EMPTY_ACCOUNT)[0]
    assert (row.transform, row.target.entity) == ("skip", "none")
    assert "staged source" in row.reason
