"""What one contact, attribute, participation or event of an API says."""

from __future__ import annotations

from typing import Any

import pytest

from nrpd.errors import BadInput
from nrpd.netresults.apirows import id_text, identity, is_mail_event, is_member, named_values, split_contact


@pytest.mark.parametrize(
    ("row", "core"),
    [
        ({"contact_id": 7, "contact_lead_score": "12"}, {"contact_id": "7", "contact_lead_score": "12"}),
        ({"contact_title": None, "x": True, "n": "7.50"}, {"contact_title": "", "x": "true", "n": "7.50"}),
        ({"Company": {"company_id": 3, "company_name": "Acme"}}, {"company_id": "3", "company_name": "Acme"}),
        ({"account": {"id": "3", "name": "-"}}, {"company_id": "3", "company_name": "-"}),
        ({"company": "Acme", "account": None}, {"company": "Acme"}),
        ({"City": {"city_id": 1, "city": "Köln"}, "State": {"name": "NRW"}}, {"city": "Köln", "state": "NRW"}),
        ({"City": None, "country_id": 5, "state_id": "6", "Country": "DE"}, {"city": "", "country": "DE"}),
        ({"owner": {"email": "a@x.example", "id": 1}}, {"owner.email": "a@x.example", "owner.id": "1"}),
        ({"tags": ["a", "b"]}, {"tags": "a; b"}),
    ],
)
def test_a_contacts_own_columns(row: dict[str, Any], core: dict[str, str]) -> None:
    assert split_contact(row).core == core


def test_what_is_nested_in_a_contact() -> None:
    parts = split_contact(
        {
            "custom_attributes": [{"custom_attribute": "Size", "value": ["S", "M"]}],
            "email_lists": [{"email_list_id": 1, "email_list_name": "News"}, {"email_list_id": 2}, 3],
            "account": {"id": 5, "name": "Acme", "website": "acme.example", "telephone_number": "1", "X Handle": "@a"},
        },
        {"2": "Events", "3": "Fairs"},
    )
    assert parts.custom == {"Size": "S; M"}
    assert parts.lists == ["News", "Events", "Fairs"]
    assert parts.company == {
        "company_id": "5", "name": "Acme", "domain": "acme.example", "phone": "1", "X Handle": "@a",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"Size": "M", "Count": 3, "None": None}, {"Size": "M", "Count": "3", "None": ""}),
        ([{"name": "Size", "type": "TEXT", "value": None}], {"Size": ""}),
        ([{"custom_attribute_id": "9", "custom_attribute_value": "M"}], {"Shirt": "M"}),
        ([{"custom_attribute_id": 9.0, "custom_field_name": "Own", "custom_field_value": 1}], {"Own": "1"}),
        ([], {}),
    ],
)
def test_custom_attributes_in_several_forms(value: Any, found: dict[str, str]) -> None:
    assert named_values(value, {"9": "Shirt"}) == found


@pytest.mark.parametrize(
    "value", [["M"], [{"name": "Size"}], [{"value": "M"}], [{"name": "a", "x_value": 1, "y_value": 2}]]
)
def test_custom_attributes_in_an_unknown_form_are_refused(value: Any) -> None:
    with pytest.raises(BadInput, match="in a form that is not known"):
        named_values(value)


@pytest.mark.parametrize(
    ("result", "member"),
    [
        (True, True), (False, False), (None, False), ("", False), (1, True), ("0", False), ("Yes", True), ([], False),
        ({}, False), ([{"email_list_id": 3}], True), ({"email_list_id": 3, "contact_id": 1}, True),
        ({"email_list_id": 3, "subscribed": False}, False), ({"is_member": "1"}, True), ("unsubscribed", False),
    ],
)  # fmt: skip
def test_participation(result: Any, member: bool) -> None:
    assert is_member(result) is member


def test_a_participation_that_is_not_known_is_refused() -> None:
    with pytest.raises(BadInput, match="'perhaps'"):
        is_member("Perhaps")


@pytest.mark.parametrize(
    ("word", "mail"),
    [
        ("Email Sent", True), ("Opened", True), ("clicked", True), ("Bounced", True), ("", True), ("Delivered", True),
        ("Email link on landing page clicked", True), ("Unsubscribed by form", True), ("Spam complaint", True),
        ("Page View", False), ("Visited website", False), ("Form Submitted", False), ("Lead score changed", False),
        ("Added to list", False), ("File download", False),
    ],
)  # fmt: skip
def test_events_of_mail(word: str, mail: bool) -> None:
    assert is_mail_event(word) is mail


@pytest.mark.parametrize(
    ("value", "text"),
    [(7, "7"), ("7", "7"), (" 7.0 ", "7"), ("7.5", "7.5"), ("A.0", "A.0"), (None, ""), ({}, "")],
)
def test_ids_of_every_scalar_type(value: Any, text: str) -> None:
    assert id_text(value) == text


def test_rows_without_an_id_are_told_apart_by_their_content() -> None:
    names = ("contact_id",)
    assert identity({"contact_id": 7, "a": 1}, names) == identity({"Contact ID": "7.0"}, names) == "id:7"
    assert identity({"a": 1}, names) != identity({"a": 2}, names)
    assert identity({"a": 1, "b": 2}, names) == identity({"b": 2, "a": 1, }, names)  # fmt: skip
    assert identity(7, names) == identity("7", names)
