"""The key under which addresses are compared."""

from __future__ import annotations

import string

import idna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nrpd.netresults.records import email_key

ASCII = st.text(alphabet=string.ascii_lowercase + string.digits + ".-", min_size=1, max_size=70)
ENCODED = st.text(alphabet="abcö-", min_size=1).map(lambda text: f"xn--{text.encode('punycode').decode()}")


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("Kim@ACME.example", "kim@acme.example"),
        ("kim@bücher.example", "kim@xn--bcher-kva.example"),
        ("kim@xn--bcher-kva.example", "kim@xn--bcher-kva.example"),
        ("kim@acme.example.", "kim@acme.example"),
        (" kim\u200b@acme.example ", "kim@acme.example"),
        ("kim.lee+news@acme.example", "kim.lee+news@acme.example"),
        ("kim@", ""),
        ("@acme.example", ""),
        ("kim lee@acme.example", ""),
    ],
)
def test_a_key_folds_case_form_and_idn_and_nothing_else(address: str, key: str) -> None:
    assert email_key(address) == key


@given(ASCII | ENCODED)
def test_a_domain_is_folded_as_idna_does_or_left_alone(domain: str) -> None:
    stem = domain.rstrip(".")
    try:
        folded = idna.encode(stem, uts46=True).decode()
    except idna.IDNAError:
        folded = stem
    assert email_key(f"kim@{domain}") == (f"kim@{folded}" if stem else "")
