"""What floats and passes: toasts, long work, banners, menus, errors."""

import threading

import pytest
import shiboken6
from PySide6.QtCore import Qt, QThread
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from facturepro.domain.errors import UserError
from facturepro.ui.widgets import errors
from facturepro.ui.widgets.banner import Banner
from facturepro.ui.widgets.buttons import Button
from facturepro.ui.widgets.empty import DRAWINGS, EmptyState
from facturepro.ui.widgets.floor import Floor
from facturepro.ui.widgets.menu import Menu
from facturepro.ui.widgets.progress import TaskHost, time_left
from facturepro.ui.widgets.task import LongTask, TaskCancelled
from facturepro.ui.widgets.toast import ToastHost


@pytest.fixture
def ground(qtbot):
    widget = QWidget()
    widget.resize(1000, 700)
    QVBoxLayout(widget).addWidget(QLineEdit())
    qtbot.addWidget(widget)
    widget.show()
    widget.activateWindow()
    qtbot.waitUntil(widget.isActiveWindow)
    return widget


def test_a_toast_is_bottom_centre_and_48_high(ground):
    toast = ToastHost(Floor(ground, ground)).show("Client supprimé", "Annuler", lambda: None, "action.delete")
    area = toast.panel_rect().toRect().translated(toast.pos())
    assert area.height() == 48
    assert area.bottom() + 1 == 700 - 24
    assert abs(area.center().x() - 500) <= 1
    ground.resize(800, 600)
    assert toast.panel_rect().toRect().translated(toast.pos()).bottom() + 1 == 600 - 24


def test_notices_and_long_work_stand_above_the_foot_of_the_page(ground, qtbot):
    """Whatever height the foot takes meanwhile (missing mentions come and go)."""
    foot = QLineEdit(ground)
    foot.setGeometry(0, 652, 1000, 48)
    foot.show()
    floor = Floor(ground, ground)
    toast = ToastHost(floor).show("Client supprimé", "Annuler", lambda: None)
    done = threading.Event()
    tasks = TaskHost(floor, lambda _e: None, lambda _t: None)
    tasks.run("Archive", lambda _task: done.wait(20))
    (panel,) = tasks.panels()
    qtbot.waitUntil(panel.isVisible)

    def bottoms() -> list[int]:
        return [each.panel_rect().toRect().translated(each.pos()).bottom() + 1 for each in (toast, panel)]

    assert bottoms() == [700 - 24, 700 - 16]
    floor.set_foot(foot)
    assert bottoms() == [652 - 12] * 2
    foot.setGeometry(0, 560, 1000, 140)
    assert bottoms() == [560 - 12] * 2
    foot.hide()
    assert bottoms() == [700 - 24, 700 - 16]
    done.set()
    qtbot.waitUntil(lambda: not tasks.panels())


def test_a_toast_leaves_after_its_time(ground, qtbot):
    host = ToastHost(Floor(ground, ground))
    toast = host.show("Client supprimé", duration=100)
    with qtbot.waitSignal(toast.closed, timeout=2000):
        pass
    assert host.current() is None


def test_the_undo_of_a_toast_runs_once(ground, qtbot):
    undone = []
    host = ToastHost(Floor(ground, ground))
    toast = host.show("Client supprimé", "Annuler", lambda: undone.append(1))
    qtbot.mouseClick(toast.action_button, Qt.MouseButton.LeftButton)
    assert undone == [1] and host.current() is None


def test_a_toast_waits_while_it_has_the_focus(ground, qtbot):
    toast = ToastHost(Floor(ground, ground)).show("Client supprimé", "Annuler", lambda: None, duration=200)
    toast.action_button.setFocus()
    qtbot.wait(500)
    assert toast.remaining() == 200
    QTest.keyClick(toast.action_button, Qt.Key.Key_Escape)
    assert not toast.isVisible()


def test_a_new_toast_replaces_the_one_before(ground):
    host = ToastHost(Floor(ground, ground))
    first = host.show("Un")
    second = host.show("Deux")
    assert not first.isVisible() and host.current() is second


# --- long work


def test_a_task_runs_beside_the_window_and_answers_in_the_qt_thread(qtbot):
    threads = {}

    def work(task):
        threads["work"] = threading.get_ident()
        for index in range(1, 101):
            task.report(index, 100)
        return 42

    task = LongTask(work)
    seen = []
    task.progressed.connect(lambda done, total, _text: seen.append((done, total)))
    task.finished.connect(lambda _value: threads.update(answer=threading.get_ident()))
    with qtbot.waitSignal(task.finished, timeout=5000) as signal:
        task.start()
    assert signal.args == [42]
    assert threads["work"] != threading.get_ident() == threads["answer"]
    assert seen[-1] == (100, 100)


def test_a_cancelled_task_may_clean_up_and_says_cancelled(qtbot):
    cleaned = []

    def work(task):
        try:
            while True:
                task.check()
                QThread.msleep(5)
        except TaskCancelled:
            cleaned.append(True)
            raise

    task = LongTask(work)
    with qtbot.waitSignals([task.cancelled, task.ended], timeout=5000):
        task.start()
        task.cancel()
    assert cleaned == [True]


def test_an_error_of_a_task_arrives_as_a_signal(qtbot):
    error = UserError("disk_full")

    def work(_task):
        raise error

    task = LongTask(work)
    with qtbot.waitSignal(task.failed, timeout=5000) as signal:
        task.start()
    assert signal.args == [error]


def test_the_panel_counts_and_cancels(ground, qtbot):
    go_on = threading.Event()
    failures, notices = [], []

    def work(task):
        task.report(412, 1000)
        while not go_on.wait(0.01):
            task.check()

    host = TaskHost(Floor(ground, ground), failures.append, notices.append)
    task = host.run("1 000 factures en PDF", work, icon="action.pdf", cancel_note="Annuler retire les fichiers.")
    panel = host.panels()[0]
    qtbot.waitUntil(lambda: panel.isVisible() and panel.count_text() == "412 sur 1\u202f000", timeout=3000)
    assert panel.panel_rect().width() == 376
    assert panel.share() == pytest.approx(0.412)
    area = panel.panel_rect().toRect().translated(panel.pos())
    assert (area.right() + 1, area.bottom() + 1) == (1000 - 16, 700 - 16)
    with qtbot.waitSignal(task.ended, timeout=5000):
        panel.cancel_button.click()
        assert not panel.cancel_button.isEnabled()
    assert host.panels() == []
    assert "annulé" in notices[0] and failures == []


def test_short_work_shows_no_panel(ground, qtbot):
    host = TaskHost(Floor(ground, ground), lambda _e: None, lambda _t: None)
    results = []
    task = host.run("Court", lambda _task: 7, on_done=results.append)
    panel = host.panels()[0]
    with qtbot.waitSignal(task.ended, timeout=5000):
        pass
    assert results == [7] and not panel.isVisible()


@pytest.mark.parametrize(
    ("elapsed", "done", "total", "text"),
    [
        (10, 412, 1000, "encore 14 s"),
        (60, 100, 1000, "encore 9 min"),
        (3600, 100, 300, "encore 2 h 00"),
        (0.5, 1, 1000, ""),
        (10, 0, 1000, ""),
        (10, 5, 0, ""),
    ],
)
def test_time_left(elapsed, done, total, text):
    assert time_left(elapsed, done, total) == text


# --- menus


@pytest.fixture
def menu(ground):
    chosen = []
    menu = Menu(ground)
    menu.add("Dupliquer", "action.duplicate", lambda: chosen.append("copy"), shortcut="Ctrl+D")
    menu.add("Imprimer", "action.print", lambda: chosen.append("print"), enabled=False)
    menu.add_separator()
    menu.add("Supprimer", "action.delete", lambda: chosen.append("delete"), danger=True)
    menu.chosen = chosen
    return menu


def test_menu_keyboard_skips_disabled_rows(ground, menu):
    ground.findChild(QLineEdit).setFocus()
    menu.open_at(ground.findChild(QLineEdit))
    QTest.keyClick(menu, Qt.Key.Key_Down)
    QTest.keyClick(menu, Qt.Key.Key_Down)
    assert menu.current().text() == "Supprimer"
    QTest.keyClick(menu, Qt.Key.Key_Return)
    assert menu.chosen == ["delete"]
    assert ground.findChild(QLineEdit).hasFocus()


def test_menu_letters_escape_and_outside_clicks(ground, menu, qtbot):
    menu.open_at(ground.findChild(QLineEdit))
    assert menu.rows()[0].height() == 32
    QTest.keyClick(menu, Qt.Key.Key_S)
    assert menu.current().text() == "Supprimer"
    qtbot.mouseClick(ground, Qt.MouseButton.LeftButton, pos=ground.rect().bottomRight() / 2)
    assert not menu.isVisible() and menu.chosen == []


def test_menu_stays_inside_the_window(ground, menu):
    menu.open_at_point(ground.mapToGlobal(ground.rect().bottomRight()))
    area = menu.panel_rect().toRect().translated(menu.pos())
    assert ground.rect().contains(area)


# --- banners, empty states, errors


def test_banner_action_and_close(qtbot):
    done = []
    banner = Banner("Le seuil est proche.", "Comprendre", lambda: done.append(1), closable=True)
    qtbot.addWidget(banner)
    banner.show()
    assert banner.height() >= 48
    banner.button.click()
    with qtbot.waitSignal(banner.closed):
        banner.close_button.click()
    assert done == [1] and not banner.isVisible()


@pytest.mark.parametrize("name", DRAWINGS)
def test_every_drawing_can_be_drawn_in_both_themes(qtbot, each_theme, name):
    empty = EmptyState(name, "Aucun devis", "Un devis accepté devient une commande.", Button("Nouveau", "primary"))
    qtbot.addWidget(empty)
    empty.resize(600, 500)
    image = empty.grab().toImage()
    colours = {image.pixelColor(x, y).name() for x in range(220, 380, 3) for y in range(100, 260, 3)}
    assert len(colours) > 3  # something is drawn


def test_a_user_error_is_a_toast_in_words(ground):
    ground.toasts = ToastHost(Floor(ground, ground))
    errors.show_error(ground.findChild(QLineEdit), UserError("disk_full"))
    assert "Le disque est plein" in ground.toasts.current().text


def test_an_error_of_a_window_that_has_closed_is_kept_in_the_log(qtbot, caplog):
    """Work may end after the window that began it."""
    closed = QWidget()
    shiboken6.delete(closed)
    with caplog.at_level("INFO"):
        errors.show_error(closed, UserError("disk_full"))
    assert "disk_full, after its window closed" in caplog.text


def test_anything_else_is_the_crash_dialog(ground, caplog):
    error = ValueError("secret client name")
    errors.show_error(ground, error)
    dialog = ground.findChild(errors.CrashDialog)
    assert dialog.isVisible()
    text = " ".join(label.text() for label in dialog.findChildren(errors.Label))
    assert "intactes" in text and "ValueError" in text and "secret" not in text
    assert "unexpected error" in caplog.text
    dialog.continue_button.click()


def test_uncaught_errors_of_threads_reach_the_qt_thread(qtbot, monkeypatch):
    import sys

    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    seen = []
    relay = errors.install_excepthook(lambda error: seen.append((str(error), threading.get_ident())))

    def fail():
        raise ValueError("oops")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: bool(seen))
    assert seen == [("oops", threading.get_ident())]
    assert relay is not None
