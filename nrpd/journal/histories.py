"""What nrpd wrote to a record in each of its writes, beside what stood there before; what became of a run's writes."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from nrpd.journal.tables import writes
from nrpd.journal.writes import Journal

Write = tuple[dict[str, Any], dict[str, Any]]


def histories(journal: Journal, entity: str, *, several: bool = False) -> Mapping[str, list[Write]]:
    """Record id → its confirmed writes, oldest first, as (values before, values written); deletes are none.

    `several`: only of records with more than one, which are few."""
    mine = (writes.c.entity == entity) & (writes.c.state == "done") & writes.c.verb.in_(("create", "adopt", "update"))
    query = sa.select(writes.c.dest_id, writes.c.before, writes.c.fields).where(mine).order_by(writes.c.id)
    if several:
        often = sa.select(writes.c.dest_id).where(mine).group_by(writes.c.dest_id).having(sa.func.count() > 1)
        query = query.where(writes.c.dest_id.in_(often))
    found = defaultdict[str, list[Write]](list)
    for row in journal.read(query):
        found[row.dest_id].append((json.loads(row.before or "{}") or {}, json.loads(row.fields)))
    return found


def states_of(journal: Journal, run: str, phase: str, never_left: str) -> Counter[str]:
    """State → how many writes of a phase are in it, of those that a run planned. `never_left`: what the reason of a
    refusal begins with where it was nrpd that did not send; those count as `not sent`."""
    mine = (writes.c.run == run) & (writes.c.phase == phase)
    held = (writes.c.state == "refused") & writes.c.error.startswith(never_left, autoescape=True)
    state = sa.case((held, "not sent"), else_=writes.c.state).label("state")
    return Counter(
        {
            row.state: row.n
            for row in journal.read(sa.select(state, sa.func.count().label("n")).where(mine).group_by(state))
        }
    )
