"""08_persons: contacts become persons, with owner, organization, suppression and the sums of their sends."""

from __future__ import annotations

from typing import Any

from nrpd import views
from nrpd.phases.loading import Loads
from nrpd.phases.step import Step, open_step


class Persons(Step):
    """Loads all contacts; the sample is not loaded twice."""

    name = "08_persons"
    main_object = "contacts"

    def run_all(self) -> Any:
        self.plan()
        self.load_all()
        self.kept_out()
        return self.finish()

    def plan(self) -> views.View:
        """What would be written, counted before the first write."""
        return views.table([Loads(self).counts("contacts")], "The plan")

    def load_all(self) -> views.View:
        """Writes the plan, reads everything back and compares."""
        loads = Loads(self)
        loads.persons()
        return self.compared()


PHASE = Persons


def open(parameters: str = "", run_folder: str = "", read_only: bool = False) -> Persons:
    """Opens this phase for a notebook."""
    return open_step(Persons, parameters, run_folder, read_only)
