"""Reads the GraphQL API of Paminga (facts of paminga.md, 8.1): contacts with their accounts, page by page.

Only queries are ever sent, and every name in them comes from the parameters as a plain name. The address, the names of
the queries and of the fields are settings, since the public examples show a handful of them only.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from nrpd.api_parameters import GRAPHQL_FIELDS, Api, Login
from nrpd.netresults.apicalls import ApiRefused, Caller, SourceUnreachable
from nrpd.netresults.apierase import Eraser
from nrpd.netresults.apipages import Listed
from nrpd.netresults.apirows import id_text, named_values
from nrpd.netresults.apistore import Store
from nrpd.netresults.apitables import Row, distinct, write_contacts, write_rows
from nrpd.netresults.documents import scalar_text
from nrpd.netresults.files import GIVEN
from nrpd.netresults.records import NO_WORDS, OBJECT_COLUMNS
from nrpd.netresults.staged import Flag

_COMPANIES = "companies."
_PAGINATOR = "paginatorInfo { currentPage hasMorePages lastPage perPage total }"
CUSTOM = "custom_fields"


class GraphQl:
    """Sends queries, one at a time."""

    def __init__(self, api: Api, login: Login, retry_wait: float = 1.0) -> None:
        self._api = api
        self._caller = Caller(
            api.url, rate=api.requests_per_second, timeout=api.timeout, retry_wait=retry_wait, secrets=(login.token,),
            headers={"authorization": f"Bearer {login.token}"}, login_keys=f"token_env ({api.token_env})",
        )  # fmt: skip

    def close(self) -> None:
        self._caller.close()

    def query(self, name: str, arguments: str, selection: str) -> Any:
        """What the query `name` gives. Raises ApiRefused with the server's `errors`, whatever the status was."""
        answer = self._caller.post(name, {"query": f"query {{ {name}({arguments}) {selection} }}"})
        if not isinstance(answer, Mapping):
            raise SourceUnreachable(f"source.api: {name} was answered with no GraphQL answer, {self._shown(answer)}")
        if errors := answer.get("errors"):
            raise ApiRefused(f"source.api: {name} was refused: {self._reasons(errors)}")
        data = answer.get("data")
        if not isinstance(data, Mapping) or name not in data:
            keys = self._shown(", ".join(map(str, answer)))
            raise SourceUnreachable(f"source.api: {name} was answered without data; the keys are {keys}")
        return data[name]

    def _reasons(self, errors: Any) -> str:
        listed = errors if isinstance(errors, list) else [errors]
        said = [error.get("message") or error if isinstance(error, Mapping) else error for error in listed]
        more = f" (and {len(said) - 3} more)" if len(said) > 3 else ""
        return "; ".join(self._shown(text) for text in said[:3]) + more

    def _shown(self, text: object) -> str:
        return self._caller.shown(text)


class GraphQlSource:
    """Reads contacts into a store, and makes tables of them."""

    def __init__(self, api: Api, calls: GraphQl, store: Store, eraser: Eraser) -> None:
        self._api, self._calls, self._store, self._eraser = api, calls, store, eraser
        self.fields = {key: path for key, path in {**GRAPHQL_FIELDS, **api.fields}.items() if path}

    @property
    def parts(self) -> list[str]:
        """The lists that are read: one for each type of entity, or one for all."""
        return [f"contacts_{kind}" for kind in self._api.entity_types] or ["contacts"]

    def close(self) -> None:
        self._calls.close()

    def read(self) -> None:
        """Read all pages that were not read yet."""
        for part in self.parts:
            self._read(part)

    def _keep(self, rows: Sequence[Any]) -> tuple[list[Any], int, list[str]]:
        return self._eraser.keep(rows, self._core)

    def _read(self, part: str) -> None:
        name, kind = self._api.contacts_query, part.removeprefix("contacts").removeprefix("_")

        def fetch(page: int) -> Listed:
            arguments = f"first: {self._api.page_size}, page: {page}" + (f", entityType: {kind}" if kind else "")
            return _listed(self._calls.query(name, arguments, f"{{ {_PAGINATOR} data {self._selection()} }}"), name)

        self._store.read_list(
            part, fetch, self._api.page_size, (self.fields["contact_id"],), name, self._keep, mode="pages1"
        )

    def _selection(self) -> str:
        ids = self._api.custom_fields
        custom = f" {CUSTOM}(ids: {json.dumps(ids)}) {{ name type value }}" if ids else ""
        return f"{{ {_nested(self.fields.values())}{custom} }}"

    def find(self, address: str) -> str | None:
        """The id of the contact with this address, asked for by the address; None where there is none."""
        if self._api.by_email_query is None:
            raise ApiRefused("by_email_query is null")
        own = self.fields["contact_id"]
        found = self._calls.query(self._api.by_email_query, f"email: {json.dumps(address)}", f"{{ {own} }}")
        return id_text(found.get(own)) if isinstance(found, Mapping) else None

    # Tables

    def _core(self, row: Mapping[str, Any]) -> dict[str, str]:
        """A contact's columns by the names of the design."""
        return {key: _at(row, path) for key, path in self.fields.items() if not key.startswith(_COMPANIES)}

    def contacts(self) -> Iterator[tuple[Row, Row]]:
        """(own columns, custom fields) of each contact, each id once."""
        seen: set[str] = set()
        for part in self.parts:
            for row in self._store.rows(part):
                core = self._core(row)
                if core["contact_id"] and core["contact_id"] in seen:
                    continue
                seen.add(core["contact_id"])
                known = {key: text for key, text in core.items() if key in _KNOWN}
                other = {key: text for key, text in core.items() if key not in _KNOWN}
                yield known, {**other, **named_values(row.get(CUSTOM) or [])}

    def _companies(self) -> Iterator[Row]:
        paths = {"company_id": self.fields.get("company_id", ""), "name": self.fields.get("company_name", "")}
        paths |= {k.removeprefix(_COMPANIES): path for k, path in self.fields.items() if k.startswith(_COMPANIES)}
        for part in self.parts:
            for row in self._store.rows(part):
                found = {column: _at(row, path) for column, path in paths.items() if path}
                if any(text for column, text in found.items() if column not in ("company_id", "name")):
                    yield found

    def write(self, folder: Path) -> list[Flag]:
        """Write all files. Returns what this API does not give."""
        write_contacts(folder / "contacts.csv", self.contacts)
        write_rows(folder / "companies.csv", lambda: distinct(self._companies()), ("company_id", "name"))
        said = ["gives contacts and their accounts only; everything else comes from an export"]
        if not self._api.custom_fields:
            said.append("custom fields are not read; name their ids in source.api.custom_fields")
        return [Flag(f"{GIVEN}contacts.csv", 1, "source", text) for text in said]


_KNOWN = frozenset({*OBJECT_COLUMNS["contacts"], "unsubscribed", "bounced", "consent"})


def _nested(paths: Iterable[str]) -> str:
    """`id`, `account.id`, `account.name` → `id account { id name }`."""
    tree: dict[str, Any] = {}
    for path in paths:
        place = tree
        for part in path.split("."):
            place = place.setdefault(part, {})
    return _written(tree)


def _written(tree: Mapping[str, Any]) -> str:
    return " ".join(f"{name} {{ {_written(inner)} }}" if inner else name for name, inner in tree.items())


def _at(value: Any, path: str) -> str:
    """The text at a path; what lists hold is joined with `; `, objects are written as they are."""
    part, _, rest = path.partition(".")
    if isinstance(value, list):
        return "; ".join(text for item in value if (text := _at(item, path)))
    if part:
        return _at(value.get(part) if isinstance(value, Mapping) else None, rest)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, Mapping) else scalar_text(value)


def _listed(found: Any, name: str) -> Listed:
    """A page of contacts, with the total of its paginator. A page that says it is the last one ends the list."""
    rows = found.get("data") if isinstance(found, Mapping) else found
    if not isinstance(rows, list):
        raise SourceUnreachable(f"source.api: {name} gives no list under data")
    info = found.get("paginatorInfo") if isinstance(found, Mapping) else None
    info = info if isinstance(info, Mapping) else {}
    total = id_text(info.get("total"))
    more = scalar_text(info.get("hasMorePages")).casefold()
    return Listed(rows, int(total) if total.isdigit() else None, last=more in NO_WORDS)
