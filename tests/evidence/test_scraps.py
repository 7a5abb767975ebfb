"""Scraps recorded by a real kernel, read back by us and by scrapbook alike."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pandas as pd
import papermill
import pytest

from nrpd.errors import BadInput
from nrpd.evidence import plain, read_scraps, to_html


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (np.int64(7), 7),
        (np.bool_(False), False),
        (np.float64(0.5), 0.5),
        (float("nan"), None),
        ((1, "a"), [1, "a"]),
        ({"b", "a"}, ["a", "b"]),
        (Decimal("3"), 3),
        (Decimal("3.5"), 3.5),
        (date(2024, 2, 29), "2024-02-29"),
        (datetime(2024, 2, 29, 1, 2, tzinfo=UTC), "2024-02-29T01:02:00+00:00"),
        (pd.Timestamp("2024-02-29"), "2024-02-29T00:00:00"),
        (Path("a/b"), "a/b"),
        ({1: {"x": (np.int32(1),)}}, {"1": {"x": [1]}}),
    ],
)
def test_plain_gives_json(value: Any, expected: Any) -> None:
    found = plain(value)
    assert found == expected
    assert type(found) is type(expected)


def test_figures_survive_a_run_and_stand_in_the_html(tmp_path: Path) -> None:
    import scrapbook

    source = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell("from nrpd.evidence import glue"),
            nbformat.v4.new_code_cell("import numpy as np\nglue('figures', {'created': np.int64(1234), 'by': None})"),
            nbformat.v4.new_code_cell("glue('phase_complete', {'phase': '08_persons', 'skipped': {'merged': 2}})"),
        ],
        metadata={"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}},
    )
    nbformat.write(source, tmp_path / "in.ipynb")
    papermill.execute_notebook(tmp_path / "in.ipynb", tmp_path / "out.ipynb", progress_bar=False)
    expected = {
        "figures": {"created": 1234, "by": None},
        "phase_complete": {"phase": "08_persons", "skipped": {"merged": 2}},
    }
    assert read_scraps(tmp_path / "out.ipynb") == expected
    theirs = scrapbook.read_notebook(str(tmp_path / "out.ipynb")).scraps
    assert {name: scrap.data for name, scrap in theirs.items()} == expected
    page = to_html(tmp_path / "out.ipynb", tmp_path / "html" / "out.html").read_text()
    for text in ("1234", "phase_complete", "skipped › merged", "08_persons"):
        assert text in page


def test_reading_what_is_no_notebook_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="There is no notebook"):
        read_scraps(tmp_path / "none.ipynb")
    (tmp_path / "x.ipynb").write_text("[]")
    with pytest.raises(BadInput, match="not a Jupyter notebook"):
        read_scraps(tmp_path / "x.ipynb")
