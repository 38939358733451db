"""Make the large data set of the measurements: ``python benchmarks/generate.py DIR [--percent 100] [--seed 1]``.

At 100 %: 20,000 clients, 5,000 products, 200,000 invoices with 800,000 lines, 1,000,000 stock movements.
"""

import argparse
import sys
import time
from pathlib import Path

from facturepro.services.large_data import Sizes, create
from facturepro.services.workspace import Workspace


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="data directory, for example /tmp/large")
    parser.add_argument("--percent", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--name", default="Grand comptoir")
    wanted = parser.parse_args()
    sizes = Sizes().scaled(wanted.percent)
    started = time.perf_counter()

    def tell(what: str, done: int, total: int) -> None:
        print(f"{time.perf_counter() - started:7.1f} s  {what} {done}/{total}", file=sys.stderr)

    workspace = Workspace(wanted.folder)
    company_id = create(workspace, wanted.name, sizes, wanted.seed, tell)
    folder = next(Path(c["folder"]) for c in workspace.companies() if c["id"] == company_id)
    size = (folder / "company.db").stat().st_size / 2**20
    print(f"{company_id}  {size:.0f} MB  {time.perf_counter() - started:.1f} s  {sizes}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
