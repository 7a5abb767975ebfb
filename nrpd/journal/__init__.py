"""The write-ahead journal: the durable record of every write to Pipedrive, made before and after it.

store.py   the file: one writer thread, group commits
memory.py  phases, gates' subjects, notes, the manifest chain
turn.py    what becomes of writes, in one transaction
writes.py  writes and their states, links, what nrpd remembers of records, outcomes of source rows
unknown.py writes that got no answer, and how each was resolved
histories.py  all writes of a record
tables.py  the tables
"""

from nrpd.journal.entries import Ended, Entry, Remembered, RowOutcome, canonical, digest, entry_of
from nrpd.journal.histories import histories, states_of
from nrpd.journal.turn import WRITTEN
from nrpd.journal.unknown import NOT_YET, UnknownOutcome, note_resolution, unknown_outcomes
from nrpd.journal.writes import Journal

__all__ = [
    "NOT_YET", "WRITTEN", "Ended", "Entry", "Journal", "Remembered", "RowOutcome", "UnknownOutcome", "canonical",
    "digest", "entry_of", "histories", "note_resolution", "states_of", "unknown_outcomes",
]  # fmt: skip
