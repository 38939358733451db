"""Drawer parts: rows edited in place, links, timeline, amounts."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from facturepro.domain.errors import UserError
from facturepro.ui.widgets.buttons import Button
from facturepro.ui.widgets.drawer import Drawer, DrawerZone
from facturepro.ui.widgets.keyvalue import KeyValueRow, LinkRow
from facturepro.ui.widgets.timeline import Timeline, TimelineEntry


@pytest.fixture
def host(qtbot):
    widget = QWidget()
    QVBoxLayout(widget)
    qtbot.addWidget(widget)
    widget.resize(360, 200)
    return widget


def put(host, widget):
    host.layout().addWidget(widget)
    host.show()
    host.activateWindow()
    return widget


def test_enter_opens_the_field_and_enter_commits(host, qtbot):
    saved = []
    row = put(host, KeyValueRow("Note", "vieux").make_editable("vieux", saved.append))
    row.view.setFocus()
    QTest.keyClick(row.view, Qt.Key.Key_Return)
    assert row.is_editing()
    with qtbot.waitSignal(row.committed) as signal:
        QTest.keyClicks(row.editor(), "neuf")  # the old text is selected
        QTest.keyClick(row.editor(), Qt.Key.Key_Return)
    assert saved == ["neuf"] and signal.args == ["neuf"]
    assert not row.is_editing()


def test_escape_gives_up(host):
    saved = []
    row = put(host, KeyValueRow("Note", "vieux").make_editable("vieux", saved.append))
    row.edit()
    QTest.keyClicks(row.editor(), "neuf")
    QTest.keyClick(row.editor(), Qt.Key.Key_Escape)
    assert saved == [] and not row.is_editing() and row.text() == "vieux"


def test_leaving_the_field_commits(host, qtbot):
    saved = []
    row = put(host, KeyValueRow("Note").make_editable("", saved.append))
    other = put(host, QLineEdit())
    qtbot.waitUntil(host.isActiveWindow)
    row.edit()
    QTest.keyClicks(row.editor(), "neuf")
    other.setFocus()
    assert saved == ["neuf"]


def test_a_refused_value_stays_with_the_reason(host):
    def refuse(value):
        raise UserError("email_invalid", text=value)

    row = put(host, KeyValueRow("E-mail").make_editable("", refuse))
    row.edit()
    QTest.keyClicks(row.editor(), "claire")
    QTest.keyClick(row.editor(), Qt.Key.Key_Return)
    assert row.is_editing()
    assert row.editor().text() == "claire"
    assert row.error() == "« claire » n’est pas une adresse e-mail."


def test_an_unchanged_value_is_not_saved(host):
    saved = []
    row = put(host, KeyValueRow("Note", "a").make_editable("a", saved.append))
    row.edit()
    QTest.keyClick(row.editor(), Qt.Key.Key_Return)
    assert saved == []


def test_links_answer_the_keyboard(host, qtbot):
    row = put(host, KeyValueRow("Client", "Agencement Roux", link=True))
    with qtbot.waitSignal(row.link_clicked):
        QTest.keyClick(row.view, Qt.Key.Key_Return)
    link = put(host, LinkRow("nav.quotes", "DE-2026-A0058", "devis du 12 oct."))
    with qtbot.waitSignal(link.clicked):
        QTest.keyClick(link, Qt.Key.Key_Space)
    assert link.accessibleName() == "DE-2026-A0058, devis du 12 oct."


def full_drawer():
    drawer = Drawer("FA-2026-A0105")
    drawer.set_amount("Reste à payer", "2 251,80 €", chip=("En retard", "danger", "status.late"), share=0.4)
    drawer.set_actions([Button("Enregistrer un paiement", "primary"), Button("Relancer")])
    drawer.add_section().add(KeyValueRow("Client", "Agencement Roux"))
    drawer.add_section("Chronologie").add(
        Timeline([TimelineEntry("Prévue", "lundi", "planned"), TimelineEntry("Émise", "hier", "done")])
    )
    drawer.set_foot(("status.sealed", "Scellée", "success"), ("status.synced", "Synchronisée", "success"))
    return drawer


def test_the_drawer_follows_the_anatomy(qtbot, each_theme):
    zone = DrawerZone()
    qtbot.addWidget(zone)
    zone.resize(360, 744)
    drawer = full_drawer()
    zone.show_drawer(drawer)
    zone.show()
    row = drawer.findChild(KeyValueRow)
    assert (zone.width(), row.height()) == (360, 28)
    primary = drawer.findChild(Button)
    assert primary.height() == 32
    assert primary.mapTo(drawer, primary.rect().topLeft()).x() == 17  # 16 and the line at the left
    assert not zone.grab().isNull()


def test_clear_empties_all_but_header_and_foot(qtbot):
    drawer = full_drawer()
    qtbot.addWidget(drawer)
    drawer.clear()
    drawer.add_section().add(KeyValueRow("Client", "Autre"))
    drawer.show()
    assert [row.text() for row in drawer.findChildren(KeyValueRow) if row.isVisible()] == ["Autre"]


def test_the_cross_closes_the_zone(qtbot):
    zone = DrawerZone()
    qtbot.addWidget(zone)
    drawer = Drawer("A")
    zone.show_drawer(drawer)
    with qtbot.waitSignal(zone.closed):
        drawer.close_button.click()
    assert zone.drawer() is None and not zone.isVisible()
