"""The phases that load all of one kind: the plan counted first, then written, read back and compared."""

from __future__ import annotations

from typing import Any, ClassVar

from nrpd import views
from nrpd.phases.loading import Loads
from nrpd.phases.step import Step


class LoadStep(Step):
    """Loads what `kinds` names, in that order; the sample is not loaded twice."""

    kinds: ClassVar[tuple[str, ...]]
    """Methods of `Loads`."""

    def run_all(self) -> Any:
        self.plan()
        self.load_all()
        self.kept_out()
        return self.finish()

    def plan(self) -> views.View:
        """What would be written and why, counted before the first write, with its tokens and time."""
        return Loads(self).plan_of(self.kinds)

    def load_all(self) -> views.View:
        """Writes the plan, reads everything back and compares."""
        loads = Loads(self)
        for kind in self.kinds:
            getattr(loads, kind)()
        return self.compared()
