"""`nrpd propose`: what would become of headers, without a customer, in an empty account or one that a file shows."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from nrpd.errors import BadInput
from nrpd.mapping.propose import EMPTY_ACCOUNT, propose_header
from nrpd.mapping.vocabulary import Vocabulary
from nrpd.netresults.encodings import find_encoding
from nrpd.netresults.headers import recognise_header
from nrpd.netresults.records import OBJECT_COLUMNS
from nrpd.netresults.synonyms import SYNONYMS
from nrpd.pipedrive.account import field_from
from nrpd.pipedrive.records import FIELD_TYPES, AccountFacts, Field

_LISTS = {"person_fields": "person", "organization_fields": "organization", "deal_fields": "deal"}


def propose(file: Path, account: Path | None = None) -> list[dict[str, Any]]:
    """A proposal for each header of a TSV file, in its order. `account`: see `read_account`. Raises BadInput naming
    file and row."""
    facts = EMPTY_ACCOUNT if account is None else read_account(account)
    if not file.is_file():
        raise BadInput(f"{file}: no such file")
    form = find_encoding(file, str(file))
    text = file.read_bytes().decode(form.codec, form.errors).lstrip("\ufeff")
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter="\t")
    if not {"header", "object"} <= set(reader.fieldnames or ()):
        raise BadInput(f"{file}: expected the columns header, object and optionally values, separated by tabs")
    vocabulary = Vocabulary(SYNONYMS)
    found = []
    for number, row in enumerate(reader, 2):
        if row["object"] not in OBJECT_COLUMNS:
            known = ", ".join(OBJECT_COLUMNS)
            raise BadInput(f"{file}, row {number}: unknown object {row['object']!r}; known are {known}")
        values = [v for v in (row.get("values") or "").split("|") if v]
        found.append(propose_header(row["header"], row["object"], values, recognise_header, facts, vocabulary))
    return found


def read_account(path: Path) -> AccountFacts:
    """The fields of an account from a JSON file: `person_fields`, `organization_fields` and `deal_fields`, each a list
    as the API gives it, or as a fixture of the sandbox has it (`field_name`, `field_type`, `options`). A field without
    `is_custom_field` is custom unless it has a `field_code`. Raises BadInput."""
    try:
        data = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"{path}: not readable as JSON: {error}") from None
    if not isinstance(data, dict) or not any(name in data for name in _LISTS):
        raise BadInput(f"{path}: expected a JSON object with {', '.join(_LISTS)}, each a list of fields")
    fields = [
        _field(f"{path}: {name}[{n}]", entity, item, n)
        for name, entity in _LISTS.items()
        for n, item in enumerate(data.get(name) or ())
    ]
    return replace(EMPTY_ACCOUNT, fields=tuple(fields))


def _field(where: str, entity: str, item: Any, number: int) -> Field:
    if not isinstance(item, dict) or not isinstance(item.get("field_name"), str):
        raise BadInput(f"{where}: expected an object with field_name and field_type")
    custom = bool(item.get("is_custom_field", not item.get("field_code")))
    if custom and item.get("field_type") not in FIELD_TYPES:
        raise BadInput(f"{where}: field_type is {item.get('field_type')!r}; one of {', '.join(FIELD_TYPES)}")
    options = [
        {"id": n, "label": option} if isinstance(option, str) else {"id": n, **option}
        for n, option in enumerate(item.get("options") or (), 1)
    ]
    code = item.get("field_code") or f"{entity}-{number:032x}"
    return field_from(entity, {**item, "field_code": code, "is_custom_field": custom, "options": options})
