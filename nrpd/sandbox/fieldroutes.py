"""Fields and their options, API v2 (facts/pipedrive.md, section 8)."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from typing import Any

from . import values
from .account import LABELLED, touch
from .answers import Invalid, Reply, bad_request, forbidden, not_found, validation_failed
from .bodies import check_members
from .call import Call
from .customvalues import FIELD_TYPES
from .limits import FIELD_LIMITS
from .listing import allow, slice_page
from .standardfields import standard_fields, subfields
from .store import Doc, Store

MAX_OPTIONS = 10_000
MAX_DESCRIPTION = 65_000
_CHOICES = ("enum", "set")
_EXTRA = ("ui_visibility", "important_fields", "required_fields")
_EXTRAS = {"product": ("ui_visibility",), **dict.fromkeys(("person", "organization", "deal", "project"), _EXTRA)}
"""entity → the settings that a field's body may hold and its answer shows."""
_INCLUDABLE = {**_EXTRAS, "activity": ("ui_visibility",), "project": ()}
"""entity → the settings that a list shows if asked for."""


def index(call: Call, entity: str) -> Reply:
    """GET of the list: standard fields, then the active custom ones."""
    included = _included(call, entity, "limit", "cursor")
    page, cursor = slice_page(call, _all(call, entity))
    return Reply([_shown(field, included, entity) for field in page], {"next_cursor": cursor})


def read(call: Call, entity: str) -> Reply:
    """GET of one field by its code."""
    included = _included(call, entity)
    for field in _all(call, entity):
        if field["field_code"] == call.path["code"]:
            return Reply(_shown(field, included, entity))
    raise not_found("Field")


def create(call: Call, entity: str) -> Reply:
    """POST: a new custom field. 403 where the plan's limit of fields per company is reached."""
    call.check_admin()
    body = call.json_object()
    allowed: dict[str, values.Check] = {
        "field_name": values.name,
        "field_type": values.choice(*FIELD_TYPES),
        "options": values.array(_label, MAX_OPTIONS),
        **dict.fromkeys(_EXTRAS[entity], _object),
    }
    if entity == "deal":
        allowed["description"] = values.text(MAX_DESCRIPTION)
    checked = check_members(body, allowed, ("field_name", "field_type"))
    options = checked.get("options")
    if (checked["field_type"] in _CHOICES) != bool(options):
        raise validation_failed([Invalid("options", "Options are required for enum and set fields, and only there.")])
    if call.account.custom_fields() >= FIELD_LIMITS[call.setup.plan]:
        raise forbidden("The limit of custom fields of this plan is reached.", "feature_capping_custom_fields_limit")
    doc = make_field(call.store, entity, checked, call.now)
    return Reply(_shown(doc, _EXTRAS[entity], entity))


_HIDDEN: Doc = {"show": False, "order": None}
_VISIBLE: dict[str, Doc] = {
    "person": {"show_in_add_deal_dialog": _HIDDEN},
    "organization": {
        "org_detail_visible_flag": True, "person_detail_visible_flag": False, "deal_detail_visible_flag": False,
        "show_in_add_deal_dialog": _HIDDEN, "show_in_add_person_dialog": _HIDDEN,
    },
    "deal": {"projects_detail_visible_flag": False, "show_in_pipelines": {"show_in_all": True, "pipeline_ids": []}},
}  # fmt: skip
_REQUIRED: dict[str, Doc] = {"deal": {"stage_ids": [], "statuses": {}}}


def default_settings(entity: str) -> Doc:
    """What a new field's settings are unless its body says otherwise."""
    return {
        "description": None,
        "ui_visibility": {"add_visible_flag": False, "details_visible_flag": True, **_VISIBLE.get(entity, {})},
        "important_fields": {"enabled": False, "stage_ids": []},
        "required_fields": {"enabled": False, **_REQUIRED.get(entity, {})},
    }


def make_field(store: Store, entity: str, wanted: Doc, now: float, code: str | None = None) -> Doc:
    """Stores a custom field with a new key of 40 characters, unless the key is given. `options` are `[{label}]`."""
    options = None
    if wanted["field_type"] in _CHOICES:
        options = [new_option(store, option) for option in wanted.get("options") or ()]
    doc = {
        "field_name": wanted["field_name"],
        "field_code": code or secrets.token_hex(20),
        "field_type": wanted["field_type"],
        "options": options,
        "subfields": subfields(wanted["field_type"], wanted["field_name"]),
        "is_custom_field": True,
        "is_optional_response_field": False,
        **default_settings(entity),
        "is_deleted": False,
    }
    if wanted.get("description") is not None:
        doc["description"] = wanted["description"]
    for name in _EXTRA:
        doc[name].update(wanted.get(name) or {})
    made = store.add(f"{entity}_field", doc, now)
    touch(store)
    return made


def new_option(store: Store, option: Doc) -> Doc:
    """An option with its id, a new one unless given."""
    number = option.get("id")
    if number is None:
        number = store.next_id("option")
    else:
        store.reserve_id("option", number)
    return {"id": number, "label": option["label"]}


def update(call: Call, entity: str) -> Reply:
    """PATCH: the name and where it is shown; code and type cannot be changed."""
    call.check_admin()
    doc = _custom(call, entity)
    allowed: dict[str, values.Check] = {"field_name": values.name, **dict.fromkeys(_EXTRAS[entity], _object)}
    if entity == "deal":
        allowed["description"] = values.or_null(values.text(MAX_DESCRIPTION))
    checked = check_members(call.json_object(), allowed, ())
    if not checked:
        raise validation_failed([Invalid("body", "Expected at least one property")])
    for name, value in checked.items():
        doc[name] = {**doc[name], **value} if name in _EXTRAS[entity] else value
    _store(call, entity, doc)
    return Reply(_shown(doc, _EXTRAS[entity], entity))


def delete(call: Call, entity: str) -> Reply:
    """DELETE: the field is gone from lists, and its values from answers."""
    call.check_admin()
    doc = _custom(call, entity)
    doc["is_deleted"] = True
    _store(call, entity, doc)
    return Reply(_shown(doc, (), entity))


def add_options(call: Call, entity: str) -> Reply:
    """POST of options: all or none; answers the new ones only."""
    labels = _each(call, {"label": values.text(255)}, ("label",))
    made = [new_option(call.store, entry) for entry in labels]
    _set_options(call, entity, lambda old: [*old, *made])
    return Reply(made, None)


def rename_options(call: Call, entity: str) -> Reply:
    """PATCH of options: all or none."""
    entries = _each(call, {"id": values.integer, "label": values.text(255)}, ("id", "label"))
    wanted = {entry["id"]: entry["label"] for entry in entries}

    def change(old: list[Doc]) -> list[Doc]:
        _all_known(old, wanted)
        return [{**option, "label": wanted.get(option["id"], option["label"])} for option in old]

    _set_options(call, entity, change)
    return Reply([{"id": number, "label": label} for number, label in wanted.items()], None)


def delete_options(call: Call, entity: str) -> Reply:
    """DELETE of options: all or none; values that had them are answered without."""
    wanted = {entry["id"]: None for entry in _each(call, {"id": values.integer}, ("id",))}
    gone: list[Doc] = []

    def change(old: list[Doc]) -> list[Doc]:
        _all_known(old, wanted)
        gone.extend(option for option in old if option["id"] in wanted)
        return [option for option in old if option["id"] not in wanted]

    _set_options(call, entity, change)
    return Reply(gone, None)


def _all_known(old: list[Doc], wanted: dict[int, Any]) -> None:
    missing = set(wanted) - {option["id"] for option in old}
    if missing:
        raise bad_request(f"Options {', '.join(map(str, sorted(missing)))} do not exist in this field")


def _set_options(call: Call, entity: str, change: Any) -> None:
    """Applies a change to the options of the field in the path; labels are the options of `label_ids`."""
    call.check_admin()
    code = call.path["code"]
    if code == "label_ids" and entity in LABELLED:
        labels = {name: list(call.account.labels[name].values()) for name in LABELLED}
        labels[entity] = change(labels[entity])
        call.store.set_meta("labels", json.dumps(labels))
        touch(call.store)
        return
    doc = _custom(call, entity)
    if doc["field_type"] not in _CHOICES:
        raise bad_request("This field does not support options")
    doc["options"] = change(doc["options"])
    if len(doc["options"]) > MAX_OPTIONS:
        raise bad_request(f"A field can have at most {MAX_OPTIONS} options")
    _store(call, entity, doc)


def _store(call: Call, entity: str, doc: Doc) -> None:
    call.store.put(f"{entity}_field", doc, call.now)
    touch(call.store)


def _custom(call: Call, entity: str) -> Doc:
    code = call.path["code"]
    if code in call.account.fields[entity]:
        return dict(call.account.fields[entity][code])
    if any(field["field_code"] == code for field in standard_fields(call.account, entity)):
        raise bad_request("Only custom fields can be changed or deleted")
    raise not_found("Field")


def _all(call: Call, entity: str) -> list[Doc]:
    return [*standard_fields(call.account, entity), *call.account.fields.get(entity, {}).values()]


def _included(call: Call, entity: str, *names: str) -> list[str]:
    """What `include_fields` asks for; `names` are the other parameters of the operation."""
    allow(call, *names, *(("include_fields",) if _INCLUDABLE[entity] else ()))
    wanted = [name for name in call.query.get("include_fields", "").split(",") if name]
    for name in wanted:
        if name not in _INCLUDABLE[entity]:
            raise validation_failed([Invalid("include_fields", f"Expected some of {', '.join(_INCLUDABLE[entity])}")])
    return wanted


def _shown(field: Doc, included: Sequence[str], entity: str) -> Doc:
    shown = {name: value for name, value in field.items() if name in _KEYS}
    if entity not in _DESCRIBED:
        shown.pop("description", None)
    for name in included:
        shown[name] = field.get(name, {"enabled": False} if name != "ui_visibility" else {"details_visible_flag": True})
    return shown


_DESCRIBED = frozenset({"person", "deal", "activity"})
"""The entities whose fields are answered with a description (OpenAPI v2, schemas and examples)."""
_KEYS = frozenset(
    {"field_name", "field_code", "description", "field_type", "options", "subfields", "is_custom_field",
     "is_optional_response_field"}
)  # fmt: skip


def _label(path: str, value: Any) -> Doc:
    return values.members(path, value, {"label": values.text(255)}, ("label",))


def _object(path: str, value: Any) -> Doc:
    if not isinstance(value, dict):
        raise values.expected(path, "object", value)
    return value


def _each(call: Call, allowed: dict[str, values.Check], required: tuple[str, ...]) -> list[Doc]:
    try:
        return [values.members(f"[{index}]", item, allowed, required) for index, item in enumerate(call.json_list())]
    except Invalid as problem:
        raise validation_failed([problem]) from None
