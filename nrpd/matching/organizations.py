"""Source companies against the organizations of the account: which are there already.

By the link in the journal, by the source id that an organization carries, by the folded name, and only where the
source has no name by the domain. Organizations of the account are never merged. Names with different legal forms at
the end do not match; unlike names on one domain are a question (design.md, "Gates"; failure cases P03, P04, X21).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from nrpd.errors import BadInput
from nrpd.matching.companies import Company, own_domain
from nrpd.matching.duplicates import Record, age_of, source_ids
from nrpd.matching.names import split_name


@dataclass(frozen=True)
class OrganizationMatch:
    """What one source company is in the account."""

    source_id: str
    organization_id: int | None
    reason: str
    """`linked` (journal), `source id`, `decided` (by people), `name`, `domain`, `new`, or `gone`: the journal's
    organization is not in the account any more and nothing else fits; a person must decide, it is not made again
    (failure case P22)."""
    candidates: tuple[int, ...] = ()
    """All that fit, oldest first, where there are several; the oldest was taken. Goes to the review queue."""
    questions: tuple[int, ...] = ()
    """Organizations that did not match but look alike: another legal form, or the same domain with another name."""

    @property
    def review(self) -> bool:
        """Whether a person should look."""
        return len(self.candidates) > 1 or bool(self.questions) or self.reason == "gone"


class _Account:
    """The account's organizations by everything they may be known by."""

    def __init__(self, organizations: Sequence[Record], decided: Mapping[str, str]) -> None:
        self.decided = decided
        self.by_id = {int(o["id"]): o for o in organizations}
        self.by_source: dict[str, set[int]] = defaultdict(set)
        self.by_base: dict[str, dict[int, str]] = defaultdict(dict)
        self.by_domain: dict[str, set[int]] = defaultdict(set)
        for number, record in self.by_id.items():
            for source_id in source_ids(record):
                self.by_source[source_id].add(number)
            base, form = split_name(str(record.get("name") or ""))
            if base:
                self.by_base[base][number] = form
            for column in ("website", "Company Domain"):
                if domain := own_domain(str(record.get(column) or "")):
                    self.by_domain[domain].add(number)

    def oldest_first(self, numbers: Iterable[int]) -> list[int]:
        return sorted(numbers, key=lambda i: age_of(self.by_id[i]))


NEW = "new"


def review_key(source_id: str) -> str:
    """Under which people's answer about a company stands (see `review.py`)."""
    return f"company {source_id}"


def match_organizations(
    companies: Iterable[Company],
    organizations: Sequence[Record],
    linked: Mapping[str, int],
    decided: Mapping[str, str] | None = None,
) -> list[OrganizationMatch]:
    """One match per company, sorted by source id. `linked`: source id → organization id, from the journal.
    `decided`: key of a company → what people said: an organization's id, or NEW. Raises BadInput where two companies
    were said to be one organization, or where that one is not in the account.

    An organization that one company is linked to is no candidate for another: two companies never get the same one
    by name or domain.
    """
    account = _Account(organizations, decided or {})
    companies = sorted(companies, key=lambda c: c.source_id)
    matches: dict[str, OrganizationMatch] = {}
    claimed: set[int] = set()
    for step in (_by_link, _by_decision, _by_name, _by_domain):
        for company in companies:
            if company.source_id not in matches and (match := step(company, account, linked, claimed)):
                matches[company.source_id] = match
        claimed |= {m.organization_id for m in matches.values() if m.organization_id is not None}
    for company in companies:
        if company.source_id not in matches:
            gone = any(i in linked for i in company.ids)
            alike = tuple(account.oldest_first(_look_alikes(company, account, claimed)))
            matches[company.source_id] = OrganizationMatch(
                company.source_id, None, "gone" if gone else "new", questions=alike
            )
    return [matches[c.source_id] for c in companies]


def _by_link(
    company: Company, account: _Account, linked: Mapping[str, int], claimed: set[int]
) -> OrganizationMatch | None:
    from_journal = {linked[i] for i in company.ids if linked.get(i) in account.by_id}
    if from_journal:
        return _taken(company, account.oldest_first(from_journal), "linked")
    carried = {n for i in company.ids for n in account.by_source.get(i, ())}
    return _taken(company, account.oldest_first(carried), "source id") if carried else None


def _by_decision(
    company: Company, account: _Account, linked: Mapping[str, int], claimed: set[int]
) -> OrganizationMatch | None:
    answer = account.decided.get(review_key(company.source_id), "")
    if any(i in linked for i in company.ids) or (answer != NEW and not answer.isdecimal()):
        return None
    if answer == NEW:
        return OrganizationMatch(company.source_id, None, "new")
    if int(answer) not in account.by_id:
        raise BadInput(
            f"decisions/suppression.yaml: {review_key(company.source_id)}: organization {answer} is not in the account"
        )
    if int(answer) in claimed:
        raise BadInput(
            f"decisions/suppression.yaml: {review_key(company.source_id)}: organization {answer} is another company's "
            "already; decide otherwise for one of them"
        )
    claimed.add(int(answer))
    return OrganizationMatch(company.source_id, int(answer), "decided")


def _by_name(
    company: Company, account: _Account, linked: Mapping[str, int], claimed: set[int]
) -> OrganizationMatch | None:
    if company.placeholder:
        return None
    named = account.by_base.get(split_name(company.name)[0], {})
    fitting = [n for n, form in named.items() if n not in claimed and _same_form(company, form)]
    return _taken(company, account.oldest_first(fitting), "name") if fitting else None


def _by_domain(
    company: Company, account: _Account, linked: Mapping[str, int], claimed: set[int]
) -> OrganizationMatch | None:
    if not company.named_by_domain:
        return None
    fitting = account.by_domain.get(company.domain, set()) - claimed
    return _taken(company, account.oldest_first(fitting), "domain") if fitting else None


def _same_form(company: Company, form: str) -> bool:
    if company.strict_form:
        return form == split_name(company.name)[1]
    return not form or not company.form or form == company.form


def _look_alikes(company: Company, account: _Account, claimed: set[int]) -> set[int]:
    if company.placeholder:
        return set()
    named = set(account.by_base.get(split_name(company.name)[0], {}))
    return (named | account.by_domain.get(company.domain, set())) - claimed


def _taken(company: Company, ordered: Sequence[int], reason: str) -> OrganizationMatch:
    return OrganizationMatch(company.source_id, ordered[0], reason, tuple(ordered) if len(ordered) > 1 else ())
