"""How the account is set up (users, fields, types, pipelines), read once per `nrpd run` and again where it changed.

Every phase runs in a process of its own, and these lists cost more than a hundred tokens each time. So what one phase
read serves the next ones of the same run, for an hour; phases that create fields begin by reading them. By hand each
notebook reads anew, since people change settings between two notebooks.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from nrpd.journal import Entry
from nrpd.phases.known import RECENT
from nrpd.pipedrive.account import (
    FIELD_PATHS,
    PATHS,
    count_other_fields,
    read_activity_types,
    read_fields,
    read_pipelines,
    read_users,
)
from nrpd.pipedrive.client import Client
from nrpd.pipedrive.records import AccountFacts
from nrpd.workspace import runner_pid, write_atomically

LASTS = 3600.0
"""Seconds for which the phases of one run share a reading."""
USERS, TYPES, PIPELINES = "users", "activity types", "pipelines"
FIELDS = {entity: f"{entity} fields" for entity in PATHS}
OTHER_FIELDS = "fields of products and projects"
PARTS = (USERS, TYPES, PIPELINES, *FIELDS.values(), OTHER_FIELDS)
"""What can be read again by itself."""
_WRITTEN = {"activity_type": TYPES, "pipeline": PIPELINES, "stage": PIPELINES}
_FACTS = TypeAdapter(AccountFacts)


def parts_of(entry: Entry) -> Sequence[str]:
    """The parts that a write changes."""
    if entry.entity in ("field", "option"):
        return [part for entity, part in FIELDS.items() if entry.path.startswith(FIELD_PATHS[entity])]
    return [_WRITTEN[entry.entity]] if entry.entity in _WRITTEN else []


class Settings:
    """`read` reads everything; `path` is where it is kept for the next phase of `run`."""

    def __init__(
        self, client: Callable[[], Client], read: Callable[[], AccountFacts], path: Path, run: Callable[[], str]
    ) -> None:
        self._client = client
        self._read = read
        self._path = path
        self._run = run
        self._facts: AccountFacts | None = None
        self._read_at = 0.0
        self._outdated: set[str] = set()

    def facts(self) -> AccountFacts:
        """The settings as they were read last in this run; what is outdated of them is read now."""
        if self._facts is None:
            self._facts = self._recall()
        if self._facts is None:
            self._outdated.clear()
            self._read_at = time.time()
            self._facts = self._read()
            self._keep()
        if self._outdated:
            parts, self._outdated = self._outdated, set()
            if parts.issuperset(PARTS):
                self._read_at = time.time()
            self._facts = replace(self._facts, **self._part(self._facts, parts))
            self._keep()
        return self._facts

    def other_fields(self) -> Mapping[str, int | None]:
        """Custom fields of products and projects, read where no phase of this run has asked for them before."""
        facts = self.facts()
        if facts.other_fields is None:
            self._facts = facts = replace(facts, other_fields=count_other_fields(self._client()))
            self._keep()
        return facts.other_fields or {}

    def refresh(self) -> AccountFacts:
        """The settings as they are now; a runner reads again only what nrpd changed, or what is no longer recent."""
        if runner_pid() is None or time.time() - self._read_at > RECENT:
            self.outdate()
        return self.facts()

    def forget(self) -> None:
        """All of it is read again, or recalled, when it is next needed."""
        self._facts = None

    def outdate(self, parts: Iterable[str] = PARTS) -> None:
        """These parts are read again when they are next needed."""
        self._outdated.update(parts)

    def _part(self, facts: AccountFacts, parts: Iterable[str]) -> dict[str, Any]:
        client = self._client()
        found: dict[str, Any] = {}
        if OTHER_FIELDS in parts:
            found["other_fields"] = None  # read when somebody asks for it
        if USERS in parts:
            found["users"] = read_users(client)
        if TYPES in parts:
            found["activity_types"] = read_activity_types(client)
        if PIPELINES in parts:
            found |= read_pipelines(client)
        if entities := [entity for entity, part in FIELDS.items() if part in parts]:
            fields = [*read_fields(client, entities), *(f for f in facts.fields if f.entity not in entities)]
            found["fields"] = tuple(sorted(fields, key=lambda field: list(FIELDS).index(field.entity)))
        return found

    def _keep(self) -> None:
        runner = runner_pid()
        if runner is None or self._facts is None:
            return
        facts = _FACTS.dump_python(self._facts, mode="json")
        content = {"run": self._run(), "runner": runner, "at": self._read_at, "facts": facts}
        write_atomically(self._path, json.dumps(content))

    def _recall(self) -> AccountFacts | None:
        """What an earlier phase of this run read; None by hand, in another run, and after an hour."""
        runner = runner_pid()
        if runner is None:
            return None
        try:
            kept = json.loads(self._path.read_text())
            if (kept["run"], kept["runner"]) != (self._run(), runner) or kept["at"] < time.time() - LASTS:
                return None
            facts = _FACTS.validate_python(kept["facts"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        self._read_at = kept["at"]
        return facts
