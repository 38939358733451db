"""What a person does on the synchronisation page. Everything that writes or waits runs beside the window."""

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtWidgets import QFileDialog, QWidget

from facturepro.domain.errors import UserError
from facturepro.i18n import _, ngettext
from facturepro.i18n.formatting import format_number
from facturepro.services import cloud, conflicts, quarantine, reconciliation
from facturepro.services.conflicts import ConflictEntry, ConflictGroup
from facturepro.ui.data import CompanyContext
from facturepro.ui.pages.base import Shell
from facturepro.ui.pages.sync_page_check import check_words
from facturepro.ui.pages.sync_page_foot import ordinary
from facturepro.ui.pages.sync_page_join import JoinForm, service_account_target
from facturepro.ui.pages.sync_page_words import PAGES
from facturepro.ui.widgets.task import TaskControl


class SyncActs:
    """``load`` reads the page again; it is called after each act."""

    def __init__(self, shell: Shell, context: CompanyContext, load: Callable[[], None], form: JoinForm) -> None:
        self._shell, self._context, self._load, self._form = shell, context, load, form

    def sync_once(self) -> None:
        """An exchange without an engine beside the window."""
        company = self._context.company
        self._run(_("Synchronisation"), lambda _task: cloud.sync_once(company), lambda _report: None)

    def check(self) -> None:
        """Compare everything with the cloud and repair, beside the work."""
        company = self._context.company

        def run(task: TaskControl) -> dict[str, Any]:
            return reconciliation.check(
                company, lambda done, total: task.report(done, total), lambda: task.is_cancelled
            )

        def done(report: dict[str, Any]) -> None:
            self._say(
                check_words(report) if report["is_complete"] else _("Contrôle arrêté ; ce qui est réparé le reste")
            )

        self._run(_("Contrôle avec le cloud"), run, done)

    # ------------------------------------------------------------------ refused
    def on_refused(self, action: str, entry: Any) -> None:
        company = self._context.company
        if action == "open":
            self._shell.open_page(PAGES[entry["kind"]], entry["record_id"])
        elif action == "retry_all":
            self._run(_("Nouvel essai"), lambda _task: quarantine.retry_all(company), lambda _none: self._tried())
        elif action == "retry":
            key = (entry["kind"], entry["record_id"])
            self._run(_("Nouvel essai"), lambda _task: quarantine.retry(company, *key), lambda _none: self._tried())
        else:
            key = (entry["kind"], entry["record_id"])
            words = _("Modification abandonnée ; elle reste parmi les conflits à revoir")
            self._run(_("Abandon"), lambda _task: quarantine.discard(company, *key), lambda _none: self._say(words))

    def _tried(self) -> None:
        self._say(_("Nouvel essai au prochain échange"))
        if self._context.sync is not None:
            self._context.sync.sync_now()

    # ------------------------------------------------------------------ conflicts
    def on_conflict(self, what: str, entry: ConflictEntry) -> None:
        """One conflict: see sync_page_conflict.Act."""
        company = self._context.company
        if what.startswith("open:"):
            _open, kind, record_id = what.split(":", 2)
            self._shell.open_page(PAGES[kind], record_id)
        elif what == "reverse":
            words = _("Second paiement annulé par une écriture contraire")
            self._run(words, lambda _task: conflicts.reverse_payment(company, entry.id), lambda _id: self._say(words))
        else:
            self._settle_entries([entry], what == "restore", 0)

    def settle_groups(self, chosen: Sequence[ConflictGroup], restore: bool) -> None:
        """Everything of several records that needs no decision of its own, in one step of undo."""
        entries = ordinary(chosen, restore)
        left = sum(len(group.entries) for group in chosen) - len(entries)
        if entries:
            self._settle_entries(entries, restore, left)

    def _settle_entries(self, entries: list[ConflictEntry], restore: bool, left: int) -> None:
        """All in one transaction, taken back by one click. ``left``: chosen ones that want a decision of their own."""
        company, count = self._context.company, len(entries)
        ids = [entry.id for entry in entries]
        act = conflicts.restore_many if restore else conflicts.keep
        words = ngettext("Valeur gardée", "{count} valeurs gardées", count)
        if restore:
            words = ngettext("Valeur rétablie", "{count} valeurs rétablies", count)
        words = words.format(count=format_number(count))
        if left:
            rest = ngettext("{count} à régler à part", "{count} à régler à part", left).format(
                count=format_number(left)
            )
            words = f"{words}, {rest}"

        def done(stamp: str) -> None:
            self._shell.toast(
                words,
                _("Annuler"),
                lambda: self._context.undo_transaction(stamp),
                "action.restore" if restore else "status.ok",
            )

        self._run(_("Conflits"), lambda _task: act(company, ids), done)

    # ------------------------------------------------------------------ joining and leaving
    def join(self, target: Any, key_file: Any) -> None:
        company = self._context.company
        self._form.button.setEnabled(False)
        task = self._run(
            _("Relier au cloud"),
            lambda task: cloud.join(company, target, key_file, lambda: task.is_cancelled),
            lambda _status: self._joined(),
            self._form.show_error if self._form.isVisible() else None,
        )
        ended = getattr(task, "ended", None)
        if ended is not None:
            ended.connect(lambda: self._form.button.setEnabled(True))

    def _joined(self) -> None:
        self._say(_("Cette entreprise est reliée au cloud"), "status.synced")
        if self._context.sync is not None:
            self._context.sync.restart()

    def choose_key(self, page: QWidget, remote_company: str) -> None:
        """Another key for the same company in the cloud."""
        path, _kind = QFileDialog.getOpenFileName(page, _("Clé du compte de service"), "", "JSON (*.json)")
        if path:
            self.join(*service_account_target(path, remote_company))

    def leave(self) -> None:
        sync, company = self._context.sync, self._context.company

        def run(_task: Any) -> None:
            if sync is not None:
                sync.stop()
            cloud.leave(company)

        def done(_none: Any) -> None:
            if sync is not None:
                sync.restart()

        self._run(_("Quitter le cloud"), run, done)

    # ------------------------------------------------------------------ long work
    def _run(
        self,
        title: str,
        work: Callable[[Any], Any],
        done: Callable[[Any], object],
        refused: Callable[[UserError], object] | None = None,
    ) -> Any:
        """Beside the window, then read again. ``refused`` says what can be mended where it was asked for."""

        def ended(answer: Any) -> None:
            done(answer)
            self._load()

        return self._shell.run_task(title, work, on_done=ended, icon="nav.sync", on_refused=refused)

    def _say(self, words: str, icon: str = "status.ok") -> None:
        self._shell.toast(words, icon=icon)
