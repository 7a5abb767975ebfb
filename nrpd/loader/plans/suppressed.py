"""Suppressed addresses that neither a contact nor the account has, as persons of their own.

Only where `policies.suppressed_without_contact` is `create_person`: so that nobody who enters such an address later
mails it unawares. Named by the address, with nothing but the opt-out on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from nrpd.loader.plans.records import Wanted
from nrpd.matching.standing import FLAG, NO_PERSON, Decision, marketing_status, values_of
from nrpd.matching.suppression import Ledger
from nrpd.pipedrive.records import MAX_LENGTH


def wanted_for_addresses(
    decisions: Iterable[Decision],
    ledger: Ledger,
    linked: Mapping[str, str],
    owner_id: int,
    *,
    visible_to: int,
    campaigns_addon: bool,
) -> list[Wanted]:
    """A person for each address, to be made or made before (`linked`: address key → its person). One that people have
    deleted since, or whose address they gave to another person, is not made again."""
    wanted = []
    for decision in decisions:
        known_as = linked.get(decision.key, "")
        open_still = not known_as and decision.outcome == NO_PERSON
        made = is_of_address(decision, linked) and int(known_as) in decision.person_ids
        if not decision.address or not (open_still or made):
            continue
        suppression = values_of(ledger.of([decision.key]))
        values: dict[str, Any] = {
            "name": decision.address[: MAX_LENGTH["name"]],
            "emails": ({"value": decision.address, "label": "work", "primary": True},),
            "owner_id": owner_id,
            **suppression,
        }
        create_only: dict[str, Any] = {"visible_to": visible_to}
        if campaigns_addon and (status := marketing_status(suppression)):
            create_only["marketing_status"] = status
        wanted.append(
            Wanted(
                "person", decision.key, values, source_ids=(decision.key,), dest_id=known_as, linked=made,
                create_only=create_only,
            )
        )  # fmt: skip
    return wanted


def is_of_address(decision: Decision, linked: Mapping[str, str]) -> bool:
    """Whether the address's person was made for the suppression alone."""
    return decision.outcome == FLAG and not decision.people and decision.key in linked
