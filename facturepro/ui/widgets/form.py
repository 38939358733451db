"""A field of a form: label, control, and one sentence below (error, warning or hint)."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from facturepro.i18n import _
from facturepro.ui import icons, theme
from facturepro.ui.widgets.drawing import draw_text, text_width
from facturepro.ui.widgets.inputs import mark_state
from facturepro.ui.widgets.labels import Label

_KINDS = {"error": ("danger", "status.error"), "warning": ("warning", "status.error"), "hint": ("text_3", None)}


class _Icon(QWidget):
    def __init__(self, name: str, color: str) -> None:
        super().__init__()
        self.name, self.color = name, color
        side = theme.current().size("icon_small")
        self.setFixedSize(side, theme.current().line_height("caption"))

    def paintEvent(self, _event: QPaintEvent) -> None:
        icons.paint(QPainter(self), self.rect(), self.name, self.color)


class Message(QWidget):
    """A sentence with its sign: kinds "error", "warning", "hint"."""

    def __init__(self, text: str = "", kind: str = "hint", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        self._sign = _Icon("status.error", "danger")
        self._label = Label("", "caption", "text_3", wrap=True)
        row.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._label, 1)
        self.show_text(text, kind)

    def text(self) -> str:
        return self._label.text()

    def show_text(self, text: str, kind: str) -> None:
        color, sign = _KINDS[kind]
        self._label.setText(text)
        self._label.set_color(color)
        self._sign.color = color
        self._sign.setVisible(sign is not None)
        self._sign.update()
        self.setAccessibleName(text)


class _FieldLabel(Label):
    """The label above a control, with "(facultatif)" after it, in the colour of the error."""

    def __init__(self, text: str, optional: bool) -> None:
        super().__init__(text, "label", "text_2", elide=True)
        self._optional = optional
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._optional:
            return
        current = theme.current()
        used = round(text_width(self.font(), self.text())) + 6
        mirrored = self.isRightToLeft()
        area = self.rect().adjusted(0 if mirrored else used, 0, -used if mirrored else 0, 0)
        side = Qt.AlignmentFlag.AlignRight if mirrored else Qt.AlignmentFlag.AlignLeft
        draw_text(QPainter(self), area, _("facultatif"), current.font("caption"), current.color("text_3"), side)


_LABEL_GAP = 4


class FormField(QWidget):
    """``FormField(_("Nom"), TextField(), optional=False)``.

    ``set_error``, ``set_warning`` and ``set_hint`` take a sentence or None; the error wins over the warning, the
    warning over the hint. What the control itself cannot read is shown when it is left.

    Args:
        beside: the sentence goes to the right of the control instead of below.
    """

    def __init__(
        self, label: str, control: QWidget, optional: bool = False, beside: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.control = control
        self._texts: dict[str, str | None] = {"error": None, "warning": None, "hint": None}
        self._own_problem: str | None = None
        self._label = _FieldLabel(label, optional)
        self._label.setBuddy(control)
        self._message = Message()
        if not control.accessibleName():
            control.setAccessibleName(label)
        self._lay_out(beside)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        if hasattr(control, "problem_changed"):
            control.problem_changed.connect(self._control_problem)
        if hasattr(control, "edited"):
            control.edited.connect(self._forget_problem)
        self._refresh()

    def _lay_out(self, beside: bool) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(_LABEL_GAP)
        column.addWidget(self._label)
        if beside:
            row = QHBoxLayout()
            row.setSpacing(theme.current().space("m"))
            row.addWidget(self.control)
            row.addWidget(self._message, 1, Qt.AlignmentFlag.AlignVCenter)
            column.addLayout(row)
        else:
            column.addWidget(self.control)
            column.addWidget(self._message)
        column.addStretch(1)  # fields side by side keep their labels in line, whatever is said below

    def label(self) -> str:
        return self._label.text()

    def control_top(self) -> int:
        """Pixels from the top to the control, for what stands beside it whatever is said below."""
        return self._label.sizeHint().height() + _LABEL_GAP

    def set_label(self, text: str) -> None:
        if self.control.accessibleName() == self._label.text():
            self.control.setAccessibleName(text)
        self._label.setText(text)

    def set_error(self, text: str | None) -> None:
        self._set("error", text)

    def set_warning(self, text: str | None) -> None:
        self._set("warning", text)

    def set_hint(self, text: str | None) -> None:
        self._set("hint", text)

    def message(self) -> str:
        """The sentence on show, or ''."""
        return self._message.text() if self._shown() else ""

    def validate(self) -> bool:
        """Show what the control cannot read; true when there is nothing of the kind."""
        problem = self.control.problem() if hasattr(self.control, "problem") else None
        self._control_problem(problem)
        return problem is None

    def _set(self, kind: str, text: str | None) -> None:
        self._texts[kind] = text or None
        self._refresh()

    def _control_problem(self, text: object) -> None:
        self._own_problem = str(text) if text else None
        self._refresh()

    def _forget_problem(self, _value: object) -> None:
        """While one is typing again the old sentence about unreadable text would only be in the way."""
        if self._own_problem:
            self._control_problem(None)

    def _shown(self) -> tuple[str, str] | None:
        error = self._texts["error"] or self._own_problem
        if error:
            return "error", error
        for kind in ("warning", "hint"):
            text = self._texts[kind]
            if text:
                return kind, text
        return None

    def _refresh(self) -> None:
        shown = self._shown()
        kind = shown[0] if shown else "hint"
        self._message.setVisible(shown is not None)
        if shown:
            self._message.show_text(shown[1], kind)
        self.control.setAccessibleDescription(shown[1] if shown else "")
        mark_state(self.control, kind if kind != "hint" else None)
        self._label.set_color({"error": "danger", "warning": "warning"}.get(kind, "text_2"))
