"""Computers that edit, exchange, lose the network and die in any order always come to the same records, and no edit is
lost on the way: the first half of the examples (tests/sync/fuzz)."""

from tests.sync.fuzz.machine import check_that_much_happened, machine

TestCompanies = machine(1)


def test_much_happened_meanwhile() -> None:
    check_that_much_happened(1)
