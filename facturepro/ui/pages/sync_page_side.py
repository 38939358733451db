"""The right column: computers, what waits, the cost of the day, the account."""

from datetime import datetime
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from facturepro.domain.clock import parse_stamp
from facturepro.i18n import _, ngettext
from facturepro.i18n.formatting import format_date, format_number
from facturepro.services import catalog
from facturepro.services.cloud import Budget
from facturepro.ui import theme
from facturepro.ui.pages.record_list_foot import confirm
from facturepro.ui.pages.sync_page_parts import CostRow, DeviceRow, QueueRow, SideSection
from facturepro.ui.pages.sync_page_snapshot import Snapshot
from facturepro.ui.pages.sync_page_words import icon_of, seen, system_words
from facturepro.ui.widgets.keyvalue import KeyValueRow
from facturepro.ui.widgets.labels import Label
from facturepro.ui.widgets.menu import Menu
from facturepro.ui.widgets.surface import Surface

WIDTH = 408
_SHOWN_QUEUE = 6
_JOURNAL = "conflict"  # written by the program, not by a person


class Side(Surface):
    """Signals: ``leave_wanted()`` after the question was answered, ``key_wanted()``, ``pause_wanted()``."""

    leave_wanted = Signal()
    key_wanted = Signal()
    pause_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._status: dict[str, Any] = {}
        self.devices = SideSection(_("Ordinateurs"))
        self.queue = SideSection(_("En attente d’envoi"))
        self.cost = SideSection(_("Coût du jour"))
        self.account = SideSection(_("Compte"), is_last=True)
        self.devices.set_link(_("Ajouter"))
        self.devices.link.clicked.connect(self._explain_adding)
        self.cost.note.setText(_("gratuit jusqu’au quota"))
        self.account.set_link(_("Gérer"))
        self.account.link.clicked.connect(self._open_account)
        for section in (self.devices, self.queue, self.cost, self.account):
            column.addWidget(section)
        column.addStretch(1)

    def show_snapshot(
        self, found: Snapshot, before: Snapshot | None, now: datetime, reset: datetime, is_online: bool
    ) -> None:
        """What did not change since ``before`` is not made again."""
        self._status = found.status
        self.show_devices(found, now, is_online)
        if before is None or before.queue != found.queue or before.status["pending"] != found.status["pending"]:
            self._show_queue(found, now)
        if before is None or before.budget != found.budget:
            self.show_cost(found.budget, reset)
        if before is None or before.status != found.status:
            self._show_account(found.status)

    # ------------------------------------------------------------------ computers
    def show_devices(self, found: Snapshot, now: datetime, is_online: bool) -> None:
        """Also once a minute: how long ago a computer was seen grows by itself."""
        self.devices.set_rows([_device_row(device, now, is_online) for device in found.devices])

    def _explain_adding(self) -> None:
        words = _(
            "Sur l’autre ordinateur, installez FacturePro et choisissez « Rejoindre une entreprise » au premier démarrage. "
            "Projet : {project}. Nom : {name}."
        ).format(project=self._status.get("project", ""), name=self._status.get("remote_company", ""))
        confirm(self.devices.link, words, _("Compris"), lambda: None)

    # ------------------------------------------------------------------ queue and cost
    def _show_queue(self, found: Snapshot, now: datetime) -> None:
        waiting = max(0, found.status["pending"] - len([each for each in found.refused if each["direction"] == "out"]))
        self.queue.note.setText(format_number(waiting))
        named = [change for change in found.queue if change["kind"] != _JOURNAL]
        rows: list[QWidget] = [_queue_row(change, now) for change in named[:_SHOWN_QUEUE]]
        hidden = waiting - len(rows)
        if entries := len(found.queue) - len(named):
            words = ngettext("entrée du journal des conflits", "entrées du journal des conflits", entries)
            rows.append(QueueRow("status.conflict", "text_2", f"{format_number(entries)} {words}", "", ""))
            hidden -= entries
        if hidden > 0:
            words = ngettext("et {count} autre", "et {count} autres", hidden).format(count=format_number(hidden))
            rows.append(Label(words, role="caption", color="text_2"))
        self.queue.set_rows(rows or [Label(_("Tout a été envoyé."), color="text_3")])

    def show_cost(self, budget: Budget, reset: datetime) -> None:
        """``reset``: when the day's quota begins again."""
        rows: list[QWidget] = []
        for key, name in (("reads", _("Lectures")), ("writes", _("Écritures")), ("deletes", _("Suppressions"))):
            used, free = budget.used[key], budget.quota[key]
            rows.append(CostRow(name, used, free, budget.level if used >= budget.share * free > 0 else "ok"))
        color = {"near": "warning", "over": "danger"}.get(budget.level, "text_2")
        note = Label(_cost_words(budget.level, reset), role="caption", color=color, wrap=True)
        note.setContentsMargins(0, theme.current().space("xxs"), 0, theme.current().space("xxs"))
        self.cost.set_rows([*rows, note])

    # ------------------------------------------------------------------ account
    def _show_account(self, status: dict[str, Any]) -> None:
        is_emulator = status["mode"] == "emulator"
        place = _("Émulateur, {host}").format(host=status["host"]) if is_emulator else _("Firestore")
        access = {"emulator": _("sans compte"), "service_account": _("clé de compte de service")}
        pairs = [
            (_("Hébergement"), place),
            (_("Projet"), status["project"]),
            (_("Entreprise"), status["remote_company"]),
            (_("Accès"), access.get(status["mode"], _("compte personnel"))),
        ]
        self.account.set_rows([KeyValueRow(label, text) for label, text in pairs])

    def _open_account(self) -> None:
        menu = Menu(self)
        if self._status.get("mode") == "service_account":
            menu.add(_("Changer de clé…"), "sign-in", self.key_wanted.emit)
        if not self._status.get("paused"):
            menu.add(_("Mettre en pause"), "pause", self.pause_wanted.emit)
        menu.add(_("Quitter le cloud…"), "status.offline", self._ask_leave, danger=True)
        menu.open_at(self.account.link, align="end")

    def _ask_leave(self) -> None:
        words = _(
            "Cet ordinateur n’échangera plus rien. Tout reste ici et dans le cloud ; vous pourrez relier l’entreprise à "
            "nouveau."
        )
        confirm(self.account.link, words, _("Quitter le cloud"), self.leave_wanted.emit, danger=True)


def _device_row(device: dict[str, Any], now: datetime, is_online: bool) -> DeviceRow:
    system = _("{system}, version {version}").format(
        system=system_words(device["platform"]) or _("système inconnu"), version=device["app_version"] or "?"
    )
    sent, received = format_number(device["pushed"]), format_number(device["pulled"])
    figures = f"· ↑\u00a0{sent} ↓\u00a0{received}"
    tip = _("{sent} fiches envoyées, {received} reçues").format(sent=sent, received=received)
    tip = f"{device['platform']}\n{tip}".strip()
    series = _("Série {letter}").format(letter=device["series"]) if device["series"] else ""
    last = device["last_seen"]
    if device["is_this"]:
        words = (_("en ligne"), "success") if is_online else (_("hors ligne"), "text_2")
    else:
        words = seen(datetime.fromisoformat(last), now) if last else (_("jamais vu"), "text_2")
    return DeviceRow(device["name"], system, figures, series, words, device["is_this"], tip)


def _queue_row(change: dict[str, Any], now: datetime) -> QueueRow:
    label = _(catalog.entity(change["kind"]).model.label)
    title = "" if change["title"] == change["record_id"] else change["title"]
    stamp = datetime.fromtimestamp(parse_stamp(change["stamp"]).milliseconds / 1000).astimezone()
    is_today = stamp.date() == now.astimezone().date()
    note = f"{stamp:%H:%M:%S}" if is_today else format_date(stamp.date(), "day")
    return QueueRow(icon_of(change["kind"]), "text_2", label, title, note)


def _cost_words(level: str, reset: datetime) -> str:
    time = f"{reset.astimezone():%H:%M}"
    if level == "over":
        return _(
            "Le quota gratuit est dépassé. Sans facturation chez Google, l’échange reprend à {time} ; rien n’est perdu."
        ).format(time=time)
    if level == "near":
        return _(
            "Le quota gratuit est bientôt atteint. À 100 %, l’échange attend {time}, sauf si le projet a la facturation "
            "activée ; rien n’est perdu."
        ).format(time=time)
    return _("Soit 0,00 € aujourd’hui. Remise à zéro à {time}.").format(time=time)
