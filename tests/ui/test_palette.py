"""The palette: what it finds, marks and runs, with the keyboard."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from facturepro.ui.widgets.palette_rows import match_spans
from tests.ui.shell_fakes import MemorySettings, make_window

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def window(qtbot):
    window = make_window(MemorySettings())
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    return window


@pytest.fixture
def palette(window):
    QTest.keyClick(window, Qt.Key.Key_K, CTRL)
    return window.palette_panel


def press(palette, *keys, modifiers=Qt.KeyboardModifier.NoModifier):
    for key in keys:
        QTest.keyClick(palette.input, key, modifiers)


def records(window):
    return window._source._records


def test_it_opens_over_the_window_where_the_anatomy_says(window, palette):
    assert palette.isVisible()
    assert palette.size() == window.centralWidget().size()
    area = palette.panel_geometry()
    assert (area.width(), area.y(), area.center().x()) == (640, 88, 639)
    assert palette.input.hasFocus()


def test_typing_filters_and_enter_opens(window, palette):
    QTest.keyClicks(palette.input, "le go")
    assert palette.current_item().key == "goff"
    press(palette, Qt.Key.Key_Return)
    assert records(window).ran == ["goff"]
    assert not palette.isVisible()


def test_shift_enter_runs_the_other_action(window, palette):
    QTest.keyClicks(palette.input, "le go")
    press(palette, Qt.Key.Key_Return, modifiers=Qt.KeyboardModifier.ShiftModifier)
    assert records(window).ran == ["invoice"]


def test_up_and_down_skip_headings_and_wrap(palette):
    first = palette.current_item()
    press(palette, Qt.Key.Key_Up)
    assert palette.current_item() is not None and palette.current_item() is not first
    press(palette, Qt.Key.Key_Down)
    assert palette.current_item() is first
    seen = set()
    for _step in palette.model.item_rows():
        seen.add(palette.current_item().key)
        press(palette, Qt.Key.Key_Down)
    assert len(seen) == len(palette.model.item_rows())


def test_tab_lists_the_actions_and_escape_goes_back_then_closes(palette):
    QTest.keyClicks(palette.input, "le go")
    press(palette, Qt.Key.Key_Tab)
    assert palette.current_item().key == "invoice"
    assert palette.input.text() == ""
    press(palette, Qt.Key.Key_Escape)
    assert palette.isVisible()
    assert palette.current_item().key == "goff"
    press(palette, Qt.Key.Key_Escape)
    assert not palette.isVisible()


def test_escape_gives_the_focus_back(window):
    field = window.host.page().field
    field.setFocus()
    QTest.keyClick(field, Qt.Key.Key_K, CTRL)
    press(window.palette_panel, Qt.Key.Key_Escape)
    assert field.hasFocus()


def test_pages_are_found_by_name_and_remembered(window, palette):
    QTest.keyClicks(palette.input, "invoices")
    press(palette, Qt.Key.Key_Return)
    assert window.host.key() == "invoices"
    QTest.keyClick(window, Qt.Key.Key_K, CTRL)
    titles = {group.title: [item.key for item in group.items] for group in window._source.query("")}
    assert titles["Récents"] == ["page:invoices"]
    assert "page:invoices" not in titles["Pages"]


def test_a_page_that_can_be_filtered_offers_it(window):
    window.open_page("clients")
    QTest.keyClick(window, Qt.Key.Key_K, CTRL)
    QTest.keyClicks(window.palette_panel.input, "zzzz")
    press(window.palette_panel, Qt.Key.Key_Return)
    assert window.host.page().calls[-1] == ("search", "zzzz")


def test_nothing_found_is_said(palette):
    QTest.keyClicks(palette.input, "zzzz")
    assert palette.current_item() is None
    assert palette.count.text() == "Aucun résultat"
    press(palette, Qt.Key.Key_Return)
    assert palette.isVisible()


def test_a_click_on_the_scrim_closes_it_and_one_inside_does_not(palette, qtbot):
    qtbot.mouseClick(palette, Qt.MouseButton.LeftButton, pos=palette.panel_geometry().center())
    assert palette.isVisible()
    qtbot.mouseClick(palette, Qt.MouseButton.LeftButton, pos=QPoint(10, 10))
    assert not palette.isVisible()


def test_typing_on_the_search_field_of_the_bar_opens_it_with_the_letter(window):
    window.page_bar.search.setFocus()
    QTest.keyClick(window.page_bar.search, Qt.Key.Key_A)
    assert window.palette_panel.isVisible()
    assert window.palette_panel.input.text() == "a"
    QTest.keyClicks(window.palette_panel.input, "b")
    assert window.palette_panel.input.text() == "ab"


def test_rows_have_names_for_screen_readers(palette):
    QTest.keyClicks(palette.input, "le go")
    assert "Menuiserie Le Goff" in palette.input.accessibleDescription()


@pytest.mark.parametrize(
    ("text", "query", "marked"),
    [
        ("Menuiserie Le Goff", "le go", ["Le Go"]),
        ("Legouez Couverture", "le go", ["Lego"]),
        ("Café de l’Écluse", "ecl", ["Écl"]),
        ("Bœuf et cie", "oeuf", ["œuf"]),
        ("Atelier Boisvert", "bois atel", ["Atel", "Bois"]),
        ("Atelier Boisvert", "xyz", []),
        ("malle Alle", "alle", ["Alle"]),
        ("Alle", "", []),
    ],
)
def test_matching_letters(text, query, marked):
    assert [text[start:end] for start, end in match_spans(text, query)] == marked
