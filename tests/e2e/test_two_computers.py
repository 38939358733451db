"""The main job by command line: two computers, one company, real invoices, on the official emulator."""

import json
from collections.abc import Callable
from decimal import Decimal as D
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.e2e.machine import Machine, Refused, wait_until
from tests.sync.emulator import Emulator

pytestmark = [pytest.mark.emulator, pytest.mark.slow, pytest.mark.timeout(300)]


def join(machine: Machine, emulator: Emulator, remote: str) -> None:
    target = ("--emulator", emulator.host_port, "--project", emulator.project, "--remote-company", remote)
    machine.here("cloud", "join", *target)


def first_computer(tmp_path: Path) -> tuple[Machine, dict[str, str]]:
    one = Machine(tmp_path / "one")
    one.here("company", "create", "--name", "Atelier Boisvert", "--country", "FR", "--siren", "123456782")
    person = ("--name", "Ali Benali", "--company-name", "ABC SARL", "--email", "ali@abc.com", "--phone", "0600000000")
    client = one.here("client", "add", *person)
    good = one.here("product", "add", "--name", "Coulisse", "--sku", "COU-1", "--price", "12.50", "--vat", "20")
    pose = ("--name", "Pose", "--sku", "SRV-1", "--price", "450.00", "--vat", "20", "--kind", "service")
    service = one.here("product", "add", *pose)
    ids = {"client": client["id"], "good": good["id"], "service": service["id"]}
    ids["warehouse"] = one.here("warehouse", "list")[0]["id"]
    move(one, ids, "40", "receipt")
    return one, ids


def move(machine: Machine, ids: dict[str, str], quantity: str, reason: str) -> None:
    place = ("--product", ids["good"], "--warehouse", ids["warehouse"])
    machine.here("stock", "move", *place, "--quantity", quantity, "--reason", reason)


def draft(ids: dict[str, str]) -> str:
    lines: list[dict[str, Any]] = [
        {"product": ids["good"], "quantity": "2", "discount": "5"},
        {"product": ids["service"], "quantity": "1"},
        {"description": "Livre « Finitions »", "quantity": "1", "unit_price": "10,00", "vat_rate": "5,5"},
    ]
    return json.dumps({"client": ids["client"], "lines": lines})


def stock_of(machine: Machine) -> D:
    return sum((D(row["quantity"]) for row in machine.here("stock", "levels")), D(0))


def test_the_story(tmp_path: Path, emulator: Emulator) -> None:
    one, ids = first_computer(tmp_path)
    invoice = one.run("invoice", "create", "--file", "-", stdin=draft(ids))
    assert (invoice["total_net"], invoice["total_vat"], invoice["total_gross"]) == ("483.75", "95.30", "579.05")
    issued = one.run("invoice", "issue", invoice["id"])
    assert issued["status"] == "issued"
    assert stock_of(one) == 38
    paper = tmp_path / "paper.pdf"
    one.run("invoice", "pdf", issued["number"], "-o", str(paper))
    first = paper.read_bytes()
    one.run("invoice", "pdf", issued["number"], "-o", str(paper))
    assert paper.read_bytes() == first
    one.here("payment", "add", "--invoice", issued["number"], "--amount", "79.05", "--method", "transfer")
    assert one.here("invoice", "show", issued["number"])["status"] == "partially_paid"
    one.here("payment", "add", "--invoice", issued["number"], "--amount", "500", "--method", "card")
    assert one.here("invoice", "show", issued["number"])["status"] == "paid"

    remote = f"c{uuid4().hex}"
    join(one, emulator, remote)
    assert one.run("sync", "once")["pending"] == 0
    two = Machine(tmp_path / "two")
    join(two, emulator, remote)
    two.run("sync", "once")
    one.run("sync", "once")
    assert two.dump() == one.dump()
    assert two.here("invoice", "show", issued["number"])["status"] == "paid"
    two.here("invoice", "pdf", issued["number"], "-o", str(tmp_path / "two.pdf"))
    assert (tmp_path / "two.pdf").read_bytes()[:5] == b"%PDF-"

    # Both offline: the same phone, one e-mail, the same product sold on both.
    one.here("client", "set", ids["client"], "phone=0611111111")
    two.here("client", "set", ids["client"], "phone=0622222222", "email=nouveau@abc.com")
    move(one, ids, "-3", "sale")
    move(two, ids, "-5", "sale")
    numbers = {
        machine.here("invoice", "issue", machine.here("invoice", "create", "--file", "-", stdin=draft(ids))["id"])[
            "number"
        ]
        for machine in (one, two)
    }
    assert len(numbers) == 2
    for machine in (one, two, one, two):
        machine.run("sync", "once")
    assert one.dump() == two.dump()
    client = one.here("client", "show", ids["client"])
    assert (client["phone"], client["email"]) == ("0622222222", "nouveau@abc.com")
    assert stock_of(one) == stock_of(two) == 38 - 3 - 5 - 2 - 2
    journal = two.here("conflict", "list")
    assert [(entry["field"], entry["kept"], entry["lost"]) for entry in journal] == [
        ("phone", "0622222222", "0611111111")
    ]
    one.run("conflict", "restore", journal[0]["id"])
    for machine in (one, two):
        machine.run("sync", "once")
    assert two.here("client", "show", ids["client"])["phone"] == "0611111111"
    assert two.here("conflict", "list")[0]["restored"] is True
    for machine in (one, two):
        assert machine.here("verify") == {"ok": True, "problems": []}


def test_killed_at_any_moment_it_goes_on(tmp_path: Path, emulator: Emulator) -> None:
    one, ids = first_computer(tmp_path)
    remote = f"c{uuid4().hex}"
    join(one, emulator, remote)
    two = Machine(tmp_path / "two")
    confirmed = []
    for round_number in range(4):
        with one.syncing() as process:
            for index in range(3):
                wait_until(lambda: not one.queued(), "all of it sent")  # so it is at work
                phone = f"06{round_number:04d}{index:04d}"
                one.here("client", "set", ids["client"], f"phone={phone}")
                confirmed.append(phone)
            process.kill()  # -9, somewhere in its exchange
        assert one.here("client", "show", ids["client"])["phone"] == confirmed[-1]
        assert one.here("verify")["ok"] is True
    one.run("sync", "once")
    join(two, emulator, remote)
    two.run("sync", "once")
    one.run("sync", "once")
    assert two.here("client", "show", ids["client"])["phone"] == confirmed[-1]
    assert one.dump() == two.dump()
    assert two.here("conflict", "list") == []


def test_a_change_arrives_while_both_run(tmp_path: Path, emulator: Emulator) -> None:
    one, ids = first_computer(tmp_path)
    remote = f"c{uuid4().hex}"
    join(one, emulator, remote)
    one.here("sync", "once")
    two = Machine(tmp_path / "two")
    join(two, emulator, remote)
    two.here("sync", "once")

    def says(machine: Machine, name: str, value: str) -> Callable[[], bool]:
        return lambda: machine.here("client", "show", ids["client"])[name] == value

    with one.syncing(), two.syncing():
        one.run("client", "set", ids["client"], "phone=0633333333")
        wait_until(says(two, "phone", "0633333333"), "the phone on the other computer")
        two.run("client", "set", ids["client"], "city=Lille")
        wait_until(says(one, "city", "Lille"), "the city back")


def test_a_dead_cloud_is_said_and_nothing_is_lost(tmp_path: Path, emulator: Emulator) -> None:
    one, ids = first_computer(tmp_path)
    join(one, emulator, f"c{uuid4().hex}")
    with pytest.raises(Refused) as caught:
        Machine(tmp_path / "three").run(
            "cloud", "join", "--emulator", "127.0.0.1:9", "--project", "p", "--remote-company", "x"
        )
    assert caught.value.status == 1
    assert caught.value.answer["error"]["code"] == "cloud_unreachable"
    with pytest.raises(Refused) as missing:
        join(Machine(tmp_path / "four"), emulator, "nobody")
    assert missing.value.answer["error"]["code"] == "cloud_company_missing"
    assert one.here("client", "show", ids["client"])["name"] == "Ali Benali"
