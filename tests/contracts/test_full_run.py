"""All phases and the rollback of a customer who has a little of everything: each request keeps to the documents.

The exchanges of every other test are checked as well (`tests/conftest.py`); here stands which operations nrpd uses.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from nrpd.gates import PHASES
from nrpd.phases.catalogue import step_class
from nrpd.phases.session import Session
from tests.contracts import recorder
from tests.contracts.contract import find, violations
from tests.contracts.recorder import Exchange, Exchanges
from tests.support import small

MORE: dict[str, tuple[str, Sequence[Sequence[str]]]] = {
    "parents": (
        "Account ID,Account Name,Parent Account,Address 1,City,State,Country,Postal Code,Employees,Annual Revenue",
        [
            ("201", small.COMPANIES[1], small.COMPANIES[0], "2 Side St", "Denver", "CO", "US", "80014", "1,200",
             "5000000"),
            ("200", small.COMPANIES[0], "", "1 Main St", "Boulder", "CO", "US", "80301", "12", "75000"),
        ],
    ),
    "more_contacts": (
        "Contact ID,Email Address,First Name,Last Name,Title,Address 1,City,Postal Code,Country,Mobile Phone,Fax,Lists,"
        "Opt-In Date,Created Date,Budget,Renewal,Newsletter,Motto,Ratio",
        [
            (f"{150 + n}", f"rich{n}@rich.example", f"Rich{n}", "Case", "Buyer", f"{n} Elm St", "Denver", "80014", "US",
             f"303-555-03{n:02}", f"303-555-04{n:02}", ("News; Offers", "News")[n % 2], f"2024-03-{n:02}",
             f"2023-02-{n:02} 10:00:00", f"{n * 100}.50 EUR", f"2026-05-{n:02}", ("Yes", "No")[n % 2], "long " * 60,
             f"{n}.25")
            for n in range(1, 13)
        ],
    ),
    "members": (
        "Campaign ID,Contact ID,Account Name,Deal Title,Joined At",
        [("501", "", "", "Old deal", "2025-03-03 10:00:00"), ("501", "105", "", "", "2025-03-03 10:00:00")],
    ),
    "notes": (
        "Note ID,Contact ID,Account Name,Text,Date,Author",
        [("1", "110", "", "Wants a quote", "2025-01-10 10:00:00", small.SELLER),
         ("2", "", small.COMPANIES[2], "Moves in May", "", "")],
    ),
    "activities": (
        "Activity ID,Contact ID,Type,Subject,Text,Date,Author",
        [("1", "110", "Call", "Called", "No answer", "2025-01-10 10:00:00", small.SELLER),
         ("2", "111", "Visit", "", "", "2025-01-11 10:00:00", "")],
    ),
    "files": ("File ID,Contact ID,Path,Date", [("1", "110", "files/plan.txt", "2025-01-10")]),
}  # fmt: skip
DELTA: dict[str, tuple[str, Sequence[Sequence[str]]]] = {
    "contacts": (
        "Contact ID,Email Address,First Name,Last Name,Title,Last Modified Date",
        [("101", small.address(1), "First1", "Renamed", "Boss", "2026-01-01 10:00:00"),
         ("171", "late@late.example", "Late", "Comer", "", "2026-01-01 10:00:00")],
    ),
    "notes": (
        MORE["notes"][0], [("1", "110", "", "Wants a quote for ten", "2025-01-10 10:00:00", small.SELLER)],
    ),
    "activities": (
        MORE["activities"][0], [("1", "110", "Call", "Called", "Answered", "2025-01-10 10:00:00", small.SELLER)],
    ),
}  # fmt: skip
SCHEMA = {
    "pipelines": [{"name": "Marketing", "stages": [{"name": "In", "probability": 10}, {"name": "Out"}]}],
    "activity_types": ["Webinar"],
    "labels": ["Customer", "Partner"],
}
READS = {
    "GET /v1/users/me", "GET /v1/users", "GET /v1/activityTypes", "GET /v1/billing/subscriptions/addons",
    "GET /v1/notes", "GET /v1/files", "GET /v1/organizationRelationships",
    "GET /v1/organizationRelationships/{id}", "GET /v2/pipelines", "GET /v2/stages",
    "GET /v2/persons", "GET /v2/organizations", "GET /v2/deals", "GET /v2/activities", "GET /v2/personFields",
    "GET /v2/organizationFields", "GET /v2/dealFields", "GET /v2/activityFields",
    "GET /v2/productFields", "GET /v2/projectFields",
}  # fmt: skip
WRITES = {
    "POST /v2/personFields", "POST /v2/organizationFields", "POST /v2/personFields/{field_code}/options",
    "POST /v1/activityTypes", "POST /v2/pipelines", "POST /v2/stages", "POST /v2/persons", "POST /v2/organizations",
    "POST /v2/activities", "POST /v1/notes", "POST /v1/files", "POST /v1/organizationRelationships",
    "PATCH /v2/persons/{id}", "PATCH /v2/organizations/{id}", "PATCH /v2/activities/{id}", "POST /v2/dealFields",
    "PATCH /v2/deals/{id}", "PUT /v1/notes/{id}",
}  # fmt: skip
LOOKS = {"GET /v2/deals/archived", "GET /v1/leads", "GET /v2/projects"}
"""For what people hung on records, before a rollback. The sandbox is an account without them, and answers 404."""
PROVES = {"GET /v1/organizationRelationships/{id}"}
"""Whether what was deleted is gone."""
UNDOES = {
    "DELETE /v2/personFields/{field_code}", "DELETE /v2/organizationFields/{field_code}",
    "DELETE /v2/personFields/{field_code}/options", "DELETE /v1/activityTypes/{id}", "DELETE /v2/pipelines/{id}",
    "DELETE /v2/stages/{id}", "DELETE /v2/persons/{id}", "DELETE /v2/organizations/{id}", "DELETE /v2/activities/{id}",
    "DELETE /v1/notes/{id}", "DELETE /v1/files/{id}", "DELETE /v1/organizationRelationships/{id}",
    "PATCH /v2/persons/{id}", "PATCH /v2/organizations/{id}", "PATCH /v2/deals/{id}",
    "DELETE /v2/dealFields/{field_code}",
}  # fmt: skip


def export(folder: Path) -> None:
    """The small customer with more of everything, and a delta beside it."""
    small.export(folder / "export")
    for name, (header, rows) in MORE.items():
        _table(folder / "export" / f"{name}.csv", header, rows)
    (folder / "export" / "files").mkdir()
    (folder / "export" / "files" / "plan.txt").write_text("The plan", encoding="utf-8")
    (folder / "delta").mkdir()
    for name, (header, rows) in DELTA.items():
        _table(folder / "delta" / f"{name}.csv", header, rows)


def _table(path: Path, header: str, rows: Sequence[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([header.split(","), *rows])


def account(path: Path) -> Path:
    """The small account with contact sync, Campaigns and the fields of organizations that are switched on."""
    content = json.loads(small.account(path).read_text(encoding="utf-8"))
    content["company"] |= {"contact_sync": True, "campaigns": True, "org_enrichment": True}
    # Who was there before and is suppressed must be unsubscribed by hand, and is here.
    content["marketing"] = [{"address": small.address(3), "status": "unsubscribed", "changes": 1}]
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_every_request_of_a_full_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "exchanges").mkdir()
    monkeypatch.setenv(recorder.FOLDER, str(tmp_path / "exchanges"))
    export(tmp_path)
    destination = {"kind": "sandbox", "fixture": str(account(tmp_path / "account.json"))}
    delta = {"delta_export": {"path": "delta", "kind": "changed_since"}}
    path = small.parameters(tmp_path, "acme", destination=destination, gates="auto", source=delta, schema=SCHEMA)
    exchanges = Exchanges(tmp_path / "exchanges")
    ran = _phases(path, PHASES, exchanges)
    undone = _phases(path, ("rollback",), exchanges)

    assert _problems([*ran, *undone]) == {}
    assert _operations(ran) == READS | WRITES
    assert _operations(undone) - READS == UNDOES | LOOKS
    assert {e.status for e in ran} == {200}
    assert {e.status for e in undone if not _operations([e]) & (LOOKS | PROVES)} == {200}


def _phases(path: Path, names: Sequence[str], exchanges: Exchanges) -> list[Exchange]:
    with Session(path) as session:
        run = session.workspace.new_run()
        session.journal.run = run.name
        for name in names:
            step_class(name)(session, run, "script").run_all()
            session.forget()
        session.disconnect()
    return list(exchanges.new())


def _operations(exchanges: Sequence[Exchange]) -> set[str]:
    found = [find(e.method, e.path) for e in exchanges]
    return {operation.name for operation in found if operation is not None}


def _problems(exchanges: Sequence[Exchange]) -> dict[str, Any]:
    assert all(exchange.by_nrpd for exchange in exchanges)
    return Counter(problem for exchange in exchanges for problem in violations(exchange))
