"""A change on one computer shows in the other's open list, without a click."""

import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from pytestqt.qtbot import QtBot

from facturepro.app.window import Application
from facturepro.services import cloud, records
from facturepro.services.workspace import Workspace
from facturepro.ui.pages.clients import ClientsPage
from tests.conftest import COMPANY
from tests.sync.emulator import Emulator

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(120)]


@pytest.fixture
def desk(tmp_path: Path, emulator: Emulator, qtbot: QtBot) -> Iterator[tuple[Application, Workspace, str]]:
    target = cloud.emulator_target(emulator.host_port, emulator.project, f"c{uuid4().hex}")
    first, second = Workspace(tmp_path / "one"), Workspace(tmp_path / "two")
    company = first.create(COMPANY)
    client = records.create(company, "client", {"name": "Ali Benali", "company_name": "ABC SARL"})
    cloud.join(company, target)
    cloud.sync_once(company)
    company.close()
    other = cloud.join_new(second, target)
    cloud.sync_once(other)
    other.close()
    application = Application(first, None)
    assert application.open(None)
    yield application, second, client["id"]
    application.close()


def phones(page: ClientsPage) -> list[str]:
    """What the open list shows, cell by cell."""
    model = page.list.model()
    texts = []
    for row in range(model.rowCount()):
        texts += [str(model.index(row, column).data()) for column in range(model.columnCount())]
    return texts


def test_a_change_elsewhere_shows_in_the_open_list(desk: tuple[Application, Workspace, str], qtbot: QtBot) -> None:
    application, second, client_id = desk
    assert application.current is not None
    window = application.current.window
    window.open_page("clients")
    page = window.host.page()
    assert isinstance(page, ClientsPage)
    qtbot.waitUntil(lambda: application.current.sync.state.kind == "synced", timeout=30_000)  # type: ignore[union-attr]
    other = second.open(None)
    engine = cloud.make_engine(other)
    engine.start()
    try:
        qtbot.waitUntil(lambda: engine.state.kind == "up_to_date", timeout=30_000)
        before = time.monotonic()
        records.update(other, "client", client_id, {"phone": "0699887766"})
        qtbot.waitUntil(lambda: any("0699887766" in text for text in phones(page)), timeout=20_000)
        print(f"seen in the open list after {time.monotonic() - before:.3f} s")
    finally:
        engine.stop()
        engine.remote.close()
        other.close()
