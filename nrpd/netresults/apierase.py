"""People who were erased (`source.erased`): left out before an answer of an API is kept, or later."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from nrpd.errors import BadInput
from nrpd.netresults.apirows import addresses, column_of
from nrpd.netresults.apitables import Row
from nrpd.netresults.records import address_hash, emails_in


class Eraser:
    """`hashes` as in `source.erased`; `pinned`: the header that `source.columns` takes for the e-mail of a contact."""

    def __init__(self, hashes: frozenset[str], pinned: str = "") -> None:
        self.hashes, self.pinned = hashes, pinned

    def keep(self, rows: Sequence[Any], core: Callable[[Mapping[str, Any]], Row]) -> tuple[list[Any], int, list[str]]:
        """(contacts that stay, how many do not, the ids of these). `core`: a contact's own columns."""
        kept: list[Any] = []
        ids: list[str] = []
        for row in rows:
            if not isinstance(row, Mapping):
                raise BadInput(f"source.api: a contact is no object but {row!r:.40}")
            own = core(row) if self.hashes else {}
            if any(map(self.is_erased, addresses(own, self.pinned, further=True))):
                ids += [text for key, text in own.items() if text and column_of(key, "contacts") == "contact_id"]
            else:
                kept.append(row)
        return kept, len(rows) - len(kept), ids

    def is_erased(self, address: str) -> bool:
        """Whether one address is that of an erased person."""
        return address_hash(address) in self.hashes

    def sweep(self, tables: Path) -> tuple[dict[str, int], set[str]]:
        """Take people who were erased later out of tables that were written before: (rows by object, contact ids)."""
        gone: Counter[str] = Counter()
        ids: set[str] = set()
        for path in sorted(tables.glob("*.csv"), key=lambda path: (path.stem != "contacts", path.name)):
            with path.open(encoding="utf-8", errors="surrogatepass", newline="") as lines:
                header, *rows = csv.reader(lines)
            named = [column_of(name, "contacts") for name in header]
            at = named.index("contact_id") if "contact_id" in named else None
            kept = []
            for row in rows:
                own = row[at] if at is not None else ""
                if (own and own in ids) or self._named(path.stem, header, row):
                    ids |= {own} if path.stem == "contacts" and own else set()
                else:
                    kept.append(row)
            if len(kept) < len(rows):
                gone[path.stem] += len(rows) - len(kept)
                with path.open("w", encoding="utf-8", errors="surrogatepass", newline="") as out:
                    csv.writer(out).writerows([header, *kept])
        return dict(gone), ids

    def _named(self, object_: str, header: Sequence[str], row: Sequence[str]) -> bool:
        if object_ == "contacts":
            cells = list(addresses(dict(zip(header, row, strict=True)), self.pinned, further=True))
        else:
            own = [cell for name, cell in zip(header, row, strict=True) if column_of(name, object_) == "email"]
            cells = [address for cell in own for address in emails_in(cell)]
        return any(self.is_erased(address) for address in cells)
