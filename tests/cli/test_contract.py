"""What scripts depend on: field names, forms of values, and refusals that a reading of the contract would try."""

import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.cli.conftest import Run

ROOT = Path(__file__).parent.parent.parent
MONEY = re.compile(r"-?\d+\.\d{2}")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
LINE = {
    "product": "VIS",
    "description": "Vis",
    "quantity": "2",
    "unit_price": "10.00",
    "vat_rate": "20",
    "discount": "5",
}


def draft(shop: Run, **values: object) -> dict[str, object]:
    content = {"client": "Menuiserie Le Goff", "date": "2026-11-20", "due": "2026-12-20", "lines": [LINE], **values}
    made = shop("invoice", "create", "--file", "-", "--json", stdin=json.dumps(content))
    assert made.status == 0, made.err
    return dict(made.json)


def test_shape_of_an_issued_document(shop: Run) -> None:
    issued = shop("--json", "invoice", "issue", str(draft(shop)["id"])).json
    assert (issued["total_net"], issued["total_vat"], issued["total_gross"]) == ("19.00", "3.80", "22.80")
    assert (issued["amount_due"], issued["status"], len(issued["hash"])) == ("22.80", "issued", 64)
    assert (issued["date"], issued["due"]) == ("2026-11-20", "2026-12-20")
    line = issued["lines"][0]
    wanted = {
        "description": "Vis",
        "quantity": "2",
        "unit_price": "10.00",
        "vat_rate": "20",
        "discount": "5",
        "net": "19.00",
    }
    assert wanted.items() <= line.items()
    assert shop("invoice", "show", issued["number"], "--json").json == issued


def test_shapes_of_stock(shop: Run) -> None:
    moved = shop("stock", "move", "--product", "VIS", "--quantity", "-3", "--reason", "sale", "--json").json
    assert (moved["quantity"], moved["reason"]) == ("-3", "sale") and DAY.fullmatch(moved["on"])
    (level,) = shop("stock", "levels", "--json").json
    assert {"product", "sku", "warehouse", "quantity"} <= level.keys()
    assert MONEY.fullmatch(shop("stock", "valuation", "--method", "fifo", "--json").json["value"])
    assert shop("verify", "--json").json == {"ok": True, "problems": []}


def test_a_cost_below_zero_is_refused(shop: Run) -> None:
    outcome = shop("stock", "move", "--product", "VIS", "--quantity", "1", "--unit-cost", "-3", "--json")
    assert (outcome.status, outcome.code) == (1, "amount_negative")
    assert shop("stock", "levels", "--json").json == []


@pytest.mark.parametrize("text", [{"a": 1}, ["a"]])
def test_a_description_is_text(shop: Run, text: object) -> None:
    content = json.dumps({"client": "Menuiserie Le Goff", "lines": [LINE | {"description": text}]})
    outcome = shop("invoice", "create", "--file", "-", "--json", stdin=content)
    assert (outcome.status, outcome.code) == (1, "line_invalid")


def test_a_deleted_card_says_so(shop: Run) -> None:
    made = shop("client", "add", "--name", "B", "--json").json
    assert "deleted" not in made
    assert shop("client", "delete", made["id"], "--json").json["deleted"] is True
    assert shop("client", "show", made["id"], "--json").json["deleted"] is True
    assert "deleted" not in shop("client", "restore", made["id"], "--json").json


def test_two_processes_issue_without_a_gap(shop: Run, data_dir: Path) -> None:
    drafts = [str(draft(shop)["id"]) for _ in range(4)]

    def issue(invoice: str) -> int:
        command = [sys.executable, str(ROOT / "main.py"), "--data-dir", str(data_dir), "invoice", "issue", invoice]
        return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(issue, drafts)) == [0, 0, 0, 0]
    numbers = sorted(row["number"] for row in shop("invoice", "list", "--json").json)
    assert [number[-4:] for number in numbers] == ["0001", "0002", "0003", "0004"]
    assert shop("verify", "--json").json["ok"]


@pytest.mark.skipif(sys.platform != "linux", reason="needs a folder where nobody may create a file")
def test_a_backup_names_the_place_that_refuses(shop: Run) -> None:
    outcome = shop("backup", "create", "-o", "/proc/facturepro.zip", "--json")
    assert (outcome.status, outcome.code) == (1, "file_unwritable")
    assert outcome.json["error"]["details"]["path"] == "/proc/facturepro.zip"
