"""The sheet as a whole."""

from facturepro.ui import theme
from facturepro.ui.gallery import colors, controls, lists, overlays
from facturepro.ui.gallery.canvas import Canvas

WIDTH, HEIGHT = 1280, 1328


def build_gallery() -> Canvas:
    """All controls, chips, list rows, notices and colours."""
    sheet = Canvas("surface_2")
    sheet.setWindowTitle("FacturePro")
    sheet.resize(WIDTH, HEIGHT)
    sheet.words("Composants", 32, 38, "title")
    name = "sombre" if theme.current().is_dark else "clair"
    subtitle = sheet.words(f"thème {name}, mesures en px logiques", 166, 40, "body", "text_2")
    theme.notifier.changed.connect(lambda: _rename(subtitle))
    controls.add(sheet)
    lists.add(sheet)
    overlays.add(sheet)
    colors.add(sheet)
    return sheet


def _rename(label) -> None:
    label.setText(f"thème {'sombre' if theme.current().is_dark else 'clair'}, mesures en px logiques")
