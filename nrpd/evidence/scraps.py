"""Figures of a notebook as scrapbook scraps: recorded in a cell, read back from the file.

A scrap is a display output with the media type below and `{"name", "data", "encoder", "version"}` in it (scrapbook 0.5,
scraps.py and schemas/scrap.v1.json). That form is written here, because importing scrapbook costs every kernel several
seconds and it refuses None, tuples, dates and numpy numbers. Reading is scrapbook's own.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from IPython import get_ipython
from IPython.display import display

from nrpd.errors import BadInput
from nrpd.imports import load_nbformat

SCRAP_MEDIA = "application/scrapbook.scrap."
"""Start of the media types of scraps: `….json+json`, `….text+json`, …"""


def glue(name: str, figures: Mapping[str, Any]) -> None:
    """Record `figures` as the scrap `name` of the notebook that is being executed.

    Outside a notebook nothing is recorded, and nothing fails. The same name recorded twice: the later one counts.
    """
    if get_ipython() is None:
        return
    scrap = {"name": name, "data": plain(figures), "encoder": "json", "version": 1}
    metadata = {"scrapbook": {"name": name, "data": True, "display": False}}
    display({f"{SCRAP_MEDIA}json+json": scrap}, metadata=metadata, raw=True)


def read_scraps(notebook: Path) -> dict[str, Any]:
    """Scrap name → its data, from the outputs of an executed notebook; empty where it recorded none.

    Raises BadInput where the file is missing or is no notebook.
    """
    try:
        document = json.loads(notebook.read_bytes())
        cells = document["cells"]
    except FileNotFoundError:
        raise BadInput(f"There is no notebook {notebook}.") from None
    except (ValueError, KeyError, TypeError):
        raise BadInput(f"{notebook} is not a Jupyter notebook (nbformat 4).") from None
    if not any(scraps_in(output) for cell in cells for output in cell.get("outputs", ())):
        return {}
    # Only whoever reads pays for the import; `papermill_dataframe` fails on pandas 2 and later, `scraps` does not.
    load_nbformat()
    import scrapbook

    return {name: scrap.data for name, scrap in scrapbook.read_notebook(str(notebook)).scraps.items()}


def scraps_in(output: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The scraps (`{"name", "data", …}`) that one output of a code cell holds."""
    data = output.get("data") or {}
    return [
        scrap
        for media, scrap in data.items()
        if media.startswith(SCRAP_MEDIA) and isinstance(scrap, Mapping) and {"name", "data"} <= scrap.keys()
    ]


def plain(value: Any) -> Any:
    """`value` as JSON has it: text keys, lists, ISO 8601 times, numbers. Unknown objects become their text."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):  # numpy's too; JSON has neither NaN nor infinity
        return float(value) if math.isfinite(value) else None if math.isnan(value) else str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((plain(item) for item in value), key=str)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if hasattr(value, "item"):  # numpy scalars, without importing numpy
        return plain(value.item())
    return str(value)
