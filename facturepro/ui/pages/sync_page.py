"""Synchronisation: how it stands, what two computers disagree about, what waits, what it costs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from facturepro.domain.clock import parse_stamp
from facturepro.domain.errors import UserError
from facturepro.i18n import _, ngettext
from facturepro.i18n.formatting import format_date, format_number
from facturepro.services import catalog, cloud, conflicts, records
from facturepro.services.company import OpenCompany
from facturepro.services.conflicts import ConflictEntry
from facturepro.services.records import ListQuery
from facturepro.ui import theme
from facturepro.ui.data import BackgroundJob, CompanyContext
from facturepro.ui.pages.base import Page, PageAction, Shell
from facturepro.ui.pages.record_list_foot import confirm
from facturepro.ui.pages.sync_page_join import JoinForm
from facturepro.ui.pages.sync_page_parts import (
    Badge,
    ConflictRow,
    CostRow,
    DeviceRow,
    QueueRow,
    SideSection,
    ValueCard,
    icon_of,
    when,
)
from facturepro.ui.shell.ports import SyncState
from facturepro.ui.widgets.buttons import IconButton
from facturepro.ui.widgets.chips import StatusChip
from facturepro.ui.widgets.keyvalue import KeyValueRow
from facturepro.ui.widgets.labels import Label, Link
from facturepro.ui.widgets.menu import Menu
from facturepro.ui.widgets.surface import Surface

_SIDE = 408
_SHOWN_QUEUE = 6
_LOOKS = {  # state of the indicator -> icon and tint
    "local": ("monitor", "neutral"),
    "synced": ("status.synced", "success"),
    "waiting": ("status.waiting", "info"),
    "offline": ("status.offline", "neutral"),
    "signin": ("sign-in", "warning"),
    "error": ("status.error", "danger"),
}


@dataclass(frozen=True)
class Snapshot:
    """Everything the page shows, read at once in a worker."""

    status: dict[str, Any]
    conflicts: list[ConflictEntry]
    resolved: int
    devices: list[dict[str, Any]]
    queue: list[dict[str, Any]]
    usage: dict[str, int]


def read(company: OpenCompany) -> Snapshot:
    return Snapshot(
        cloud.status(company),
        [entry for group in conflicts.groups(company) for entry in group.entries],
        conflicts.count_resolved(company),
        records.page(company, ListQuery("device"), limit=100).rows,
        cloud.queue(company, 50),
        cloud.usage_today(company),
    )


class SyncPage(Page):
    """``context.sync`` is what exchanges beside the window (``state``, ``state_changed``, ``sync_now``, ``restart``);
    without it "Synchroniser maintenant" makes one exchange itself."""

    key, icon = "sync", "nav.sync"
    kinds: ClassVar[set[str]] = set()  # everything that changes also changes the queue

    def __init__(self, shell: Shell, context: CompanyContext) -> None:
        super().__init__(shell)
        self.context = context
        self._sync = getattr(context, "sync", None)
        self._shown: Snapshot | None = None
        self._current: str | None = None
        self._job = BackgroundJob(self)
        self._job.done.connect(self._show)
        self._job.failed.connect(shell.show_error)
        self._settle = QTimer(self, singleShot=True, interval=200)
        self._settle.timeout.connect(self.load)
        self._stack = QStackedWidget()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack)
        self.join_form = JoinForm(context)
        self.join_form.wanted.connect(self._join)
        self._stack.addWidget(QWidget())
        self._stack.addWidget(_scrolled(self.join_form))
        self._stack.addWidget(self._make_joined())
        if self._sync is not None:
            self._sync.state_changed.connect(lambda _state: self._settle.start())

    # ------------------------------------------------------------------ bar
    def title(self) -> str:
        return _("Synchronisation")

    def primary_action(self) -> PageAction | None:
        if self._shown is None or not self._shown.status["joined"]:
            return None
        return PageAction(_("Synchroniser maintenant"), "nav.sync", self.sync_now)

    def new(self) -> None:
        """Ctrl+N makes nothing here."""

    def sync_now(self) -> None:
        """Exchange at once."""
        if self._sync is not None:
            self._sync.sync_now()
            self._settle.start()
            return
        company = self.context.company

        def run(_task: Any) -> Any:
            return cloud.sync_once(company)

        self.shell.run_task(_("Synchronisation"), run, on_done=lambda _report: self.load(), icon="nav.sync")

    # ------------------------------------------------------------------ parts
    def _make_joined(self) -> QWidget:
        body = QWidget()
        row = QHBoxLayout(body)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._make_main(), 1)
        row.addWidget(self._make_side())
        return body

    def _make_main(self) -> QWidget:
        current = theme.current()
        main = Surface("surface_2", ("right",))
        column = QVBoxLayout(main)
        column.setContentsMargins(0, 0, 1, 0)
        column.setSpacing(0)
        column.addWidget(self._make_state())
        column.addWidget(self._make_conflict_head())
        inside = Surface()
        self._conflicts = QVBoxLayout(inside)
        self._conflicts.setContentsMargins(0, 0, 0, 0)
        self._conflicts.setSpacing(0)
        self._rows = QVBoxLayout()
        self._conflicts.addLayout(self._rows)
        self._detail = QVBoxLayout()
        self._conflicts.addLayout(self._detail)
        self._conflicts.addStretch(1)
        column.addWidget(_scrolled(inside), 1)
        foot = Surface("surface_1", ("top",))
        foot.setFixedHeight(current.size("footer"))
        line = QHBoxLayout(foot)
        line.setContentsMargins(current.space("l"), 1, current.space("l"), 0)
        self.resolved = Label("", color="text_2")
        line.addWidget(self.resolved)
        line.addStretch(1)
        column.addWidget(foot)
        return main

    def _make_state(self) -> QWidget:
        current = theme.current()
        head = Surface("surface_2", ("bottom",))
        head.setFixedHeight(80)
        row = QHBoxLayout(head)
        row.setContentsMargins(current.space("l"), 0, current.space("l"), 0)
        row.setSpacing(current.space("m"))
        self.badge = Badge()
        words = QVBoxLayout()
        words.setSpacing(0)
        self.state = Label("", role="section", elide=True)
        self.detail = Label("", color="text_2", elide=True)
        words.addStretch(1)
        words.addWidget(self.state)
        words.addWidget(self.detail)
        words.addStretch(1)
        row.addWidget(self.badge)
        row.addLayout(words, 1)
        return head

    def _make_conflict_head(self) -> QWidget:
        current = theme.current()
        head = Surface("surface_1", ("bottom",))
        head.setFixedHeight(current.size("filterbar"))
        row = QHBoxLayout(head)
        row.setContentsMargins(current.space("l"), 0, current.space("l"), 1)
        row.setSpacing(current.space("xs"))
        row.addWidget(Label(_("Conflits à revoir"), role="section"))
        self.conflict_count = StatusChip("0", "violet")
        row.addWidget(self.conflict_count)
        row.addSpacing(current.space("m"))
        note = Label(
            _("Rien n’est perdu : la dernière valeur est en place, l’autre attend ici"),
            role="caption", color="text_2", elide=True,
        )  # fmt: skip
        note.setAlignment(Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(note, 1)
        self.many_button = IconButton("action.more", _("Tous les conflits"))
        self.many_button.clicked.connect(self._open_many)
        row.addWidget(self.many_button)
        return head

    def _make_side(self) -> QWidget:
        inside = Surface()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.devices = SideSection(_("Ordinateurs"))
        self.queue = SideSection(_("En attente d’envoi"))
        self.cost = SideSection(_("Coût du jour"))
        self.account = SideSection(_("Compte"), is_last=True)
        self.devices.set_link(_("Ajouter"))
        self.devices.link.clicked.connect(self._explain_adding)
        self.cost.note.setText(_("gratuit jusqu’au quota"))
        self.account.set_link(_("Quitter le cloud"))
        self.account.link.clicked.connect(self._ask_leave)
        for section in (self.devices, self.queue, self.cost, self.account):
            column.addWidget(section)
        column.addStretch(1)
        side = _scrolled(inside)
        side.setFixedWidth(_SIDE)
        return side

    # ------------------------------------------------------------------ life
    def activate(self, argument: str | None) -> None:
        self._current = argument or self._current
        self.load()

    def on_changes(self, kind: str, ids: list[str]) -> None:
        self._settle.start()

    def load(self) -> None:
        """Read everything in a worker; what did not change is not made again."""
        company = self.context.company
        self._job.request(lambda: read(company))

    def _show(self, found: Snapshot) -> None:
        before, self._shown = self._shown, found
        joined = found.status["joined"]
        self._stack.setCurrentIndex(2 if joined else 1)
        if before is None or before.status["joined"] != joined:
            self.bar_changed.emit()
        if not joined:
            return
        if before is not None and not before.status["joined"]:
            before = None  # nothing of this side has been shown yet
        self._show_state(found)
        if before is None or before.conflicts != found.conflicts:
            self._show_conflicts(found.conflicts)
        words = ngettext("{count} conflit réglé", "{count} conflits réglés", found.resolved)
        self.resolved.setText(words.format(count=format_number(found.resolved)))
        if before is None or before.devices != found.devices:
            self._show_devices(found)
        if before is None or before.queue != found.queue:
            self._show_queue(found)
        if before is None or before.usage != found.usage:
            self._show_cost(found.usage)
        if before is None or before.status != found.status:
            self._show_account(found.status)

    # ------------------------------------------------------------------ state
    def _indicator(self, found: Snapshot) -> SyncState:
        state = getattr(self._sync, "state", None)
        if isinstance(state, SyncState) and state.kind != "local":
            return state
        return SyncState("waiting" if found.status["pending"] else "synced", found.status["pending"])

    def _show_state(self, found: Snapshot) -> None:
        state = self._indicator(found)
        self.badge.set_state(*_LOOKS[state.kind])
        count = found.status["pending"]
        waiting = ngettext("{count} modification en attente", "{count} modifications en attente", count).format(
            count=format_number(count)
        )
        words = {
            "synced": _("En ligne, tout est à jour"),
            "waiting": _("En ligne, {waiting}").format(waiting=waiting),
            "offline": _("Hors ligne, {waiting}").format(waiting=waiting) if count else _("Hors ligne"),
            "signin": _("La connexion au cloud a expiré"),
            "error": _("La synchronisation s’est arrêtée"),
        }
        self.state.setText(words.get(state.kind, ""))
        self.detail.setText(self._exchange_words(found.status["last_exchange_at"], state))

    def _exchange_words(self, last: Any, state: SyncState) -> str:
        if state.kind in ("error", "signin", "offline") and state.reason:
            return state.reason
        if not last:
            return _("Aucun échange pour l’instant")
        at = last if isinstance(last, datetime) else datetime.fromisoformat(str(last))
        return _("Dernier échange : {when}").format(when=when(at, self.context.company.now()))

    # ------------------------------------------------------------------ conflicts
    def _show_conflicts(self, found: Sequence[ConflictEntry]) -> None:
        self.conflict_count.set_state(format_number(len(found)), "violet" if found else "neutral")
        self.many_button.setVisible(len(found) > 1)
        _clear(self._rows)
        now = self.context.company.now()
        for entry in found:
            row = ConflictRow(entry, when(entry.at, now))
            row.clicked.connect(lambda at=entry.id: self.choose(at))
            self._rows.addWidget(row)
        known = [entry.id for entry in found]
        wanted = self._current if self._current in known else known[0] if known else None
        self.choose(wanted)

    def choose(self, conflict_id: str | None) -> None:
        """Show both values of a conflict."""
        self._current = conflict_id
        for index in range(self._rows.count()):
            row = self._rows.itemAt(index).widget()
            if isinstance(row, ConflictRow):
                row.set_current(row.entry.id == conflict_id)
        _clear(self._detail)
        entry = next((each for each in self._entries() if each.id == conflict_id), None)
        self._detail.addWidget(self._make_detail(entry) if entry is not None else self._make_quiet())

    def _entries(self) -> list[ConflictEntry]:
        return self._shown.conflicts if self._shown is not None else []

    def _make_quiet(self) -> QWidget:
        holder = QWidget()
        row = QVBoxLayout(holder)
        edge = theme.current().space("l")
        row.setContentsMargins(edge, edge, edge, edge)
        words = _("Aucun conflit. Quand deux ordinateurs changent la même chose, les deux valeurs apparaissent ici.")
        row.addWidget(Label(words, color="text_2", wrap=True))
        return holder

    def _make_detail(self, entry: ConflictEntry) -> QWidget:
        current = theme.current()
        holder = QWidget()
        column = QVBoxLayout(holder)
        edge = current.space("l")
        column.setContentsMargins(edge, current.space("s"), edge, edge)
        column.setSpacing(current.space("s"))
        head = QHBoxLayout()
        head.addWidget(Label(f"{entry.title}, {entry.subject}", role="strong", elide=True), 1)
        page = _PAGES.get(entry.kind)
        if page:
            link = Link(_("Ouvrir la fiche"))
            link.clicked.connect(lambda: self.shell.open_page(page, entry.record_id))
            head.addWidget(link)
        column.addLayout(head)
        cards = QHBoxLayout()
        cards.setSpacing(current.space("m"))
        kept = ValueCard(entry.kept, entry.lost, _("Garder cette valeur"))
        kept.clicked.connect(lambda: self.settle_conflict(entry, restore=False))
        lost = ValueCard(entry.lost, entry.kept, _("Rétablir cette valeur") if entry.can_restore else "")
        lost.clicked.connect(lambda: self.settle_conflict(entry, restore=True))
        cards.addWidget(kept, 1)
        cards.addWidget(lost, 1)
        column.addLayout(cards)
        note = _("Rétablir crée une nouvelle modification, annulable par Ctrl Z.")
        if not entry.can_restore:
            note = _(
                "Le même brouillon a été émis sur deux ordinateurs. Les deux factures sont gardées : faites un avoir pour "
                "celle qui est de trop."
            )
        column.addWidget(Label(note, role="caption", color="text_2", wrap=True))
        return holder

    def settle_conflict(self, entry: ConflictEntry, restore: bool) -> None:
        """Put the other value back, or keep the one in place."""
        try:
            if restore:
                conflicts.restore(self.context.company, entry.id)
            else:
                conflicts.keep(self.context.company, [entry.id])
        except UserError as error:
            self.shell.show_error(error)
            return
        self.shell.toast(_("Valeur rétablie") if restore else _("Valeur gardée"), icon="status.ok")
        self.load()

    def _open_many(self) -> None:
        menu = Menu(self)
        menu.add(_("Garder toutes les valeurs en place"), "status.paid", lambda: self._settle_all(False))
        menu.add(_("Rétablir toutes les autres valeurs"), "action.restore", lambda: self._settle_all(True))
        menu.open_at(self.many_button, align="end")

    def _settle_all(self, restore: bool) -> None:
        company, entries = self.context.company, self._entries()
        try:
            if restore:
                conflicts.restore_many(company, [entry.id for entry in entries if entry.can_restore])
            else:
                conflicts.keep(company, [entry.id for entry in entries])
        except UserError as error:
            self.shell.show_error(error)
        self.load()

    # ------------------------------------------------------------------ right column
    def _show_devices(self, found: Snapshot) -> None:
        rows = []
        for device in found.devices:
            detail = _("{system}, version {version}").format(
                system=device["platform"] or _("système inconnu"), version=device["app_version"] or "?"
            )
            is_own = device["id"] == found.status["device"]
            rows.append(DeviceRow(device["name"], detail, device["series"], is_own))
        self.devices.set_rows(rows)

    def _show_queue(self, found: Snapshot) -> None:
        self.queue.note.setText(format_number(found.status["pending"]))
        rows: list[QWidget] = [self._queue_row(change) for change in found.queue[:_SHOWN_QUEUE]]
        hidden = found.status["pending"] - len(rows)
        if hidden > 0:
            words = ngettext("et {count} autre", "et {count} autres", hidden).format(count=format_number(hidden))
            rows.append(Label(words, role="caption", color="text_2"))
        self.queue.set_rows(rows or [Label(_("Tout a été envoyé."), color="text_3")])

    def _queue_row(self, change: dict[str, Any]) -> QWidget:
        label = _(catalog.entity(change["kind"]).model.label)
        title = "" if change["title"] == change["record_id"] else change["title"]
        stamp = datetime.fromtimestamp(parse_stamp(change["stamp"]).milliseconds / 1000).astimezone()
        if change["quarantined_for"]:
            return QueueRow("status.error", "danger", label, title, _("refusé par le cloud"))
        is_today = stamp.date() == self.context.company.today()
        note = f"{stamp:%H:%M:%S}" if is_today else format_date(stamp.date(), "day")
        return QueueRow(icon_of(change["kind"]), "text_2", label, title, note)

    def _show_cost(self, usage: dict[str, int]) -> None:
        names = {"reads": _("Lectures"), "writes": _("Écritures"), "deletes": _("Suppressions")}
        rows: list[QWidget] = [CostRow(names[key], usage.get(key, 0), cloud.QUOTA[key]) for key in names]
        over = any(usage.get(key, 0) > free for key, free in cloud.QUOTA.items())
        words = _("Le quota gratuit est dépassé aujourd’hui.") if over else _("Soit 0,00 € aujourd’hui.")
        note = Label(words, role="caption", color="danger" if over else "text_2")
        note.setFixedHeight(theme.current().size("row_compact"))
        self.cost.set_rows([*rows, note])

    def _show_account(self, status: dict[str, Any]) -> None:
        is_emulator = status["mode"] == "emulator"
        place = _("Émulateur, {host}").format(host=status["host"]) if is_emulator else _("Firestore")
        pairs = [
            (_("Hébergement"), place),
            (_("Projet"), status["project"]),
            (_("Entreprise"), status["remote_company"]),
            (_("Accès"), _("sans compte") if is_emulator else _("clé de compte de service")),
        ]
        self.account.set_rows([KeyValueRow(label, text) for label, text in pairs])

    # ------------------------------------------------------------------ joining and leaving
    def _join(self, target: Any, key_file: Any) -> None:
        company = self.context.company

        def run(_task: Any) -> Any:
            return cloud.join(company, target, key_file)

        self.join_form.button.setEnabled(False)
        task = self.shell.run_task(
            _("Relier au cloud"), run, on_done=lambda _status: self._joined(), icon="status.synced"
        )
        ended = getattr(task, "ended", None)
        if ended is not None:
            ended.connect(lambda: self.join_form.button.setEnabled(True))

    def _joined(self) -> None:
        self.shell.toast(_("Cette entreprise est reliée au cloud"), icon="status.synced")
        if self._sync is not None:
            self._sync.restart()
        self.load()

    def _explain_adding(self) -> None:
        status = self._shown.status if self._shown is not None else {}
        words = _(
            "Sur l’autre ordinateur, installez FacturePro, créez une entreprise vide, puis reliez-la ici au même projet "
            "({project}) sous le même nom : {name}."
        ).format(project=status.get("project", ""), name=status.get("remote_company", ""))
        confirm(self.devices.link, words, _("Compris"), lambda: None)

    def _ask_leave(self) -> None:
        words = _(
            "Cet ordinateur n’échangera plus rien. Tout reste ici et dans le cloud ; vous pourrez relier l’entreprise à "
            "nouveau."
        )
        confirm(self.account.link, words, _("Quitter le cloud"), self._leave, danger=True)

    def _leave(self) -> None:
        if self._sync is not None:
            self._sync.stop()
        try:
            cloud.leave(self.context.company)
        except UserError as error:
            self.shell.show_error(error)
        if self._sync is not None:
            self._sync.restart()
        self.load()


_PAGES = {"client": "clients", "product": "products", "invoice": "invoices", "warehouse": "warehouses"}


def _scrolled(inside: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(inside)
    return area


def _clear(layout: Any) -> None:
    while (item := layout.takeAt(0)) is not None:
        if item.widget() is not None:
            item.widget().hide()
            item.widget().deleteLater()
