"""Every control in every state on one sheet, to look at beside mock-up 07.

python -m facturepro.ui.gallery dark /tmp/gallery.png
"""

from pathlib import Path

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication, QWidget

from facturepro.ui import theme
from facturepro.ui.gallery.sheet import HEIGHT, WIDTH, build_gallery
from facturepro.ui.widgets import focus

__all__ = ["build_gallery", "render", "run_gallery"]


def render(widget: QWidget, path: str | Path, size: QSize | tuple[int, int], theme_name: str = "light") -> Path:
    """Save a picture of a widget in a theme; makes the application if there is none."""
    app = _application()
    theme.apply(app, theme_name)
    widget.resize(size if isinstance(size, QSize) else QSize(*size))
    widget.ensurePolished()
    widget.show()
    app.processEvents()
    target = Path(path)
    if not widget.grab().save(str(target)):
        raise OSError(f"cannot write {target}")
    return target


def run_gallery(theme_name: str = "light", out: str | Path | None = None) -> int:
    """Show the sheet, or save it as PNG when ``out`` is given."""
    app = _application()
    theme.apply(app, theme_name)
    focus.install(app)
    sheet = build_gallery()
    if out is not None:
        render(sheet, out, (WIDTH, HEIGHT), theme_name)
        return 0
    sheet.show()
    return app.exec()


def _application() -> QApplication:
    app = QApplication.instance()
    return app if isinstance(app, QApplication) else QApplication([])
