"""The generated shop holds together as a real one does, only smaller here."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from facturepro.services import document_store, invoices, records
from facturepro.services.company import DATABASE_NAME, OpenCompany
from facturepro.services.invoices import InvoiceFilter
from facturepro.services.large_data import Sizes, create
from facturepro.services.records import ListQuery
from facturepro.services.verification import verify
from facturepro.services.workspace import Workspace

SIZES = Sizes(clients=12, products=12, invoices=60, lines=240, movements=300, years=2)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> OpenCompany:  # type: ignore[misc]
    workspace = Workspace(tmp_path_factory.mktemp("large"))
    create(workspace, "Grand comptoir", SIZES, seed=3)
    company = workspace.open()
    yield company
    company.close()


def test_verification_finds_nothing(shop: OpenCompany) -> None:
    assert verify(shop)["problems"] == []


def test_as_many_as_asked_for(shop: OpenCompany) -> None:
    assert records.count(shop, ListQuery("client")) == SIZES.clients
    assert records.count(shop, ListQuery("product")) == SIZES.products
    assert records.count(shop, ListQuery("stock_movement")) == SIZES.movements
    assert invoices.counts(shop)["all"] == SIZES.invoices


def test_nothing_waits_to_be_sent_and_every_trigger_is_back(shop: OpenCompany, workspace: Workspace) -> None:
    with closing(sqlite3.connect(shop.folder / DATABASE_NAME)) as file:
        assert file.execute(
            "SELECT COUNT(*) FROM record_state WHERE clock <> base AND kind = 'invoice'"
        ).fetchone() == (0,)
        assert file.execute("SELECT COUNT(*) FROM outbox WHERE kind = 'invoice'").fetchone() == (0,)
        made = _objects(file)
    bare = workspace.create({"name": "Bare"})
    bare.close()
    with closing(sqlite3.connect(bare.folder / DATABASE_NAME)) as file:
        assert made == _objects(file)


def _objects(file: sqlite3.Connection) -> set[tuple[str, str]]:
    return set(file.execute("SELECT type, name FROM sqlite_master WHERE type IN ('trigger', 'index')"))


def test_any_invoice_has_a_paper(shop: OpenCompany) -> None:
    invoice = invoices.page(shop, InvoiceFilter(status="paid"), limit=1).rows[0]
    assert document_store.pdf(shop, invoice["id"]).startswith(b"%PDF-")


def test_same_seed_same_shop(tmp_path: Path) -> None:
    found = []
    for name in ("one", "two"):
        workspace = Workspace(tmp_path / name)
        create(workspace, "Grand comptoir", Sizes(3, 3, 10, 40, 50, 1), seed=5)
        company = workspace.open()
        found.append([(row["id"], row["total_gross"]) for row in invoices.page(company, InvoiceFilter()).rows])
        company.close()
    assert found[0] == found[1]
