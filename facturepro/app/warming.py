"""Loads after the first paint, beside the window, what the first visits would wait for; and keeps the collector quiet.

Measured on a joined company: half of the freezes of 90 to 200 ms after the first paint were full garbage collections,
set off by modules being imported on a worker and holding up every thread. What is imported stays until the program ends,
so it is taken out of the collector's sight instead.
"""

import gc
import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module

MODULES = (
    "facturepro.ui.pages.invoices",
    "facturepro.ui.pages.clients",
    "facturepro.ui.pages.products",
    "facturepro.ui.pages.invoice_editor.page",
    "facturepro.ui.pages.dashboard",
    "facturepro.ui.pages.payments",
    "facturepro.ui.pages.stock",
    "facturepro.ui.pages.stock_movements",
    "facturepro.ui.pages.warehouses",
    "facturepro.ui.pages.sync_page",
    "facturepro.ui.pages.catalog_page",
    "facturepro.ui.pages.bin_page",
    "facturepro.ui.pages.settings_page",
    "facturepro.documents.invoice_pdf",
    "facturepro.documents.einvoice",
)

_log = logging.getLogger("facturepro.warming")
_lock = threading.Lock()
_loading = 0
_was_enabled = True


@contextmanager
def quiet_collector() -> Iterator[None]:
    """No collection while modules are loaded on any thread; then what is there counts as permanent."""
    global _loading, _was_enabled
    with _lock:
        if not _loading:
            _was_enabled = gc.isenabled()
        _loading += 1
        gc.disable()
    try:
        yield
    finally:
        with _lock:
            _loading -= 1
            if not _loading:
                gc.freeze()
                if _was_enabled:
                    gc.enable()


def load(modules: Sequence[str] = MODULES) -> None:
    """Import them. A module that cannot be loaded fails again, and is reported, where it is needed."""
    with quiet_collector():
        for name in modules:
            try:
                import_module(name)
            except ImportError:
                _log.warning("not loaded beforehand: %s", name, exc_info=True)


def start() -> threading.Thread:
    """``load`` on a thread of its own, which ends with the program."""
    thread = threading.Thread(target=load, name="warm-up", daemon=True)
    thread.start()
    return thread
