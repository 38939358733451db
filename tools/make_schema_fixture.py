"""Keep a company file of the present schema under tests/fixtures/schemas, once per shipped revision.

    .venv/bin/python tools/make_schema_fixture.py

A revision that is already there is left alone: what was shipped does not change.
"""

import shutil
import sqlite3
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from facturepro.db.migrations import HEAD
from facturepro.services import invoices, issuing, payments, records, stock
from facturepro.services.company import DATABASE_NAME
from facturepro.services.workspace import Workspace

TARGET = Path(__file__).parent.parent / "tests" / "fixtures" / "schemas" / f"{HEAD}.db"


def main() -> None:
    if TARGET.exists():
        print(f"{TARGET.name} stands already")
        return
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder), lambda: datetime(2026, 11, 20, 9, tzinfo=UTC))
        company = workspace.create({"name": "Atelier Boisvert", "siren": "123456782", "city": "Lille"})
        client = records.create(company, "client", {"name": "Ali Benali", "company_name": "ABC SARL"})
        product = records.create(company, "product", {"name": "Coulisse", "sku": "COU-1", "price": "12.50"})
        stock.move(company, product["id"], "40")
        line = {"product": product["id"], "quantity": "2"}
        draft = invoices.create(company, {"client": client["id"], "lines": [line]})
        issued = issuing.issue(company, draft["id"])
        payments.add(company, issued["id"], issued["amount_due"])
        invoices.create(company, {"client": client["id"], "lines": [line]})
        path = company.folder / DATABASE_NAME
        company.close()
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")
            connection.execute("VACUUM")
        TARGET.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, TARGET)
    print(f"{TARGET} {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
