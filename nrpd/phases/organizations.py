"""07_organizations: companies become organizations, with the fields of their campaigns and their parents."""

from nrpd.phases.load_step import LoadStep
from nrpd.phases.loading import ORGANIZATIONS
from nrpd.phases.opening import opener


class Organizations(LoadStep):
    """Loads all companies; the sample is not loaded twice."""

    name = "07_organizations"
    main_object = "companies"
    recalls = ("person",)
    kinds = ORGANIZATIONS


PHASE = Organizations
open = opener(Organizations)
