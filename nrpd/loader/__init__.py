"""plan → journal → write → confirm; exactly once."""

from nrpd.loader.changes import Change, changes
from nrpd.loader.engine import Loader, LoadResult
from nrpd.loader.guard import Guard
from nrpd.loader.recovery import Finder, recover

__all__ = ["Change", "Finder", "Guard", "LoadResult", "Loader", "changes", "recover"]
