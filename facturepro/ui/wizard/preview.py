"""The right side of the wizard: what the answers look like on an invoice, and the mentions that are proposed."""

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QVBoxLayout, QWidget

from facturepro.i18n import _
from facturepro.ui import icons, theme
from facturepro.ui.widgets.drawing import box, draw_text, text_width
from facturepro.ui.widgets.fields import TextArea
from facturepro.ui.widgets.labels import Label, Link
from facturepro.ui.widgets.surface import Surface, empty_layout
from facturepro.ui.wizard.model import Answers, identity_lines, proposed_mentions, register_line

_PADDING = 16
_LOGO = 40


class _Line(QWidget):
    """Words beside each other, some of them on the marker colour because they are wrong or missing."""

    def __init__(self, words: list[tuple[str, bool]], role: str, color: str) -> None:
        super().__init__()
        self._words, self._role, self._color = words, role, color
        self.setFixedHeight(theme.current().line_height(role))
        self.setAccessibleName(" ".join(text for text, _marked in words))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        current = theme.current()
        font = current.font(self._role)
        left = 0.0
        for text, marked in self._words:
            width = text_width(font, text)
            area = QRectF(left, 0, min(width, self.width() - left) + 1, self.height())
            if marked:
                box(painter, QRectF(left, 1, width, self.height() - 2), 3, current.color("mark"))
            draw_text(painter, area, text, font, current.color(self._color))
            left += width + text_width(font, " ")


class _Card(QWidget):
    """The company as it stands on an invoice."""

    def __init__(self) -> None:
        super().__init__()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(_PADDING + 1, _PADDING + 1, _PADDING + 1, _PADDING + 1)
        self._column.setSpacing(0)

    def show_answers(self, answers: Answers) -> None:
        empty_layout(self._column)
        wrong = answers.get("wrong", set())
        self._add_logo(str(answers.get("logo_path") or ""))
        self._add([self._word(answers, "name", _("Nom de l’entreprise"), wrong)], "strong", "text")
        self._add([self._word(answers, "address", _("Adresse"), wrong)], "body", "text")
        place = [
            self._word(answers, "postcode", _("Code postal"), wrong),
            self._word(answers, "city", _("Ville"), wrong),
        ]
        self._add(place, "body", "text")
        for line in identity_lines(answers):
            self._add([(line, False)], "body", "text_2")
        small = register_line(answers)
        if small:
            self._column.addSpacing(12)
            self._column.addWidget(_Hairline())
            self._column.addSpacing(13)
            for line in small:
                self._add([(line, False)], "caption", "text_2")

    def _word(self, answers: Answers, key: str, instead: str, wrong: set[str]) -> tuple[str, bool]:
        value = str(answers.get(key) or "")
        return (value, key in wrong) if value else (instead, True)

    def _add(self, words: list[tuple[str, bool]], role: str, color: str) -> None:
        self._column.addWidget(_Line(words, role, color))

    def _add_logo(self, path: str) -> None:
        picture = QPixmap(path) if path else QPixmap()
        if picture.isNull():
            return
        label = Label()
        ratio = self.devicePixelRatioF()
        scaled = picture.scaledToHeight(round(_LOGO * ratio), Qt.TransformationMode.SmoothTransformation)
        scaled.setDevicePixelRatio(ratio)
        label.setPixmap(scaled)
        label.setAccessibleName(_("Logo"))
        self._column.addWidget(label)
        self._column.addSpacing(8)

    def paintEvent(self, _event: QPaintEvent) -> None:
        current = theme.current()
        box(
            QPainter(self), self.rect(), current.radius("panel"), current.color("surface_2"), current.color("separator")
        )


class _Hairline(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(1)

    def paintEvent(self, _event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme.current().color("separator"))


class _Mention(QWidget):
    def __init__(self, text: str) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 0, 0, 0)
        column.addWidget(Label(text, color="text_2", wrap=True))

    def paintEvent(self, _event: QPaintEvent) -> None:
        left = self.width() - 14 if self.layoutDirection() == Qt.LayoutDirection.RightToLeft else 0
        icons.paint(QPainter(self), QRectF(left, 3, 14, 14), "status.paid", "success")


class Preview(Surface):
    """Signals: ``mentions_edited(list)``."""

    mentions_edited = Signal(list)
    WIDTH = 336

    def __init__(self) -> None:
        super().__init__("surface_1", ("left",))
        self.setFixedWidth(self.WIDTH)
        column = QVBoxLayout(self)
        column.setContentsMargins(25, 32, 24, 24)
        column.setSpacing(0)
        self._title = Label("", role="section")
        column.addWidget(self._title)
        column.addSpacing(8)
        self._card = _Card()
        column.addWidget(self._card)
        column.addSpacing(24)
        self._heading = Label("", role="section")
        column.addWidget(self._heading)
        column.addSpacing(10)
        self._mentions = QVBoxLayout()
        self._mentions.setSpacing(12)
        column.addLayout(self._mentions)
        self.editor = TextArea(lines=8)
        self.editor.setAccessibleName(_("Mentions, une par ligne"))
        self.editor.hide()
        self.editor.edited.connect(self._edited)
        column.addWidget(self.editor)
        column.addSpacing(18)
        self.link = Link(_("Modifier les mentions"))
        self.link.clicked.connect(self._toggle_editor)
        column.addWidget(self.link, 0, Qt.AlignmentFlag.AlignLeading)
        column.addStretch(1)

    def show_answers(self, answers: Answers) -> None:
        self._answers = answers
        self._title.setText(_("Sur vos factures"))
        self._heading.setText(_("Mentions proposées"))
        self._card.show_answers(answers)
        empty_layout(self._mentions)
        if self.editor.isHidden():
            for text in proposed_mentions(answers):
                self._mentions.addWidget(_Mention(text))

    def _toggle_editor(self) -> None:
        opening = self.editor.isHidden()
        self.editor.setVisible(opening)
        self.link.setText(_("Terminer") if opening else _("Modifier les mentions"))
        self.link.setAccessibleName(self.link.text())
        if opening:
            self.editor.set_value("\n".join(proposed_mentions(self._answers)))
            self.editor.setFocus(Qt.FocusReason.TabFocusReason)
        self.show_answers(self._answers)

    def _edited(self, text: str) -> None:
        self.mentions_edited.emit([line.strip() for line in text.splitlines() if line.strip()])
