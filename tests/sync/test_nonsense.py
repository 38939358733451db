"""Documents with nonsense in any place: kept aside with a reason, while their neighbours arrive and the file stays whole."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from facturepro.db import derive
from facturepro.db.models import Client, Invoice
from facturepro.db.replication_apply import apply
from facturepro.db.replication_records import Incoming
from facturepro.sync.codec import incoming
from facturepro.sync.remotes.base import RemoteDocument
from tests.sync.devices import Computer, memory_pair

STAMP = "01a1fd000000-0000-bbbb"
NEXT = "01b1fd000000-0000-bbbb"
FIELDS = {
    "client": ["name", "payment_days", "is_archived", "deleted_at", "country"],
    "product": ["name", "price", "vat", "min_stock"],
    "invoice": ["client_id", "number", "counter", "issued_on", "issued_at", "snapshot", "chain_position", "deleted_at"],
    "payment": ["invoice_id", "amount", "paid_on", "recorded_at", "reverses_id", "recorded_by"],
    "stock_movement": ["product_id", "warehouse_id", "quantity", "moved_on"],
    "conflict": ["kept", "lost", "record_kind", "lost_stamp", "resolved_at"],
    "company": ["name", "siren", "payment_days"],
    "spaceship": ["name"],
}
LINE = ["description", "quantity", "unit_price", "vat_rate", "discount", "product_id", "position"]
ABSURD: list[Any] = [
    None, True, "", "x", 0, -1, 10**14, 10**15, 10**18, 10**30, -(10**30), 1.5, [], {}, {"a": {"b": []}}, "0000-01-01",
    "2026-13-40", "2026-W01-1", "9999-12-31", "9999-12-31T23:59:59.999Z", "0001-01-01T00:00:00Z", "not json {",
    '{"client": {"name": {"x": 1}}}', '{"client": 3}', "\x00", '"', "é’" * 50, "y" * 200_000, "known", "shared",
    "2026-11-21", "2026-11-21T08:00:00.000Z", 5, 2000, "FA-9",
]  # fmt: skip
IDS = [
    "known",
    "shared",
    "new",
    "new2",
    "a b",
    'quote"d',
    "back\\slash",
    "é",
    "x" * 2000,
    "ffffffff-ffff-7fff-bfff-ffffffffffff",
]
STAMPS = [STAMP, NEXT, "", "zzzz", "ffffffffffff-ffff-x", "000000000000-0000-", "01a1fd000000-0000-bbbb+", 12, None]

values = st.sampled_from(ABSURD) | st.integers(-(10**19), 10**19) | st.text(max_size=20)


@st.composite
def documents(draw: Any) -> RemoteDocument:
    kind = draw(st.sampled_from(sorted(FIELDS)))
    names = st.sampled_from([*FIELDS[kind], "newer_field"])
    fields = draw(st.dictionaries(names, values, max_size=5))
    lines = draw(
        st.dictionaries(
            st.sampled_from(["l1", "l2", "own-line", 'l"3', ""]),
            st.none() | st.dictionaries(st.sampled_from([*LINE, "newer"]), values, max_size=4),
            max_size=2,
        )
    )
    clock = dict.fromkeys(fields, NEXT) | {f"line:{line_id}": NEXT for line_id in lines}
    clock |= draw(
        st.dictionaries(
            st.sampled_from(["name", "issue", "payment", "@x", 'g"', "deleted"]), st.sampled_from(STAMPS), max_size=2
        )
    )
    record_id = draw(st.sampled_from(IDS))
    deleted, schema = draw(st.booleans()), draw(st.sampled_from([1, 0, -5, 99, 10**20]))
    extra = draw(st.dictionaries(st.sampled_from(["tag", "é"]), values, max_size=1))
    return RemoteDocument(kind, record_id, fields, lines, clock, schema=schema, deleted=deleted, extra=extra)


@settings(
    max_examples=int(os.environ.get("FACTUREPRO_FUZZ_EXAMPLES", "25")),
    deadline=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
)
@given(data=st.data(), number=st.integers(1, 6))
def test_nonsense_is_kept_aside_and_nothing_else_suffers(data, number):
    with tempfile.TemporaryDirectory(prefix="facturepro-nonsense-") as folder:
        cloud, a, b = memory_pair(Path(folder))
        try:
            _prepare(a)
            for _batch in range(2):
                batch = [data.draw(documents(), label="document") for _at in range(number)]
                good = RemoteDocument("client", f"good-{_batch}", {"name": "Good"}, {}, {"name": STAMP})
                batch.insert(3, good)
                for document in batch:
                    _store(cloud, document)
                with a.db.write(origin="remote") as work:
                    result = apply(work, [incoming(document) for document in batch])
                assert ("client", good.id) in result.applied
                _check(a)
            a.change(Client, "good-1", phone="typed here")
            mine = a.client("made after it")
            report = a.sync()
            assert ("client", mine) in cloud.records and report.blocked == ""
            _check(a)
            a.change(Client, mine, phone="again")
            a.sync()
            assert cloud.records[("client", mine)].fields["phone"] == "again"
        finally:
            a.close(), b.close()


def _store(cloud: Any, document: RemoteDocument) -> None:
    document.version = document.updated_at = cloud.tick()
    cloud.records[document.key] = document


def _prepare(a: Computer) -> None:
    a.add(Client(id="known", name="Known", phone="1"))
    a.add(Client(id="shared", name="Shared"))
    draft = a.draft("known", "one")
    a.issue(draft, "FA-1")
    a.draft("shared", "two")
    a.sync()


def _check(a: Computer) -> None:
    assert a.scalar("SELECT group_concat(integrity_check) FROM pragma_integrity_check") == "ok"
    assert a.scalar("SELECT COUNT(*) FROM pragma_foreign_key_check") == 0
    with a.db.read() as session:
        ids = [row.id for row in session.query(Invoice)]
        # An issued document without a readable snapshot shows the name that its client had when it came.
        name = "CASE WHEN number IS NULL THEN client_name END"
        rows = f"SELECT id, total_gross, amount_due, status, {name}, sort_on FROM invoice ORDER BY id"
        before = session.connection().exec_driver_sql(rows).all()
        derive.refresh_invoices(session, ids)
        assert session.connection().exec_driver_sql(rows).all() == before
        level = "SELECT SUM(quantity), (SELECT SUM(quantity) FROM stock_movement) FROM stock_level"
        [(kept, summed)] = session.connection().exec_driver_sql(level).all()
        assert kept == summed and isinstance(kept, (int, type(None)))
    for model in (Client, Invoice):  # every value can be read
        a.all(model)
    a.dump()


ISSUED = {"number": "FA-9", "counter": 1, "issued_on": "2026-11-21"}


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (Incoming("stock_movement", "m", {"product_id": "p", "warehouse_id": "w", "quantity": 10**30}, {}, {}, "1"), "out of range"),
        (Incoming("invoice", "i", {**ISSUED, "issued_on": "0000-01-01"}, {}, {"issue": STAMP}, "1"), "is no date"),
        (Incoming("client", "c", {"name": "x"}, {}, {"name": "no stamp"}, "1"), "stamp"),
        (Incoming("invoice", "i", {}, {'a"b': {"description": "x"}}, {}, "1"), "line"),
        (Incoming("client", "", {"name": "x"}, {}, {}, "1"), "id"),
        (
            Incoming("invoice", "i", {}, {"l": {"description": "x", "quantity": 10**15, "unit_price": 10**15}}, {}, "1"),
            "OverflowError",
        ),
    ],
)  # fmt: skip
def test_the_reason_is_kept_with_it(tmp_path, document, reason):
    _cloud, a, b = memory_pair(tmp_path)
    good = Incoming("client", "good", {"name": "Good"}, {}, {"name": STAMP}, "1")
    with a.db.write(origin="remote") as work:
        result = apply(work, [document, good])
    assert reason in result.pending[document.key] and result.applied == {("client", "good")}
    assert a.scalar("SELECT reason FROM pending_remote") == result.pending[document.key]
    a.close(), b.close()


def test_odd_but_possible_documents_are_applied(tmp_path):
    """Negative counters, a broken snapshot, a huge text, a line in a deleted invoice: ugly, and no reason to lose them."""
    cloud, a, b = memory_pair(tmp_path)
    odd = [
        RemoteDocument("invoice", "neg", {**ISSUED, "counter": -5, "chain_position": -1}, {}, {"issue": STAMP}),
        RemoteDocument("invoice", "snap", {"number": "FA-8", "snapshot": "{broken"}, {}, {"issue": STAMP}),
        RemoteDocument("client", "huge", {"name": "z" * 900_000}, {}, {"name": STAMP}),
        RemoteDocument(
            "invoice", "bin", {"deleted_at": "2026-11-21T08:00:00.000Z"}, {"l": {"description": "in the bin"}},
            {"deleted": STAMP, "line:l": STAMP}, deleted=True,
        ),
    ]  # fmt: skip
    for document in odd:
        _store(cloud, document)
    report = a.sync()
    assert report.refused == () and a.scalar("SELECT COUNT(*) FROM pending_remote") == 0
    assert a.get(Invoice, "neg").counter == -5 and len(a.get(Client, "huge").name) == 900_000
    assert [line.description for line in a.lines("bin")] == ["in the bin"]
    _check(a)
    a.close(), b.close()
