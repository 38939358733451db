"""Errors on screen: words and what to do for what a person can mend, a report for everything else."""

import logging
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QObject, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QApplication, QDialog, QHBoxLayout, QVBoxLayout, QWidget
from shiboken6 import isValid

from facturepro.domain.errors import UserError
from facturepro.i18n import _
from facturepro.ui import theme
from facturepro.ui.widgets.buttons import Button
from facturepro.ui.widgets.labels import Label
from facturepro.ui.widgets.toast import Toast

_log = logging.getLogger("facturepro.ui")
_ERROR_TOAST_MS = 12000  # longer than an undo: there is more to read
_log_path: dict[str, Path] = {}


def set_log_file(path: Path) -> None:
    """Where the log that a crash dialog offers is written."""
    _log_path["path"] = path


def show_error(parent: QWidget, error: BaseException) -> None:
    """A ``UserError`` becomes a toast of the window, anything else is logged and shown in the crash dialog.

    A window that closed before its work had ended has nowhere to show what a person could mend: the log keeps it.
    """
    is_open = isValid(parent)
    if not isinstance(error, UserError):
        report_crash(error, parent if is_open else None)
        return
    _log.info("user error %s%s", error.code, "" if is_open else ", after its window closed")
    if is_open:
        _toast(parent.window(), error.message)


def _toast(window: QWidget, text: str) -> None:
    shower = getattr(window, "toasts", None)
    if shower is not None:
        shower.show(text, icon="status.error", duration=_ERROR_TOAST_MS)
        return
    toast = Toast(window, text, icon="status.error", duration=_ERROR_TOAST_MS)
    toast.place(window.rect())
    toast.show()
    toast.raise_()


class CrashDialog(QDialog):
    """Says that the program made a mistake, that the data is intact, and offers the log."""

    def __init__(self, error: BaseException, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("FacturePro")
        self.setFixedWidth(480)
        column = QVBoxLayout(self)
        edge = theme.current().space("l")
        column.setContentsMargins(edge, edge, edge, edge)
        column.setSpacing(theme.current().space("xs"))
        column.addWidget(Label(_("FacturePro a rencontré une erreur"), role="section"))
        column.addWidget(
            Label(
                _(
                    "L’opération en cours n’a pas abouti et n’a rien enregistré. Vos données sont intactes : "
                    "vous pouvez continuer à travailler. Le journal aide à comprendre ce qui s’est passé ; "
                    "il ne contient ni noms de clients ni montants."
                ),
                color="text_2",
                wrap=True,
            )
        )
        kind = Label(_("Nature : {kind}").format(kind=type(error).__name__), role="caption", color="text_3")
        kind.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column.addWidget(kind)
        column.addSpacing(theme.current().space("m"))
        column.addLayout(self._make_buttons())

    def _make_buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(theme.current().space("xs"))
        self.log_button = Button(_("Ouvrir le journal"), icon="action.open_external")
        self.log_button.clicked.connect(self._open_log)
        self.log_button.setEnabled("path" in _log_path)
        self.copy_button = Button(_("Copier le chemin"), variant="ghost")
        self.copy_button.clicked.connect(lambda: QGuiApplication.clipboard().setText(str(_log_path.get("path", ""))))
        self.copy_button.setEnabled("path" in _log_path)
        self.continue_button = Button(_("Continuer"), variant="primary")
        self.continue_button.setDefault(True)
        self.continue_button.clicked.connect(self.accept)
        row.addWidget(self.log_button)
        row.addWidget(self.copy_button)
        row.addStretch(1)
        row.addWidget(self.continue_button)
        return row

    def _open_log(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(_log_path["path"])))


def report_crash(error: BaseException, parent: QWidget | None = None) -> CrashDialog:
    """Log with the traceback and show the dialog without blocking the program."""
    _log.error("unexpected error", exc_info=(type(error), error, error.__traceback__))
    dialog = CrashDialog(error, parent.window() if parent is not None else QApplication.activeWindow())
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()
    return dialog


class _Relay(QObject):
    """Brings an error from any thread to the Qt thread."""

    raised = Signal(object)


def install_excepthook(show: Callable[[BaseException], object]) -> QObject:
    """Send every uncaught exception, of Qt slots and of threads, to ``show`` in the Qt thread.

    Keep the answered object: the hooks work through it.
    """
    relay = _Relay()
    relay.raised.connect(show, Qt.ConnectionType.QueuedConnection)

    def hook(_kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
        if isinstance(error, KeyboardInterrupt):
            sys.__excepthook__(type(error), error, error.__traceback__)
            return
        relay.raised.emit(error)

    sys.excepthook = hook
    threading.excepthook = lambda args: relay.raised.emit(args.exc_value) if args.exc_value is not None else None
    return relay
