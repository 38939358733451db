"""A conflict made by two computers, seen and settled in a real window: once by mouse, once by keyboard alone."""

import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.conftest import missing
from tests.e2e.display import HOW_TO_INSTALL, Display, display, missing_tools
from tests.e2e.machine import Machine
from tests.e2e.test_two_computers import join
from tests.e2e.test_window_story import Person, window_of
from tests.sync.emulator import Emulator

pytestmark = [pytest.mark.emulator, pytest.mark.window, pytest.mark.slow, pytest.mark.timeout(200)]

RESTORE = (653, 396)
"""The button « Rétablir cette valeur » of the only conflict, in a window of 1280 x 800."""


@pytest.fixture
def screen() -> Iterator[Display]:
    if tools := missing_tools():
        missing(", ".join(tools), HOW_TO_INSTALL)
    with display() as shown:
        yield shown


def computers(tmp_path: Path, emulator: Emulator) -> tuple[Machine, Machine, str]:
    """Two computers of one company with one client, up to date."""
    one, two, remote = Machine(tmp_path / "one"), Machine(tmp_path / "two"), f"c{uuid4().hex}"
    one.run("company", "create", "--name", "Atelier Boisvert", "--country", "FR", "--siren", "123456782")
    client = one.run("client", "add", "--name", "Ali Benali", "--company-name", "ABC SARL", "--phone", "0600000000")
    join(one, emulator, remote)
    one.run("sync", "once")
    join(two, emulator, remote)
    two.run("sync", "once")
    return one, two, client["id"]


def quarrel(one: Machine, two: Machine, client: str, field: str, first: str, second: str) -> None:
    """Both change the same field out of sight of each other; the second, who came later, stands."""
    one.run("client", "set", client, f"{field}={first}")
    two.run("client", "set", client, f"{field}={second}")
    two.run("sync", "once")
    one.run("sync", "once")


def test_a_conflict_is_restored_by_mouse_and_another_kept_by_keyboard(
    tmp_path: Path, emulator: Emulator, screen: Display
) -> None:
    one, two, client = computers(tmp_path, emulator)
    quarrel(one, two, client, "phone", "0611111111", "0622222222")
    assert one.run("client", "show", client)["phone"] == "0622222222"
    person = Person(screen, one, tmp_path)
    with window_of(one, screen):
        person.sees("FacturePro")
        person.palette("synchronisation")
        person.sees("Synchronisation")
        time.sleep(1.5)
        screen.picture(tmp_path / "conflict.png")
        person.click("Synchronisation", *RESTORE)
        person.until(lambda: one.run("client", "show", client)["phone"] == "0611111111", "the value put back")
        person.until(lambda: one.run("conflict", "list", "--open") == [], "an empty inbox")
        two.run("sync", "once")
        assert two.run("client", "show", client)["phone"] == "0611111111"
        assert two.run("conflict", "list", "--open") == []

        quarrel(one, two, client, "city", "Lille", "Roubaix")
        person.until(lambda: len(one.run("conflict", "list", "--open")) == 1, "the second conflict")
        time.sleep(1.5)
        screen.picture(tmp_path / "second.png")
