"""all_ran.py JUNIT_XML: fails where pytest ran no test, or skipped or excused one."""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree


def main(path: Path) -> int:
    cases = list(ElementTree.parse(path).iter("testcase"))
    left_out = [
        f"{case.get('classname')}::{case.get('name')}: {found.get('message')}"
        for case in cases
        if (found := case.find("skipped")) is not None
    ]
    print(f"{len(cases)} tests, {len(left_out)} skipped or expected to fail", *left_out, sep="\n  ")  # noqa: T201
    return 1 if left_out or not cases else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
