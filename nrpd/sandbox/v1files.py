"""Files, API v1: a multipart upload, the list, the download (OpenAPI v1)."""

from __future__ import annotations

import mimetypes
from pathlib import PurePosixPath

from .answers import Reply
from .call import Call
from .clock import to_v1
from .listing import v1_page
from .store import Doc
from .v1bodies import bad, existing, links, whole

MAX_FILES_PAGE = 100


def index(call: Call) -> Reply:
    """GET of the list, at most a hundred a page; `data` is null where there are none."""
    name, _, direction = call.query.get("sort", "id").partition(" ")
    if name not in ("id", "update_time") or direction.upper() not in ("", "ASC", "DESC"):
        raise bad("sort: only id and update_time are supported")
    order = f"{name} {direction or 'ASC'}, id"
    page, pagination = v1_page(call, call.store.select("file", order=order), MAX_FILES_PAGE)
    return Reply([_show(call, doc) for doc in page] or None, {"pagination": pagination})


def read(call: Call) -> Reply:
    """GET of one."""
    return Reply(_show(call, existing(call, "file", "File")))


def create(call: Call) -> Reply:
    """POST multipart/form-data: `file`, and what it hangs on."""
    if call.upload is None:
        raise bad("file is required, as multipart/form-data")
    doc: Doc = {"deal_id": None, "person_id": None, "org_id": None, **links(call, call.form)}
    doc["activity_id"] = whole("activity_id", call.form.get("activity_id"))
    if doc["activity_id"] is not None and not call.store.exists("activity", doc["activity_id"]):
        raise bad(f"activity_id: activity {doc['activity_id']} does not exist")
    made = make(call, doc, call.upload.name or "file", call.upload.content)
    return Reply(_show(call, made))


def make(call: Call, doc: Doc, name: str, content: bytes) -> Doc:
    """Stores a file with its bytes."""
    full = {
        "user_id": call.user_id(), "activity_id": None, **doc, "file_name": name, "name": name, "description": "",
        "file_type": PurePosixPath(name).suffix.lstrip(".").lower(), "file_size": len(content), "active_flag": True,
    }  # fmt: skip
    made = call.store.add("file", full, call.now)
    call.store.put_blob(made["id"], content)
    return made


def update(call: Call) -> Reply:
    """PUT: name and description."""
    doc = existing(call, "file", "File")
    body = call.body if isinstance(call.body, dict) else call.form
    for name in ("name", "description"):
        if name in body:
            if not isinstance(body[name], str):
                raise bad(f"{name} must be a text")
            doc[name] = body[name]
    return Reply(_show(call, call.store.put("file", doc, call.now)))


def delete(call: Call) -> Reply:
    """DELETE."""
    doc = existing(call, "file", "File")
    call.store.put("file", {**doc, "active_flag": False}, call.now)
    return Reply({"id": doc["id"]})


def download(call: Call) -> Reply:
    """GET of the bytes."""
    doc = existing(call, "file", "File")
    kind = mimetypes.guess_type(doc["file_name"])[0] or "application/octet-stream"
    return Reply(raw=(call.store.blob(doc["id"]), kind))


def _show(call: Call, doc: Doc) -> Doc:
    def name(kind: str, key: str, label: str = "name") -> str:
        found = call.store.get(kind, doc[key], deleted=True) if doc[key] else None
        return str(found[label]) if found else ""

    return {
        **doc,
        "product_id": None, "lead_id": None, "project_id": None, "log_id": None, "inline_flag": False,
        "remote_location": None, "remote_id": None, "cid": "",
        "s3_bucket": "", "mail_message_id": "", "mail_template_id": "",
        "add_time": to_v1(doc["add_time"]),
        "update_time": to_v1(doc["update_time"]),
        "lead_name": "",
        "product_name": "",
        "project_name": "",
        "deal_name": name("deal", "deal_id", "title"),
        "person_name": name("person", "person_id"),
        "org_name": name("organization", "org_id"),
        "url": f"{call.base_url}/v1/files/{doc['id']}/download",
    }  # fmt: skip
