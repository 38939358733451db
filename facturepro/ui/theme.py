"""The theme: every colour, size and font of the window, read from ``resources/style/tokens.toml``.

``apply(app, "light")`` sets the Fusion style, the palette, the fonts and the style sheet; it may be called again at
any time. Widgets that paint themselves read ``current()`` in ``paintEvent`` and need nothing else: they are repainted
on a change. Code that keeps something made from a colour listens to ``notifier.changed``.
"""

import tomllib
from functools import cache
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from facturepro.assets import asset

NAMES = ("light", "dark")
CHIP_KINDS = ("neutral", "info", "success", "warning", "danger", "violet")


@cache
def tokens() -> dict[str, Any]:
    """The parsed token file."""
    with asset("style", "tokens.toml").open("rb") as file:
        return tomllib.load(file)


class Theme:
    """One set of colours with the sizes that are common to all."""

    def __init__(self, name: str) -> None:
        if name not in NAMES:
            raise ValueError(f"unknown theme {name!r}")
        self.name = name
        self._colours: dict[str, QColor] = {}
        self._fonts: dict[str, QFont] = {}

    @property
    def is_dark(self) -> bool:
        return self.name == "dark"

    def color(self, token: str) -> QColor:
        """A colour of the theme ("text_2"), the text of a chip ("chip.info") or its tint ("chip.info.bg")."""
        found = self._colours.get(token)
        if found is None:
            found = self._colours[token] = self._read_color(token)
        return QColor(found)

    def _read_color(self, token: str) -> QColor:
        colours = tokens()[self.name]
        if token.startswith("chip."):
            _chip, kind, *part = token.split(".")
            return QColor(colours["chip"][kind][part[0] if part else "fg"])
        value = colours[token]
        if isinstance(value, dict):
            colour = QColor(value["color"])
            colour.setAlphaF(value["alpha"])
            return colour
        return QColor(value)

    def hex(self, token: str) -> str:
        """The colour as a style sheet writes it."""
        colour = self.color(token)
        if colour.alpha() == 255:
            return colour.name()
        return f"rgba({colour.red()},{colour.green()},{colour.blue()},{colour.alphaF():.3f})"

    def chip(self, kind: str) -> tuple[QColor, QColor]:
        """Background and text of a status chip; kinds are ``CHIP_KINDS``."""
        return self.color(f"chip.{kind}.bg"), self.color(f"chip.{kind}")

    def chart(self, key: str) -> Any:
        """A QColor ("this_year", "grid"), or a list of them ("series", "age")."""
        value = tokens()[self.name]["chart"][key]
        return [QColor(item) for item in value] if isinstance(value, list) else QColor(value)

    def size(self, token: str) -> int:
        return int(tokens()["size"][token])

    def space(self, token: str) -> int:
        return int(tokens()["space"][token])

    def radius(self, token: str) -> int:
        return int(tokens()["radius"][token])

    def motion(self, token: str) -> int:
        """Milliseconds of an animation ("fast", "normal") or of a toast."""
        return int(tokens()["motion"][token])

    def line_height(self, role: str) -> int:
        return int(tokens()["type"][role]["line"])

    def font(self, role: str) -> QFont:
        """Font of a role of [type]: caption, label, body, strong, button, section, title, figure."""
        found = self._fonts.get(role)
        if found is None:
            found = self._fonts[role] = _make_font(tokens()["type"][role])
        return QFont(found)

    def shadow(self) -> tuple[int, int, int, QColor]:
        """dx, dy, blur radius and colour of what floats (menu, popover, palette, toast)."""
        value = tokens()["elevation"]["popover"]
        colour = QColor("#000000")
        colour.setAlphaF(value[f"alpha_{self.name}"])
        return value["dx"], value["dy"], value["blur"], colour


def _make_font(role: dict[str, int]) -> QFont:
    family = tokens()["font"]
    font = QFont([family["family"], family["fallback_arabic"]])
    font.setPixelSize(role["size"])
    font.setWeight(QFont.Weight(role["weight"]))
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    font.setStyleStrategy(QFont.StyleStrategy.PreferAntialias)
    return font


class _Notifier(QObject):
    """Signals: ``changed()`` after another theme has been applied."""

    changed = Signal()


notifier = _Notifier()
_themes = {name: Theme(name) for name in NAMES}
_state: dict[str, Any] = {"current": _themes["light"], "chosen": "light", "watching": False}


def current() -> Theme:
    """The theme in use (light before ``apply``)."""
    theme: Theme = _state["current"]
    return theme


def chosen() -> str:
    """What the person chose: "light", "dark" or "system"."""
    return str(_state["chosen"])


def system_name(app: QApplication) -> str:
    """Theme of the desktop; light where the desktop says nothing."""
    return "dark" if app.styleHints().colorScheme() == Qt.ColorScheme.Dark else "light"


def load_fonts() -> None:
    """Register the bundled fonts once per application."""
    if tokens()["font"]["family"] in QFontDatabase.families():
        return
    for name in tokens()["font"]["files"]:
        if QFontDatabase.addApplicationFont(str(asset("fonts", name))) < 0:
            raise RuntimeError(f"font {name} cannot be read")


def apply(app: QApplication, name: str = "system") -> Theme:
    """Give the whole application the theme ``light``, ``dark`` or ``system`` (follows the desktop)."""
    from facturepro.ui.style.sheet import build_sheet

    theme = _themes[system_name(app) if name == "system" else name]
    _state["chosen"] = name
    load_fonts()
    if not _state["watching"]:
        app.styleHints().colorSchemeChanged.connect(lambda _scheme: _follow_system(app))
        _state["watching"] = True
    changed = theme is not _state["current"]
    _state["current"] = theme
    if not app.property("fp_styled"):
        app.setStyle(QStyleFactory.create("Fusion"))
        app.setProperty("fp_styled", True)
    app.setFont(theme.font("body"))
    app.setPalette(make_palette(theme))
    app.setStyleSheet(build_sheet(theme))
    if changed:
        notifier.changed.emit()  # Qt itself repaints every widget on a new style sheet
    return theme


def _follow_system(app: QApplication) -> None:
    if _state["chosen"] == "system" and current().name != system_name(app):
        apply(app, "system")


_PALETTE = {
    QPalette.ColorRole.Window: "surface_2",
    QPalette.ColorRole.WindowText: "text",
    QPalette.ColorRole.Base: "surface_2",
    QPalette.ColorRole.AlternateBase: "surface_1",
    QPalette.ColorRole.ToolTipBase: "toast_bg",
    QPalette.ColorRole.ToolTipText: "toast_text",
    QPalette.ColorRole.PlaceholderText: "text_3",
    QPalette.ColorRole.Text: "text",
    QPalette.ColorRole.Button: "surface_2",
    QPalette.ColorRole.ButtonText: "text",
    QPalette.ColorRole.BrightText: "on_accent",
    QPalette.ColorRole.Light: "surface_2",
    QPalette.ColorRole.Midlight: "hover",
    QPalette.ColorRole.Mid: "border",
    QPalette.ColorRole.Dark: "border_input",
    QPalette.ColorRole.Shadow: "separator",
    QPalette.ColorRole.Highlight: "accent",
    QPalette.ColorRole.HighlightedText: "on_accent",
    QPalette.ColorRole.Link: "accent_text",
    QPalette.ColorRole.LinkVisited: "accent_text",
    QPalette.ColorRole.Accent: "accent",
}
_DISABLED = (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText)


def make_palette(theme: Theme) -> QPalette:
    """The palette, for native parts and for widgets without a rule in the style sheet."""
    palette = QPalette()
    for role, token in _PALETTE.items():
        palette.setColor(role, theme.color(token))
    for role in _DISABLED:
        palette.setColor(QPalette.ColorGroup.Disabled, role, theme.color("text_disabled"))
    return palette
