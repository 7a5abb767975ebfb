"""Whatever stands in a cell, what is sent of it is taken by the sandbox: its own checks, on the JSON of a request."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from nrpd.mapping.folding import MAX_NOTE_BYTES, fitting, lines_of, note_of
from nrpd.mapping.transform import Context, build, labels
from nrpd.mapping.transforms import TRANSFORMS
from nrpd.pipedrive.records import Field, Option
from nrpd.pipedrive.schema import Schema
from nrpd.sandbox.bodies import BODIES
from nrpd.sandbox.customvalues import check_custom
from tests.mapping.support import row
from tests.mapping.test_transform import CELLS

STANDARD = {"emails": "emails", "phones": "phones", "datetime": "add_time", "int": "employee_count"}
CONTEXT = Context(default_country="DE", timezone="America/Denver", currency="CHF",
                  date_orders={("contacts", "c", ""): "mdy"})  # fmt: skip
WAYS = [
    (name, kind) for name, t in TRANSFORMS.items() if t.kind in ("value", "part") for kind in sorted(t.types)
]  # fmt: skip
ODD = st.one_of(
    CELLS,
    st.text(st.characters(codec="utf-8"), max_size=300),
    st.sampled_from(
        ["12 ABC", "ZZZ 1.5", "$", "-0", "1e400", "9" * 400, "0.1" + "0" * 30, "24:00", "23:59:60", "12:00 am",
         "2024-02-30", "0001-01-01", "9999-12-31 23:59:59-12:00", "10000-01-01", "2024-03-10 02:30", "00/00/0000",
         '{"value": 1}', "[1]", "a@b", "😀@x.example",
         "+1 303 555 0100 ext. 123456", ";;", "|", "\u0085", "\u2028", "x" * 70_000, "=1+1", "null", "NaN", "inf"]
    ),
)  # fmt: skip


@settings(deadline=None, max_examples=400)
@given(st.sampled_from(WAYS), ODD)
@example(("money", "monetary"), "12 ABC")
@example(("text", "text"), "x" * 70_000)
def test_every_payload_is_taken_by_the_sandbox(way: tuple[str, str], text: str) -> None:
    transform, kind = way
    entity = "organization" if kind == "int" else "person"
    name = STANDARD.get(kind) or ("name" if transform in ("full_name", "first_name", "last_name") else "F")
    one = row("c", name, kind, transform, entity=entity)
    built = build(entity, [one], {"c": text}, CONTEXT)
    wanted = labels(one, [text], CONTEXT) if kind in ("enum", "set") else ()
    options = tuple(Option(n, label) for n, label in enumerate(wanted, 1))
    custom = Field(entity, "F", "f" * 40, kind, True, options)
    there = Field(entity, "employee_count", "employee_count", "int", False)
    body = Schema([custom, there]).encode(entity, built.values)
    for key, value in body.pop("custom_fields", {}).items():
        assert key == custom.key
        checked(custom, value)
    for key, value in body.items():
        BODIES[entity][key].check(key, value)


def checked(field: Field, value: Any) -> None:
    """The sandbox's check of a custom value. Raises its refusal."""
    account: Any = SimpleNamespace(
        options={field.key: {option.id: option.label for option in field.options}}, me={"timezone_name": "UTC"}
    )
    call: Any = SimpleNamespace(account=account, store=None)
    check_custom(call, field.name, {"field_code": field.key, "field_type": field.type}, value)


LINES = st.dictionaries(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=12), ODD, max_size=5)


@settings(deadline=None)
@given(LINES)
@example({"a": "b", "a: b": "c"})
@example({"R&D": "&amp; &copy=1 <b>", "x": "line\n\n  more"})
def test_a_note_says_every_line_again(cells: dict[str, str]) -> None:
    rows = [row(f"c{n}", name, "note", "note", new=False) for n, name in enumerate(cells)]
    built = build("person", rows, {f"c{n}": text for n, text in enumerate(cells.values())}, CONTEXT)
    assert built.values == {}
    assert not built.unfit
    kept, left = fitting(built.lines)
    content = note_of(kept)
    assert len(content.encode()) <= MAX_NOTE_BYTES
    assert set(kept) | set(left) == set(built.lines)
    assert lines_of(content, list(cells)) == kept
    assert lines_of(f"somebody wrote this\n{content}", list(cells)) == kept
