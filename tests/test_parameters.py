"""Each wrong thing in a parameters file: one plain line that names the key, exit 2, and nothing written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from nrpd import runbook
from nrpd.errors import BadInput
from nrpd.parameters import Parameters, Since, is_loopback, load
from tests.support.customer import nrpd

TOKEN = "made-up-token-0123456789abcdef"
REMOVE = object()


def _good() -> dict[str, Any]:
    return {
        "customer": "acme",
        "runs_root": "runs",
        "source": {"export": "export"},
        "destination": {
            "kind": "pipedrive", "base_url": "https://acme.pipedrive.com", "token_env": "ACME_TOKEN", "plan": "growth",
        },
    }  # fmt: skip


def _with(path: str, value: Any) -> dict[str, Any]:
    """The good parameters with one key, named by its path, set or removed; for a key of the API, with a good API."""
    content = _good()
    if path.startswith("source.api."):
        content["source"]["api"] = {
            "kind": "jsonrpc",
            "base_url": "https://apps.net-results.com",
            "user_env": "NR_USER",
            "password_env": "NR_PW",
        }
    *parents, last = path.split(".")
    place = content
    for key in parents:
        place = place.setdefault(key, {})
    if value is REMOVE:
        del place[last]
    else:
        place[last] = value
    return content


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("ACME_TOKEN", TOKEN)
    (tmp_path / "export").mkdir()

    def make(content: Any) -> Path:
        path = tmp_path / "acme.yaml"
        path.write_text(content if isinstance(content, str) else yaml.safe_dump(content), encoding="utf-8")
        return path

    return make


WRONG: list[tuple[str, Any, str, str]] = [
    ("costumer", "acme", "costumer", "unknown key"),
    ("source.exprot", "x", "source.exprot", "unknown key"),
    ("destination.tokn_env", "X", "destination.tokn_env", "unknown key"),
    ("policies.campaign", "x", "policies.campaign", "unknown key"),
    ("schema.pipelines", [{"name": "P", "colour": "red"}], "schema.pipelines.0.colour", "unknown key"),
    ("customer", REMOVE, "customer", "missing"),
    ("source", REMOVE, "source", "missing"),
    ("destination.plan", REMOVE, "destination.plan", "missing"),
    ("customer", "a/b", "customer", "pattern"),
    ("customer", "..", "customer", "pattern"),
    ("customer", 7, "customer", "string"),
    ("destination.plan", "gold", "destination.plan", "growth"),
    ("destination.plan", ["growth"], "destination.plan", "growth"),
    ("destination.seats", 0, "destination.seats", "greater than or equal to 1"),
    ("destination.seats", "many", "destination.seats", "integer"),
    ("destination.daily_token_share", 0, "destination.daily_token_share", "greater than 0"),
    ("destination.daily_token_share", 1.5, "destination.daily_token_share", "less than or equal to 1"),
    ("destination.visible_to", 2, "destination.visible_to", "3"),
    ("destination.kind", "hubspot", "destination.kind", "sandbox"),
    ("destination.base_url", REMOVE, "destination.base_url", "missing"),
    ("destination.token_env", REMOVE, "destination.token_env", "missing"),
    ("destination.fixture", "export", "destination.fixture", "only for kind: sandbox"),
    ("source.timezone", "Denver", "source.timezone", "IANA"),
    ("source.timezone", "America/Denvr", "source.timezone", "IANA"),
    ("source.date_order", "dym", "source.date_order", "ymd"),
    ("source.default_country", "usa", "source.default_country", "pattern"),
    ("source.export", "absent", "source.export", "neither a folder nor a .zip"),
    ("source.delta_export", {"path": "absent", "kind": "full"}, "source.delta_export.path", "does not exist"),
    ("source.delta_export", {"path": "export", "kind": "some"}, "source.delta_export.kind", "changed_since"),
    ("source.erased", "absent.txt", "source.erased", "not a file"),
    ("source.export", REMOVE, "source.export", "missing"),
    ("source.api", {"kind": "soap"}, "source.api.kind", "jsonrpc"),
    ("source.api.base_url", REMOVE, "source.api.base_url", "missing"),
    ("source.api.endpont", "/x", "source.api.endpont", "unknown key"),
    ("source.api.objects", ["contacts", "deals"], "source.api.objects.1", "contacts"),
    ("source.api.user_env", REMOVE, "source.api.user_env", "password_env"),
    ("source.api.auth", "bearer", "source.api.auth", "oauth"),
    ("source.api.auth", "oauth", "source.api.token_env", "expected the name"),
    ("source.api.kind", "graphql", "source.api.token_env", "personal access token"),
    ("source.api.endpoint", "graphql", "source.api.endpoint", "path such as"),
    ("source.api.page_size", 1, "source.api.page_size", "greater than or equal to 2"),
    ("source.api.requests_per_second", 0, "source.api.requests_per_second", "greater than 0"),
    ("source.api.fields", {"email": "a b"}, "source.api.fields", "joined with dots"),
    ("source.api.fields", {"contact_id": ""}, "source.api.fields", "joined with dots"),
    ("source.api.contacts_query", "a { b }", "source.api.contacts_query", "pattern"),
    ("policies.sample_size", 99, "policies.sample_size", "100"),
    ("policies.sample_size", 501, "policies.sample_size", "500"),
    ("policies.activities", "some", "policies.activities", "engaged"),
    ("policies.activities", {"since": "long ago"}, "policies.activities", "YYYY-MM-DD"),
    ("policies.existing_records", "merge", "policies.existing_records", "fill_blanks"),
    ("policies.marketing_subscribe", "perhaps", "policies.marketing_subscribe", "boolean"),
    ("rates", {"day": "much"}, "rates.day", "number"),
    ("assistant", {"base_url": "https://x.example"}, "assistant.model", "missing"),
    ("gates", "none", "gates", "manual"),
    ("gates", "auto", "gates", "loopback"),
]


@pytest.mark.parametrize(
    ("key", "value", "named", "expected"),
    WRONG,
    ids=[f"{k}={'' if v is REMOVE else str(v)[:30]}" for k, v, _, _ in WRONG],
)
def test_a_wrong_key_is_named_with_what_was_expected(
    write: Any, key: str, value: Any, named: str, expected: str
) -> None:
    path = write(_with(key, value))
    with pytest.raises(BadInput) as caught:
        load(path)
    lines = str(caught.value).splitlines()
    wanted = [line for line in lines if line.startswith(f"{path}: {named}")]
    assert wanted, lines
    assert expected in wanted[0]
    assert caught.value.exit_code == 2
    assert not (path.parent / "runs").exists()


@pytest.mark.parametrize(
    "name", ["costumer", "source.export", "destination.plan", "destination.base_url", "gates", "policies.activities"]
)
def test_one_wrong_thing_is_one_line(write: Any, name: str) -> None:
    wrong = {"costumer": "x", "source.export": "absent", "destination.plan": "gold", "policies.activities": "some",
             "destination.base_url": "https://acme.example", "gates": "auto"}  # fmt: skip
    with pytest.raises(BadInput) as caught:
        load(write(_with(name, wrong[name])))
    assert len(str(caught.value).splitlines()) == 1


def test_several_wrong_things_are_a_line_each(write: Any) -> None:
    content = _with("destination.plan", "gold") | {"costumer": "x", "gates": "never"}
    with pytest.raises(BadInput) as caught:
        load(write(content))
    assert len(str(caught.value).splitlines()) == 3


FOREIGN = [
    "https://acme.pipedrive.com.evil.example",
    "https://acme.pipedrive.com@evil.example",
    "https://evil.example/acme.pipedrive.com",
    "https://evil.example#.pipedrive.com",
    "https://evil.example?.pipedrive.com",
    "https://evil.example\\.pipedrive.com",
    "https://evil.example\\@acme.pipedrive.com",
    "https://user:secret@acme.pipedrive.com",
    "https://acmepipedrive.com",
    "https://pipedrive.com",
    "https://.pipedrive.com",
    "http://acme.pipedrive.com",
    "ftp://acme.pipedrive.com",
    "acme.pipedrive.com",
    "https://acme.pipedrive.com/api/v1",
    "https://acme.pipedrive.com?x=1",
    "https://acme.pipedrive.com:notaport",
    "https://evil.example",
    "http://192.168.1.10:8000",
    "http://127.0.0.1.evil.example",
    "http://127.0.0.1@evil.example",
    "http://localhost.evil.example",
    "http://[::1",
    "https://evil.example\t.pipedrive.com",
    "https://evil.example/.pipedrive.com",
    "https://evil.example%2f.pipedrive.com",
    "https://evil.example%23.pipedrive.com",
    "",
]


@pytest.mark.parametrize("url", FOREIGN)
def test_a_foreign_host_is_refused_before_the_token_goes_anywhere(write: Any, url: str) -> None:
    with pytest.raises(BadInput) as caught:
        load(write(_with("destination.base_url", url)))
    assert "destination.base_url" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("https://acme.pipedrive.com", False), ("https://acme.pipedrive.com/", False),
        ("https://ACME.Pipedrive.com", False), ("https://acme-2.pipedrive.com:443", False),
        ("http://127.0.0.1:8080", True), ("http://localhost:1", True), ("http://[::1]:9", True),
        ("https://127.9.9.9", True),
    ],
)  # fmt: skip
def test_the_account_or_this_machine_is_taken(write: Any, url: str, loopback: bool) -> None:
    parameters = load(write(_with("destination.base_url", url)))
    assert parameters.destination.on_loopback is loopback


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=30))
def test_no_text_passes_for_loopback_unless_it_names_this_machine(text: str) -> None:
    try:
        found = is_loopback(f"http://{text}.example/")
    except ValueError:
        return
    assert not found or "127." in text or "localhost" in text.casefold() or "::1" in text or "[" in text


@pytest.mark.parametrize("key", ["token", "api_token", "api_key", "password"])
def test_a_secret_in_the_file_is_refused_and_not_repeated(write: Any, key: str) -> None:
    content = _with(f"destination.{key}", TOKEN) | {"costumer": "x"}
    with pytest.raises(BadInput) as caught:
        load(write(content))
    said = str(caught.value)
    assert f"destination.{key}" in said
    assert "token_env" in said
    assert TOKEN not in said


@pytest.mark.parametrize(
    "key", ["destination.token_env", "token", "api_token", "source.api_token", "assistant.api_key"]
)
def test_a_secret_in_another_place_is_not_repeated_either(write: Any, key: str) -> None:
    with pytest.raises(BadInput) as caught:
        load(write(_with(key, TOKEN)))
    assert TOKEN not in str(caught.value)


def test_a_secret_in_the_url_is_not_repeated(write: Any) -> None:
    with pytest.raises(BadInput) as caught:
        load(write(_with("destination.base_url", f"https://acme.pipedrive.com/?api_token={TOKEN}")))
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("value", [None, "", "   "])
def test_the_variable_must_be_set(write: Any, monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    monkeypatch.delenv("ACME_TOKEN") if value is None else monkeypatch.setenv("ACME_TOKEN", value)
    path = write(_good())
    with pytest.raises(BadInput, match=r"destination\.token_env: the variable ACME_TOKEN is not set"):
        load(path)
    assert load(path, check_token=False).customer == "acme"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("customer: [", "not readable as YAML"),
        ("- a\n- b\n", "found list"),
        ("", "found NoneType"),
        ("just text", "found str"),
    ],
)
def test_a_file_that_holds_no_keys(write: Any, content: str, says: str) -> None:
    with pytest.raises(BadInput) as caught:
        load(write(content))
    assert says in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "acme.yaml"
    path.write_bytes(b"customer: \xff\xfe")
    with pytest.raises(BadInput, match="not UTF-8"):
        load(path)


def test_paths_are_relative_to_the_file(write: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(_good() | {"runs_root": "../elsewhere"})
    monkeypatch.chdir("/")
    parameters = load(path)
    assert parameters.source.export == tmp_path / "export"
    assert parameters.runs_root == tmp_path.parent / "elsewhere"


def test_a_sandbox_takes_no_address_and_no_token(write: Any) -> None:
    content = _good()
    for key in ("base_url", "token_env"):
        content["destination"] = {"kind": "sandbox", "plan": "growth", key: "X"}
        with pytest.raises(BadInput, match=f"destination.{key}: a sandbox is served by nrpd itself"):
            load(write(content))
    content["destination"] = {"kind": "sandbox", "plan": "growth"}
    parameters = load(write({**content, "gates": "auto"}))
    assert parameters.destination.on_loopback


@pytest.mark.parametrize("value", [{"since": "2024-01-01"}, "since: 2024-01-01"])
def test_both_spellings_of_since(write: Any, value: Any) -> None:
    found = load(write(_with("policies.activities", value))).policies.activities
    assert isinstance(found, Since)
    assert found.since.isoformat() == "2024-01-01"


def test_all_that_is_left_out_has_the_value_of_the_design(write: Any) -> None:
    parameters: Parameters = load(write(_good()))
    policies = parameters.policies
    assert (policies.sample_size, policies.activities, policies.campaigns) == (200, "all", "organization_fields")
    assert (policies.existing_records, policies.suppressed_without_contact) == ("fill_blanks", "ledger")
    assert (policies.marketing_subscribe, policies.files_and_notes) == (False, True)
    assert (parameters.gates, parameters.destination.daily_token_share) == ("manual", 0.8)
    assert parameters.destination.visible_to == 3


def test_the_token_is_in_no_text_of_the_parameters(write: Any) -> None:
    parameters = load(write(_good()))
    assert parameters.destination.token() == TOKEN
    assert TOKEN not in repr(parameters) + parameters.model_dump_json()


# Show 9, through the command line


COMMAND_LINE: list[tuple[str, Any, str]] = [
    ("costumer", "acme", "costumer: unknown key"),
    ("source.export", "absent", "source.export"),
    ("destination.token_env", "NRPD_NEVER_SET", "NRPD_NEVER_SET is not set"),
    ("destination.plan", "gold", "destination.plan"),
    ("destination.base_url", "https://acme.pipedrive.com.evil.example", "destination.base_url"),
]


@pytest.mark.parametrize(("key", "value", "says"), COMMAND_LINE, ids=[k for k, _, _ in COMMAND_LINE])
def test_the_command_line_says_it_in_one_line(write: Any, key: str, value: Any, says: str) -> None:
    path = write(_with(key, value))
    before = sorted(path.parent.rglob("*"))
    ended = nrpd("run", path, environment={"ACME_TOKEN": TOKEN})
    assert (ended.code, ended.out) == (2, "")
    assert says in ended.err
    assert len(ended.err.strip().splitlines()) == 1
    assert sorted(path.parent.rglob("*")) == before


def test_a_run_refuses_before_it_makes_a_folder(write: Any) -> None:
    path = write(_with("destination.plan", "gold"))
    with pytest.raises(BadInput):
        runbook.run(path, runbook.Options(), lambda *_: None)
    assert sorted(p.name for p in path.parent.iterdir()) == ["acme.yaml", "export"]
