"""07_organizations: companies become organizations, with the fields of their campaigns and their parents."""

from __future__ import annotations

from typing import Any

from nrpd import views
from nrpd.phases.loading import Loads
from nrpd.phases.step import Step, open_step


class Organizations(Step):
    """Loads all companies; the sample is not loaded twice."""

    name = "07_organizations"
    main_object = "companies"

    def run_all(self) -> Any:
        self.plan()
        self.load_all()
        self.kept_out()
        return self.finish()

    def plan(self) -> views.View:
        """What would be written, counted before the first write."""
        return views.table([Loads(self).counts("companies")], "The plan")

    def load_all(self) -> views.View:
        """Writes the plan, reads everything back and compares."""
        loads = Loads(self)
        loads.organizations()
        loads.relationships()
        loads.deals()
        loads.campaigns()
        return self.compared()


PHASE = Organizations


def open(parameters: str = "", run_folder: str = "", read_only: bool = False) -> Organizations:
    """Opens this phase for a notebook."""
    return open_step(Organizations, parameters, run_folder, read_only)
