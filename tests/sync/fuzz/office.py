"""One computer with the person who uses it: the product's own use cases on a company file, chosen by numbers."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from facturepro.db import undo
from facturepro.services import central_numbering, conflicts, invoices, issuing, payments, records, stock
from facturepro.services.company import OpenCompany, update_settings
from tests.sync.devices import unsafe_but_quick
from tests.sync.undoable import last_redoable, last_undoable

TEXTS = {
    "client": ("name", "company_name", "notes", "address", "city"),
    "product": ("name", "description"),
    "supplier": ("name", "notes", "contact"),
    "company": ("address", "city", "rcs_city", "late_penalty"),
}
"""Fields that take any text; address and city are one merge group."""
ACTIONS = (
    "write",
    "write",
    "write",
    "add",
    "remove",
    "bring_back",
    "draft",
    "draft",
    "lines",
    "lines",
    "lines",
    "header",
    "issue",
    "issue",
    "withdraw",
    "mode",
    "note",
    "pay",
    "reverse",
    "move",
    "take_back",
    "settle",
)


class Office:
    """``folder`` holds ``company.db``. ``now`` None: the computer's own clock."""

    def __init__(self, folder: Path, now: Callable[[], datetime] | None = None, is_durable: bool = False) -> None:
        self.folder = folder
        self.company = OpenCompany(folder, now) if now else OpenCompany(folder)
        if not is_durable:
            unsafe_but_quick(self.company.db)
        self.keeps_paper = False
        self._reader = sqlite3.connect(f"file:{folder / 'company.db'}?mode=ro", uri=True, isolation_level=None)

    @property
    def device(self) -> str:
        return self.company.db.device_id

    @property
    def reader(self) -> sqlite3.Connection:
        """Plain SQL on what is committed."""
        return self._reader

    def close(self) -> None:
        self._reader.close()
        self.company.close()

    def act(self, action: str, a: int, b: int, text: str) -> None:
        """One use case. ``a`` and ``b`` choose among what there is; ``text`` is typed where something is typed.

        Raises:
            UserError: what the program answers to a person who asks for something impossible.
        """
        getattr(self, f"_{action}")(a, b, text)

    def _pick(self, statement: str, at: int) -> Any:
        rows = self._reader.execute(statement).fetchall()
        return rows[at % len(rows)][0] if rows else None

    def _one_of(self, kind: str, at: int, deleted: bool = False) -> Any:
        condition = "IS NOT NULL" if deleted else "IS NULL"
        return self._pick(f"SELECT id FROM {kind} WHERE deleted_at {condition} ORDER BY id", at)

    def _draft_of(self, at: int) -> Any:
        return self._pick("SELECT id FROM invoice WHERE number IS NULL AND deleted_at IS NULL ORDER BY id DESC", at)

    def _issued_of(self, at: int) -> Any:
        return self._pick("SELECT id FROM invoice WHERE number IS NOT NULL ORDER BY id DESC", at)

    # -- what people do ----------------------------------------------------------------------------------------

    def _write(self, a: int, b: int, text: str) -> None:
        kind = ("client", "client", "product", "company", "supplier")[a % 5]
        field = TEXTS[kind][b % len(TEXTS[kind])]
        if kind == "company":
            update_settings(self.company, {field: text})
        elif (record := self._one_of(kind, a // 5)) is not None:
            records.update(self.company, kind, record, {field: text})

    def _add(self, a: int, b: int, text: str) -> None:
        kind = ("client", "product", "supplier")[a % 3]
        values: dict[str, Any] = {"name": text}
        if kind == "product":
            values |= {"type": "goods", "price": "10"}
        records.create(self.company, kind, values)

    def _remove(self, a: int, b: int, text: str) -> None:
        kind = ("client", "product", "supplier", "invoice")[a % 4]
        if (record := self._one_of(kind, b)) is not None:
            records.delete(self.company, kind, record)

    def _bring_back(self, a: int, b: int, text: str) -> None:
        kind = ("client", "product", "supplier", "invoice")[a % 4]
        if (record := self._one_of(kind, b, deleted=True)) is not None:
            records.restore(self.company, kind, record)

    def _draft(self, a: int, b: int, text: str) -> None:
        client = self._one_of("client", a)
        if client is None:
            client = records.create(self.company, "client", {"name": text})["id"]
        lines: list[dict[str, Any]] = [{"description": text, "unit_price": "12.50"}]
        if b % 2 and (product := self._one_of("product", b)) is not None:
            lines.append({"product": product, "description": f"{text} b", "quantity": str(1 + b % 3)})
        invoices.create(self.company, {"client_id": client, "lines": lines})

    def _lines(self, a: int, b: int, text: str) -> None:
        draft = self._draft_of(a)
        if draft is None:
            self._draft(a, b, text)
            return
        lines = [self._typed(line) for line in invoices.show(self.company, draft)["lines"]]
        at = a % len(lines) if lines else 0
        if not lines or b % 4 == 0:
            lines.append({"description": text, "unit_price": "3"})
        elif b % 4 == 1:
            del lines[at]
        elif b % 4 == 2:
            lines[at]["description"] = text
        else:
            lines.reverse()
            lines[0]["quantity"] = str(1 + b % 7)
        invoices.save(self.company, draft, {"lines": lines})

    @staticmethod
    def _typed(line: dict[str, Any]) -> dict[str, Any]:
        names = ("id", "product_id", "description", "quantity", "unit", "unit_price", "vat_rate", "discount")
        return {name: str(v) if isinstance(v := line[name], Decimal) else v for name in names}

    def _header(self, a: int, b: int, text: str) -> None:
        if (draft := self._draft_of(a)) is not None:
            name = ("notes", "client_reference", "client_id")[b % 3]
            value = self._one_of("client", b) if name == "client_id" else text
            invoices.save(self.company, draft, {name: value})

    def _issue(self, a: int, b: int, text: str) -> None:
        if (draft := self._draft_of(a)) is None:
            self._draft(a, b, text)
        else:
            on = self.company.today() + timedelta(days=1) if b % 16 == 15 else None
            issuing.issue(self.company, draft, on, keeps_paper=self.keeps_paper)

    def _withdraw(self, a: int, b: int, text: str) -> None:
        waiting = "SELECT id FROM invoice WHERE requested_at IS NOT NULL AND number IS NULL ORDER BY id DESC"
        if (document := self._pick(waiting, a)) is not None:
            central_numbering.withdraw(self.company, document)

    def _mode(self, a: int, b: int, text: str) -> None:
        """The owner chooses who gives the numbers; other computers hear of it later."""
        update_settings(self.company, {"numbering": "central" if b % 3 else "per_device"})

    def _note(self, a: int, b: int, text: str) -> None:
        if (document := self._issued_of(a)) is not None:
            invoices.save(self.company, document, {"internal_note": text})

    def _pay(self, a: int, b: int, text: str) -> None:
        if (document := self._issued_of(a)) is not None:
            payments.add(self.company, document, "1", note=text)

    def _reverse(self, a: int, b: int, text: str) -> None:
        if (payment := self._pick("SELECT id FROM payment ORDER BY id DESC", a)) is not None:
            payments.reverse(self.company, payment)

    def _move(self, a: int, b: int, text: str) -> None:
        if (product := self._one_of("product", a)) is not None:
            stock.move(self.company, product, str(b - 5 or 7), reason="count", note=text)

    def _take_back(self, a: int, b: int, text: str) -> None:
        """Undo, or redo when there is something to redo and the person wants it."""
        with self.company.db.read() as session:
            found = last_redoable(session) if b % 3 == 0 else None
            found = found or last_undoable(session)
        if found is not None:
            with self.company.db.write("back", undoes=found.stamp) as work:
                undo.undo(work, found.stamp)

    def _settle(self, a: int, b: int, text: str) -> None:
        conflict = self._pick("SELECT id FROM conflict WHERE resolved_at IS NULL ORDER BY id", a)
        if conflict is not None:
            (conflicts.restore if b % 2 else self._keep)(self.company, conflict)

    @staticmethod
    def _keep(company: OpenCompany, conflict: str) -> None:
        conflicts.keep(company, [conflict])


def checkpoint(path: Path) -> bytes:
    """The whole of a closed company file."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path.read_bytes()
