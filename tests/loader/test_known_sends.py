"""A send is one activity, whatever a later export changes of what it is known by."""

from __future__ import annotations

import pytest

from nrpd.loader.plans.known_sends import KnownSends

CASES = [
    # shown, linked, all that the source gives now, persons now, send and person → identity
    ("as it was", ["s1@7"], ["s1@7"], ["7"], ("s1", 7), "s1@7"),
    ("new", ["s1@7"], ["s1@7", "s2@7"], ["7"], ("s2", 7), "s2@7"),
    ("two contacts became one person", ["s1@7", "s2@8"], ["s1@7", "s2@7"], ["7"], ("s2", 7), "s2@8"),
    ("another person has it too", ["s1@8"], ["s1@8", "s1@7"], ["7", "8"], ("s1", 7), "s1@7"),
    ("a person that is still there keeps it", ["s1@8"], ["s1@7"], ["7", "8"], ("s1", 7), "s1@7"),
    ("a second contact came to the id", ["s1@7"], ["s1/c1@7", "s1/c2@8"], ["7", "8"], ("s1/c1", 7), "s1@7"),
    ("that second contact is new", ["s1@7"], ["s1/c1@7", "s1/c2@8"], ["7", "8"], ("s1/c2", 8), "s1/c2@8"),
    ("one of two contacts is gone", ["s1/c1@7", "s1/c2@8"], ["s1@7"], ["7", "8"], ("s1", 7), "s1/c1@7"),
    ("ids with slashes stay apart", ["a/1@7"], ["a/1@7", "a/2@7"], ["7"], ("a/2", 7), "a/2@7"),
    ("also where one is gone", ["a/1@7"], ["a/2@7"], ["7"], ("a/2", 7), "a/2@7"),
]


@pytest.mark.parametrize(("shown", "linked", "now", "persons", "send", "identity"), CASES, ids=[c[0] for c in CASES])
def test_a_send_keeps_its_identity(
    shown: str, linked: list[str], now: list[str], persons: list[str], send: tuple[str, int], identity: str
) -> None:
    known = KnownSends({one: str(n) for n, one in enumerate(linked)}, now, persons)
    assert known.identity(*send) == identity
