"""Computers that people work on while the network in front of each of them fails from a seed; and what must hold after."""

from __future__ import annotations

import random
import re
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from facturepro.db.models import Client, Conflict, Invoice, Payment, StockMovement
from facturepro.db.replication_values import json_text
from facturepro.domain.errors import UserError
from facturepro.services import cloud, invoices, issuing, payments, records, stock, verification
from facturepro.services.company import OpenCompany
from facturepro.services.workspace import Workspace
from facturepro.sync.engine import SyncEngine
from facturepro.sync.remotes.backoff import Backoff
from facturepro.sync.remotes.firestore import FirestoreRemote
from facturepro.sync.remotes.firestore_connection import FirestoreTarget
from facturepro.sync.remotes.listening import ListenTiming
from tests.conftest import COMPANY
from tests.sync.emulator import Emulator
from tests.sync.fault_proxy import FaultProxy
from tests.sync.faults import Plan

IMPATIENT = ListenTiming(silence=1.5, max_age=5.0, steady=1.0, idle_batch=0.5, backoff_base=0.02, backoff_cap=0.3)
FIELDS = ("phone", "email", "notes")


def new_engine(company: OpenCompany, remote: FirestoreRemote) -> SyncEngine:
    engine = SyncEngine(company.db, remote)
    engine._backoff = Backoff(0.02, 0.3)
    return engine


class Desk:
    """A computer and the person at it."""

    def __init__(self, company: OpenCompany, proxy: FaultProxy, emulator: Emulator, remote_company: str) -> None:
        self.company = company
        self.proxy = proxy
        target = FirestoreTarget.emulator(proxy.host_port, emulator.project)
        self.remote = FirestoreRemote(target, remote_company, IMPATIENT)
        self.engine = new_engine(company, self.remote)

    def is_at_rest(self) -> bool:
        return self.engine.state.kind == "up_to_date" and self.engine.state.pending == 0

    def all(self, model: Any) -> list[Any]:
        with self.company.db.read() as session:
            return list(session.query(model).order_by(model.id))

    def close(self) -> None:
        self.engine.stop()
        self.remote.close()
        self.proxy.stop()
        self.company.close()


class Chaos:
    """``desks`` computers of one company. What people were told is done is remembered, and looked for at the end."""

    def __init__(self, seed: int, folder: Path, emulator: Emulator, desks: int = 3) -> None:
        self.seed = seed
        self._dice = random.Random(seed)
        self._folder = folder
        self._emulator = emulator
        self._target = cloud.emulator_target(emulator.host_port, emulator.project, f"chaos{seed}-{time.time_ns()}")
        self._counter = 0
        self.alive: dict[tuple[str, str], set[str]] = defaultdict(set)  # values that nobody replaced knowingly
        self.issued: dict[str, tuple[str, ...]] = {}  # number -> descriptions
        self.paid: list[str] = []
        self.moved: dict[str, int] = {}
        self.desks: list[Desk] = []
        self._open(desks)

    def _open(self, desks: int) -> None:
        first = Workspace(self._folder / "0").create(COMPANY)
        self._client = records.create(first, "client", {"name": "Durand", "siren": "552100554"})["id"]
        self._product = records.create(first, "product", {"name": "Vis", "price": "1"})["id"]
        for _number in range(3):
            self._draft(first)
        cloud.join(first, self._target)
        cloud.sync_once(first)
        companies = [first]
        for number in range(1, desks):
            companies.append(cloud.join_new(Workspace(self._folder / f"{number}"), self._target))
            cloud.sync_once(companies[-1])
        for number, company in enumerate(companies):
            proxy = FaultProxy(self._emulator.host_port, Plan(f"{self.seed}/{number}"))
            proxy.start()
            self.desks.append(Desk(company, proxy, self._emulator, self._target["remote_company"]))

    # -- what people do ------------------------------------------------------------------------------------------

    def work(self, steps: int) -> None:
        for desk in self.desks:
            desk.engine.start()
        deeds: list[Callable[[Desk], None]] = [self._edit] * 4 + [self._move, self._issue, self._issue, self._pay]
        deeds += [self._edit_draft, self._wake, self._restart]
        for _step in range(steps):
            desk = self._dice.choice(self.desks)
            with suppress(UserError):  # frozen meanwhile, nothing due any more: as a person would be told
                self._dice.choice(deeds)(desk)
            time.sleep(self._dice.uniform(0.0, 0.03))

    def _fresh(self) -> str:
        self._counter += 1
        return f"v{self._counter}"

    def _edit(self, desk: Desk) -> None:
        if self._dice.random() < 0.15:
            value = self._fresh()
            self.alive[(records.create(desk.company, "client", {"name": value})["id"], "name")].add(value)
            return
        field, value = self._dice.choice(FIELDS), self._fresh()
        client = self._client if self._dice.random() < 0.6 else self._dice.choice(desk.all(Client)).id
        with desk.company.db.write("edit") as work:
            row = work.get(Client, client)
            assert row is not None
            old = getattr(row, field)
            setattr(row, field, value)
        self.alive[(client, field)].discard(old)
        self.alive[(client, field)].add(value)

    def _draft(self, company: OpenCompany) -> str:
        line = {"description": self._fresh(), "quantity": "1", "unit_price": "10"}
        return str(invoices.create(company, {"client": self._client, "lines": [line]})["id"])

    def _drafts(self, desk: Desk) -> list[str]:
        return [row.id for row in desk.all(Invoice) if row.number is None]

    def _edit_draft(self, desk: Desk) -> None:
        drafts = self._drafts(desk)
        if drafts:
            invoices.save(desk.company, self._dice.choice(drafts), {"notes": self._fresh()})

    def _issue(self, desk: Desk) -> None:
        drafts = self._drafts(desk)
        draft = self._dice.choice(drafts) if drafts and self._dice.random() < 0.5 else self._draft(desk.company)
        issued = issuing.issue(desk.company, draft, keeps_paper=False)
        self.issued[issued["number"]] = tuple(sorted(line["description"] for line in issued["lines"]))

    def _pay(self, desk: Desk) -> None:
        issued = [row for row in desk.all(Invoice) if row.number is not None]
        if issued:
            note = self._fresh()
            payments.add(desk.company, self._dice.choice(issued).id, "1", note=note)
            self.paid.append(note)

    def _move(self, desk: Desk) -> None:
        note, quantity = self._fresh(), self._dice.choice((-3, -1, 2, 5))
        stock.move(desk.company, self._product, quantity, reason="receipt" if quantity > 0 else "sale", note=note)
        self.moved[note] = quantity

    def _wake(self, desk: Desk) -> None:
        desk.engine.wake()

    def _restart(self, desk: Desk) -> None:
        """The program is closed and opened: what it had received and not stored comes again."""
        if self._dice.random() < 0.4:
            desk.engine.stop()
            desk.engine = new_engine(desk.company, desk.remote)
            desk.engine.start()

    # -- and after -----------------------------------------------------------------------------------------------

    def settle(self, seconds: float = 30.0) -> None:
        """The network is well again; a person presses "now" on each computer."""
        for desk in self.desks:
            desk.proxy.calm()
            desk.engine.wake()
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            if all(desk.is_at_rest() for desk in self.desks) and len({tuple(d) for d in self._dumps()}) == 1:
                return
            time.sleep(0.05)
        states = [desk.engine.state for desk in self.desks]
        raise AssertionError(f"seed {self.seed}: not at rest after {seconds} s: {states}")

    def _dumps(self) -> list[list[str]]:
        return [cloud.dump(desk.company) for desk in self.desks]

    def check(self) -> None:
        dumps = self._dumps()
        assert all(dump == dumps[0] for dump in dumps)
        assert self._cloud_dump() == dumps[0], "the cloud holds something else"
        for desk in self.desks:
            self._check_desk(desk)
        self._check_edits(self.desks[0])

    def _cloud_dump(self) -> list[str]:
        remote = FirestoreRemote(
            FirestoreTarget.emulator(self._emulator.host_port, self._emulator.project), self._target["remote_company"]
        )
        found = [record for page in remote.changes_since(None) for record in page.documents]
        remote.close()
        return [
            json_text(
                {
                    "kind": record.kind,
                    "id": record.id,
                    "fields": record.fields,
                    "lines": {key: line for key, line in record.lines.items() if line is not None},
                    "clock": {group: stamp for group, stamp in record.clock.items() if group[0] != "@"},
                    "deleted": record.deleted,
                }
            )
            for record in sorted(found, key=lambda record: record.key)
        ]

    def _check_desk(self, desk: Desk) -> None:
        found = verification.verify(desk.company)
        assert found["ok"], found["problems"]
        issued = [row for row in desk.all(Invoice) if row.number is not None]
        assert sorted(row.number for row in issued) == sorted(self.issued), "a number was lost, doubled or made up"
        for row in issued:
            shown = invoices.show(desk.company, row.id)
            assert tuple(sorted(line["description"] for line in shown["lines"])) == self.issued[row.number]
        self._check_series(sorted(self.issued))
        assert sorted(row.note for row in desk.all(Payment)) == sorted(self.paid)
        movements = {row.note: int(row.quantity) for row in desk.all(StockMovement)}
        assert len(desk.all(StockMovement)) == len(self.moved)
        assert movements == self.moved
        assert stock.total(desk.company, self._product) == sum(self.moved.values())
        with desk.company.db.read() as session:
            for table in ("outbox", "pending_remote"):
                assert session.connection().exec_driver_sql(f"SELECT COUNT(*) FROM {table}").scalar() == 0, table

    def _check_series(self, numbers: list[str]) -> None:
        series: dict[str, list[int]] = defaultdict(list)
        for number in numbers:
            match = re.fullmatch(r"(.*\D)(\d{4,})", number)
            assert match is not None, number
            series[match[1]].append(int(match[2]))
        for counters in series.values():
            assert sorted(counters) == list(range(1, len(counters) + 1)), "a gap in a series"

    def _check_edits(self, desk: Desk) -> None:
        journal: dict[tuple[str, str], set[str]] = defaultdict(set)
        for conflict in desk.all(Conflict):
            for name, value in (conflict.lost or {}).items():
                journal[(conflict.record_id, name)].add(str(value))
        rows = {row.id: row for row in desk.all(Client)}
        for (client, name), values in self.alive.items():
            missing = values - {getattr(rows[client], name)} - journal[(client, name)]
            assert not missing, f"lost: {missing} of {name}"

    def close(self) -> None:
        for desk in self.desks:
            desk.close()
