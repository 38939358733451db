"""The disk is full at any statement of an exchange: nothing is half done, and it goes on once there is room."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from facturepro.db.models import Client, Conflict
from facturepro.domain.errors import UserError
from tests.sync.devices import Computer, memory_pair

_WRITES = ("INSERT", "UPDATE", "DELETE")


@contextmanager
def room_for(computer: Computer, statements: int) -> Iterator[None]:
    """The statement after so many that write finds the disk full; so do all that follow."""
    left = statements

    def refuse(_connection, _cursor, statement, *_more):
        nonlocal left
        if statement.lstrip().startswith(_WRITES):
            left -= 1
            if left < 0:
                error = sqlite3.OperationalError("database or disk is full")
                error.sqlite_errorcode = sqlite3.SQLITE_FULL
                raise error

    event.listen(computer.db.engine, "before_cursor_execute", refuse)
    try:
        yield
    finally:
        event.remove(computer.db.engine, "before_cursor_execute", refuse)


def test_whatever_statement_finds_no_room(tmp_path):
    _cloud, a, b = memory_pair(tmp_path)
    shared = a.client("shared")
    for computer in (a, b, a):
        computer.sync()
    room, is_enough, failures = 0, False, 0
    while not is_enough:
        a.change(Client, shared, phone=f"a{room}")
        a.draft(a.client(f"of a {room}"), "line")
        b.change(Client, shared, phone=f"b{room}")
        b.client(f"of b {room}")
        a.sync()
        try:
            with room_for(b, room):
                b.sync()
            is_enough = True
        except UserError as error:
            assert error.code == "disk_full"
            failures += 1
        for computer in (b, a, b):
            assert computer.sync().refused == ()
        assert a.dump() == b.dump()
        lost = {value for conflict in a.all(Conflict) for value in (conflict.lost or {}).values()}
        assert {f"a{room}", f"b{room}"} <= lost | {a.get(Client, shared).phone}
        room += 13
    assert failures >= 3
    a.close()
    b.close()
