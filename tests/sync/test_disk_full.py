"""The disk is full at any statement of an exchange: nothing is half done, and it goes on once there is room."""

from __future__ import annotations

from facturepro.db.models import Client, Conflict
from facturepro.domain.errors import UserError
from tests.sync.devices import memory_pair
from tests.sync.full_disk import room_for


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
            with room_for(b.db, room):
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
