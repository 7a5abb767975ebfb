"""Queues of open questions, one answer each: owners without a user, suppressions that somebody must look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import ipywidgets as widgets

from nrpd.errors import BadInput
from nrpd.matching.owners import DEFAULT, PROVISION, OwnerDecision
from nrpd.matching.review import Review
from nrpd.matching.standing import OPTED_IN, Decision
from nrpd.pipedrive.records import User
from nrpd.views.confirm import LABEL, WIDE, ConfirmBar, Pager, heading, html_of
from nrpd.views.html import View, as_view, bundle, escape, stack
from nrpd.views.tables import notice, shorten, table

PAGE = 10
STRICT, MAILABLE = "suppress", "mailable"


@dataclass(frozen=True)
class Choice:
    """One possible answer: what is recorded, and what a person reads."""

    value: str
    label: str


@dataclass(frozen=True)
class QueueItem:
    """One open question. `facts` are shown under its title; `answer` is what was decided before, if anything."""

    key: str
    title: str
    choices: tuple[Choice, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)
    answer: str = ""


class QueueView:
    """One row per open question with its choices; all must be answered before Confirm hands them on.

    `on_confirm(name, {key: value of the choice})`. `settled` shows what needs no answer. Only the rows of one page
    are built, so a queue of thousands opens as fast as one of ten.
    """

    def __init__(
        self,
        title: str,
        items: Sequence[QueueItem],
        on_confirm: Callable[[str, dict[str, str]], Any],
        settled: Any = None,
        decided: tuple[str, str] | None = None,
    ) -> None:
        self.title, self.items, self.decided = title, tuple(items), decided
        self.settled = as_view(settled)
        self.answers: dict[str, str] = {item.key: item.answer for item in items}
        self.on_confirm = on_confirm
        self.bar: ConfirmBar | None = None
        self.editors: list[_Editor] = []
        self._widget: Any = None

    @property
    def widget(self) -> Any:
        """The editor, built when first asked for; None where everything is decided and confirmed."""
        if self._widget is None and self.decided is None:
            self._widget = self._build()
        return self._widget

    @property
    def open(self) -> list[QueueItem]:
        """The questions without an answer."""
        return [item for item in self.items if not self.answers[item.key]]

    def answer(self, key: str, value: str) -> None:
        """Set the answer to one question. Raises BadInput where that is none of its choices."""
        item = next((item for item in self.items if item.key == key), None)
        if item is None or value not in {"", *(choice.value for choice in item.choices)}:
            raise BadInput(f"{value!r} is no answer for {key!r} in this queue.")
        self.answers[key] = value
        self._refresh()

    def answer_open(self, value: str) -> int:
        """Give every open question that offers `value` this answer; return how many."""
        fitting = [item for item in self.open if value in {choice.value for choice in item.choices}]
        self.answers.update({item.key: value for item in fitting})
        self._refresh()
        return len(fitting)

    @property
    def static(self) -> View:
        """The same without a widget."""
        unanswered = f"left to {self.decided[0]}" if self.decided else "open"
        rows = [{"who": item.title, **item.facts, "decision": self._label(item) or unanswered} for item in self.items]
        if self.decided:
            standing = notice(
                "ok", f"Confirmed by {self.decided[0]}{f', {self.decided[1]}' if self.decided[1] else ''}."
            )
        else:
            count = len(self.open)
            standing = notice("warning", f"{count:,} of {len(self.items):,} open when this was shown; not confirmed.")
        return stack(table(rows, self.title, 200), self.settled, standing)

    def _label(self, item: QueueItem) -> str:
        return next((choice.label for choice in item.choices if choice.value == self.answers[item.key]), "")

    def _confirm(self, name: str) -> str | None:
        if still := self.open:
            names = ", ".join(item.title for item in still[:5])
            self._pager.go(self.items.index(still[0]))
            raise BadInput(f"{len(still):,} without a decision: {names}{' …' if len(still) > 5 else ''}")
        said = self.on_confirm(name, dict(self.answers))
        for editor in self.editors:
            editor.choice.disabled = True
        return said if isinstance(said, str) else None

    def _build(self) -> Any:
        self.editors = [_Editor(self.answer) for _ in range(min(PAGE, len(self.items)))]
        self._rows = widgets.VBox(layout=WIDE)
        self._count = widgets.HTML()
        self._pager = Pager(PAGE, self._show)
        self.bar = ConfirmBar("Confirm", self._confirm, tooltip=f"Confirm: {self.title}")
        self._pager.reset(len(self.items))
        settled = [widgets.HTML(html_of(self.settled), layout=WIDE)] if self.settled.html else []
        parts = [heading(self.title), self._count, *self._bulk(), self._rows, self._pager.widget, *settled]
        return widgets.VBox([*parts, self.bar.widget], layout=WIDE)

    def _bulk(self) -> list[Any]:
        """A drop-down and a button that give one answer to all open questions that offer it; with two such at least."""
        counts = Counter(choice for item in self.items for choice in item.choices)
        shared = [choice for choice, times in counts.items() if times > 1]
        choice = widgets.Dropdown(
            options=[(c.label, c.value) for c in shared] or [("–", "")], description="All that are open",
            tooltip="Answer for all open questions", style=LABEL, layout={"width": "auto", "max_width": "30em"},
        )  # fmt: skip
        button = widgets.Button(description="Set", tooltip="Set this answer for all open", layout={"width": "auto"})
        button.on_click(lambda _: self.answer_open(choice.value) if choice.value else None)
        return [widgets.HBox([choice, button], layout={"flex_flow": "row wrap"})] if shared else []

    def _show(self, page: range) -> None:
        self._page = page
        for editor, item in zip(self.editors, self.items[page.start : page.stop], strict=False):
            editor.bind(item, self.answers[item.key])
        self._rows.children = tuple(editor.widget for editor in self.editors[: len(page)])
        self._count.value = f"{len(self.open):,} of {len(self.items):,} still open"

    def _refresh(self) -> None:
        if self._widget is not None:
            self._show(self._page)

    def __repr__(self) -> str:
        return self.static.text

    def _repr_html_(self) -> str:
        return self.static._repr_html_()

    def _repr_mimebundle_(self, **_: Any) -> Mapping[str, Any]:
        return bundle(self.static, self.widget)


class _Editor:
    """One row of a page; it is bound to another question when the page turns."""

    def __init__(self, answer: Callable[[str, str], None]) -> None:
        self._answer, self._item = answer, QueueItem("", "", ())
        self._binding = False
        self._facts = widgets.HTML(layout=WIDE)
        self.choice = widgets.Dropdown(
            options=[("", "")], description="Decision", style=LABEL, layout={"width": "auto", "max_width": "44em"}
        )
        self.choice.observe(self._changed, names="value")
        self.widget = widgets.VBox(
            [self._facts, self.choice], layout={**WIDE, "border_top": "1px solid #c9ced4", "padding": "4px 0"}
        )

    def bind(self, item: QueueItem, answer: str) -> None:
        self._binding = True
        self._item = item
        facts = " · ".join(f"{escape(key)}: {escape(shorten(value))}" for key, value in item.facts.items() if value)
        self._facts.value = html_of(View(f"<strong>{escape(item.title)}</strong><br>{facts}", ""))
        self.choice.options = [("– decide –", ""), *((choice.label, choice.value) for choice in item.choices)]
        self.choice.value = answer
        self.choice.tooltip = f"Decision for {item.title}"
        self._binding = False

    def _changed(self, change: Any) -> None:
        if not self._binding:
            self._answer(self._item.key, change["new"])


class OwnersView(QueueView):
    """Owners of the source that no active user matches.

    `on_confirm(name, {owner key: user id as text, "default" or "provision"})`, the form that
    `matching.owners.resolve` takes as `decided`. Matched owners are shown, not asked.
    """

    def __init__(
        self,
        owners: Sequence[OwnerDecision],
        users: Sequence[User],
        default: User,
        on_confirm: Callable[[str, dict[str, str]], Any],
        decided: tuple[str, str] | None = None,
    ) -> None:
        people = tuple(
            Choice(str(user.id), f"assign to {user.name} <{user.email}>")
            for user in sorted(users, key=lambda user: user.name.casefold())
            if user.active
        )
        choices = (
            Choice(DEFAULT, f"give to the default owner, {default.name}"),
            Choice(PROVISION, "wait: this user will be added to the account"),
            *people,
        )
        asked = [owner for owner in owners if not owner.settled or owner.how in ("assigned", PROVISION)]
        items = [
            QueueItem(owner.key, owner.email or owner.name or owner.key, choices, _owner_facts(owner), _given(owner))
            for owner in asked
        ]
        names = {user.id: user.name for user in users}
        rest = [
            {"owner": o.email or o.name or "(none)", "user": names.get(o.user_id or 0, ""), "how": o.how,
             "why": o.reason, "records": o.counts}
            for o in owners if o not in asked
        ]  # fmt: skip
        super().__init__("Owners to decide", items, on_confirm, table(rest, "Owners that need no answer", 200), decided)


def _owner_facts(owner: OwnerDecision) -> dict[str, Any]:
    return {"name": owner.name, "records": owner.counts, "why": owner.reason}


def _given(owner: OwnerDecision) -> str:
    if owner.how == PROVISION:
        return PROVISION
    return str(owner.user_id) if owner.how == "assigned" else ""


class SuppressionView(QueueView):
    """Suppressions that disagree with the account or with a later opt-in.

    `on_confirm(name, {key: "suppress" or "mailable"})`. Mailable can be chosen only where the source holds a later,
    dated opt-in. Suppressions without a conflict are shown, not asked: they are applied. `reviews`: contacts and
    companies of which somebody must say who they are in the account; their answers are handed on with the others.
    """

    def __init__(
        self,
        decisions: Sequence[Decision],
        on_confirm: Callable[[str, dict[str, str]], Any],
        answers: Mapping[str, str] | None = None,
        decided: tuple[str, str] | None = None,
        reviews: Sequence[Review] = (),
    ) -> None:
        given = answers or {}
        strict = Choice(STRICT, "suppress (the strict reading)")
        mailable = Choice(MAILABLE, "stays mailable: the later opt-in is proven")
        items = [
            QueueItem(
                found.key, found.address or found.key, (strict, mailable) if OPTED_IN in found.conflicts else (strict,),
                _suppression_facts(found), given.get(found.key, ""),
            )
            for found in decisions if found.conflicts
        ]  # fmt: skip
        items += [
            QueueItem(r.key, r.title, tuple(Choice(*answer) for answer in r.answers), {"why to look": r.why},
                      given.get(r.key, ""))
            for r in reviews
        ]  # fmt: skip
        rest = [
            {"address": found.address or found.key, **_suppression_facts(found), "done": found.outcome}
            for found in decisions
            if not found.conflicts
        ]
        shown = table(rest, "Suppressions that are applied as they are", 50, more="reports/suppression_ledger.csv")
        title = "Suppressions, and who is who in the account" if reviews else "Suppressions to decide"
        super().__init__(title, items, on_confirm, shown, decided)


def _suppression_facts(found: Decision) -> dict[str, Any]:
    return {
        "status": found.status,
        "reasons": ", ".join(found.reasons),
        "date": found.date.isoformat() if found.date else "",
        "persons in the account": ", ".join(map(str, found.person_ids)),
        **({"why to look": "; ".join(found.conflicts)} if found.conflicts else {}),
    }
