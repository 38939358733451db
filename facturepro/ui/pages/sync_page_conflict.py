"""A conflict on screen: both values side by side, what happened, and what can be done about it."""

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from facturepro.i18n import _, labelled, ngettext
from facturepro.services.conflicts import ConflictEntry, ConflictGroup, ConflictValue
from facturepro.ui import theme
from facturepro.ui.pages.record_list_foot import confirm
from facturepro.ui.pages.sync_page_parts import Glyph
from facturepro.ui.pages.sync_page_words import PAGES, exact, moment
from facturepro.ui.widgets.buttons import Button
from facturepro.ui.widgets.chips import StatusChip
from facturepro.ui.widgets.drawing import box, draw_text, text_width
from facturepro.ui.widgets.labels import Label, Link

_SIDE_BY_SIDE = 480  # narrower, the two values stand one above the other

Act = Callable[[str, ConflictEntry], object]
"""(what, entry): what is keep, restore, reverse, open:<kind>:<id>."""


class _Value(QWidget):
    """One value of a card, marked when the other side differs; a long one is whole in the tool tip."""

    def __init__(self, text: str, is_marked: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text, self._is_marked = " ".join(text.split()), is_marked
        self.setFixedHeight(theme.current().space("l"))
        self.setAccessibleName(text)
        self.setToolTip(text if text_width(theme.current().font("body"), text) > 220 else "")

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        current = theme.current()
        font = current.font("body")
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        width = min(text_width(font, self._text), float(self.width()))
        if self._is_marked:
            left = self.width() - width if mirrored else 0
            painter.fillRect(QRectF(left, 2, width, current.line_height("body")), current.color("mark"))
        align = Qt.AlignmentFlag.AlignRight if mirrored else Qt.AlignmentFlag.AlignLeft
        draw_text(painter, self.rect(), self._text, font, current.color("text"), align)


class ValueCard(QWidget):
    """One side of a conflict: chip, how long ago and when exactly, values, computer, and its button."""

    clicked = Signal()

    def __init__(
        self,
        value: ConflictValue,
        other: ConflictValue,
        chip: StatusChip,
        button: Button | None,
        now: datetime,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._in_place = value.is_in_place
        current = theme.current()
        column = QVBoxLayout(self)
        edge = current.space("m")
        column.setContentsMargins(edge, current.space("s"), edge, current.space("s"))
        column.setSpacing(0)
        head = QHBoxLayout()
        head.addWidget(chip)
        head.addStretch(1)
        if value.at is not None:
            time = Label(moment(value.at, now), role="caption", color="text_2")
            time.setToolTip(exact(value.at))
            head.addWidget(time)
        column.addLayout(head)
        column.addSpacing(current.space("xs"))
        for text, differs in _rows(value, other):
            column.addWidget(_Value(text, differs))
        column.addSpacing(current.space("xs"))
        where = value.device if not value.is_here else _("{device}, cet ordinateur").format(device=value.device)
        device = QHBoxLayout()
        device.setSpacing(current.space("xs"))
        device.addWidget(Glyph("monitor"))
        device.addWidget(Label(where, role="caption", color="text_2", elide=True), 1)
        column.addLayout(device)
        column.addStretch(1)
        self.button = button
        if button is not None:
            column.addSpacing(current.space("s"))
            button.clicked.connect(self.clicked)
            row = QHBoxLayout()
            row.addWidget(button)
            row.addStretch(1)
            column.addLayout(row)
        self.setAccessibleName(f"{labelled(chip.text(), ', '.join(text for _label, text in value.lines))}, {where}")

    def paintEvent(self, _event: QPaintEvent) -> None:
        current = theme.current()
        border = current.color("accent" if self._in_place else "separator")
        box(QPainter(self), self.rect(), current.radius("panel"), current.color("surface_2"), border)


def _rows(value: ConflictValue, other: ConflictValue) -> list[tuple[str, bool]]:
    """(text, whether the other side differs) of each line. An address is read as on an envelope: no labels, the town
    behind its code."""
    mine, theirs = dict(value.lines), dict(other.lines)
    code, town = _("Code postal"), _("Ville")
    is_address = code in mine and town in mine
    rows = []
    for label, text in value.lines:
        differs = theirs.get(label) != text
        if is_address and label == code:
            text, differs = f"{text} {mine[town]}", differs or theirs.get(town) != mine[town]
        elif label and not is_address and len(value.lines) > 1:
            text = labelled(label, text)
        if not (is_address and label == town):
            rows.append((text, differs))
    return rows


class ConflictBlock(QWidget):
    """One conflict: both cards, what happened, what one can do."""

    def __init__(
        self, entry: ConflictEntry, act: Act, now: datetime, with_subject: bool, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.entry, self._act = entry, act
        current = theme.current()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(current.space("s"))
        if with_subject:
            column.addWidget(Label(entry.subject[:1].upper() + entry.subject[1:], role="label", color="text_2"))
        self._cards = QHBoxLayout()
        self._cards.setSpacing(current.space("m"))
        kept_button, lost_button = self._buttons()
        kept_chip, lost_chip = self._chips()
        self.kept = ValueCard(entry.kept, entry.lost, kept_chip, kept_button, now)
        self.lost = ValueCard(entry.lost, entry.kept, lost_chip, lost_button, now)
        self._cards.addWidget(self.kept, 1)
        self._cards.addWidget(self.lost, 1)
        column.addLayout(self._cards)
        column.addWidget(Label(entry.explanation, role="caption", color="text_2", wrap=True))
        if (settle := self._settle_words()) and not entry.is_resolved:
            self.settle_button = Button(settle, icon="status.paid")
            self.settle_button.clicked.connect(lambda: act("keep", entry))
            row = QHBoxLayout()
            row.addWidget(self.settle_button)
            row.addStretch(1)
            column.addLayout(row)
        self.kept.clicked.connect(lambda: self._run(0))
        self.lost.clicked.connect(lambda: self._run(1))

    def _chips(self) -> tuple[StatusChip, StatusChip]:
        if self.entry.nature == "issue":
            return StatusChip(_("Première arrivée"), "info"), StatusChip(_("Arrivée ensuite"), "neutral")
        if self.entry.nature == "double_payment":
            return StatusChip(_("Premier paiement"), "info"), StatusChip(_("Second paiement"), "neutral")
        kept = StatusChip(_("En place"), "info")
        if self.entry.is_resolved and self.entry.is_restored:
            return kept, StatusChip(_("Rétablie"), "success")
        return kept, StatusChip(_("Remplacée"), "neutral")

    def _buttons(self) -> tuple[Button | None, Button | None]:
        entry = self.entry
        if entry.nature == "issue":
            first, second = (Button(_("Ouvrir {number}").format(number=number)) for _id, number in entry.papers)
            return first, second
        if entry.nature == "double_payment":
            return None, None if entry.is_resolved else Button(_("Annuler le second paiement"), "danger")
        keep = None if entry.is_resolved else Button(_("Garder cette valeur"))
        again = entry.is_resolved and entry.is_restored
        restore = Button(_("Rétablir cette valeur"), icon="action.restore") if entry.can_restore and not again else None
        if entry.nature == "deleted":
            is_deleted = dict(entry.lost.lines).get("") != _("supprimée")
            words = _("Rétablir la fiche") if is_deleted else _("Supprimer la fiche")
            restore = Button(words, icon="action.restore" if is_deleted else "action.delete") if restore else None
            keep = Button(_("Laisser ainsi")) if keep else None
        return keep, restore

    def _settle_words(self) -> str:
        if self.entry.nature == "issue":
            return _("Marquer comme réglé")
        return _("Garder les deux paiements") if self.entry.nature == "double_payment" else ""

    def _run(self, side: int) -> None:
        entry = self.entry
        if entry.nature == "issue":
            self._act(f"open:invoice:{entry.papers[side][0]}", entry)
        elif entry.nature == "double_payment":
            self._ask_reversal()
        else:
            self._act("restore" if side else "keep", entry)

    def _ask_reversal(self) -> None:
        """A payment cannot be taken off again: said before, not after."""
        words = _(
            "Le second paiement sera annulé par une écriture contraire. Cela ne se défait pas ; il pourra être saisi à nouveau."
        )
        assert self.lost.button is not None
        confirm(
            self.lost.button,
            words,
            _("Annuler le second paiement"),
            lambda: self._act("reverse", self.entry),
            danger=True,
        )

    def set_narrow(self, width: int) -> None:
        direction = QHBoxLayout.Direction.LeftToRight if width >= _SIDE_BY_SIDE else QHBoxLayout.Direction.TopToBottom
        if self._cards.direction() != direction:
            self._cards.setDirection(direction)


class GroupDetail(QWidget):
    """All conflicts of one record, each with both values."""

    def __init__(self, group: ConflictGroup, act: Act, now: datetime, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        current = theme.current()
        column = QVBoxLayout(self)
        edge = current.space("l")
        column.setContentsMargins(edge, current.space("s"), edge, edge)
        column.setSpacing(current.space("m"))
        head = QHBoxLayout()
        count = len(group.entries)
        subject = (
            group.entries[0].subject
            if count == 1
            else ngettext("{count} conflit", "{count} conflits", count).format(count=count)
        )
        head.addWidget(Label(f"{group.title}, {subject}", role="strong", elide=True), 1)
        if group.kind in PAGES:
            self.link = Link(_("Ouvrir la fiche"))
            self.link.clicked.connect(lambda: act(f"open:{group.kind}:{group.record_id}", group.entries[0]))
            head.addWidget(self.link)
        column.addLayout(head)
        self.blocks = [ConflictBlock(entry, act, now, count > 1) for entry in group.entries]
        for block in self.blocks:
            column.addWidget(block)

    def set_narrow(self, width: int) -> None:
        for block in self.blocks:
            block.set_narrow(width)
