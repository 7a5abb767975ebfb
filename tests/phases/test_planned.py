"""What of a load's plan no rollback takes back."""

from __future__ import annotations

from nrpd.journal import Entry
from nrpd.phases.loading.planned import stays


def _person(**fields: str) -> Entry:
    return Entry("08_persons", "person", "1", "create", "POST", "/api/v2/persons", fields=fields)


def test_the_marketing_status_of_new_persons_is_said_to_stay() -> None:
    said = stays([_person(marketing_status="unsubscribed")] * 2 + [_person(marketing_status="subscribed"), _person()])
    assert "Cannot be undone" in said
    assert "(1 subscribed, 2 unsubscribed)" in said
    assert stays([_person(name="Ann")]) == ""
