"""The strip at the foot of the editor: what is missing before issuing, each with its link; then what issuing will do."""

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from facturepro.i18n import _, ngettext
from facturepro.ui import icons, theme
from facturepro.ui.widgets.buttons import Button
from facturepro.ui.widgets.fields import TextField
from facturepro.ui.widgets.form import Message
from facturepro.ui.widgets.labels import Label, Link
from facturepro.ui.widgets.surface import Surface

_SHOWN = 3
_ROW = 32
_HEAD = 26
# A mention about the client -> the fields that complete it (name, width).
CLIENT_FIELDS = {
    "client.siren": (("siren", 160),),
    "client.address": (("address", 208), ("postcode", 80), ("city", 128)),
}


class _Sign(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.name, self.color = "status.ok", "success"
        self.setFixedSize(theme.current().size("icon"), theme.current().size("icon"))

    def show_sign(self, name: str, color: str) -> None:
        self.name, self.color = name, color
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        icons.paint(QPainter(self), self.rect(), self.name, self.color)


class ClientFix(QWidget):
    """The missing fields of the client, typed in the strip. Signals: ``submitted(object)`` values, ``cancelled()``."""

    submitted = Signal(object)
    cancelled = Signal()

    def __init__(self, names: Sequence[tuple[str, int]], labels: dict[str, str], values: dict[str, Any]) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self.fields: dict[str, TextField] = {}
        for name, width in names:
            field = TextField(str(values.get(name) or ""), placeholder=labels[name], small=True)
            field.setAccessibleName(labels[name])
            field.setFixedWidth(width)
            self.fields[name] = field
            row.addWidget(field)
        button = Button(_("Enregistrer"), small=True)
        button.clicked.connect(self.submit)
        row.addWidget(button)
        self.setFocusProxy(next(iter(self.fields.values())))

    def submit(self) -> None:
        self.submitted.emit({name: field.value() for name, field in self.fields.items()})

    def keyPressEvent(self, event: QKeyEvent) -> None:
        control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not control:
            self.submit()
        elif event.key() == Qt.Key.Key_Escape:
            self.cancelled.emit()
        else:
            super().keyPressEvent(event)


class MentionRow(QWidget):
    """One missing mention: its name, why, and its links."""

    def __init__(self, label: str, why: str, links: Sequence[Link]) -> None:
        super().__init__()
        self.links = list(links)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        row = QHBoxLayout()
        row.setSpacing(8)
        name = Label(label, role="button")
        name.setFixedHeight(_ROW)
        row.addWidget(name)
        row.addWidget(Label(why, color="text_2", elide=True), 1)
        self._slot = row
        for index, link in enumerate(links):
            if index:
                row.addWidget(Label("·", color="text_3"))
            row.addWidget(link)
        self._column.addLayout(row)
        self._error: Message | None = None

    def open_form(self, form: ClientFix) -> None:
        """The form takes the place of the links."""
        for index in range(self._slot.count()):
            widget = self._slot.itemAt(index).widget()
            if widget is not None and index > 0:
                widget.hide()
        self._slot.addStretch(1)
        self._slot.addWidget(form)
        form.setFocus(Qt.FocusReason.TabFocusReason)

    def show_error(self, text: str) -> None:
        if self._error is None:
            self._error = Message("", "error")
            self._error.setContentsMargins(0, 0, 0, 6)
            self._column.addWidget(self._error)
        self._error.show_text(text, "error")


class MentionStrip(Surface):
    """Signals: ``completed(str, object)`` the mention and the client's values, ``wanted(str)`` go to its field,
    ``today_wanted(str)``, ``issue_confirmed()``, ``issue_given_up()``."""

    completed = Signal(str, object)
    wanted = Signal(str)
    today_wanted = Signal(str)
    issue_confirmed = Signal()
    issue_given_up = Signal()

    def __init__(self, client_labels: dict[str, str], parent: QWidget | None = None) -> None:
        super().__init__("surface_1", ("top",), parent)
        self._client_labels = client_labels
        self.rows: dict[str, MentionRow] = {}
        self.client_values: dict[str, Any] = {}
        self._mentions: list[Any] = []
        self._all = False
        self.is_confirming = False
        self.confirm_button: Button | None = None
        column = QVBoxLayout(self)
        space = theme.current().space("l")
        column.setContentsMargins(space, 12, space, 6)
        column.setSpacing(0)
        self._head = QHBoxLayout()
        self._head.setSpacing(8)
        self._sign = _Sign()
        self._title = Label("", role="strong", wrap=True)  # what cannot be undone is read to its end
        self._title.setMinimumHeight(_HEAD)
        self._head.addWidget(self._sign)
        self._head.addWidget(self._title, 1)
        self._right = QHBoxLayout()
        self._right.setSpacing(8)
        self._head.addLayout(self._right)
        column.addLayout(self._head)
        self._body = QVBoxLayout()
        self._body.setSpacing(0)
        column.addLayout(self._body)

    def title(self) -> str:
        return self._title.text()

    # ------------------------------------------------------------------ what is missing
    def show_mentions(self, mentions: Sequence[Any], ready: str) -> None:
        """``ready``: the sentence when nothing is missing. The same mentions again change nothing: a form stays open."""
        if self.is_confirming or (mentions and list(mentions) == self._mentions):
            return
        self._mentions = list(mentions)
        self._clear()
        if not mentions:
            self._say("status.ok", "success", ready)
            return
        count = len(mentions)
        words = ngettext(
            "{count} mention à compléter avant d’émettre", "{count} mentions à compléter avant d’émettre", count
        )
        self._say("status.error", "warning", words.format(count=count))
        shown = mentions if self._all else mentions[:_SHOWN]
        for mention in shown:
            self._add(mention)
        if count > _SHOWN:
            link = Link(_("Réduire") if self._all else _("Tout afficher"), color="text_2")
            link.clicked.connect(lambda: self._toggle(ready))
            self._right.addWidget(link)

    def _toggle(self, ready: str) -> None:
        self._all = not self._all
        mentions, self._mentions = self._mentions, []
        self.show_mentions(mentions, ready)

    def _say(self, icon: str, color: str, words: str) -> None:
        self._sign.show_sign(icon, color)
        self._title.setText(words)
        self.setAccessibleName(words)

    def _add(self, mention: Any) -> None:
        row = MentionRow(mention.label, mention.why, self._links(mention.field))
        self.rows[mention.field] = row
        self._body.addWidget(row)

    def _links(self, field: str) -> list[Link]:
        if field.endswith("_on"):
            today, choose = Link(_("Aujourd’hui")), Link(_("Choisir"))
            today.clicked.connect(lambda: self.today_wanted.emit(field))
            choose.clicked.connect(lambda: self.wanted.emit(field))
            return [today, choose]
        link = Link(_("Compléter"))
        link.clicked.connect(lambda: self.follow(field))
        return [link]

    def follow(self, field: str) -> None:
        """As if the mention's link had been clicked."""
        row = self.rows.get(field)
        if field not in CLIENT_FIELDS or row is None:
            self.wanted.emit(field)
            return
        form = ClientFix(CLIENT_FIELDS[field], self._client_labels, self.client_values)
        form.submitted.connect(lambda values: self.completed.emit(field, values))
        form.cancelled.connect(self._give_up_form)
        row.open_form(form)

    def _give_up_form(self) -> None:
        mentions, self._mentions = self._mentions, []
        self.show_mentions(mentions, self._title.text())

    def show_error(self, field: str, text: str) -> None:
        row = self.rows.get(field)
        if row is not None:
            row.show_error(text)

    def first_blocking(self) -> Any | None:
        return next((mention for mention in self._mentions if mention.is_blocking), None)

    # ------------------------------------------------------------------ issuing
    def ask(self, sentence: str, note: str, is_warning: bool, action: str) -> None:
        """What issuing will do, with the button that does it."""
        self._clear()
        self.is_confirming = True
        self._say("action.issue", "accent_text", sentence)
        label = Label(note, color="warning" if is_warning else "text_2", wrap=True)
        label.setContentsMargins(26, 2, 0, 6)
        self._body.addWidget(label)
        cancel = Button(_("Pas encore"), "ghost", small=True)
        cancel.clicked.connect(self.issue_given_up)
        self.confirm_button = Button(action, "primary", small=True)
        self.confirm_button.clicked.connect(self.issue_confirmed)
        self._right.addWidget(cancel)
        self._right.addWidget(self.confirm_button)
        self.confirm_button.setFocus(Qt.FocusReason.TabFocusReason)

    def show_busy(self, words: str) -> None:
        self._clear()
        self.is_confirming = True
        self._say("action.issue", "accent_text", words)

    def show_waiting(self, words: str, action: str, act: Callable[[], object]) -> None:
        """An invoice that waits for its number, with the way back."""
        self._clear()
        self._mentions = []
        self._say("status.waiting", "warning", words)
        button = Button(action, "ghost", small=True)
        button.clicked.connect(lambda: act())
        self._right.addWidget(button)

    def show_done(self, words: str, icon: str = "status.sealed") -> None:
        """After issuing."""
        self._clear()
        self._mentions = []
        self._say(icon, "success", words)

    def end_asking(self) -> None:
        self.is_confirming = False
        self.confirm_button = None
        self._mentions = []

    def _clear(self) -> None:
        self.is_confirming = False
        self.confirm_button = None
        self.rows = {}
        for layout in (self._right, self._body):
            while (item := layout.takeAt(0)) is not None:
                widget = item.widget()
                if widget is not None:
                    widget.hide()
                    widget.deleteLater()
