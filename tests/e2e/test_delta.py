"""Issue "Exactly once", Show 5: a changed export after sign-off, and what people changed meanwhile."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from nrpd import workbench
from nrpd.phases.session import Session
from nrpd.pipedrive.client import Client
from tests.support import small
from tests.support.account import Served, served
from tests.support.in_process import phases_here, run

LOADED = "10_suppression_pass"
LATE_OPT_OUT = small.address(10)


@dataclass(frozen=True)
class Moved:
    """The customer after the delta."""

    box: Served
    sent: list[tuple[str, str, Any]]
    """Every write that the account received during the cutover: method, path, body."""
    ids: dict[str, int]
    """Name → id of persons and organizations."""
    codes: dict[str, str]
    pending: dict[str, Any]
    """What `nrpd reconcile` said while the later export waited."""
    after: dict[str, Any]
    """What it said after it."""
    message: str

    def figures(self) -> dict[str, Any]:
        with Session(self.box.path) as session:
            done = session.journal.completed("11_cutover")
            assert done is not None
            return dict(json.loads(done.figures))


def more(export: Path) -> None:
    """Parent companies, notes, calls, a file, and a campaign that names a deal."""
    (export / "parents.csv").write_text(
        "Account ID,Account Name,Parent Account\n201,{1},{0}\n203,{3},{0}\n".format(*small.COMPANIES), encoding="utf-8"
    )
    for name, *lines in (
        (
            "notes",
            "Note ID,Contact ID,Text,Date",
            "1,102,Wants a quote,2025-01-10",
            "2,104,Called twice,2025-01-11",
            "3,105,Likes rain,2025-01-12",
        ),
        (
            "calls",
            "Activity ID,Contact ID,Type,Subject,Date",
            "1,102,call,Rang,2025-01-10",
            "2,104,call,Busy,2025-01-11",
        ),
        ("files", "File ID,Contact ID,Path", "1,102,offer.txt"),
        ("campaign_members", "Campaign ID,Contact ID,Deal ID,Joined At", "501,101,1,2025-03-02 10:00:00"),
    ):
        (export / f"{name}.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")
    (export / "offer.txt").write_text("Ten for the price of nine", encoding="utf-8")


def people_go_on(box: Served) -> None:
    """In hypercare they rewrite a note and a call, rename a file, take a relationship away, and empty a campaign."""
    (note,) = [n for n in box.api("GET", "/api/v1/notes") if n["content"] == "Called twice"]
    box.api("PUT", f"/api/v1/notes/{note['id']}", {"content": "Called three times"})
    box.api("PATCH", f"/api/v2/activities/{box.all('activities')['Rang']['id']}", {"subject": "Rang at last"})
    file = f"{box.box.base_url}/api/v1/files/{box.box.export()['files'][0]['id']}"
    httpx.put(file, data={"name": "The offer.txt"}, headers={"x-api-token": box.box.token}).raise_for_status()
    box.api("DELETE", f"/api/v1/organizationRelationships/{box.box.export()['organization_relationships'][0]['id']}")
    name = box.field_code("deal", "Campaign Name")
    box.api("PATCH", "/api/v2/deals/1", {"custom_fields": {name: "Summer"}})


def changed_export(folder: Path, origin: Path) -> None:
    """Two scores, a product that is no option yet, a city, a new contact with a send, notes and a call, an opt-out; one
    contact is gone."""
    folder.mkdir()
    for path in origin.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as text:
            rows = list(csv.reader(text))
        kept = [rows[0]]
        for row in rows[1:]:
            if path.stem == "contacts":
                if row[0] == "111":
                    continue
                if row[0] in ("108", "109"):
                    row[7] = "500"
                if row[0] == "107":
                    row[12] = "Travel kit"
            if path.stem == "accounts" and row[0] == "201":
                row[3] = "Fort Collins"
            kept.append(row)
        if path.stem == "contacts":
            kept.append(["121", "new@birch.example", "New", "Comer", "", "201", "", "7", "New", small.OWNER,
                         "2025-06-01 09:00:00", "2025-06-01 09:00:00", "Pro kit"])  # fmt: skip
            kept = [[*row, "42" if n else "Shoe"] for n, row in enumerate(kept)]
        if path.stem == "email_sends":
            kept.append(["9000", "121", "", "501", "News", "2025-06-02 08:00:00", "delivered", ""])
        if path.stem == "notes":
            kept[1][2], kept[3][2] = "Wants two", "Likes sun"
            kept.append(["4", "121", "Is new", "2025-06-02"])
        if path.stem == "calls":
            kept.append(["3", "121", "call", "Welcome", "2025-06-02"])
        if path.stem == "suppressions":
            kept.append([LATE_OPT_OUT, "Unsubscribed", "2025-06-03", ""])
        with (folder / path.name).open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows(kept)


def recording(sent: list[tuple[str, str, Any]]) -> type[Client]:
    """A client that notes its writes."""

    class Recording(Client):
        def request(self, method: str, path: str, **arguments: Any) -> Any:
            if method != "GET":
                sent.append((method, path, arguments.get("json")))
            return super().request(method, path, **arguments)

    return Recording


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moved]:
    folder, sent = tmp_path_factory.mktemp("delta"), list[tuple[str, str, Any]]()
    small.export(folder / "export")
    more(folder / "export")
    with served(folder) as box, phases_here(), pytest.MonkeyPatch.context() as patch:
        outcome = run(box.path, LOADED)
        assert outcome.exit_code == 0, outcome.message
        codes = {name: box.field_code("person", name) for name in ("Lead Score", "Suppression status")}
        ids = {n: r["id"] for kind in ("persons", "organizations") for n, r in box.all(kind).items()}
        box.api("PATCH", f"/api/v2/persons/{ids['First8 Last8']}", {"custom_fields": {codes["Lead Score"]: 77}})
        rain = next(note for note in box.box.export()["notes"] if note["content"] == "Likes rain")
        box.api("PUT", f"/api/v1/notes/{rain['id']}", {"content": "Likes rain, but not hail"})
        changed_export(folder / "later", folder / "export")
        box.change(source={"delta_export": {"path": "later", "kind": "full"}})
        pending = workbench.reconcile(box.path)
        box.api("DELETE", f"/api/v2/persons/{ids['First12 Last12']}")
        patch.setattr(Session, "client_type", recording(sent))
        outcome = run(box.path, "11_cutover")
        patch.undo()
        people_go_on(box)
        yield Moved(box, sent, ids, codes, pending, workbench.reconcile(box.path), outcome.message)


def test_only_the_changed_fields_of_the_changed_records_are_sent(moved: Moved) -> None:
    assert moved.message == ""
    scores, status = moved.codes["Lead Score"], moved.codes["Suppression status"]
    writes = {(method, path): body for method, path, body in moved.sent}
    activities = [body for method, path, body in moved.sent if (method, path) == ("POST", "/api/v2/activities")]
    assert [body["done"] for body in activities] == [True, True], "the send and the call of the new contact"
    assert len(writes) == len(moved.sent) - 1, "nothing else is sent twice"
    person, firm = "/api/v2/persons", "/api/v2/organizations"
    late = writes.pop(("PATCH", f"{person}/{moved.ids['First10 Last10']}"))
    assert late.keys() == {"custom_fields"}
    assert status in late["custom_fields"]
    assert len(late["custom_fields"]) == 3, "status, reason, date"
    assert writes.pop(("PATCH", f"{person}/{moved.ids['First9 Last9']}")) == {"custom_fields": {scores: 500}}
    moved_house = writes.pop(("PATCH", f"{firm}/{moved.ids['Birch Labs']}"))
    assert moved_house.keys() == {"address"}
    assert "Fort Collins" in moved_house["address"]["value"]
    new = writes.pop(("POST", person))
    assert new["name"] == "New Comer"
    product = writes.pop(("PATCH", f"{person}/{moved.ids['First7 Last7']}"))
    assert len(product["custom_fields"]) == 1
    (added,) = [body for (_, path), body in writes.items() if path.endswith("/options")]
    assert added == [{"label": "Travel kit"}]
    (note,) = [body for (method, path), body in writes.items() if method == "PUT" and "/notes/" in path]
    assert note == {"content": "Wants two"}
    assert writes.pop(("POST", "/api/v1/notes"))["content"] == "Is new"
    assert len(writes) == 3, "the option, the note that changed, and activities"
    assert {path for _, path in writes} >= {"/api/v2/activities"}


def test_each_row_of_the_delta_is_counted_by_what_it_changed(moved: Moved) -> None:
    figures = moved.figures()["objects"]
    assert figures["notes"]["created"] == 1
    assert figures["notes"]["updated"] == 1
    assert figures["notes"]["unchanged"] == 2, "people changed one of them"
    assert figures["files"]["unchanged"] == 1, "the file lies in the export before"
    assert figures["email_sends"] | {"created": 1, "unchanged": 29, "updated": 0} == figures["email_sends"]
    assert figures["campaigns"]["created"] == 0
    assert figures["campaign_members"]["created"] == 0


def test_what_people_changed_stays_and_is_listed(moved: Moved) -> None:
    assert moved.box.all("persons")["First8 Last8"]["custom_fields"]["Lead Score"] == 77
    kept = [line for line in moved.box.report("conflicts") if line["field"] == "Lead Score"]
    assert [(line["source_value"], line["account_value"]) for line in kept] == [("500", "77")]
    assert "changed in the account after the load" in kept[0]["why"]
    notes = [line for line in moved.box.report("conflicts") if line["object"] == "note"]
    assert {(line["source_value"], line["account_value"]) for line in notes} == {
        ("Likes sun", "Likes rain, but not hail")
    }


def test_what_is_gone_is_counted_and_stays(moved: Moved) -> None:
    assert moved.figures()["gone"] == 1
    assert "First11 Last11" in moved.box.all("persons")


def test_a_column_that_nobody_mapped_is_named(moved: Moved) -> None:
    (line,) = [line for line in moved.box.report("conflicts") if line["field"] == "Shoe"]
    assert (line["object"], line["source_value"]) == ("contacts", "20 values, such as 42")
    assert moved.box.report("gone") == [{"object": "contacts", "source_id": "111"}]


def test_what_people_deleted_is_confirmed_with_the_cutover_and_stays_so(moved: Moved) -> None:
    assert "First12 Last12" not in moved.box.all("persons")
    (line,) = [line for line in moved.box.report("conflicts") if line["why"].startswith("not in the account any more")]
    assert (line["object"], line["source_id"], line["record"]) == ("person", "112", str(moved.ids["First12 Last12"]))


def test_hypercare_tells_what_people_changed_from_what_is_wrong(moved: Moved) -> None:
    assert moved.after["exit_code"] == 0, moved.after["message"]
    assert sorted(moved.after["changed_since"]) == [
        "activities: 1 x subject", "campaigns: 1 x Campaign Name", "contacts: 1 x (record)", "contacts: 1 x Lead Score",
        "files: 1 x name", "notes: 2 x content", "relationships: 1 x pair",
    ]  # fmt: skip
    compared = {name: line["fields_compared"] for name, line in moved.after["phases"]["reconcile"].items()}
    assert compared["notes"] == 12
    assert compared["relationships"] == 2
    assert min(compared.values()) > 0


def test_a_later_export_that_waits_is_nothing_that_is_wrong(moved: Moved) -> None:
    assert moved.pending["exit_code"] == 0, moved.pending["message"]
    assert sorted(moved.pending["changed_since"]) == ["contacts: 1 x Lead Score", "notes: 1 x content"]


def test_a_freeze_is_verified_by_two_full_exports_that_agree(moved: Moved) -> None:
    now = datetime.now(UTC)
    assert "not declared" in moved.figures()["freeze"]
    _decide_freeze(moved.box, now.isoformat(timespec="seconds"))
    later = moved.box.path.parent / "later"
    for minutes, verified in ((1, False), (2, True)):
        at = (now + timedelta(minutes=minutes)).timestamp()
        for path in later.iterdir():
            os.utime(path, (at, at))
        assert _cutover_again(moved.box) == ""
        assert ("verified: two" in moved.figures()["freeze"]) is verified
    with (later / "contacts.csv").open("a", encoding="utf-8", newline="") as out:
        csv.writer(out).writerow(["122", "moving@birch.example", "Still", "Moving", *[""] * 10])
    for path in later.iterdir():
        os.utime(path, (at + 60, at + 60))
    assert _cutover_again(moved.box) == ""
    assert "not verified" in moved.figures()["freeze"]


def test_suppressions_from_before_the_freeze_will_not_do(moved: Moved) -> None:
    _decide_freeze(moved.box, (datetime.now(UTC) + timedelta(minutes=30)).isoformat(timespec="seconds"))
    message = _cutover_again(moved.box)
    assert "take a suppression export after the freeze" in message


def test_an_export_of_changes_that_is_named_full_is_known_for_what_it_is(tmp_path: Path) -> None:
    small.export(tmp_path / "export")
    few = tmp_path / "few"
    few.mkdir()
    (few / "contacts.csv").write_text(
        f"Contact ID,Email Address,First Name,Last Name,Lead Score\n109,{small.address(9)},,,501\n", encoding="utf-8"
    )
    with served(tmp_path) as customer:
        assert run(customer.path).exit_code == 0
        was = customer.all("persons")
        customer.change(source={"delta_export": {"path": "few", "kind": "full"}})
        assert _cutover_again(customer) == ""
        with Session(customer.path) as session:
            done = session.journal.completed("11_cutover")
            assert json.loads(done.figures)["gone"] == 0
        now = customer.all("persons")
    assert now["First9 Last9"]["custom_fields"].pop("Lead Score") == 501
    was["First9 Last9"]["custom_fields"].pop("Lead Score")
    for person in (*was.values(), *now.values()):
        person["update_time"] = ""
    assert now == was, "what is blank, or no column, changes nothing"


def test_after_a_full_export_one_of_changes_alone_is_refused(moved: Moved) -> None:
    """Laid over the first export, it would take back what the full one brought."""
    (moved.box.path.parent / "more").mkdir()
    (moved.box.path.parent / "more" / "contacts.csv").write_text(
        f"Contact ID,Email Address,First Name,Lead Score\n109,{small.address(9)},First9,7\n"
    )
    before = moved.box.all("persons")
    moved.box.change(source={"delta_export": {"path": "more", "kind": "changed_since"}})
    _decide_freeze(moved.box, "")
    assert "later was loaded before" in _cutover_again(moved.box)
    assert moved.box.all("persons") == before
    moved.box.change(source={"delta_export": {"path": "later", "kind": "full"}})


def test_the_source_wins_over_people_where_somebody_says_so(moved: Moved) -> None:
    """People changed two fields of one person; one of them is named at the gate."""
    path = f"/api/v2/persons/{moved.ids['First19 Last19']}"
    title = moved.box.field_code("person", "Title")
    moved.box.api("PATCH", path, {"custom_fields": {title: "Boss", moved.codes["Lead Score"]: 1}})
    held = []
    for named in ("", "person/Title", "Nonsense", ""):
        _decide_freeze(moved.box, "", named)
        said = _cutover_again(moved.box)
        assert ("take_source: nothing is loaded into a field 'Nonsense'" in said) is (named == "Nonsense"), said
        fields = moved.box.all("persons")["First19 Last19"]["custom_fields"]
        held.append((fields["Title"], fields["Lead Score"]))
    assert held == [("Boss", 1), ("Buyer", 1), ("Buyer", 1), ("Buyer", 1)]


def _cutover_again(box: Served) -> str:
    from nrpd import runbook

    with phases_here():
        made = runbook.run(box.path, runbook.Options(only="11_cutover", restart=True), lambda *_: None)
        return made.message


def _decide_freeze(box: Served, freeze: str, take_source: str = "") -> None:
    answers = {"sending_stopped": True, "freeze": freeze, "take_source": take_source}
    with Session(box.path) as session:
        session.gates.confirm("cutover", "Ada", answers)
