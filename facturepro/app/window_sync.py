"""The engine beside the window: started after the first paint, its states brought to the Qt thread."""

import logging
import threading
from contextlib import suppress
from datetime import datetime
from typing import Any

from PySide6.QtCore import QObject, Signal

from facturepro.app import warming
from facturepro.domain.errors import UserError
from facturepro.i18n import N_, _
from facturepro.services import cloud, conflicts
from facturepro.services.company import OpenCompany
from facturepro.ui.shell.ports import SyncState as IndicatorState

_log = logging.getLogger("facturepro.sync")
_PATIENCE_S = 5.0
_NOTES = {
    "local": ("monitor", N_("Sur cet ordinateur"), "text_2"),
    "waiting": ("status.waiting", N_("En attente"), "accent_text"),
    "refused": ("status.error", N_("Refusée par le cloud"), "danger"),
    "synced": ("status.synced", N_("Synchronisée"), "success"),
    "conflict": ("status.conflict", N_("Conflit à revoir"), "chip.violet"),
}
_KINDS = {
    "up_to_date": "synced",
    "waiting": "waiting",
    "offline": "offline",
    "sign_in": "signin",
    "paused": "paused",
    "error": "error",
}
_BY_CODE = {"cloud_quota": "quota", "cloud_read_only": "readonly", "cloud_update_required": "update"}
_REASONS = {
    "cloud_company_gone": N_("entreprise absente du cloud"),
    "cloud_contended": N_("d’autres écrivent"),
    "cloud_denied": N_("accès refusé"),
    "cloud_quota": N_("quota atteint"),
    "cloud_read_only": N_("lecture seule"),
    "cloud_removed": N_("vous ne faites plus partie de l’entreprise"),
    "cloud_update_required": N_("mise à jour requise"),
    "cloud_unreachable": N_("pas de réponse"),
    "cloud_signin": N_("connexion expirée"),
    "database_locked": N_("fichier occupé"),
    "disk_full": N_("disque plein"),
}


class WindowSync(QObject):
    """Signals: ``state_changed(ports.SyncState)``, in the Qt thread.

    ``start`` returns at once: the network library, the keyring and the connection wait on a thread.
    """

    state_changed = Signal(object)
    _arrived = Signal(object)

    def __init__(self, company: OpenCompany, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._company = company
        self._engine: Any = None
        self._joined_to: cloud.Target | None = None
        self._lock = threading.Lock()
        self._wanted: object | None = None  # a mark of each start: what began before another one is given up
        self._ended: list[threading.Event] = []  # of exchanges that were given up
        self._offline_since: datetime | None = None
        self.state = IndicatorState()
        self._arrived.connect(self._show)

    def start(self) -> None:
        """Begin exchanging when the company is joined; harmless when it is not or already runs."""
        if self._wanted is None:
            self._begin_anew(None)

    def restart(self) -> None:
        """After joining or leaving. Whatever the network does to the former exchange, nobody waits for its end."""
        with self._lock:
            former, self._engine = self._engine, None
        self._begin_anew(former)

    def _begin_anew(self, former: Any) -> None:
        with self._lock:
            self._wanted = wanted = object()
            self._joined_to = joined_to = cloud.joined_to(self._company)
            ended = threading.Event()
            self._ended = [ended, *(each for each in self._ended if not each.is_set())]
        if joined_to is not None:
            self._show(IndicatorState("connecting"))
        threading.Thread(
            target=self._begin, args=(wanted, joined_to, former, ended), name="sync-start", daemon=True
        ).start()

    def _begin(self, wanted: object, joined_to: cloud.Target | None, former: Any, ended: threading.Event) -> None:
        try:
            _end(former)
        finally:
            ended.set()
        try:
            if joined_to is None:
                self._arrived.emit(IndicatorState())
                self._give_up(wanted)
                return
            with cloud.told_apart(), warming.quiet_collector():  # it imports the network library
                engine = cloud.make_engine(self._company, self._on_state)
        except UserError as error:
            kind = "signin" if error.code == "cloud_signin" else "error"
            reason = _(_REASONS[error.code]) if error.code in _REASONS else _("pas de connexion")
            self._arrived.emit(IndicatorState(kind, reason=reason, detail=error.message))
            self._give_up(wanted)
            return
        with self._lock:
            if self._wanted is not wanted:  # the window closed meanwhile, or began anew
                engine.remote.close()
                return
            self._engine = engine
            engine.start()

    def _give_up(self, wanted: object) -> None:
        with self._lock:
            if self._wanted is wanted:
                self._wanted = None

    def stop(self) -> None:
        """Nothing is exchanged any more when it returns: up to some seconds later, so never in the Qt thread of an open window."""
        with self._lock:
            self._wanted = None
            engine, self._engine = self._engine, None
            ended, self._ended = self._ended, []
        _end(engine)
        for each in ended:
            each.wait(_PATIENCE_S)

    def look(self) -> None:
        """Another process joined, left, or joined again with another key: go on with that. One small read of the file."""
        with suppress(UserError):  # busy: at the next look
            if cloud.joined_to(self._company) != self._joined_to:
                _log.info("another process changed the cloud of this company: connecting anew")
                self.restart()

    def sync_now(self) -> None:
        """A person asked: try at once, whatever the back-off says."""
        if self._engine is not None:
            self._engine.wake()
        else:
            self.start()

    def pause(self) -> None:
        """Hold the exchange until ``resume``, also over a restart."""
        self._aside("pause")

    def resume(self) -> None:
        self._aside("resume")

    def _aside(self, action: str) -> None:
        """On a thread: it writes to the file, and a reading under way may be holding that."""
        if self._engine is not None:
            threading.Thread(target=getattr(self._engine, action), name=f"sync-{action}", daemon=True).start()

    def _on_state(self, state: Any) -> None:
        """On the sync thread. That it ended is no news: another one begins, or whoever ended it says why."""
        if state.kind != "disabled":
            self._arrived.emit(self._indicated(state))

    def _indicated(self, state: Any) -> IndicatorState:
        kind = _BY_CODE.get(state.code) or _KINDS.get(state.kind, "error")
        progress = state.progress if kind in ("synced", "waiting", "paused") else None
        reason = _(_REASONS[state.code]) if state.code in _REASONS else _("défaut du programme")
        detail = cloud.trouble(state)
        self._offline_since = (self._offline_since or self._company.now()) if kind == "offline" else None
        budget = cloud.budget(self._company)
        if progress is not None and kind != "paused":
            kind = "receiving"
        elif kind == "waiting" and state.quarantined:
            kind = "refused"
        elif kind == "synced" and budget.level != "ok":
            kind = "budget"
        return IndicatorState(
            kind,
            state.pending,
            reason,
            detail,
            progress,
            self._offline_since,
            budget.share,
            state.quarantined,
            state.last_exchange_at,
        )

    def _show(self, state: IndicatorState) -> None:
        self.state = state
        self.state_changed.emit(state)

    def note(self, kind: str, record_id: str) -> tuple[str, str, str]:
        """(icon, words, colour) for the foot of a record's drawer."""
        state = cloud.record_state(self._company, kind, record_id)
        if state != "local" and conflicts.is_disputed(self._company, kind, record_id):
            state = "conflict"
        icon, words, colour = _NOTES[state]
        return icon, _(words), colour


def _end(engine: Any) -> None:
    if engine is not None:
        cloud.end_engine(engine)
