"""What is imported quickly is whole all the same."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import sys
from nrpd.imports import load_nbformat
load_nbformat()
load_nbformat()
import nbformat, papermill
from jsonschema import Draft202012Validator, FormatChecker, ValidationError
assert "lark" not in sys.modules
assert "rfc3987_syntax" not in sys.modules, "others can import it"
nbformat.validate(nbformat.v4.new_notebook())
try:
    Draft202012Validator({"format": "date"}, format_checker=FormatChecker()).validate("no day")
except ValidationError:
    pass
else:
    raise SystemExit("formats are no longer checked")
"""


def test_nbformat_is_loaded_without_the_grammars_of_two_formats() -> None:
    ended = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
