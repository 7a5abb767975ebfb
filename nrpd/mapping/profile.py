"""What the values of a source column look like: fill, type, length, options, order of dates.

A type is that of nearly all values (`fits` is the share, by value; see `kinds.py`); what holds anything else is text.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from nrpd.mapping.dates import DoesNotFit, settle_order
from nrpd.mapping.kinds import kind_of
from nrpd.mapping.spans import split_dates
from nrpd.mapping.transform import ESCAPED_OBJECTS
from nrpd.mapping.values import clean, is_blank, is_zero_date, split_multi, unescape
from nrpd.netresults.records import OBJECT_COLUMNS, SUPPRESSION_COLUMNS, SourceField

SAMPLES = 5

Counts = Mapping[str, int]
"""Text of a cell → how many cells hold it."""
_ODD = ("", " ")
"""How a printable text begins that is blank or has to be cleaned."""


def profile(
    object: str,
    columns: Mapping[str, Sequence[str]],
    headers: Mapping[str, str],
    files: Sequence[str],
    *,
    date_orders: Mapping[tuple[str, str], str] | None = None,
) -> list[SourceField]:
    """The profile of each column of one object, in the order of `columns`.

    `columns` holds a cell per row; `headers` the header as the file has it, by column; `files` the file of each row.
    `date_orders` are declared orders by (column, file), which settle what the values leave open.
    """
    found = []
    for column, cells in columns.items():
        by_file: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for text, file in zip(cells, files, strict=True):
            by_file[file][text] += 1
        found.append(profile_column(object, column, headers.get(column, column), by_file, date_orders=date_orders))
    return found


def value_type(header: str, texts: Sequence[str], *, object: str = "", column: str = "") -> SourceField:
    """The profile of one column of which only some values are known, in one file."""
    return profile_column(object, column or header, header, {"": Counter(texts)})


def profile_column(
    object: str,
    column: str,
    header: str,
    by_file: Mapping[str, Counts],
    *,
    date_orders: Mapping[tuple[str, str], str] | None = None,
) -> SourceField:
    """The profile of one column, whose cells are counted by file and text. `date_orders` as for `profile`."""
    object_ = object
    counts = _cleaned(by_file, escaped=object_ in ESCAPED_OBJECTS)
    known = column in OBJECT_COLUMNS.get(object_, ()) or (object_ == "contacts" and column in SUPPRESSION_COLUMNS)
    filled = sum(counts.values())
    found = kind_of(object_, column, header, counts)
    kind = found.type
    zero = 0
    orders: dict[str, str] = {}
    if kind in ("date", "datetime"):
        zero = sum(count for text, count in counts.items() if is_zero_date(text))
        orders = _date_orders(column, by_file, date_orders or {})
    elif found.form == "date_range":
        parted = {file: Counter(part for text in texts for part in _dates_in(text)) for file, texts in by_file.items()}
        orders = _date_orders(column, parted, date_orders or {})
    options: tuple[str, ...] = ()
    if kind == "dropdown":
        options = tuple(text for text, _ in counts.most_common())
    elif kind == "multiselect":
        options = _parts(counts, found.separator)
    return SourceField(
        object=object_, column=column, header=header, known=known,
        count=sum(sum(texts.values()) for texts in by_file.values()), filled=filled - zero, distinct=len(counts),
        type=kind, fits=found.fits,
        max_length=max(map(len, counts), default=0), samples=tuple(t for t, _ in counts.most_common(SAMPLES)),
        options=options, separator=found.separator, date_orders=orders, form=found.form,
        min_length=min(map(len, counts), default=0),
    )  # fmt: skip


def _cleaned(by_file: Mapping[str, Counts], *, escaped: bool) -> Counter[str]:
    """The texts that are not blank, as they would be read, over all files."""
    counts: Counter[str] = Counter()
    for texts in by_file.values():
        odd = {text for text in texts if not text.isprintable() or text[:1] in _ODD or text[-1:] == " " or "&" in text}
        counts.update(texts if not odd else {text: count for text, count in texts.items() if text not in odd})
        for text in odd:
            if not is_blank(text):
                counts[clean(unescape(text) if escaped else text)] += texts[text]
    return counts


def _date_orders(column: str, by_file: Mapping[str, Counts], declared: Mapping[tuple[str, str], str]) -> dict[str, str]:
    found = {file: declared.get((column, file)) or settle_order(filter(None, texts)) for file, texts in by_file.items()}
    return {file: order for file, order in found.items() if order}


def _dates_in(text: str) -> Iterator[str]:
    try:
        yield from split_dates(clean(text))
    except DoesNotFit:
        return


def _parts(counts: Counter[str], separator: str) -> tuple[str, ...]:
    parts: Counter[str] = Counter()
    for text, count in counts.items():
        for part in split_multi(text, separator):
            parts[part] += count
    return tuple(part for part, _ in parts.most_common())
