"""What the cloud does not take of ours, and what of the cloud's could not be taken here: why, and the ways out."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from facturepro.i18n import _, ngettext
from facturepro.i18n.formatting import format_number
from facturepro.services import catalog
from facturepro.ui import theme
from facturepro.ui.pages.record_list_foot import confirm
from facturepro.ui.pages.sync_page_parts import Glyph
from facturepro.ui.pages.sync_page_words import PAGES, icon_of
from facturepro.ui.widgets.buttons import Button
from facturepro.ui.widgets.chips import StatusChip
from facturepro.ui.widgets.labels import Label, Link
from facturepro.ui.widgets.pieces import Piece, Pieces
from facturepro.ui.widgets.surface import Surface, empty_layout

_SHOWN = 20
Refused = Mapping[str, Any]


class RefusedCard(Surface):
    """One record: name, which way it was refused, why and what to do, its buttons.

    Signals: ``retried()``, ``opened()``, ``given_up()`` after the question was answered.
    """

    retried = Signal()
    opened = Signal()
    given_up = Signal()

    def __init__(self, entry: Refused, parent: QWidget | None = None) -> None:
        super().__init__("surface_2", ("bottom",), parent)
        self.entry = entry
        current = theme.current()
        row = QHBoxLayout(self)
        edge = current.space("l")
        row.setContentsMargins(edge, current.space("s"), edge, current.space("s"))
        row.setSpacing(current.space("s"))
        side = QVBoxLayout()
        side.addWidget(Glyph(icon_of(entry["kind"]), "danger", "icon"))
        side.addStretch(1)
        row.addLayout(side)
        column = QVBoxLayout()
        column.setSpacing(current.space("xs"))
        column.addLayout(self._make_head())
        column.addWidget(Label(entry["reason_text"], color="text_2", wrap=True))
        if held := entry["waiting"]:
            names = ", ".join(f"{_kind_label(each['kind'])} {each['title']}".strip() for each in held[:3])
            text = ngettext("Attend avec elle : {names}", "Attendent avec elle : {names}", len(held)).format(
                names=names
            )
            column.addWidget(Label(text, role="caption", color="text_3", elide=True))
        column.addLayout(self._make_buttons())
        row.addLayout(column, 1)

    def _make_head(self) -> QHBoxLayout:
        entry = self.entry
        title = entry["title"] or _("sans nom")
        row = QHBoxLayout()
        row.addWidget(
            Pieces([Piece(f"{_kind_label(entry['kind'])} ", "body", "text_2"), Piece(title, "strong", "text")]), 1
        )
        is_ours = entry["direction"] == "out"
        words = _("Refusée par le cloud") if is_ours else _("Reçue, mais pas prise")
        row.addWidget(StatusChip(words, "danger" if is_ours else "warning", "status.error"))
        self.setAccessibleName(f"{title}, {words}. {entry['reason_text']}")
        return row

    def _make_buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(theme.current().space("xs"))
        self.retry_button = Button(_("Réessayer"), icon="nav.sync", small=True)
        self.retry_button.clicked.connect(self.retried)
        row.addWidget(self.retry_button)
        if self.entry["kind"] in PAGES:
            self.open_button = Button(_("Ouvrir la fiche"), small=True)
            self.open_button.clicked.connect(self.opened)
            row.addWidget(self.open_button)
        if self.entry["can_discard"] and not self.entry["waiting"]:
            self.discard_button = Button(_("Renoncer…"), "danger", small=True)
            self.discard_button.clicked.connect(self._ask)
            row.addWidget(self.discard_button)
        row.addStretch(1)
        return row

    def _ask(self) -> None:
        words = _(
            "Votre modification est abandonnée : la version du cloud la remplace, ou la fiche va à la corbeille si le cloud "
            "ne l’a jamais eue. Ce qui est abandonné reste parmi les conflits à revoir."
        )
        if self.entry["direction"] == "in":
            words = _(
                "Le contenu reçu est écarté et votre document reste tel quel. Il reste parmi les conflits à revoir."
            )
        confirm(self.discard_button, words, _("Renoncer"), self.given_up.emit, danger=True)


def _kind_label(kind: str) -> str:
    try:
        return _(catalog.entity(kind).model.label)
    except KeyError:  # a kind of a newer version
        return kind


class RefusedList(QWidget):
    """All of them under their head; nothing at all when nothing was refused.

    Signals: ``acted(str, object)``: retry, retry_all, open or discard, and the entry (None for all).
    """

    acted = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        current = theme.current()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        head = Surface("surface_1", ("bottom",))
        head.setFixedHeight(current.size("filterbar"))
        row = QHBoxLayout(head)
        row.setContentsMargins(current.space("l"), 0, current.space("l"), 1)
        row.setSpacing(current.space("xs"))
        row.addWidget(Label(_("Refusées"), role="section"))
        self.count = StatusChip("0", "danger")
        row.addWidget(self.count)
        row.addStretch(1)
        self.all_link = Link(_("Tout réessayer"))
        self.all_link.clicked.connect(lambda: self.acted.emit("retry_all", None))
        row.addWidget(self.all_link)
        column.addWidget(head)
        self._cards = QVBoxLayout()
        self._cards.setSpacing(0)
        column.addLayout(self._cards)
        self.cards: list[RefusedCard] = []
        self.hide()

    def show_refused(self, found: Sequence[Refused]) -> None:
        empty_layout(self._cards)
        self.cards = []
        for entry in found[:_SHOWN]:
            card = RefusedCard(entry)
            card.retried.connect(lambda entry=entry: self.acted.emit("retry", entry))
            card.opened.connect(lambda entry=entry: self.acted.emit("open", entry))
            card.given_up.connect(lambda entry=entry: self.acted.emit("discard", entry))
            self.cards.append(card)
            self._cards.addWidget(card)
        if len(found) > _SHOWN:
            hidden = len(found) - _SHOWN
            words = ngettext("et {count} autre", "et {count} autres", hidden).format(count=format_number(hidden))
            rest = Label(words, role="caption", color="text_2")
            rest.setContentsMargins(theme.current().space("l"), 8, 0, 8)
            self._cards.addWidget(rest)
        self.count.set_state(format_number(len(found)), "danger")
        self.all_link.setVisible(len(found) > 1)
        self.setVisible(bool(found))
