"""How large a transaction of the exchange becomes, on clocks of the test's own."""

from __future__ import annotations

import pytest

from facturepro.sync import portions
from facturepro.sync.portions import Portions


class Clocks:
    """A transaction works ``work`` seconds an item on a processor that it has for one part in ``load``."""

    def __init__(self, work: float, load: float) -> None:
        self.work, self.load, self.at = work, load, (0.0, 0.0)

    def moment(self) -> tuple[float, float]:
        return self.at

    def run(self, cutter: Portions, items: int, fixed: float = 0.005) -> list[int]:
        """Cut so many items; the sizes that came."""
        sizes = []
        for portion, _is_last in cutter.cut(range(items)):
            with cutter.timed(len(portion)) as begin:
                self.at = (self.at[0] + 7, self.at[1] + 7)  # waited for the turn
                begin()
                worked = fixed + len(portion) * self.work
                self.at = (self.at[0] + worked, self.at[1] + worked * self.load)
            sizes.append(len(portion))
        return sizes


@pytest.fixture
def clocks(monkeypatch):
    def made(work: float, load: float) -> Clocks:
        found = Clocks(work, load)
        monkeypatch.setattr(portions, "_moment", found.moment)
        return found

    return made


def settled(sizes: list[int], cut: int = 5) -> list[int]:
    return sizes[cut:-1]


def test_a_transaction_is_as_long_as_the_work_that_others_may_wait_for(clocks):
    for size in settled(clocks(0.0005, 1).run(Portions(lambda: None), 5000)):
        assert 0.03 < size * 0.0005 + 0.005 <= portions.WORK_SECONDS * 1.1


def test_a_busy_computer_makes_no_small_transactions(clocks):
    idle = settled(clocks(0.0005, 1).run(Portions(lambda: None), 5000))
    assert settled(clocks(0.0005, 3).run(Portions(lambda: None), 5000)) == idle


def test_nobody_waits_for_long_where_all_takes_long(clocks):
    for size in settled(clocks(0.0005, 20).run(Portions(lambda: None), 5000)):
        assert 0.1 < (size * 0.0005 + 0.005) * 20 <= portions.LONGEST_SECONDS * 1.1


def test_records_of_any_weight_go_on(clocks):
    assert set(settled(clocks(1.0, 1).run(Portions(lambda: None), 300))) == {5}
    assert max(clocks(0.0, 1).run(Portions(lambda: None), 50_000, fixed=0.0)) == 500


def test_one_slow_transaction_is_forgotten_soon(clocks):
    cutter = Portions(lambda: None)
    found = clocks(0.0005, 1)
    found.run(cutter, 2000)
    before, found.load = cutter.size, 100
    found.run(cutter, before)
    assert cutter.size < before / 4
    found.load = 1
    assert before * 0.8 < found.run(cutter, 2000)[-2] < before * 1.2


def test_the_few_at_the_end_of_a_page_do_not_make_the_next_small(clocks):
    cutter = Portions(lambda: None)
    found = clocks(0.0005, 1)
    found.run(cutter, 2000)
    before = cutter.size
    found.run(cutter, 5)
    assert before * 0.6 < cutter.size < before * 1.5


def test_others_are_let_in_between_two_and_after_none(clocks):
    let_in: list[int] = []
    cutter = Portions(lambda: let_in.append(1))
    sizes = clocks(0.0005, 1).run(cutter, 1000)
    assert sum(sizes) == 1000 and len(let_in) == len(sizes) - 1
