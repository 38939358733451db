"""The pictures of the guide: every page of the window in both themes, with the example company, without a display.

    uv run python tools/screenshots.py [--only invoices] [--output docs/images]

The day, the data and the size are fixed, so a picture changes only when the page does.
"""

import argparse
import io
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QWidget
from sync_world import share

from facturepro import i18n
from facturepro.app.window import Application
from facturepro.services import demo, invoices, records
from facturepro.services.company import OpenCompany
from facturepro.services.workspace import Workspace
from facturepro.ui import theme
from facturepro.ui.shell.ports import SyncState

ROOT = Path(__file__).resolve().parent.parent
SIZE = (1280, 800)
THEMES = {"light": "clair", "dark": "sombre"}
WIZARD = "premier-demarrage"
SHARED = "synchronisation"
START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SETTLE_MS = 900
SUPPLIERS = (
    ("Quincaillerie Baudry", "commandes@quincaillerie-baudry.example", "Tourcoing"),
    ("Scierie des Flandres", "vente@scierie-des-flandres.example", "Hazebrouck"),
    ("Vernis et Colles Delmas", "contact@delmas.example", "Roubaix"),
)
COLOURS = 128


class Clock:
    """The same day for every picture; each reading a millisecond later."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at


def add_suppliers(company: OpenCompany) -> None:
    """The example company has none."""
    for name, email, city in SUPPLIERS:
        records.create(company, "supplier", {"name": name, "email": email, "city": city})


def views(company: OpenCompany) -> dict[str, tuple[str, str | None]]:
    """Name of the picture -> page and its argument."""
    rows = invoices.page(company, invoices.InvoiceFilter()).rows
    draft = next(row["id"] for row in rows if row["number"] is None)
    issued = next(row["id"] for row in rows if row["number"] is not None and row["status"] != "paid")
    client = next(row["client_id"] for row in rows if row["id"] == issued)
    product = records.page(company, records.ListQuery("product")).rows[0]["id"]
    return {
        "tableau-de-bord": ("dashboard", None),
        "factures": ("invoices", issued),
        "facture": ("invoice_editor", draft),
        "paiements": ("payments", None),
        "clients": ("clients", client),
        "produits": ("products", product),
        "fournisseurs": ("suppliers", None),
        "stock": ("stock", None),
        "mouvements": ("movements", None),
        "entrepots": ("warehouses", None),
        "corbeille": ("bin", None),
        "parametres": ("settings", None),
        SHARED: ("sync", None),
    }


def settle(milliseconds: int = SETTLE_MS) -> None:
    """Let the window's own loop run: it paints, and takes what its background jobs answer."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def save(widget: QWidget, path: Path) -> None:
    image = widget.grab().toImage().convertToFormat(widget.grab().toImage().Format.Format_RGB888)
    picture = Image.frombytes(
        "RGB", (image.width(), image.height()), bytes(image.constBits()), "raw", "RGB", image.bytesPerLine()
    )
    reduced = picture.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    reduced.save(buffer, "PNG", optimize=True)
    path.write_bytes(buffer.getvalue())
    print(f"{path}  {len(buffer.getvalue()) // 1024} kB")


@contextmanager
def application() -> Iterator[tuple[Any, str]]:
    with tempfile.TemporaryDirectory(prefix="facturepro-pictures-") as folder:
        workspace = Workspace(Path(folder), Clock())
        company = demo.create_demo_company(workspace)
        add_suppliers(company)
        company_id = company.id
        company.close()
        made = Application(workspace, None)
        sys.excepthook = sys.__excepthook__  # a picture that fails says why here, not in a dialog
        try:
            yield made, company_id
        finally:
            made.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "images")
    parser.add_argument("--only", help="picture to make, for example factures")
    parser.add_argument("--language", default=i18n.SOURCE_LANGUAGE, choices=sorted(i18n.LANGUAGES))
    arguments = parser.parse_args()
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
    arguments.output.mkdir(parents=True, exist_ok=True)
    with application() as (made, company_id):
        i18n.set_language(arguments.language)
        made.open(company_id)
        window = made.current.window
        window.resize(*SIZE)
        for name, (page, argument) in views(made.current.company).items():
            if arguments.only in (None, name):
                if name == SHARED:  # every other picture is of a company on one computer
                    made.current._external.stop()  # it would see the cloud that is joined now, and connect
                    share(made.current.company)
                    made.current.sync.state = SyncState("waiting", 1)
                    made.current.sync.state_changed.emit(made.current.sync.state)
                for code, french in THEMES.items():
                    theme.apply(made.qt, code)
                    window.open_page(page, argument)
                    settle()
                    save(window, arguments.output / f"{name}-{french}.png")
                window.close_drawer()
        if arguments.only in (None, WIZARD):
            for code, french in THEMES.items():
                theme.apply(made.qt, code)
                made.first_start()
                made._wizard.resize(*SIZE)
                settle()
                save(made._wizard, arguments.output / f"{WIZARD}-{french}.png")
                made._wizard.close()


if __name__ == "__main__":
    main()
