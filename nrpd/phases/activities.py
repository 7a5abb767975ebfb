"""09_activities: sends become activities; notes, files and other activities follow."""

from __future__ import annotations

from typing import Any

from nrpd import views
from nrpd.phases.loading import Loads
from nrpd.phases.step import Step, open_step


class Activities(Step):
    """Loads sends, memberships, activities, notes and files."""

    name = "09_activities"
    main_object = "email_sends"

    def run_all(self) -> Any:
        self.plan()
        self.load_all()
        self.kept_out()
        return self.finish()

    def plan(self) -> views.View:
        """What would be written, counted before the first write."""
        return views.table([Loads(self).counts("email_sends")], "The plan")

    def load_all(self) -> views.View:
        """Writes the plan, reads everything back and compares."""
        loads = Loads(self)
        loads.sends()
        loads.memberships()
        loads.other_activities()
        loads.notes()
        loads.files()
        return self.compared()


PHASE = Activities


def open(parameters: str = "", run_folder: str = "", read_only: bool = False) -> Activities:
    """Opens this phase for a notebook."""
    return open_step(Activities, parameters, run_folder, read_only)
