"""The window: lazy pages, changes, navigation, keys, drawer, what it remembers."""

import threading

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest

from facturepro.ui import theme
from facturepro.ui.pages.base import PageSpec
from facturepro.ui.shell.navigation import Navigation
from facturepro.ui.shell.navigation_parts import initials
from facturepro.ui.shell.ports import SyncState
from facturepro.ui.shell.settings import QtSettings
from facturepro.ui.shell.syncindicator import KINDS
from facturepro.ui.shell.window import MainWindow
from facturepro.ui.sync_states import label as words
from facturepro.ui.widgets.drawer import Drawer
from tests.ui.shell_fakes import FakeUndo, MemorySettings, make_window, refusal

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def settings():
    return MemorySettings()


@pytest.fixture
def undo():
    return FakeUndo("Client supprimé")


@pytest.fixture
def window(qtbot, settings, undo) -> MainWindow:
    window = make_window(settings, undo)
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    return window


def test_pages_are_made_at_their_first_visit(window):
    assert window.host.made() == ["dashboard"]
    window.open_page("clients", "0192")
    assert window.host.made() == ["dashboard", "clients"]
    assert window.host.page().calls == [("activate", "0192")]
    first = window.host.page()
    window.open_page("dashboard")
    window.open_page("clients")
    assert window.host.page() is first


def test_only_the_visible_page_hears_of_changes_and_the_others_are_refreshed_when_shown(window):
    dashboard = window.host.page()
    window.open_page("clients")
    clients = window.host.page()
    window.publish_changes("client", ["a"])
    assert clients.calls[-1] == ("client", ["a"])
    assert dashboard.calls == [("activate", None)]
    assert window.host.is_stale("dashboard")
    window.open_page("dashboard")
    assert dashboard.calls[1:] == [("", []), ("activate", None)]
    assert not window.host.is_stale("dashboard")


def test_a_page_is_not_told_of_kinds_that_do_not_concern_it(window):
    window.open_page("clients")
    window.publish_changes("invoice", ["a"])
    assert ("invoice", ["a"]) not in window.host.page().calls
    window.open_page("dashboard")
    window.publish_changes("invoice", ["a"])
    assert not window.host.is_stale("clients")


def test_a_page_may_refuse_to_go(window, qtbot):
    window.host.page().may_leave = False
    qtbot.mouseClick(window.navigation.row("clients"), Qt.MouseButton.LeftButton)
    assert window.host.key() == "dashboard"
    assert window.navigation.active() == "dashboard"


def test_navigation_measures_counters_and_dots(window, qtbot):
    navigation = window.navigation
    assert navigation.width() == 216
    assert navigation.row("clients").height() == 32
    assert navigation.row("clients").x() == 8
    qtbot.waitUntil(lambda: navigation.row("invoices").count() == 1200)
    assert "1\u202f200" in navigation.row("invoices").accessibleName()
    assert not navigation.row("levels").has_dot()
    navigation.set_collapsed(True)
    assert navigation.width() == 56
    assert navigation.row("levels").has_dot()
    assert navigation.row("sync").has_dot()
    assert not navigation.row("invoices").has_dot()  # a plain counter is no alert
    assert navigation.row("clients").toolTip() == "Clients"


def test_counting_never_holds_the_window_up(qtbot):
    """On a worker, the newest request only; a failure is shown once and leaves the numbers as they were."""
    threads, answers = [], iter([4, 9])

    def count() -> int:
        threads.append(threading.current_thread())
        return next(answers)

    navigation = Navigation([PageSpec("clients", "Clients", "nav.clients", "records", lambda _shell: None, count)])
    qtbot.addWidget(navigation)
    failures = []
    navigation.failed.connect(failures.append)
    for expected in (4, 9):
        navigation.refresh_counters()
        qtbot.waitUntil(lambda expected=expected: navigation.row("clients").count() == expected)
    assert threading.main_thread() not in threads
    navigation.refresh_counters()
    qtbot.waitUntil(lambda: len(failures) == 1)
    assert navigation.row("clients").count() == 9


def test_an_editor_collapses_the_navigation_and_lights_its_parent(window, settings):
    window.open_page("editor")
    assert window.navigation.is_collapsed()
    assert window.navigation.active() == "invoices"
    assert window.page_bar.lens_button.isVisible()
    assert not window.page_bar.search.isVisible()
    assert window.host.page().chip.isVisible()
    window.open_page("clients")
    assert not window.navigation.is_collapsed()
    assert not window.host.page().window().host._pages["editor"].chip.isVisible()
    assert settings.get("window/page") == "clients"  # never an editor


def test_geometry_navigation_page_and_drawer_width_are_remembered(window, settings, qtbot):
    window.resize(960, 640)  # the offscreen screen is 800 x 800
    QTest.keyClick(window, Qt.Key.Key_B, CTRL)
    window.open_page("clients")
    window.drawer_zone._drag(40)
    window.close()
    again = make_window(settings)
    qtbot.addWidget(again)
    assert (again.width(), again.height()) == (960, 640)
    assert again.navigation.is_collapsed()
    assert again.host.key() == "clients"
    assert again.drawer_zone.width() == 400


def test_drawer_width_stays_within_its_limits(window):
    window.drawer_zone._drag(1000)
    assert window.drawer_zone.width() == 480
    window.drawer_zone._drag(-1000)
    assert window.drawer_zone.width() == 320


@pytest.mark.parametrize(
    ("key", "modifiers", "call"),
    [
        (Qt.Key.Key_N, CTRL, "new"),
        (Qt.Key.Key_S, CTRL, "save"),
        (Qt.Key.Key_E, CTRL, "export"),
        (Qt.Key.Key_P, CTRL, "print"),
    ],
)
def test_keys_reach_the_page(window, key, modifiers, call):
    QTest.keyClick(window, key, modifiers)
    assert window.host.page().calls[-1] == call


def test_a_primary_action_with_its_own_key_does_not_answer_ctrl_n(window):
    window.open_page("editor")
    page = window.host.page()
    QTest.keyClick(window, Qt.Key.Key_N, CTRL)
    assert "issue" not in page.calls
    QTest.keyClick(window, Qt.Key.Key_Return, CTRL)
    assert page.calls[-1] == "issue"


def test_undo_and_redo_say_what_they_do(window, undo):
    assert "Client supprimé" in window.actions_by_name["undo"].text()
    assert not window.actions_by_name["redo"].isEnabled()
    QTest.keyClick(window, Qt.Key.Key_Z, CTRL)
    assert undo.done == []
    assert window.toasts.current().text == "Annulé : Client supprimé"
    QTest.keyClick(window, Qt.Key.Key_Z, CTRL | SHIFT)
    assert undo.done == ["Client supprimé"]
    QTest.keyClick(window, Qt.Key.Key_Z, CTRL)
    QTest.keyClick(window, Qt.Key.Key_Y, CTRL)
    assert undo.done == ["Client supprimé"]


def test_undo_that_is_refused_says_why(window, undo):
    undo.error = refusal()
    QTest.keyClick(window, Qt.Key.Key_Z, CTRL)
    assert undo.done == ["Client supprimé"]
    assert "Impossible d’annuler" in window.toasts.current().text


def test_in_a_text_field_the_fields_own_undo_comes_first(window, undo):
    field = window.host.page().field
    field.setFocus()
    QTest.keyClicks(field, "abc")
    QTest.keyClick(field, Qt.Key.Key_Z, CTRL)
    assert field.text() == ""
    assert undo.done == ["Client supprimé"]
    QTest.keyClick(field, Qt.Key.Key_Z, CTRL)  # nothing left in the field: now the program's
    assert undo.done == []


def test_question_mark_opens_the_sheet_but_not_while_typing(window):
    field = window.host.page().field
    field.setFocus()
    QTest.keyClick(field, "?")
    assert field.text() == "?"
    assert window._sheet is None
    window.navigation.row("clients").setFocus()
    QTest.keyClick(window.navigation.row("clients"), "?")
    assert window._sheet is not None and window._sheet.isVisible()
    QTest.keyClick(window._sheet, Qt.Key.Key_Escape)
    assert window._sheet is None


def test_f1_opens_the_guide(qtbot):
    opened = []
    window = make_window(guide=lambda: opened.append(True))
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    QTest.keyClick(window, Qt.Key.Key_F1)
    assert opened == [True]


def test_escape_closes_the_drawer(window):
    window.open_drawer(Drawer("FA-2026-A0105"))
    assert window.drawer_zone.isVisible()
    assert window.drawer_zone.width() == 360
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert not window.drawer_zone.isVisible()


def test_leaving_the_page_closes_its_drawer(window):
    window.open_drawer(Drawer("FA-2026-A0105"))
    window.open_page("clients")
    assert window.drawer_zone.drawer() is None


def test_companies_can_be_switched_and_created(qtbot):
    chosen: list[str] = []
    window = make_window(switched=chosen)
    qtbot.addWidget(window)
    window.show()
    rows = window.navigation.companies_menu().rows()
    assert [row.text() for row in rows][:3] == ["Atelier Boisvert", "Garage Roux", "Nouvelle entreprise…"]
    assert rows[0].isChecked() and not rows[1].isChecked()
    rows[1].click()
    window.navigation.companies_menu().rows()[2].click()
    assert chosen == ["2", "new"]


def test_sync_indicator_states(window, qtbot):
    assert words(SyncState("synced")) == "À jour"
    assert words(SyncState("waiting", 2)) == "2 en attente"
    assert words(SyncState("offline")) == "Hors ligne"
    assert words(SyncState("signin")) == "Se reconnecter"
    assert words(SyncState("error", reason="droits retirés")) == "Erreur : droits retirés"
    for kind in KINDS:
        window.set_sync_state(SyncState(kind, 1, "droits retirés"))
        window.page_bar.grab()
    with pytest.raises(KeyError):
        window.set_sync_state(SyncState("unknown"))
    qtbot.mouseClick(window.page_bar.sync, Qt.MouseButton.LeftButton)
    assert window.host.key() == "sync"


def test_page_bar_follows_the_page(window):
    page = window.host.page()
    page.name = "Autre titre"
    page.bar_changed.emit()
    assert window.page_bar.title.text() == "Autre titre"
    assert window.page_bar.height() == 56
    window.open_page("clients")
    page.bar_changed.emit()  # a hidden page no longer speaks
    assert window.page_bar.title.text() == "Clients"


def test_every_control_of_the_window_has_a_name(window):
    from PySide6.QtWidgets import QAbstractButton

    window.open_page("editor")
    nameless = [button for button in window.findChildren(QAbstractButton) if not button.accessibleName()]
    assert nameless == []


def test_wrong_theme_independence(window, each_theme: theme.Theme):
    assert not window.grab().isNull()


def test_initials():
    assert [initials(name) for name in ("Atelier Boisvert", "Roux", "L’Établi & fils", "")] == ["AB", "RO", "LÉ", ""]


def test_settings_come_back_with_their_types(tmp_path):
    store = QtSettings(QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat))
    store.set("a", ["x", 1, True])
    assert store.get("a") == ["x", 1, True]
    assert store.get("b", 7) == 7
    store._settings.setValue("broken", "{")
    assert store.get("broken", 3) == 3


def test_the_state_of_the_synchronisation_is_said_whole_and_the_search_gives_way(window):
    """In the narrowest window too; where it has no room at all the sign stands alone, never dots."""
    window.resize(960, 640)
    window.open_page("clients")
    for state in (SyncState("synced"), SyncState("error", reason="accès refusé"), SyncState("update")):
        window.set_sync_state(state)
        window.page_bar.layout().activate()
        sync = window.page_bar.sync
        assert sync.width() >= sync.sizeHint().width()
        assert window.page_bar.search.width() >= 160
    sync.setFixedWidth(90)
    sync.set_state(SyncState("synced"))
    whole = sync.grab().toImage()
    sync.set_state(SyncState("update"))
    cut = sync.grab().toImage()
    words = range(30, 90)
    assert any(whole.pixelColor(x, 16) != whole.pixelColor(89, 1) for x in words)
    assert all(cut.pixelColor(x, y) == cut.pixelColor(89, 1) for x in words for y in (12, 16, 20))
