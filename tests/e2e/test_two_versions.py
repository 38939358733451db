"""An older and a newer version of the program, as processes of their own, at work on one company; then the older one is
upgraded. Nothing is lost, nothing is sent again, both come to the same records (invariant 12)."""

import json
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.e2e.machine import Machine
from tests.sync.emulator import Emulator

pytestmark = [pytest.mark.emulator, pytest.mark.slow, pytest.mark.timeout(300)]

NEWER = (sys.executable, "-m", "tests.fixtures.newer_version")


def exchange(*machines: Machine) -> list[dict[str, Any]]:
    return [machine.run("sync", "once") for machine in machines]


def records_of(machine: Machine) -> dict[tuple[str, str], dict[str, Any]]:
    found = [json.loads(line) for line in machine.dump().splitlines()]
    return {(record["kind"], record["id"]): record for record in found}


def test_two_versions_of_the_program(tmp_path: Path, emulator: Emulator) -> None:
    older, newer = Machine(tmp_path / "one"), Machine(tmp_path / "two", NEWER)
    older.here("company", "create", "--name", "Atelier", "--country", "FR", "--siren", "123456782")
    client = older.here("client", "add", "--name", "Durand", "--phone", "0600000000", "--notes", "first")["id"]
    lines = [{"description": "one", "quantity": "1", "unit_price": "10"}]
    invoice = older.here("invoice", "create", "--file", "-", stdin=json.dumps({"client": client, "lines": lines}))
    target = ("--emulator", emulator.host_port, "--project", emulator.project, "--remote-company", f"c{uuid4().hex}")
    for machine in (older, newer):
        machine.run("cloud", "join", *target)
        exchange(machine)
    # The newer version fills what only it knows; the older one keeps it, and works on the same records.
    newer.run("client", "set", client, "address_more=Bâtiment B", "wants_news=oui", "city=Lille", "phone=0611111111")
    project = newer.run("project", "add", "--name", "Extension", "--client", client)["id"]
    line = invoice["lines"][0]
    changed = {"lines": [{**{name: line[name] for name in ("id", "description", "quantity")}, "lot": "L-42"}]}
    newer.run("invoice", "save", invoice["id"], "--file", "-", stdin=json.dumps(changed))
    exchange(newer, older)
    # Both change the same value while apart, one under the old group, the other under the new one.
    older.here("client", "set", client, "city=Roubaix", "notes=second", "phone=0622222222")
    newer.run("client", "set", client, "phone=0633333333")
    changed["lines"][0] = {"id": line["id"], "description": "reworded", "quantity": "2", "unit_price": "10"}
    older.here("invoice", "save", invoice["id"], "--file", "-", stdin=json.dumps(changed))
    older.here("invoice", "issue", invoice["id"])
    exchange(older, newer, older)
    found = records_of(newer)
    assert found == records_of(older)
    fields = found[("client", client)]["fields"]
    assert (fields["city"], fields["address_more"], fields["wants_news"]) == ("Roubaix", "Bâtiment B", True)
    assert (fields["phone"], fields["notes"]) == ("0633333333", "second")
    assert found[("invoice", invoice["id"])]["lines"][line["id"]]["lot"] == "L-42"
    lost = [one["fields"]["lost"] for (kind, _id), one in found.items() if kind == "conflict"]
    assert {"phone": "0622222222"} in lost
    # The upgrade: the newer program opens the older one's file, with a change in it that was not sent.
    older.here("client", "set", client, "notes=third", "phone=0644444444")
    waiting = older.queued()
    upgraded = Machine(tmp_path / "one", NEWER)
    card = upgraded.run("client", "show", client)
    assert (card["address_more"], card["wants_news"]) == ("Bâtiment B", True) and "notes" not in card
    assert upgraded.run("project", "show", project)["client"] == client
    assert upgraded.run("invoice", "show", invoice["id"])["lines"][0]["lot"] == "L-42"
    assert upgraded.queued() == waiting and ("client", client) in waiting  # nothing is sent again
    exchange(upgraded, newer)
    found = records_of(newer)
    assert records_of(upgraded) == found
    assert (found[("client", client)]["fields"]["notes"], found[("client", client)]["fields"]["phone"]) == (
        "third",
        "0644444444",
    )
