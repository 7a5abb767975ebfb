"""The parameters file of one customer, as Pydantic models. Secrets are named, never held.

`load` refuses what it does not know: each problem is one line with the key's path, what was found and what was
expected. The keys are those of design.md ("Parameters file"); `destination.fixture` is added for the sandbox: a file
with the content that a new sandbox starts from. `source.api` stands in api_parameters.py.
"""

from __future__ import annotations

import functools
import os
import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

import yaml
from pydantic import BeforeValidator, Field, ValidationError, model_validator

from nrpd.api_parameters import Api
from nrpd.errors import BadInput
from nrpd.references import PLAIN_URL, Strict, check_name, from_environment, is_loopback

Plan = Literal["lite", "growth", "premium", "ultimate", "essential", "advanced", "professional", "power", "enterprise"]
VISIBILITY_GROUPS = frozenset({"premium", "ultimate", "power", "enterprise"})
"""Plans with visibility groups (facts/pipedrive.md, sections 6 and 16)."""
DateOrder = Literal["auto", "ymd", "mdy", "dmy"]


_timezones = functools.cache(available_timezones)


class DeltaExport(Strict):
    """The export taken after the freeze."""

    path: Path
    kind: Literal["full", "changed_since"]


class Source(Strict):
    """Where the customer's export lies and how its values are to be read."""

    export: Path | None = None
    delta_export: DeltaExport | None = None
    api: Api | None = None
    files: dict[str, str] = {}
    columns: dict[str, dict[str, str]] = {}
    timezone: str = "UTC"
    date_order: DateOrder | dict[str, dict[str, DateOrder]] = "auto"
    default_country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] = "US"
    erased: Path | None = None

    @model_validator(mode="after")
    def _whole(self) -> Source:
        if self.export is None and self.api is None:
            raise ValueError("export: missing; expected the folder or .zip of the export, or an api")
        if self.api is not None and self.delta_export is not None and self.delta_export.kind != "full":
            raise ValueError("delta_export.kind: beside an api, which is read whole again, only full can be told apart")
        if self.timezone not in _timezones():
            raise ValueError(f"timezone: {self.timezone!r} is not an IANA time zone such as America/Denver")
        return self

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class Destination(Strict):
    """The account that is written to."""

    kind: Literal["pipedrive", "sandbox"] = "pipedrive"
    base_url: str | None = None
    token_env: str | None = None
    fixture: Path | None = None
    plan: Plan
    seats: Annotated[int, Field(ge=1, le=100_000)] = 1
    daily_token_share: Annotated[float, Field(gt=0, le=1)] = 0.8
    visible_to: Literal[1, 3, 5, 7] = 3
    default_owner: str | None = None

    @model_validator(mode="after")
    def _whole(self) -> Destination:
        if self.visible_to > 3 and self.plan not in VISIBILITY_GROUPS:
            raise ValueError(
                f"visible_to: plan {self.plan} has no visibility groups, so {self.visible_to} is not valid; "
                "expected 1 (owner and followers) or 3 (entire company)"
            )
        if self.kind == "sandbox":
            for key in ("base_url", "token_env"):
                if getattr(self, key) is not None:
                    raise ValueError(f"{key}: a sandbox is served by nrpd itself and takes none; remove the line")
            return self
        if self.fixture is not None:
            raise ValueError("fixture: only for kind: sandbox; remove the line")
        if not self.base_url:
            raise ValueError("base_url: missing; expected https://<company>.pipedrive.com")
        if not self.token_env:
            raise ValueError("token_env: missing; expected the name of the variable that holds the API token")
        check_name("token_env", self.token_env)
        _check_base_url(self.base_url)
        return self

    @property
    def on_loopback(self) -> bool:
        return self.kind == "sandbox" or is_loopback(self.base_url or "")

    def token(self) -> str:
        """The API token from the environment. Raises BadInput where the variable is not set."""
        return from_environment("destination.token_env", self.token_env or "", "the API token of the account")


def _plain_since(value: Any) -> Any:
    """`activities: {since: 2024-01-01}` and the text form `since: 2024-01-01` mean the same."""
    if isinstance(value, str) and (found := re.fullmatch(r"since:\s*(\d{4}-\d{2}-\d{2})", value)):
        value = {"since": found.group(1)}
    if value in ("all", "engaged", "summary") or isinstance(value, Since):
        return value
    if isinstance(value, dict) and set(value) == {"since"}:
        try:
            return {"since": date.fromisoformat(str(value["since"]))}
        except ValueError:
            pass
    raise ValueError("expected all, engaged, summary, or since: YYYY-MM-DD")


class Since(Strict):
    """Only sends from this day (UTC) on."""

    since: date


class Policies(Strict):
    """Choices that decide what moves."""

    sample_size: Annotated[int, Field(ge=100, le=500)] = 200
    activities: Annotated[Literal["all", "engaged", "summary"] | Since, BeforeValidator(_plain_since)] = "all"
    campaigns: Literal["organization_fields", "activities"] = "organization_fields"
    existing_records: Literal["fill_blanks", "overwrite", "skip"] = "fill_blanks"
    suppressed_without_contact: Literal["ledger", "create_person"] = "ledger"
    marketing_subscribe: bool = False
    files_and_notes: bool = True


class WantedStage(Strict):
    name: str
    probability: Annotated[int, Field(ge=0, le=100)] | None = None


class WantedPipeline(Strict):
    name: str
    stages: list[WantedStage] = []


class WantedSchema(Strict):
    """What an empty account should get besides the fields of the map."""

    pipelines: list[WantedPipeline] = []
    activity_types: list[str] = []
    labels: list[str] = []


_ENDPOINT = re.compile(PLAIN_URL.pattern.removesuffix("/?") + r"(/[A-Za-z0-9._~-]+)*/?", re.ASCII | re.IGNORECASE)


class Assistant(Strict):
    """An OpenAI-compatible endpoint that may comment on the map. It is given names, types and counts, never a value."""

    base_url: str
    model: str
    api_key_env: str

    @model_validator(mode="after")
    def _references_only(self) -> Assistant:
        if not _ENDPOINT.fullmatch(self.base_url) or not (self.base_url[:6] == "https:" or is_loopback(self.base_url)):
            raise ValueError("base_url: expected https://<host>/<path> (http on this machine only), without a query")
        check_name("api_key_env", self.api_key_env)
        return self

    def key(self) -> str:
        """The key from the environment. Raises BadInput where the variable is not set."""
        return from_environment("assistant.api_key_env", self.api_key_env, "the key of the assistant")


class Parameters(Strict):
    """One customer's migration. Paths are absolute once loaded."""

    customer: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    runs_root: Path = Path("../runs")
    source: Source
    destination: Destination
    policies: Policies = Policies()
    # `schema` is a method name of Pydantic's own models, hence the alias.
    wanted: WantedSchema = Field(default=WantedSchema(), alias="schema")
    rates: dict[str, float] = {}
    assistant: Assistant | None = None
    gates: Literal["manual", "auto"] = "manual"

    @model_validator(mode="after")
    def _auto_only_on_loopback(self) -> Parameters:
        if self.gates == "auto" and not self.destination.on_loopback:
            raise ValueError("gates: auto is only for a destination on loopback or a sandbox; expected manual")
        return self


_PIPEDRIVE = re.compile(
    r"https://([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+pipedrive\.com(:\d{1,5})?/?", re.ASCII | re.IGNORECASE
)


def _check_base_url(url: str) -> None:
    if not (_PIPEDRIVE.fullmatch(url) or (PLAIN_URL.fullmatch(url) and is_loopback(url))):
        raise ValueError(
            "base_url: expected https://<company>.pipedrive.com (or a loopback address), nothing behind the host"
        )


def load(path: Path, *, check_token: bool = True) -> Parameters:
    """Reads and checks a parameters file. Raises BadInput with one line per problem.

    Paths become absolute, relative ones against the file's folder. Files that must be there are checked; with
    `check_token` the token's variable must be set (its value is not kept).
    """
    path = path.expanduser()
    if not path.is_file():
        raise BadInput(f"{path}: no such parameters file; `nrpd new CUSTOMER` writes one")
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise BadInput(f"{path}: not UTF-8 text") from None
    except yaml.YAMLError as error:
        raise BadInput(f"{path}: not readable as YAML: {_one_line(str(error))}") from None
    if not isinstance(raw, dict):
        raise BadInput(f"{path}: expected keys such as customer, source, destination; found {type(raw).__name__}")
    _refuse_secrets(path, raw)
    try:
        parameters = Parameters.model_validate(raw)
    except ValidationError as error:
        raise BadInput("\n".join(f"{path}: {_explain(problem)}" for problem in error.errors())) from None
    parameters = _absolute(parameters, path.resolve().parent)
    _check_files(path, parameters)
    if check_token and parameters.destination.kind == "pipedrive":
        parameters.destination.token()
    return parameters


_SECRETS = ("token", "api_token", "api_key", "access_token", "password", "client_secret")


def _refuse_secrets(path: Path, raw: dict[Any, Any]) -> None:
    """A secret pasted into the file is named before any other problem, and never repeated."""
    source = raw.get("source")
    sections = {"destination": raw.get("destination"), "source.api": isinstance(source, dict) and source.get("api")}
    for section, found in sections.items():
        for key in _SECRETS:
            if isinstance(found, dict) and key in found:
                own = key if section == "source.api" and key in ("password", "client_secret") else "token"
                raise BadInput(
                    f"{path}: {section}.{key}: a secret must not stand in this file; name its variable in {own}_env"
                )


def _explain(problem: Any) -> str:
    where = ".".join(str(part) for part in problem["loc"] if not str(part).startswith(("function-", "literal[")))
    kind = problem["type"]
    if kind == "extra_forbidden":
        return f"{where}: unknown key; `nrpd new` writes a file with every key explained"
    if kind == "missing":
        return f"{where}: missing; expected a value"
    message = _one_line(str(problem["msg"]).removeprefix("Value error, "))
    if kind == "value_error":
        # A message of a whole section begins with the key that it is about.
        return f"{where}{'.' if re.match('[a-z_.]+: ', message) else ': '}{message}" if where else message
    found = problem.get("input")
    shown = f", found {str(found)[:60]!r}" if isinstance(found, str | int | float | bool) else ""
    return f"{where}: {message[0].lower()}{message[1:]}{shown}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _absolute(parameters: Parameters, base: Path) -> Parameters:
    def at(path: Path | None) -> Path | None:
        return None if path is None else Path(os.path.normpath(base / path.expanduser()))

    source = parameters.source
    delta = source.delta_export
    moved = {
        "export": at(source.export),
        "erased": at(source.erased),
        "delta_export": delta and delta.model_copy(update={"path": at(delta.path)}),
    }
    return parameters.model_copy(
        update={
            "runs_root": at(parameters.runs_root),
            "source": source.model_copy(update=moved),
            "destination": parameters.destination.model_copy(update={"fixture": at(parameters.destination.fixture)}),
        }
    )


def _check_files(path: Path, parameters: Parameters) -> None:
    source = parameters.source
    problems = []
    export = source.export
    if export and not (export.is_dir() or (export.is_file() and export.suffix.lower() == ".zip")):
        problems.append(f"source.export: {export} is neither a folder nor a .zip file")
    if source.delta_export and not (source.delta_export.path.is_dir() or source.delta_export.path.is_file()):
        problems.append(
            f"source.delta_export.path: {source.delta_export.path} does not exist; use null until it is there"
        )
    if source.erased and not source.erased.is_file():
        problems.append(f"source.erased: {source.erased} is not a file")
    fixture = parameters.destination.fixture
    if fixture and not fixture.is_file():
        problems.append(f"destination.fixture: {fixture} is not a file")
    if problems:
        raise BadInput("\n".join(f"{path}: {problem}" for problem in problems))
