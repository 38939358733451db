"""The gallery shows every control and can be saved in both themes."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit

from facturepro.ui import theme
from facturepro.ui.gallery import build_gallery, render
from facturepro.ui.gallery.sheet import HEIGHT, WIDTH
from facturepro.ui.widgets.buttons import Button
from facturepro.ui.widgets.chips import StatusChip
from facturepro.ui.widgets.focus import FocusRing
from facturepro.ui.widgets.listview import RecordList


@pytest.mark.parametrize("name", ["light", "dark"])
def test_saved_in_both_themes(qtbot, tmp_path: Path, name: str) -> None:
    sheet = build_gallery()
    qtbot.addWidget(sheet)
    picture = QImage(str(render(sheet, tmp_path / "gallery.png", (WIDTH, HEIGHT), name)))
    assert (picture.width(), picture.height()) == (WIDTH, HEIGHT)
    shown = theme.Theme(name)
    assert picture.pixelColor(640, 5) == shown.color("surface_2")
    assert picture.pixelColor(130, 153) == shown.color("accent")  # the primary button
    assert picture.pixelColor(230, 153) == shown.color("accent_hover")
    assert picture.pixelColor(330, 153) == shown.color("accent_pressed")
    assert picture.pixelColor(421, 153) == shown.color("focus")
    assert picture.pixelColor(657, 266) == shown.color("accent")  # the current row of the list
    assert picture.pixelColor(1000, 194) == shown.color("hover")


def test_every_control_is_there_and_named(qtbot) -> None:
    sheet = build_gallery()
    qtbot.addWidget(sheet)
    assert {button.variant for button in sheet.findChildren(Button)} == {"primary", "secondary", "ghost", "danger"}
    assert len(sheet.findChildren(StatusChip)) == 18
    assert len(sheet.findChildren(RecordList)) == 1
    assert len(sheet.findChildren(FocusRing, options=Qt.FindChildOption.FindChildrenRecursively)) == 5
    controls = [*sheet.findChildren(QAbstractButton), *sheet.findChildren(QLineEdit), *sheet.findChildren(QComboBox)]
    nameless = [
        type(control).__name__
        for control in controls
        if not control.accessibleName() and not control.inherits("QTableCornerButton")
    ]
    assert nameless == []
