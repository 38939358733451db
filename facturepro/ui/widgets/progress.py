"""The panel of long work: 376 wide, bottom right, with count, time left and cancel; the window stays usable."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from facturepro.domain.errors import UserError
from facturepro.i18n import _, ngettext
from facturepro.i18n.formatting import format_number
from facturepro.ui import icons, theme
from facturepro.ui.widgets.buttons import Button, IconButton
from facturepro.ui.widgets.floor import Floor
from facturepro.ui.widgets.labels import Label
from facturepro.ui.widgets.surface import Bar, FloatingPanel
from facturepro.ui.widgets.task import LongTask, TaskControl

_EDGE = 16
WIDTH = 376
_EDGE = 16
_PADDING = 16


def time_left(elapsed: float, done: int, total: int) -> str:
    """Words for the time that remains, from the pace so far: "encore 24 s", "encore 3 min", "" too early to say."""
    if done <= 0 or total <= 0 or elapsed < 1 or done >= total:
        return ""
    seconds = round(elapsed * (total - done) / done)
    if seconds < 60:
        return _("encore {seconds} s").format(seconds=max(1, seconds))
    minutes = round(seconds / 60)
    if minutes < 60:
        return _("encore {minutes} min").format(minutes=minutes)
    return _("encore {hours} h {minutes:02d}").format(hours=minutes // 60, minutes=minutes % 60)


class _Icon(QWidget):
    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self.setFixedSize(theme.current().size("icon"), theme.current().size("icon"))

    def paintEvent(self, _event: QPaintEvent) -> None:
        icons.paint(QPainter(self), self.rect(), self._name, "accent_text")


class ProgressPanel(FloatingPanel):
    """One long task on screen. Signals: ``resized()`` after folding."""

    resized = Signal()

    def __init__(
        self, parent: QWidget, task: LongTask, title: str, icon: str, cancel_note: str = "", total: int = 0
    ) -> None:
        super().__init__(parent)
        self.task = task
        self._started = time.monotonic()
        self._done, self._total = 0, total
        self.setAccessibleName(title)
        column = self._column = QVBoxLayout(self)
        margin = self.MARGIN + _PADDING
        column.setContentsMargins(margin, margin - 6, margin, margin - 2)
        column.setSpacing(0)
        column.addLayout(self._make_header(title, icon))
        self._bar = Bar()
        column.addSpacing(8)
        column.addWidget(self._bar)
        self._fold_part = QWidget()
        inside = QVBoxLayout(self._fold_part)
        inside.setContentsMargins(0, 8, 0, 0)
        inside.setSpacing(10)
        inside.addLayout(self._make_count())
        inside.addLayout(self._make_foot(cancel_note))
        column.addWidget(self._fold_part)
        self.setFixedWidth(WIDTH + 2 * self.MARGIN)
        task.progressed.connect(self._show_progress)
        self._show_progress(0, total, "")

    def _make_header(self, title: str, icon: str) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(_Icon(icon))
        row.addWidget(Label(title, role="strong", elide=True), 1)
        self.fold_button = IconButton("minus", _("Réduire"))
        self.fold_button.clicked.connect(self._fold)
        row.addWidget(self.fold_button)
        return row

    def _make_count(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self._count = Label("", role="caption")
        self._left = Label("", role="caption", color="text_2")
        row.addWidget(self._count)
        row.addStretch(1)
        row.addWidget(self._left)
        return row

    def _make_foot(self, note: str) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(Label(note, role="caption", color="text_2", wrap=True), 1)
        self.cancel_button = Button(_("Annuler"), small=True)
        self.cancel_button.clicked.connect(self._cancel)
        row.addWidget(self.cancel_button, 0, Qt.AlignmentFlag.AlignBottom)
        return row

    def count_text(self) -> str:
        return self._count.text()

    def left_text(self) -> str:
        return self._left.text()

    def share(self) -> float:
        return self._bar.share()

    def _show_progress(self, done: int, total: int, text: str) -> None:
        self._done, self._total = done, total or self._total
        self._bar.set_share(done / self._total if self._total else 0.0)
        if self.task.is_cancelled:
            return
        counted = (
            _("{done} sur {total}").format(done=format_number(done), total=format_number(self._total))
            if self._total
            else format_number(done)
            if done
            else _("Préparation…")
        )
        self._count.setText(text or counted)
        self._left.setText(time_left(time.monotonic() - self._started, done, self._total))

    def _cancel(self) -> None:
        self.task.cancel()
        self.cancel_button.setEnabled(False)
        self._count.setText(_("Annulation…"))
        self._left.setText("")

    def _fold(self) -> None:
        folded = not self._fold_part.isHidden()
        self._fold_part.setVisible(not folded)
        self.fold_button.set_icon("action.new" if folded else "minus")
        self.fold_button.set_tooltip(_("Agrandir") if folded else _("Réduire"))
        self._column.activate()
        self.adjustSize()
        self.resized.emit()


class TaskHost(QObject):
    """Runs long tasks and stacks their panels at the bottom right."""

    def __init__(
        self,
        floor: Floor,
        on_error: Callable[[BaseException], object],
        notify: Callable[[str], object],
    ) -> None:
        super().__init__(floor.ground)
        self._floor = floor
        self._on_error, self._notify = on_error, notify
        self._panels: list[ProgressPanel] = []
        floor.moved.connect(self._place)

    def panels(self) -> list[ProgressPanel]:
        return list(self._panels)

    def cancel_all(self) -> None:
        """Ask all of them to stop; nobody waits for it."""
        for panel in self._panels:
            panel.task.cancel()

    def run(
        self,
        title: str,
        function: Callable[[TaskControl], Any],
        *,
        on_done: Callable[[Any], object] | None = None,
        icon: str = "action.export",
        cancel_note: str = "",
        total: int = 0,
        on_refused: Callable[[UserError], object] | None = None,
    ) -> LongTask:
        """Start ``function`` in a worker; its panel appears if it lasts longer than a blink.

        ``on_refused`` shows a ``UserError`` in its place; without it, and for other errors, ``on_error`` does.
        """
        task = LongTask(function)
        panel = ProgressPanel(self._floor.ground, task, title, icon, cancel_note, total)
        panel.hide()
        panel.resized.connect(self._place)
        self._panels.append(panel)
        appear = QTimer(panel, singleShot=True, interval=300)
        appear.timeout.connect(lambda: self._appear(panel))
        appear.start()
        if on_done is not None:
            task.finished.connect(on_done)
        task.failed.connect(partial(self._failed, on_refused))
        task.cancelled.connect(
            lambda: self._notify(_("« {title} » annulé. Rien n’est resté à moitié fait.").format(title=title))
        )
        task.ended.connect(lambda: self._remove(panel))
        task.start()
        return task

    def _failed(self, on_refused: Callable[[UserError], object] | None, error: BaseException) -> None:
        if on_refused is not None and isinstance(error, UserError):
            on_refused(error)
        else:
            self._on_error(error)

    def summary(self) -> str:
        count = len(self._panels)
        return ngettext("{count} travail en cours", "{count} travaux en cours", count).format(count=count)

    def _appear(self, panel: ProgressPanel) -> None:
        if panel in self._panels:
            panel.adjustSize()
            panel.show()
            panel.raise_()
            self._place()

    def _remove(self, panel: ProgressPanel) -> None:
        if panel in self._panels:
            self._panels.remove(panel)
            panel.hide()
            panel.deleteLater()
            self._place()

    def _place(self) -> None:
        shown = [panel for panel in self._panels if not panel.isHidden()]
        if not shown:
            return
        area = self._floor.rect(_EDGE)
        bottom = area.bottom() + 1
        for panel in shown:
            height = panel.height() - 2 * panel.MARGIN
            panel.move_panel(area.right() + 1 - _EDGE - WIDTH, bottom - height)
            bottom -= height + 8
