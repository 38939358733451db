"""Every command's answer, as cli.md says."""

import json
from pathlib import Path

import pytest

from facturepro.db.models import Conflict
from facturepro.services.workspace import Workspace
from tests.cli.conftest import Run

LINES = [
    {"product": "VIS", "quantity": "2"},
    {"description": "Pose", "quantity": "1,5", "unit_price": 10.005, "vat_rate": "10", "discount": "5"},
]


def draft(shop: Run, **extra: object) -> dict:
    content = json.dumps({"client": "Menuiserie Le Goff", "lines": LINES, **extra})
    outcome = shop("invoice", "create", "--file", "-", "--json", stdin=content)
    assert outcome.status == 0, outcome.err
    return outcome.json


def test_company(run: Run) -> None:
    made = run("company", "create", "--name", "Durand", "--siren", "552 100 554", "--json").json
    assert made["siren"] == "552100554"
    assert made["vat_number"] == "FR96552100554"
    assert [company["id"] for company in run("company", "list", "--json").json] == [made["id"]]
    assert run("company", "show", "--company", made["id"], "--json").json["name"] == "Durand"
    assert run("company", "set", "city=Lille", "postcode=59000", "--json").json["postcode"] == "59000"


def test_global_options_stand_before_and_after(shop: Run, data_dir: Path) -> None:
    first = shop("--json", "client", "list").json
    assert first == shop("client", "--json", "list").json == shop("client", "list", "--json").json
    assert shop("--company", "Atelier Boisvert", "client", "list", "--data-dir", str(data_dir), "--json").json == first


def test_cards(shop: Run) -> None:
    made = shop("client", "add", "--name", "Zoé", "--email", "zoe@x.fr", "--json").json
    assert made["email"] == "zoe@x.fr"
    assert shop("client", "show", made["id"], "--json").json == made
    assert shop("client", "show", "Zoé", "--json").json["id"] == made["id"]
    changed = shop("client", "set", made["id"], "phone=03 20", "city=Lille", "--json").json
    assert (changed["phone"], changed["city"], changed["email"]) == ("03 20", "Lille", "zoe@x.fr")
    assert [row["name"] for row in shop("client", "list", "--query", "zo", "--json").json] == ["Zoé"]
    assert len(shop("client", "list", "--limit", "1", "--json").json) == 1
    assert shop("client", "delete", made["id"], "--json").json["deleted"] is True
    assert shop("client", "list", "--query", "zo", "--json").json == []
    assert shop("client", "restore", made["id"], "--json").json["id"] == made["id"]
    assert shop("client", "list", "--query", "zo", "--json").json != []


def test_product_values_are_machine_forms(shop: Run) -> None:
    product = shop("product", "show", "VIS", "--json").json
    assert product["price"] == "1234.50"
    assert (product["vat"], product["cost"], product["min_stock"], product["kind"]) == ("20", "4.20", "3", "goods")
    service = shop("product", "add", "--name", "Pose", "--sku", "P", "--kind", "service", "--json")
    assert service.json["kind"] == "service"


def test_people_read_french_tables(shop: Run) -> None:
    outcome = shop("product", "list")
    assert outcome.status == 0
    assert "1\u202f234,50\u00a0€" in outcome.out
    assert "Référence" in outcome.out


def test_stock(shop: Run) -> None:
    assert (
        shop("stock", "move", "--product", "VIS", "--quantity", "10", "--unit-cost", "4,20", "--json").json["quantity"]
        == "10"
    )
    moved = shop("stock", "move", "--product", "VIS", "--quantity", "-3", "--reason", "loss", "--json").json
    assert (moved["quantity"], moved["reason"]) == ("-3", "loss")
    shop("warehouse", "add", "--name", "Dépôt", "--json")
    assert shop("stock", "transfer", "--product", "VIS", "--quantity", "2", "--from", "Entrepôt principal",
                "--to", "Dépôt", "--json").status == 0  # fmt: skip
    levels = shop("stock", "levels", "--json").json
    assert {row["warehouse"]: row["quantity"] for row in levels} == {"Dépôt": "2", "Entrepôt principal": "5"}
    assert {"product", "sku", "warehouse", "quantity"} <= set(levels[0])
    valuation = shop("stock", "valuation", "--method", "fifo", "--json").json
    assert valuation["value"] == "29.40"
    assert len(shop("stock", "movements", "--json").json) == 4


def test_an_invoice_from_draft_to_payment(shop: Run, tmp_path: Path) -> None:
    made = draft(shop, date="2026-01-15")
    assert (made["number"], made["status"], made["total_net"]) == (None, "draft", "2483.26")
    assert [line["net"] for line in made["lines"]] == ["2469.00", "14.26"]
    issued = shop("invoice", "issue", made["id"], "--json").json
    assert issued["number"] == "FA-2026-A0001"
    assert (issued["total_vat"], issued["total_gross"], issued["amount_due"]) == ("495.23", "2978.49", "2978.49")
    assert len(issued["hash"]) == 64
    papers = [tmp_path / "1.pdf", tmp_path / "2.pdf"]
    for paper, reference in zip(papers, (issued["id"], issued["number"]), strict=True):
        assert shop("invoice", "pdf", reference, "-o", str(paper), "--json").status == 0
    assert papers[0].read_bytes() == papers[1].read_bytes()
    assert papers[0].read_bytes().startswith(b"%PDF")
    assert shop("invoice", "xml", issued["number"], "-o", str(tmp_path / "f.xml"), "--json").status == 0
    assert b"FA-2026-A0001" in (tmp_path / "f.xml").read_bytes()
    payment = shop("payment", "add", "--invoice", issued["number"], "--amount", "978,49", "--method", "card",
                   "--on", "20/01/2026", "--json").json  # fmt: skip
    assert (payment["amount"], payment["on"], payment["method"]) == ("978.49", "2026-01-20", "card")
    shown = shop("invoice", "show", issued["number"], "--json").json
    assert (shown["status"], shown["amount_due"]) == ("partially_paid", "2000.00")
    assert shop("payment", "reverse", payment["id"], "--json").json["amount"] == "-978.49"
    assert shop("invoice", "show", issued["number"], "--json").json["amount_due"] == "2978.49"
    assert len(shop("payment", "list", "--invoice", issued["number"], "--json").json) == 2
    assert shop("stock", "levels", "--json").json[0]["quantity"] == "-2"
    assert shop("verify", "--json").json == {"ok": True, "problems": []}


def test_invoice_list_filters(shop: Run) -> None:
    first = draft(shop, date="2026-01-15")
    shop("invoice", "issue", first["id"])
    second = draft(shop)
    listed = {name: [row["id"] for row in shop("invoice", "list", "--status", name, "--json").json] for name in
              ("draft", "issued", "overdue", "open", "paid")}  # fmt: skip
    assert listed == {
        "draft": [second["id"]],
        "issued": [first["id"]],
        "overdue": [first["id"]],
        "open": [first["id"]],
        "paid": [],
    }
    assert (
        shop(
            "invoice", "list", "--client", "Menuiserie Le Goff", "--from", "2026-01-01", "--to", "31/01/2026", "--json"
        ).json[0]["id"]
        == first["id"]
    )
    assert shop("invoice", "list", "--query", "A0001", "--json").json[0]["id"] == first["id"]
    assert shop("invoice", "delete", second["id"], "--json").json["deleted"] is True
    assert shop("invoice", "list", "--status", "draft", "--json").json == []


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_export_then_import_changes_nothing(shop: Run, tmp_path: Path, suffix: str) -> None:
    for kind in ("clients", "products"):
        file = str(tmp_path / (kind + suffix))
        assert shop("export", kind, "-o", file, "--json").json == {"file": file, "rows": 1}
        assert shop("import", kind, file, "--json").json == {"created": 0, "updated": 0, "unchanged": 1, "errors": []}


def test_backup_and_restore(shop: Run, tmp_path: Path) -> None:
    file = str(tmp_path / "copy.zip")
    assert shop("backup", "create", "-o", file, "--json").json["file"] == file
    shop("client", "add", "--name", "Later", "--json")
    restored = shop("backup", "restore", file, "--json").json
    assert restored["series"] == "B"
    assert Path(restored["replaced"]).is_dir()
    assert [row["company_name"] for row in shop("client", "list", "--json").json] == ["Menuiserie Le Goff"]
    issued = shop("invoice", "issue", draft(shop)["id"], "--json").json
    assert issued["number"].endswith("-B0001")
    assert shop("backup", "create", "--json").status == 0
    assert len(shop("backup", "list", "--json").json) == 1


def test_demo_and_doctor(run: Run) -> None:
    run("company", "create", "--name", "Exemple", "--siren", "123456782")
    made = run("demo", "--clients", "4", "--products", "6", "--invoices", "6", "--seed", "3", "--json").json
    assert (made["clients"], made["products"], made["invoices"]) == (4, 6, 6)
    assert run("verify", "--json").json["ok"] is True
    facts = run("doctor", "--json").json
    assert facts["sqlite"]["fts5"] is True
    assert facts["company"]["integrity"] == "ok"
    assert "Exemple" not in json.dumps({key: value for key, value in facts["company"].items() if key != "folder"})


def test_dump_is_the_same_twice(shop: Run) -> None:
    first, second = shop("dump"), shop("dump")
    assert first.status == 0, first.err
    assert first.out == second.out
    assert "Menuiserie Le Goff" in first.out


def test_conflicts_are_listed_kept_and_restored_several_at_once(shop: Run, data_dir: Path) -> None:
    client = shop("client", "list", "--json").json[0]["id"]
    made = []
    company = Workspace(data_dir).open(None)
    for group, value in (("phone", "0611111111"), ("name", "Yannick"), ("email", "a@b.example")):
        with company.db.write("x") as work:
            row = Conflict(record_kind="client", record_id=client, merge_group=group)
            row.kept, row.lost, row.kept_stamp, row.lost_stamp = {group: ""}, {group: value}, work.stamp, work.stamp
            work.add(row)
            work.flush()
            made.append(row.id)
    company.close()
    assert set(shop("conflict", "list", "--json").json[0]) == {
        "id", "kind", "record", "field", "kept", "lost", "lost_device", "at", "restored", "resolved",
    }  # fmt: skip
    assert shop("conflict", "keep", made[0], "--json").json["restored"] is False
    assert {row["id"] for row in shop("conflict", "list", "--open", "--json").json} == set(made[1:])
    restored = shop("conflict", "restore", *made[1:], "--json").json
    assert [(row["id"], row["restored"]) for row in restored] == [(made[1], True), (made[2], True)]
    assert shop("conflict", "list", "--open", "--json").json == []
    assert len(shop("conflict", "list", "--json").json) == 3
    shown = shop("client", "show", client, "--json").json
    assert (shown["name"], shown["email"]) == ("Yannick", "a@b.example")
    assert shop("conflict", "keep", made[0], "nothing", "--json").code == "record_unknown"
