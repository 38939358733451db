"""The head of the synchronisation page: the state, why, what to do, how far a first reading is."""

from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from facturepro.i18n import _
from facturepro.ui import sync_states, theme
from facturepro.ui.pages.sync_page_parts import Badge
from facturepro.ui.pages.sync_page_words import ago
from facturepro.ui.shell.ports import SyncState
from facturepro.ui.widgets.buttons import Button
from facturepro.ui.widgets.labels import Label
from facturepro.ui.widgets.progress import time_left
from facturepro.ui.widgets.surface import Bar, Surface

_HEIGHT = 80


class StateHead(Surface):
    """Signals: ``action_wanted(str)``: pause, resume or sign_in."""

    action_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("surface_2", ("bottom",), parent)
        self._action = ""
        current = theme.current()
        self.setMinimumHeight(_HEIGHT)
        row = QHBoxLayout(self)
        row.setContentsMargins(current.space("l"), current.space("s"), current.space("l"), current.space("s") + 1)
        row.setSpacing(current.space("m"))
        self.badge = Badge()
        words = QVBoxLayout()
        words.setSpacing(0)
        self.title = Label("", role="section", elide=True)
        self.detail = Label("", color="text_2", wrap=True)
        self.bar = Bar()
        words.addStretch(1)
        words.addWidget(self.title)
        words.addWidget(self.detail)
        words.addSpacing(current.space("xxs"))
        words.addWidget(self.bar)
        words.addStretch(1)
        self.button = Button("")
        self.button.clicked.connect(lambda: self.action_wanted.emit(self._action))
        row.addWidget(self.badge)
        row.addLayout(words, 1)
        row.addWidget(self.button)
        self._started: tuple[datetime, int] | None = None  # of the reading under way, for the time that is left

    def show_state(
        self, state: SyncState, last_exchange: datetime | None, now: datetime, reset: datetime | None, mode: str
    ) -> None:
        """``reset``: when the quota of the day begins again. ``mode``: service_account or emulator."""
        icon, _color, tint = sync_states.LOOKS[state.kind]
        self.badge.set_state(icon, tint)
        words = sync_states.explain(state, now, reset)
        self.title.setText(words.title)
        detail = words.detail or _exchange_words(last_exchange, now)
        left = self._time_left(state, now)
        self.detail.setText(f"{detail} {left}." if left else detail)
        self.title.setToolTip(state.detail)
        self._show_bar(state)
        self._show_button(state, mode)
        self.setAccessibleName(f"{words.title}. {self.detail.text()}")

    def is_paused(self) -> bool:
        return self._action == "resume"

    def _show_bar(self, state: SyncState) -> None:
        done, total = state.progress or (0, 0)
        self.bar.setVisible(state.progress is not None and total > 0)
        self.bar.set_share(done / total if total else 0.0)

    def _show_button(self, state: SyncState, mode: str) -> None:
        actions = {"receiving": ("pause", _("Pause"), "pause"), "paused": ("resume", _("Reprendre"), "play")}
        if mode == "service_account":
            actions["signin"] = ("sign_in", _("Choisir une clé…"), "sign-in")
        self._action, text, icon = actions.get(state.kind, ("", "", ""))
        if self._action:
            self.button.setText(text)
            self.button.setAccessibleName(text)
            self.button.set_icon(icon)
        self.button.setVisible(bool(self._action))

    def _time_left(self, state: SyncState, now: datetime) -> str:
        if state.kind != "receiving" or state.progress is None:
            self._started = None
            return ""
        done, total = state.progress
        if self._started is None or done < self._started[1]:
            self._started = (now, done)
        at, first = self._started
        words = time_left((now - at).total_seconds(), done - first, total - first)
        return words[:1].upper() + words[1:]


def _exchange_words(last: datetime | None, now: datetime) -> str:
    if last is None:
        return _("Aucun échange pour l’instant")
    local = last.astimezone()
    if local.date() == now.astimezone().date():
        return _("Dernier échange à {time}").format(time=f"{local:%H:%M:%S}")
    return _("Dernier échange : {when}").format(when=ago(last, now))
