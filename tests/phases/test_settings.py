"""The account's settings: shared by the phases of one run, and read again where they changed."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from nrpd.journal import Entry
from nrpd.phases.known import RECENT
from nrpd.phases.settings import FIELDS, LASTS, PARTS, PIPELINES, TYPES, USERS, Settings, parts_of
from nrpd.pipedrive.account import read_facts
from nrpd.pipedrive.client import Client
from nrpd.pipedrive.limits import Limits
from nrpd.sandbox import Sandbox
from nrpd.workspace import RUNNER_VARIABLE

WHOLE = 112
"""Tokens of reading everything."""
Open = Callable[..., Settings]


@pytest.fixture
def client(tmp_path: Path) -> Client:
    with Sandbox(tmp_path / "store.sqlite", burst=False) as box:
        with Client(box.base_url, box.token, limits=Limits()) as client:
            yield client


@pytest.fixture
def opened(client: Client, tmp_path: Path) -> Open:
    """Opens the settings as a new phase of a run does."""

    def settings(run: str = "20260101T000000Z") -> Settings:
        return Settings(lambda: client, lambda: read_facts(client), tmp_path / "settings.json", lambda: run)

    return settings


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(RUNNER_VARIABLE, "4711")


def _add_field(client: Client, name: str) -> None:
    client.request("POST", "/api/v2/personFields", json={"field_name": name, "field_type": "text"})


@pytest.mark.usefixtures("runner")
def test_the_phases_of_a_run_share_one_reading(client: Client, opened: Open) -> None:
    first = opened().facts()
    assert client.usage.tokens == WHOLE
    assert opened().facts() == first == read_facts(client)
    assert client.usage.tokens == 2 * WHOLE, "the comparison alone"
    opened("20260102T000000Z").facts()
    assert client.usage.tokens == 3 * WHOLE, "another run"


@pytest.mark.usefixtures("runner")
def test_another_runner_reads_anew(client: Client, opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    opened().facts()
    monkeypatch.setenv(RUNNER_VARIABLE, "4712")
    opened().facts()
    assert client.usage.tokens == 2 * WHOLE


@pytest.mark.usefixtures("runner")
def test_after_an_hour_it_is_read_again(client: Client, opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    opened().facts()
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + LASTS + 1)
    opened().facts()
    assert client.usage.tokens == 2 * WHOLE


def test_by_hand_each_notebook_reads(client: Client, opened: Open, tmp_path: Path) -> None:
    settings = opened()
    settings.facts()
    opened().facts()
    _add_field(client, "By people")
    assert any(field.name == "By people" for field in settings.refresh().fields)
    assert not (tmp_path / "settings.json").exists()


@pytest.mark.usefixtures("runner")
@pytest.mark.parametrize(
    ("parts", "tokens"),
    [((FIELDS["person"],), 10), (tuple(FIELDS.values()), 40), ((TYPES,), 20), ((PIPELINES,), 10), ((USERS,), 20),
     (PARTS, 90)],
)  # fmt: skip
def test_only_what_is_outdated_is_read(client: Client, opened: Open, parts: tuple[str, ...], tokens: int) -> None:
    settings = opened()
    before = settings.facts()
    spent = client.usage.tokens
    settings.outdate(parts)
    assert settings.facts() == before, "in the same order too"
    assert settings.facts() == before
    assert client.usage.tokens == spent + tokens


@pytest.mark.usefixtures("runner")
def test_what_nrpd_made_is_known_to_the_next_phase(client: Client, opened: Open) -> None:
    settings = opened()
    settings.facts()
    _add_field(client, "New")
    settings.outdate([FIELDS["person"]])
    assert any(field.name == "New" for field in settings.facts().fields)
    spent = client.usage.tokens
    assert any(field.name == "New" for field in opened().facts().fields)
    assert client.usage.tokens == spent


@pytest.mark.usefixtures("runner")
def test_a_runner_refreshes_what_is_no_longer_recent(
    client: Client, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = opened()
    settings.facts()
    _add_field(client, "By people")
    assert not any(field.name == "By people" for field in settings.refresh().fields)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + RECENT + 1)
    assert any(field.name == "By people" for field in settings.refresh().fields)


@pytest.mark.usefixtures("runner")
@pytest.mark.parametrize("content", ["", "[]", "{}", '{"run": "20260101T000000Z", "runner": 4711, "at": 9e99}'])
def test_a_file_that_cannot_be_read_is_no_obstacle(client: Client, opened: Open, tmp_path: Path, content: str) -> None:
    (tmp_path / "settings.json").write_text(content)
    assert opened().facts().me.admin
    assert client.usage.tokens == WHOLE


@pytest.mark.parametrize(
    ("entity", "path", "parts"),
    [
        ("field", "/api/v2/personFields", [FIELDS["person"]]),
        ("option", "/api/v2/organizationFields/abc/options", [FIELDS["organization"]]),
        ("activity_type", "/api/v1/activityTypes", [TYPES]), ("stage", "/api/v2/stages", [PIPELINES]),
        ("pipeline", "/api/v2/pipelines", [PIPELINES]), ("person", "/api/v2/persons", []),
    ],
)  # fmt: skip
def test_what_a_write_changes(entity: str, path: str, parts: list[str]) -> None:
    assert list(parts_of(Entry("04_schema", entity, "1", "create", "POST", path))) == parts
