"""The main window: wiring between navigation, page bar, pages, drawer, palette, toasts and long work."""

import sys
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QByteArray, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QMenuBar, QVBoxLayout, QWidget

from facturepro.i18n import _, labelled
from facturepro.ui.pages.base import Page
from facturepro.ui.shell.navigation import Navigation
from facturepro.ui.shell.pagebar import PageBar
from facturepro.ui.shell.pagehost import PageHost
from facturepro.ui.shell.palettesource import WindowSource
from facturepro.ui.shell.ports import ShellPorts, SyncState
from facturepro.ui.shell.shortcuts import make_actions, make_sheet, watch_fields
from facturepro.ui.widgets.drawer import Drawer, DrawerZone
from facturepro.ui.widgets.errors import show_error
from facturepro.ui.widgets.floor import Floor
from facturepro.ui.widgets.palette import Palette
from facturepro.ui.widgets.popover import Popover
from facturepro.ui.widgets.progress import TaskHost
from facturepro.ui.widgets.task import LongTask
from facturepro.ui.widgets.toast import ToastHost

_MINIMUM = (960, 600)
_START = (1280, 800)
_SYNC_PAGE = "sync"
_SETTLE_MS = 200


class MainWindow(QMainWindow):
    """Implements ``pages.base.Shell`` for its pages. The composition root also calls ``publish_changes(kind, ids)``,
    ``set_sync_state(state)``, ``refresh_undo()`` and ``refresh_counters()``, always in the Qt thread."""

    def __init__(self, ports: ShellPorts) -> None:
        super().__init__()
        self._ports = ports
        self._sheet: Popover | None = None
        self._settle = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._settle.timeout.connect(self.refresh_counters)
        self.setMinimumSize(*_MINIMUM)
        self.navigation = Navigation(ports.pages)
        self.page_bar = PageBar()
        self.host = PageHost(ports.pages, self)
        self.drawer_zone = DrawerZone()
        self._lay_out()
        self._floor = Floor(self._centre, self._body)
        self.toasts = ToastHost(self._floor)
        self.tasks = TaskHost(self._floor, self.show_error, self.toast)
        self._source = WindowSource(
            ports.pages, self.open_page, ports.actions, ports.records, ports.settings, self.host.page
        )
        self.palette_panel = Palette(self._centre, self._source)
        self.actions_by_name = make_actions(self, self._slots())
        watch_fields()
        self._connect()
        self._restore()
        self.refresh_companies()
        self.refresh_undo()
        self.open_page(ports.settings.get("window/page", ports.start_page))

    # --- construction
    def _lay_out(self) -> None:
        self._body = QWidget()
        body = QHBoxLayout(self._body)
        column = QVBoxLayout()
        self._centre = QWidget()
        row = QHBoxLayout(self._centre)
        for layout in (body, column, row):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(0)
        body.addWidget(self.host, 1)
        body.addWidget(self.drawer_zone)
        column.addWidget(self.page_bar)
        column.addWidget(self._body, 1)
        row.addWidget(self.navigation)
        row.addLayout(column, 1)
        self.setCentralWidget(self._centre)

    def _slots(self) -> dict[str, Callable[[], object]]:
        return {
            "new": self.host.ask("new"),
            "save": self.host.ask("save"),
            "print": self.host.ask("print_document"),
            "export": self.host.ask("export"),
            "undo": self.undo,
            "redo": self.redo,
            "palette": self.palette_panel.open,
            "navigation": self.toggle_navigation,
            "help": self._ports.open_guide,
            "sheet": self.show_shortcuts,
        }

    def _connect(self) -> None:
        navigation, bar = self.navigation, self.page_bar
        navigation.chosen.connect(self._chosen)
        navigation.company_chosen.connect(self._ports.switch_company)
        navigation.company_wanted.connect(self._ports.create_company)
        navigation.failed.connect(self.show_error)
        navigation.collapse_toggled.connect(self.toggle_navigation)
        bar.search_wanted.connect(self.palette_panel.open)
        bar.sync_clicked.connect(lambda: self.open_page(_SYNC_PAGE) if self.host.has(_SYNC_PAGE) else None)
        bar.undo_clicked.connect(self.undo)
        bar.redo_clicked.connect(self.redo)
        self.host.changing.connect(lambda _key: self.close_drawer())  # a page may open its own when it is activated
        self.host.shown.connect(self._page_shown)
        self.palette_panel.used.connect(self._source.remember)
        self.drawer_zone.width_changed.connect(lambda width: self._ports.settings.set("window/drawer", width))
        if sys.platform == "darwin":
            self._fill_menu_bar(self.menuBar())

    def _fill_menu_bar(self, bar: QMenuBar) -> None:
        """Only where the system shows the menus at the top of the screen (macOS)."""
        groups = {
            _("Fichier"): ("new", "save", "print", "export"),
            _("Édition"): ("undo", "redo"),
            _("Aide"): ("palette", "sheet", "help"),
        }
        for title, names in groups.items():
            menu = bar.addMenu(title)
            menu.addActions([self.actions_by_name[name] for name in names])

    def _restore(self) -> None:
        settings = self._ports.settings
        self.resize(*_START)
        geometry = settings.get("window/geometry")
        if geometry:
            self.restoreGeometry(QByteArray.fromBase64(str(geometry).encode("ascii")))
        self.drawer_zone.set_width(int(settings.get("window/drawer", self.drawer_zone.width())))
        self.navigation.set_collapsed(bool(settings.get("window/collapsed", False)))

    # --- Shell: what pages ask for
    def open_page(self, key: str, argument: str | None = None) -> None:
        if not self.host.has(key):
            key = self._ports.start_page
        self.host.show_page(key, argument)

    def open_drawer(self, drawer: QWidget) -> None:
        self.drawer_zone.show_drawer(drawer)

    def close_drawer(self) -> None:
        self.drawer_zone.close_drawer()

    def toast(
        self,
        text: str,
        action: str | None = None,
        callback: Callable[[], object] | None = None,
        icon: str | None = None,
    ) -> None:
        self.toasts.show(text, action, callback, icon)

    def show_error(self, error: BaseException) -> None:
        show_error(self, error)

    def run_task(self, title: str, function: Callable[..., Any], **options: Any) -> LongTask:
        return self.tasks.run(title, function, **options)

    def refresh_counters(self) -> None:
        self.navigation.refresh_counters()

    # --- what the composition root tells
    def publish_changes(self, kind: str, ids: list[str]) -> None:
        self.host.publish_changes(kind, ids)
        if not self._settle.isActive():  # a long reading must not put it off for ever, nor count at each of its pages
            self._settle.start()
        self.refresh_undo()

    def set_sync_state(self, state: SyncState) -> None:
        self.page_bar.sync.set_state(state)
        if not self._settle.isActive():  # what waits is one of the counters, and sending it changes no record
            self._settle.start()
        drawer = self.drawer_zone.drawer()
        if isinstance(drawer, Drawer):
            drawer.refresh_foot()

    def refresh_companies(self) -> None:
        self.navigation.set_companies(self._ports.companies(), self._ports.current_company)

    def refresh_undo(self) -> None:
        undo, redo = self._ports.undo.can_undo(), self._ports.undo.can_redo()
        for name, label, plain in (("undo", undo, _("Annuler")), ("redo", redo, _("Rétablir"))):
            action = self.actions_by_name[name]
            action.setEnabled(label is not None)
            action.setText(labelled(plain, label) if label else plain)
        self.page_bar.set_undo_labels(undo, redo)

    # --- commands
    def undo(self) -> None:
        self._step(self._ports.undo.can_undo(), self._ports.undo.undo, _("Annulé : {label}"), "action.undo")

    def redo(self) -> None:
        self._step(self._ports.undo.can_redo(), self._ports.undo.redo, _("Rétabli : {label}"), "action.redo")

    def _step(self, label: str | None, act: Callable[[], None], words: str, icon: str) -> None:
        if label is None:
            return
        try:
            act()
        except Exception as error:  # noqa: BLE001 - show_error sorts what can be mended from what is a bug
            self.show_error(error)
        else:
            self.toast(words.format(label=label), icon=icon)
        self.refresh_undo()

    def toggle_navigation(self) -> None:
        collapsed = not self.navigation.is_collapsed()
        self.navigation.set_collapsed(collapsed)
        page = self.host.page()
        if page is None or not page.compact:
            self._ports.settings.set("window/collapsed", collapsed)

    def show_shortcuts(self) -> None:
        if self._sheet is None:
            self._sheet = make_sheet(self._centre)
            self._sheet.closed.connect(self._forget_sheet)
            self._sheet.open_centred()

    def _forget_sheet(self) -> None:
        self._sheet = None

    # --- events
    def _chosen(self, key: str) -> None:
        self.open_page(key)
        self.navigation.set_active(self._lit(self.host.key()))  # the page before may have refused to go

    def _lit(self, key: str) -> str:
        spec = self.host.spec(key)
        return key if spec.section else spec.parent or ""

    def _page_shown(self, key: str) -> None:
        page = self.host.page()
        assert isinstance(page, Page)
        collapsed = page.compact or bool(self._ports.settings.get("window/collapsed", False))
        self.navigation.set_collapsed(collapsed)
        self.navigation.set_active(self._lit(key))
        self.navigation.refresh_counters()
        self.page_bar.show_page(page)
        self._floor.set_foot(page.foot_bar())
        if self.host.spec(key).section:
            self._ports.settings.set("window/page", key)
        self.setWindowTitle(f"{page.title()} — FacturePro")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.drawer_zone.drawer() is not None:
            self.close_drawer()
            return
        super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        page = self.host.page()
        if page is not None and not page.deactivate():
            event.ignore()
            return
        geometry = bytes(self.saveGeometry().toBase64().data()).decode("ascii")
        self._ports.settings.set("window/geometry", geometry)
        self.tasks.cancel_all()
        super().closeEvent(event)
