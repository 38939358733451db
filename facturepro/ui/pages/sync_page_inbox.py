"""The conflict inbox: rows of records, the chosen ones, filters, the journal; what a person decides goes out as a signal."""

from collections.abc import Collection, Sequence
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from facturepro.i18n import _, ngettext
from facturepro.i18n.formatting import format_number
from facturepro.services.conflicts import ConflictGroup, Inbox
from facturepro.ui import theme
from facturepro.ui.pages.sync_page_conflict import GroupDetail
from facturepro.ui.pages.sync_page_rows import GroupRow
from facturepro.ui.pages.sync_page_words import icon_of
from facturepro.ui.widgets.buttons import IconButton
from facturepro.ui.widgets.chips import FilterChip, StatusChip
from facturepro.ui.widgets.labels import Label, Link
from facturepro.ui.widgets.menu import Menu
from facturepro.ui.widgets.surface import Surface, empty_layout

PAGE = 50
"""Rows made at once: a page of more would hold the window up."""
_BELOW = 6
"""Up to so many records the values stand below all rows; with more they unfold under their row, so that nobody scrolls."""

Key = tuple[str, str]


class ConflictList(QWidget):
    """Head, filters, rows and the values of the current one. The foot is ``ConflictFoot``, below the scroll.

    Signals: ``acted(str, object)`` what a person did with one conflict (see sync_page_conflict.Act);
    ``filtered()`` another part of the journal is wanted; ``chosen()`` other rows are checked; ``rebuilt()`` widgets that
    take the focus were made anew.
    """

    acted = Signal(str, object)
    filtered = Signal()
    chosen = Signal()
    rebuilt = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.is_journal, self.kind, self.device = False, "", ""
        self._inbox = Inbox((), 0, (), ())
        self._now: datetime | None = None
        self._current: Key | None = None
        self._checked: dict[Key, None] = {}
        self._shown = PAGE
        self.rows: list[GroupRow] = []
        self.detail: GroupDetail | None = None
        self._more_link: QWidget | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._make_head())
        column.addWidget(self._make_filters())
        self._row_column, self._quiet_column = QVBoxLayout(), QVBoxLayout()
        for inner in (self._row_column, self._quiet_column):
            inner.setSpacing(0)
            column.addLayout(inner)

    def _make_head(self) -> QWidget:
        current = theme.current()
        head = Surface("surface_1", ("bottom",))
        head.setFixedHeight(current.size("filterbar"))
        row = QHBoxLayout(head)
        row.setContentsMargins(current.space("l"), 0, current.space("l"), 1)
        row.setSpacing(current.space("xs"))
        self.title = Label("", role="section")
        row.addWidget(self.title)
        self.count = StatusChip("0", "violet")
        row.addWidget(self.count)
        row.addSpacing(current.space("xs"))
        self.note = Label("", role="caption", color="text_2", elide=True)
        self.note.setAlignment(Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.note, 1)
        self.filter_button = IconButton("action.filter", _("Filtrer par sorte ou par ordinateur"))
        self.filter_button.clicked.connect(self._open_filters)
        self.many_button = IconButton("action.more", _("Tous les conflits"))
        self.many_button.clicked.connect(self._open_many)
        row.addWidget(self.filter_button)
        row.addWidget(self.many_button)
        return head

    def _make_filters(self) -> QWidget:
        current = theme.current()
        self.filters = Surface("surface_2", ("bottom",))
        self.filters.setFixedHeight(current.size("filterbar"))
        self._filter_row = QHBoxLayout(self.filters)
        self._filter_row.setContentsMargins(current.space("l"), 0, current.space("l"), 1)
        self._filter_row.setSpacing(current.space("xs"))
        self.filters.hide()
        return self.filters

    # ------------------------------------------------------------------ content
    def show_inbox(self, inbox: Inbox, now: datetime, wanted: str | None = None) -> None:
        """Show what was read. ``wanted``: id of a record or of a conflict to show first."""
        before = [self.key_of(group) for group in self._inbox.groups]
        self._inbox, self._now = inbox, now
        known = {self.key_of(group): group for group in inbox.groups}
        self._checked = {key: None for key in self._checked if key in known}
        if wanted:
            self._current = next(
                (key for key, group in known.items() if wanted in (key[1], *(e.id for e in group.entries))),
                self._current,
            )
        if self._current not in known:
            self._current = _neighbour(self._current, before, known)
        self._show_head()
        self._show_filters()
        self._make_rows()
        self.chosen.emit()

    @staticmethod
    def key_of(group: ConflictGroup) -> Key:
        return (group.kind, group.record_id)

    def _show_head(self) -> None:
        groups = self._inbox.groups
        self.title.setText(_("Journal des conflits") if self.is_journal else _("Conflits à revoir"))
        tint = "violet" if groups and not self.is_journal else "neutral"
        self.count.set_state(format_number(self._inbox.total), tint)
        words = _("Rien n’est perdu : la dernière valeur est en place, l’autre attend ici")
        if len(groups) > 1:  # the buttons beside it take their room
            words = _("La dernière valeur est en place, l’autre attend ici")
        self.note.setText(_("Ce qui a été réglé, sur tous les ordinateurs") if self.is_journal else words)
        is_filtered = bool(self.kind or self.device)
        has_choice = len(self._inbox.kinds) > 1 or len(self._inbox.devices) > 2
        self.filter_button.setVisible(is_filtered or has_choice)
        self.many_button.setVisible(len(groups) > 1 and not self.is_journal)

    def _show_filters(self) -> None:
        empty_layout(self._filter_row)
        for name, attribute, options in (
            (_("Sorte"), "kind", self._inbox.kinds),
            (_("Ordinateur"), "device", self._inbox.devices),
        ):
            value = getattr(self, attribute)
            if value:
                label = next((label for key, label, _count in options if key == value), value)
                chip = FilterChip(name, label)
                chip.clicked.connect(self._open_filters)
                chip.removed.connect(lambda attribute=attribute: self.set_filter(**{attribute: ""}))
                self._filter_row.addWidget(chip)
        self._filter_row.addStretch(1)
        count = len(self._inbox.groups)
        words = ngettext("{count} fiche", "{count} fiches", count).format(count=format_number(count))
        self._filter_row.addWidget(Label(words, role="caption", color="text_2"))
        self.filters.setVisible(bool(self.kind or self.device))

    def _make_rows(self) -> None:
        assert self._now is not None
        focused = next((self.key_of(row.group) for row in self.rows if row.hasFocus()), None)
        empty_layout(self._row_column)
        self.rows, self.detail, self._more_link = [], None, None
        self._add_rows()
        for row in self.rows:
            if self.key_of(row.group) == focused:
                row.setFocus(Qt.FocusReason.OtherFocusReason)
        self.show_group(self._current)

    def _add_rows(self) -> None:
        """The rows that are to be shown and are not yet, and the way to those behind them."""
        assert self._now is not None
        for group in self._inbox.groups[len(self.rows) : self._shown]:
            row, key = GroupRow(group, self._now), self.key_of(group)
            row.clicked.connect(lambda key=key: self.show_group(key))
            row.toggled.connect(lambda checked, key=key: self.check(key, checked))
            self.rows.append(row)
            self._row_column.addWidget(row)
        hidden = len(self._inbox.groups) - len(self.rows)
        if hidden > 0:
            words = ngettext("Afficher {count} autre fiche", "Afficher {count} autres fiches", hidden)
            self._more_link = self._more(words.format(count=format_number(hidden)))
            self._row_column.addWidget(self._more_link)

    def _more(self, words: str) -> QWidget:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(theme.current().space("l"), theme.current().space("s"), 0, theme.current().space("s"))
        link = Link(words)
        link.clicked.connect(self._show_more)
        row.addWidget(link)
        row.addStretch(1)
        return holder

    def _show_more(self) -> None:
        if self._more_link is not None:
            self._row_column.removeWidget(self._more_link)
            self._more_link.hide()
            self._more_link.deleteLater()
            self._more_link = None
        self._shown += 2 * PAGE
        self._add_rows()
        self.show_group(self._current)

    def show_group(self, key: Key | None) -> None:
        """Show both values of each conflict of a record."""
        self._current = key
        self._mark_rows()
        if self.detail is not None:
            self._row_column.removeWidget(self.detail)  # at once: the place of the next one is counted
            self.detail.hide()
            self.detail.deleteLater()
            self.detail = None
        empty_layout(self._quiet_column)
        group = next((each for each in self._inbox.groups if self.key_of(each) == key), None)
        if group is None or self._now is None:
            self._quiet_column.addWidget(self._make_quiet())
            return
        self.detail = GroupDetail(group, self.acted.emit, self._now)
        self.detail.set_narrow(self.width())
        self._row_column.insertWidget(self._detail_place(), self.detail)
        self.rebuilt.emit()

    def focus_chain(self) -> list[QWidget]:
        """What Tab walks through, in the order that is seen."""
        chain: list[QWidget] = [self.filter_button, self.many_button, *self.rows]
        if self.detail is not None:
            place = 2 + min(self._detail_place(), len(self.rows))
            chain[place:place] = focusable(self.detail)
        return chain

    def _detail_place(self) -> int:
        if len(self._inbox.groups) <= _BELOW:
            return len(self.rows)
        keys = [self.key_of(row.group) for row in self.rows]
        return keys.index(self._current) + 1 if self._current in keys else len(self.rows)

    def _make_quiet(self) -> QWidget:
        holder = QWidget()
        row = QVBoxLayout(holder)
        edge = theme.current().space("l")
        row.setContentsMargins(edge, edge, edge, edge)
        if self.kind or self.device:
            words = _("Aucun conflit de cette sorte. Retirez le filtre pour voir les autres.")
        elif self.is_journal:
            words = _("Aucun conflit n’a encore été réglé.")
        else:
            words = _(
                "Aucun conflit. Quand deux ordinateurs changent la même chose, les deux valeurs apparaissent ici."
            )
        row.addWidget(Label(words, color="text_2", wrap=True))
        return holder

    # ------------------------------------------------------------------ choosing
    def check(self, key: Key, checked: bool) -> None:
        if checked:
            self._checked[key] = None
        else:
            self._checked.pop(key, None)
        self._mark_rows()
        self.chosen.emit()

    def check_all(self, checked: bool) -> None:
        self._checked = {self.key_of(group): None for group in self._inbox.groups} if checked else {}
        self._mark_rows()
        self.chosen.emit()

    def checked(self) -> list[ConflictGroup]:
        return [group for group in self._inbox.groups if self.key_of(group) in self._checked]

    def _mark_rows(self) -> None:
        for row in self.rows:
            key = self.key_of(row.group)
            row.set_current(key == self._current)
            row.set_checked(key in self._checked, bool(self._checked))

    # ------------------------------------------------------------------ filters
    def set_filter(self, **filters: str) -> None:
        """``kind`` and ``device`` to show; "" takes one off."""
        for name, value in filters.items():
            setattr(self, name, value)
        self.filtered.emit()

    def set_journal(self, is_journal: bool) -> None:
        """Settled conflicts instead of those that wait."""
        self.is_journal, self.kind, self.device = is_journal, "", ""
        self._current, self._checked, self._shown = None, {}, PAGE
        self.filtered.emit()

    def _open_filters(self) -> None:
        menu = Menu(self)
        for attribute, options in (("kind", self._inbox.kinds), ("device", self._inbox.devices)):
            for key, label, count in options:
                icon = icon_of(key) if attribute == "kind" else "monitor"
                is_chosen = getattr(self, attribute) == key
                value = "" if is_chosen else key
                menu.add(
                    f"{label} ({format_number(count)})",
                    icon,
                    lambda attribute=attribute, value=value: self.set_filter(**{attribute: value}),
                    checked=True if is_chosen else None,
                )
            if attribute == "kind":
                menu.add_separator()
        menu.open_at(self.filter_button, align="end")

    def _open_many(self) -> None:
        menu = Menu(self)
        menu.add(_("Tout choisir"), "status.ok", lambda: self.check_all(True))
        menu.open_at(self.many_button, align="end")

    def set_narrow(self) -> None:
        if self.detail is not None:
            self.detail.set_narrow(self.width())


def _neighbour(gone: Key | None, before: Sequence[Key], known: Collection[Key]) -> Key | None:
    """The conflict to look at when the present one was settled: the next one in the list, else the one above it."""
    place = before.index(gone) if gone in before else 0
    candidates = [*before[place:], *reversed(before[:place]), *known]
    return next((key for key in candidates if key in known), None)


def focusable(part: QWidget) -> list[QWidget]:
    """The widgets of a part that Tab stops at, in the order they were made."""
    return [each for each in part.findChildren(QWidget) if each.focusPolicy() & Qt.FocusPolicy.TabFocus]
