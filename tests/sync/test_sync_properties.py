"""Computers that edit, exchange, lose the network and die in any order always come to the same records, and no edit is
lost on the way. Failures are minimised by Hypothesis, which prints the seed and how to repeat them."""

from __future__ import annotations

import copy
import os
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from facturepro.db.models import Client, Conflict, Invoice, InvoiceLine, Payment, Product, StockMovement
from facturepro.db.models.stock import MAIN_WAREHOUSE_ID
from facturepro.db.replication_values import json_text
from facturepro.db.unit_of_work import UnitOfWork
from facturepro.domain.errors import UserError
from facturepro.sync.remotes.memory import MemoryCloud, MemoryRemote
from tests.sync.devices import Clock, Computer

NAMES = ("aaaa", "bbbb", "cccc")
FIELDS = ("phone", "email", "notes")
EXAMPLES = int(os.environ.get("FACTUREPRO_FUZZ_EXAMPLES", "25"))
STEPS = int(os.environ.get("FACTUREPRO_FUZZ_STEPS", "100"))


class Killed(BaseException):
    """The process ended here."""


class Mortal:
    """A remote whose user dies before or after a call."""

    def __init__(self, remote: MemoryRemote) -> None:
        self._remote = remote
        self.lives: int | None = None

    def step(self) -> None:
        if self.lives is not None:
            self.lives -= 1
            if self.lives < 0:
                raise Killed

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._remote, name)
        if name not in ("commit", "get", "changes_since", "profile"):
            return found

        def call(*arguments: Any) -> Any:
            self.step()
            answer = found(*arguments)
            if name == "changes_since":
                answer = iter(list(answer))
            self.step()
            return answer

        return call


class Companies(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="facturepro-fuzz-"))
        self.time = Clock()
        self.cloud = MemoryCloud(self.time.nanos)
        self.devices: list[Computer] = []
        self.mortals: list[Mortal] = []
        self.edits: dict[tuple[str, str], set[str]] = {}  # (record, field) -> values that nobody replaced knowingly
        self.movements: dict[str, int] = {}
        self.issued: dict[str, tuple[str, ...]] = {}  # number -> descriptions of its lines
        self.payments: set[str] = set()
        self.seen: list[Any] = []
        self.counter = 0

    @initialize(number=st.integers(2, 3), skews=st.lists(st.integers(-1, 1), min_size=3, max_size=3))
    def begin(self, number: int, skews: list[int]) -> None:
        for index in range(number):
            name = NAMES[index]
            clock = Clock(self.time.at + timedelta(days=skews[index]))
            mortal = Mortal(MemoryRemote(self.cloud, name))
            if index == 0:
                mortal.provision({"name": "Essai"})
            self.mortals.append(mortal)
            self.devices.append(Computer(self.folder / f"{name}.db", name, mortal, clock))
        self.product = self.devices[0].add(Product(name="Vis"))

    # -- what people do ------------------------------------------------------------------------------------

    def fresh(self) -> str:
        self.counter += 1
        return f"v{self.counter}"

    def pick(self, rows: list[Any], index: int) -> Any:
        return rows[index % len(rows)] if rows else None

    def replace(self, record: str, field: str, old: Any, new: str) -> None:
        alive = self.edits.setdefault((record, field), set())
        alive.discard(str(old))
        alive.add(new)

    who = st.integers(0, 2)
    which = st.integers(0, 5)

    @rule(who=who, field=st.sampled_from(FIELDS), which=which)
    def edit_client(self, who: int, field: str, which: int) -> None:
        device = self.pick(self.devices, who)
        client = self.pick(device.all(Client), which)
        if client is None:
            value = self.fresh()
            client_id = device.client(value)
            self.edits[(client_id, "name")] = {value}
            return
        value = self.fresh()
        self.replace(client.id, field, getattr(client, field), value)
        device.change(Client, client.id, **{field: value})

    @rule(who=who, which=which)
    def delete_client(self, who: int, which: int) -> None:
        device = self.pick(self.devices, who)
        client = self.pick(device.all(Client), which)
        if client is not None:
            device.change(Client, client.id, deleted_at=None if client.deleted_at else device.db.now())

    @rule(who=who, quantity=st.integers(-5, 5))
    def move_stock(self, who: int, quantity: int) -> None:
        device = self.pick(self.devices, who)
        if device.get(Product, self.product) is None:
            return
        movement = StockMovement(
            product_id=self.product, warehouse_id=MAIN_WAREHOUSE_ID, quantity=quantity, moved_on=device.db.now().date()
        )
        self.movements[device.add(movement)] = quantity

    @rule(who=who, which=which)
    def edit_draft(self, who: int, which: int) -> None:
        device = self.pick(self.devices, who)
        draft = self.pick([row for row in device.all(Invoice) if row.number is None], which)
        value = self.fresh()
        if draft is None or which == 5:
            clients = device.all(Client)
            if not clients:
                return
            device.draft(self.pick(clients, which).id, value)
            return
        lines = device.lines(draft.id)
        line = self.pick(lines, which)
        with device.db.write("lines") as work:
            if line is None or which == 1:
                work.add(InvoiceLine(invoice_id=draft.id, description=value, position=which))
            elif which == 2:
                work.delete_row(work.get(InvoiceLine, line.id))
            else:
                work.get(InvoiceLine, line.id).description = value

    @rule(who=who, which=which)
    def issue(self, who: int, which: int) -> None:
        device = self.pick(self.devices, who)
        draft = self.pick([row for row in device.all(Invoice) if row.number is None and row.deleted_at is None], which)
        if draft is None:
            return
        number = f"{device.device}-{self.fresh()}"
        device.issue(draft.id, number)
        self.issued[number] = tuple(sorted(line.description for line in device.lines(draft.id)))

    @rule(who=who, which=which)
    def pay(self, who: int, which: int) -> None:
        device = self.pick(self.devices, who)
        invoice = self.pick([row for row in device.all(Invoice) if row.number is not None], which)
        if invoice is not None:
            note = self.fresh()
            device.add(Payment(invoice_id=invoice.id, amount=1, paid_on=device.db.now().date(), note=note))
            self.payments.add(note)

    @rule(who=who, which=which)
    def note_on_issued(self, who: int, which: int) -> None:
        device = self.pick(self.devices, who)
        invoice = self.pick([row for row in device.all(Invoice) if row.number is not None], which)
        if invoice is not None:
            device.change(Invoice, invoice.id, internal_note=self.fresh())

    # -- what happens to them ------------------------------------------------------------------------------

    @rule(who=who)
    def exchange(self, who: int) -> None:
        self.exchanges(self.pick(self.devices, who))

    def exchanges(self, device: Computer) -> None:
        try:
            device.sync()
        except UserError as error:
            note(f"{device.device}: {error.code}")
        self.remember()

    def remember(self) -> None:
        if self.cloud.records and len(self.seen) < 60:
            self.seen += [copy.deepcopy(record) for record in list(self.cloud.records.values())[-2:]]

    @rule(
        who=who,
        fault=st.sampled_from(["lost_acks", "lost_commits", "late_commits", "unavailable", "duplicates"]),
        times=st.integers(1, 3),
    )
    def trouble(self, who: int, fault: str, times: int) -> None:
        setattr(self.cloud.faults, fault, times)
        self.exchanges(self.pick(self.devices, who))
        setattr(self.cloud.faults, fault, 0)

    @rule()
    def late_commit_shows(self) -> None:
        self.cloud.release()

    @rule(who=who, lives=st.integers(0, 8))
    def die(self, who: int, lives: int) -> None:
        """At any call to the remote and around any commit of the file."""
        index = who % len(self.devices)
        device, mortal = self.devices[index], self.mortals[index]
        mortal.lives = lives
        finish = UnitOfWork.finish

        def mortal_finish(work: UnitOfWork) -> Any:
            mortal.step()
            return finish(work)

        UnitOfWork.finish = mortal_finish  # type: ignore[method-assign]
        try:
            device.sync()
        except (Killed, UserError):
            note(f"{device.device} died")
        finally:
            UnitOfWork.finish = finish  # type: ignore[method-assign]
            mortal.lives = None
        device.restart()

    @precondition(lambda self: self.seen)
    @rule(who=who, which=st.integers(0, 60))
    def delivered_again(self, who: int, which: int) -> None:
        device = self.pick(self.devices, who)
        device.engine._puller.apply([copy.deepcopy(self.pick(self.seen, which))])

    @rule(who=who, hours=st.integers(-30, 30))
    def clock_jumps(self, who: int, hours: int) -> None:
        self.pick(self.devices, who).clock.at += timedelta(hours=hours)

    @rule(seconds=st.integers(1, 4000))
    def time_passes(self, seconds: int) -> None:
        self.time.at += timedelta(seconds=seconds)
        for device in self.devices:
            device.clock.at += timedelta(seconds=seconds)

    # -- what must always hold -----------------------------------------------------------------------------

    def quiesce(self) -> None:
        faults = self.cloud.faults
        faults.lost_acks = faults.lost_commits = faults.late_commits = faults.unavailable = 0
        while self.cloud.release():
            pass
        for _round in range(8):
            reports = [device.sync() for device in self.devices]
            if not any(report.pushed or report.pulled for report in reports):
                break
        assert not any(report.pushed or report.pulled or report.pending for report in reports), "never at rest"

    def teardown(self) -> None:
        try:
            if self.devices:
                self.quiesce()
                self.check()
        finally:
            for device in self.devices:
                device.close()
            shutil.rmtree(self.folder)

    def check(self) -> None:
        first = self.devices[0]
        expected = first.dump()
        for device in self.devices[1:]:
            assert device.dump().split("\n") == expected.split("\n")
        assert self.cloud_dump() == expected.split("\n")
        for device in self.devices:
            self.check_device(device)
        self.check_edits(first)

    def cloud_dump(self) -> list[str]:
        found = []
        for (kind, record_id), record in sorted(self.cloud.records.items()):
            found.append(
                json_text(
                    {
                        "kind": kind,
                        "id": record_id,
                        "fields": record.fields,
                        "lines": {key: line for key, line in record.lines.items() if line is not None},
                        "clock": {group: stamp for group, stamp in record.clock.items() if group[0] != "@"},
                        "deleted": record.deleted,
                    }
                )
            )
        return found

    def check_device(self, device: Computer) -> None:
        # Stock is the sum of the distinct movements, and so is the level kept by the trigger.
        rows = {row.id: int(row.quantity) for row in device.all(StockMovement)}
        assert rows == self.movements
        level = device.scalar("SELECT COALESCE(SUM(quantity), 0) FROM stock_level")
        assert level == 1000 * sum(self.movements.values())
        # One number, one document; the content of each is as it was issued.
        issued = [row for row in device.all(Invoice) if row.number is not None]
        assert sorted(row.number for row in issued) == sorted(self.issued)
        for row in issued:
            descriptions = tuple(sorted(line.description for line in device.lines(row.id)))
            assert descriptions == self.issued[row.number]
        assert {row.note for row in device.all(Payment)} == self.payments
        assert device.scalar("SELECT COUNT(*) FROM outbox") == 0
        assert device.scalar("SELECT COUNT(*) FROM pending_remote") == 0
        assert device.scalar("SELECT COUNT(*) FROM pragma_foreign_key_check") == 0

    def check_edits(self, device: Computer) -> None:
        journal: dict[tuple[str, str], set[str]] = {}
        for conflict in device.all(Conflict):
            for field, value in (conflict.lost or {}).items():
                journal.setdefault((conflict.record_id, field), set()).add(value)
        for (record, field), alive in self.edits.items():
            row = device.get(Client, record)
            assert row is not None, record
            missing = alive - {getattr(row, field)} - journal.get((record, field), set())
            assert not missing, f"lost: {missing} of {field}"


Companies.TestCase.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    deadline=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
)
TestCompanies = Companies.TestCase
