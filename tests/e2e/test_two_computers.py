"""The main job by command line: two computers, one company, real invoices, on the official emulator."""

import json
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
    machine.run("cloud", "join", *target)


def first_computer(tmp_path: Path) -> tuple[Machine, dict[str, str]]:
    machine = Machine(tmp_path / "one")
    machine.run("company", "create", "--name", "Atelier Boisvert", "--country", "FR", "--siren", "123456782")
    client = machine.run(
        "client",
        "add",
        "--name",
        "Ali Benali",
        "--company-name",
        "ABC SARL",
        "--email",
        "ali@abc.com",
        "--phone",
        "0600000000",
    )
    good = machine.run("product", "add", "--name", "Coulisse", "--sku", "COU-1", "--price", "12.50", "--vat", "20")
    service = machine.run(
        "product", "add", "--name", "Pose", "--sku", "SRV-1", "--price", "450.00", "--vat", "20", "--kind", "service"
    )
    warehouse = machine.run("warehouse", "list")[0]
    machine.run(
        "stock",
        "move",
        "--product",
        good["id"],
        "--warehouse",
        warehouse["id"],
        "--quantity",
        "40",
        "--reason",
        "receipt",
    )
    ids = {"client": client["id"], "good": good["id"], "service": service["id"], "warehouse": warehouse["id"]}
    return machine, ids


def draft(ids: dict[str, str]) -> str:
    lines: list[dict[str, Any]] = [
        {"product": ids["good"], "quantity": "2", "discount": "5"},
        {"product": ids["service"], "quantity": "1"},
        {"description": "Livre « Finitions »", "quantity": "1", "unit_price": "10,00", "vat_rate": "5,5"},
    ]
    return json.dumps({"client": ids["client"], "lines": lines})


def stock_of(machine: Machine) -> D:
    return sum((D(row["quantity"]) for row in machine.run("stock", "levels")), D(0))


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
    one.run("payment", "add", "--invoice", issued["number"], "--amount", "79.05", "--method", "transfer")
    assert one.run("invoice", "show", issued["number"])["status"] == "partially_paid"
    one.run("payment", "add", "--invoice", issued["number"], "--amount", "500", "--method", "card")
    assert one.run("invoice", "show", issued["number"])["status"] == "paid"

    remote = f"c{uuid4().hex}"
    join(one, emulator, remote)
    assert one.run("sync", "once")["pending"] == 0
    two = Machine(tmp_path / "two")
    join(two, emulator, remote)
    two.run("sync", "once")
    one.run("sync", "once")
    assert two.dump() == one.dump()
    assert two.run("invoice", "show", issued["number"])["status"] == "paid"
    two.run("invoice", "pdf", issued["number"], "-o", str(tmp_path / "two.pdf"))
    assert (tmp_path / "two.pdf").read_bytes()[:5] == b"%PDF-"

    # Both offline: the same phone, one e-mail, the same product sold on both.
    one.run("client", "set", ids["client"], "phone=0611111111")
    two.run("client", "set", ids["client"], "phone=0622222222", "email=nouveau@abc.com")
    one.run(
        "stock",
        "move",
        "--product",
        ids["good"],
        "--warehouse",
        ids["warehouse"],
        "--quantity",
        "-3",
        "--reason",
        "sale",
    )
    two.run(
        "stock",
        "move",
        "--product",
        ids["good"],
        "--warehouse",
        ids["warehouse"],
        "--quantity",
        "-5",
        "--reason",
        "sale",
    )
    numbers = {
        machine.run("invoice", "issue", machine.run("invoice", "create", "--file", "-", stdin=draft(ids))["id"])[
            "number"
        ]
        for machine in (one, two)
    }
    assert len(numbers) == 2
    for machine in (one, two, one, two):
        machine.run("sync", "once")
    assert one.dump() == two.dump()
    client = one.run("client", "show", ids["client"])
    assert (client["phone"], client["email"]) == ("0622222222", "nouveau@abc.com")
    assert stock_of(one) == stock_of(two) == 38 - 3 - 5 - 2 - 2
    journal = two.run("conflict", "list")
    assert [(entry["field"], entry["kept"], entry["lost"]) for entry in journal] == [
        ("phone", "0622222222", "0611111111")
    ]
    one.run("conflict", "restore", journal[0]["id"])
    for machine in (one, two):
        machine.run("sync", "once")
    assert two.run("client", "show", ids["client"])["phone"] == "0611111111"
    assert two.run("conflict", "list")[0]["restored"] is True
    for machine in (one, two):
        assert machine.run("verify") == {"ok": True, "problems": []}


def test_killed_at_any_moment_it_goes_on(tmp_path: Path, emulator: Emulator) -> None:
    one, ids = first_computer(tmp_path)
    remote = f"c{uuid4().hex}"
    join(one, emulator, remote)
    two = Machine(tmp_path / "two")
    confirmed = []
    for round_number in range(4):
        with one.syncing() as process:
            for index in range(3):
                phone = f"06{round_number:04d}{index:04d}"
                one.run("client", "set", ids["client"], f"phone={phone}")
                confirmed.append(phone)
            process.kill()  # -9, somewhere in its exchange
        assert one.run("client", "show", ids["client"])["phone"] == confirmed[-1]
        assert one.run("verify")["ok"] is True
    one.run("sync", "once")
    join(two, emulator, remote)
    two.run("sync", "once")
    one.run("sync", "once")
    assert two.run("client", "show", ids["client"])["phone"] == confirmed[-1]
    assert one.dump() == two.dump()
    assert two.run("conflict", "list") == []


def test_a_change_arrives_while_both_run(tmp_path: Path, emulator: Emulator) -> None:
    one, ids = first_computer(tmp_path)
    remote = f"c{uuid4().hex}"
    join(one, emulator, remote)
    one.run("sync", "once")
    two = Machine(tmp_path / "two")
    join(two, emulator, remote)
    two.run("sync", "once")
    with one.syncing(), two.syncing():
        one.run("client", "set", ids["client"], "phone=0633333333")
        wait_until(
            lambda: two.run("client", "show", ids["client"])["phone"] == "0633333333", "the phone on the other computer"
        )
        two.run("client", "set", ids["client"], "city=Lille")
        wait_until(lambda: one.run("client", "show", ids["client"])["city"] == "Lille", "the city back")


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
    assert one.run("client", "show", ids["client"])["name"] == "Ali Benali"
