"""The triggers name their columns (``UPDATE OF``): each of these, set alone by plain SQL, still fires them."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from facturepro.db import catalog
from tests.sync.devices import new_database

RECORD, ROW = "00000000-0000-7000-8000-00000000abcd", "00000000-0000-7000-8000-00000000beef"
INVOICE = catalog.entity("invoice")
FROZEN = tuple(field for field in INVOICE.synchronised if field.spec.is_frozen)
LOCKED = tuple(field for field in FROZEN if field not in INVOICE.groups["request"])


@pytest.fixture
def raw(tmp_path):
    """Another program's connection, without any of our code."""
    new_database(tmp_path / "c.db", "aaaa").close()
    with closing(sqlite3.connect(tmp_path / "c.db", isolation_level=None)) as connection:
        yield connection


def columns(row_type):
    """What can change of a row: the document of a line never does."""
    return row_type.content if isinstance(row_type, catalog.LineType) else row_type.synchronised


def add(raw, row_type):
    """A row with nothing in it but the records that it names."""
    names = {"id": ROW if isinstance(row_type, catalog.LineType) else RECORD}
    names |= {column.name: RECORD for column in row_type.table.columns if column.foreign_keys}
    marks = ", ".join("?" * len(names))
    raw.execute(f"INSERT INTO {row_type.table.name} ({', '.join(names)}) VALUES ({marks})", list(names.values()))
    return names["id"]


def setting(row_type, field):
    """A statement that gives this column, and no other, a value that it did not have."""
    value = """'{"x":1}'""" if field.spec.type == "json" else f"COALESCE({field.name}, '') || '7'"
    return f"UPDATE {row_type.table.name} SET {field.name} = {value} WHERE id = ?"


def origin(raw, name):
    raw.execute("UPDATE capture_context SET origin = ?", (name,))


@pytest.mark.parametrize("row_type", catalog.row_types(), ids=lambda found: found.table.name)
def test_every_synchronised_column_alone_is_captured(raw, row_type):
    if isinstance(row_type, catalog.LineType):
        add(raw, INVOICE)
    row = add(raw, row_type)
    for field in columns(row_type):
        [last] = raw.execute("SELECT MAX(seq) FROM change_log").fetchone()
        origin(raw, "upgrade")  # free of every freeze, and still in the audit
        raw.execute(setting(row_type, field), (row,))
        written = raw.execute("SELECT row_id, op, after FROM change_log WHERE seq > ?", (last,)).fetchall()
        assert [(one[0], one[1], list(json.loads(one[2]))) for one in written] == [(row, "update", [field.name])]


@pytest.mark.parametrize("row_type", catalog.row_types(), ids=lambda found: found.table.name)
def test_setting_derived_columns_compiles_no_trigger(raw, row_type):
    derived = [f"{field.name} = 1" for field in row_type.fields if field.spec.is_derived]
    own = [field.name for field in columns(row_type)]
    statement = f"EXPLAIN UPDATE {row_type.table.name} SET {{}} WHERE id = 'x'"

    def triggers(assignments):
        return sum(row[1] == "Program" for row in raw.execute(statement.format(assignments)))

    assert triggers(f"{own[0]} = 1") > 0
    if derived:
        assert triggers(", ".join(derived)) == 0
        assert triggers(", ".join([*derived, f"{own[-1]} = 1"])) > 0


@pytest.mark.parametrize(
    "found", [e for e in catalog.entities() if e.model.is_append_only], ids=lambda found: found.kind
)
def test_every_column_of_an_appended_record_is_held(raw, found):
    record = add(raw, found)
    for field in found.synchronised:
        with pytest.raises(sqlite3.IntegrityError, match="record_append_only"):
            raw.execute(setting(found, field), (record,))


def draft_with_line(raw):
    add(raw, INVOICE)
    return add(raw, INVOICE.lines)


def test_every_frozen_column_of_an_issued_document_is_held(raw):
    line = draft_with_line(raw)
    raw.execute("UPDATE invoice SET number = 'FA-1' WHERE id = ?", (RECORD,))
    for name in ("local", "remote"):
        origin(raw, name)
        for row_type, field, row in [
            *((INVOICE, field, RECORD) for field in FROZEN),
            *((INVOICE.lines, field, line) for field in columns(INVOICE.lines)),
        ]:
            with pytest.raises(sqlite3.IntegrityError, match="invoice_frozen"):
                raw.execute(setting(row_type, field), (row,))
    origin(raw, "local")
    for field in INVOICE.synchronised:
        if field not in FROZEN:
            assert raw.execute(setting(INVOICE, field), (RECORD,)).rowcount == 1


def test_every_locked_column_of_a_document_that_waits_for_its_number_is_held(raw):
    line = draft_with_line(raw)
    raw.execute("UPDATE invoice SET requested_at = '2026-01-01' WHERE id = ?", (RECORD,))
    origin(raw, "local")
    assert {"number", "requested_at"} <= {field.name for field in INVOICE.synchronised}
    for field in LOCKED:
        with pytest.raises(sqlite3.IntegrityError, match="invoice_waiting"):
            raw.execute(setting(INVOICE, field), (RECORD,))
    for field in columns(INVOICE.lines):
        with pytest.raises(sqlite3.IntegrityError, match="invoice_waiting"):
            raw.execute(setting(INVOICE.lines, field), (line,))


@pytest.mark.parametrize("row_type", catalog.row_types(), ids=lambda found: found.table.name)
def test_the_identity_of_a_row_is_held(raw, row_type):
    if isinstance(row_type, catalog.LineType):
        add(raw, INVOICE)
    row = add(raw, row_type)
    names = ["id", row_type.parent_field] if isinstance(row_type, catalog.LineType) else ["id"]
    for name in names:
        with pytest.raises(sqlite3.IntegrityError, match="record_kept"):
            raw.execute(f"UPDATE {row_type.table.name} SET {name} = 'other' WHERE id = ?", (row,))
