"""Which user owns a record: the decision of 03_owners, with the default never silent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from nrpd.matching.owners import NO_OWNER, OwnerDecision, owner_key


class OwnerBook:
    """Looks up the owner of a record, and remembers how often each reason was used, for the owners report."""

    def __init__(self, decisions: Sequence[OwnerDecision], default: int) -> None:
        self._by_key = {decision.key: decision for decision in decisions}
        self.default = default
        self.used: Counter[tuple[str, str]] = Counter()

    def user_of(self, object_: str, cell: str) -> int:
        """The id of the user who gets a record whose owner cell says `cell`."""
        decision = self._by_key.get(owner_key(cell))
        reason = NO_OWNER if decision is None else decision.reason or decision.how
        self.used[(object_, reason)] += 1
        return self.default if decision is None or decision.user_id is None else decision.user_id
