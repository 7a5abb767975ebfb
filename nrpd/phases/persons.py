"""08_persons: contacts become persons, with owner, organization, suppression and the sums of their sends."""

from nrpd.phases.load_step import LoadStep
from nrpd.phases.loading import PERSONS
from nrpd.phases.opening import opener


class Persons(LoadStep):
    """Loads all contacts; the sample is not loaded twice."""

    name = "08_persons"
    main_object = "contacts"
    kinds = PERSONS


PHASE = Persons
open = opener(Persons)
