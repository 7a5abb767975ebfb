"""One request on its way to its handler."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .account import Account
from .answers import Invalid, forbidden, validation_failed
from .faults import Faults
from .store import Doc, Store


@dataclass(frozen=True)
class Upload:
    """A file of a multipart form."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Setup:
    """How this process serves the account; the same for all of its requests."""

    plan: str
    seats: int
    lag: float
    """Seconds until the search index shows a change."""
    faults: Faults


@dataclass
class Call:
    """The request: path parameters, query, body, and what it works on. Lives inside one transaction."""

    method: str
    version: str
    path: dict[str, str]
    query: dict[str, str]
    body: Any
    store: Store
    account: Account
    setup: Setup
    now: float
    base_url: str = ""
    form: dict[str, str] = field(default_factory=dict)
    upload: Upload | None = None

    def id(self) -> int:
        """The `{id}` of the path; a 400 if it is not a positive whole number."""
        text = self.path["id"]
        if not text.isdecimal() or int(text) < 1 or len(text) > 15:
            raise validation_failed([Invalid("id", "Expected a positive integer")])
        return int(text)

    def json_object(self) -> Doc:
        """The body as a JSON object; a 400 if it is something else."""
        if not isinstance(self.body, dict):
            raise validation_failed([Invalid("body", "Expected an object")])
        return self.body

    def json_list(self) -> list[Any]:
        """The body as a JSON array; a 400 if it is something else."""
        if not isinstance(self.body, list) or not self.body:
            raise validation_failed([Invalid("body", "Expected a non-empty array")])
        return self.body

    def check_admin(self) -> None:
        """A 403 unless the token's user is an admin: only they manage fields, pipelines and stages."""
        if not self.account.is_admin():
            raise forbidden("You do not have permissions to do this")

    def user_id(self) -> int:
        """The id of the token's user."""
        return int(self.account.me["id"])
