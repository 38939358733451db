"""The sheet as a whole."""

from facturepro.ui import theme
from facturepro.ui.gallery import colors, controls, lists, overlays
from facturepro.ui.gallery.canvas import Canvas
from facturepro.ui.widgets.labels import Label

WIDTH, HEIGHT = 1280, 1328


class _Subtitle(Label):
    """Says which theme is shown."""

    def __init__(self, parent: Canvas) -> None:
        super().__init__("", "body", "text_2", parent=parent)
        self.setGeometry(166, 30, 300, 20)
        theme.notifier.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        self.setText(f"thème {'sombre' if theme.current().is_dark else 'clair'}, mesures en px logiques")


def build_gallery() -> Canvas:
    """All controls, chips, list rows, notices and colours."""
    sheet = Canvas("surface_2")
    sheet.setWindowTitle("FacturePro")
    sheet.resize(WIDTH, HEIGHT)
    sheet.words("Composants", 32, 38, "title")
    _Subtitle(sheet)
    controls.add(sheet)
    lists.add(sheet)
    overlays.add(sheet)
    colors.add(sheet)
    return sheet
