"""What all editors share: a name, a Confirm button that acts once, the error beside it, and pages of rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from nrpd.errors import BadInput, NrpdError
from nrpd.views.html import STYLE, View, escape
from nrpd.views.tables import notice

WIDE = {"width": "calc(100% - 4px)"}  # widgets have a margin of 2 px on each side
LABEL = {"description_width": "initial"}


class ConfirmBar:
    """A name field and a button. `act` gets the name; what it raises is shown beside the button.

    One click acts once, however often the browser sends it (failure case N10): while `act` runs, and after it
    succeeded, further clicks do nothing. After an error the button works again.
    """

    def __init__(self, label: str, act: Callable[[str], str | None], *, tooltip: str = "") -> None:
        self._act = act
        self._state = "open"
        self.name = widgets.Text(
            description="Your name", placeholder="as it will stand in the evidence", tooltip="Your name", style=LABEL,
            layout={"width": "26em", "max_width": "100%"},
        )  # fmt: skip
        self.button = widgets.Button(
            description=label, button_style="primary", tooltip=tooltip or label, layout={"width": "auto"}
        )
        self.message = widgets.HTML()
        self.button.on_click(self._clicked)
        row = widgets.HBox([self.name, self.button], layout={"flex_flow": "row wrap", "align_items": "center"})
        self.widget = widgets.VBox([row, self.message], layout=WIDE)

    @property
    def done(self) -> bool:
        """Whether the decision was taken with this button."""
        return self._state == "done"

    def _clicked(self, _button: Any) -> None:
        if self._state != "open":
            return
        self._state = "busy"
        self.button.disabled = True
        try:
            name = " ".join(self.name.value.split())
            if not name:
                raise BadInput("Write your name: the decision is recorded under it.")
            said = self._act(name)
        except Exception as problem:
            self._state = "open"
            self.button.disabled = False
            self.message.value = html_of(notice("problem", message_of(problem)))
            return
        self._state = "done"
        self.name.disabled = True
        self.button.description = "Confirmed"
        self.button.button_style = "success"
        self.message.value = html_of(notice("ok", said or f"Confirmed by {name}. You can go on with the next cell."))


class Pager:
    """Pages through `count` rows, `size` at a time; `show` is given the rows of a page as a range."""

    def __init__(self, size: int, show: Callable[[range], None]) -> None:
        self._size, self._show, self._count, self._first = size, show, 0, 0
        self._before = widgets.Button(
            description="Previous", tooltip="Previous page of rows", layout={"width": "auto"}, icon="chevron-left"
        )
        self._after = widgets.Button(
            description="Next", tooltip="Next page of rows", layout={"width": "auto"}, icon="chevron-right"
        )
        self._where = widgets.HTML()
        self._before.on_click(lambda _: self.go(self._first - self._size))
        self._after.on_click(lambda _: self.go(self._first + self._size))
        self.widget = widgets.HBox([self._before, self._after, self._where], layout={"align_items": "center"})

    def reset(self, count: int) -> None:
        """Begin again with `count` rows."""
        self._count = count
        self.go(0)

    def go(self, first: int) -> None:
        """Show the page that holds row `first`."""
        last_page = max(self._count - 1, 0) // self._size * self._size
        self._first = min(max(first, 0) // self._size * self._size, last_page)
        page = range(self._first, min(self._first + self._size, self._count))
        self._show(page)
        # After the rows, so that what it says is true once it is read.
        self._before.disabled, self._after.disabled = page.start == 0, page.stop >= self._count
        self._where.value = f"rows {page.start + 1} to {page.stop} of {self._count}" if page else "no rows"
        self.widget.layout.display = "none" if self._count <= self._size else "flex"


def html_of(view: View) -> str:
    """A view as the value of an HTML widget."""
    return f'{STYLE}<div class="nrpd">{view.html}</div>'


def message_of(problem: Exception) -> str:
    """What a person is told: nrpd's own messages as they are, anything else with its kind."""
    if isinstance(problem, NrpdError):
        return str(problem)
    return f"Nothing was recorded. Unexpected: {type(problem).__name__}: {problem}"


def heading(text: str) -> Any:
    """A heading inside an editor."""
    return widgets.HTML(f"<h4 style='margin:.4em 0 .2em'>{escape(text)}</h4>")
