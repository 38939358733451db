"""Timing, and the one table that a run prints."""

import gc
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Result:
    """A row of the table. ``times`` in the unit; ``base`` is the median of the bare way, in the same run.

    ``goal`` is a limit from above, or from below when ``is_rate``. ``window`` is the part of the median that runs on the
    window's own thread, None when all of it does or none is known. ``ratios``: of each repetition to the bare one next to
    it in time, for which ``ratio_goal`` is a limit from above.
    """

    what: str
    times: tuple[float, ...]
    base: float | None = None
    base_name: str = ""
    goal: float | None = None
    unit: str = "ms"
    is_rate: bool = False
    window: float | None = None
    note: str = ""
    ratios: tuple[float, ...] = ()
    ratio_goal: float | None = None

    @property
    def median(self) -> float:
        return statistics.median(self.times)

    @property
    def p95(self) -> float:
        """Of the slow side: for a rate, the low one."""
        ordered = sorted(self.times, reverse=self.is_rate)
        return ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]

    @property
    def is_met(self) -> bool | None:
        if self.ratio_goal is not None:
            return statistics.median(self.ratios) <= self.ratio_goal
        if self.goal is None:
            return None
        return self.median >= self.goal if self.is_rate else self.median <= self.goal


def milliseconds(work: Callable[[], Any], repeats: int = 9, warm_up: int = 1) -> tuple[float, ...]:
    """Each run's time. Garbage is collected before, not in between: a window does not stop for it either."""
    for _turn in range(warm_up):
        work()
    gc.collect()
    taken = []
    for _turn in range(repeats):
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1000)
    return tuple(taken)


def each(works: Iterable[Callable[[], Any]]) -> tuple[float, ...]:
    """One time per piece of work: for what can be done only once."""
    taken = []
    for work in works:
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1000)
    return tuple(taken)


@dataclass
class Table:
    """Results in the order in which they were measured, by section."""

    sections: list[tuple[str, list[Result]]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def section(self, title: str) -> None:
        self.sections.append((title, []))

    def add(self, result: Result) -> Result:
        self.sections[-1][1].append(result)
        print(_line(result), flush=True)
        return result

    def note(self, text: str) -> None:
        self.notes.append(text)
        print(f"  {text}", flush=True)

    def markdown(self) -> str:
        head = "| What | median | p95 | on the window's thread | bare | ratio | goal | met |"
        lines = [head, "|---|---:|---:|---:|---:|---:|---:|:---:|"]
        for title, results in self.sections:
            lines.append(f"| **{title}** | | | | | | | |")
            lines += [_line(result) for result in results]
        return "\n".join([*lines, "", *(f"- {note}" for note in self.notes)])

    def missed(self) -> list[Result]:
        return [result for _title, results in self.sections for result in results if result.is_met is False]


def _line(result: Result) -> str:
    unit = result.unit
    base = ratio = ""
    if result.base is not None:
        base = f"{_figure(result.base, unit)} ({result.base_name})" if result.base_name else _figure(result.base, unit)
        ratio = f"{result.median / result.base:.1f} x" if result.base else ""
    if result.ratios:
        ratio = f"{statistics.median(result.ratios):.2f} x ({min(result.ratios):.2f} to {max(result.ratios):.2f})"
    goal = "" if result.ratio_goal is None else f"≤ {result.ratio_goal:.1f} x"
    goal = goal if result.goal is None else f"{'≥' if result.is_rate else '≤'} {_figure(result.goal, unit)}"
    met = {None: "", True: "yes", False: "**no**"}[result.is_met]
    window = "" if result.window is None else _figure(result.window, unit)
    p95 = _figure(result.p95, unit) if len(result.times) > 1 else ""
    what = f"{result.what} ({result.note})" if result.note else result.what
    return f"| {what} | {_figure(result.median, unit)} | {p95} | {window} | {base} | {ratio} | {goal} | {met} |"


def _figure(value: float, unit: str) -> str:
    decimals = 0 if abs(value) >= 100 else 1 if abs(value) >= 3 else 2
    return f"{value:,.{decimals}f} {unit}"
