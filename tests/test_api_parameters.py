"""`source.api`: where it may point, what it names, and that the values behind the names stay out of every text."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from nrpd.api_parameters import Api
from nrpd.errors import BadInput
from nrpd.parameters import load

SECRET = "5f0c9d2e7b1a4c3d8e6f0a1b2c3d4e5f"
ROOT = Path(__file__).resolve().parents[1]


def _api(**more: Any) -> Api:
    usual = {
        "kind": "jsonrpc",
        "base_url": "https://apps.net-results.com",
        "user_env": "NR_USER",
        "password_env": "NR_PW",
    }
    return Api(**{**usual, **more})


@pytest.mark.parametrize(
    "url",
    [
        "https://apps.net-results.com", "https://a.volacciapp.com/", "https://api.example/v1/graphql",
        "http://127.0.0.1:8000", "http://localhost:8000/x", "http://[::1]:80", "https://localhost",
    ],
)  # fmt: skip
def test_addresses_that_are_taken(url: str) -> None:
    assert _api(base_url=url).base_url == url


@pytest.mark.parametrize(
    "url",
    [
        "http://apps.net-results.com", "ftp://127.0.0.1", "https://", "apps.net-results.com", "http://127.0.0.1.evil.example",
        f"https://nina:{SECRET}@apps.net-results.com", f"https://apps.net-results.com/?access_token={SECRET}",
        f"https://apps.net-results.com/#{SECRET}", "https://apps.net-results.com/ x", "https://evil.example\\@127.0.0.1",
        "http://localhost@evil.example/", "https://apps.net-results.com/%2e%2e",
    ],
)  # fmt: skip
def test_addresses_that_are_refused_and_not_repeated(tmp_path: Path, url: str) -> None:
    with pytest.raises(BadInput, match=r"source\.api\.base_url: expected https") as caught:
        load(_file(tmp_path, base_url=url))
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("more", "url", "login"),
    [
        ({}, "https://apps.net-results.com/api/v2/rpc/server.php", "basic"),
        ({"base_url": "https://a.example/"}, "https://a.example/api/v2/rpc/server.php", "basic"),
        ({"base_url": "https://a.example/my/rpc.php"}, "https://a.example/my/rpc.php", "basic"),
        ({"endpoint": "/rpc"}, "https://apps.net-results.com/rpc", "basic"),
        ({"kind": "graphql", "token_env": "T"}, "https://apps.net-results.com/graphql", "bearer"),
        ({"token_env": "T"}, "https://apps.net-results.com/api/v2/rpc/server.php", "basic"),
        ({"token_env": "T", "user_env": None}, "https://apps.net-results.com/api/v2/rpc/server.php", "oauth"),
        ({"auth": "session"}, "https://apps.net-results.com/api/v2/rpc/server.php", "session"),
    ],
)
def test_where_requests_go_and_how_they_log_in(more: dict[str, Any], url: str, login: str) -> None:
    assert (_api(**more).url, _api(**more).login) == (url, login)


@pytest.mark.parametrize("key", ["user_env", "password_env", "token_env", "client_id_env", "client_secret_env"])
@pytest.mark.parametrize("value", [SECRET, "two words", "tok-en", ""])
def test_a_secret_in_place_of_a_name_is_refused_and_not_repeated(tmp_path: Path, key: str, value: str) -> None:
    with pytest.raises(BadInput, match=rf"source\.api\.{key}: expected the name of an environment variable") as caught:
        load(_file(tmp_path, **{key: value}))
    assert not value or value not in str(caught.value)


@pytest.mark.parametrize("key", ["token", "password", "client_secret", "access_token", "api_key"])
def test_a_secret_under_its_own_key_is_refused_and_not_repeated(tmp_path: Path, key: str) -> None:
    with pytest.raises(BadInput, match=rf"source\.api\.{key}: a secret must not stand in this file") as caught:
        load(_file(tmp_path, **{key: SECRET}))
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("key", ["endpoint", "auth", "objects"])
def test_a_secret_in_another_place_is_not_repeated_either(tmp_path: Path, key: str) -> None:
    with pytest.raises(BadInput) as caught:
        load(_file(tmp_path, **{key: f"?token={SECRET}"}))
    if key == "endpoint":
        assert SECRET not in str(caught.value)
    assert f"source.api.{key}" in str(caught.value)


def test_the_login_comes_from_the_environment_and_is_in_no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NR_USER", "nina")
    monkeypatch.setenv("NR_PW", f" {SECRET} ")
    found = _api().secrets()
    assert (found.user, found.password, found.token) == ("nina", SECRET, "")
    assert SECRET not in repr(found) + repr(_api()) + _api().model_dump_json()


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({}, ["NR_USER", "NR_PW"]), ({"auth": "session"}, ["NR_USER", "NR_PW"]),
        ({"auth": "oauth", "token_env": "NR_T", "client_id_env": "NR_I"}, ["NR_T", "NR_I"]),
        ({"kind": "graphql", "token_env": "NR_T"}, ["NR_T"]),
    ],
)  # fmt: skip
def test_variables_that_are_not_set_are_named_in_one_line(
    monkeypatch: pytest.MonkeyPatch, more: dict[str, Any], named: list[str]
) -> None:
    for name in ("NR_USER", "NR_PW", "NR_T", "NR_I"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(BadInput) as caught:
        _api(**more).secrets()
    said = str(caught.value)
    assert len(said.splitlines()) == 1
    assert [name for name in ("NR_USER", "NR_PW", "NR_T", "NR_I") if f"the variable {name} is not set" in said] == named


def test_an_api_is_enough_and_takes_only_a_whole_delta(tmp_path: Path) -> None:
    parameters = load(_file(tmp_path))
    assert parameters.source.export is None
    (tmp_path / "delta").mkdir()
    assert load(_file(tmp_path, delta_export={"path": "delta", "kind": "full"})).source.delta_export is not None
    with pytest.raises(BadInput, match=r"source\.delta_export\.kind: beside an api"):
        load(_file(tmp_path, delta_export={"path": "delta", "kind": "changed_since"}))


def test_graphql_reads_contacts_only() -> None:
    with pytest.raises(ValidationError, match="gives contacts only"):
        _api(kind="graphql", token_env="T", objects=["contacts", "lists"])


def test_the_api_of_the_example_can_be_used_as_it_stands() -> None:
    """The commented section, without its comment marks, is valid and names every key with its default."""
    text = (ROOT / "parameters" / "example.yaml").read_text(encoding="utf-8")
    lines = text[text.index("  # api:") : text.index("  files: {}")].splitlines()
    keys = [line[4:] for line in lines if re.match(r"  # (api|  \w+):", line)]
    section = yaml.safe_load("\n".join(keys))
    api = section["api"]
    assert set(api) == set(Api.model_fields)
    defaults = {name: field.get_default() for name, field in Api.model_fields.items() if not field.is_required()}
    given = {key: value for key, value in api.items() if key in defaults and not key.endswith("_env")}
    assert given == {key: value for key, value in defaults.items() if not key.endswith("_env")}
    assert Api(**api).login == "basic"


def _file(folder: Path, **more: Any) -> Path:
    source = {"delta_export": more.pop("delta_export", None), "api": {**_api().model_dump(exclude_unset=True), **more}}
    content = {"customer": "x", "source": source, "destination": {"kind": "sandbox", "plan": "growth"}}
    path = folder / "x.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path
