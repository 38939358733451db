"""A backup brought back from the window: beside the work, cancelled without a trace, and the program stays."""

import threading
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from facturepro.app.window import Application
from facturepro.services import backups, records
from facturepro.services.workspace import Workspace
from facturepro.ui.widgets.task import cancel_all
from tests.conftest import COMPANY

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def application(workspace: Workspace, qtbot: QtBot) -> Iterator[Application]:
    workspace.create(COMPANY).close()
    made = Application(workspace, None)
    assert made.open(None)
    yield made
    made.close()


def test_the_company_is_as_it_was_and_the_program_goes_on(application: Application, qtbot: QtBot) -> None:
    assert application.current is not None
    first = application.current
    records.create(first.company, "client", {"name": "Avant"})
    made = backups.create(first.company)
    records.create(first.company, "client", {"name": "Après"})
    quits: list[bool] = []
    application.qt.aboutToQuit.connect(lambda: quits.append(True))
    application.restore_backup(made["file"])
    assert application.current is first, "the window stays usable while the backup is taken apart"
    qtbot.waitUntil(lambda: application.current not in (None, first), timeout=20_000)
    qtbot.wait(50)  # an event that closes the program would come now
    assert application.current.window.isVisible()
    assert quits == []
    names = [row["name"] for row in records.page(application.current.company, records.ListQuery("client")).rows]
    assert names == ["Avant"]


def test_cancelled_it_leaves_everything_as_it_was(
    application: Application, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert application.current is not None
    first, workspace = application.current, application.workspace
    made = backups.create(first.company)
    started, go = threading.Event(), threading.Event()
    unpack = backups._unpack

    def slowly(*given: object) -> None:
        started.set()
        assert go.wait(20)
        unpack(*given)

    monkeypatch.setattr(backups, "_unpack", slowly)
    application.restore_backup(made["file"])
    assert started.wait(20)
    threading.Timer(0.2, go.set).start()
    assert cancel_all()
    qtbot.wait(50)
    assert application.current is first
    assert list((workspace.data_dir / backups.RESTORING).iterdir()) == []
    assert len(backups.list_backups(first.company)) == 1


def test_what_is_no_backup_is_said_in_the_window(
    application: Application, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    assert application.current is not None
    first = application.current
    shown: list[BaseException] = []
    monkeypatch.setattr(first.window.tasks, "_on_error", shown.append)
    bad = tmp_path / "photo.zip"
    bad.write_bytes(b"no zip")
    application.restore_backup(bad)
    qtbot.waitUntil(lambda: bool(shown), timeout=20_000)
    assert application.current is first
