"""One opened customer: parameters, folder, journal, gates, and the account, connected when it is first needed.

For `kind: sandbox` the process serves the customer's own sandbox for as long as the session is open, with a random
token that is stored nowhere. For `kind: pipedrive` the token comes from its variable and goes into a header only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Self

from nrpd.errors import BadInput
from nrpd.gates import Gates
from nrpd.journal import Entry, Journal
from nrpd.loader import Guard, Loader
from nrpd.loader.engine import Progress
from nrpd.parameters import Parameters, load
from nrpd.phases.known import RECENT, KnownRecords
from nrpd.phases.settings import Settings, parts_of
from nrpd.pipedrive.account import PATHS, iterate_records, read_facts, read_me, read_some
from nrpd.pipedrive.client import Client
from nrpd.pipedrive.limits import Limits
from nrpd.pipedrive.preflight import check_company
from nrpd.pipedrive.records import AccountFacts, User
from nrpd.pipedrive.schema import Schema
from nrpd.pipedrive.usage import Figures
from nrpd.sandbox import Sandbox
from nrpd.workspace import AccountLock, Workspace, runner_pid


class Session:
    """Opens a customer. Use as a context manager, or call `close`."""

    client_type: ClassVar[type[Client]] = Client

    def __init__(self, parameters_path: Path, *, run: str = "", read_only: bool = False) -> None:
        self.path = parameters_path
        self.parameters: Parameters = load(parameters_path)
        self.workspace = Workspace(self.parameters)
        self.workspace.create()
        self.journal = Journal(self.workspace.journal_path, run)
        self.gates = Gates(self.workspace, self.journal)
        self.gates.frozen = self.read_only = read_only
        self.journal.counts = not read_only
        self._box: Sandbox | None = None
        self._client: Client | None = None
        self.me: Mapping[str, Any] = {}
        """The token's user as the account describes it, once connected."""
        self.purpose = ""
        self.counted = Figures()
        """What of the client's usage some phase has counted already."""
        self._lock: AccountLock | None = None
        self._schema: tuple[AccountFacts, Schema] | None = None
        self.known = KnownRecords(
            self._read_all, self._read_some, lambda entity, raw: canonical_record(self.schema, entity, raw),
            self.workspace.staged, RECENT if runner_pid() is not None else 0.0,
        )  # fmt: skip
        self.settings = Settings(
            lambda: self.client, lambda: read_facts(self.client, self.me),
            self.workspace.staged / "account_settings.json",
            lambda: self.journal.run,
        )  # fmt: skip

    def close(self) -> None:
        """Ends requests, then the sandbox, then the journal."""
        self.disconnect()
        self.journal.close()

    def disconnect(self) -> None:
        """Lets go of the account, so that a kernel can open it; it is connected again on the next use."""
        if self._client is not None:
            self._client.close()
        if self._box is not None:
            self._box.stop()
        if self._lock is not None:
            self._lock.release()
        self._client = self._box = self._lock = None
        self.counted = Figures()
        self.__dict__.pop("guard", None)
        self.settings.forget()
        self.forget()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # The account

    @property
    def client(self) -> Client:
        """The client of the account, connected on first use."""
        if self._client is None:
            self._client = self._connect()
        return self._client

    def _connect(self) -> Client:
        wanted = self.parameters.destination
        if wanted.kind == "sandbox":
            self._refuse_purged()
            self._box = Sandbox(
                self.workspace.sandbox_path, plan=wanted.plan, seats=wanted.seats, burst=False, fixture=wanted.fixture
            )
            self._box.start()
            base_url, token = self._box.base_url, self._box.token
        else:
            base_url, token = str(wanted.base_url).rstrip("/"), wanted.token()
        return self._recognised(self.client_type(base_url, token, limits=self._limits()))

    def _limits(self) -> Limits:
        """The limits of the account; without its ledger as long as nobody knows which account it is."""
        wanted, company_id = self.parameters.destination, self.journal.noted("company_id")
        return Limits.for_plan(
            None if company_id is None else self.workspace.account_folder(int(company_id)), plan=wanted.plan,
            seats=wanted.seats, share=wanted.daily_token_share, burst=wanted.kind != "sandbox",
            purpose=(self.parameters.customer, self.purpose),
        )  # fmt: skip

    def _recognised(self, client: Client) -> Client:
        """The client, once the token's user has told which account it is. Asked once per connection, with the cheapest
        request there is; where the budget was spent, this asks whether it is back. Raises BadInput for an account that
        is not that of base_url, or not that of this customer."""
        try:
            self.me = read_me(client)
            company_id, noted = int(self.me["company_id"]), self.journal.noted("company_id")
            if not self.parameters.destination.on_loopback:
                check_company(client.base_url, str(self.me.get("company_domain") or ""))
            if noted is not None and int(noted) != company_id:
                raise BadInput(
                    f"destination: the token belongs to company {company_id}, "
                    f"but this customer's journal is of company {noted};\n"
                    "use another customer name for another account"
                )
            if noted is None:
                self.journal.note("company_id", company_id)
                client.limits.count_in(self._limits())
        except BaseException:
            client.close()
            raise
        self._lock = self.workspace.account_lock(company_id)
        return client

    def _refuse_purged(self) -> None:
        """A new sandbox in place of one that was purged would be another account."""
        purged = self.journal.noted("purged")
        if purged and not self.workspace.sandbox_path.exists():
            raise BadInput(
                f"customer {self.parameters.customer} was purged by {purged['by']} at {purged['at']}: its sandbox and "
                "its before-images are gone; use another customer name"
            )

    @property
    def facts(self) -> AccountFacts:
        """What the account is; read again where nrpd changed it."""
        return self.settings.facts()

    def refresh_fields(self) -> AccountFacts:
        """What the account is, as it is now."""
        return self.settings.refresh()

    @property
    def other_fields(self) -> Mapping[str, int | None]:
        """Custom fields of products and projects, which count against the plan's limit too; None where the account
        does not have that feature."""
        return self.settings.other_fields()

    @property
    def fields_in_use(self) -> int:
        """Custom fields of the whole account."""
        return sum(f.custom for f in self.facts.fields) + sum(n or 0 for n in self.other_fields.values())

    def work_on(self, phase: str) -> None:
        """Tokens are spent for this phase from now on."""
        self.purpose = phase
        if self._client is not None and self._client.limits.ledger is not None:
            self._client.limits.ledger.purpose = (self.parameters.customer, phase)

    @property
    def schema(self) -> Schema:
        """The account's fields by name."""
        facts = self.facts
        if self._schema is None or self._schema[0] is not facts:
            self._schema = (facts, Schema(facts.fields))
        return self._schema[1]

    @property
    def default_user(self) -> User:
        """Who gets records without an owner. Raises BadInput where the named user is not an active one."""
        wanted = self.parameters.destination.default_owner
        if not wanted:
            return self.facts.me
        for user in self.facts.users:
            if user.active and user.email.casefold() == wanted.casefold():
                return user
        raise BadInput(f"destination.default_owner: no active user of the account has the address {wanted}")

    def records(self, entity: str) -> dict[str, dict[str, Any]]:
        """Id → canonical record of the account, with `id`, `update_time` and `add_time`; read once until `forget`."""
        return self.known.of(entity)

    def forget(self, *entities: str) -> None:
        """Makes the next `records` read again."""
        self.known.forget(*entities)

    def _included(self, entity: str) -> Sequence[str]:
        return ("marketing_status",) if entity == "person" and self.facts.campaigns else ()

    def _read_all(self, entity: str, since: datetime | None) -> Iterator[dict[str, Any]]:
        return iterate_records(self.client, entity, include=self._included(entity), updated_since=since)

    def _read_some(self, entity: str, ids: Collection[int]) -> Iterator[dict[str, Any]]:
        return read_some(self.client, entity, ids, self._included(entity))

    def wrote(self, entries: Sequence[Entry]) -> None:
        """These were sent: what they touch is read again when it is next needed."""
        for entity in {entry.entity for entry in entries}:
            if entity in PATHS:
                deleted = any(entry.verb == "delete" and entry.entity == entity for entry in entries)
                self.known.wrote(entity, deleted=deleted)
        self.settings.outdate({part for entry in entries for part in parts_of(entry)})

    # Writing

    def release(self) -> None:
        """Lets others write into the account; the next write takes the lock again."""
        if self._lock is not None:
            self._lock.release()

    @cached_property
    def guard(self) -> Guard:
        """Asked before any write."""
        assert self.client is not None
        assert self._lock is not None
        return Guard(self.gates, self.journal, self._lock, read_only=self.read_only)

    def loader(self, progress: Progress | None = None, attachments: Mapping[str, Any] | None = None) -> Loader:
        """Writes through journal, gates and lock."""
        schema = self.schema
        read = None if attachments is None else attachments["read"]
        return Loader(self.client, self.journal, self.guard, progress=progress, explain=schema.explain, attachment=read)


def canonical_record(schema: Schema, entity: str, raw: Mapping[str, Any]) -> dict[str, Any]:
    """A raw v2 record as canonical values, with its id and times."""
    values = schema.decode(entity, raw)
    kept: Sequence[str] = ("id", "update_time", "add_time", "participants", "person_id", "marketing_status")
    for name in kept:
        if raw.get(name) is not None:
            values.setdefault(name, raw[name])
    return values
