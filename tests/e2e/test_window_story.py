"""The main job in a real window, with real key strokes and a mouse, from the first start to a paid invoice.

What was done is looked up by the command line in the same data folder, so window and script are checked against each
other. A picture of the screen stands beside the data when a step fails.
"""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal as D
from pathlib import Path

import psutil
import pytest

from tests.conftest import missing
from tests.e2e.display import HOW_TO_INSTALL, Display, display, missing_tools
from tests.e2e.machine import COMMAND, Machine, Refused, wait_until

pytestmark = [pytest.mark.window, pytest.mark.slow, pytest.mark.timeout(280)]


@pytest.fixture
def screen() -> Iterator[Display]:
    if tools := missing_tools():
        missing(", ".join(tools), HOW_TO_INSTALL)
    with display() as shown:
        yield shown


@contextmanager
def window_of(machine: Machine, screen: Display, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [*COMMAND, "--data-dir", str(machine.folder), "gui", *arguments],
        env={**machine.environment, **screen.environment},
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(timeout=20)


class Person:
    """Hands on the keyboard; looks whether a step took effect before going on. ``window``: the program's process."""

    def __init__(
        self, screen: Display, machine: Machine, pictures: Path, window: subprocess.Popen[bytes] | None = None
    ) -> None:
        self.screen, self.machine, self.pictures, self.window = screen, machine, pictures, window

    def pause(self, seconds: float) -> None:
        """So long at least, and until the window has nothing to do: on a busy computer it takes its time."""
        time.sleep(seconds)
        assert self.window is not None
        process = psutil.Process(self.window.pid)

        def is_at_rest() -> bool:
            before = sum(process.cpu_times()[:2])
            time.sleep(0.15)
            return sum(process.cpu_times()[:2]) - before < 0.015

        wait_until(is_at_rest, "a window at rest")

    def sees(self, title: str) -> None:
        self.until(lambda: bool(self.screen.windows(title)), f"a window called {title}")
        self.screen.focus(title)

    def until(self, condition: Callable[[], bool], what: str) -> None:
        def holds() -> bool:
            try:
                return condition()
            except Refused:
                return False

        try:
            wait_until(holds, what)
        except AssertionError:
            self.screen.picture(self.pictures / "failed.png")
            raise

    def palette(self, words: str) -> None:
        self.screen.keys("ctrl+k")
        self.pause(0.4)  # the palette fades in; keys typed meanwhile would be lost on the page below
        self.screen.text(words)
        self.pause(0.3)
        self.screen.keys("Return")

    def form(self, *fields: str) -> None:
        """Fill the fields one after the other; an empty text leaves one as it is."""
        for index, words in enumerate(fields):
            if index:
                self.screen.keys("Tab")
            if words:
                self.screen.text(words)

    def click(self, title: str, x: int, y: int) -> None:
        window = self.screen.windows(title)[-1]
        self.screen.xdotool("mousemove", "--window", window, str(x), str(y), "click", "1")


def first_start(person: Person) -> None:
    person.sees("Bienvenue")
    person.screen.keys("Return")
    person.pause(0.5)
    company = ("123456782", "", "Atelier Boisvert", "", "20000", "Lille", "14 rue des Tanneurs", "59000", "Lille")
    person.form(*company, "contact@atelier.example")
    for _step in range(5):
        person.screen.keys("Return")
        person.pause(0.4)
    person.until(lambda: person.machine.here("company", "show")["name"] == "Atelier Boisvert", "the company")
    person.sees("Tableau de bord")


def test_from_the_first_start_to_a_paid_invoice(tmp_path: Path, screen: Display) -> None:
    machine = Machine(tmp_path / "data")
    with window_of(machine, screen) as process:
        person = Person(screen, machine, tmp_path, process)
        first_start(person)
        assert machine.here("company", "show")["vat_number"] == "FR11123456782"

        person.palette("nouveau client")
        person.pause(1)
        person.form("Ali Benali", "ABC SARL", "ali@abc.com", "0600000000")
        screen.keys("Return")
        person.until(lambda: len(machine.here("client", "list")) == 1, "the client")
        assert machine.here("client", "list")[0]["phone"] == "0600000000"

        person.palette("nouveau produit")
        person.pause(1)
        person.form("Coulisse", "COU-1", "", "", "12,50")
        screen.keys("Return")
        person.until(lambda: len(machine.here("product", "list")) == 1, "the product")
        machine.here(
            "product", "add", "--name", "Pose", "--sku", "SRV", "--price", "450", "--vat", "20", "--kind", "service"
        )

        person.palette("nouveau mouvement")
        person.pause(1)
        screen.text("coul")
        person.pause(0.6)
        screen.keys("Return")
        screen.text("40")
        screen.keys("Return")
        person.until(lambda: sum(D(row["quantity"]) for row in machine.here("stock", "levels")) == 40, "40 in stock")

        write_invoice(person)
        screen.keys("ctrl+Return")
        person.pause(1)
        screen.keys("ctrl+Return")
        person.until(
            lambda: machine.here("invoice", "show", "FA-2026-A0001")["status"] == "issued", "the issued invoice"
        )
        issued = machine.here("invoice", "list")[0]
        assert (issued["total_net"], issued["total_vat"], issued["total_gross"]) == ("483.75", "95.30", "579.05")
        assert sum(D(row["quantity"]) for row in machine.here("stock", "levels")) == 38
        assert len(list(machine.folder.rglob("documents/*/*.pdf"))) == 1

        pay(person, "79,05", "500.00", "partially_paid")
        pay(person, "", "0.00", "paid")
        assert process.poll() is None
        process.kill()  # -9: nothing that was confirmed is lost
    with window_of(machine, screen):
        person.sees("FacturePro")
        assert machine.here("invoice", "show", "FA-2026-A0001")["status"] == "paid"
        assert machine.here("verify") == {"ok": True, "problems": []}


def write_invoice(person: Person) -> None:
    screen = person.screen
    person.palette("nouvelle facture")
    person.pause(1.5)
    screen.text("abc")
    person.pause(0.7)
    screen.keys("Return")
    person.pause(0.4)
    screen.text("coul")
    person.pause(0.7)
    screen.keys("Return")
    person.form("2", "", "", "5")
    screen.keys("Return")
    screen.text("pose")
    person.pause(0.7)
    screen.keys("Return")
    screen.text("1")
    screen.keys("Return")
    person.form("Livre", "1", "", "10", "", "5,5")
    screen.keys("Return")
    person.until(
        lambda: [row["total_gross"] for row in person.machine.here("invoice", "list")] == ["579.05"],
        "the draft saved as typed",
    )


def pay(person: Person, amount: str, due: str, status: str) -> None:
    """Open the invoice from the palette, click on the drawer's button, type, Enter."""
    person.palette("A0001")
    person.pause(1.2)
    person.click("FacturePro", 1036, 212)
    person.pause(0.8)
    if amount:
        person.screen.keys("ctrl+a")
        person.screen.text(amount)
    person.screen.keys("Return")
    person.until(lambda: person.machine.here("invoice", "show", "FA-2026-A0001")["amount_due"] == due, f"{due} left")
    assert person.machine.here("invoice", "show", "FA-2026-A0001")["status"] == status


def test_a_second_window_brings_the_first_forward(tmp_path: Path, screen: Display) -> None:
    machine = Machine(tmp_path / "data")
    machine.here("company", "create", "--name", "Atelier", "--country", "FR", "--siren", "123456782")
    person = Person(screen, machine, tmp_path)
    with window_of(machine, screen) as first:
        person.sees("FacturePro")
        with window_of(machine, screen) as second:
            assert second.wait(timeout=40) == 0
        assert first.poll() is None
        assert len(screen.windows("FacturePro")) == 1
