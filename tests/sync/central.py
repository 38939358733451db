"""Computers of one company that numbers centrally, with everything a person has: the services, a file, an engine."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from facturepro.db import local_state
from facturepro.db.models.company import COMPANY_ID
from facturepro.db.models.stock import MAIN_WAREHOUSE_ID
from facturepro.db.replication_state import forget_default_stamps
from facturepro.services import central_numbering, cloud, invoices, issuing, records, verification
from facturepro.services.company import OpenCompany, update_settings
from facturepro.services.records import Record
from facturepro.services.workspace import Workspace
from facturepro.sync.engine import SyncEngine, SyncReport
from tests.conftest import COMPANY, Clock
from tests.sync.devices import no_wait, unsafe_but_quick
from tests.sync.fuzz.office import checkpoint

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


class Desk:
    """A computer of the company, its file and what a person does there."""

    def __init__(self, company: OpenCompany, remote: Any, clock: Clock) -> None:
        self.company, self.remote, self.clock = company, remote, clock
        unsafe_but_quick(company.db)
        self.engine = self._engine()

    def _engine(self) -> SyncEngine:
        number = partial(central_numbering.number_waiting, self.company)
        return SyncEngine(self.company.db, self.remote, sleep=no_wait, number_waiting=number)

    def restart(self) -> None:
        """As after a crash: only the file is left."""
        self.company.close()
        self.company = OpenCompany(self.company.folder, self.clock)
        unsafe_but_quick(self.company.db)
        self.engine = self._engine()

    def sync(self) -> SyncReport:
        return self.engine.once(30)

    def draft(self, client: str, quantity: int = 1, product: str = "", **values: Any) -> str:
        line = {"product": product, "quantity": str(quantity)} if product else {"description": "Pose", "quantity": "1"}
        return str(invoices.create(self.company, {"client": client, "lines": [line], **values})["id"])

    def ask(self, invoice_id: str, on: Any = None) -> Record:
        return issuing.issue(self.company, invoice_id, on)

    def show(self, invoice_id: str) -> Record:
        return invoices.show(self.company, invoice_id)

    def news(self) -> list[central_numbering.News]:
        return central_numbering.take_news(self.company)

    def numbers(self) -> list[str]:
        """Of all issued documents, in order."""
        found = invoices.page(self.company, invoices.InvoiceFilter(), limit=1000).rows
        return sorted(row["number"] for row in found if row["number"])

    def dump(self) -> list[str]:
        return cloud.dump(self.company)

    def problems(self) -> list[Any]:
        return list(verification.verify(self.company)["problems"])

    def close(self) -> None:
        self.company.close()


@cache
def _new_company() -> bytes:
    """The file of a company, made once per test run."""
    with TemporaryDirectory() as home:
        company = Workspace(Path(home), Clock(START)).create(COMPANY)
        company.close()
        return checkpoint(company.db.path)


def _opened(folder: Path, name: str, remote: Any, clock: Clock) -> OpenCompany:
    """A new company as this computer's file, joined."""
    folder.mkdir()
    path = folder / "company.db"
    path.write_bytes(_new_company())
    with closing(sqlite3.connect(path)) as connection, connection:
        (old,) = connection.execute("SELECT device FROM capture_context").fetchone()
        for statement in (
            "UPDATE capture_context SET device = ?1",
            "UPDATE local_state SET value = replace(value, ?2, ?1)",
            "UPDATE record_state SET clock = replace(clock, ?2, ?1)",
            "UPDATE outbox SET stamp = replace(stamp, ?2, ?1)",
        ):
            connection.execute(statement, (name, old) if "?2" in statement else (name,))
    company = OpenCompany(folder, clock)
    letter = remote.claim_series(name, None, {})
    with company.db.write() as work:
        if letter != "A":
            forget_default_stamps(work.session, name, [("company", COMPANY_ID), ("warehouse", MAIN_WAREHOUSE_ID)])
        work.keep("series", letter)
        work.keep("cloud", {"mode": "test", "project": "p", "remote_company": "c"})
    return company


def desks(folder: Path, remotes: Sequence[Any], clock: Callable[[], Clock] | None = None) -> list[Desk]:
    """Computers that share a client and the central mode; all are up to date."""
    remotes[0].provision({"name": "Atelier Boisvert"})
    shared = Clock(START)
    made = []
    for index, remote in enumerate(remotes):
        own = clock() if clock else shared
        name = f"{'abcdefgh'[index] * 4}-{index}"
        made.append(Desk(_opened(folder / name, name, remote, own), remote, own))
    update_settings(made[0].company, {"numbering": "central"})
    for desk in (*made, *made):
        desk.sync()
    return made


def client(desk: Desk, name: str = "Durand") -> str:
    return str(records.create(desk.company, "client", {"name": name})["id"])


def state(desk: Desk, key: str) -> Any:
    with desk.company.db.read() as session:
        return local_state.get(session, key)
