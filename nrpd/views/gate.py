"""A gate as a notebook shows it: what is decided on, the questions, a name, and one button."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ipywidgets as widgets

from nrpd.errors import BadInput
from nrpd.views.confirm import LABEL, WIDE, ConfirmBar, heading, html_of
from nrpd.views.html import View, as_view, bundle, escape, stack
from nrpd.views.tables import notice

LONG_QUESTION = 60


@dataclass(frozen=True)
class Ask:
    """One question of a gate. `kind`: tick (answer True or False), text, or choice (one of `options`)."""

    key: str
    text: str
    kind: str = "tick"
    required: bool = True
    """A required tick box must be ticked; a required text or choice must not be blank."""
    options: tuple[str, ...] = ()
    value: str | bool = ""
    """What stands there at first."""


class GateView:
    """Asks for a decision and hands it on: `on_confirm(name, {key: answer})`.

    `question` says what is decided, `summary` shows it (a View, text, or rows). `decided` is (who, when) of a valid
    decision that is there already: then nothing is asked. Without a live kernel it is a static summary.
    """

    def __init__(
        self,
        gate: str,
        question: str,
        summary: Any,
        on_confirm: Callable[[str, dict[str, Any]], Any],
        asks: Sequence[Ask] = (),
        decided: tuple[str, str] | None = None,
    ) -> None:
        self.gate, self.question, self.asks, self.decided = gate, question, tuple(asks), decided
        self.summary = as_view(summary)
        self.on_confirm = on_confirm
        self.inputs: dict[str, Any] = {}
        self.bar: ConfirmBar | None = None
        self._widget: Any = None

    @property
    def widget(self) -> Any:
        """The editor, built when first asked for; None where the gate is decided."""
        if self._widget is None and self.decided is None:
            self._widget = self._build()
        return self._widget

    @property
    def static(self) -> View:
        """The same without a widget."""
        return stack(self._head(), self.summary, self._standing())

    def answers(self) -> dict[str, Any]:
        """What stands in the fields now. Raises BadInput where something required is missing."""
        found: dict[str, Any] = {}
        missing = []
        for ask in self.asks:
            value = self.inputs[ask.key].value
            found[ask.key] = value if ask.kind == "tick" else str(value or "").strip()
            if ask.required and not found[ask.key]:
                missing.append(ask.text)
        if missing:
            raise BadInput("Not answered yet: " + " · ".join(missing))
        return found

    def _confirm(self, name: str) -> str | None:
        answers = self.answers()
        said = self.on_confirm(name, answers)
        for field in self.inputs.values():
            field.disabled = True
        return said if isinstance(said, str) else None

    def _build(self) -> Any:
        self.inputs = {ask.key: _input(ask) for ask in self.asks}
        self.bar = ConfirmBar(f"Confirm {self.gate}", self._confirm)
        questions = [part for ask in self.asks for part in _labelled(ask, self.inputs[ask.key])]
        static = widgets.HTML(html_of(stack(View(f"<p>{escape(self.question)}</p>", ""), self.summary)), layout=WIDE)
        return widgets.VBox([heading(f"Gate: {self.gate}"), static, *questions, self.bar.widget], layout=WIDE)

    def _head(self) -> View:
        return View(
            f"<p><strong>Gate: {escape(self.gate)}.</strong> {escape(self.question)}</p>",
            f"Gate: {self.gate}. {self.question}",
        )

    def _standing(self) -> View:
        if self.decided:
            who, when = self.decided
            return notice("ok", f"Confirmed by {who}{f', {when}' if when else ''}.")
        asked = [f"{ask.text}{'' if ask.required else ' (may stay open)'}" for ask in self.asks]
        items = "".join(f"<li>{escape(text)}</li>" for text in asked)
        waiting = notice("warning", "Waiting for a person: this gate was not confirmed when this was shown.")
        if not asked:
            return waiting
        return stack(View(f"<p>Asked:</p><ul>{items}</ul>", "Asked:\n" + "\n".join(f"- {t}" for t in asked)), waiting)

    def __repr__(self) -> str:
        return self.static.text

    def _repr_html_(self) -> str:
        return self.static._repr_html_()

    def _repr_mimebundle_(self, **_: Any) -> Mapping[str, Any]:
        return bundle(self.static, self.widget)


def _input(ask: Ask) -> Any:
    # A long question stands above its field, which needs a name that is seen all the same.
    described = "Answer" if len(ask.text) > LONG_QUESTION else ask.text
    if ask.kind == "tick":
        return widgets.Checkbox(
            value=bool(ask.value), description=ask.text, tooltip=ask.text, indent=False, style=LABEL, layout=WIDE
        )
    if ask.kind == "choice":
        options = [("– choose –", ""), *((option, option) for option in ask.options)]
        value = ask.value if ask.value in ask.options else ""
        return widgets.Dropdown(
            options=options, value=value, description=described, tooltip=ask.text, style=LABEL, layout={"width": "auto"}
        )
    return widgets.Text(
        value=str(ask.value or ""), description=described, tooltip=ask.text, placeholder="write here", style=LABEL,
        layout=WIDE,
    )  # fmt: skip


def _labelled(ask: Ask, field: Any) -> list[Any]:
    if ask.kind == "tick" or len(ask.text) <= LONG_QUESTION:
        return [field]
    return [widgets.HTML(f"<div>{escape(ask.text)}</div>"), field]
