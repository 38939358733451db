"""The window's composition root: application, theme, company, synchronisation, pages."""

import hashlib
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QLibraryInfo, QLocale, QObject, QSettings, Qt, QTimer, QTranslator, Signal
from PySide6.QtGui import QIcon
from PySide6.QtNetwork import QLocalServer, QLocalSocket
from PySide6.QtWidgets import QApplication, QWidget

import facturepro.ui  # noqa: F401  before Qt: see facturepro.ui.immortal
from facturepro import i18n
from facturepro.app import page_specs, warming, window_sync
from facturepro.app.collector import QtThreadCollector
from facturepro.app.palette_source import RecordSource
from facturepro.assets import asset
from facturepro.domain.errors import UserError
from facturepro.i18n import _
from facturepro.services import company as company_services
from facturepro.services.company import OpenCompany
from facturepro.services.undoing import UndoHistory
from facturepro.services.workspace import Workspace
from facturepro.ui import theme
from facturepro.ui.data import BackgroundJob, CompanyContext
from facturepro.ui.shell.ports import CompanyEntry, ShellPorts
from facturepro.ui.shell.settings import QtSettings
from facturepro.ui.shell.window import MainWindow
from facturepro.ui.widgets import focus
from facturepro.ui.widgets.errors import install_excepthook, report_crash, set_log_file, show_error
from facturepro.ui.widgets.floor import Floor
from facturepro.ui.widgets.progress import TaskHost
from facturepro.ui.widgets.task import TaskControl, cancel_all
from facturepro.ui.widgets.toast import ToastHost

EXTERNAL_POLL_MS = 500
BACKUP_AFTER_MS = 20_000
WARM_AFTER_MS = 1_500


class SingleInstance(QObject):
    """One window per company file: a second one asks the first to come forward and leaves.

    Signals: ``asked()`` when another start wanted this company.
    """

    asked = Signal()

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        digest = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:24]
        self._name = f"facturepro-{digest}"
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._called)

    def take(self) -> bool:
        """False when another window has the company; it has been asked to come forward."""
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if socket.waitForConnected(300):
            socket.write(b"raise\n")
            socket.waitForBytesWritten(300)
            socket.disconnectFromServer()
            return False
        QLocalServer.removeServer(self._name)  # left behind by a killed window
        return self._server.listen(self._name)

    def release(self) -> None:
        self._server.close()

    def _called(self) -> None:
        connection = self._server.nextPendingConnection()
        if connection is not None:
            connection.readyRead.connect(connection.deleteLater)
        self.asked.emit()


class CompanyWindow(QObject):
    """An open company with its window, its history and its exchange with the cloud."""

    def __init__(self, application: "Application", company: OpenCompany) -> None:
        super().__init__()
        self.company = company
        self.undo = UndoHistory(company)
        self.context = CompanyContext(company, application.workspace, application.settings, self.undo)
        self.sync = window_sync.WindowSync(company, self)
        self.context.sync_note = self.sync.note
        self.context.sync = self.sync
        self.context.restore_backup = application.restore_backup
        ports = ShellPorts(
            pages=page_specs.make(self.context, application.example_remover(company)),
            settings=application.settings,
            undo=self.undo,
            companies=application.company_entries,
            current_company=company.id,
            switch_company=application.switch,
            create_company=application.first_start,
            records=RecordSource(company, lambda key, argument: self.window.open_page(key, argument)),
            actions=lambda: page_specs.actions(self.window),
            open_guide=application.open_guide,
        )
        self.window = MainWindow(ports)
        self.context.changes.connect(self.window.publish_changes)
        self.sync.state_changed.connect(self.window.set_sync_state)
        self._numbers, self._has_more_numbers = BackgroundJob(self), False
        self._numbers.done.connect(self._tell_numbers)
        self._numbers.failed.connect(self._numbers_not_told)
        self.sync.state_changed.connect(self._look_for_numbers)
        self._external = QTimer(self)
        self._external.setInterval(EXTERNAL_POLL_MS)
        self._external.timeout.connect(company.db.publish_external)
        self._external.timeout.connect(self.sync.look)
        self._instance = SingleInstance(company.folder, self)
        self._instance.asked.connect(self.come_forward)

    def take(self) -> bool:
        return self._instance.take()

    def _look_for_numbers(self, _state: object) -> None:
        """What became of invoices that waited for their number; each exchange changes the state. In a worker: what is told
        is struck off the file, and a reading under way may be holding that. One at a time: no answer may be dropped."""
        from facturepro.services import central_numbering

        self._has_more_numbers = self._numbers.is_busy()
        if not self._has_more_numbers:
            self._numbers.request(lambda: central_numbering.take_news(self.company))

    def _tell_numbers(self, found: list[Any]) -> None:
        for news in found:
            is_good = news.refused is None
            self.window.toast(news.text, icon="action.issue" if is_good else "status.error")
        if self._has_more_numbers:
            self._look_for_numbers(None)

    def _numbers_not_told(self, error: BaseException) -> None:
        if not isinstance(error, UserError):  # the file is busy: the next exchange tells them
            self.window.show_error(error)

    def show(self) -> None:
        self.window.show()
        self._external.start()
        QTimer.singleShot(0, self.sync.start)  # after the first paint: it imports the network library
        QTimer.singleShot(BACKUP_AFTER_MS, self, self._back_up)

    def _back_up(self) -> None:
        """The day's backup, beside the work; a person hears of it only when it fails."""
        from facturepro.services import daily_backup

        def run() -> None:
            if daily_backup.is_due(self.company):
                daily_backup.create(self.company)

        self._backup = BackgroundJob(self)
        self._backup.failed.connect(self.window.show_error)
        self._backup.request(run)

    def come_forward(self) -> None:
        window = self.window
        window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized | Qt.WindowState.WindowActive)
        window.show()
        window.raise_()
        window.activateWindow()

    def close(self) -> None:
        """Its file is closed and nothing is exchanged any more when it returns, which the network may hold up for seconds."""
        self._close_window()
        cancel_all()
        self._close_file()

    def close_beside(self) -> None:
        """The same while another window is in use already. The program does not end before it is done."""
        self._close_window()
        threading.Thread(target=self._close_file, name="closing").start()

    def _close_window(self) -> None:
        self._external.stop()
        self._instance.release()
        for source in (self.sync, self._numbers):
            source.blockSignals(True)  # what is under way is shown nowhere
        self.undo.close()
        self.context.close()
        self.window.close()
        self.window.deleteLater()

    def _close_file(self) -> None:
        self.sync.stop()
        self.company.close()


class Application:
    """``settings`` are the window's (theme, geometry, language); a file of the data folder, so that two data folders are
    two computers in every respect."""

    def __init__(self, workspace: Workspace, log_file: Path | None) -> None:
        self.workspace = workspace
        self.qt = QApplication.instance() or QApplication(sys.argv[:1])
        assert isinstance(self.qt, QApplication)
        self.qt.setApplicationName("FacturePro")
        self.qt.setOrganizationName("FacturePro")
        self.qt.setWindowIcon(QIcon(str(asset("icons", "app.png"))))
        self.qt.setQuitOnLastWindowClosed(True)
        path = str(workspace.data_dir / "window.ini")
        self.settings = QtSettings(QSettings(path, QSettings.Format.IniFormat))
        i18n.set_language(str(self.settings.get("language", i18n.SOURCE_LANGUAGE)))
        _translate_qt(self.qt)
        theme.apply(self.qt, str(self.settings.get("theme", "system")))
        focus.install(self.qt)
        if log_file is not None:
            set_log_file(log_file)
        self._relay = install_excepthook(report_crash)
        self.current: CompanyWindow | None = None
        self._wizard: Any = None

    # -- companies
    def company_entries(self) -> list[CompanyEntry]:
        return [CompanyEntry(entry["id"], entry["name"]) for entry in self.workspace.companies()]

    def open(self, name_or_id: str | None) -> bool:
        """Open a company's window; False when another window has it (and was asked to come forward)."""
        opened = CompanyWindow(self, self.workspace.open(name_or_id))
        if not opened.take():
            opened.close()
            return False
        previous, self.current = self.current, opened
        opened.show()
        if previous is not None:
            previous.close_beside()
        return True

    def switch(self, company_id: str) -> None:
        if self.current is not None and self.current.company.id == company_id:
            return
        try:
            self.open(company_id)
        except UserError as error:
            if self.current is not None:
                self.current.window.show_error(error)

    def restore_backup(self, path: Path) -> None:
        """Take the backup apart beside the work; then close its company, put it in place (the present file is kept
        aside) and open it."""
        from facturepro.services import backups

        assert self.current is not None
        window = self.current.window

        def run(task: TaskControl) -> backups.Unpacked:
            def step(done: int, total: int) -> None:
                task.check()
                task.report(done, total)

            return backups.unpack(self.workspace, Path(path), step)

        note = _("Annuler laisse tout comme avant.")
        window.run_task(_("Restauration"), run, on_done=self._put_in_place, icon="action.restore", cancel_note=note)

    def _put_in_place(self, unpacked: Any) -> None:
        """Nothing is changed when it fails; the company is opened again either way."""
        from facturepro.services import backups

        company_id = unpacked.manifest["company_id"]
        previous, self.current = self.current, None
        if previous is not None:
            previous.close()
        problem: UserError | None = None
        try:
            backups.put_in_place(self.workspace, unpacked)
        except UserError as error:
            problem = error
            company_id = previous.company.id if previous is not None else company_id
        self.open(company_id)
        if problem is not None and self.current is not None:
            self.current.window.show_error(problem)

    def example_remover(self, company: OpenCompany) -> Callable[[], None] | None:
        """For the example company only: what its banner's button does."""
        from facturepro.services import demo

        if not demo.is_demo(self.workspace, company.id):
            return None
        return lambda: self._remove_example(company.id)

    def _remove_example(self, company_id: str) -> None:
        """Another company takes its place, or the first start when there is none."""
        from facturepro.services import demo

        others = [entry for entry in self.workspace.companies() if entry["id"] != company_id]
        previous, self.current = self.current, None
        if others:
            self.open(others[0]["id"])
        else:
            self.first_start()
        if previous is not None:
            previous.close()
        demo.remove_demo_company(self.workspace)

    def open_guide(self) -> None:
        from PySide6.QtCore import QUrl
        from PySide6.QtGui import QDesktopServices

        QDesktopServices.openUrl(QUrl.fromLocalFile(str(asset("guide", "index.html"))))

    # -- first start
    def first_start(self) -> None:
        """The questions of a new company; at the end its window."""
        from facturepro.ui.wizard.model import WizardChecks
        from facturepro.ui.wizard.window import FirstStart

        self._wizard = FirstStart(WizardChecks(company_services.check_field, company_services.derive_fields))
        floor = Floor(self._wizard, self._wizard)
        self._tasks = TaskHost(floor, lambda error: self._not_created(error), lambda text: self._toasts.show(text))
        self._toasts = ToastHost(floor)
        self._wizard.finished.connect(self._create)
        self._wizard.demo_requested.connect(self.try_demo)
        self._wizard.join_requested.connect(self._join)
        self._wizard.show()

    def _create(self, answers: dict[str, Any]) -> None:
        """On a worker: making a company file takes a second."""
        from facturepro.services import setup

        self.settings.set("language", answers.get("language", i18n.SOURCE_LANGUAGE))
        start = "sync" if answers.get("cloud") == "now" else "dashboard"
        self._make(_("Création de l’entreprise"), lambda _task: setup.create_company(self.workspace, answers), start)

    def _join(self, target: dict[str, Any], key_file: Path | None) -> None:
        """The company comes from another computer, through its cloud."""
        from facturepro.services import cloud

        self.settings.set("language", i18n.language())

        def join(task: TaskControl) -> OpenCompany:
            return cloud.join_new(self.workspace, target, key_file, lambda: task.is_cancelled)

        self._make(_("Rejoindre l’entreprise"), join, "sync")

    def demo_id(self) -> str | None:
        """The example company, when it was made before."""
        from facturepro.services import demo

        known = [entry["id"] for entry in self.workspace.companies() if demo.is_demo(self.workspace, entry["id"])]
        return known[0] if known else None

    def try_demo(self) -> None:
        from facturepro.services import demo

        def create(task: TaskControl) -> OpenCompany:
            return demo.create_demo_company(self.workspace, task.report, lambda: task.is_cancelled)

        self._make(_("Préparation des données d’exemple"), create, "dashboard")

    def _make(self, title: str, create: Callable[[TaskControl], OpenCompany], start: str) -> None:
        if self._tasks.panels():  # asked twice (a double click): one company is made
            return
        self._set_wizard_enabled(False)

        def opened(company: OpenCompany) -> None:
            company_id = company.id
            company.close()
            self.settings.set("window/page", start)
            wizard, self._wizard = self._wizard, None
            self.open(company_id)
            wizard.close()
            wizard.deleteLater()

        task = self._tasks.run(title, create, on_done=opened, icon="action.new", on_refused=self._not_created)
        task.cancelled.connect(lambda: self._set_wizard_enabled(True))

    def _set_wizard_enabled(self, is_enabled: bool) -> None:
        """Its parts, not itself: the progress panel's cancel button stays alive."""
        for part in self._wizard.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            part.setEnabled(is_enabled)

    def _not_created(self, error: BaseException) -> None:
        """Said in the form when it is open."""
        self._set_wizard_enabled(True)
        form = self._wizard.join_form
        if form.isVisible() and isinstance(error, UserError):
            form.show_error(error)
        else:
            show_error(self._wizard, error)

    def close(self) -> None:
        """At the end of the program: its windows are gone, what they had begun ends."""
        current, self.current = self.current, None
        if current is not None:
            current.close()
        else:
            cancel_all()


def _translate_qt(app: QApplication) -> None:
    """Qt's own words (file dialogs, context menus) in the program's language."""
    translator = QTranslator(app)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if translator.load(f"qtbase_{i18n.language()}", folder):
        app.installTranslator(translator)
    locale = {"fr": QLocale.Language.French, "en": QLocale.Language.English}[i18n.language()]
    QLocale.setDefault(QLocale(locale))


def run(workspace: Workspace, name_or_id: str | None = None, demo: bool = False, log_file: Path | None = None) -> int:
    """Open the window and stay until it is closed; answers the exit status.

    Raises:
        UserError: the company cannot be opened.
    """
    with warming.quiet_collector():
        is_shown = _show_first(application := Application(workspace, log_file), name_or_id, demo)
    if not is_shown:
        print(_("Cette entreprise est déjà ouverte : sa fenêtre passe devant."), file=sys.stderr)
        return 0
    assert isinstance(application.qt, QApplication)
    application.qt.aboutToQuit.connect(application.close)
    QtThreadCollector(application.qt)
    QTimer.singleShot(WARM_AFTER_MS, warming.start)
    return int(application.qt.exec())


def _show_first(application: Application, name_or_id: str | None, demo: bool) -> bool:
    """The window, or the first start; False when another window has the company."""
    if demo and application.demo_id() is None:
        application.first_start()
        application.try_demo()
    elif name_or_id is None and not demo and not application.workspace.companies():
        application.first_start()
    else:
        return application.open(application.demo_id() if demo else name_or_id)
    return True
