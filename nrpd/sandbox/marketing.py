"""The marketing status of an address, in accounts with Campaigns (facts/pipedrive.md, section 9; OpenAPI v2).

It hangs on the primary e-mail address, not on the person: who gets the address gets the status. It can be changed once;
any other change is left out without a word.
"""

from __future__ import annotations

from .call import Call
from .store import Doc

NO_CONSENT = "no_consent"


def primary_address(doc: Doc) -> str | None:
    """The e-mail address that a person's marketing status hangs on; None where it is no address."""
    for entry in doc.get("emails", ()):
        if entry["primary"]:
            return _normal(entry["value"])
    return None


def _normal(text: str) -> str | None:
    address = text.strip().lower()
    return address if "@" in address.strip("@") and " " not in address else None


def marketing_status(call: Call, doc: Doc) -> str:
    """The status of the person's address; `no_consent` where there is none."""
    row = _row(call, primary_address(doc))
    return row[0] if row else NO_CONSENT


def set_marketing(call: Call, doc: Doc, status: str, *, fresh: bool) -> None:
    """Sets the status of the address, where that is allowed. `fresh` says that the person is being created."""
    address = primary_address(doc)
    if address is None:
        return
    row = _row(call, address)
    if row is None:
        # A status given with the create is the first one, not a change of one.
        changes = 0 if fresh or status == NO_CONSENT else 1
    elif row[0] == status or row[1] >= 1 or (status == "archived" and row[0] != "subscribed"):
        return
    else:
        changes = row[1] + 1
    _write(call, address, status, changes)


def archive_left(call: Call, before: Doc) -> None:
    """Archives the subscribed addresses that `before` had and that no person has any longer (KB of Campaigns)."""
    for entry in before.get("emails", ()):
        address = _normal(entry["value"])
        row = _row(call, address)
        if address is not None and row is not None and row[0] == "subscribed" and not _in_use(call, address):
            _write(call, address, "archived", row[1])


def _in_use(call: Call, address: str) -> bool:
    found = call.store.db.execute(
        "SELECT 1 FROM records, json_each(doc, '$.emails') AS entry WHERE kind='person' AND deleted=0"
        " AND trim(lower(json_extract(entry.value, '$.value')))=? LIMIT 1",
        (address,),
    ).fetchone()
    return found is not None


def _row(call: Call, address: str | None) -> tuple[str, int] | None:
    row = call.store.db.execute("SELECT status, changes FROM marketing WHERE address=?", (address,)).fetchone()
    return None if row is None else (str(row[0]), int(row[1]))


def _write(call: Call, address: str, status: str, changes: int) -> None:
    call.store.db.execute(
        "INSERT OR REPLACE INTO marketing (address, status, changes) VALUES (?,?,?)", (address, status, changes)
    )
