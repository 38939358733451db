"""A second computer: the company is joined from the first start, without typing it again."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from facturepro.app.window import Application
from facturepro.domain.errors import UserError
from facturepro.services import cloud
from facturepro.services.company import OpenCompany
from facturepro.services.workspace import Workspace
from tests.conftest import COMPANY

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def application(workspace: Workspace, qtbot: QtBot) -> Iterator[Application]:
    made = Application(workspace, None)
    made.first_start()
    yield made
    made.close()


def test_refused_beside_the_field_then_joined_once(
    application: Application, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    wizard, go = application._wizard, threading.Event()
    asked: list[Any] = []

    def join_new(workspace: Workspace, target: Any, key_file: Any, _is_cancelled: Any) -> OpenCompany:
        asked.append((target["remote_company"], key_file))
        if target["remote_company"] == "rien":
            raise UserError("cloud_company_missing", remote="rien")
        assert go.wait(20)
        return workspace.create(COMPANY)

    monkeypatch.setattr(cloud, "join_new", join_new)
    wizard.join_button.click()
    form = wizard.join_form
    form.mode.set_value("emulator")
    form._show_mode()
    name = form.fields["remote"].control
    assert name.isVisible() and not wizard.next_button.isVisible()
    name.set_value("rien")
    QTest.keyClick(name, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: form.message.isVisible() and name.isEnabled())
    assert "« rien »" in form.message.text()
    name.set_value("atelier")
    QTest.keyClick(name, Qt.Key.Key_Return)
    form.button.click()
    form.submit()  # twice more: one company is made
    go.set()
    qtbot.waitUntil(lambda: application.current is not None, timeout=20_000)
    assert application.current is not None
    assert asked == [("rien", None), ("atelier", None)]
    assert application.current.window.host.key() == "sync"
    assert [entry["name"] for entry in application.workspace.companies()] == ["Atelier Boisvert"]


def test_given_up_while_the_network_does_not_answer(
    application: Application, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a company nor an error, and the form can be used again."""
    wizard, go = application._wizard, threading.Event()

    def join_new(_workspace: Workspace, _target: Any, _key_file: Any, _is_cancelled: Any) -> OpenCompany:
        assert go.wait(20)
        raise UserError("cloud_unreachable", reason="DEADLINE_EXCEEDED", cause="pas de réponse à temps")

    said: list[str] = []
    monkeypatch.setattr(cloud, "join_new", join_new)
    monkeypatch.setattr(application._toasts, "show", said.append)
    wizard.join_button.click()
    form = wizard.join_form
    form.wanted.emit(cloud.emulator_target("127.0.0.1:1", "projet", "atelier"), None)
    (panel,) = application._tasks.panels()
    panel.cancel_button.click()
    go.set()
    qtbot.waitUntil(lambda: not application._tasks.panels())
    assert form.button.isEnabled() and not form.message.isVisible() and "annulé" in said[0]
    assert application.workspace.companies() == []


def test_back_to_the_questions(application: Application) -> None:
    wizard = application._wizard
    wizard.show_join(True)
    assert not wizard.preview.isVisible() and not wizard.step_rows[0].isVisible()
    QTest.keyClick(wizard, Qt.Key.Key_Return)
    assert wizard.index() == 0, "the questions are not answered behind the form"
    wizard.show_join(False)
    assert wizard.preview.isVisible() and wizard.next_button.isVisible()
