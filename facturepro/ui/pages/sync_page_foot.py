"""The foot of the conflict inbox: what was settled, the journal, and the bar that settles the chosen records at once."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from facturepro.i18n import _, ngettext
from facturepro.i18n.formatting import format_number
from facturepro.services.conflicts import ConflictEntry, ConflictGroup
from facturepro.ui import theme
from facturepro.ui.widgets.buttons import Button, IconButton
from facturepro.ui.widgets.labels import Label, Link
from facturepro.ui.widgets.surface import Surface


def ordinary(groups: Sequence[ConflictGroup], to_restore: bool) -> list[ConflictEntry]:
    """What a bulk action may settle: doubles want a decision of their own, frozen documents are not restored."""
    entries = [entry for group in groups for entry in group.entries if entry.nature not in ("issue", "double_payment")]
    return [entry for entry in entries if entry.can_restore] if to_restore else entries


class ConflictFoot(Surface):
    """The foot of the inbox: what was settled and the journal; with chosen rows the bar that settles them.

    Signals: ``journal_wanted()``, ``settled(bool)`` with whether the other values are wanted back, ``cleared()``.
    """

    journal_wanted = Signal()
    settled = Signal(bool)
    cleared = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("surface_1", ("top",), parent)
        current = theme.current()
        self.setFixedHeight(current.size("footer"))
        line = QHBoxLayout(self)
        line.setContentsMargins(current.space("l"), 1, current.space("l"), 0)
        line.setSpacing(current.space("xs"))
        self.words = Label("", color="text_2", elide=True)
        line.addWidget(self.words, 1)
        self.keep_button = Button(_("Garder en place"), icon="status.paid", small=True)
        self.restore_button = Button(_("Rétablir les autres valeurs"), icon="action.restore", small=True)
        self.clear_button = IconButton("action.close", _("Ne rien choisir"))
        self.link = Link("")
        self.keep_button.clicked.connect(lambda: self.settled.emit(False))
        self.restore_button.clicked.connect(lambda: self.settled.emit(True))
        self.clear_button.clicked.connect(self.cleared)
        self.link.clicked.connect(self.journal_wanted)
        for widget in (self.keep_button, self.restore_button, self.clear_button, self.link):
            line.addWidget(widget)

    def show_state(self, resolved: int, is_journal: bool, chosen: Sequence[ConflictGroup]) -> None:
        self.set_color("selected" if chosen else "surface_1")
        for widget in (self.keep_button, self.restore_button, self.clear_button):
            widget.setVisible(bool(chosen))
        self.link.setVisible(not chosen and (is_journal or resolved > 0))
        words = _("Revenir aux conflits à revoir") if is_journal else _("Voir le journal")
        self.link.setText(words)
        self.link.setAccessibleName(words)
        if not chosen:
            text = ngettext("{count} conflit réglé", "{count} conflits réglés", resolved)
            self.words.setText(text.format(count=format_number(resolved)))
            return
        text = ngettext("{count} fiche choisie", "{count} fiches choisies", len(chosen))
        words = text.format(count=format_number(len(chosen)))
        if not ordinary(chosen, False):
            words = _("{chosen} : à régler une par une").format(chosen=words)
        self.words.setText(words)
        self.keep_button.setEnabled(bool(ordinary(chosen, False)))
        self.restore_button.setEnabled(bool(ordinary(chosen, True)))
