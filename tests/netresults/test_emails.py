"""Cells of e-mail columns: every address once, as written; what is none is named; one key for all its forms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nrpd.netresults.records import address_hash, email_key, emails_in, has_at, unreadable_emails

A, B = "a@x.example", "b@x.example"


@pytest.mark.parametrize(
    ("cell", "addresses", "unreadable"),
    [
        (A, [A], []),
        ("", [], []),
        (" \u200b", [], []),
        (f"{A}; {B}", [A, B], []),
        (f"{A},", [A], []),
        (f"“{A}”", [A], []),
        (f"{A}/", [A], []),
        (f"mailto:{A}?subject=Unsubscribe", [A], []),
        (f"{A}!", [], [f"{A}!"]),
        (f";{A};;{B},", [A, B], []),
        (f"{A} ::: {B}", [A, B], []),
        (f"{A} | {B}", [A, B], []),
        (f"{A} / {B}", [A, B], []),
        (f"{A}\n{B}", [A, B], []),
        (f"{A}\r\n{B}", [A, B], []),
        (f"{A} {B}", [A, B], []),
        (f"{A};{A.upper()}", [A], []),
        (f"Kim <{A}>", [A], []),
        (f"<{A}>", [A], []),
        (f'"Lee, Kim" <{A}>; Bo <{B}>', [A, B], []),
        (f"Lee, Kim <{A}>", [A], []),
        (f"{A} <{A}>", [A], []),
        (f"{B}, Kim <{A}>", [B, A], []),
        (f"Kim <{A}>, {B}", [A, B], []),
        (f"mailto:{A}", [A], []),
        (f"'{A}", [A], []),
        (f'"{A}"', [A], []),
        ("pat.o'neil@x.example", ["pat.o'neil@x.example"], []),
        ("pat.o&#39;neil@x.example", ["pat.o'neil@x.example"], []),
        ("kim.lee+news@corp.example", ["kim.lee+news@corp.example"], []),
        ("Kim@Corp.example", ["Kim@Corp.example"], []),
        ("\u200bkim@x.example\u00a0", ["kim@x.example"], []),
        ("kim\u200b@x.exam\u00adple", ["kim@x.example"], []),
        ("kim＠x.example", ["kim＠x.example"], []),
        ("kim@bücher.example; kim@xn--bcher-kva.example", ["kim@bücher.example"], []),
        ("kim@xn--bcher-kva.example; kim@bücher.example", ["kim@bücher.example"], []),
        ("kim@xn--bcher-kva.example", ["kim@xn--bcher-kva.example"], []),
        ("nobody", [], ["nobody"]),
        (f"{A}; nobody", [A], ["nobody"]),
        ("a@b@c.example", [], ["a@b@c.example"]),
        ("@x.example", [], ["@x.example"]),
        ("kim@", [], ["kim@"]),
        ("kim lee@x.example", [], ["kim lee@x.example"]),
        ("Kim <unknown>", [], ["unknown"]),
        ("Kim <>", [], ["Kim"]),
        ("#N/A", [], ["#N/A"]),
    ],
)
def test_addresses_of_a_cell(cell: str, addresses: list[str], unreadable: list[str]) -> None:
    assert (emails_in(cell), unreadable_emails(cell)) == (addresses, unreadable)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Kim@X.Example", "kim@x.example", True),
        ("kim@bücher.example", "kim@xn--bcher-kva.example", True),
        ("kim@BÜCHER.example", "KIM@XN--BCHER-KVA.EXAMPLE", True),
        ("m\u00fcller@x.example", "mu\u0308ller@x.example", True),
        ("kim＠x.example", "kim@x.example", True),
        ("kim@x.example.", "kim@x.example", True),
        ("kim@straße.example", "kim@strasse.example", False),
        ("kim@Straße.example", "kim@xn--strae-oqa.example", True),
        ("kim.lee@x.example", "kimlee@x.example", False),
        ("kim+a@x.example", "kim@x.example", False),
    ],
)
def test_one_key_for_all_forms_of_an_address(one: str, other: str, same: bool) -> None:
    assert email_key(one) != ""
    assert (email_key(one) == email_key(other)) is same
    assert (address_hash(one) == address_hash(other)) is same


@given(st.lists(st.from_regex(r"[a-z][a-z0-9.+'-]{0,8}[a-z]@[a-z]{1,8}\.example", fullmatch=True), max_size=5))
def test_every_address_of_a_list_is_found_once_and_in_order(addresses: list[str]) -> None:
    for mark in ("; ", ", ", " | ", " ::: ", "\n", " "):
        assert emails_in(mark.join(addresses)) == list(dict.fromkeys(addresses))
        assert unreadable_emails(mark.join(addresses)) == []


@given(st.text(max_size=40))
def test_whatever_a_cell_holds_its_parts_are_addresses_or_named(cell: str) -> None:
    found = emails_in(cell)
    assert all(email_key(address) for address in found)
    assert len({email_key(address) for address in found}) == len(found)
    assert not found or has_at(cell) or "&" in cell
    assert not any(email_key(part) for part in unreadable_emails(cell))


@given(st.from_regex(r"[A-Za-z0-9._%+-]{1,9}@[A-Za-z0-9.-]{0,9}[A-Za-z0-9]", fullmatch=True))
def test_the_short_way_for_plain_addresses_gives_what_the_long_one_gives(address: str) -> None:
    around = f" {address} "  # takes the long way
    assert emails_in(address) == emails_in(around)
    assert email_key(address) == email_key(around)
    assert unreadable_emails(address) == unreadable_emails(around)
