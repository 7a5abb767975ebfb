"""The mapping sheet as an editor: objects as tabs, a row per field, and one button that confirms the whole sheet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ipywidgets as widgets

from nrpd.errors import BadInput
from nrpd.mapping.transforms import NOTE
from nrpd.netresults.records import SourceField
from nrpd.pipedrive.records import Field, MappingRow
from nrpd.views.confirm import LABEL, WIDE, ConfirmBar, Pager, heading, html_of, message_of
from nrpd.views.html import View, as_view, bundle, stack
from nrpd.views.mapping_row import RowEditor, destinations
from nrpd.views.sheet import ATTENTION, Sheet
from nrpd.views.tables import notice, table

PAGE = 8
_WHOLE_SHEET = 1000


class MappingView:
    """Shows the proposal, lets a person change it, and hands on the confirmed rows: `on_confirm(name, rows)`.

    `rows` is the sheet, `fields` the profiles of the same source fields (for samples and counts), `targets` the fields
    of the account. `preview(rows)` gives a View, rows or a data frame of real records as they would arrive. `warn(row)`
    gives a warning, or "" where source and target fit. `over(rows)` says in words that the account has no room for all
    new fields, or ""; then `fold(rows)` gives rows that need fewer. `misfit(row)` says which values do not fit, or "";
    they need a decision. Nothing is written here.
    """

    def __init__(
        self,
        rows: Sequence[MappingRow],
        fields: Sequence[SourceField],
        preview: Callable[[list[MappingRow]], Any],
        on_confirm: Callable[[str, list[MappingRow]], Any],
        *,
        targets: Sequence[Field] = (),
        warn: Callable[[MappingRow], str] | None = None,
        attention: float = ATTENTION,
        decided: tuple[str, str] | None = None,
        over: Callable[[list[MappingRow]], str] = lambda rows: "",
        fold: Callable[[list[MappingRow]], list[MappingRow]] = list,
        misfit: Callable[[MappingRow], str] = lambda row: "",
    ) -> None:
        self.sheet = Sheet(rows, warn, attention, misfit)
        self.fields = {(field.object, field.column): field for field in fields}
        self.targets, self.preview, self.on_confirm, self.decided = tuple(targets), preview, on_confirm, decided
        self.over, self.fold = over, fold
        self.objects = list(dict.fromkeys(row.object for row in rows))
        self.bar: ConfirmBar | None = None
        self.editors: list[RowEditor] = []
        self._visible: list[int] = []
        self._widget: Any = None

    @property
    def widget(self) -> Any:
        """The editor, built when first asked for; None where the sheet is confirmed."""
        if self._widget is None and self.decided is None:
            self._widget = self._build()
        return self._widget

    @property
    def static(self) -> View:
        """The whole sheet as a table."""
        rows = [self._line(row) for row in self.sheet.rows]
        if self.decided:
            standing = notice(
                "ok", f"Confirmed by {self.decided[0]}{f', {self.decided[1]}' if self.decided[1] else ''}."
            )
        else:
            open_rows = len(self.sheet.needing())
            standing = notice("warning", f"Not confirmed when this was shown; {open_rows:,} fields need attention.")
        over = self.over(self.sheet.rows)
        return stack(
            table(rows, "Mapping sheet", _WHOLE_SHEET, more="decisions/mapping.xlsx"),
            notice("problem", over) if over else None, standing,
        )  # fmt: skip

    def _line(self, row: MappingRow) -> dict[str, Any]:
        field = self.fields.get((row.object, row.column))
        skipped = row.transform == "skip"
        kind = " (new)" if row.target.new else " (in the note)" if row.transform == NOTE else ""
        where = "left out" if skipped else f"{row.target.entity}: {row.target.field}{kind}"
        return {
            "object": row.object, "source field": row.source, "filled": f"{row.fill:.0%}", "type": row.type,
            "samples": " | ".join(field.samples[:3]) if field else "", "becomes": where,
            "as": "" if skipped else row.target.type, "confidence": f"{row.confidence:.0%}", "reason": row.reason,
            "warning": self.sheet.warning(row), "by": row.by,
        }  # fmt: skip

    def _build(self) -> Any:
        options = destinations(self.targets, self.sheet.rows)
        size = min(PAGE, len(self.sheet.rows))
        self.editors = [RowEditor(self.sheet, options, self.fields, self._count_again) for _ in range(size)]
        self._pager = Pager(PAGE, self._show)
        self._boxes = [widgets.VBox(layout=WIDE) for _ in self.objects]
        self.tabs = widgets.Tab(children=self._boxes, titles=self.objects, layout=WIDE)
        self.tabs.add_class("nrpd-tabs")
        self.tabs.observe(lambda _: self._refill(), names="selected_index")
        self.only = widgets.Checkbox(
            description="only what needs attention", indent=False, tooltip="Show only fields that need attention",
            style=LABEL, layout={"width": "auto", "margin": "2px 1.5em 2px 2px"},
        )  # fmt: skip
        self.only.observe(lambda _: self._refill(), names="value")
        self._counted = widgets.HTML()
        self._limit = self._limit_box()
        self._previewed = widgets.HTML(layout=WIDE)
        self.bar = ConfirmBar("Confirm mapping", self._confirm, tooltip="Confirm the whole mapping sheet")
        tools = widgets.HBox(self._tools(), layout={"flex_flow": "row wrap", "align_items": "center"})
        self._refill()
        parts = [heading("Mapping"), self._counted, self._limit, tools, self.tabs, self._pager.widget, self._previewed]
        return widgets.VBox([*parts, self.bar.widget], layout=WIDE)

    def _tools(self) -> list[Any]:
        self.above = widgets.BoundedFloatText(
            value=0.9, min=0, max=1, step=0.05, description="confidence of at least", style=LABEL,
            tooltip="Confidence from 0 to 1", layout={"width": "15em"},
        )  # fmt: skip
        self.accept = widgets.Button(
            description="Accept all", tooltip="Accept all fields of at least this confidence", layout={"width": "auto"}
        )
        self.undo = widgets.Button(description="Undo", tooltip="Undo the last change", layout={"width": "auto"})
        self.show = widgets.Button(
            description="Preview", tooltip="Show records as they would arrive", layout={"width": "auto"}
        )
        self.accept.on_click(lambda _: self._changed_by(lambda: self.sheet.accept_above(self.above.value)))
        self.undo.on_click(lambda _: self._changed_by(self.sheet.undo))
        self.show.on_click(lambda _: self._preview())
        return [self.only, self.above, self.accept, self.undo, self.show]

    def _limit_box(self) -> Any:
        """What is said where the plan has no room for all new fields, and the button that folds the least used."""
        self._over = widgets.HTML(layout=WIDE)
        self.fold_button = widgets.Button(
            description="Fold the least used", layout={"width": "auto"},
            tooltip="Turn the least used new fields into lines of one note per record, as many as are too many",
        )  # fmt: skip
        self.fold_button.on_click(
            lambda _: self._changed_by(lambda: self.sheet.replace_rows(self.fold(list(self.sheet.rows))))
        )
        return widgets.VBox([self._over, self.fold_button], layout=WIDE)

    def _refill(self) -> None:
        """Choose the rows of the selected tab, and move the row editors into it."""
        chosen = self.tabs.selected_index or 0
        name = self.objects[chosen] if self.objects else ""
        self._visible = [n for n, row in enumerate(self.sheet.rows) if row.object == name]
        if self.only.value:
            self._visible = [n for n in self._visible if self.sheet.needs(n)]
        for number, box in enumerate(self._boxes):
            if number != chosen:
                box.children = ()
        self._pager.reset(len(self._visible))

    def _show(self, page: range) -> None:
        self._page = page
        shown = self._visible[page.start : page.stop]
        for editor, number in zip(self.editors, shown, strict=False):
            editor.bind(number)
        if self._boxes:
            empty = (widgets.HTML("Nothing here needs attention."),)
            box = self._boxes[self.tabs.selected_index or 0]
            box.children = tuple(editor.widget for editor in self.editors[: len(shown)]) or empty
        self._count_again()

    def _changed_by(self, step: Callable[[], Any]) -> None:
        step()
        self._show(self._page)

    def _count_again(self) -> None:
        counts = dict.fromkeys(self.objects, 0)
        for number in self.sheet.needing():
            counts[self.sheet.rows[number].object] += 1
        self._counted.value = f"{sum(counts.values()):,} of {len(self.sheet.rows):,} fields need attention"
        self.tabs.titles = tuple(f"{name} ({count})" if count else name for name, count in counts.items())
        over = self.over(self.sheet.rows)
        self._over.value = html_of(notice("problem", over)) if over else ""
        self._limit.layout.display = "flex" if over else "none"

    def _preview(self) -> None:
        try:
            self._previewed.value = html_of(as_view(self.preview(list(self.sheet.rows))))
        except Exception as problem:
            self._previewed.value = html_of(notice("problem", message_of(problem)))

    def _confirm(self, name: str) -> str | None:
        if problems := self.sheet.problems():
            first = problems[0][0]
            self._go_to(first)
            texts = [f"{self.sheet.rows[n].object}, {self.sheet.rows[n].source}: {text}" for n, text in problems[:5]]
            more = f"\n… and {len(problems) - 5:,} more." if len(problems) > 5 else ""
            raise BadInput("\n".join(texts) + more)
        if over := self.over(self.sheet.rows):
            raise BadInput(over)
        said = self.on_confirm(name, self.sheet.confirmed(name))
        for editor in self.editors:
            editor.freeze()
        for tool in (self.accept, self.undo, self.fold_button):
            tool.disabled = True
        return said if isinstance(said, str) else None

    def _go_to(self, number: int) -> None:
        self.only.value = False
        self.tabs.selected_index = self.objects.index(self.sheet.rows[number].object)
        self._pager.go(self._visible.index(number))

    def __repr__(self) -> str:
        return self.static.text

    def _repr_html_(self) -> str:
        return self.static._repr_html_()

    def _repr_mimebundle_(self, **_: Any) -> Mapping[str, Any]:
        return bundle(self.static, self.widget)
