"""Everything that is measured, as one table.

    .venv/bin/python -m benchmarks.run [--small] [--data DIR] [--only start,lists,saving,paper,sync,recovery,join] [--markdown FILE]

Without ``--data`` the data set is made under the temporary folder and kept there for the next run. ``--small`` has 5,000
invoices instead of 200,000: for a quick look. Beside every figure stands the same work done the bare way in the same run
(plain sqlite3, a bare Qt window, the raw client): machines differ, ratios much less.
"""

import argparse
import os
import platform
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import part_first_join, part_lists, part_recovery, part_saving, part_start, part_sync
from benchmarks.measuring import Table
from facturepro.services.company import OpenCompany
from facturepro.services.large_data import Sizes, create
from facturepro.services.workspace import Workspace

PARTS = ("start", "lists", "saving", "paper", "sync", "recovery", "join")


def prepared(folder: Path, sizes: Sizes) -> Workspace:
    """The data set in ``folder``, made when it is not there."""
    workspace = Workspace(folder)
    if not workspace.companies():
        print(f"making {sizes} in {folder}", file=sys.stderr)
        began = time.perf_counter()
        create(workspace, "Grand comptoir", sizes)
        print(f"made in {time.perf_counter() - began:.0f} s", file=sys.stderr)
    return workspace


def machine() -> str:
    model = platform.processor() or platform.machine()
    if (found := Path("/proc/cpuinfo")).exists():
        names = [line.split(":", 1)[1].strip() for line in found.read_text().splitlines() if "model name" in line]
        model = names[0] if names else model
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return (
        f"{os.cpu_count()} x {model}, {platform.system()} {platform.release()}, Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}{load}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="5,000 invoices")
    parser.add_argument("--data", type=Path, help="a generated set to reuse, or where to make it")
    parser.add_argument("--only", default=",".join(PARTS), help="parts, separated by commas")
    parser.add_argument("--markdown", type=Path, help="write the table there as well")
    given = parser.parse_args()
    name = "small" if given.small else "full"
    folder = given.data or Path(tempfile.gettempdir()) / "fp-bench" / name
    sizes = Sizes(500, 125, 5000, 20_000, 25_000) if given.small else Sizes()
    table = Table()
    parts = _parts(table, cache(lambda: prepared(folder, sizes)))
    for part in given.only.split(","):
        parts[part]()
    told = f"{machine()}; {sizes.invoices:,} invoices; {datetime.now():%Y-%m-%d %H:%M}"  # noqa: DTZ005  the wall's time
    text = f"{told}\n\n{table.markdown()}\n"
    print(f"\n{text}")
    print("missed: " + (", ".join(result.what for result in table.missed()) or "nothing"))
    if given.markdown:
        given.markdown.write_text(text, encoding="utf-8")


def _parts(table: Table, data: Callable[[], Workspace]) -> dict[str, Callable[[], None]]:
    """``data`` makes the data set when the first part asks for it: the exchange needs none."""

    def opened(work: Callable[[Table, OpenCompany], None]) -> Callable[[], None]:
        def run() -> None:
            company = data().open()
            try:
                work(table, company)
            finally:
                company.close()

        return run

    return {
        "start": lambda: part_start.measure(table, data().data_dir),
        "lists": opened(part_lists.measure),
        "saving": opened(part_saving.saving),
        "paper": opened(part_saving.paper),
        "sync": lambda: part_sync.measure(table),
        "recovery": lambda: part_recovery.measure(table),
        "join": lambda: part_first_join.measure(table),
    }


if __name__ == "__main__":
    main()
