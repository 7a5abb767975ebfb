"""Campaigns: which organization, and which deal, each one stands on, and what is written there.

A member names a contact (whose company counts), or a company, or a deal; one row may name several. An organization
gets the fields of its latest campaign and the list of all of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from nrpd.matching.duplicates import Record
from nrpd.matching.folding import Rules, components, fold, newest_first
from nrpd.matching.rows import (
    MERGED,
    TAKE,
    Outcome,
    Outcomes,
    Row,
    When,
    content,
    digest,
    fold_text,
    natural,
    text_of,
    where,
)

UNKNOWN_CAMPAIGN: Outcome = ("skipped", "unknown campaign")
UNKNOWN_CONTACT: Outcome = ("skipped", "unknown contact")
UNKNOWN_COMPANY: Outcome = ("skipped", "unknown company")
UNKNOWN_DEAL: Outcome = ("skipped", "unknown deal")
NO_COMPANY: Outcome = ("skipped", "contact without company")
NOBODY: Outcome = ("skipped", "names no contact, company or deal")
NO_NAME: Outcome = ("quarantined", "campaign without id and name")
AMBIGUOUS_NAME: Outcome = ("quarantined", "several campaigns have this name")
AMBIGUOUS_DEAL: Outcome = ("quarantined", "several deals have this title")
UNPLACED: Outcome = ("skipped", "no organization or deal takes part")

_RULES = Rules("campaign_id", silent=frozenset({"campaign_id"}))
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Campaign:
    """One campaign. `values` as in the files, without blanks; `start` and `end` aware UTC."""

    campaign_id: str
    """`name:<folded name>` for one without id, or that only members name."""
    name: str
    values: Mapping[str, str]
    sources: Mapping[str, str] = field(default_factory=dict)
    start: datetime | None = None
    end: datetime | None = None
    rows: tuple[Row, ...] = ()

    @property
    def line(self) -> str:
        """One line of the list: `Name (type, status, 2024-01-05 to 2024-02-01)`, without what is blank."""
        dates = " to ".join(time.date().isoformat() for time in (self.start, self.end) if time)
        said = [" ".join(self.values.get(c, "").split()) for c in ("type", "status")] + [dates]
        more = ", ".join(text for text in said if text)
        return f"{self.name} ({more})" if more else self.name


@dataclass(frozen=True)
class Membership:
    """One member row that was placed: what it links, for the activity of `policies.campaigns: activities`."""

    membership_id: str
    """Stable: made of the campaign and of what the row names."""
    campaign_id: str
    person: str | None
    company: str | None
    deal_id: int | None
    joined_at: datetime | None
    row: Row


@dataclass
class Campaigns:
    """All campaigns by id, where they stand, and the buckets of campaign and member rows."""

    campaigns: dict[str, Campaign]
    of_organizations: dict[str, tuple[Campaign, ...]] = field(default_factory=dict)
    """Company's source id → its campaigns, the latest first."""
    of_deals: dict[int, tuple[Campaign, ...]] = field(default_factory=dict)
    """Deal id of the account → its campaigns, the latest first."""
    memberships: list[Membership] = field(default_factory=list)
    outcomes: Outcomes = field(default_factory=dict)
    member_outcomes: Outcomes = field(default_factory=dict)

    def name_of(self, campaign_id: str) -> str:
        """The name of a campaign; its id where it is unknown."""
        known = self.campaigns.get(campaign_id.strip())
        return known.name if known else campaign_id.strip()


def listing(campaigns: Sequence[Campaign]) -> str:
    """The text of the field `Campaigns`: one line per campaign, the latest first."""
    return "\n".join(campaign.line for campaign in campaigns)


def read(rows: Iterable[Row], when: When) -> Campaigns:
    """The campaigns of campaign rows; rows of one id are one, the newest non-blank value wins."""
    found = Campaigns({})
    taken: list[Row] = []
    for row in rows:
        usable = text_of(row, "campaign_id") or text_of(row, "name")
        found.outcomes[where(row)] = TAKE if usable else NO_NAME
        if usable:
            taken.append(row)
    for group in components([[_id_of(row)] for row in taken]):
        newest = newest_first([taken[i] for i in group], "campaign_id", when)
        folded = fold(newest, _RULES, when)
        campaign_id = _id_of(newest[0])
        name = text_of(folded.values, "name") or campaign_id
        start, end = (_time(newest, c, folded.values, when) for c in ("start_date", "end_date"))
        values = {**folded.values, "name": name}
        found.campaigns[campaign_id] = Campaign(campaign_id, name, values, folded.sources, start, end, tuple(newest))
        for i, row in enumerate(newest):
            found.outcomes[where(row)] = MERGED if i else TAKE
    found.campaigns = dict(sorted(found.campaigns.items()))
    return found


def place(
    campaign_rows: Iterable[Row],
    member_rows: Iterable[Row],
    when: When,
    *,
    person_of: Callable[[Row], str | None],
    company_of_person: Callable[[str], str | None],
    company_of: Callable[[Row], str | None],
    deals: Sequence[Record] = (),
) -> Campaigns:
    """Campaigns and where they stand.

    `person_of`: the person that a row names (Contacts.person_of). `company_of_person`: that person's company.
    `company_of`: the company that a row names itself (Companies.company_of). `deals`: the account's deals.
    """
    found = read(campaign_rows, when)
    member_rows = list(member_rows)
    by_name = _names(found, member_rows)
    deal_ids, by_title = _deals(deals)
    organizations: dict[str, set[str]] = defaultdict(set)
    on_deals: dict[int, set[str]] = defaultdict(set)
    for row in member_rows:
        campaign_id = _campaign_of(row, found, by_name)
        if not isinstance(campaign_id, str):
            found.member_outcomes[where(row)] = campaign_id
            continue
        person = person_of(row)
        company = company_of(row) or (company_of_person(person) if person else None)
        named = _deal_of(row, deal_ids, by_title)
        deal_id = named if isinstance(named, int) else None
        if company is None and deal_id is None:
            found.member_outcomes[where(row)] = named if isinstance(named, tuple) else _why_not(row, person)
            continue
        found.member_outcomes[where(row)] = TAKE
        found.memberships.append(_membership(row, campaign_id, person, company, deal_id, when))
        if company is not None:
            organizations[company].add(campaign_id)
        if deal_id is not None:
            on_deals[deal_id].add(campaign_id)
    found.memberships.sort(key=lambda m: (m.membership_id, m.joined_at or _NEVER, content(m.row)))
    found.of_organizations = {c: _latest_first(found, ids) for c, ids in sorted(organizations.items())}
    found.of_deals = {d: _latest_first(found, ids) for d, ids in sorted(on_deals.items())}
    placed = {c for ids in (*organizations.values(), *on_deals.values()) for c in ids}
    for campaign in found.campaigns.values():
        if campaign.rows and campaign.campaign_id not in placed:
            found.outcomes[where(campaign.rows[0])] = UNPLACED
    return found


def _membership(
    row: Row, campaign_id: str, person: str | None, company: str | None, deal_id: int | None, when: When
) -> Membership:
    membership_id = "member:" + digest(campaign_id, person or "", company or "", str(deal_id or ""))
    return Membership(membership_id, campaign_id, person, company, deal_id, when(row, "joined_at"), row)


def _names(found: Campaigns, member_rows: Sequence[Row]) -> Mapping[str, set[str]]:
    """Folded name → campaign ids, those that only members name included."""
    by_name: dict[str, set[str]] = defaultdict(set)
    for campaign in found.campaigns.values():
        by_name[fold_text(campaign.name)].add(campaign.campaign_id)
    _made_of_names(found, by_name, member_rows)
    return by_name


def _deals(deals: Sequence[Record]) -> tuple[set[int], Mapping[str, set[int]]]:
    by_title: dict[str, set[int]] = defaultdict(set)
    for deal in deals:
        by_title[fold_text(str(deal.get("title") or ""))].add(int(deal["id"]))
    return {int(deal["id"]) for deal in deals}, by_title


def _id_of(row: Row) -> str:
    return text_of(row, "campaign_id") or f"name:{fold_text(row.get('name', ''))}"


def _time(rows: Sequence[Row], column: str, values: Mapping[str, str], when: When) -> datetime | None:
    return next((when(row, column) for row in rows if row.get(column) and row[column] == values.get(column)), None)


def _campaign_of(row: Row, found: Campaigns, by_name: Mapping[str, set[str]]) -> str | Outcome:
    """The campaign of a member row: by id, else by name."""
    campaign_id, name = text_of(row, "campaign_id"), fold_text(row.get("campaign_name", ""))
    if campaign_id in found.campaigns:
        return campaign_id
    known = by_name.get(name, set()) if name else set()
    return UNKNOWN_CAMPAIGN if not known else AMBIGUOUS_NAME if len(known) > 1 else next(iter(known))


def _made_of_names(found: Campaigns, by_name: dict[str, set[str]], rows: Sequence[Row]) -> None:
    """Adds the campaigns that only members know, made of the name they give: nothing is lost. Those with an id first,
    so that a row with the name alone finds them."""
    for with_id in (True, False):
        made: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            campaign_id, name = text_of(row, "campaign_id"), text_of(row, "campaign_name")
            unknown = name and campaign_id not in found.campaigns and not by_name.get(fold_text(name))
            if unknown and bool(campaign_id) == with_id:
                made[campaign_id or f"name:{fold_text(name)}"].add(name)
        for campaign_id, names in made.items():
            name = min(names)
            found.campaigns[campaign_id] = Campaign(campaign_id, name, {"name": name, "campaign_id": campaign_id})
            for spelling in names:
                by_name[fold_text(spelling)].add(campaign_id)


def _deal_of(row: Row, ids: set[int], by_title: Mapping[str, set[int]]) -> int | Outcome | None:
    """The deal of the account that a row names by id, else by title; None where it names none."""
    deal_id, title = text_of(row, "deal_id"), fold_text(row.get("deal_title", ""))
    if deal_id.isascii() and deal_id.isdigit() and int(deal_id) in ids:
        return int(deal_id)
    fitting = by_title.get(title, set()) if title else set()
    if len(fitting) > 1:
        return AMBIGUOUS_DEAL
    if fitting:
        return next(iter(fitting))
    return UNKNOWN_DEAL if deal_id or title else None


def _why_not(row: Row, person: str | None) -> Outcome:
    if person is not None:
        return NO_COMPANY
    if text_of(row, "contact_id") or text_of(row, "email"):
        return UNKNOWN_CONTACT
    return UNKNOWN_COMPANY if text_of(row, "company_id") or text_of(row, "company_name") else NOBODY


def _latest_first(found: Campaigns, ids: Iterable[str]) -> tuple[Campaign, ...]:
    """By start, then end, then id; campaigns without a date last."""
    own = [found.campaigns[i] for i in ids]
    own.sort(key=lambda c: (c.start or _NEVER, c.end or _NEVER, natural(c.campaign_id)), reverse=True)
    return tuple(own)
