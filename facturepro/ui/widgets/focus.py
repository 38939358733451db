"""One focus ring per window, shown only while the keyboard is what moves the focus.

``install(app)`` once. A widget may say more than its rectangle: ``focus_rect()`` (part of it), or the property
``fpFocusInside`` (it draws its own mark: lists, grids, bare editors).
"""

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent, QRegion, QWindow
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QWidget
from shiboken6 import isValid

from facturepro.ui import theme
from facturepro.ui.widgets.drawing import box

INSIDE = "fpFocusInside"


class FocusRing(QWidget):
    """The ring: a child of the window above everything, blind to the pointer."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._target: QWidget | None = None
        self._watched: list[QWidget] = []  # the target and what it stands in: any of them may move
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setObjectName("focusRing")
        self.hide()

    def target(self) -> QWidget | None:
        return self._target

    def attach(self, target: QWidget | None) -> None:
        """Follow ``target``, or nothing."""
        for each in self._watched:
            if isValid(each):
                each.removeEventFilter(self)
        self._target, self._watched = target, []
        if target is None:
            self.hide()
            return
        part: QWidget | None = target
        while part is not None and part is not self._window:
            self._watched.append(part)
            part.installEventFilter(self)
            part = part.parentWidget()
        self.place()

    def place(self) -> None:
        """Put the ring around its target, cut to the scroll area it is in."""
        target = self._target
        if target is None or not isValid(target) or not target.isVisibleTo(self._window):
            self.hide()
            return
        focus = theme.tokens()["focus"]
        reach = focus["width"] + focus["offset"]
        inner = target.focus_rect().toRect() if hasattr(target, "focus_rect") else target.rect()
        outer = QRect(target.mapTo(self._window, inner.topLeft()), inner.size())
        outer = outer.adjusted(-reach, -reach, reach, reach)
        self.setGeometry(outer)
        visible = self._visible_part(target).translated(-outer.topLeft())
        if visible.contains(self.rect()):
            self.clearMask()
        else:
            self.setMask(QRegion(visible))
        self.raise_()
        self.show()

    def _visible_part(self, target: QWidget) -> QRect:
        window = self._window
        area = window.rect()
        parent = target.parentWidget()
        while parent is not None and parent is not window:
            holder = parent.parentWidget()
            if isinstance(holder, QAbstractScrollArea) and holder.viewport() is parent:
                area = area.intersected(QRect(parent.mapTo(window, QPoint(0, 0)), parent.size()))
            parent = holder
        return area

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind in (QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.ParentChange):
            self.place()
        elif kind == QEvent.Type.KeyPress:
            QTimer.singleShot(0, self, self.place)  # a tab bar moves its focus rectangle
        return super().eventFilter(watched, event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        current = theme.current()
        radius = current.radius("control") + 3
        width = theme.tokens()["focus"]["width"]
        box(QPainter(self), QRectF(self.rect()), radius, None, current.color("focus"), width)


class FocusTracker(QObject):
    """Knows whether the last thing a person used was the keyboard, and moves the ring."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._keyboard = False
        self._shown: FocusRing | None = None
        app.focusChanged.connect(self._moved)
        app.focusWindowChanged.connect(self._watch)
        self._watch(app.focusWindow())

    def keyboard_in_use(self) -> bool:
        return self._keyboard

    def _watch(self, window: QWindow | None) -> None:
        if window is not None and not window.property("fpWatched"):
            window.setProperty("fpWatched", True)
            window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.KeyPress or kind == QEvent.Type.ShortcutOverride:
            self._keyboard = True
        elif kind == QEvent.Type.MouseButtonPress:
            self._keyboard = False
            self._moved()
        return super().eventFilter(watched, event)

    def ring_of(self, window: QWidget) -> FocusRing:
        """The ring of a window, made on first use."""
        ring = window.findChild(FocusRing, "focusRing", Qt.FindChildOption.FindDirectChildrenOnly)
        return ring if isinstance(ring, FocusRing) else FocusRing(window)

    def _moved(self) -> None:
        """The focus is elsewhere. Asks for the new place only: the old widget may be half destroyed."""
        if self._shown is not None and isValid(self._shown):
            self._shown.attach(None)
        self._shown = None
        target = QApplication.focusWidget()
        if target is None or not self._keyboard or target.property(INSIDE):
            return
        self._shown = self.ring_of(target.window())
        self._shown.attach(target)


def install(app: QApplication) -> FocusTracker:
    """Follow the focus of the whole application; call once at start."""
    tracker = app.property("fpFocusTracker")
    if not isinstance(tracker, FocusTracker):
        tracker = FocusTracker(app)
        app.setProperty("fpFocusTracker", tracker)
    return tracker


def force_ring(widget: QWidget) -> FocusRing:
    """A ring around a widget that has no focus, for pictures. It is a child of the widget's parent."""
    parent = widget.parentWidget()
    if parent is None:
        raise ValueError("a ring needs a parent to lie on")
    ring = FocusRing(parent)
    ring.setObjectName("forcedFocusRing")
    ring.attach(widget)
    return ring


def keyboard_in_use() -> bool:
    """Whether focus marks should be drawn now (for widgets that draw their own)."""
    app = QGuiApplication.instance()
    tracker = app.property("fpFocusTracker") if app is not None else None
    return tracker.keyboard_in_use() if isinstance(tracker, FocusTracker) else False
