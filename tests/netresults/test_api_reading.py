"""An API read whole: only by reading, once, resumable, without erased people, and with all that is odd said."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from nrpd.api_parameters import Api
from nrpd.errors import BadInput, Locked
from nrpd.netresults.apicalls import ApiRefused, SourceUnreachable
from nrpd.netresults.apierase import Eraser
from nrpd.netresults.apiread import Snapshot, forget, load_snapshot, needs_reading, read_api
from nrpd.netresults.jsonrpc import READS
from nrpd.netresults.records import address_hash
from nrpd.netresults.staged import Staged
from nrpd.netresults.staging import stage
from tests.netresults import apicustomer as customer
from tests.netresults.apiservers import CLIENT_ID, CLIENT_SECRET, PASSWORD, TOKEN, USER, GraphQlServer, JsonRpcServer
from tests.netresults.support import Settings
from tests.pipedrive.server import Reply

VARIABLES = {"U": USER, "P": PASSWORD, "T": TOKEN, "I": CLIENT_ID, "S": CLIENT_SECRET}
NOBODY = Eraser(frozenset())


@pytest.fixture(autouse=True)
def _login(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def servers() -> Iterator[list[Any]]:
    """Servers that a test started: stopped after it, and nobody may have been asked to write."""
    started: list[Any] = []
    yield started
    for server in started:
        server.stop()
        assert server.refused == []


def _rpc(servers: list[Any], **more: Any) -> JsonRpcServer:
    servers.append(customer.jsonrpc_server(**more))
    server: JsonRpcServer = servers[-1]
    return server


def _api(server: Any, **more: Any) -> Api:
    usual: dict[str, Any] = {"base_url": server.url, "requests_per_second": 1000, "page_size": 5}
    login = {"token_env": "T"} if isinstance(server, GraphQlServer) else {"user_env": "U", "password_env": "P"}
    kind = "graphql" if isinstance(server, GraphQlServer) else "jsonrpc"
    return Api(**{"kind": kind, **usual, **login, **more})


def _read(api: Api, folder: Path, eraser: Eraser = NOBODY, **more: Any) -> Snapshot:
    return read_api(api, folder, eraser, lambda *_: None, retry_wait=0.01, **more)


def _staged(api: Api, folder: Path, eraser: Eraser = NOBODY) -> Staged:
    return stage(Settings(None, erased=eraser.hashes), folder / "staged", _read(api, folder / "api", eraser).given)


def _said(staged: Staged) -> list[tuple[str, str]]:
    return [(flag.file.removeprefix("api/"), flag.detail) for flag in staged.flags if flag.kind == "source"]


def test_only_reading_methods_are_called(tmp_path: Path, servers: list[Any]) -> None:
    server = _rpc(servers)
    objects = ["list_members", *_api(server).wanted]
    _read(_api(server, objects=objects, suppression_segments={"Hard bounced": "hard bounce"}), tmp_path)
    assert set(server.methods) == READS - {"User.getSessionId"}
    assert server.refused == []


@pytest.mark.parametrize(
    ("offset", "cap", "total"),
    [("rows0", 3, "total"), ("rows1", 1000, None), ("refuses0", 1000, None), ("pages0", 3, None),
     ("pages1", 1000, "intTotalResults")],
)  # fmt: skip
def test_paging_trusts_nothing(tmp_path: Path, servers: list[Any], offset: str, cap: int, total: str | None) -> None:
    only = ["contacts", "lists", "activity_history"]
    server = _rpc(servers, offset=offset, cap=cap, total=total)
    staged = _staged(_api(server, objects=only), tmp_path)
    assert [row["contact_id"] for row in staged.rows("contacts")] == [row["contact_id"] for row in customer.contacts()]
    assert staged.count("email_sends") == len(customer.events())
    assert not [text for _, text in _said(staged) if "twice" in text]


def test_a_page_that_repeats_rows_is_said(tmp_path: Path, servers: list[Any]) -> None:
    rows = customer.jsonrpc_server().contacts
    server = _rpc(servers, contacts=[*rows[:8], rows[6], *rows[8:]])
    staged = _staged(_api(server, objects=["contacts"]), tmp_path)
    assert staged.count("contacts") == customer.PEOPLE
    assert ("contacts", "1 rows came twice (same id) and were read once") in _said(staged)


def test_fewer_rows_than_the_api_says_are_said(tmp_path: Path, servers: list[Any]) -> None:
    server = _rpc(servers, total="total")
    cut = Reply({"result": {"results": [], "total": 23}})
    server.before = lambda number, method: cut if server.calls[-1][1].get("offset", 0) >= 10 else None
    staged = _staged(_api(server, objects=["contacts"]), tmp_path)
    assert ("contacts", "10 rows were read, but the API says that there are 23") in _said(staged)


# Going on


_KILLED = """
import os, signal, sys
from pathlib import Path
from nrpd.api_parameters import Api
from nrpd.netresults.apierase import Eraser
from nrpd.netresults.apiread import read_api
import json
seen = []
def tell(done, total, what):
    seen.append(what)
    if len(seen) == int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)
read_api(Api(**json.loads(sys.argv[1])), Path(sys.argv[2]), Eraser(frozenset()), tell)
"""


def test_a_killed_reading_goes_on_where_it_stopped(tmp_path: Path, servers: list[Any]) -> None:
    server = _rpc(servers)
    settings = _api(server).model_dump(mode="json")
    command = [sys.executable, "-c", _KILLED, json.dumps(settings), str(tmp_path / "x" / "api"), "60"]
    ended = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}, timeout=60, check=False
    )
    assert ended.returncode == -signal.SIGKILL
    before = len(server.calls)
    assert load_snapshot(tmp_path / "x" / "api") is None
    killed = _staged(_api(server), tmp_path / "x")
    again = Counter(map(repr, server.calls[:before])) & Counter(map(repr, server.calls[before:]))
    assert sum(again.values()) <= 5, again  # what was not kept yet, what one contact's history began with, the types
    whole = _staged(_api(_rpc(servers)), tmp_path / "y")
    assert killed.digest == whole.digest


def test_an_unreachable_api_keeps_what_was_read(tmp_path: Path, servers: list[Any]) -> None:
    server = _rpc(servers)
    server.before = lambda number, method: Reply("<title>Down</title>", 503) if number > 40 else None
    with pytest.raises(SourceUnreachable, match="'Down'"):
        _read(_api(server), tmp_path)
    asked = len(server.calls)
    server.before = lambda number, method: None
    _read(_api(server), tmp_path)
    assert Counter(server.methods[asked:])["Contact.getMultiple"] == 0


def test_a_complete_reading_is_free_until_somebody_asks_again(tmp_path: Path, servers: list[Any]) -> None:
    server = _rpc(servers)
    api, folder = _api(server, objects=["contacts"]), tmp_path / "api"
    first = _read(api, folder)
    asked = len(server.calls)
    assert not needs_reading(api, folder, NOBODY)
    assert _read(_api(server, objects=["contacts"], page_size=50, requests_per_second=7, timeout=3), folder) == first
    assert _read(api, folder, since=first.began) == first
    assert len(server.calls) == asked
    assert not (folder / "pages").exists()
    forget(folder)
    assert load_snapshot(folder) == first
    second = _read(api, folder)
    assert second.began > first.began
    third = _read(api, folder, since=datetime.now(UTC))
    assert third.began > second.began
    assert len(server.calls) == 3 * asked
    assert not needs_reading(api, folder, NOBODY)
    assert needs_reading(_api(server, objects=["contacts", "lists"]), folder, NOBODY)


def test_a_reading_that_began_before_does_not_go_on_after(tmp_path: Path, servers: list[Any]) -> None:
    server = _rpc(servers)
    api = _api(server, objects=["contacts"])
    server.before = lambda number, method: Reply("", 404) if number == 4 else None
    with pytest.raises(BadInput):
        _read(api, tmp_path)
    freeze = datetime.now(UTC)
    assert _read(api, tmp_path, since=freeze).began >= freeze
    assert server.calls.count(server.calls[0]) == 2


def test_two_processes_do_not_read_at_once(tmp_path: Path, servers: list[Any]) -> None:
    with FileLock(tmp_path / ".api.lock"), pytest.raises(Locked, match="another process is reading"):
        _read(_api(_rpc(servers)), tmp_path / "api")


def test_progress_is_told_after_every_answer(tmp_path: Path, servers: list[Any]) -> None:
    told: list[tuple[int, int | None, str]] = []
    api = _api(_rpc(servers, total="total"), objects=["contacts", "mailing_info"])
    read_api(api, tmp_path, NOBODY, lambda *line: told.append(line))
    assert [line for line in told if line[2] == "contacts"][-1] == (23, 23, "contacts")
    assert [line[0] for line in told if line[2] == "contact_mailing_info"] == list(range(1, 24))


# Erased people


def test_erased_people_are_in_no_file_only_as_a_count(tmp_path: Path, servers: list[Any]) -> None:
    server = _rpc(servers)
    eraser = Eraser(frozenset({address_hash("PERSON3@firm3.example"), address_hash(customer.OWNERS[0])}))
    server.before = lambda number, method: Reply("", 404) if number == 60 else None
    with pytest.raises(BadInput):
        _read(_api(server), tmp_path / "api", eraser)
    _scan(tmp_path, b"person3@firm3.example")
    server.before = lambda number, method: None
    staged = _staged(_api(server), tmp_path, eraser)
    _scan(tmp_path, b"person3@firm3.example")
    assert (staged.erased, staged.source_rows["contacts"], staged.count("contacts")) == (1, 23, 22)
    assert not [params for _, params in server.calls if params.get("contact_id") in (103, "103")]
    assert [row["email"] for row in staged.rows("owners")] == [customer.OWNERS[1]]
    assert "Person13@firm1.example" in [row["email"] for row in staged.rows("contacts")]


def test_people_erased_after_the_reading_leave_it(tmp_path: Path, servers: list[Any]) -> None:
    server = _rpc(servers)
    before = _staged(_api(server), tmp_path).rows("email_sends")
    asked = len(server.calls)
    eraser = Eraser(frozenset({address_hash("Person3@firm3.example")}))
    after = _staged(_api(server), tmp_path, eraser)
    assert len(server.calls) == asked
    _scan(tmp_path, b"person3@firm3.example")
    assert (after.erased_rows["contacts"], after.source_rows["contacts"]) == (1, 23)
    kept = [row["contact_id"] for row in before if row["contact_id"] != "103"]
    assert len(kept) < len(before)
    assert [row["contact_id"] for row in after.rows("email_sends")] == kept
    assert _staged(_api(server), tmp_path, eraser).digest == after.digest
    assert needs_reading(_api(server), tmp_path / "api", NOBODY)  # somebody is not erased any more


def test_a_pinned_address_is_erased_too(tmp_path: Path, servers: list[Any]) -> None:
    rows = [{"contact_id": 1, "private": "gone@x.example"}, {"contact_id": 2, "private": "b@x.example"}]
    eraser = Eraser(frozenset({address_hash("gone@x.example")}), "Private")
    _read(_api(_rpc(servers, contacts=rows), objects=["contacts"]), tmp_path, eraser)
    _scan(tmp_path, b"gone@x.example")


def _scan(folder: Path, needle: bytes) -> None:
    holding = [path for path in folder.rglob("*") if path.is_file() and needle in path.read_bytes().lower()]
    assert holding == []


def test_no_secret_is_in_a_file(tmp_path: Path, servers: list[Any]) -> None:
    server = _rpc(servers, auth="session")
    _staged(_api(server, auth="session"), tmp_path)
    for secret in (*VARIABLES.values(), *server.valid_sessions):
        if secret != USER:
            _scan(tmp_path, secret.encode().lower())


# What an API does not give


def test_a_method_that_is_missing_leaves_its_part_out_and_says_so(tmp_path: Path, servers: list[Any]) -> None:
    server = _rpc(servers, missing=["Email.getMultiple", "CustomAttribute.getByContact", "User.getOneByEmail"])
    server.before = lambda number, method: Reply("", 404) if number == 60 else None
    with pytest.raises(BadInput):
        _read(_api(server), tmp_path / "api")
    server.before = lambda number, method: None
    staged = _staged(_api(server), tmp_path)
    said = dict(_said(staged))
    assert "Email.getMultiple was refused: Method not found (-32601)" in said["emails"]
    assert "CustomAttribute.getByContact was refused" in said["custom_attributes"]
    assert "User.getOneByEmail was refused" in said["users"]
    assert server.methods.count("CustomAttribute.getByContact") == 1
    assert staged.count("contacts") == 23
    assert "Favorite Product" in staged.columns("contacts")


def test_without_contacts_nothing_is_read(tmp_path: Path, servers: list[Any]) -> None:
    with pytest.raises(ApiRefused, match=r"Contact\.getMultiple was refused: Method not found"):
        _read(_api(_rpc(servers, missing=["Contact.getMultiple"])), tmp_path)


def test_a_refusal_for_another_reason_stops_and_names_the_way_out(tmp_path: Path, servers: list[Any]) -> None:
    server = _rpc(servers)
    denied = Reply({"error": {"code": 403, "message": "Permission denied"}})
    server.before = lambda number, method: denied if method == "Campaign.getMultiple" else None
    with pytest.raises(BadInput, match=r"Permission denied \(403\)\n.*leave it out of source\.api\.objects"):
        _read(_api(server), tmp_path)
    assert _read(_api(server, objects=["contacts"]), tmp_path)


def test_single_refusals_are_counted_and_many_stop(tmp_path: Path, servers: list[Any]) -> None:
    server = _rpc(servers)
    gone = Reply({"error": {"code": 5, "message": "No such contact"}})
    server.before = lambda number, method: (
        gone if method == "Contact.getMailingInfo" and server.calls[-1][1]["contact_id"] in (108, "108") else None
    )
    staged = _staged(_api(server, objects=["contacts", "mailing_info"]), tmp_path)
    (text,) = [text for part, text in _said(staged) if part == "mailing_info"]
    assert text.startswith("refused for 1 of them, first: source.api: Contact.getMailingInfo was refused: No such")
    server.before = lambda number, method: gone if method == "Contact.getMailingInfo" else None
    with pytest.raises(BadInput, match="No such contact"):
        _read(_api(server, objects=["contacts", "mailing_info"]), tmp_path / "other")


def test_rows_without_an_id_are_kept_and_counted(tmp_path: Path, servers: list[Any]) -> None:
    rows = [
        {"contact_id": 1, "email": "a@x.example"},
        {"email": "b@x.example", "new_key": [1, 2]},
        {"contact_id": None},
    ]
    staged = _staged(_api(_rpc(servers, contacts=rows, mailing={})), tmp_path)
    assert [(r["contact_id"], r["email"], r["new_key"]) for r in staged.rows("contacts")] == [
        ("1", "a@x.example", ""), ("", "b@x.example", "1; 2"), ("", "", ""),
    ]  # fmt: skip
    said = "nothing more was asked about 2 contacts without id, or without address, name and phone"
    assert ("contacts", said) in _said(staged)


def test_nothing_is_asked_about_visitors(tmp_path: Path, servers: list[Any]) -> None:
    people: list[Any] = [
        {"contact_id": 1, "contact_email_address": "a@x.example"}, {"contact_id": 2, "contact_ip_address": 3232235777},
        {"contact_id": 3, "contact_last_name": "Lee"},
        {"contact_id": 4, "Company": {"company_id": 1, "company_name": "-"}},
        {"contact_id": 5, "contact_email_address": "", "contact_mobile_phone": "+1"},
    ]  # fmt: skip
    server = _rpc(servers, contacts=people)
    staged = _staged(_api(server), tmp_path)
    asked = {params["contact_id"] for method, params in server.calls if "contact_id" in params}
    assert (asked, staged.count("contacts")) == ({1, 3, 5}, 5)


def test_contacts_that_cannot_be_recognised_are_refused_with_their_keys(tmp_path: Path, servers: list[Any]) -> None:
    api = _api(_rpc(servers, contacts=[{"contact_id": 1, "addr": "a@x.example", "fn": "Ann"}]))
    with pytest.raises(BadInput, match=r"their keys are contact_id, addr, fn\. Say in source\.columns"):
        _read(api, tmp_path)
    read = _read(api, tmp_path, Eraser(frozenset(), "Addr"))
    staged = stage(Settings(None, columns={"contacts": {"email": "addr"}}), tmp_path / "staged", read.given)
    assert [(row["email"], row["fn"]) for row in staged.rows("contacts")] == [("a@x.example", "Ann")]


def test_a_contact_that_is_no_object_is_refused(tmp_path: Path, servers: list[Any]) -> None:
    with pytest.raises(BadInput, match="a contact is no object but 'x'"):
        _read(_api(_rpc(servers, contacts=["x"])), tmp_path)


def test_an_empty_account_is_an_empty_table(tmp_path: Path, servers: list[Any]) -> None:
    staged = _staged(_api(_rpc(servers, contacts=[], campaigns=[], emails=[])), tmp_path)
    assert (staged.count("contacts"), staged.has("contacts"), staged.has("campaigns")) == (0, True, False)


@pytest.mark.parametrize("result", [None, False, "", [], {"results": []}, {"results": {}}, {"total": 0}])
def test_forms_of_nothing(tmp_path: Path, servers: list[Any], result: Any) -> None:
    server = _rpc(servers)
    server.before = lambda number, method: Reply({"result": result}) if method == "Campaign.getMultiple" else None
    assert not _staged(_api(server, objects=["contacts", "campaigns"]), tmp_path).has("campaigns")


@pytest.mark.parametrize("form", ["list", "results", "other", "numbered", "flat_numbered"])
def test_forms_of_a_list(tmp_path: Path, servers: list[Any], form: str) -> None:
    server = _rpc(servers)
    rows = list(server.campaigns)
    shaped = {
        "list": rows, "results": {"results": rows, "more": [1]}, "other": {"campaigns": rows, "page": 1},
        "numbered": {"results": {str(n): row for n, row in enumerate(rows)}},
        "flat_numbered": {str(n): row for n, row in enumerate(rows)},
    }[form]  # fmt: skip
    server.before = lambda number, method: (
        Reply({"result": shaped if server.calls[-1][1]["offset"] == 0 else []})
        if method == "Campaign.getMultiple"
        else None
    )
    staged = _staged(_api(server, objects=["contacts", "campaigns"]), tmp_path)
    assert [row["name"] for row in staged.rows("campaigns")] == [row["name"] for row in customer.campaigns()]


def test_an_answer_without_a_list_is_said_with_its_keys(tmp_path: Path, servers: list[Any]) -> None:
    server = _rpc(servers)
    server.before = lambda number, method: Reply({"result": {"a": [], "b": []}})
    with pytest.raises(SourceUnreachable, match="gives no list that can be told; its keys are"):
        _read(_api(server), tmp_path)


# What the API says about mailing, lists and owners


def test_mailing_info_suppresses_as_its_words_say(tmp_path: Path, servers: list[Any]) -> None:
    infos: list[Any] = [
        {"unsubscribed": True, "bounced": False}, {"mailable": False}, {"is_mailable": 1}, {"mailable": "unknown"},
        "unsubscribed", None, [{"hard_bounced": "2024-01-02"}], {"contact_id": 8, "email_format": "html"}, False,
        {"mailable": False, "unsubscribed_contact": "Yes"},
    ]  # fmt: skip
    people = [
        {"contact_id": n, "contact_email_address": f"p{n}@x.example", "first_name": "P"} for n in range(len(infos))
    ]
    server = _rpc(servers, contacts=people, mailing={str(n): info for n, info in enumerate(infos)})
    staged = _staged(_api(server, objects=["contacts", "mailing_info"]), tmp_path)
    rows = staged.rows("contacts")
    assert [(row["unsubscribed"], row["bounced"]) for row in rows] == [
        ("true", "false"), ("", ""), ("", ""), ("", ""), ("unsubscribed", ""), ("", ""), ("", "2024-01-02"), ("", ""),
        ("", ""), ("Yes", ""),
    ]  # fmt: skip
    assert rows[7]["email_format"] == "html"
    assert [(row["email"], row["reason"]) for row in staged.rows("suppressions")] == [
        (f"p{n}@x.example", "not mailable") for n in (1, 3, 8)
    ]


def test_the_strictest_word_about_mailing_stays(tmp_path: Path, servers: list[Any]) -> None:
    people = [
        {"contact_id": n, "email": f"p{n}@x.example", "unsubscribed": word} for n, word in enumerate(("Yes", "No"))
    ]
    infos = {"0": {"unsubscribed": "No"}, "1": {"unsubscribed": "Yes"}}
    server = _rpc(servers, contacts=people, mailing=infos)
    staged = _staged(_api(server, objects=["contacts", "mailing_info"]), tmp_path)
    assert [row["unsubscribed"] for row in staged.rows("contacts")] == ["Yes", "Yes"]


def _lists(staged: Staged) -> dict[str, str]:
    return {row["contact_id"]: row["lists"] for row in staged.rows("contacts") if row.get("lists")}


def test_lists_of_contacts_are_read_where_that_is_quick_or_asked_for(
    tmp_path: Path, servers: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = {row["contact_id"]: row["lists"] for row in customer.contacts() if row["lists"]}
    assert _lists(_staged(_api(_rpc(servers)), tmp_path / "few")) == wanted
    monkeypatch.setattr("nrpd.netresults.jsonrpc_reader.FEW", 45)
    many = _staged(_api(_rpc(servers)), tmp_path / "many")
    assert _lists(many) == {}
    assert [text for _, text in _said(many) if "it takes 46 requests; add list_members" in text]
    asked = _staged(_api(_rpc(servers), objects=["contacts", "list_members"]), tmp_path / "asked")
    assert _lists(asked) == wanted
    assert _lists(_staged(_api(_rpc(servers), objects=["contacts", "lists"]), tmp_path / "not")) == {}


def test_contacts_that_name_their_lists_are_not_asked_about(tmp_path: Path, servers: list[Any]) -> None:
    people = [{"contact_id": 1, "email": "a@x.example", "email_lists": [31, "32"]}]
    server = _rpc(servers, contacts=people)
    assert _lists(_staged(_api(server), tmp_path)) == {"1": "News; Events"}
    assert "EmailList.getContactParticipation" not in server.methods


def test_a_participation_that_cannot_be_told_is_left_out_unless_it_was_asked_for(
    tmp_path: Path, servers: list[Any]
) -> None:
    server = _rpc(servers)
    odd = Reply({"result": "perhaps"})
    server.before = lambda number, method: odd if method == "EmailList.getContactParticipation" else None
    staged = _staged(_api(server), tmp_path / "a")
    assert _lists(staged) == {}
    assert [text for part, text in _said(staged) if part == "list_members" and "not known: 'perhaps'" in text]
    with pytest.raises(BadInput, match="not known: 'perhaps'"):
        _read(_api(server, objects=["contacts", "lists", "list_members"]), tmp_path / "b")


def test_attributes_in_an_unknown_form_stop_at_the_first_answer(tmp_path: Path, servers: list[Any]) -> None:
    server = _rpc(servers, attributes={"101": [{"custom_attribute": "Size", "contents": "M"}]})
    with pytest.raises(BadInput, match="their keys are custom_attribute, contents"):
        _read(_api(server), tmp_path)
    assert server.methods.count("CustomAttribute.getByContact") == 1


def test_a_segment_that_is_not_there_is_named(tmp_path: Path, servers: list[Any]) -> None:
    with pytest.raises(BadInput, match=r"suppression_segments: there is no segment Bounced"):
        _read(_api(_rpc(servers), suppression_segments={"Bounced": "hard bounce"}), tmp_path)


def test_whether_the_api_says_who_must_not_be_mailed(tmp_path: Path, servers: list[Any]) -> None:
    assert _read(_api(_rpc(servers)), tmp_path / "a").says_suppressions
    assert not _read(_api(_rpc(servers), objects=["contacts"]), tmp_path / "b").says_suppressions
    named = _api(_rpc(servers), objects=["contacts"], suppression_segments={"Hard bounced": "hard bounce"})
    assert _read(named, tmp_path / "c").says_suppressions


def test_ids_are_sent_back_as_they_came(tmp_path: Path, servers: list[Any]) -> None:
    server = _rpc(servers)
    _read(_api(server, objects=["contacts", "mailing_info"]), tmp_path)
    sent = [params["contact_id"] for method, params in server.calls if method == "Contact.getMailingInfo"]
    assert sent == [row["contact_id"] for row in server.contacts]


# GraphQL


def test_graphql_reads_pages_of_every_type_of_entity(tmp_path: Path, servers: list[Any]) -> None:
    servers.append(customer.graphql_server(cap=4))
    staged = _staged(_api(servers[0], entity_types=["LEAD", "CONTACT"]), tmp_path)
    assert sorted(row["contact_id"] for row in staged.rows("contacts")) == [
        row["contact_id"] for row in customer.contacts()
    ]
    assert {query.split("(")[0] for query in servers[0].queries} == {"query { contacts", "query { contactByEmail"}
    said = [text for _, text in _said(staged)]
    assert any("custom fields are not read" in text for text in said)
    assert not [text for text in said if "contact_id" in text or "not checked" in text or "asked for by" in text]


def test_graphql_names_are_settings(tmp_path: Path, servers: list[Any]) -> None:
    servers.append(customer.graphql_server(path="/v1/api", contacts_name="people"))
    more = {"endpoint": "/v1/api", "contacts_query": "people", "by_email_query": None}
    staged = _staged(_api(servers[0], **more, fields={"title": "", "Stage": "lead_stage"}), tmp_path)
    assert "title" not in staged.columns("contacts")
    assert {row["lead_stage"] for row in staged.rows("contacts")} == {"New", "Customer"}
    whole = _api(servers[0], **{**more, "endpoint": None, "base_url": f"{servers[0].url}/v1/api"})
    assert _read(whole, tmp_path / "other").given.erased == {}


def test_graphql_goes_on_where_it_stopped(tmp_path: Path, servers: list[Any]) -> None:
    server = customer.graphql_server()
    servers.append(server)
    errors = {"errors": [{"message": "Too deep"}], "data": {"contacts": None}}
    server.before = lambda number, query: Reply(errors) if number == 3 else None
    with pytest.raises(ApiRefused, match="contacts was refused: Too deep"):
        _read(_api(server, by_email_query=None), tmp_path)
    assert len(_read(_api(server, by_email_query=None), tmp_path).given.flags) == 3
    pages = [query.split("page: ")[1].split(")")[0] for query in server.queries]
    assert pages == ["1", "2", "3", "3", "4", "5"]


def test_an_address_that_finds_somebody_else_is_said(tmp_path: Path, servers: list[Any]) -> None:
    server = customer.graphql_server()
    servers.append(server)
    server.before = lambda number, query: (
        Reply({"data": {"contactByEmail": {"id": "999"}}}) if "ByEmail" in query else None
    )
    said = [text for _, text in _said(_staged(_api(server), tmp_path))]
    assert len([text for text in said if text.endswith("is 999")]) == 10


def test_began_is_before_the_first_request(tmp_path: Path, servers: list[Any]) -> None:
    before = datetime.now(UTC)
    read = _read(_api(_rpc(servers), objects=["contacts"]), tmp_path)
    assert before <= read.began <= before + timedelta(seconds=60)
