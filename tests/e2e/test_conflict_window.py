"""A conflict made by two computers, seen and settled in a real window by mouse: gone from both."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from PySide6.QtCore import QSettings

from facturepro.services import cloud, conflicts, records
from facturepro.services.company import OpenCompany
from facturepro.services.workspace import Workspace
from facturepro.ui.shell.settings import QtSettings
from tests.conftest import COMPANY, missing
from tests.e2e.display import HOW_TO_INSTALL, Display, display, missing_tools
from tests.e2e.machine import Machine
from tests.e2e.test_window_story import Person, window_of
from tests.sync.emulator import Emulator

pytestmark = [pytest.mark.emulator, pytest.mark.window, pytest.mark.slow, pytest.mark.timeout(150)]

RESTORE = (653, 396)
"""The button « Rétablir cette valeur » of the only conflict, in a window of 1280 x 800."""


@pytest.fixture
def screen() -> Iterator[Display]:
    if tools := missing_tools():
        missing(", ".join(tools), HOW_TO_INSTALL)
    with display() as shown:
        yield shown


def on(machine: Machine, act: Callable[[OpenCompany], Any]) -> Any:
    """Something done on a computer by another program than its window."""
    company = Workspace(machine.folder).open(None)
    try:
        return act(company)
    finally:
        company.close()


def quarrel(one: Machine, two: Machine, emulator: Emulator) -> str:
    """Both change a client's phone out of sight of each other; the second, who came later, stands. Answers the client."""
    target = cloud.emulator_target(emulator.host_port, emulator.project, f"c{uuid4().hex}")
    first = Workspace(one.folder).create(COMPANY)
    client = str(records.create(first, "client", {"name": "Ali Benali", "company_name": "ABC SARL"})["id"])
    cloud.join(first, target)
    cloud.sync_once(first)
    second = cloud.join_new(Workspace(two.folder), target)
    cloud.sync_once(second)
    records.update(first, "client", client, {"phone": "0611111111"})
    records.update(second, "client", client, {"phone": "0622222222"})
    for company in (second, first, second):
        cloud.sync_once(company)
    first.close()
    second.close()
    return client


def opens_on_the_page(machine: Machine) -> None:
    """As after the window was closed on it."""
    kept = QSettings(str(machine.folder / "window.ini"), QSettings.Format.IniFormat)
    QtSettings(kept).set("window/page", "sync")
    kept.sync()


def phone(client: str) -> Callable[[OpenCompany], str]:
    return lambda company: str(records.get(company, "client", client)["phone"])


def test_a_conflict_of_two_computers_is_restored_by_mouse_and_gone_from_both(
    tmp_path: Path, emulator: Emulator, screen: Display
) -> None:
    one, two = Machine(tmp_path / "one"), Machine(tmp_path / "two")
    client = quarrel(one, two, emulator)
    assert [on(each, phone(client)) for each in (one, two)] == ["0622222222"] * 2
    assert [on(each, conflicts.count_open) for each in (one, two)] == [1, 1]
    opens_on_the_page(one)
    person = Person(screen, one, tmp_path)

    def restored() -> bool:
        """A click before the page was read hits nothing: a person clicks again."""
        if on(one, phone(client)) == "0611111111":
            return True
        person.click("Synchronisation", *RESTORE)
        return False

    with window_of(one, screen):
        person.sees("Synchronisation")
        person.until(restored, "the value put back")
        person.until(lambda: on(one, lambda company: cloud.status(company)["pending"]) == 0, "the change sent")
        screen.picture(tmp_path / "settled.png")
    on(two, cloud.sync_once)
    assert on(two, phone(client)) == "0611111111"
    assert [on(each, conflicts.count_open) for each in (one, two)] == [0, 0]
    (settled,) = on(two, lambda company: conflicts.groups(company, is_open=False))
    assert settled.entries[0].is_restored
