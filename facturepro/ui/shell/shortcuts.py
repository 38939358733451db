"""The keys of the window, declared once: actions for Qt, rows for the sheet that `?` shows."""

from collections.abc import Callable
from dataclasses import dataclass

import shiboken6
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QGridLayout, QLineEdit, QPlainTextEdit, QTextEdit, QWidget

from facturepro.i18n import N_, _
from facturepro.ui.widgets.keycap import KeyCap, key_text
from facturepro.ui.widgets.labels import Label
from facturepro.ui.widgets.popover import Popover

_Standard = QKeySequence.StandardKey


@dataclass(frozen=True)
class Key:
    """One command of the window: its name in ``MainWindow.actions_by_name``, its words and its keys."""

    name: str
    text: str
    keys: tuple[_Standard | str, ...]
    group: str


_PAGE, _WINDOW, _EDIT = N_("Cette page"), N_("Partout"), N_("Modifications")
KEYS = (
    Key("new", N_("Nouveau"), (_Standard.New,), _PAGE),
    Key("save", N_("Enregistrer"), (_Standard.Save,), _PAGE),
    Key("print", N_("Imprimer"), (_Standard.Print,), _PAGE),
    Key("export", N_("Exporter"), ("Ctrl+E",), _PAGE),
    Key("undo", N_("Annuler"), (_Standard.Undo,), _EDIT),
    Key("redo", N_("Rétablir"), ("Ctrl+Shift+Z", "Ctrl+Y"), _EDIT),
    Key("palette", N_("Rechercher ou agir"), ("Ctrl+K",), _WINDOW),
    Key("navigation", N_("Replier la navigation"), ("Ctrl+B",), _WINDOW),
    Key("help", N_("Ouvrir le guide"), (_Standard.HelpContents, "F1"), _WINDOW),
    Key("sheet", N_("Raccourcis"), ("?",), _WINDOW),
)
# Keys that widgets and pages answer themselves; only for the sheet.
_OTHERS = (
    (N_("Émettre la facture"), "Ctrl+Return", _PAGE),
    (N_("Fermer le détail"), "Esc", _WINDOW),
)


def sequences(key: Key) -> list[QKeySequence]:
    """The key sequences of this platform, each once."""
    found: list[QKeySequence] = []
    for wanted in key.keys:
        bindings = QKeySequence.keyBindings(wanted) if isinstance(wanted, _Standard) else [QKeySequence(wanted)]
        found += [binding for binding in bindings if binding not in found]
    return found


def _shown_keys(key: Key) -> list[str]:
    """What the sheet shows: of a standard key only the first binding."""
    shown = []
    for wanted in key.keys:
        found = QKeySequence.keyBindings(wanted)[:1] if isinstance(wanted, _Standard) else [QKeySequence(wanted)]
        shown += [key_text(binding) for binding in found]
    return list(dict.fromkeys(shown))


def make_actions(window: QWidget, slots: dict[str, Callable[[], object]]) -> dict[str, QAction]:
    """One QAction per entry of ``KEYS``, added to the window."""
    actions = {}
    for key in KEYS:
        action = QAction(_(key.text), window)
        action.setShortcuts(sequences(key))
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.triggered.connect(lambda _checked=False, slot=slots[key.name]: slot())
        window.addAction(action)
        actions[key.name] = action
    return actions


class FieldUndoFirst(QObject):
    """Inside a text field Ctrl+Z belongs to the field while it has something to undo, then to the program.

    Qt lets a text field swallow the key always; this gives it on when the field has nothing to do with it. Watches only
    the field that has the focus.
    """

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._watched: QWidget | None = None
        app.focusChanged.connect(self._moved)

    def _moved(self, _old: QWidget | None, new: QWidget | None) -> None:
        if self._watched is not None and shiboken6.isValid(self._watched):
            self._watched.removeEventFilter(self)
            self._watched.destroyed.disconnect(self._forget)
        self._watched = new if isinstance(new, (QLineEdit, QTextEdit, QPlainTextEdit)) else None
        if self._watched is not None:
            self._watched.installEventFilter(self)
            self._watched.destroyed.connect(self._forget)

    def _forget(self) -> None:
        self._watched = None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            undo, redo = event.matches(_Standard.Undo), event.matches(_Standard.Redo) or _is_second_redo(event)
            if (undo or redo) and not _has_step(watched, undo):
                event.ignore()
                return True
        return super().eventFilter(watched, event)


def _is_second_redo(event: QKeyEvent) -> bool:
    return QKeySequence(event.keyCombination()) in (QKeySequence("Ctrl+Y"), QKeySequence("Ctrl+Shift+Z"))


def _has_step(field: QObject, undo: bool) -> bool:
    if isinstance(field, QLineEdit):
        return field.isUndoAvailable() if undo else field.isRedoAvailable()
    if isinstance(field, (QTextEdit, QPlainTextEdit)):
        document = field.document()
        return document.isUndoAvailable() if undo else document.isRedoAvailable()
    return False


def watch_fields() -> FieldUndoFirst:
    """Install ``FieldUndoFirst`` once for the application."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    watcher = app.property("fpFieldUndo")
    if not isinstance(watcher, FieldUndoFirst):
        watcher = FieldUndoFirst(app)
        app.setProperty("fpFieldUndo", watcher)
    return watcher


def make_sheet(window: QWidget) -> Popover:
    """The sheet of shortcuts; show it with ``show_centred``."""
    sheet = Popover(window)
    sheet.setAccessibleName(_("Raccourcis"))
    grid = QGridLayout()
    grid.setContentsMargins(16, 12, 16, 16)
    grid.setHorizontalSpacing(32)
    grid.setVerticalSpacing(4)
    title = Label(_("Raccourcis"), role="section")
    grid.addWidget(title, 0, 0, 1, 2)
    rows = [(key.group, _(key.text), _shown_keys(key)) for key in KEYS]
    rows += [(group, _(text), [key_text(keys)]) for text, keys, group in _OTHERS]
    line = 1
    for group in (_PAGE, _EDIT, _WINDOW):
        heading = Label(_(group), role="label", color="text_2")
        heading.setFixedHeight(28)
        grid.addWidget(heading, line, 0, 1, 2)
        line += 1
        for _group, text, caps in (row for row in rows if row[0] == group):
            grid.addWidget(Label(text), line, 0)
            grid.addLayout(_caps_row(caps), line, 1)
            line += 1
    sheet.body.addLayout(grid)
    return sheet


def _caps_row(caps: list[str]) -> QGridLayout:
    row = QGridLayout()
    row.setHorizontalSpacing(4)
    row.setColumnStretch(0, 1)
    for column, cap in enumerate(caps):
        row.addWidget(KeyCap(cap), 0, column + 1)
    return row
