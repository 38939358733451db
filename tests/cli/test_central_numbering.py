"""Central numbering from a terminal, on the official emulator: asked, numbered, waiting without a network, withdrawn."""

import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest

from tests.cli.conftest import Run
from tests.cli.test_contract import draft
from tests.sync.emulator import Emulator

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(120)]


def reached(data_dir: Path, emulator: Emulator, is_reached: bool) -> None:
    """Give or take the network: a port where nothing listens."""
    here, gone = emulator.host_port, "127.0.0.1:9"
    (path,) = data_dir.rglob("company.db")
    with closing(sqlite3.connect(path)) as file, file:
        change = (gone, here) if is_reached else (here, gone)
        file.execute("UPDATE local_state SET value = replace(value, ?, ?) WHERE key = 'cloud'", change)


def test_a_number_is_asked_for_and_comes_when_the_cloud_answers(shop: Run, data_dir: Path, emulator: Emulator) -> None:
    refused = shop("company", "set", "numbering=central", "--json")
    assert (refused.status, refused.code) == (1, "numbering_needs_cloud")
    joined = shop(
        "cloud", "join", "--emulator", emulator.host_port, "--project", emulator.project,
        "--remote-company", f"c{uuid4().hex}", "--json",
    )  # fmt: skip
    assert (joined.status, joined.json["numbering"]) == (0, "per_device")
    assert shop("company", "set", "numbering=central", "--json").json["numbering"] == "central"
    assert shop("cloud", "status", "--json").json["numbering"] == "central"
    assert "Une seule série" in shop("cloud", "status").out
    first = shop("invoice", "issue", str(draft(shop)["id"]), "--json")
    assert (first.status, first.json["number"], first.json["status"]) == (0, "FA-2026-0001", "issued")
    reached(data_dir, emulator, False)
    second, third = (str(draft(shop)["id"]) for _ in range(2))
    for each in (second, third):
        waiting = shop("invoice", "issue", each, "--json")
        assert (waiting.status, waiting.json["status"], waiting.json["number"]) == (0, "to_number", None)
        assert "attend son numéro" in waiting.err
    assert shop("invoice", "withdraw", second, "--json").json["status"] == "draft"
    assert shop("invoice", "withdraw", second, "--json").code == "invoice_not_waiting"
    assert [row["id"] for row in shop("invoice", "list", "--status", "to_number", "--json").json] == [third]
    reached(data_dir, emulator, True)
    told = shop("sync", "once", "--json")
    assert "FA-2026-0002" in told.err
    assert shop("invoice", "show", third, "--json").json["number"] == "FA-2026-0002"
    early = shop("invoice", "issue", second, "--date", "2026-11-01", "--json")
    assert (early.status, early.code) == (1, "date_before_last")
    assert shop("verify", "--json").json == {"ok": True, "problems": []}
    assert shop("cloud", "leave", "--json").status == 0
    elsewhere = shop(
        "cloud", "join", "--emulator", emulator.host_port, "--project", emulator.project,
        "--remote-company", f"c{uuid4().hex}", "--json",
    )  # fmt: skip
    assert elsewhere.json["numbering"] == "central"
    assert shop("invoice", "issue", second, "--json").json["number"] == "FA-2026-0003"  # counted on in another cloud
    assert shop("verify", "--json").json == {"ok": True, "problems": []}
