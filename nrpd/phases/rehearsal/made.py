"""The rehearsal on disk: a customer of its own beside the copied account, with what the customer has decided so far."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import yaml

from nrpd.gates import GATE_AFTER, PHASES, Gates
from nrpd.journal import Journal
from nrpd.matching.owners import PROVISION
from nrpd.parameters import load
from nrpd.phases import decisions, preflight
from nrpd.phases.rehearsal.copying import Copying, Cost
from nrpd.phases.source import share_reading
from nrpd.pipedrive.ledger import LedgerState
from nrpd.sandbox import Sandbox
from nrpd.workspace import Workspace, write_atomically

FOLDER = "rehearsal"
DAY = 86_400
LEDGER = "tokens.sqlite"


@dataclass(frozen=True)
class Copied:
    """What was copied, and what the account said of itself."""

    cost: Cost
    tokens: int
    """What the copy cost, the look at its size included."""
    records: Mapping[str, int]
    """Last part of the path of a list → its items."""
    complete: bool
    """Whether the token's user certainly sees every record."""
    awaited: tuple[str, ...]
    """Addresses of users that the live run waits for; in the rehearsal they are there."""
    today: LedgerState
    """The account's tokens of the day, after the copy."""


class Rehearsal:
    """One rehearsal: its parameters, its workspace, and the days that it has taken."""

    def __init__(self, folder: Path, copied: Copied) -> None:
        self.folder = folder
        self.copied = copied
        self.parameters = folder / "parameters.yaml"
        self.workspace = Workspace(load(self.parameters))
        self.days = 1
        self._stood: tuple[object, ...] = ()
        wanted = self.workspace.parameters.destination
        self.box = Sandbox(
            self.workspace.sandbox_path, plan=wanted.plan, seats=wanted.seats, fixture=folder / "account.json"
        )
        """The copied account; it is served by who runs the rehearsal."""
        today = copied.today
        self._before = today.spent if today.remaining is None else max(0, today.limit - today.remaining)
        self.box.spend(self._before)

    @property
    def tokens(self) -> int:
        """What was spent in the sandbox."""
        return self.box.tokens_in_all() - self._before

    def next_day(self) -> bool:
        """After a spent budget: moves the clock to the next day of tokens. False where a whole day got nowhere."""
        with Journal(self.workspace.journal_path) as journal:
            stands = (journal.written_count(), *(phase for phase in PHASES if journal.completed(phase) is not None))
        if stands == self._stood:
            return False
        self._stood = stands
        self.box.advance(DAY)
        self.days += 1
        return True

    def remove_copy(self) -> None:
        """Removes the copy of the account and what was run on it; the report stays."""
        shutil.rmtree(self.workspace.parameters.runs_root, ignore_errors=True)
        for path in (self.parameters, self.folder / "account.json"):
            path.unlink(missing_ok=True)


def prepare(session: Copying, cost: Cost) -> Rehearsal:
    """Reads the account and lays out the rehearsal; an earlier one gives way. The session lets go of the account."""
    session.read_all()
    folder = session.workspace.folder / FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    awaited = _provision(session)
    write_atomically(folder / "account.json", json.dumps({"answers": session.heard}, ensure_ascii=False))
    _write_parameters(session, folder)
    copied = Copied(
        cost, session.client.usage.tokens,
        {path.rpartition("/")[2]: len(items) for path, items in session.heard.items() if isinstance(items, list)},
        not preflight.counts_note(session), awaited, session.spent_today(),
    )  # fmt: skip
    company_id = session.facts.company_id
    session.disconnect()
    made = Rehearsal(folder, copied)
    _carry_over(session, made.workspace)
    _copy_database(
        session.workspace.account_folder(company_id) / LEDGER, made.workspace.account_folder(company_id) / LEDGER
    )
    return made


def _write_parameters(session: Copying, folder: Path) -> None:
    plain = session.parameters.model_dump(mode="json", by_alias=True)
    destination = plain["destination"]
    kept = ("plan", "seats", "daily_token_share", "visible_to", "default_owner")
    plain["destination"] = {"kind": "sandbox", **{key: destination[key] for key in kept}}
    plain |= {"runs_root": str(folder / "runs"), "gates": "auto"}
    plain["customer"] = f"{session.parameters.customer}-rehearsal"[:64]
    write_atomically(folder / "parameters.yaml", yaml.safe_dump(plain, sort_keys=False, allow_unicode=True))


def _provision(session: Copying) -> tuple[str, ...]:
    """Adds the users that owners wait for, as if they had been invited. Returns their addresses."""
    users = session.heard["/api/v1/users"]
    number = max((int(user["id"]) for user in users), default=0)
    waiting = [d.email for d in decisions.owners(session.step) if d.how == PROVISION and "@" in d.email]
    for n, address in enumerate(waiting, 1):
        users.append({"id": number + n, "name": address, "email": address, "active_flag": True})
    return tuple(waiting)


def _carry_over(session: Copying, workspace: Workspace) -> None:
    """What people decided, what was staged and what was written so far; open gates are left to `auto`.

    Before the first write every phase is run again, on the account as it is now. After it, the rehearsal goes on where
    the customer stands.
    """
    workspace.create()
    shutil.copytree(session.workspace.decisions, workspace.decisions, dirs_exist_ok=True)
    shutil.copytree(session.workspace.staged, workspace.staged, dirs_exist_ok=True)
    share_reading(session.workspace, workspace.folder)
    _copy_database(session.journal.path, workspace.journal_path)
    with Journal(workspace.journal_path) as journal:
        if not journal.written_count():
            for phase in PHASES:
                if journal.completed(phase) is not None:
                    journal.phase_event(phase, "reopened", "run")
            return
        gates = Gates(workspace, journal)
        for gate in GATE_AFTER:
            if gate != "rollback" and gates.status(gate).status in ("waiting", "stale"):
                gates.confirm(gate, "auto")


def _copy_database(path: Path, copy: Path) -> None:
    """A copy of a SQLite file that others may have open."""
    with closing(sqlite3.connect(path)) as old, closing(sqlite3.connect(copy)) as new:
        old.backup(new)
