"""How long a document takes: drawn, and archived as PDF/A-3b with its e-invoice.

.venv/bin/python benchmarks/bench_pdf.py
"""

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from facturepro.documents.content import InvoiceContent
from facturepro.documents.invoice_pdf import render_invoice
from facturepro.documents.pdfa import render_issued
from tests.documents import samples

REPEATS = 15


def milliseconds(work: Callable[[InvoiceContent], bytes], content: InvoiceContent) -> tuple[float, float]:
    """First call and median of the warm ones."""
    times = []
    for _index in range(REPEATS + 1):
        start = time.perf_counter()
        work(content)
        times.append((time.perf_counter() - start) * 1000)
    return times[0], statistics.median(times[1:])


def main() -> None:
    print(f"{'layout':10}{'lines':>6}{'drawn, first':>14}{'warm':>8}{'archived, first':>17}{'warm':>8}   ms")
    for layout in ("sobre", "moderne", "dense"):
        for count in (10, 300):
            content = samples.long_invoice(count, layout)
            drawn, archived = milliseconds(render_invoice, content), milliseconds(render_issued, content)
            print(f"{layout:10}{count:6}{drawn[0]:14.1f}{drawn[1]:8.1f}{archived[0]:17.1f}{archived[1]:8.1f}")


if __name__ == "__main__":
    main()
