"""The foot of the right column: what the last verification found, and another one now."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from facturepro.i18n import _, ngettext
from facturepro.i18n.formatting import format_date, format_number
from facturepro.ui import theme
from facturepro.ui.pages.sync_page_parts import Glyph
from facturepro.ui.pages.sync_page_words import exact
from facturepro.ui.widgets.labels import Label, Link
from facturepro.ui.widgets.surface import Surface

Check = Mapping[str, Any]


class CheckFoot(Surface):
    """Signals: ``wanted()``."""

    wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("surface_1", ("top",), parent)
        current = theme.current()
        self.setFixedHeight(current.size("footer"))
        row = QHBoxLayout(self)
        row.setContentsMargins(current.space("l"), 1, current.space("l"), 0)
        row.setSpacing(current.space("xs"))
        self.glyph = Glyph("status.ok", "success", "icon")
        self.words = Label("", color="text_2", elide=True)
        self.link = Link(_("Vérifier maintenant"))
        self.link.clicked.connect(self.wanted)
        row.addWidget(self.glyph)
        row.addWidget(self.words, 1)
        row.addWidget(self.link)

    def show_check(self, last: Check | None) -> None:
        self.glyph.set_icon(*_look(last))
        self.words.setText(check_words(last))
        self.setToolTip(_details(last))


def _look(last: Check | None) -> tuple[str, str]:
    if last is None:
        return "status.open", "text_2"
    return ("status.ok", "success") if last["is_clean"] else ("status.error", "warning")


def check_words(last: Check | None) -> str:
    """``Contrôle du 16 nov. : identique``."""
    if last is None:
        return _("Pas encore comparé au cloud")
    day = format_date(datetime.fromisoformat(last["at"]).astimezone().date(), "day")
    if not last["is_clean"]:
        return _("Contrôle du {day} : des écarts restent").format(day=day)
    if last["repaired"]:
        words = ngettext("{count} fiche réparée", "{count} fiches réparées", last["repaired"])
        return _("Contrôle du {day} : {result}").format(
            day=day, result=words.format(count=format_number(last["repaired"]))
        )
    return _("Contrôle du {day} : identique").format(day=day)


def _details(last: Check | None) -> str:
    if last is None:
        return _("Un contrôle a lieu chaque semaine de lui-même.")
    words = ngettext("{count} fiche comparée au cloud", "{count} fiches comparées au cloud", last["compared"])
    return f"{exact(datetime.fromisoformat(last['at']))}\n{words.format(count=format_number(last['compared']))}"
