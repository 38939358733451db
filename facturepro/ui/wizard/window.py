"""The first start: steps at the left, questions in the middle, the invoice at the right."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from facturepro.i18n import _, language, set_language
from facturepro.ui import icons, theme
from facturepro.ui.pages.sync_page_join import JoinForm, joining
from facturepro.ui.widgets.buttons import Button
from facturepro.ui.widgets.drawing import box, draw_text
from facturepro.ui.widgets.keycap import key_text
from facturepro.ui.widgets.labels import Label
from facturepro.ui.widgets.surface import Surface, empty_layout
from facturepro.ui.wizard.model import STEPS, WizardChecks, default_answers, result
from facturepro.ui.wizard.preview import Preview
from facturepro.ui.wizard.steps import (
    CloudStep,
    CompanyStep,
    LanguageStep,
    LookStep,
    NumberingStep,
    Step,
    VatStep,
)

_LEFT_WIDTH = 304
_FORM_WIDTH = 576
_FOOT = 72
_BULLET = 24
_STEP = 40
_MAKERS = {
    "language": LanguageStep,
    "company": CompanyStep,
    "look": LookStep,
    "numbering": NumberingStep,
    "vat": VatStep,
    "cloud": CloudStep,
}


class _Brand(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(_BULLET)
        self.setAccessibleName("FacturePro")

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        current = theme.current()
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        spot = QRectF(self.width() - _BULLET if mirrored else 0, 0, _BULLET, _BULLET)
        box(painter, spot, current.radius("control"), current.color("accent"))
        font = current.font("label")
        font.setWeight(current.font("strong").weight())
        draw_text(painter, spot, "FP", font, current.color("on_accent"), Qt.AlignmentFlag.AlignHCenter)
        area = QRectF(self.rect()).adjusted(0 if mirrored else 32, 0, -32 if mirrored else 0, 0)
        align = Qt.AlignmentFlag.AlignRight if mirrored else Qt.AlignmentFlag.AlignLeft
        draw_text(painter, area, "FacturePro", current.font("section"), current.color("text"), align)


class StepRow(QAbstractButton):
    """One step in the list: done (tick), present (filled), to come (ring). A click goes back to a done one."""

    def __init__(self, number: int, title: str) -> None:
        super().__init__()
        self._number, self.state = number, "coming"
        self.setText(title)
        self.setFixedHeight(_STEP)

    def show_state(self, state: str) -> None:
        self.state = state
        words = {"done": _("fait"), "current": _("en cours"), "coming": _("à venir")}[state]
        self.setAccessibleName(f"{self._number}. {self.text()}, {words}")
        self.setEnabled(state == "done")
        self.setCursor(Qt.CursorShape.PointingHandCursor if state == "done" else Qt.CursorShape.ArrowCursor)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(_LEFT_WIDTH - 48, _STEP)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        current = theme.current()
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        left = self.width() - _BULLET if mirrored else 0
        bullet = QRectF(left, (self.height() - _BULLET) / 2, _BULLET, _BULLET)
        fill, border, ink = {
            "done": (current.color("chip.success.bg"), None, "success"),
            "current": (current.color("accent"), None, "on_accent"),
            "coming": (current.color("surface_2"), current.color("border_input"), "text_2"),
        }[self.state]
        box(painter, bullet, _BULLET / 2, fill, border)
        if self.state == "done":
            icons.paint(painter, QRect(round(bullet.x()) + 5, round(bullet.y()) + 5, 14, 14), "status.paid", ink)
        else:
            font, middle = current.font("label"), Qt.AlignmentFlag.AlignHCenter
            draw_text(painter, bullet, str(self._number), font, current.color(ink), middle)
        near = _BULLET + 12
        area = QRectF(self.rect()).adjusted(0 if mirrored else near, 0, -near if mirrored else 0, 0)
        font = current.font("strong" if self.state == "current" else "button")
        align = Qt.AlignmentFlag.AlignRight if mirrored else Qt.AlignmentFlag.AlignLeft
        color = current.color("text" if self.state == "current" else "text_2")
        draw_text(painter, area, self.text(), font, color, align)


class FirstStart(QWidget):
    """Signals: ``finished(dict)`` with the answers (see ``model.result``), ``demo_requested()``, ``join_requested(object,
    object)`` with the target and key file of ``services.cloud.join_new``.

    Args:
        checks: the injected knowledge about numbers.
        choose_file: asks for the logo; the system's dialog by default.
        apply_language: called with the code when another language is chosen, before the texts are made again.
    """

    finished = Signal(dict)
    demo_requested = Signal()
    join_requested = Signal(object, object)

    def __init__(
        self,
        checks: WizardChecks | None = None,
        choose_file: Callable[[QWidget], str] | None = None,
        apply_language: Callable[[str], object] = set_language,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("Bienvenue dans FacturePro"))
        self.resize(1280, 800)
        self.setMinimumSize(1040, 600)
        self.answers = default_answers(language())
        self._checks = checks or WizardChecks()
        self._choose_file = choose_file
        self._apply_language = apply_language
        self._index = 0
        self._step: Step | None = None
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self._build()
        self.go_to(0)

    # --- construction
    def _build(self) -> None:
        empty_layout(self._row)
        self.preview = Preview()
        self.preview.mentions_edited.connect(lambda lines: self.answers.update(mentions=lines))
        self._middle, self._join = self._make_middle(), self._make_join()
        self._row.addWidget(self._make_left())
        self._row.addWidget(self._middle, 1)
        self._row.addWidget(self.preview)
        self._row.addWidget(self._join, 1)
        self._join.hide()

    def _make_left(self) -> Surface:
        left = Surface("surface_0", ("right",))
        left.setFixedWidth(_LEFT_WIDTH)
        column = QVBoxLayout(left)
        column.setContentsMargins(24, 28, 25, 24)
        column.setSpacing(0)
        column.addWidget(_Brand())
        column.addSpacing(28)
        self.step_rows = []
        for index, spec in enumerate(STEPS):
            row = StepRow(index + 1, _(spec.title))
            row.clicked.connect(lambda _checked=False, index=index: self.go_to(index))
            self.step_rows.append(row)
            column.addWidget(row)
        column.addStretch(1)
        column.addWidget(Label(_("Déjà en service sur un autre ordinateur :"), color="text_2", wrap=True))
        column.addSpacing(12)
        self.join_button = Button(_("Rejoindre une entreprise"))
        self.join_button.clicked.connect(lambda: self.show_join(True))
        column.addWidget(self.join_button)
        column.addSpacing(24)
        column.addWidget(Label(_("Pour voir d’abord à quoi cela ressemble :"), color="text_2", wrap=True))
        column.addSpacing(12)
        self.demo_button = Button(_("Essayer avec des données d’exemple"))
        self.demo_button.clicked.connect(self.demo_requested)
        column.addWidget(self.demo_button)
        column.addSpacing(8)
        column.addWidget(Label(_("Un clic suffira pour les retirer."), role="caption", color="text_2", wrap=True))
        return left

    def _make_middle(self) -> Surface:
        middle = Surface("surface_2")
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(32, 32, 32, 24)
        self._form = QVBoxLayout()
        self._form.setSpacing(0)
        body = QWidget()
        body.setMaximumWidth(_FORM_WIDTH)
        body.setLayout(self._form)
        self._form.setContentsMargins(0, 0, 0, 0)
        row.addWidget(body, 1)
        self.heading = Label("", role="figure")
        self.sentence = Label("", color="text_2", wrap=True)
        self._form.addWidget(self.heading)
        self._form.addSpacing(8)
        self._form.addWidget(self.sentence)
        self._form.addSpacing(24)
        self._slot = QVBoxLayout()
        self._form.addLayout(self._slot)
        self._form.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(holder)
        column.addWidget(self._scroll, 1)
        column.addWidget(self._make_foot())
        return middle

    def _make_join(self) -> Surface:
        """In the place of the questions: the company answered them on another computer."""
        holder = Surface("surface_2")
        column = QVBoxLayout(holder)
        column.setContentsMargins(32, 24, 32, 24)
        back = Button(_("Précédent"))
        back.clicked.connect(lambda: self.show_join(False))
        self.join_form = JoinForm(joining())
        self.join_form.wanted.connect(self.join_requested)
        column.addWidget(back, 0, Qt.AlignmentFlag.AlignLeading)
        column.addWidget(self.join_form, 1)
        return holder

    def show_join(self, wanted: bool) -> None:
        """Join a company that stands in a cloud, or go back to the questions."""
        self._join.setVisible(wanted)
        self._middle.setVisible(not wanted)
        self.preview.setVisible(not wanted)
        for row in self.step_rows:
            row.setVisible(not wanted)
        self.join_button.setEnabled(not wanted)
        first = self.join_form.mode if wanted else self.step().first_control()
        if first is not None:
            first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _make_foot(self) -> Surface:
        foot = Surface("surface_2", ("top",))
        foot.setFixedHeight(_FOOT)
        row = QHBoxLayout(foot)
        row.setContentsMargins(32, 3, 32, 0)
        row.setSpacing(16)
        inner = QWidget()
        inner.setMaximumWidth(_FORM_WIDTH)
        line = QHBoxLayout(inner)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(16)
        self.back_button = Button(_("Précédent"))
        self.back_button.clicked.connect(lambda: self.go_to(self._index - 1))
        self.count = Label("", role="caption", color="text_2")
        self.later_button = Button(_("Plus tard"), variant="ghost")
        self.later_button.clicked.connect(self._later)
        self.next_button = Button(_("Continuer"), variant="primary", keycap=key_text("Return"))
        self.next_button.clicked.connect(self.advance)
        line.addWidget(self.back_button)
        line.addStretch(1)
        line.addWidget(self.count)
        line.addWidget(self.later_button)
        line.addWidget(self.next_button)
        row.addWidget(inner, 1)
        return foot

    # --- steps
    def index(self) -> int:
        return self._index

    def step(self) -> Step:
        assert self._step is not None
        return self._step

    def go_to(self, index: int) -> None:
        """Show a step; what has been typed so far stays."""
        self._index = max(0, min(index, len(STEPS) - 1))
        spec = STEPS[self._index]
        if self._step is not None:
            self._slot.removeWidget(self._step)
            self._step.hide()
            self._step.deleteLater()
        self._step = self._make_step(spec.key)
        self._slot.addWidget(self._step)
        self._step.changed.connect(self._refresh_preview)
        self.heading.setText(_(spec.heading))
        self.sentence.setText(_(spec.sentence))
        is_last = self._index == len(STEPS) - 1
        self.count.setText(_("Étape {number} sur {total}").format(number=self._index + 1, total=len(STEPS)))
        self.back_button.setVisible(self._index > 0)
        self.later_button.setVisible(spec.can_wait and not is_last)
        self.next_button.setText(_("Terminer") if is_last else _("Continuer"))
        self.next_button.setAccessibleName(self.next_button.text())
        self.next_button.updateGeometry()
        for place, row in enumerate(self.step_rows):
            row.show_state("done" if place < self._index else "current" if place == self._index else "coming")
        self._refresh_preview()
        self._scroll.verticalScrollBar().setValue(0)
        control = self._step.first_control()
        if control is not None:
            control.setFocus(Qt.FocusReason.OtherFocusReason)

    def _make_step(self, key: str) -> Step:
        if key == "look":
            return LookStep(self.answers, self._checks, self._choose_file)
        step = _MAKERS[key](self.answers, self._checks)
        if isinstance(step, LanguageStep):
            step.language_chosen.connect(self._language_chosen)
        return step

    def _language_chosen(self, code: str) -> None:
        self._apply_language(code)
        self._step = None
        self._build()
        self.go_to(self._index)

    def advance(self) -> None:
        """Check this step and go on, or finish."""
        if not self.step().complete():
            return
        if self._index < len(STEPS) - 1:
            self.go_to(self._index + 1)
        else:
            self.finished.emit(result(self.answers))

    def _later(self) -> None:
        """Leave the step as it is; what is half typed and wrong is not kept."""
        for name in set(self.answers.get("wrong", set())) & set(self.step().fields):
            self.answers[name] = ""
            self.answers["wrong"].discard(name)
        self.go_to(self._index + 1)

    def _refresh_preview(self) -> None:
        self.preview.show_answers(self.answers)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            focus = self.focusWidget()
            if isinstance(focus, Button) and focus is not self.next_button:
                focus.click()
            elif not self._join.isVisible():  # the form answers Enter itself
                self.advance()
            return
        super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self.update()
