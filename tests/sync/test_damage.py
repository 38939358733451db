"""Sealed content that was damaged on one computer, met by a newer version from the cloud before any comparison."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from facturepro.db.models import Conflict
from facturepro.domain.seals import document_seal
from facturepro.services import invoices, issuing, payments, quarantine, records
from facturepro.services.company import update_settings
from facturepro.sync.remotes.memory import MemoryCloud, MemoryRemote
from tests.sync.central import Desk, client, desks
from tests.sync.test_reconcile import damage

ROWS = {
    "a line": ("UPDATE invoice_line SET unit_price = unit_price + 1 WHERE invoice_id = :id",),
    "a line is gone": ("DELETE FROM invoice_line WHERE invoice_id = :id",),
    "the content": ("UPDATE invoice SET snapshot = '{}', notes = 'x', client_reference = 'y' WHERE id = :id",),
    "number and seal": ("UPDATE invoice SET number = 'FA-1', hash = '' WHERE id = :id",),
    "all that is sealed": ("UPDATE invoice SET snapshot = 'x', hash = 'x', previous_hash = 'x' WHERE id = :id",),
}


class Pair:
    """Two computers that know some issued invoices, each with a payment."""

    def __init__(self, folder: Path, numbering: str, count: int) -> None:
        self.cloud = MemoryCloud()
        self.a, self.b = desks(folder, [MemoryRemote(self.cloud, name) for name in "ab"])
        update_settings(self.a.company, {"numbering": numbering})
        buyer = client(self.a)
        self.a.sync()
        line = {"description": "Pose", "quantity": "1.5", "unit_price": "12.345", "discount": "5"}
        self.invoices = [
            str(invoices.create(self.a.company, {"client": buyer, "lines": [line]})["id"]) for _number in range(count)
        ]
        for invoice in self.invoices:
            issuing.issue(self.a.company, invoice)
        self.a.sync()
        self.payments = [str(payments.add(self.a.company, invoice, "1")["id"]) for invoice in self.invoices]
        self.settle()

    def settle(self) -> None:
        for desk in (self.a, self.b, self.a, self.b):
            desk.sync()

    def newer(self, kind: str, record_id: str, change: Callable[[Any], None] = lambda _document: None) -> None:
        """The document once more in the cloud, with what somebody with the keys of the project changed."""
        document = deepcopy(self.cloud.records[(kind, record_id)])
        change(document)
        document.version = document.updated_at = self.cloud.tick()
        self.cloud.records[(kind, record_id)] = document

    def refused(self, desk: Desk) -> dict[str, str]:
        return {entry["record_id"]: entry["reason"] for entry in quarantine.list_refused(desk.company, 100)}


@pytest.fixture
def pair(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Pair]:
    made = Pair(tmp_path, *request.param)
    yield made
    made.a.close()
    made.b.close()


@pytest.mark.parametrize("pair", [(mode, len(ROWS) + 1) for mode in ("central", "per_device")], indirect=True)
def test_the_right_content_of_the_cloud_stands_over_what_was_damaged_here(pair: Pair) -> None:
    for invoice, statements in zip(pair.invoices, ROWS.values(), strict=False):
        damage(pair.b.company, *statements, id=invoice)
        records.update(pair.a.company, "invoice", invoice, {"internal_note": "a newer version"})
    damage(pair.b.company, "UPDATE payment SET amount = amount + 100 WHERE id = :id", id=pair.payments[0])
    pair.newer("payment", pair.payments[0])
    assert pair.b.problems()
    pair.settle()
    assert pair.refused(pair.b) == {}
    assert pair.b.problems() == [] and pair.b.dump() == pair.a.dump()
    with pair.b.company.db.read() as session:
        seen = {row.record_id for row in session.query(Conflict)}
    assert seen == {*pair.invoices[:-1], pair.payments[0]}, "what stood there is in the journal"
    assert {pair.b.show(invoice)["internal_note"] for invoice in pair.invoices[:-1]} == {"a newer version"}


def forge_notes(document: Any) -> None:
    document.fields["notes"] = "forged"


def forge_line(document: Any) -> None:
    (line,) = document.lines.values()
    line["description"] = "forged"


def forge_and_seal(document: Any) -> None:
    forge_line(document)
    fields = document.fields
    content = json.loads(fields["snapshot"])
    content["lines"][0]["description"] = "forged"
    fields["snapshot"] = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    fields["hash"] = document_seal(fields["previous_hash"], fields["snapshot"], fields["logo_id"])


FORGERIES = [
    (forging, statements)
    for forging in (forge_notes, forge_line, forge_and_seal)
    for statements in ((), *ROWS.values())
]


@pytest.mark.parametrize("pair", [("per_device", len(FORGERIES))], indirect=True)
def test_a_forgery_is_refused_whatever_stands_here(pair: Pair) -> None:
    before = {}
    for invoice, (forging, statements) in zip(pair.invoices, FORGERIES, strict=True):
        damage(pair.b.company, *statements, id=invoice)
        before[invoice] = pair.b.show(invoice)
        pair.newer("invoice", invoice, forging)
    pair.newer("payment", pair.payments[0], lambda document: document.fields.update(amount=1))
    pair.b.sync()
    assert {key: reason.split(" ")[0] for key, reason in pair.refused(pair.b).items()} == dict.fromkeys(
        (*pair.invoices, pair.payments[0]), "frozen"
    )
    for invoice in pair.invoices:
        now = pair.b.show(invoice)
        assert [now[name] for name in ("lines", "notes", "snapshot", "hash")] == [
            before[invoice][name] for name in ("lines", "notes", "snapshot", "hash")
        ]
