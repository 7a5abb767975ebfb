"""Companies: which source records, and which names on contacts, are one organization.

Source id first, then the folded name (only trailing legal forms are folded), then the domain. Names that end in
different legal forms, and unlike names on one domain, are questions and stay apart. Mail providers' domains never
make or match a company (failure cases X21, P04). `organizations.py` matches the result against the account.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from nrpd.matching.folding import Conflict, Rules, components, fold, newest_first
from nrpd.matching.names import domain_key, is_free_mail, split_name
from nrpd.matching.rows import (
    MERGED,
    POSITION,
    TAKE,
    Outcome,
    Outcomes,
    Row,
    When,
    blank,
    company_text,
    is_too_long,
    text_of,
    where,
)
from nrpd.pipedrive.records import MAX_LENGTH

NO_COMPANY: Outcome = ("skipped", "no company")
FREE_MAIL_COMPANY: Outcome = ("skipped", "domain of a mail provider")
NO_KEY: Outcome = ("quarantined", "company without id, name and domain")
LONG_NAME: Outcome = ("quarantined", f"company name of more than {MAX_LENGTH['name']} characters")

DIFFERENT_FORMS = "same name, different legal forms"
SHARED_DOMAIN = "one domain, unlike names"
DIFFERENT_DOMAINS = "one name, several domains"
UNNAMED = "company without name"
UNKNOWN_ID = "company id without record"
OWN_PARENT = "company is its own parent"

_RULES = Rules("company_id", silent=frozenset({"company_id", "updated_at"}))
_IDS_ONLY = POSITION | {"company_id", "created_at", "updated_at", "owner_email", "name"}

Token = tuple[str, str]
"""Folded name and legal form; the form is blank unless the source has the name with several forms."""


@dataclass(frozen=True)
class Question:
    """Something about companies that a person should look at; nothing was merged or lost meanwhile."""

    kind: str
    names: tuple[str, ...]
    ids: tuple[str, ...]


@dataclass(frozen=True)
class Company:
    """One organization of the source. `values` as in the files, without blanks."""

    source_id: str
    """Id of its newest record; `name:<folded>` or `domain:<domain>` without one. Persons are linked by it."""
    name: str
    values: Mapping[str, str]
    sources: Mapping[str, str]
    """Column → the file its value came from."""
    ids: tuple[str, ...]
    """All source ids, newest first; for a company without record only `source_id`."""
    rows: tuple[Row, ...] = ()
    """Records, newest first; empty for a company that only contacts or a parent column name."""
    placeholder: bool = False
    """True: the name is made up (`Unnamed company (Net-Results 12)`) and waits for a person."""
    named_by_domain: bool = False
    form: str = ""
    """Legal form at the end of its names; blank where none has one."""
    strict_form: bool = False
    """True: the source has this name with other legal forms too, so only the very same form may match."""
    conflicts: tuple[Conflict, ...] = ()

    @property
    def domain(self) -> str:
        """The domain that may match an organization; blank where there is none or it is a mail provider's."""
        return own_domain(self.values.get("domain", ""))


@dataclass
class Companies:
    """All organizations of the source, sorted by source id, and the bucket of every company row."""

    companies: list[Company]
    outcomes: Outcomes
    questions: list[Question] = field(default_factory=list)
    relationships: list[tuple[str, str]] = field(default_factory=list)
    """(source id of the parent, source id of the daughter)."""
    by_id: dict[str, str] = field(default_factory=dict)
    by_name: dict[Token, str] = field(default_factory=dict)
    many_forms: frozenset[str] = frozenset()
    """Folded names that the source has with different legal forms."""

    def find(self, company_id: str = "", company_name: str = "") -> str | None:
        """The source id of the organization that an id, else a name, stands for; None for none (`-`) or unknown."""
        known = self.by_id.get(company_text({"company_id": company_id}, "company_id"))
        if known is not None:
            return known
        name = company_text({"": company_name}, "")
        return self.by_name.get(_token(name, self.many_forms)) if name else None

    def company_of(self, values: Row) -> str | None:
        """The source id of the organization of a contact's values, or of any row with company columns."""
        return self.find(values.get("company_id", ""), values.get("company_name", ""))


def own_domain(text: str) -> str:
    """The key of a domain, blank where it belongs to a mail provider."""
    domain = domain_key(text)
    return "" if is_free_mail(domain) else domain


def bucket(row: Row) -> Outcome:
    """Whether a company record is taken, is no company (`-`, a mail provider's domain) or has nothing to go by."""
    if company_text(row, "name"):
        return TAKE
    if is_too_long("name", text_of(row, "name")):
        return LONG_NAME
    more = any(c not in _IDS_ONLY and c != "domain" and not blank(v) for c, v in row.items())
    domain = domain_key(row.get("domain", ""))
    if not domain and text_of(row, "name") and not more:
        return NO_COMPANY
    if domain and is_free_mail(domain) and not more:
        return FREE_MAIL_COMPANY
    return TAKE if own_domain(domain) or text_of(row, "company_id") else NO_KEY


def collect(rows: Iterable[Row], contacts: Iterable[Row], when: When) -> Companies:
    """All companies out of company records, and out of the names that contacts (rows or merged values) and the
    `parent_company` column give. A name without record makes one organization per folded name."""
    outcomes: Outcomes = {}
    taken: list[Row] = []
    for row in rows:
        outcomes[where(row)] = outcome = bucket(row)
        if outcome == TAKE:
            taken.append(row)
    records = _by_id(taken, when)
    ids = {i for record in records for row in record if (i := text_of(row, "company_id"))}
    bare, strangers = _bare_names(records, contacts, ids)
    many_forms = _many_forms([*map(_name_of, records), *bare])
    on_domain = _named_on_domain(records, many_forms)
    companies = [
        _company([row for i in group for row in records[i]], many_forms, on_domain, when)
        for group in components(_tokens(records, many_forms, on_domain))
    ]
    known = {_token(c.name, many_forms) for c in companies if not c.placeholder}
    known |= {_token(n, many_forms) for record in records for row in record if (n := company_text(row, "name"))}
    companies += _without_record(bare, many_forms, known)
    found = Companies(sorted(companies, key=lambda c: c.source_id), outcomes, many_forms=many_forms)
    _index(found)
    _parents(found)
    found.questions = _questions(found, strangers)
    return found


def _by_id(rows: Sequence[Row], when: When) -> list[list[Row]]:
    """Rows of one id together, newest first: the newest name of an id is its name."""
    groups: dict[str, list[Row]] = {}
    for i, row in enumerate(rows):
        groups.setdefault(text_of(row, "company_id") or f"\x00{i}", []).append(row)
    return [newest_first(group, "company_id", when) for group in groups.values()]


def _name_of(record: Sequence[Row]) -> str:
    return next((name for row in record if (name := company_text(row, "name"))), "")


def _domain_of(record: Sequence[Row]) -> str:
    return next((domain for row in record if (domain := own_domain(row.get("domain", "")))), "")


def _bare_names(
    records: Sequence[Sequence[Row]], contacts: Iterable[Row], ids: set[str]
) -> tuple[Counter[str], Counter[str]]:
    """Names that stand for no record's id, with how often each is used; and ids that no record has."""
    names: Counter[str] = Counter()
    strangers: Counter[str] = Counter()
    for row in contacts:
        company_id, name = company_text(row, "company_id"), company_text(row, "company_name")
        if name and company_id not in ids:
            names[name] += 1
        if company_id and company_id not in ids:
            strangers[company_id] += 1
    for record in records:
        for row in record:
            parent = company_text(row, "parent_company")
            if parent and parent not in ids:
                names[parent] += 1
    return names, strangers


def _many_forms(names: Iterable[str]) -> frozenset[str]:
    forms: dict[str, set[str]] = defaultdict(set)
    for name in names:
        base, form = split_name(name)
        if form:
            forms[base].add(form)
    return frozenset(base for base, found in forms.items() if len(found) > 1)


def _token(name: str, many_forms: frozenset[str]) -> Token:
    base, form = split_name(name)
    return base, form if base in many_forms else ""


def _named_on_domain(records: Sequence[Sequence[Row]], many_forms: frozenset[str]) -> dict[str, set[Token]]:
    """Domain → the named companies on it. A domain with several is shared, and names no company."""
    found: dict[str, set[Token]] = defaultdict(set)
    for record in records:
        name, domain = _name_of(record), _domain_of(record)
        if name and domain:
            found[domain].add(_token(name, many_forms))
    return dict(found)


def _tokens(
    records: Sequence[Sequence[Row]], many_forms: frozenset[str], on_domain: Mapping[str, set[Token]]
) -> list[list[tuple[str, ...]]]:
    """What each record is known by. A nameless one joins the named company on its domain, if there is one only;
    on a shared domain it stays apart by its id, and without an id the domain is all that it has."""
    tokens: list[list[tuple[str, ...]]] = []
    for i, record in enumerate(records):
        name, domain = _name_of(record), _domain_of(record)
        named = on_domain.get(domain, set())
        if name:
            tokens.append([("name", *_token(name, many_forms))])
        elif domain and len(named) == 1:
            tokens.append([("name", *next(iter(named)))])
        elif domain and not (named and any(text_of(row, "company_id") for row in record)):
            tokens.append([("domain", domain)])
        else:
            tokens.append([("record", str(i))])
    return tokens


def _company(
    rows: Sequence[Row], many_forms: frozenset[str], on_domain: Mapping[str, set[Token]], when: When
) -> Company:
    rows = newest_first(rows, "company_id", when)
    folded = fold(rows, _RULES, when)
    ids = tuple(dict.fromkeys(i for row in rows if (i := text_of(row, "company_id"))))
    names = [name for row in rows if (name := company_text(row, "name"))]
    domain = _domain_of(rows)
    values = folded.values
    values.pop("name", None)
    forms = {form for name in names if (form := split_name(name)[1])}
    if ids:
        values["company_id"] = "; ".join(ids)
    if names:
        values["name"] = names[0]
        base = split_name(names[0])[0]
        source_id = ids[0] if ids else _name_id(_token(names[0], many_forms))
        return Company(
            source_id, names[0], values, folded.sources, ids or (source_id,), tuple(rows),
            form=split_name(names[0])[1] or min(forms, default=""), strict_form=base in many_forms,
            conflicts=folded.conflicts,
        )  # fmt: skip
    source_id = ids[0] if ids else f"domain:{domain}"
    if domain in on_domain:
        domain = ""
    values["name"] = name = domain or f"Unnamed company (Net-Results {source_id.removeprefix('domain:')})"
    return Company(
        source_id, name, values, folded.sources, ids or (source_id,), tuple(rows),
        placeholder=not domain, named_by_domain=bool(domain), conflicts=folded.conflicts,
    )  # fmt: skip


def _name_id(token: Token) -> str:
    return "name:" + " ".join(part for part in token if part)


def _without_record(bare: Counter[str], many_forms: frozenset[str], known: set[Token]) -> list[Company]:
    """One company per folded name; its spelling is the most frequent one, then the first by alphabet."""
    spellings: dict[Token, list[str]] = defaultdict(list)
    for name in bare:
        if (token := _token(name, many_forms)) not in known:
            spellings[token].append(name)
    companies = []
    for token, names in spellings.items():
        name = min(names, key=lambda n: (-bare[n], n))
        source_id = _name_id(token)
        form = split_name(name)[1] or min((f for n in names if (f := split_name(n)[1])), default="")
        values = {"name": name, "company_id": source_id}
        strict = token[0] in many_forms
        companies.append(Company(source_id, name, values, {}, (source_id,), form=form, strict_form=strict))
    return companies


def _index(found: Companies) -> None:
    for company in found.companies:
        for i, row in enumerate(company.rows):
            found.outcomes[where(row)] = MERGED if i else TAKE
            if company_id := text_of(row, "company_id"):
                found.by_id[company_id] = company.source_id
            if name := company_text(row, "name"):
                found.by_name.setdefault(_token(name, found.many_forms), company.source_id)
    for company in found.companies:
        if not company.placeholder:
            found.by_name[_token(company.name, found.many_forms)] = company.source_id


def _parents(found: Companies) -> None:
    pairs: set[tuple[str, str]] = set()
    for company in found.companies:
        parent = company_text(company.values, "parent_company")
        above = found.find(parent, parent) if parent else None
        if above and above != company.source_id:
            pairs.add((above, company.source_id))
        elif above:
            found.questions.append(Question(OWN_PARENT, (company.name,), (company.source_id,)))
    found.relationships = sorted(pairs)


def _questions(found: Companies, strangers: Mapping[str, int]) -> list[Question]:
    by_base: dict[str, list[Company]] = defaultdict(list)
    by_domain: dict[str, list[Company]] = defaultdict(list)
    questions = list(found.questions)
    for company in found.companies:
        if company.strict_form:
            by_base[split_name(company.name)[0]].append(company)
        if company.placeholder or company.named_by_domain:
            questions.append(Question(UNNAMED, (company.name,), company.ids))
        domains = {d for row in company.rows if (d := own_domain(row.get("domain", "")))}
        for domain in domains:
            by_domain[domain].append(company)
        if len(domains) > 1:
            questions.append(Question(DIFFERENT_DOMAINS, (company.name, *sorted(domains)), company.ids))
    for kind, groups in ((DIFFERENT_FORMS, by_base), (SHARED_DOMAIN, by_domain)):
        for group in groups.values():
            if len(group) > 1:
                questions.append(Question(kind, tuple(c.name for c in group), tuple(c.source_id for c in group)))
    questions += [Question(UNKNOWN_ID, (f"{n} contacts",), (i,)) for i, n in strangers.items()]
    return sorted(questions, key=lambda q: (q.kind, q.ids, q.names))
