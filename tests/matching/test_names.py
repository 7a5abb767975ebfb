from __future__ import annotations

import pytest

from nrpd.matching.names import domain_key, is_free_mail, split_name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Acme Inc.", ("acme", "inc")),
        ("ACME, Inc", ("acme", "inc")),
        ("acme  incorporated", ("acme", "inc")),
        ("Acme", ("acme", "")),
        ("Acme GmbH", ("acme", "gmbh")),
        ("Acme G.m.b.H.", ("acme", "gmbh")),
        ("Acme GmbH & Co. KG", ("acme", "gmbh & co kg")),
        ("Acme Co., Ltd.", ("acme", "co ltd")),
        ("Acme S.A.", ("acme", "sa")),
        ("The Solutions Co", ("the solutions", "co")),
        ("Enterprise Solutions", ("enterprise solutions", "")),
        ("Inc Magazine", ("inc magazine", "")),
        ("Limited", ("limited", "")),
        ("Smith & Co.", ("smith", "co")),
        ("AT&amp;T", ("at & t", "")),
        ("AT&T Inc", ("at & t", "inc")),
        ("O&#39;Brien Ltd", ("obrien", "ltd")),
        ("Müller AG", ("müller", "ag")),
        ("Acme\u200b Inc", ("acme", "inc")),
        ("!!!", ("!!!", "")),
        ("", ("", "")),
    ],
)
def test_split_name(name: str, expected: tuple[str, str]) -> None:
    assert split_name(name) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://www.Acme.example/about?x=1", "acme.example"),
        ("kim@acme.example", "acme.example"),
        ("acme.example:8080", "acme.example"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("acme", ""),
        ("", ""),
    ],
)
def test_domain_key(text: str, expected: str) -> None:
    assert domain_key(text) == expected


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("gmail.com", True),
        ("mail.gmail.com", True),
        ("yahoo.co.uk", True),
        ("freemail.example", True),
        ("acme.example", False),
        ("gmail.acme.example", False),
        ("", False),
    ],
)
def test_free_mail(domain: str, expected: bool) -> None:
    assert is_free_mail(domain) is expected
