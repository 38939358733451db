"""Buttons, chips, tabs, check boxes, labels: measures, states, keyboard, names."""

import sys

import pytest
from PySide6.QtCore import QLibraryInfo, QPoint, Qt, QTranslator
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QHBoxLayout, QWidget

from facturepro.ui import theme
from facturepro.ui.widgets.buttons import Button, IconButton
from facturepro.ui.widgets.checkbox import CheckBox, RadioButton, Switch
from facturepro.ui.widgets.chips import AddFilterButton, FilterChip, StatusChip
from facturepro.ui.widgets.drawing import force_state
from facturepro.ui.widgets.focus import INSIDE, FocusRing
from facturepro.ui.widgets.keycap import KeyCap, key_text
from facturepro.ui.widgets.labels import Label, Link
from facturepro.ui.widgets.segmented import Segmented
from facturepro.ui.widgets.tabs import Tab, TabBar


def at(widget: QWidget, x: int, y: int):
    return widget.grab().toImage().pixelColor(x, y)


@pytest.mark.parametrize(
    ("variant", "state", "token"),
    [
        ("primary", None, "accent"),
        ("primary", "hover", "accent_hover"),
        ("primary", "pressed", "accent_pressed"),
        ("secondary", None, "surface_2"),
        ("secondary", "hover", "hover"),
        ("danger", "pressed", "pressed"),
        ("ghost", "hover", "hover"),
    ],
)
def test_button_fill_of_each_state(qtbot, each_theme, variant: str, state: str | None, token: str) -> None:
    button = Button("Émettre", variant)
    qtbot.addWidget(button)
    button.resize(button.sizeHint())
    force_state(button, state)
    assert at(button, 6, 16) == each_theme.color(token)


def test_button_disabled_and_border(qtbot, each_theme) -> None:
    button = Button("Relancer")
    qtbot.addWidget(button)
    button.resize(button.sizeHint())
    assert at(button, 40, 0) == each_theme.color("border")
    button.setEnabled(False)
    assert at(button, 6, 16) == each_theme.color("surface_1")
    assert at(button, 40, 0) == each_theme.color("separator")


def test_button_measures(qtbot) -> None:
    plain, small = Button("Émettre"), Button("Émettre", small=True)
    with_icon, with_key = Button("Émettre", icon="action.issue"), Button("Émettre", keycap="Ctrl ↵")
    for button in (plain, small, with_icon, with_key):
        qtbot.addWidget(button)
    assert (plain.height(), small.height()) == (32, 28)
    assert plain.sizeHint().width() - small.sizeHint().width() == 4
    assert 18 <= with_icon.sizeHint().width() - plain.sizeHint().width() <= 22
    assert with_key.sizeHint().width() > plain.sizeHint().width() + 40
    with pytest.raises(ValueError, match="variant"):
        Button("x", "blue")


def test_buttons_answer_to_the_keyboard(qtbot) -> None:
    button = Button("Émettre")
    qtbot.addWidget(button)
    for key in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
        with qtbot.waitSignal(button.clicked):
            QTest.keyClick(button, key)
    with qtbot.assertNotEmitted(button.clicked):  # Ctrl+Enter belongs to the page
        QTest.keyClick(button, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)


def test_icon_button_is_named_by_its_tool_tip(qtbot) -> None:
    button = IconButton("action.columns", "Colonnes")
    qtbot.addWidget(button)
    assert button.accessibleName() == button.toolTip() == "Colonnes"
    assert (button.width(), button.height()) == (28, 28)


def test_status_chip_is_tinted_and_twenty_high(qtbot, each_theme) -> None:
    chip = StatusChip("Payée", "success", "status.paid")
    qtbot.addWidget(chip)
    chip.resize(chip.sizeHint())
    assert chip.height() == 20
    assert at(chip, chip.width() - 4, 10) == each_theme.chip("success")[0]
    assert chip.accessibleName() == "Payée"
    with pytest.raises(KeyError):
        chip.set_state("Payée", "rainbow")


def test_filter_chip_is_removed_by_its_cross_or_by_delete(qtbot) -> None:
    chip = FilterChip("Période", "12 mois")
    qtbot.addWidget(chip)
    chip.resize(chip.sizeHint())
    clicks: list[int] = []
    chip.clicked.connect(lambda: clicks.append(1))
    with qtbot.waitSignal(chip.removed):
        QTest.mouseClick(chip, Qt.MouseButton.LeftButton, pos=QPoint(chip.width() - 12, 14))
    assert clicks == []
    QTest.mouseClick(chip, Qt.MouseButton.LeftButton, pos=QPoint(20, 14))
    assert clicks == [1]
    with qtbot.waitSignal(chip.removed):
        QTest.keyClick(chip, Qt.Key.Key_Delete)
    assert chip.height() == 28
    assert "Période" in chip.accessibleName()


def test_tabs_by_mouse_and_keyboard(qtbot, each_theme) -> None:
    bar = TabBar([Tab("all", "Toutes", 642), Tab("late", "En retard", 9, alert=True), Tab("paid", "Payées")])
    qtbot.addWidget(bar)
    bar.resize(500, bar.height())
    seen: list[str] = []
    bar.changed.connect(seen.append)
    QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tab_rect(1).center().toPoint())
    QTest.keyClick(bar, Qt.Key.Key_Right)
    QTest.keyClick(bar, Qt.Key.Key_Right)
    QTest.keyClick(bar, Qt.Key.Key_Home)
    assert seen == ["late", "paid", "all"]
    assert at(bar, 30, 39) == each_theme.color("accent")
    assert bar.height() == 40
    assert bar.accessibleName() == "Toutes 642"
    bar.set_count("all", 643)
    assert bar.accessibleName() == "Toutes 643"


def test_check_box_states(qtbot, each_theme) -> None:
    box = CheckBox("Inclure")
    qtbot.addWidget(box)
    box.resize(box.sizeHint())
    seen: list[object] = []
    box.edited.connect(seen.append)
    assert at(box, 3, 10) == each_theme.color("surface_2")
    QTest.keyClick(box, Qt.Key.Key_Space)
    assert at(box, 2, 10) == each_theme.color("accent")
    QTest.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(box.width() - 3, 10))
    box.set_value(None)
    assert box.value() is None
    QTest.keyClick(box, Qt.Key.Key_Space)
    assert seen == [True, False, True]


def test_switch_and_radio(qtbot) -> None:
    switch, radio = Switch("Oui"), RadioButton("Choisi")
    for widget in (switch, radio):
        qtbot.addWidget(widget)
        widget.resize(widget.sizeHint())
    with qtbot.waitSignal(switch.edited) as caught:
        QTest.keyClick(switch, Qt.Key.Key_Space)
    assert caught.args == [True]
    assert switch.value() is True
    with qtbot.waitSignal(radio.edited):
        QTest.mouseClick(radio, Qt.MouseButton.LeftButton)
    assert (switch.accessibleName(), radio.accessibleName()) == ("Oui", "Choisi")


def test_segmented_by_keyboard(qtbot) -> None:
    choice = Segmented([("ht", "HT"), ("ttc", "TTC")], "Prix")
    qtbot.addWidget(choice)
    with qtbot.waitSignal(choice.edited) as caught:
        QTest.keyClick(choice, Qt.Key.Key_Right)
    assert caught.args == ["ttc"]
    assert choice.accessibleName() == "Prix : TTC"


def test_label_wraps_and_elides(qtbot, each_theme) -> None:
    long = "Les montants s’alignent à droite ; espace fine insécable pour les milliers."
    wrapped, elided = Label(long, "caption", wrap=True), Label(long, "body", elide=True)
    for label in (wrapped, elided):
        qtbot.addWidget(label)
    assert wrapped.heightForWidth(2000) == 16
    assert wrapped.heightForWidth(160) >= 48
    elided.resize(120, 20)
    elided.grab()
    assert elided.toolTip() == long
    elided.resize(900, 20)
    elided.grab()
    assert elided.toolTip() == ""
    elided.set_color("danger")
    assert elided.color() == "danger"
    with pytest.raises(KeyError):
        elided.set_color("pink")


def test_link_by_keyboard_and_key_names(qtbot) -> None:
    link, cap = Link("Compléter"), KeyCap("Ctrl K")
    for widget in (link, cap):
        qtbot.addWidget(widget)
    with qtbot.waitSignal(link.clicked):
        QTest.keyClick(link, Qt.Key.Key_Return)
    assert cap.sizeHint().height() == 20
    assert "Z" in key_text("Ctrl+Shift+Z")


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS writes keys as symbols")
def test_keys_keep_their_signs_when_qt_itself_speaks_french(qapp) -> None:
    translator = QTranslator()
    assert translator.load("qtbase_fr", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath))
    qapp.installTranslator(translator)
    try:
        assert [key_text(keys) for keys in ("Ctrl+Return", "Up", "Alt+Down")] == ["Ctrl ↵", "↑", "Alt ↓"]
    finally:
        qapp.removeTranslator(translator)


@pytest.fixture
def pair(qtbot) -> tuple[QWidget, Button, Button]:
    window = QWidget()
    row = QHBoxLayout(window)
    row.setContentsMargins(20, 20, 20, 20)
    first, second = Button("Un"), Button("Deux")
    row.addWidget(first)
    row.addWidget(second)
    qtbot.addWidget(window)
    with qtbot.waitActive(window):
        window.show()
    return window, first, second


def ring_of(window: QWidget) -> FocusRing | None:
    return window.findChild(FocusRing, "focusRing")


def test_focus_ring_follows_the_keyboard_only(qtbot, pair) -> None:
    window, first, second = pair
    handle = window.windowHandle()
    QTest.mouseClick(handle, Qt.MouseButton.LeftButton, pos=first.geometry().center())
    ring = ring_of(window)
    assert ring is None or not ring.isVisible()
    first.setFocus()
    QTest.keyClick(handle, Qt.Key.Key_Tab)
    ring = ring_of(window)
    assert ring is not None and ring.isVisible()
    assert ring.target() is second
    assert ring.geometry() == second.geometry().adjusted(-4, -4, 4, 4)
    QTest.mouseClick(handle, Qt.MouseButton.LeftButton, pos=first.geometry().center())
    assert not ring.isVisible()


def test_focus_ring_moves_with_its_widget(qtbot, pair) -> None:
    window, first, second = pair
    first.setFocus()
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_Backtab)
    ring = ring_of(window)
    target = ring.target()
    target.move(target.x() + 7, target.y())
    assert ring.geometry() == target.geometry().adjusted(-4, -4, 4, 4)
    target.hide()  # Qt hands the focus on to the other button
    other = first if target is second else second
    assert ring.target() is other
    other.hide()
    assert not ring.isVisible()


def test_a_widget_with_its_own_mark_gets_no_ring(qtbot, pair) -> None:
    window, first, second = pair
    second.setProperty(INSIDE, True)
    first.setFocus()
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_Tab)
    ring = ring_of(window)
    assert second.hasFocus()
    assert ring is None or not ring.isVisible()


def test_no_control_is_nameless(qtbot) -> None:
    controls = [
        Button("Un"),
        IconButton("action.more", "Autres actions"),
        StatusChip("Payée", "success", "status.paid"),
        FilterChip("Client", "Roux"),
        AddFilterButton(),
        CheckBox("Coché"),
        Switch("Oui"),
        KeyCap("K"),
        Link("Lien"),
    ]
    for control in controls:
        qtbot.addWidget(control)
    assert [type(control).__name__ for control in controls if not control.accessibleName()] == []
    assert theme.current().name == "light"
