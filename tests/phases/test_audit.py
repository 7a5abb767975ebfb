"""What the source holds, in figures."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from nrpd.netresults.records import SourceField
from nrpd.phases import audit
from nrpd.phases.discovery import mask
from tests.netresults.support import Read, read, write

CONTACTS = (
    "contact_id,email,first_name,lead_stage,lead_score,Score (Product B),Scorecard\n"
    "1,a@x.example,Ann,MQL,10,\"1,5\",good\n2,b@x.example,Bo,MQL,0,\"2,5\",bad\n3,c@x.example,Cy,Customer,40,,\n"
    "4,d@x.example,Di,,100,,\n5,,,,7,,\n1,a2@x.example,Ann,MQL,10,,\n"
)  # fmt: skip
SENDS = (
    "send_id,contact_id,campaign_id,subject,sent_at,status\n1,1,7,Hi,2023-12-31 23:30:00,opened\n"
    "2,2,7,Hi,2024-01-01 00:00:00,bounced\n3,2,,Hi,2024-02-01 00:00:00,delivered\n4,2,,Hi,,queued\n"
)
WORKFLOWS = (
    "workflow_id,name,status,type,trigger,conditions,actions,step_count,enrolled\n"
    '1,Easy,Active,Workflow,Form filled,,"1. Send Email ""A""",1,2\n'
    '2,Old,Paused,Workflow,List,,"1. Send Email ""A""",1,2\n'
    '3,Hard,Active,Workflow,Form filled,,"1. Adjust lead score by 5\n2. Send text message",2,3\n'
)
PLAIN = "<html><body><p>Hello</p></body></html>"
FIELDS = "<html><body><p>Hello {{Shoe Size}}</p></body></html>"


@pytest.fixture
def source(tmp_path: Path) -> Read:
    export = tmp_path / "export"
    write(export, "contacts.csv", CONTACTS)
    write(export, "sends.csv", SENDS)
    write(export, "workflows.csv", WORKFLOWS)
    write(export, "campaigns.csv", "campaign_id,campaign_name,status,type,start_date\n7,News,Done,Drip,2023-01-01\n")
    write(export, "unsubscribes.csv", "email,reason\na@x.example,hard bounce\nz@x.example,asked\n")
    write(export, "plain.html", PLAIN)
    write(export, "fields.html", FIELDS)
    return read(tmp_path)


def test_the_figures_of_a_source(source: Read) -> None:
    parameters = SimpleNamespace(destination=SimpleNamespace(plan="growth"))
    step = SimpleNamespace(fields=source.view.fields, tables=source.view.tables, parameters=parameters)
    found = audit.audit_of(step, source.view, source.staged)  # type: ignore[arg-type]
    assert found.people == {"persons": 4, "anonymous visitors": 1, "further rows of the same person": 1}
    assert found.stages == {"MQL": 2, "Customer": 1, audit.NO_STAGE: 1}
    assert [dict(line) for line in found.scores] == [
        {"ruleset": "lead_score", "contacts": 6, "zero": 1, "lowest": 0, "median": 10, "top tenth from": 100,
         "highest": 100},
        {"ruleset": "Score (Product B)", "contacts": 2, "zero": 0, "lowest": 1.5, "median": 1.5, "top tenth from": 2.5,
         "highest": 2.5},
    ]  # fmt: skip
    assert found.sends == {
        "2023": {"delivered": 0, "opened": 1, "clicked": 0, "bounced": 0},
        "2024": {"delivered": 1, "opened": 0, "clicked": 0, "bounced": 1},
    }
    assert found.sends_left == {"not sent": 1}
    assert found.suppressions == {"hard bounce": 1, "unknown": 1}
    assert [(line["workflow"], line["complexity"]) for line in found.workflows] == [
        ("Hard", "complex"), ("Easy", "simple"),
    ]  # fmt: skip
    assert [(line["template"], line["complexity"]) for line in found.templates] == [
        ("fields", "complex"), ("plain", "simple"),
    ]  # fmt: skip
    assert audit.levels(found.templates) == {"simple": 1, "complex": 1}
    (campaign,) = found.campaigns
    assert (campaign["campaign"], campaign["sends"], campaign["members"]) == ("News", 2, 0)


def test_a_source_without_stages_and_scores_says_nothing_of_them(tmp_path: Path) -> None:
    write(tmp_path / "export", "contacts.csv", "contact_id,email,first_name\n1,a@x.example,Ann\n")
    found = read(tmp_path)
    assert audit.stages(found.view) == {}
    assert audit.scores(found.view.fields, found.staged) == []
    assert audit.sends_by_year(found.view) == {}


@pytest.mark.parametrize(
    ("object_", "column", "type_", "text", "shown"),
    [
        ("contacts", "email", "email", "ann@x.example", "an…"),
        ("contacts", "Zweitkontakt", "email", "ann@x.example", "an…"),
        ("contacts", "Referrer", "text", "see ann@x.example", "se…"),
        ("contacts", "Direct", "phone", "+1 303 555 0100", "+1…"),
        ("contacts", "Nom de jeune fille", "text", "Durand", "Du…"),
        ("contacts", "Remark", "text", "likes tea", "li…"),
        ("contacts", "Anything", "text", "told us at the fair that she moves to another firm", "to…"),
        ("contacts", "company_name", "text", "Acme", "Acme"),
        ("campaigns", "name", "text", "Spring News", "Spring News"),
        ("email_sends", "email_id", "text", "12", "12"),
        ("contacts", "lead_stage", "dropdown", "MQL", "MQL"),
    ],
)
def test_samples_of_personal_fields_are_masked(object_: str, column: str, type_: str, text: str, shown: str) -> None:
    known = column.islower()
    field = SourceField(object_, column, column, known, 1, 1, 1, type_, 1.0, len(text))
    assert mask(field, text) == shown
