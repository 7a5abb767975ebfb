"""What all phases share: opening the customer, the source seen through the map, counting, and the record of completion.

A notebook opens its phase (`opening.py`), then calls its methods, then `finish`. In the demo, phases that were not run
yet are run first, so that any notebook can be opened on its own.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from IPython import get_ipython

from nrpd import evidence, views
from nrpd.errors import Differs, GateWaiting
from nrpd.gates import GATE_AFTER, PHASES, WRITES_ITSELF
from nrpd.journal import Entry
from nrpd.loader import Finder, LoadResult, recover
from nrpd.loader.plans.records import Plan, Wanted
from nrpd.loader.recovery import until_settled
from nrpd.mapping.transforms import TRANSFORMS
from nrpd.phases import decisions, figures, growing, preflight
from nrpd.phases.growing import grow
from nrpd.phases.inputs import inputs_of
from nrpd.phases.progress import ProgressLine
from nrpd.phases.schema_now import KINDS
from nrpd.phases.seen import Seen
from nrpd.phases.session import Session, canonical_record
from nrpd.phases.told import Told, nothing
from nrpd.pipedrive.schema import Schema
from nrpd.reconcile import Reconciliation, reconcile
from nrpd.workspace import now


class Step(Seen):
    """One phase of one customer. Methods are the notebook's cells; `run_all` calls them in order."""

    name: ClassVar[str]
    main_object: ClassVar[str] = ""
    """The object that the phase's own requests are counted on."""
    recalls: ClassVar[Collection[str]] = ()
    """Entities that this phase does not write to, and may know from an earlier phase's reading."""
    settings_anew: ClassVar[Collection[str]] = ()
    """Parts of the account's settings that this phase begins by reading, whatever an earlier phase read."""
    catching_up = False
    """Run by the notebook of a later phase (see `catalogue.catch_up`)."""

    def __init__(self, session: Session, run_folder: Path, mode: str, *, record: bool = True) -> None:
        """`record=False`: only looks; nothing of this is a run of the phase."""
        super().__init__(session)
        self.run_folder = run_folder
        self.mode = mode
        self.counts = record and not session.read_only
        """Whether this is a run of the phase, which may restate what the phase found."""
        self.progress = ProgressLine(self.workspace.progress_path, self.name, self._tokens_spent)
        self.reconciliations: list[Reconciliation] = []
        session.known.may_recall = self.recalls
        session.settings.outdate(self.settings_anew)
        self._started = time.monotonic()
        self._spent: dict[str, Counter[str]] = defaultdict(Counter)
        # A repetition that only looks is no part of what the phase costs.
        session.work_on(self.name if self.counts else f"{self.name}, read only")
        self._tokens_before = session.client.usage.tokens
        if self.counts and mode == "hand":
            self._demand_nobody_else()
        if record:
            self.journal.phase_event(self.name, "started", mode)
        if self.counts:
            self.journal.clear_outcomes(self.name)

    def _demand_nobody_else(self) -> None:
        """Raises Locked while `nrpd run` or another command is at work on this customer: what it has in flight looks
        like what a killed run left."""
        with self.workspace.customer_lock():
            pass

    def _tokens_spent(self) -> int:
        """By this phase so far."""
        return max(0, self.session.client.usage.tokens - self._tokens_before)

    # What a notebook shows first

    def __repr__(self) -> str:
        return self.standing().text

    def _repr_html_(self) -> str:
        return self.standing()._repr_html_()

    def standing(self) -> views.View:
        """Where the customer stands: the strip of phases with their counts, and gates."""
        phases, gates = figures.strip_of(self.session)
        running = {"status": "running", "note": ""}
        shown = [vars(p) | (running if p.phase == self.name else {"note": p.note or p.counts}) for p in phases]
        return views.strip(shown, map(vars, gates))

    def run_all(self) -> Any:
        """All cells of the notebook, in order."""
        raise NotImplementedError  # pragma: no cover - each phase has its own

    # Where it writes reports and documents

    @property
    def reports(self) -> Path:
        """Where this run's reports go."""
        return self._folder("reports")

    @property
    def deliverables(self) -> Path:
        """Where this run's documents for the customer go."""
        return self._folder("deliverables")

    def _folder(self, name: str) -> Path:
        folder = self.run_folder / name
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder

    # Writing

    def recover(self, entity: str, records: Callable[[], Iterable[Mapping[str, Any]]], finder: Finder) -> None:
        """Settles what an earlier attempt sent and did not confirm."""
        open_writes = self.journal.open_writes(entity)
        if open_writes and not self.session.read_only:
            # Only who holds the lock can know that nobody is about to hear of them.
            held = self.session.guard.hold()
            time.sleep(until_settled(open_writes, now(), held))
            # Whatever this phase has read of it may be older than what has arrived meanwhile.
            self.session.forget(entity)
            if entity in KINDS:
                self.session.settings.outdate()
            recover(self.journal, entity, records(), finder)

    def load(
        self, entries: Callable[[], Sequence[Entry]], entity: str, records: Callable[[], Iterable[Mapping[str, Any]]],
        finder: Finder, what: str, *, attachment: Callable[[str], bytes] | None = None,
    ) -> LoadResult:  # fmt: skip
        """Recovers, plans, writes; and again for what has no known outcome, until each has one."""
        for phase in self.journal.planned() if not self.session.read_only else ():
            # Who holds the lock knows that nobody is about to send them.
            self.session.guard.hold()
            self.journal.drop_planned(phase)
        self.recover(entity, records, finder)
        result = LoadResult()
        for _ in range(UNKNOWN_ROUNDS):
            loader = self.session.loader(self.progress, None if attachment is None else {"read": attachment})
            todo = entries()
            try:
                made = loader.run(todo, what)
            finally:
                self.session.wrote(todo)
            result.done += made.done
            result.refused += made.refused
            if not self.journal.open_writes(entity):
                return result
            self.recover(entity, records, finder)
        raise Differs(
            f"{self.name}: after {UNKNOWN_ROUNDS} rounds some {what} still have no known outcome; run it again"
        )

    def apply_plan(self, plan: Plan) -> None:
        """Records what a plan settles without a request."""
        if not self.session.read_only:
            plan.apply_settled(self.journal)

    def source_wins(self, entity: str) -> Told:
        """In which fields of an entity what people changed since gives way to the source."""
        return nothing

    # Counting

    @property
    def schema_to_be(self) -> Schema:
        """The account's fields as they will be when the plan that is counted now is written."""
        return self.session.schema

    @contextmanager
    def counting(self, object_: str) -> Iterator[None]:
        """Counts the requests made inside on this object."""
        self._count(self.main_object)
        yield
        self._count(object_)

    def _count(self, object_: str) -> None:
        now = self.session.client.usage.snapshot()
        spent = now - self.session.counted
        self._spent[object_].update(tokens=spent.tokens, requests=spent.requests, rate_limited=spent.rate_limited)
        self.session.counted = now

    # The end

    def compare(
        self, object_: str, wanted: Sequence[Wanted], entity: str, *, fields: Sequence[str] = ()
    ) -> Reconciliation:
        """Compares every value of these records with what the account holds after the last write."""
        present = self.session.known.see(entity, {item.dest_id for item in wanted} - {""})
        found = reconcile(
            object_, wanted, present, self.journal.records_of(entity), fields=fields,
            decode=lambda raw: canonical_record(self.session.schema, entity, raw),
            taken_away=frozenset((self.journal.noted(TAKEN_AWAY) or {}).get(entity, ())),
        )  # fmt: skip
        found.unsupported = {
            row.source: row.reason for row in self.mapping
            if row.object == object_ and TRANSFORMS[row.transform].kind == "skip"
        }  # fmt: skip
        self.reconciliations.append(found)
        return found

    def compared(self) -> views.View:
        """What was compared so far, per object; what had nothing to compare is left out."""
        rows = [
            {"object": r.object, "records": r.records, "values compared": r.compared, "different": r.different,
             "missing": len(r.missing)}
            for r in self.reconciliations if r.records or r.missing
        ]  # fmt: skip
        return views.table(rows, "Read back and compared field by field")

    def kept_out(self) -> views.View:
        """Rows of this phase that did not become a record of their own, by reason, with an example."""
        return figures.kept_out(self.journal, self.name)

    def finish(self, extra: Mapping[str, Any] | None = None) -> views.View:
        """Records the phase's figures in the journal and as scraps. Raises Differs where it is not green."""
        # Nothing is written from here on; a notebook left open must not keep others from writing.
        self.session.release()
        self._count(self.main_object)
        made = figures.of_phase(self.journal, self.name, self._spent, self.reconciliations)
        red = [r for r in self.reconciliations if not r.green]
        rows = preflight.with_counts(self.journal, (row for r in self.reconciliations for row in r.rows()))
        grow(self.journal, self.reports, "reconciliation", self.name, "fields", rows, read_only=not self.counts)
        growing.write(self.journal, self.reports, "conflicts")
        without_answer = [u for u in figures.write_unknown_outcomes(self.journal, self.reports) if u.phase == self.name]
        figures.write_quarantine(self.journal, self.reports)
        self._glue("figures", {"phase": self.name, "objects": made})
        self.progress.end()
        if red:
            message = figures.red_message(self.name, red)
            self.journal.phase_event(self.name, "failed", self.mode, made, message)
            raise Differs(message)
        self._demand_own_gate()
        seconds = round(time.monotonic() - self._started, 1)
        kept = {"objects": made, "seconds": seconds, **(extra or {})}
        self.journal.phase_event(self.name, "complete", self.mode, kept, inputs=self.inputs_digest())
        self._glue("phase_complete", {"phase": self.name, "run": self.run_folder.name, "mode": self.mode})
        return views.stack(
            views.outcomes_picture(made, numbers=figures.table_of(made)) if made else None,
            figures.unknown_view(without_answer),
            views.notice("next", self.what_next()),
        )

    def _glue(self, name: str, data: Mapping[str, Any]) -> None:
        """Scraps belong to the phase of a notebook, not to one that it catches up with; a script has the journal."""
        if get_ipython() is not None and not self.catching_up:
            evidence.glue(name, data)

    def _demand_own_gate(self) -> None:
        for gate in WRITES_ITSELF:
            if GATE_AFTER[gate] == self.name:
                self.gates.require_gate(gate)

    def inputs_digest(self) -> str:
        """The digest of the input that this phase worked on."""
        return inputs_of(self.session, self.name)

    def what_next(self) -> str:
        """What to do now, in words."""
        waiting = next((g for g, after in GATE_AFTER.items() if after == self.name), None)
        if waiting and self.gates.status(waiting).status != "confirmed":
            return f"Decide at the gate {waiting} (above, or: nrpd confirm PARAMETERS {waiting} --by NAME)."
        if self.name not in PHASES:
            return "The rollback is complete."
        position = PHASES.index(self.name)
        return f"{PHASES[position + 1]}." if position + 1 < len(PHASES) else "The runbook is complete."

    def gate_view(self, gate: str, question: str, summary: Any = None) -> views.GateView:
        """The editor of a gate; under papermill its static form."""
        return decisions.gate_view(self, gate, question, summary)

    def require_before(self) -> None:
        """Raises GateWaiting unless the earlier phases are complete and their gates confirmed."""
        position = PHASES.index(self.name) if self.name in PHASES else 0
        for earlier in PHASES[:position]:
            if self.journal.completed(earlier) is None:
                raise GateWaiting(f"{self.name}: {earlier} is not complete yet; nothing was written. Run it first.")
        for gate in self.gates.before(self.name):
            if gate not in WRITES_ITSELF or GATE_AFTER[gate] != self.name:
                self.gates.require_gate(gate)


TAKEN_AWAY = "taken away by people"
"""Key of a note: entity → ids of records that were loaded and are not in the account any more, as was confirmed with
the cutover."""
UNKNOWN_ROUNDS = 12
"""How often writes of unknown outcome are looked up and sent again before a phase gives up."""
