"""The foot of a list: totals of what is shown; with checked rows it becomes the bar of bulk actions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from facturepro.i18n import _
from facturepro.ui import theme
from facturepro.ui.widgets.buttons import Button, IconButton
from facturepro.ui.widgets.fields import CheckBox
from facturepro.ui.widgets.labels import Label
from facturepro.ui.widgets.menu import Menu
from facturepro.ui.widgets.popover import Popover
from facturepro.ui.widgets.surface import Surface


@dataclass(frozen=True)
class BulkAction:
    """A button of the bulk bar; ``in_menu`` puts it behind the three dots. ``callback`` gets the button to open at."""

    text: str
    icon: str
    callback: Callable[[QWidget], object]
    in_menu: bool = False
    danger: bool = False
    enabled: bool = True


class ListFoot(Surface):
    """Signals: ``selection_cleared()`` when its check box is clicked."""

    selection_cleared = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("surface_1", ("top",), parent)
        self.setFixedHeight(theme.current().size("footer"))
        self._stack = QStackedLayout(self)
        self._actions: list[BulkAction] = []
        self._stack.addWidget(self._make_totals())
        self._stack.addWidget(self._make_bulk())

    def _row(self) -> tuple[QWidget, QHBoxLayout]:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(theme.current().space("m"), 1, theme.current().space("m"), 0)
        row.setSpacing(8)
        return holder, row

    def _make_totals(self) -> QWidget:
        holder, row = self._row()
        row.setContentsMargins(theme.current().space("l"), 1, theme.current().space("m"), 0)
        self._left = Label("", color="text_2")
        row.addWidget(self._left)
        row.addStretch(1)
        self._total_row = QHBoxLayout()
        self._total_row.setSpacing(8)
        row.addLayout(self._total_row)
        return holder

    def _make_bulk(self) -> QWidget:
        holder, row = self._row()
        self._box = CheckBox()
        self._box.setAccessibleName(_("Tout décocher"))
        self._box.set_value(None)
        self._box.clicked.connect(self._clear)
        row.addWidget(self._box)
        row.addSpacing(4)
        self._count = Label("", role="strong")
        row.addWidget(self._count)
        self._note = Label("", color="text_2")
        row.addWidget(self._note)
        self._sum = Label("", role="strong")
        row.addSpacing(-4)
        row.addWidget(self._sum)
        row.addStretch(1)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(8)
        row.addLayout(self._buttons)
        return holder

    def is_bulk(self) -> bool:
        return self._stack.currentIndex() == 1

    def bulk_buttons(self) -> list[Button]:
        """Buttons of the bulk bar, for the keyboard and for tests."""
        items = (self._buttons.itemAt(index).widget() for index in range(self._buttons.count()))
        return [widget for widget in items if isinstance(widget, Button)]

    def words(self) -> str:
        """What the foot says now."""
        if self.is_bulk():
            return " ".join(label.text() for label in (self._count, self._note, self._sum) if label.text())
        labels = [self._total_row.itemAt(index).widget() for index in range(self._total_row.count())]
        return " ".join([self._left.text(), *(label.text() for label in labels if isinstance(label, Label))]).strip()

    def show_totals(self, left: str, totals: Sequence[tuple[str, str]]) -> None:
        """``totals``: (words, amount) pairs at the right."""
        self._left.setText(left)
        _empty(self._total_row)
        for index, (words, amount) in enumerate(totals):
            if index:
                self._total_row.addSpacing(16)
            self._total_row.addWidget(Label(words, color="text_2"))
            self._total_row.addWidget(Label(amount, role="strong"))

    def show_mode(self, bulk: bool) -> None:
        self._stack.setCurrentIndex(1 if bulk else 0)
        self.set_color("selected" if bulk else "surface_1")

    def show_selection(self, count: str, note: str, amount: str, actions: Sequence[BulkAction]) -> None:
        """Words of the selection and its actions; the buttons are only made again when they differ."""
        self._box.set_value(None)
        self._count.setText(count)
        self._note.setText(note)
        self._sum.setText(amount)
        known = [(action.text, action.enabled) for action in self._actions]
        if known != [(action.text, action.enabled) for action in actions]:
            self._make_buttons(actions)
        self._actions = list(actions)

    def _make_buttons(self, actions: Sequence[BulkAction]) -> None:
        _empty(self._buttons)
        for index, action in enumerate(actions):
            if not action.in_menu:
                button = Button(action.text, icon=action.icon, small=True)
                button.setEnabled(action.enabled)
                button.clicked.connect(lambda _checked=False, at=index: self._run(at))
                self._buttons.addWidget(button)
        if any(action.in_menu for action in actions):
            more = IconButton("action.more", _("Autres actions"), bordered=True)
            more.clicked.connect(self._open_menu)
            self._buttons.addWidget(more)
            self._more = more

    def _run(self, index: int) -> None:
        action = self._actions[index]
        sender = next((button for button in self.bulk_buttons() if button.text() == action.text), None)
        action.callback(sender or self._more)

    def _open_menu(self) -> None:
        menu = Menu(self)
        for index, action in enumerate(self._actions):
            if action.in_menu:
                menu.add(
                    action.text,
                    action.icon,
                    lambda at=index: self._run(at),
                    danger=action.danger,
                    enabled=action.enabled,
                )
        menu.open_at(self._more, align="end")

    def _clear(self) -> None:
        self.selection_cleared.emit()


def _empty(layout: QHBoxLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        if item.widget() is not None:
            item.widget().hide()
            item.widget().deleteLater()


def confirm(
    anchor: QWidget, sentence: str, action: str, callback: Callable[[], object], danger: bool = False
) -> Popover:
    """Beside the button: what is about to happen and cannot be undone, and the button that does it."""
    popover = Popover(anchor.window())
    popover.setAccessibleName(action)
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.setContentsMargins(12, 8, 12, 8)
    column.setSpacing(12)
    text = Label(sentence, wrap=True)
    text.setFixedWidth(theme.current().size("drawer_min"))
    text.setFixedHeight(text.heightForWidth(text.width()))
    column.addWidget(text)
    buttons = QHBoxLayout()
    buttons.addStretch(1)
    cancel = Button(_("Ne rien faire"), "ghost", small=True)
    cancel.clicked.connect(popover.dismiss)
    accept = Button(action, "danger" if danger else "primary", small=True)

    def run() -> None:
        popover.dismiss()
        callback()

    accept.clicked.connect(run)
    buttons.addWidget(cancel)
    buttons.addWidget(accept)
    column.addLayout(buttons)
    popover.body.addWidget(holder)
    popover.open_at(anchor, align="end")
    accept.setFocus(Qt.FocusReason.TabFocusReason)
    return popover
