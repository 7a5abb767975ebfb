"""What a phase sees of the source: staged, with late opt-outs and the delta, through the map and people's decisions."""

from __future__ import annotations

import json
from functools import cached_property
from typing import ClassVar

from nrpd.errors import BadInput, GateWaiting
from nrpd.gates import PHASES
from nrpd.loader.plans.owners import OwnerBook
from nrpd.loader.source_view import Later, SourceView, Tables
from nrpd.mapping import sheet
from nrpd.mapping.propose import for_deals
from nrpd.matching.standing import without
from nrpd.matching.suppression import Ledger
from nrpd.netresults.records import SourceField
from nrpd.netresults.staged import Staged
from nrpd.netresults.staging import load_staged
from nrpd.phases import decisions
from nrpd.phases.session import Session
from nrpd.phases.source import (
    context_of,
    fields_with_delta,
    load_fields,
    profile_fields,
    stage_delta,
    tables_after_delta,
    tables_of,
    with_late_suppressions,
)
from nrpd.pipedrive.records import MappingRow

LOADS = PHASES[5:10]
"""The phases that load the base, 06_sample to 10_suppression_pass."""


class Seen:
    """The source as one phase of one customer sees it; read when it is first asked for."""

    name: ClassVar[str]

    def __init__(self, session: Session) -> None:
        self.session = session
        self.journal = session.journal
        self.gates = session.gates
        self.parameters = session.parameters
        self.workspace = session.workspace

    @cached_property
    def tables(self) -> Tables:
        """The staged source, with late opt-outs; for phases that load, with the delta once that was written."""
        if self.written_delta is not None:
            return tables_after_delta(self.parameters, self.workspace, self.written_delta)
        base = tables_of(load_staged(self.workspace.staged / "base"))
        return with_late_suppressions(self.parameters, self.workspace, base)

    @cached_property
    def fields(self) -> list[SourceField]:
        """The profile of every source field."""
        base = load_fields(self.workspace.staged / "fields.json")
        if self.written_delta is None:
            return base
        return fields_with_delta(base, profile_fields(self.written_delta[0], self.parameters.source))

    @cached_property
    def written_delta(self) -> tuple[Staged, bool] | None:
        """The delta that 11_cutover wrote, for a phase that loads and is done once more: the base alone would take
        the account back behind it."""
        done = self.journal.completed("11_cutover") if self.name in LOADS else None
        if done is None:
            return None
        delta = stage_delta(self.parameters, self.workspace)
        if ("" if delta is None else delta[0].digest) != json.loads(done.figures).get("delta", ""):
            raise GateWaiting(
                f"{self.name}: the export after the freeze has changed since 11_cutover wrote it, and nobody confirmed "
                "the new one; nothing was written.\nFirst: nrpd run PARAMETERS --only 11_cutover",
                "cutover",
            )
        return delta

    @property
    def later(self) -> Staged | None:
        """The export after the freeze, where this phase sees it."""
        return None if self.written_delta is None else self.written_delta[0]

    @cached_property
    def _exports(self) -> list[Staged]:
        """The newest first."""
        base = load_staged(self.workspace.staged / "base")
        return [base] if self.later is None else [self.later, base]

    @property
    def attachments(self) -> list[str]:
        """Names of the files in the exports that are no tables."""
        return list(dict.fromkeys(name for export in self._exports for name in export.attachments))

    def read_attachment(self, name: str) -> bytes:
        """Its bytes, as the newest export has it. Raises BadInput where no export does."""
        return next((e for e in self._exports if name in e.attachments), self._exports[-1]).read_bytes(name)

    @cached_property
    def mapping(self) -> list[MappingRow]:
        """The map: the sheet, and its campaign fields once more for deals where campaign members name deals."""
        deals = for_deals(self.sheet_rows, self.session.facts) if self.deals_are_named else ()
        return [*self.sheet_rows, *deals]

    @cached_property
    def deals_are_named(self) -> bool:
        """Whether members of campaigns name deals."""
        return any(row.get("deal_id") or row.get("deal_title") for row in self.tables.of("campaign_members"))

    @cached_property
    def sheet_rows(self) -> list[MappingRow]:
        """The mapping sheet as it lies in `decisions/mapping.yaml`. Raises BadInput where there is none."""
        path = self.workspace.decisions / "mapping.yaml"
        if not path.is_file():
            raise BadInput(f"{self.name}: there is no mapping yet; run 02_mapping first")
        return sheet.read_yaml(path)

    @property
    def view(self) -> SourceView:
        """The source seen through the map and against the account's persons and deals; kept until `refresh`."""
        if self._view is None:
            persons = Later(lambda: self.session.records("person").values())
            linked = {source_id: int(dest) for source_id, dest in self.journal.links_of("person").items()}
            context = context_of(self.parameters, self.fields, self.session.facts)
            deals = Later(lambda: self.session.records("deal").values() if self.deals_are_named else ())
            self._view = SourceView(
                self.tables,
                self.fields,
                self.mapping,
                context,
                persons=persons,
                deals=deals,
                linked=linked,
                decided=self.gates.answers("suppression"),
            )
        return self._view

    _view: SourceView | None = None

    def refresh(self, *entities: str) -> None:
        """Reads these records again when they are next needed, where that can show something new, and sees the source
        anew."""
        self.session.known.again(*entities)
        self._view = None

    @cached_property
    def ledger(self) -> Ledger:
        """Every suppressed address, less those that a person confirmed as mailable."""
        return without(self.view.ledger, decisions.suppression(self))

    @cached_property
    def owners(self) -> OwnerBook:
        """Who owns what, as decided in 03_owners."""
        return OwnerBook(decisions.owners(self), self.session.default_user.id)
