"""The optional assistant, over real HTTP against a server of this machine that records what it was sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from nrpd.errors import BadInput
from nrpd.mapping.profile import profile
from nrpd.mapping.propose import propose
from nrpd.mapping.sheet import read_yaml
from nrpd.netresults.records import SourceField
from nrpd.parameters import Assistant, load
from nrpd.phases.asking import AT_ONCE, ask
from nrpd.phases.catalogue import step_class
from nrpd.phases.session import Session
from nrpd.pipedrive.records import AccountFacts, Field, Option
from tests.mapping.support import account, custom
from tests.support import small

KEY = "a-key-that-must-not-leak"
VALUES = {
    "Kundenklasse": ["Zinnober", "Karmesin"] * 5,
    "Wert": ["4711.25", "815.5"] * 5,
    "Geheimnis": [f"nobody may read {n}" for n in range(10)],
    "email": [f"secret{n}@hidden.example" for n in range(10)],
    "Leer": [""] * 10,
}
INDUSTRY = Field("person", "Branch of trade", "b" * 40, "enum", True, (Option(1, "Zinnober"), Option(2, "Karmesin")))


@dataclass
class Endpoint:
    """An OpenAI-compatible endpoint that says what `answer` makes of the question."""

    answer: Callable[[dict[str, Any]], Any]
    status: int = 200
    sent: list[tuple[str, str, str]] = field(default_factory=list)
    """(path, Authorization, body) of each request."""
    url: str = ""


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    spoken = Endpoint(lambda question: {"fields": []})

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            spoken.sent.append((self.path, self.headers["Authorization"], body))
            question = json.loads(json.loads(body)["messages"][1]["content"])
            said = spoken.answer(question)
            content = said if isinstance(said, str) else json.dumps(said)
            made = json.dumps({"choices": [{"message": {"role": "assistant", "content": content}}]}).encode()
            self.send_response(spoken.status)
            if spoken.status == 307:
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            self.send_header("Content-Length", str(len(made)))
            self.end_headers()
            self.wfile.write(made)

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    spoken.url = f"http://127.0.0.1:{server.server_port}/v1"
    yield spoken
    server.shutdown()
    server.server_close()


@pytest.fixture
def assistant(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> Assistant:
    monkeypatch.setenv("ASSISTANT_KEY", KEY)
    return Assistant(base_url=endpoint.url, model="small", api_key_env="ASSISTANT_KEY")


def fields() -> list[SourceField]:
    return profile("contacts", VALUES, {}, ["f.csv"] * 10)


def facts() -> AccountFacts:
    return account(INDUSTRY, custom("Deal Size", "double"), custom("Day", "date"))


def says(**where: tuple[str, str]) -> Callable[[dict[str, Any]], Any]:
    """An answer with (field, type) by the name of the source field."""
    return lambda question: {
        "fields": [
            {"id": f["id"], "field": where[f["name"]][0], "type": where[f["name"]][1], "why": "as its name says"}
            for f in question["fields"]
            if f["name"] in where
        ]
    }


def test_it_is_given_names_types_and_counts_and_never_a_value(endpoint: Endpoint, assistant: Assistant) -> None:
    voices, notes = ask(assistant, fields(), facts())
    assert (voices, notes) == ({}, [])
    ((path, authorization, body),) = endpoint.sent
    assert (path, authorization) == ("/v1/chat/completions", f"Bearer {KEY}")
    for cells in VALUES.values():
        for text in filter(None, cells):
            assert text not in body
    question = json.loads(json.loads(body)["messages"][1]["content"])
    assert question["fields"][1] == {
        "id": 2, "entity": "person", "name": "Wert", "type": "decimal", "form": "", "records": 10, "filled": 10,
        "distinct": 2, "longest": 7, "options": 0,
    }  # fmt: skip
    assert [f["name"] for f in question["fields"]] == ["Kundenklasse", "Wert", "Geheimnis"]
    assert {"entity": "person", "name": "Branch of trade", "type": "enum", "options": 2} in question["account"]


def test_its_answer_is_one_more_voice(endpoint: Endpoint, assistant: Assistant) -> None:
    endpoint.answer = says(Kundenklasse=("Branch of trade", "enum"), Geheimnis=("", "varchar"))
    voices, notes = ask(assistant, fields(), facts())
    assert notes == []
    alone = {row.column: row for row in propose(fields(), facts())}
    heard = {row.column: row for row in propose(fields(), facts(), voices=voices)}
    assert heard["Kundenklasse"].target.field == "Branch of trade"
    assert heard["Kundenklasse"].confidence < 0.9
    assert "as its name says" in heard["Kundenklasse"].reason
    assert heard["Geheimnis"].target == alone["Geheimnis"].target
    assert alone["Geheimnis"].confidence < heard["Geheimnis"].confidence <= 1
    assert heard["Wert"] == alone["Wert"]
    unwatched = {row.column: row for row in propose(fields(), facts(), voices=voices, unwatched=True)}
    assert unwatched["Kundenklasse"].target.new


@pytest.mark.parametrize(
    ("field", "kind", "note"),
    [
        ("Shoe Size", "double", "the person has no field 'Shoe Size'"),
        ("Day", "date", "'Day' is of type date"),
        ("", "date", "a field of type date cannot hold its values without loss"),
        ("", "boolean", "there is no type 'boolean'"),
    ],
)
def test_what_it_says_is_checked(endpoint: Endpoint, assistant: Assistant, field: str, kind: str, note: str) -> None:
    endpoint.answer = says(Wert=(field, kind))
    voices, notes = ask(assistant, fields(), facts())
    assert voices == {}
    assert len(notes) == 1
    assert note in notes[0]


@pytest.mark.parametrize(
    "answer", ["I would rather not.", "{}", '{"fields": [{}]}', '{"fields": [{"id": 99}]}', "{" * 99]
)
def test_an_answer_in_another_form_is_ignored(endpoint: Endpoint, assistant: Assistant, answer: str) -> None:
    endpoint.answer = lambda _: answer
    voices, notes = ask(assistant, fields(), facts())
    assert voices == {}
    assert len(notes) == 1
    assert "ignored" in notes[0]


@pytest.mark.parametrize("status", [307, 401, 429, 500])
def test_a_refusal_stops_nothing_and_no_key_is_repeated(endpoint: Endpoint, assistant: Assistant, status: int) -> None:
    endpoint.status = status
    voices, notes = ask(assistant, fields(), facts())
    assert voices == {}
    assert f"HTTPStatusError {status}" in notes[0]
    assert KEY not in notes[0]
    assert len(endpoint.sent) == 1


def test_nobody_there_and_no_key_stop_nothing(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = assistant.model_copy(update={"base_url": "http://127.0.0.1:9/v1"})
    assert "ConnectError" in ask(gone, fields(), facts())[1][0]
    monkeypatch.delenv("ASSISTANT_KEY")
    assert "ASSISTANT_KEY is not set" in ask(assistant, fields(), facts())[1][0]


def test_many_fields_are_asked_in_parts(endpoint: Endpoint, assistant: Assistant) -> None:
    many = profile("contacts", {f"Field {n}": ["x", "y"] for n in range(AT_ONCE + 1)}, {}, ["f"] * 2)
    ask(assistant, many, facts())
    assert [len(json.loads(json.loads(body)["messages"][1]["content"])["fields"]) for _, _, body in endpoint.sent] == [
        AT_ONCE, 1,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("url", "right"),
    [
        ("https://model.example/v1", True), ("http://127.0.0.1:8080/v1", True), ("http://model.example/v1", False),
        ("https://user:pass@api.model.example/v1", False), ("https://api.model.example/v1?key=x", False),
        ("ftp://api.model.example", False),
    ],
)  # fmt: skip
def test_where_a_key_may_be_sent(url: str, right: bool) -> None:
    if right:
        assert Assistant(base_url=url, model="m", api_key_env="ASSISTANT_KEY").base_url == url
    else:
        with pytest.raises(ValueError, match="base_url"):
            Assistant(base_url=url, model="m", api_key_env="ASSISTANT_KEY")


def test_the_phase_asks_it_and_goes_on_without_it(
    tmp_path: Path, endpoint: Endpoint, assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint.answer = says(**{"Favorite Product": ("", "varchar")})
    small.export(tmp_path / "export")
    destination = {"kind": "sandbox", "fixture": str(small.account(tmp_path / "account.json"))}
    path = small.parameters(
        tmp_path, "acme", destination=destination, gates="auto", assistant=assistant.model_dump()
    )  # fmt: skip
    assert load(path).assistant == assistant
    with Session(path) as session:
        run = session.workspace.new_run()
        session.journal.run = run.name
        step_class("01_discovery")(session, run, "script").run_all()
        step = step_class("02_mapping")(session, run, "script")
        step.run_all()
        rows = {row.source: row for row in read_yaml(session.workspace.decisions / "mapping.yaml")}
    assert len(endpoint.sent) == 1
    assert "small.example" not in endpoint.sent[0][2]
    assert KEY not in "".join(p.read_text("utf-8", "ignore") for p in (tmp_path / "runs").rglob("*") if p.is_file())
    assert rows["Favorite Product"].target.new
    wrong = {**assistant.model_dump(), "api_key_env": "no name"}
    other = small.parameters(tmp_path, "other", destination=destination, assistant=wrong)
    with pytest.raises(BadInput, match="api_key_env"):
        load(other)
