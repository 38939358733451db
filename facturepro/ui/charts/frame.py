"""A place for a chart: empty until the chart library is there, which is imported once, beside the window."""

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from facturepro.ui import theme
from facturepro.ui.data import BackgroundJob


def _import_library() -> None:
    import pyqtgraph  # noqa: F401  200 ms with numpy; its classes are made later, in the Qt thread


class ChartFrame(QWidget):
    """Shows ``make()`` as soon as the widget has been painted once and the chart library is imported.

    The accessible name says what the chart shows; the figures themselves are in the table twin.
    """

    def __init__(self, make: Callable[[], QWidget], name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._make = make
        self._chart: QWidget | None = None
        self._is_wanted = False
        self.setAccessibleName(name)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self._job = BackgroundJob(self)
        self._job.done.connect(lambda _nothing: self._put())
        self._job.failed.connect(self._raise)
        theme.notifier.changed.connect(self._again)

    def chart(self) -> QWidget | None:
        """The chart, once it is there."""
        return self._chart

    def paintEvent(self, event: QPaintEvent) -> None:
        """The first picture of the window comes before its charts: the import begins when it has been painted."""
        super().paintEvent(event)
        if not self._is_wanted:
            self._is_wanted = True
            QTimer.singleShot(0, self, lambda: self._job.request(_import_library))

    def renew(self) -> None:
        """The data changed: draw again (nothing to do before the first time)."""
        if self._chart is not None:
            self._put()

    def _again(self) -> None:
        self.renew()

    def _put(self) -> None:
        old, self._chart = self._chart, self._make()
        # A graphics view wants 480 px of height: the frame decides, not the view.
        self._chart.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.layout().addWidget(self._chart)
        if old is not None:
            self.layout().removeWidget(old)
            old.hide()
            old.deleteLater()

    def _raise(self, error: BaseException) -> None:
        raise error
