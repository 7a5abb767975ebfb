from __future__ import annotations

import pytest

from nrpd.mapping.profile import profile, value_type


@pytest.mark.parametrize(
    ("header", "values", "kind"),
    [
        ("Mail", ["a@x.example", "b@x.example"], "email"),
        ("Site", ["https://x.example", "www.y.example"], "website"),
        ("VIP", ["Yes", "no", "Yes"], "boolean"),
        ("Children", ["0", "1", "1"], "number"),
        ("Is partner", ["0", "1", "1"], "boolean"),
        ("Renewal", ["2024-01-05", "2024-02-05"], "date"),
        ("Renewal", ["2024-01-05", "2024-02-05 10:00"], "datetime"),
        ("Seen", ["2024-01-05T10:00:00Z"], "datetime"),
        ("Seen at", ["1706692800", "1706692801000", ""], "datetime"),
        ("Order number", ["1706692800", "1706692801"], "text"),
        ("Telefon", ["2025550123", "2125550199"], "phone"),
        ("Budget", ["1,234.50", "7"], "decimal"),
        ("Seats", ["5", "10"], "number"),
        ("Account Number", ["10023", "10024"], "text"),
        ("Zip", ["02138", "10001"], "text"),
        ("Code", ["007", "008"], "text"),
        ("Direct", ["+1 303 555 0100", "(303) 555-0101"], "phone"),
        ("Phone", ["3035550100", "3035550101"], "phone"),
        ("Event", ["2024-01-02", "13/14/2024"], "text"),
        ("Telefon", ["12.34.5678", "12-34-5679"], "phone"),
        ("Tier", ["Gold", "Silver"] * 5, "dropdown"),
        ("Interests", ["a;b", "b", "a;c", "c"] * 3, "multiselect"),
        ("Place", ["Denver, CO", "Austin, TX", "Boise, ID"] * 3, "dropdown"),
        ("Remark", ["likes tea", "met at fair", "call back"], "text"),
        ("Last name", ["Null", "None", "nan"], "text"),
    ],
)
def test_types(header: str, values: list[str], kind: str) -> None:
    assert value_type(header, values, object="contacts").type == kind


def test_counts_and_separators() -> None:
    columns = {"Interests": ["a|b", "b", "", " "] * 5, "Budget": ["1.234,50", "2,5"] * 10}
    interests, budget = profile("contacts", columns, {"Interests": "My Interests"}, ["f"] * 20)
    assert (interests.header, interests.count, interests.filled, interests.fill) == ("My Interests", 20, 10, 0.5)
    assert (interests.separator, set(interests.options)) == ("|", {"a", "b"})
    assert (budget.type, budget.separator) == ("decimal", ",")


def test_each_file_has_its_own_order_of_dates() -> None:
    cells = ["03/25/2021", "03/04/2021", "25/03/2021", "03/04/2021"]
    columns = {"opt_in_date": cells}
    (field,) = profile("contacts", columns, {}, ["us.csv", "us.csv", "eu.csv", "old.csv"])
    assert field.date_orders == {"us.csv": "mdy", "eu.csv": "dmy", "old.csv": "undecidable"}
    declared = {("opt_in_date", "old.csv"): "dmy"}
    (field,) = profile("contacts", columns, {}, ["us.csv", "us.csv", "eu.csv", "old.csv"], date_orders=declared)
    assert field.date_orders["old.csv"] == "dmy"


def test_a_few_misfits_show_in_the_share() -> None:
    field = value_type("Seats", [str(n) for n in range(1, 20)] + ["many"], object="contacts")
    assert (field.type, field.fits) == ("number", 0.95)


def test_zero_dates_are_not_filled() -> None:
    (field,) = profile("contacts", {"D": ["0000-00-00", "2024-01-05"]}, {}, ["f", "f"])
    assert (field.type, field.filled) == ("date", 1)


def test_known_columns_and_suppression_columns() -> None:
    email, opt_out, other = profile("contacts", {"email": [""], "unsubscribed": [""], "X": [""]}, {}, ["f"])
    assert (email.known, opt_out.known, other.known) == (True, True, False)
