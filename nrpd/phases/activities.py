"""09_activities: sends become activities; notes, files and other activities follow."""

from nrpd.phases.load_step import LoadStep
from nrpd.phases.loading import ACTIVITIES
from nrpd.phases.opening import opener


class Activities(LoadStep):
    """Loads sends, memberships, activities, notes and files."""

    name = "09_activities"
    main_object = "email_sends"
    recalls = ("person",)
    kinds = ACTIVITIES


PHASE = Activities
open = opener(Activities)
