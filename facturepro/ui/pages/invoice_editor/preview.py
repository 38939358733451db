"""The PDF beside the invoice: made and drawn in a worker, shown as pages on a desk."""

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from facturepro.i18n import _
from facturepro.i18n.formatting import NBSP
from facturepro.ui import theme
from facturepro.ui.data import BackgroundJob
from facturepro.ui.widgets.buttons import Button, IconButton
from facturepro.ui.widgets.drawing import box, draw_text
from facturepro.ui.widgets.labels import Label
from facturepro.ui.widgets.menu import Menu
from facturepro.ui.widgets.surface import Surface

_EDGE = 24
_CAPTION = 40
_GAP = 8
_SCREEN_DPI = 96
_STEPS = (0.33, 0.5, 0.67, 0.75, 0.9, 1.0, 1.25, 1.5, 2.0)


def draw_pages(data: bytes, width: int, ratio: float) -> list[QImage]:
    """Every page as a picture ``width`` logical pixels wide; for a worker thread."""
    from PySide6.QtPdf import QPdfDocument

    source = QBuffer()
    source.setData(QByteArray(data))
    source.open(QIODevice.OpenModeFlag.ReadOnly)
    document = QPdfDocument(None)
    document.load(source)
    images = []
    for page in range(document.pageCount()):
        points = document.pagePointSize(page)
        pixels = QSize(round(width * ratio), round(width * ratio * points.height() / points.width()))
        drawn = document.render(page, pixels)
        image = QImage(pixels, QImage.Format.Format_RGB32)
        image.fill(Qt.GlobalColor.white)
        painter = QPainter(image)
        painter.drawImage(0, 0, drawn)
        painter.end()
        image.setDevicePixelRatio(ratio)
        images.append(image)
    document.close()
    return images


class _Pages(QWidget):
    """The sheets under each other, each with "Page 1 / 2" below."""

    def __init__(self) -> None:
        super().__init__()
        self._images: list[QImage] = []
        self.setAccessibleName(_("Aperçu du PDF"))

    def show_images(self, images: Sequence[QImage]) -> None:
        self._images = list(images)
        width = max((image.deviceIndependentSize().width() for image in images), default=0)
        height = sum(image.deviceIndependentSize().height() + _CAPTION for image in images)
        self.setFixedSize(round(width) + 2, round(height) + 2)
        self.setAccessibleDescription(_("{count} pages").format(count=len(images)))
        self.update()

    def count(self) -> int:
        return len(self._images)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        current = theme.current()
        top = 1
        for number, image in enumerate(self._images, 1):
            size = image.deviceIndependentSize().toSize()
            painter.drawImage(1, top, image)
            frame = self.rect()
            frame.setRect(0, top - 1, size.width() + 2, size.height() + 2)
            box(painter, frame, 0, None, current.color("border"))
            caption = self.rect()
            caption.setRect(0, top + size.height(), size.width() + 2, _CAPTION)
            words = _("Page {number} / {count}").format(number=number, count=len(self._images))
            centre = Qt.AlignmentFlag.AlignHCenter
            draw_text(painter, caption, words, current.font("body"), current.color("text_2"), centre)
            top += size.height() + _CAPTION


class PreviewPane(Surface):
    """``show(make)``: ``make()`` answers the bytes, in a worker. Signals: ``layout_chosen(str)``, ``failed(object)``."""

    layout_chosen = Signal(str)
    failed = Signal(object)

    def __init__(self, layouts: dict[str, str], parent: QWidget | None = None) -> None:
        super().__init__("surface_0", ("left",), parent)
        self._layouts, self._layout_key = layouts, ""
        self._make: Callable[[], bytes] | None = None
        self._data: bytes | None = None
        self._zoom: float | None = None  # None: as wide as there is room
        self._page_points = 595.28
        self._job = BackgroundJob(self)
        self._job.done.connect(self._drawn)
        self._job.failed.connect(self.failed)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._make_header())
        self._pages = _Pages()
        self._scroll = QScrollArea()
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.viewport().setAutoFillBackground(False)
        holder = QWidget()
        inside = QVBoxLayout(holder)
        inside.setContentsMargins(_EDGE - 1, _EDGE, _EDGE - 1, 0)
        inside.addWidget(self._pages, 0, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        inside.addStretch(1)
        holder.setAutoFillBackground(False)
        self._scroll.setWidgetResizable(True)
        self._scroll.setWidget(holder)
        self._scroll.setStyleSheet("background: transparent;")
        column.addWidget(self._scroll, 1)

    def _make_header(self) -> QWidget:
        header = Surface("surface_0", ("bottom",))
        header.setFixedHeight(48)
        row = QHBoxLayout(header)
        row.setContentsMargins(16, 0, 12, 0)
        row.setSpacing(_GAP)
        row.addWidget(Label(_("Aperçu du PDF"), role="button"))
        row.addStretch(1)
        self.layout_button = Button("", "ghost", small=True, menu=True)
        self.layout_button.setAccessibleName(_("Présentation"))
        self.layout_button.clicked.connect(self._choose_layout)
        self.out_button = IconButton("magnifying-glass-minus", _("Réduire l’aperçu"), icon_size=18)
        self.out_button.clicked.connect(lambda: self._step_zoom(-1))
        self.zoom_label = Label("", color="text_2")
        self.in_button = IconButton("magnifying-glass-plus", _("Agrandir l’aperçu"), icon_size=18)
        self.in_button.clicked.connect(lambda: self._step_zoom(1))
        for widget in (self.layout_button, self.out_button, self.zoom_label, self.in_button):
            row.addWidget(widget)
        return header

    # ------------------------------------------------------------------ content
    def page_count(self) -> int:
        return self._pages.count()

    def set_layout_key(self, key: str, locked: bool = False) -> None:
        self._layout_key = key
        self.layout_button.setText(self._layouts.get(key, key))
        self.layout_button.setEnabled(not locked)
        self.layout_button.updateGeometry()

    def show_pdf(self, make: Callable[[], bytes]) -> None:
        """Show the paper that ``make`` answers; called again before it is there, the newest wins."""
        self._make = make
        self._request(make)

    def _request(self, make: Callable[[], bytes]) -> None:
        width, ratio = self._page_width(), self.devicePixelRatioF()

        def work() -> Any:
            data = make()
            return data, draw_pages(data, width, ratio)

        self._job.request(work)

    def _drawn(self, answer: Any) -> None:
        self._data, images = answer
        self._pages.show_images(images)
        self._show_zoom()

    # ------------------------------------------------------------------ zoom
    def zoom(self) -> float:
        return self._page_width() / (self._page_points * _SCREEN_DPI / 72)

    def _page_width(self) -> int:
        if self._zoom is not None:
            return round(self._zoom * self._page_points * _SCREEN_DPI / 72)
        return max(120, self.width() - 1 - 2 * _EDGE - 1)

    def _step_zoom(self, by: int) -> None:
        now = self.zoom()
        wanted = [step for step in _STEPS if step > now + 0.01] if by > 0 else [s for s in _STEPS if s < now - 0.01]
        if wanted:
            self._zoom = wanted[0] if by > 0 else wanted[-1]
            self._redraw()

    def _redraw(self) -> None:
        self._show_zoom()
        data = self._data
        if data is not None:
            self._request(lambda: data)

    def _show_zoom(self) -> None:
        self.zoom_label.setText(f"{round(self.zoom() * 100)}{NBSP}%")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._zoom is None and event.oldSize().width() != event.size().width():
            self._redraw()

    def _choose_layout(self) -> None:
        menu = Menu(self)
        for key, words in self._layouts.items():
            menu.add(words, callback=lambda name=key: self.layout_chosen.emit(name), checked=key == self._layout_key)
        menu.open_at(self.layout_button, align="end")
