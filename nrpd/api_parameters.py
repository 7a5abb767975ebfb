"""`source.api` of the parameters file: which API of the source is read, what of it, how fast, and with whose login.

Net-Results publishes neither a list of fields nor a limit of requests (facts of net-results.md and paminga.md), so the
names that could differ are settings, and the pace is slow unless somebody says otherwise.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from nrpd.errors import BadInput
from nrpd.references import PLAIN_URL, Strict, check_name, from_environment, is_loopback

ApiObject = Literal[
    "contacts", "custom_attributes", "mailing_info", "lists", "list_members", "campaigns", "emails", "segments",
    "activity_history", "users",
]  # fmt: skip
USUAL_OBJECTS: tuple[ApiObject, ...] = (
    "contacts", "custom_attributes", "mailing_info", "lists", "campaigns", "emails", "segments", "activity_history",
    "users",
)  # fmt: skip
"""All that is read without being asked for; `list_members` too where few requests do (one per contact and list)."""
_PATH = r"[_A-Za-z][_0-9A-Za-z]*"
_ENDPOINT = re.compile(r"(/[A-Za-z0-9._~-]*)+", re.ASCII)
_FIELD = re.compile(rf"{_PATH}(\.{_PATH})*")
_NAMES = ("user_env", "password_env", "token_env", "client_id_env", "client_secret_env")
_WHAT = {
    "user_env": "the user of the source's API", "password_env": "the password of that user",
    "token_env": "the token of the source's API", "client_id_env": "the client id of the OAuth client",
    "client_secret_env": "the client secret of the OAuth client",
}  # fmt: skip
GRAPHQL_FIELDS = {
    "contact_id": "id", "email": "email", "first_name": "first_name", "last_name": "last_name", "title": "title",
    "company_id": "account.id", "company_name": "account.name", "companies.domain": "account.website",
}  # fmt: skip
"""The fields of a contact that the vendor's examples show."""


@dataclass(frozen=True)
class Login:
    """The values of the variables; blank where none is named. Its text holds none of them."""

    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    client_id: str = field(default="", repr=False)
    client_secret: str = field(default="", repr=False)


class Api(Strict):
    """An API of the source. Only its reading methods are called."""

    kind: Literal["jsonrpc", "graphql"]
    base_url: str
    endpoint: str | None = None
    auth: Literal["basic", "session", "oauth"] | None = None
    user_env: str | None = None
    password_env: str | None = None
    token_env: str | None = None
    client_id_env: str | None = None
    client_secret_env: str | None = None
    objects: list[ApiObject] | None = None
    suppression_segments: dict[str, str] = {}
    page_size: Annotated[int, Field(ge=2, le=5000)] = 50
    requests_per_second: Annotated[float, Field(gt=0, le=1000)] = 5.0
    timeout: Annotated[float, Field(gt=0, le=600)] = 60.0
    activity_order: str = "date"
    contacts_query: Annotated[str, Field(pattern=rf"^{_PATH}$")] = "contacts"
    by_email_query: Annotated[str, Field(pattern=rf"^{_PATH}$")] | None = "contactByEmail"
    entity_types: list[Annotated[str, Field(pattern=rf"^{_PATH}$")]] = []
    fields: dict[str, str] = {}
    custom_fields: list[Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$", coerce_numbers_to_str=True)]] = []

    @model_validator(mode="after")
    def _whole(self) -> Api:
        _check_url(self.base_url)
        if self.endpoint is not None and not _ENDPOINT.fullmatch(self.endpoint):
            raise ValueError("endpoint: expected a path such as /graphql, without ? and #")
        for key in _NAMES:
            if (name := getattr(self, key)) is not None:
                check_name(key, name)
        self._check_login()
        for key, path in self.fields.items():
            if not _FIELD.fullmatch(path) and (path or key in ("contact_id", "email")):
                raise ValueError(f"fields: {key}: expected names joined with dots such as account.name")
        if self.kind == "graphql" and self.objects not in (None, ["contacts"]):
            raise ValueError("objects: the GraphQL API gives contacts only (with their accounts); remove the line")
        return self

    def _check_login(self) -> None:
        if self.kind == "graphql" and (not self.token_env or self.auth):
            raise ValueError(
                "token_env: expected the name of the variable that holds the personal access token; no auth"
            )
        if self.login in ("basic", "session") and not (self.user_env and self.password_env):
            raise ValueError("user_env: expected user_env and password_env, the names of two variables")
        if self.login == "oauth" and not self.token_env:
            raise ValueError("token_env: expected the name of the variable that holds the access token")

    @property
    def login(self) -> str:
        """How requests are authenticated: basic, session, oauth or bearer."""
        if self.kind == "graphql":
            return "bearer"
        return self.auth or ("oauth" if self.token_env and not self.user_env else "basic")

    @property
    def url(self) -> str:
        """Where requests go. A base_url with a path is the whole address, unless `endpoint` says otherwise."""
        base = self.base_url.rstrip("/")
        if self.endpoint is not None:
            return base + self.endpoint
        usual = "/graphql" if self.kind == "graphql" else "/api/v2/rpc/server.php"
        return base if urlsplit(base).path else base + usual

    @property
    def wanted(self) -> tuple[ApiObject, ...]:
        """What is read."""
        return tuple(self.objects) if self.objects is not None else USUAL_OBJECTS

    def secrets(self) -> Login:
        """The login from the environment. Raises BadInput naming the variables that are not set."""
        needed = {
            "basic": _NAMES[:2], "session": _NAMES[:2], "oauth": _NAMES[2:], "bearer": _NAMES[2:3],
        }[self.login]  # fmt: skip
        found: dict[str, str] = {}
        missing: list[str] = []
        for key in needed:
            if (name := getattr(self, key)) is None:
                continue
            try:
                found[key.removesuffix("_env")] = from_environment(f"source.api.{key}", name, _WHAT[key])
            except BadInput as error:
                missing.append(str(error))
        if missing:
            raise BadInput("; ".join(missing))
        return Login(**found)


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    host = f"{parts.scheme}://{parts.netloc}"
    plain = PLAIN_URL.fullmatch(host) and (not parts.path or _ENDPOINT.fullmatch(parts.path))
    if not plain or parts.query or parts.fragment or not (parts.scheme == "https" or is_loopback(url)):
        raise ValueError("base_url: expected https://<host> (or a loopback address), without login, ? and #")
