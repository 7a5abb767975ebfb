"""python -m tests.contracts.derive FOLDER: makes `tests/data/pipedrive/` anew from Pipedrive's OpenAPI documents.

FOLDER holds `pipedrive-v1.json` and `pipedrive-v2.json`. Of each operation that nrpd uses, which are those that the
sandbox serves and those in `ASKED`, are kept: parameters, request and answer as plain JSON Schema, and the cost in
tokens. No prose. Two things are put in other words that mean the same: `nullable` becomes a type `null`, and the parts
of an `allOf` become one schema, which is what lets a reader close objects against unknown keys. Where the documents'
own example of an answer contradicts its schema, the example is followed: keys that only it has are kept with any value,
and a format that it breaks (`date-time` of v1) is dropped.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jsonschema_rs import Draft202012Validator

from nrpd.sandbox.costs import COSTS

DATA = Path(__file__).resolve().parents[1] / "data" / "pipedrive"
VERSIONS = ("v1", "v2")
KEPT = (
    "type", "format", "enum", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "uniqueItems",
    "pattern",
)  # fmt: skip

ASKED = tuple(
    ("GET", f"/api/{path}")
    for path in (
        "v1/leads", "v1/leads/archived", "v2/projects", "v2/projects/archived", "v2/persons/{id}/followers",
        "v2/organizations/{id}/followers",
    )
)  # fmt: skip
"""What nrpd asks of accounts and the sandbox does not serve."""

Json = dict[str, Any]


def derived(documents: Mapping[str, Json]) -> dict[str, Json]:
    """Version → path → method → `{tokens, path, query, request, answer}` of the operations used.

    Raises ValueError naming an operation that the documents do not have.
    """
    found: dict[str, Json] = {version: {} for version in VERSIONS}
    for method, path in sorted({*COSTS, *ASKED}):
        _, _, version, template = path.split("/", 3)
        documented, operation = _operation(documents[version], method, template)
        found[version].setdefault(documented, {})[method] = _contract(operation)
    return found


def text_of(contracts: Json) -> str:
    """The text of one derived file: sorted, one key a line only down to the operations' parts, so that it stays small
    and a change shows where it is."""
    lines = []
    for path, methods in sorted(contracts.items()):
        operations = []
        for method, contract in sorted(methods.items()):
            parts = (f"   {json.dumps(k)}: {json.dumps(v, sort_keys=True)}" for k, v in sorted(contract.items()))
            operations.append(f"  {json.dumps(method)}: {{\n" + ",\n".join(parts) + "\n  }")
        lines.append(f" {json.dumps(path)}: {{\n" + ",\n".join(operations) + "\n }")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def read_documents(folder: Path) -> dict[str, Json]:
    """The OpenAPI documents, by version."""
    return {v: json.loads((folder / f"pipedrive-{v}.json").read_text(encoding="utf-8")) for v in VERSIONS}


def _operation(document: Json, method: str, template: str) -> tuple[str, Json]:
    """The path as the document writes it, and the operation; names of path parameters differ."""
    wanted = re.sub(r"\{\w+\}", "{}", f"/{template.strip('/')}")
    for path, item in document["paths"].items():
        if re.sub(r"\{\w+\}", "{}", path) == wanted and method.lower() in item:
            shared = item.get("parameters", [])
            operation = item[method.lower()]
            return path, {**operation, "parameters": [*shared, *operation.get("parameters", [])]}
    raise ValueError(f"the OpenAPI documents have no {method} /{template}")


def _contract(operation: Json) -> Json:
    contract: Json = {"tokens": operation["x-token-cost"]}
    for place in ("path", "query"):
        found = {p["name"]: _parameter(p) for p in operation["parameters"] if p["in"] == place}
        if found:
            contract[place] = found
    if "requestBody" in operation:
        contract["request"] = _content(operation["requestBody"])
    contract["answer"] = _content(operation["responses"]["200"])
    return contract


def _parameter(parameter: Json) -> Json:
    schema = plain(parameter["schema"])
    return {"schema": schema, **({"required": True} if parameter.get("required") else {})}


def _content(holder: Json) -> Json:
    ((kind, content),) = holder["content"].items()
    schema = plain(content["schema"])
    for example in _examples(content):
        schema = following(schema, example)
    return {"type": kind, "schema": schema}


def _examples(content: Json) -> list[Any]:
    return [content["example"]] if "example" in content else [e["value"] for e in content.get("examples", {}).values()]


def plain(schema: Json) -> Json:
    """An OpenAPI 3.0 schema as JSON Schema, without its prose."""
    found: Json = {key: schema[key] for key in KEPT if key in schema}
    if "properties" in schema:
        found["properties"] = {name: plain(one) for name, one in schema["properties"].items()}
        placeholders = [name for name in found["properties"] if name.isupper()]  # ORGANIZATION_ID: any id
        if placeholders:
            (name,) = placeholders
            found["additionalProperties"] = found["properties"].pop(name)
    if schema.get("required"):
        found["required"] = sorted(schema["required"])
    if "items" in schema:
        found["items"] = plain(schema["items"])
    more = schema.get("additionalProperties")
    if more is not None:
        found["additionalProperties"] = plain(more) if isinstance(more, dict) else more
    for key in ("oneOf", "anyOf"):
        if key in schema:
            found[key] = [plain(one) for one in schema[key]]
    for part in schema.get("allOf", ()):
        found = merged(found, plain(part))
    return _or_null(found) if schema.get("nullable") is True else found


def merged(one: Json, other: Json) -> Json:
    """The schema of what both allow, without `allOf`. Raises ValueError where two values of a keyword clash."""
    both: Json = {**one, **other}
    for key in one.keys() & other.keys():
        if key == "properties":
            names = one[key] | other[key]
            both[key] = {n: merged(one[key].get(n, {}), other[key].get(n, {})) for n in names}
        elif key == "required":
            both[key] = sorted({*one[key], *other[key]})
        elif key in ("items", "additionalProperties") and isinstance(one[key], dict):
            both[key] = merged(one[key], other[key])
        elif one[key] != other[key]:
            raise ValueError(f"allOf: {key} is {one[key]!r} and {other[key]!r}")
    return both


def following(schema: Json, example: Any) -> Json:
    """The schema, less what the documents' own example of it contradicts."""
    found = dict(schema)
    if isinstance(example, list) and "items" in schema:
        for item in example:
            found["items"] = following(found["items"], item)
    elif isinstance(example, dict) and "properties" in schema:
        of_any_id = schema.get("additionalProperties")
        found["properties"] = dict(schema["properties"])
        for name, one in example.items():
            if isinstance(of_any_id, dict) and name not in schema["properties"]:
                found["additionalProperties"] = following(found["additionalProperties"], one)
            else:
                found["properties"][name] = following(schema["properties"].get(name, {}), one)
    elif "format" in schema and not Draft202012Validator(schema, validate_formats=True).is_valid(example):
        del found["format"]
    return found


def _or_null(schema: Json) -> Json:
    if "type" not in schema:
        return {"anyOf": [schema, {"type": "null"}]} if schema else {}
    found = {**schema, "type": [schema["type"], "null"]}
    if "enum" in found and None not in found["enum"]:
        found["enum"] = [*found["enum"], None]
    return found


def main(folder: Path) -> None:
    """Writes the derived files."""
    DATA.mkdir(parents=True, exist_ok=True)
    for version, contracts in derived(read_documents(folder)).items():
        path = DATA / f"{version}.json"
        path.write_text(text_of(contracts), encoding="utf-8")
        print(f"{path.name}: {len(contracts)} paths, {path.stat().st_size:,} bytes")  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]))
