"""What a built program must be able to do on this computer: each part is used once, nothing is kept.

The build runs the frozen program with ``--self-test`` under a time limit: a library or a bundled file that was left out
shows here and not at a customer's.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from facturepro.assets import asset


def run_self_test() -> int:
    """0 when every part works; prints one line per part."""
    failed = 0
    for name, part in PARTS.items():
        try:
            print(f"ok      {name}: {part()}")
        except Exception as error:  # noqa: BLE001  every part is tried, and the reason is what this is for
            failed += 1
            print(f"FAILED  {name}: {type(error).__name__}: {error}", file=sys.stderr)
    return 1 if failed else 0


def _database_and_paper() -> str:
    """A company with its migrations and full-text search, and an invoice issued with its PDF/A-3 and XML."""
    from facturepro.services import document_store, invoices, issuing, palette, records
    from facturepro.services.workspace import Workspace

    with tempfile.TemporaryDirectory(prefix="facturepro-self-test-", ignore_cleanup_errors=True) as folder:
        values = {"name": "Atelier", "siren": "123456782", "address": "1 rue", "postcode": "59000", "city": "Lille"}
        company = Workspace(Path(folder)).create(values)
        try:
            client = records.create(company, "client", {"name": "Emile Oeuvre", "city": "Lille"})
            if not palette.find(company, "oeuv")["client"]:
                raise RuntimeError("full-text search finds nothing")
            line = {"description": "Pose", "quantity": "2", "unit_price": "10", "vat_rate": "20"}
            draft = invoices.create(company, {"client_id": client["id"], "lines": [line]})
            issued = issuing.issue(company, draft["id"])
            data = document_store.pdf(company, issued["id"])
        finally:
            company.close()
    if not data.startswith(b"%PDF-") or b"factur-x.xml" not in data:
        raise RuntimeError("not a PDF with its e-invoice")
    return f"{issued['number']}, {len(data) // 1024} kB"


def _identifiers() -> str:
    """python-stdnum imports its countries by name, and reads lists of prefixes."""
    from facturepro.domain import identifiers

    found = (identifiers.siren("732829320"), identifiers.iban("FR7630006000011234567890189"))
    return ", ".join((*found, identifiers.vat_number("DE136695976")))


def _secure_channel() -> str:
    """TLS roots, gRPC and Google's library; nothing is sent."""
    from facturepro.sync.remotes.firestore_connection import Connection, FirestoreTarget

    target = FirestoreTarget.signed_in("self-test", lambda _is_refused: "token")
    Connection(target).own_line().channel.close()
    return "made"


def _keyring() -> str:
    """The back end that would be used; no secret is read."""
    import keyring

    return type(keyring.get_keyring()).__module__


def _fonts() -> str:
    from PySide6.QtGui import QFontDatabase, QGuiApplication

    from facturepro.ui import theme

    application = QGuiApplication.instance() or QGuiApplication(["facturepro", "-platform", "offscreen"])
    theme.load_fonts()
    families = QFontDatabase.families()
    del application
    if "Inter FP" not in families:
        raise RuntimeError("the bundled font is not usable")
    return "Inter FP"


def _window_parts() -> str:
    """Modules that pages import late, and the bundled files they read."""
    from importlib import import_module

    names = ("PySide6.QtPdf", "PySide6.QtPrintSupport", "pyqtgraph", "openpyxl")
    for name in names:
        import_module(name)
    for parts in (("style", "tokens.toml"), ("guide", "index.html"), ("icons", "phosphor-1.3.0.ttf")):
        asset(*parts)
    return ", ".join(names)


def _translations() -> str:
    from facturepro import i18n

    before = i18n.language()
    i18n.set_language("en")
    try:
        word = i18n._("Facture")
    finally:
        i18n.set_language(before)
    if word != "Invoice":
        raise RuntimeError("English catalogue missing")
    return "en"


PARTS: dict[str, Callable[[], str]] = {
    "database and paper": _database_and_paper,
    "identifiers": _identifiers,
    "secure channel": _secure_channel,
    "keyring": _keyring,
    "fonts": _fonts,
    "window": _window_parts,
    "translations": _translations,
}
