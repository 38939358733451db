"""Tokens, contrast, fonts, icons, style sheet."""

import re

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QFontInfo, QFontMetricsF, QIcon, QImage
from PySide6.QtWidgets import QApplication, QLineEdit

from facturepro.ui import icons, theme
from facturepro.ui.style.sheet import build_sheet
from facturepro.ui.widgets.buttons import Button
from facturepro.ui.widgets.labels import Label

THEMES = ("light", "dark")


def luminance(colour: QColor) -> float:
    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF())


def contrast(first: QColor, second: QColor) -> float:
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize(("table", "least"), [("text", 4.5), ("graphic", 3.0)])
def test_every_listed_pair_is_readable(name: str, table: str, least: float) -> None:
    shown = theme.Theme(name)
    pairs = theme.tokens()["contrast"][table]
    weak = {tuple(pair): round(contrast(shown.color(pair[0]), shown.color(pair[1])), 2) for pair in pairs}
    assert {pair: value for pair, value in weak.items() if value < least} == {}
    assert len(pairs) >= 4


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize("kind", theme.CHIP_KINDS)
def test_chips_are_readable(name: str, kind: str) -> None:
    background, text = theme.Theme(name).chip(kind)
    assert contrast(background, text) >= 4.5


def test_both_themes_have_the_same_tokens() -> None:
    assert theme.tokens()["light"].keys() == theme.tokens()["dark"].keys()
    assert theme.tokens()["light"]["chart"].keys() == theme.tokens()["dark"]["chart"].keys()


@pytest.mark.parametrize("name", THEMES)
def test_style_sheet_takes_every_value_from_the_tokens(name: str) -> None:
    sheet = build_sheet(theme.Theme(name))
    assert "@" not in sheet
    known = {theme.Theme(name).hex(token) for token in theme.tokens()[name] if token not in ("chip", "chart")}
    assert set(re.findall(r"#[0-9a-f]{6}", sheet)) <= known


def test_unknown_names_fail_at_once(qapp: QApplication) -> None:
    with pytest.raises(ValueError, match="unknown theme"):
        theme.Theme("sepia")
    with pytest.raises(KeyError):
        theme.current().color("surface_9")
    with pytest.raises(KeyError):
        icons.icon("nav.nowhere")


def test_fonts_are_bundled_with_tabular_figures(qapp: QApplication) -> None:
    for role in theme.tokens()["type"]:
        font = theme.current().font(role)
        assert QFontInfo(font).family() == "Inter FP"
        assert QFontInfo(font).weight() == theme.tokens()["type"][role]["weight"]
        metrics = QFontMetricsF(font)
        assert metrics.horizontalAdvance("1\u202f111,11") == metrics.horizontalAdvance("8\u202f888,88")
        assert metrics.horizontalAdvance("-") < metrics.horizontalAdvance("8")


def test_every_icon_of_the_tokens_draws_something(qapp: QApplication) -> None:
    groups = {group: table for group, table in theme.tokens()["icons"].items() if isinstance(table, dict)}
    assert set(groups) == {"nav", "action", "status"}
    for group, table in groups.items():
        for key in table:
            image = icons.pixmap(f"{group}.{key}", "text", 18, 1.0).toImage()
            assert ink(image) > 5, f"{group}.{key} is empty"


def ink(image: QImage) -> int:
    return sum(image.pixelColor(x, y).alpha() > 64 for x in range(image.width()) for y in range(image.height()))


def test_icon_pictures_are_kept_per_colour_size_and_ratio(qapp: QApplication) -> None:
    first = icons.pixmap("action.new", "text", 16, 1.0)
    assert icons.pixmap("action.new", "text", 16, 1.0).cacheKey() == first.cacheKey()
    double = icons.pixmap("action.new", "text", 16, 2.0)
    assert (double.width(), double.devicePixelRatio()) == (32, 2.0)
    assert icons.pixmap("action.new", "accent", 16, 1.0).cacheKey() != first.cacheKey()


def strongest(icon: QIcon, mode: QIcon.Mode = QIcon.Mode.Normal) -> QColor:
    image = icon.pixmap(QSize(18, 18), 1.0, mode).toImage()
    colours = [image.pixelColor(x, y) for x in range(18) for y in range(18)]
    return max(colours, key=lambda colour: colour.alpha())


def close(first: QColor, second: QColor) -> bool:
    return all(abs(a - b) <= 3 for a, b in zip(first.getRgb()[:3], second.getRgb()[:3], strict=True))


def test_an_icon_follows_the_theme(qapp: QApplication) -> None:
    icon = icons.icon("action.new", "text")
    assert close(strongest(icon), theme.Theme("light").color("text"))
    theme.apply(qapp, "dark")
    assert close(strongest(icon), theme.Theme("dark").color("text"))
    assert close(strongest(icon, QIcon.Mode.Disabled), theme.Theme("dark").color("text_disabled"))


def test_the_theme_changes_at_run_time(qtbot, qapp: QApplication) -> None:
    field, button, label = QLineEdit("abc"), Button("Émettre", "primary"), Label("Total")
    for widget in (field, button, label):
        qtbot.addWidget(widget)
        widget.resize(100, 32)
    before = [widget.grab().toImage() for widget in (field, button, label)]
    with qtbot.waitSignal(theme.notifier.changed):
        theme.apply(qapp, "dark")
    assert field.grab().toImage().pixelColor(50, 2) == theme.Theme("dark").color("surface_2")
    assert button.grab().toImage().pixelColor(5, 16) == theme.Theme("dark").color("accent")
    assert [widget.grab().toImage() for widget in (field, button, label)] != before
    assert theme.chosen() == "dark"


def test_system_is_light_where_the_desktop_says_nothing(qapp: QApplication) -> None:
    assert qapp.styleHints().colorScheme() != Qt.ColorScheme.Dark
    assert theme.apply(qapp, "system").name == "light"
    assert theme.chosen() == "system"
