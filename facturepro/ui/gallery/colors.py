"""Surfaces, colours of charts, and the type scale."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from facturepro.ui import theme
from facturepro.ui.gallery.canvas import Canvas
from facturepro.ui.widgets.drawing import box
from facturepro.ui.widgets.labels import Label

_SURFACES = ("surface_0", "surface_1", "surface_2", "selected", "accent", "danger", "success", "warning")


class _Swatch(QWidget):
    """A colour token, or an entry of a chart palette ("series", 2)."""

    def __init__(self, token: str, entry: int | None = None) -> None:
        super().__init__()
        self._token, self._entry = token, entry

    def _colour(self) -> QColor:
        current = theme.current()
        return current.color(self._token) if self._entry is None else current.chart(self._token)[self._entry]

    def paintEvent(self, _event: QPaintEvent) -> None:
        current = theme.current()
        plain = self._entry is None
        radius = current.radius("control" if plain else "bar")
        box(QPainter(self), self.rect(), radius, self._colour(), current.color("separator") if plain else None)


def add(sheet: Canvas) -> None:
    sheet.section(656, 926, "Surfaces, accent, texte")
    for index, token in enumerate(_SURFACES):
        sheet.put(_Swatch(token), 656 + 75 * index, 967, 67, 33)
        sheet.words(token, 656 + 75 * index, 1011, "caption", "text")
    sheet.section(656, 1039, "Graphiques, lisibles par les daltoniens : teinte et clarté diffèrent")
    for left, token, count in ((656, "series", 6), (954, "age", 5)):
        for index in range(count):
            sheet.put(_Swatch(token, index), left + 46 * index, 1080, 40, 25)
    sheet.words("séries 1 à 6", 656, 1116, "caption", "text_3")
    sheet.words("âge des créances", 948, 1116, "caption", "text_3")
    _type_scale(sheet)


def _type_scale(sheet: Canvas) -> None:
    sheet.section(656, 1144, "Échelle : 12, 13, 15, 20, 28 ; chiffres tabulaires partout")
    sheet.words("2\u202f251,80\u00a0€", 656, 1201, "figure")
    sheet.words("Factures", 824, 1204, "title")
    sheet.words("Chronologie", 928, 1206, "section")
    sheet.words("Texte courant", 1037, 1206, "body")
    sheet.words("légende", 1141, 1206, "caption", "text_3")
    for middle, text in ((1244, "1\u202f111,11\u00a0€"), (1264, "−8\u202f888,88\u00a0€")):
        sheet.words(text, 734, middle, "body", right=True)
        sheet.words(text, 836, middle, "strong", right=True)
    note = Label(
        "Les montants s’alignent à droite ; espace fine insécable\n"
        "pour les milliers, espace insécable avant l’euro, signe\nmoins vrai (U+2212).",
        "caption",
        "text_2",
        parent=sheet,
    )
    note.setAlignment(Qt.AlignmentFlag.AlignTop)
    note.setGeometry(860, 1229, 388, 52)
