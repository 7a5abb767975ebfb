"""Is everything of the source in the account, once and right? Each check gives a list of problems; none is good.

    case = open_case(base_url, token, export, run_folder, customer_folder, delta=…, before=…)
    assert check_all(case) == []

`before` is the account as `read_account` gave it before the run: what stood there is kept (`fill_blanks`). Shares no
code with nrpd (issue "The whole migration runs", Shows 3). Values are compared for the default policies.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.support.case import Case, open_case
from tests.support.check_marketing import check_campaigns, check_notes_and_files, check_sends, check_suppressions
from tests.support.check_records import (
    check_addresses,
    check_companies,
    check_contacts,
    check_links,
    check_owners,
    check_values,
)
from tests.support.readback import read_account

__all__ = ["CHECKS", "Case", "check_all", "open_case", "read_account"]

CHECKS: tuple[Callable[[Case], list[str]], ...] = (
    check_addresses, check_contacts, check_companies, check_links, check_owners, check_values, check_sends,
    check_suppressions, check_campaigns, check_notes_and_files,
)  # fmt: skip


def check_all(case: Case) -> list[str]:
    """All problems, each with the name of its check."""
    return [f"{check.__name__}: {problem}" for check in CHECKS for problem in check(case)]
