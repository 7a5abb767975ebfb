"""What nrpd wrote to a record in each of its writes, beside what stood there before."""

from __future__ import annotations

import json
from collections import defaultdict
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
