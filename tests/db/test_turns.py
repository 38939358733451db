"""Writers take turns: in the order of asking in one process, and past a long series of transactions of another."""

import os
import sqlite3
import threading
import time

import pytest

from facturepro.db import turns
from facturepro.db.turns import Gate, Turns


def test_the_turn_goes_to_whoever_asked_first():
    lock, order, inside = Turns(), [], threading.Event()

    def one(number):
        with lock:
            order.append(number)

    threads = []
    with lock:
        for number in range(5):
            thread = threading.Thread(target=one, args=(number,))
            thread.start()
            threads.append(thread)
            while len(lock._waiting) <= number:
                time.sleep(0.001)
        inside.set()
    with lock:  # asked last, so it comes last
        assert order == [0, 1, 2, 3, 4]
    for thread in threads:
        thread.join(5)


def test_a_unit_of_work_inside_another_is_refused_and_harms_nothing():
    lock = Turns()
    with lock, pytest.raises(RuntimeError), lock:
        pass
    with lock:
        pass


@pytest.fixture
def gate(tmp_path):
    return Gate(tmp_path / "company.db")


def test_whoever_waits_says_so_and_long_work_lets_it_pass(gate, tmp_path, monkeypatch):
    # However busy this computer is: the one that waits does not give up, nor does the long work go on without it.
    monkeypatch.setattr(turns, "_LONGEST_SECONDS", 60.0)
    monkeypatch.setattr(turns, "_STALE_SECONDS", 60.0)
    holder = sqlite3.connect(tmp_path / "company.db", isolation_level=None, check_same_thread=False)
    waiter = sqlite3.connect(tmp_path / "company.db", isolation_level=None, check_same_thread=False)
    holder.execute("CREATE TABLE t (x)")
    holder.execute("BEGIN IMMEDIATE")
    begun = threading.Event()

    def wait():
        gate.begin_immediate(waiter, 60_000)
        begun.set()
        waiter.execute("COMMIT")

    thread = threading.Thread(target=wait)
    thread.start()
    while not gate._is_somebody_waiting():
        time.sleep(0.001)
    assert not begun.is_set()
    holder.execute("COMMIT")
    gate.let_others_in()
    assert not gate._sign.exists()  # taken away by the one that waited, once it had begun
    assert begun.wait(60)
    thread.join(60)
    holder.close()
    waiter.close()


def test_the_sign_of_a_process_that_died_holds_nobody_up(gate):
    gate._sign.touch()
    old = time.time() - turns._STALE_SECONDS - 1
    os.utime(gate._sign, (old, old))
    assert not gate._is_somebody_waiting()


def test_nobody_waits_for_ever(gate, tmp_path):
    holder, waiter = (sqlite3.connect(tmp_path / "company.db", isolation_level=None) for _each in range(2))
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        gate.begin_immediate(waiter, 50)
    assert not gate._sign.exists()
    assert waiter.execute("PRAGMA busy_timeout").fetchone() == (50,)
    holder.close()
    waiter.close()
