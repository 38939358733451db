"""Whatever is tampered with is found and named."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from facturepro.db import capture
from facturepro.services import document_store, invoices, issuing, payments, records, stock, verification
from facturepro.services.company import OpenCompany
from facturepro.services.workspace import Workspace
from tests.conftest import Clock


@pytest.fixture(scope="module")
def kept_books(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with three issued invoices, to copy."""
    folder = tmp_path_factory.mktemp("books") / "data"
    shutil.copytree(template, folder)
    company = Workspace(folder, Clock(datetime(2026, 11, 20, 9, 0, tzinfo=UTC))).open()
    client = records.create(company, "client", {"name": "Zoé"})
    product = records.create(company, "product", {"name": "Vis", "sku": "V", "price": "10"})
    for _at in range(3):
        draft = invoices.create(
            company, {"client": client["id"], "lines": [{"product": product["id"], "quantity": "2"}]}
        )
        invoice = issuing.issue(company, draft["id"])
        payments.add(company, invoice["id"], "5")
    invoices.create(company, {"client": client["id"], "lines": [{"product": product["id"]}]})
    stock.move(company, product["id"], "20")
    assert verification.verify(company) == {"ok": True, "problems": []}
    company.close()
    return folder


@pytest.fixture
def books(kept_books: Path, workspace: Workspace) -> Iterator[OpenCompany]:
    shutil.copytree(kept_books, workspace.data_dir)
    company = workspace.open()
    yield company
    company.close()


def tamper(company: OpenCompany, *statements: str) -> list[tuple[str, str]]:
    """What verify says after somebody wrote to the file behind the triggers' back."""
    with closing(sqlite3.connect(company.db.path)) as connection, connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        for statement in statements:
            connection.execute(statement)
    with company.db.engine.begin() as connection:
        capture.install(connection)
    result = verification.verify(company)
    assert result["ok"] is (not result["problems"])
    return [(problem["code"], problem["message"]) for problem in result["problems"]]


SECOND = "number = 'FA-2026-A0002'"
CASES = {
    "snapshot": (f"UPDATE invoice SET snapshot = replace(snapshot, 'Zoé', 'Zoe') WHERE {SECOND}", {"hash_wrong"}),
    "hash": (f"UPDATE invoice SET hash = 'x' WHERE {SECOND}", {"hash_wrong", "chain_broken"}),
    "link": (f"UPDATE invoice SET previous_hash = 'x' WHERE {SECOND}", {"hash_wrong", "chain_broken"}),
    "logo": (f"UPDATE invoice SET logo_id = 'x' WHERE {SECOND}", {"hash_wrong"}),
    "position": (f"UPDATE invoice SET chain_position = 9 WHERE {SECOND}", {"chain_gap"}),
    "not json": (f"UPDATE invoice SET snapshot = '' WHERE {SECOND}", {"hash_wrong", "snapshot_unreadable"}),
    "date": (f"UPDATE invoice SET issued_on = '2026-11-01', due_on = NULL WHERE {SECOND}", {"heading_wrong", "date_backwards"}),
    "number": (f"UPDATE invoice SET number = 'FA-2026-A0007' WHERE {SECOND}", {"heading_wrong", "number_wrong", "index_wrong"}),
    "twice": (f"UPDATE invoice SET number = 'FA-2026-A0001' WHERE {SECOND}",
              {"heading_wrong", "number_wrong", "number_doubled", "index_wrong"}),
    "rank": (f"UPDATE invoice SET counter = 5 WHERE {SECOND}", {"number_gap", "number_wrong"}),
    "total": (f"UPDATE invoice SET total_gross = 1 WHERE {SECOND}", {"total_wrong", "derived_wrong"}),
    "paid": (f"UPDATE invoice SET amount_paid = 1 WHERE {SECOND}", {"paid_wrong"}),
    "due": (f"UPDATE invoice SET amount_due = 1 WHERE {SECOND}", {"paid_wrong"}),
    "status": (f"UPDATE invoice SET status = 'paid' WHERE {SECOND}", {"paid_wrong"}),
    "line": (f"UPDATE invoice_line SET quantity = 9000 WHERE invoice_id = (SELECT id FROM invoice WHERE {SECOND})",
             {"derived_wrong", "lines_wrong"}),
    "line text": (f"UPDATE invoice_line SET description = 'x' WHERE invoice_id = (SELECT id FROM invoice WHERE {SECOND})",
                  {"lines_wrong"}),
    "line gone": (f"DELETE FROM invoice_line WHERE invoice_id = (SELECT id FROM invoice WHERE {SECOND})", {"derived_wrong"}),
    "payment amount": ("UPDATE payment SET amount = 400 WHERE chain_position = 2", {"payment_hash_wrong", "paid_wrong"}),
    "payment date": ("UPDATE payment SET paid_on = '2020-01-01' WHERE chain_position = 2", {"payment_hash_wrong"}),
    "payment link": ("UPDATE payment SET hash = 'x' WHERE chain_position = 2", {"payment_hash_wrong", "payment_chain_broken"}),
    "payment gone": ("DELETE FROM payment WHERE chain_position = 2", {"chain_gap", "paid_wrong"}),
    "last payment gone": ("DELETE FROM payment WHERE chain_position = 3", {"paid_wrong"}),
    "level": ("UPDATE stock_level SET quantity = quantity + 1000", {"stock_wrong"}),
    "level gone": ("DELETE FROM stock_level", {"stock_wrong"}),
    "movement gone": ("DELETE FROM stock_movement WHERE quantity > 0", {"stock_wrong"}),
    "outbox": ("DELETE FROM outbox WHERE kind = 'client'", {"outbox_missing"}),
    "acknowledged": ("UPDATE record_state SET base = clock WHERE kind = 'client'", {"outbox_stale"}),
    "state gone": ("DELETE FROM record_state WHERE kind = 'product'", {"state_missing"}),
    "search": ("DELETE FROM search_client", {"index_wrong"}),
    "renamed": ("UPDATE product SET name = 'Clou'", {"index_wrong"}),
    "search left": ("INSERT INTO search_client (rowid, words) VALUES (999, 'ghost')", {"index_wrong"}),
    "reference": ("UPDATE stock_movement SET product_id = 'nobody' WHERE quantity > 0", {"reference_broken", "stock_wrong"}),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_every_tampering_is_found(books: OpenCompany, name: str) -> None:
    statement, expected = CASES[name]
    found = tamper(books, statement)
    assert {code for code, _message in found} == expected
    for _code, message in found:
        assert message and "{" not in message


def test_an_invoice_cut_out_of_the_chain_is_missed(books: OpenCompany) -> None:
    found = tamper(
        books,
        f"DELETE FROM invoice_line WHERE invoice_id = (SELECT id FROM invoice WHERE {SECOND})",
        f"DELETE FROM payment WHERE invoice_id = (SELECT id FROM invoice WHERE {SECOND})",
        f"DELETE FROM invoice WHERE {SECOND}",
    )
    assert {"chain_gap", "number_gap"} <= {code for code, _message in found}
    assert any("FA-2026-A0003" in message for code, message in found if code == "number_gap")


def test_the_document_is_named(books: OpenCompany) -> None:
    found = tamper(books, f"UPDATE invoice SET logo_id = 'x' WHERE {SECOND}")
    assert found == [("hash_wrong", "FA-2026-A0002 : le contenu ne correspond pas à son empreinte.")]


def test_kept_papers(books: OpenCompany) -> None:
    first, second, _third = sorted(books.documents_dir.glob("*/*.pdf"))
    first.unlink()
    second.write_bytes(second.read_bytes() + b" ")
    problems = verification.verify(books)["problems"]
    assert {problem["code"] for problem in problems} == {"document_missing", "document_changed"}
    assert document_store.path_of(books, first.stem) == first


def test_a_damaged_index_is_found(books: OpenCompany) -> None:
    with closing(sqlite3.connect(books.db.path)) as connection:
        connection.execute("PRAGMA writable_schema=ON")
        # The index says that it holds something else than what stands in it.
        connection.execute(
            "UPDATE sqlite_master SET sql = replace(sql, 'paid_on', 'amount') WHERE name = 'ix_payment_date'"
        )
        version = connection.execute("PRAGMA schema_version").fetchone()[0]
        connection.execute(f"PRAGMA schema_version = {version + 1}")
        connection.commit()
    assert "database_damaged" in {problem["code"] for problem in verification.verify(books)["problems"]}


def drop(company: OpenCompany, *statements: str) -> None:
    with closing(sqlite3.connect(company.db.path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


@pytest.mark.parametrize(
    ("statements", "name"),
    [
        (("DROP TRIGGER client_updated",), "client_updated"),
        (("DROP TRIGGER invoice_frozen",), "invoice_frozen"),
        (("DROP TRIGGER client_updated", "CREATE TRIGGER client_updated AFTER UPDATE ON client BEGIN SELECT 1; END"), "client_updated"),
        (("CREATE TRIGGER of_mine AFTER UPDATE ON client BEGIN SELECT 1; END",), "of_mine"),
    ],
    ids=["dropped", "frozen", "replaced", "added"],
)  # fmt: skip
def test_triggers_that_are_not_as_made_are_told_and_made_again(
    books: OpenCompany, workspace: Workspace, statements: tuple[str, ...], name: str
) -> None:
    drop(books, *statements)
    [problem] = verification.verify(books)["problems"]
    assert problem["code"] == "triggers_altered" and f"({name})" in problem["message"]
    assert "1 protection de la base manque" in problem["message"]
    books.close()
    again = workspace.open(None)
    [problem] = verification.verify(again)["problems"]
    assert problem["code"] == "triggers_were_altered_alone" and "remises le " in problem["message"]
    client = records.create(again, "client", {"name": "Noé"})
    records.update(again, "client", client["id"], {"phone": "06"})
    assert verification.verify(again)["ok"], "nobody could do anything about it: it is told once"
    again.close()


def test_missing_triggers_are_told_until_nothing_else_is_wrong(books: OpenCompany, workspace: Workspace) -> None:
    drop(books, "DROP TRIGGER client_updated")
    books.close()
    again = workspace.open(None)
    with again.db.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM search_client")
    for _time in range(2):
        codes = {problem["code"] for problem in verification.verify(again)["problems"]}
        assert codes == {"index_wrong", "triggers_were_altered_alone"}
    again.close()


def test_with_a_cloud_missing_triggers_are_told_until_all_was_compared(
    books: OpenCompany, workspace: Workspace
) -> None:
    drop(books, "DROP TRIGGER client_updated")
    books.close()
    again = workspace.open(None)
    with again.db.write(origin="remote") as work:
        work.keep("cloud", {"project": "p"})
    for _time in range(2):
        [problem] = verification.verify(again)["problems"]
        assert problem["code"] == "triggers_were_altered" and "sync check" in problem["message"]
    again.close()
