"""Synchronisation: how it stands, what was refused, what two computers disagree about, what waits, what it costs."""

from datetime import datetime
from itertools import pairwise
from typing import ClassVar

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from facturepro.i18n import _
from facturepro.services import cloud
from facturepro.services.company import settings
from facturepro.ui.data import BackgroundJob, CompanyContext
from facturepro.ui.pages.base import Page, PageAction, Shell
from facturepro.ui.pages.sync_page_acts import SyncActs
from facturepro.ui.pages.sync_page_check import CheckFoot
from facturepro.ui.pages.sync_page_foot import ConflictFoot
from facturepro.ui.pages.sync_page_inbox import ConflictList, focusable
from facturepro.ui.pages.sync_page_join import JoinForm, linking
from facturepro.ui.pages.sync_page_refused import RefusedList
from facturepro.ui.pages.sync_page_side import WIDTH, Side
from facturepro.ui.pages.sync_page_snapshot import Snapshot, Wanted, read
from facturepro.ui.pages.sync_page_state import StateHead
from facturepro.ui.shell.ports import SyncState
from facturepro.ui.widgets.surface import Surface

_WIDE = 900  # narrower, the right column goes below
_MINUTE = 60_000
_SETTLE_MS = 200


class SyncPage(Page):
    """Reads in a worker when records or the exchange's state change, and by the minute what the exchange keeps so."""

    key, icon = "sync", "nav.sync"
    kinds: ClassVar[set[str]] = set()  # everything that changes also changes the queue

    def __init__(self, shell: Shell, context: CompanyContext) -> None:
        super().__init__(shell)
        self.context = context
        self._sync = context.sync
        self._shown: Snapshot | None = None
        self._wanted_id: str | None = None
        self._job = BackgroundJob(self)
        self._job.done.connect(self._show)
        self._job.failed.connect(shell.show_error)
        self._settle = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._settle.timeout.connect(self.load)
        self._minute = QTimer(self, interval=_MINUTE)  # "3 minutes ago" grows; the books are kept by the minute
        self._minute.timeout.connect(self._show_time)
        self._stack = QStackedWidget()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack)
        self.join_form = JoinForm(linking(), str(settings(context.company)["name"]))
        self.acts = SyncActs(shell, context, self.load, self.join_form)
        self.join_form.wanted.connect(self.acts.join)
        self._stack.addWidget(QWidget())
        joined = self._make_joined()
        self._stack.addWidget(self._make_alone())
        self._stack.addWidget(joined)
        self._connect()

    # ------------------------------------------------------------------ bar
    def title(self) -> str:
        return _("Synchronisation")

    def primary_action(self) -> PageAction | None:
        if self._shown is None or not self._shown.is_joined:
            return None
        return PageAction(
            _("Synchroniser maintenant"), "nav.sync", self.sync_now, enabled=self.state().kind != "paused"
        )

    def foot_bar(self) -> QWidget:
        return self.foot

    def new(self) -> None:
        """Ctrl+N makes nothing here."""

    def sync_now(self) -> None:
        """Exchange at once; without an engine beside the window it is done here, as long work."""
        if self._sync is not None:
            self._sync.sync_now()
        else:
            self.acts.sync_once()

    # ------------------------------------------------------------------ parts
    def _make_alone(self) -> QWidget:
        """Without a cloud: the way to one, under the conflicts that a former one left to review."""
        inside, whole = QWidget(), QWidget()
        self._alone, self._alone_column = QVBoxLayout(inside), QVBoxLayout(whole)
        for column in (self._alone, self._alone_column):
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(0)
        self._alone.addWidget(self.join_form, 1)
        self._alone_column.addWidget(_scrolled(inside), 1)
        return whole

    def _place_inbox(self, is_joined: bool) -> None:
        if is_joined:
            self._inside.insertWidget(1, self.inbox)
            self._main_column.addWidget(self.foot)
        else:
            self._alone.insertWidget(0, self.inbox)
            self._alone_column.addWidget(self.foot)

    def _make_joined(self) -> QWidget:
        self.head, self.refused = StateHead(), RefusedList()
        self.inbox, self.foot, self.side = ConflictList(), ConflictFoot(), Side()
        inside = Surface()
        self._inside = QVBoxLayout(inside)
        self._inside.setContentsMargins(0, 0, 0, 0)
        self._inside.setSpacing(0)
        for part in (self.refused, self.inbox):
            self._inside.addWidget(part)
        self._inside.addStretch(1)
        main = Surface("surface_2", ("right",))
        column = self._main_column = QVBoxLayout(main)
        column.setContentsMargins(0, 0, 1, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(_scrolled(inside), 1)
        column.addWidget(self.foot)
        self.check = CheckFoot()
        self._side_area = _scrolled(self.side)
        self._right = QWidget()
        self._right.setFixedWidth(WIDTH)
        right = QVBoxLayout(self._right)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        right.addWidget(self._side_area, 1)
        right.addWidget(self.check)
        body = QWidget()
        row = QHBoxLayout(body)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(main, 1)
        row.addWidget(self._right)
        return body

    def _connect(self) -> None:
        self.head.action_wanted.connect(self._act_on_state)
        self.refused.acted.connect(self.acts.on_refused)
        self.inbox.acted.connect(self.acts.on_conflict)
        self.inbox.filtered.connect(self.load)
        self.inbox.chosen.connect(self._show_foot)
        self.inbox.rebuilt.connect(self._order_focus)
        self.foot.journal_wanted.connect(lambda: self.inbox.set_journal(not self.inbox.is_journal))
        self.foot.settled.connect(self._settle_chosen)
        self.foot.cleared.connect(lambda: self.inbox.check_all(False))
        self.check.wanted.connect(self.acts.check)
        self.side.leave_wanted.connect(self.acts.leave)
        self.side.key_wanted.connect(self._choose_key)
        self.side.pause_wanted.connect(lambda: self._act_on_state("pause"))
        if self._sync is not None:
            self._sync.state_changed.connect(self._state_changed)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """In a narrow window the right column stands below the conflicts instead of beside them."""
        is_wide = self.width() >= _WIDE
        if is_wide != (self._side_area.widget() is self.side):
            right = self._right.layout()
            assert right is not None
            if is_wide:
                self._side_area.setWidget(self.side)
                right.addWidget(self.check)
            else:
                self._side_area.takeWidget()
                for part in (self.side, self.check):
                    self._inside.insertWidget(self._inside.count() - 1, part)
            self.side.set_lines(() if is_wide else ("top",))
            for part in (self.side, self.check):
                part.show()
            self._right.setVisible(is_wide)
        QTimer.singleShot(0, self.inbox.set_narrow)  # once the columns have their new widths

    def _order_focus(self) -> None:
        """Tab goes through the page as it is read, although its rows were made after the rest."""
        chain = [*focusable(self.head), *focusable(self.refused), *self.inbox.focus_chain()]
        for before, after in pairwise([*chain, *focusable(self.foot), *focusable(self.side), *focusable(self.check)]):
            QWidget.setTabOrder(before, after)

    # ------------------------------------------------------------------ life
    def activate(self, argument: str | None) -> None:
        """``argument``: id of a record or of a conflict to show."""
        self._wanted_id = argument
        self._minute.start()
        self.load()

    def deactivate(self) -> bool:
        self._minute.stop()
        return True

    def on_changes(self, kind: str, ids: list[str]) -> None:
        if not self._settle.isActive():  # a long reading must not put it off for ever
            self._settle.start()

    def load(self) -> None:
        """Read everything in a worker; what did not change is not made again."""
        company = self.context.company
        wanted = Wanted(self.inbox.is_journal, self.inbox.kind, self.inbox.device)
        self._job.request(lambda: read(company, wanted))

    def _show(self, found: Snapshot) -> None:
        before, self._shown = self._shown, found
        self._stack.setCurrentIndex(2 if found.is_joined else 1)
        if before is None or before.is_joined != found.is_joined:
            self.bar_changed.emit()
            self._place_inbox(found.is_joined)
            before = None  # nothing of this side has been shown yet
        has_inbox = found.is_joined or bool(found.inbox.kinds) or found.wanted.is_journal
        self.inbox.setVisible(has_inbox)
        self.foot.setVisible(has_inbox)
        now = self.context.company.now()
        if found.is_joined:
            self._show_state()
            self._show_exchange(found, before, now)
        if before is None or (before.inbox, before.wanted) != (found.inbox, found.wanted) or self._wanted_id:
            self.inbox.show_inbox(found.inbox, now, self._wanted_id)
            self._wanted_id = None
        self._show_foot()

    def _show_exchange(self, found: Snapshot, before: Snapshot | None, now: datetime) -> None:
        if before is None or before.refused != found.refused:
            self.refused.show_refused(found.refused)
        self.check.show_check(found.check)
        self.side.show_snapshot(found, before, now, cloud.quota_reset(now), self._is_online())

    def _show_foot(self) -> None:
        resolved = self._shown.resolved if self._shown is not None else 0
        self.foot.show_state(resolved, self.inbox.is_journal, self.inbox.checked())

    def _show_time(self) -> None:
        if self._shown is not None and self._shown.is_joined:
            self._show_state()
            self.side.show_devices(self._shown, self.context.company.now(), self._is_online())
            self.load()

    # ------------------------------------------------------------------ state
    def state(self) -> SyncState:
        """Of the exchange; without one, what the file says."""
        if self._sync is not None and self._sync.state.kind != "local":
            return self._sync.state
        pending = self._shown.status["pending"] if self._shown is not None else 0
        refused = len([each for each in self._shown.refused if each["direction"] == "out"]) if self._shown else 0
        return SyncState("refused" if refused else "waiting" if pending else "synced", pending, refused=refused)

    def _is_online(self) -> bool:
        return self.state().kind in ("synced", "waiting", "refused", "receiving", "budget", "update", "readonly")

    def _state_changed(self, _state: SyncState) -> None:
        if not self.isVisible():
            return
        self._show_state()
        self.on_changes("", [])

    def _show_state(self) -> None:
        found = self._shown
        if found is None or not found.is_joined:
            return
        now = self.context.company.now()
        was_paused = self.head.is_paused()
        state = self.state()
        known = [each for each in (found.last_exchange, state.last_exchange) if each is not None]
        self.head.show_state(state, max(known, default=None), now, cloud.quota_reset(now), found.status["mode"])
        if was_paused != self.head.is_paused():
            self.bar_changed.emit()

    def _act_on_state(self, action: str) -> None:
        if action == "sign_in":
            self._choose_key()
        elif self._sync is not None:
            getattr(self._sync, action)()

    def _choose_key(self) -> None:
        if self._shown is not None:
            self.acts.choose_key(self, self._shown.status["remote_company"])

    def _settle_chosen(self, restore: bool) -> None:
        chosen = self.inbox.checked()
        self.inbox.check_all(False)
        self.acts.settle_groups(chosen, restore)


def _scrolled(inside: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(inside)
    return area
