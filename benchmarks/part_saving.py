"""Saving, issuing and papers, through the real use cases; on a copy of the shape, never on the measured set's own rows.

Drafts are added to the data set and put in the bin afterwards; what was issued stays, as issuing cannot be undone.
"""

import io
import sqlite3
import statistics
import tempfile
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

from benchmarks.measuring import Result, Table, each, milliseconds
from facturepro.documents.content import InvoiceContent
from facturepro.documents.invoice_pdf import render_invoice
from facturepro.documents.pdfa import render_issued
from facturepro.services import document_store, invoice_content, invoices, issuing, records
from facturepro.services.company import OpenCompany
from facturepro.services.invoices import InvoiceFilter
from facturepro.services.records import ListQuery
from tests.documents import samples


def saving(table: Table, company: OpenCompany) -> None:
    table.section("Saving and issuing")
    client = records.page(company, ListQuery("client"), limit=1).rows[0]["id"]
    goods = records.page(company, ListQuery("product"), limit=10).rows
    lines = [{"product_id": good["id"], "quantity": 2} for good in goods]
    values = {"client_id": client, "lines": lines}
    base = _plain_insert(10)
    drafts: list[dict[str, Any]] = []
    created = each([lambda: drafts.append(invoices.create(company, values)) for _turn in range(25)])[2:]
    table.add(Result("new draft of 10 lines", created, base, "sqlite3, 11 rows", 30))

    def change(turn: int) -> None:
        draft = drafts[0]
        changed = [dict(line) for line in draft["lines"]]
        changed[3]["quantity"] = Decimal(turn + 3)
        kept = ("id", "product_id", "description", "quantity", "unit", "unit_price", "vat_rate", "discount")
        sent = [{name: line[name] for name in kept if line[name] is not None} for line in changed]
        invoices.save(company, draft["id"], {"client_id": client, "lines": sent})

    saved = each([lambda t=turn: change(t) for turn in range(30)])[2:]
    table.add(Result("autosave of one changed line of 10", saved, _plain_insert(1), "sqlite3, 2 rows", 30))
    issuing.issue(company, drafts.pop()["id"])  # imports
    paper = statistics.median(milliseconds(lambda: render_invoice(samples.long_invoice(10, "moderne")), 5))
    issued = each([lambda d=draft: issuing.issue(company, d["id"]) for draft in drafts[:12]])
    table.add(Result("issue 10 lines: number, seal, stock, PDF/A-3 on disk", issued, paper, "drawing alone", 130))
    for draft in drafts[12:]:
        records.delete(company, "invoice", draft["id"])


def _plain_insert(lines: int) -> float:
    """Median of a durable commit of an invoice with its lines, without audit, outbox, search or totals."""
    with tempfile.TemporaryDirectory() as folder:
        file = sqlite3.connect(Path(folder) / "plain.db", isolation_level=None)
        file.execute("PRAGMA journal_mode=WAL")
        file.execute("PRAGMA synchronous=FULL")
        file.execute("CREATE TABLE invoice (id TEXT PRIMARY KEY, client TEXT, total INTEGER)")
        file.execute("CREATE TABLE line (id TEXT PRIMARY KEY, invoice TEXT, description TEXT, net INTEGER)")

        def save(turn: int) -> None:
            file.execute("BEGIN IMMEDIATE")
            file.execute("INSERT INTO invoice VALUES (?, 'c', 1)", (f"i{turn}",))
            file.executemany(
                "INSERT INTO line VALUES (?, ?, 'text', 1)", [(f"l{turn}-{at}", f"i{turn}") for at in range(lines)]
            )
            file.execute("COMMIT")

        times = each([lambda t=turn: save(t) for turn in range(50)])
        file.close()
    return statistics.median(times)


def paper(table: Table, company: OpenCompany) -> None:
    table.section("Papers")
    for count, goal in ((10, 100), (300, None)):
        content = samples.long_invoice(count, "moderne")
        times = milliseconds(lambda c=content: render_issued(c), 9)
        base = statistics.median(milliseconds(lambda n=count: _bare_pdf(n), 5))
        table.add(Result(f"PDF/A-3 Factur-X of {count} lines", times, base, "bare ReportLab table", goal))
    rows = invoices.page(company, InvoiceFilter(status="paid"), limit=200).rows
    rates = []
    with tempfile.TemporaryDirectory() as folder:
        for start in range(0, len(rows), 50):
            began = time.perf_counter()
            for row in rows[start : start + 50]:
                # Drawn anew: the kept paper of an earlier run would be read instead.
                content = invoice_content.issued_content(company, invoices.show(company, row["id"]))
                document_store.write_file(Path(folder) / f"{row['id']}.pdf", document_store.render_issued(content))
            rates.append(len(rows[start : start + 50]) / (time.perf_counter() - began))
    table.add(
        Result("200 PDF/A-3 in bulk, drawn and on disk, one process", tuple(rates), goal=25, unit="/s", is_rate=True)
    )


def _bare_pdf(lines: int) -> InvoiceContent | bytes:
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import SimpleDocTemplate
    from reportlab.platypus import Table as PdfTable

    target = io.BytesIO()
    rows = [["Description of a line", "2", "10.00", "20 %", "20.00"] for _line in range(lines)]
    SimpleDocTemplate(target, pagesize=A4).build([PdfTable(rows)])
    return target.getvalue()
