"""Icons: glyphs of the bundled Phosphor font, in colours of the current theme.

Names are "nav.clients", "action.new", "status.paid" (tables [icons.*] of the tokens), or a Phosphor name ("monitor").
A ``QIcon`` made here draws with the theme of the moment: it needs no replacement when the theme changes.
"""

import json
from functools import cache

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QIconEngine, QImage, QPainter, QPixmap

from facturepro.assets import asset
from facturepro.ui import theme

_FONT_FILE = "phosphor-1.3.0.ttf"
_CHARMAP_FILE = "phosphor-charmap-1.3.0.json"
_CACHE_LIMIT = 800
_pixmaps: dict[tuple[str, int, int, float], QPixmap] = {}


@cache
def _charmap() -> dict[str, str]:
    with asset("icons", _CHARMAP_FILE).open(encoding="utf-8") as file:
        return {name: chr(int(code, 16)) for name, code in json.load(file).items()}


@cache
def _family() -> str:
    number = QFontDatabase.addApplicationFont(str(asset("icons", _FONT_FILE)))
    if number < 0:
        raise RuntimeError("the icon font cannot be read")
    return QFontDatabase.applicationFontFamilies(number)[0]


@cache
def glyph(name: str) -> str:
    """Character of the icon font for an icon name.

    Raises:
        KeyError: no such icon.
    """
    group, dot, key = name.partition(".")
    return _charmap()[theme.tokens()["icons"][group][key] if dot else name]


def resolve(color: "str | QColor") -> QColor:
    """A token of the current theme ("text_2", "chip.info"), "#rrggbb" or a QColor as it is."""
    if isinstance(color, QColor):
        return color
    return QColor(color) if color.startswith("#") else theme.current().color(color)


def paint(painter: QPainter, rect: "QRect | QRectF", name: str, color: "str | QColor") -> None:
    """Draw an icon centred in ``rect``, as large as its shorter side."""
    size = round(min(rect.width(), rect.height()))
    device = painter.device()
    ratio = device.devicePixelRatioF() if device is not None else 1.0
    image = pixmap(name, color, size, ratio)
    left = rect.x() + (rect.width() - size) / 2
    top = rect.y() + (rect.height() - size) / 2
    painter.drawPixmap(QPoint(round(left), round(top)), image)


def pixmap(name: str, color: "str | QColor" = "text_2", size: int = 18, device_pixel_ratio: float = 1.0) -> QPixmap:
    """The icon as a picture of ``size`` logical pixels (kept in a cache)."""
    colour = resolve(color)
    key = (name, colour.rgba(), size, device_pixel_ratio)
    found = _pixmaps.get(key)
    if found is None:
        if len(_pixmaps) >= _CACHE_LIMIT:
            _pixmaps.clear()
        found = _pixmaps[key] = _render(glyph(name), colour, size, device_pixel_ratio)
    return found


def _render(character: str, colour: QColor, size: int, ratio: float) -> QPixmap:
    pixels = max(1, round(size * ratio))
    image = QImage(pixels, pixels, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    font = QFont(_family())
    font.setPixelSize(pixels)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(colour)
    painter.setFont(font)
    painter.drawText(QRectF(0, 0, pixels, pixels), Qt.AlignmentFlag.AlignCenter, character)
    painter.end()
    image.setDevicePixelRatio(ratio)
    return QPixmap.fromImage(image)


class _GlyphEngine(QIconEngine):
    def __init__(self, name: str, color: "str | QColor", size: int) -> None:
        super().__init__()
        self._name, self._color, self._size = name, color, size

    def _colour(self, mode: QIcon.Mode) -> "str | QColor":
        return "text_disabled" if mode == QIcon.Mode.Disabled else self._color

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, _state: QIcon.State) -> None:
        paint(painter, rect, self._name, self._colour(mode))

    def pixmap(self, size: QSize, mode: QIcon.Mode, _state: QIcon.State) -> QPixmap:
        return pixmap(self._name, self._colour(mode), min(size.width(), size.height()))

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, _state: QIcon.State, scale: float) -> QPixmap:
        logical = round(min(size.width(), size.height()) / scale)
        return pixmap(self._name, self._colour(mode), logical, scale)

    def actualSize(self, _size: QSize, _mode: QIcon.Mode, _state: QIcon.State) -> QSize:
        return QSize(self._size, self._size)

    def isNull(self) -> bool:
        return False

    def clone(self) -> "_GlyphEngine":
        return _GlyphEngine(self._name, self._color, self._size)


def icon(name: str, color: "str | QColor" = "text_2", size: int = 18) -> QIcon:
    """A QIcon that always draws in the theme of the moment."""
    glyph(name)  # a wrong name fails here, not in a paint event
    return QIcon(_GlyphEngine(name, color, size))
