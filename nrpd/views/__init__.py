"""What the notebooks show: tables, pictures and notices, and editors for the decisions that people make.

Everything here is readable without a widget and without scripts: each object carries HTML and plain text, so that
executed copies and their HTML are complete. The editors (`GateView`, `MappingView`, `OwnersView`, `SuppressionView`)
write nothing themselves: they hand a name and the answers to the callable that they were given.
"""

from __future__ import annotations

from nrpd.views.gate import Ask, GateView
from nrpd.views.html import View, stack
from nrpd.views.mapping import MappingView
from nrpd.views.pictures import bars_picture, outcomes_picture
from nrpd.views.queues import Choice, OwnersView, QueueItem, QueueView, SuppressionView
from nrpd.views.tables import notice, strip, table

__all__ = [
    "Ask",
    "Choice",
    "GateView",
    "MappingView",
    "OwnersView",
    "QueueItem",
    "QueueView",
    "SuppressionView",
    "View",
    "bars_picture",
    "notice",
    "outcomes_picture",
    "stack",
    "strip",
    "table",
]
