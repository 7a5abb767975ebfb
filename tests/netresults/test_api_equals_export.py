"""Issue "Read whatever the customer exported", Show 3: one customer, as exports and through either API, one staging."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from nrpd.api_parameters import Api
from nrpd.netresults.apierase import Eraser
from nrpd.netresults.apiread import read_api
from nrpd.netresults.records import OBJECT_COLUMNS
from nrpd.netresults.staged import Staged
from nrpd.netresults.staging import stage
from tests.netresults import apicustomer as customer
from tests.netresults.apiservers import PASSWORD, TOKEN, USER
from tests.netresults.support import Settings

NOT_GIVEN = {
    "jsonrpc": {
        "companies": "there is no controller for accounts; contacts bring id and name of theirs along",
        "workflows": "", "campaign_members": "", "notes": "", "activities": "", "files": "",
    },
    "graphql": {
        "campaigns": "only contacts and contactByEmail are known", "email_sends": "", "suppressions": "",
        "templates": "", "owners": "", "workflows": "", "campaign_members": "", "notes": "", "activities": "",
        "files": "",
    },
}  # fmt: skip
"""Objects that no documented method of an API gives, and, for those of this customer, why."""
NOT_GIVEN_COLUMNS = {("graphql", "companies"): {"city"}}
"""An account in the GraphQL API is id, name and website."""


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Staged]]:
    folder = tmp_path_factory.mktemp("same")
    rpc, graph = customer.jsonrpc_server(), customer.graphql_server()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("X_USER", USER), ("X_PASSWORD", PASSWORD), ("X_TOKEN", TOKEN)):
            patch.setenv(name, value)
        fast: dict[str, Any] = {"requests_per_second": 1000, "page_size": 5}
        apis = {
            "jsonrpc": Api(
                kind="jsonrpc", base_url=rpc.url, user_env="X_USER", password_env="X_PASSWORD",
                suppression_segments={"hard bounced": "hard bounce"}, **fast,
            ),
            "graphql": Api(
                kind="graphql", base_url=graph.url, token_env="X_TOKEN", fields=customer.GRAPHQL_FIELDS,
                custom_fields=list(customer.CUSTOM), **fast,
            ),
        }  # fmt: skip
        found = {}
        for name, api in apis.items():
            read = read_api(api, folder / name, Eraser(frozenset()), lambda *_: None)
            found[name] = stage(Settings(None), folder / f"staged_{name}", read.given)
    for name, labels in (("api_names", False), ("labels", True)):
        export = customer.write_export(folder / name, labels)
        found[name] = stage(Settings(export), folder / f"staged_{name}")
    yield found
    assert (rpc.refused, graph.refused) == ([], [])
    rpc.stop()
    graph.stop()


def _table(staged: Staged, object_: str, without: set[str] | None = None) -> list[dict[str, str]]:
    rows = [{k: t for k, t in row.items() if k not in (without or set())} for row in staged.rows(object_)]
    return customer.without_place(rows)


@pytest.mark.parametrize("object_", list(OBJECT_COLUMNS))
@pytest.mark.parametrize("form", ["labels", "jsonrpc", "graphql"])
def test_the_tables_are_those_of_the_export_with_api_names(staged: dict[str, Staged], form: str, object_: str) -> None:
    if object_ in NOT_GIVEN.get(form, {}):
        assert not staged[form].has(object_)
        return
    without = NOT_GIVEN_COLUMNS.get((form, object_), set())
    expected = _table(staged["api_names"], object_, without)
    assert _table(staged[form], object_) == expected
    own = {
        "contacts": 23,
        "companies": 3,
        "campaigns": 5,
        "email_sends": 32,
        "owners": 2,
        "templates": 3,
        "suppressions": 2,
    }
    assert len(expected) == own.get(object_, 0)


def test_a_contact_is_whole(staged: dict[str, Staged]) -> None:
    expected = [row | {"Email (custom attribute)": row["Email"]} for row in customer.contacts()]
    for row in expected:
        del row["Email"]
    for form in staged.values():
        assert _table(form, "contacts") == customer.without_place(expected)


def test_the_bodies_of_the_templates_are_the_same(staged: dict[str, Staged]) -> None:
    def bodies(form: Staged, prefix: str) -> dict[str, bytes]:
        return {n.removeprefix(prefix): form.read_bytes(n) for n in form.attachments if n.endswith(".html")}

    expected = bodies(staged["api_names"], "")
    assert len(expected) == 3
    assert bodies(staged["jsonrpc"], "api/") == expected


def test_what_is_no_object_is_kept_and_said(staged: dict[str, Staged]) -> None:
    kept = {name: staged["jsonrpc"].read_bytes(name) for name in staged["jsonrpc"].attachments if name.endswith(".csv")}
    assert {name: len(text.splitlines()) - 1 for name, text in kept.items()} == {
        "api/lists.csv": 2, "api/segments.csv": 2, "api/other_activity.csv": 1,
    }  # fmt: skip
    said = {flag.file: flag.detail for flag in staged["jsonrpc"].flags if flag.kind == "source"}
    assert said["api/other_activity.csv"].startswith("1 rows, no object of the migration")
