"""What costs half a second to import is not there when the window is first painted."""

import json
import subprocess
import sys
from pathlib import Path

from facturepro.services.workspace import Workspace
from tests.conftest import COMPANY

SCRIPT = """
import json, sys
import facturepro.ui
from PySide6.QtCore import QEvent, QObject, QTimer
from facturepro.app.window import Application
from facturepro.services.workspace import Workspace
from pathlib import Path

HEAVY = ("pyqtgraph", "numpy", "google", "grpc", "reportlab", "pikepdf", "alembic", "openpyxl", "lxml", "cryptography")
application = Application(Workspace(Path(sys.argv[1])), None)
application.open(None)
found = []


class Watcher(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint and not found:
            found.append([name for name in HEAVY if name in sys.modules])
            QTimer.singleShot(0, application.qt.quit)
        return False


watcher = Watcher()
application.current.window.installEventFilter(watcher)
application.current.window.centralWidget().installEventFilter(watcher)
QTimer.singleShot(30000, application.qt.quit)
application.qt.exec()
application.close()
print(json.dumps([*found, application.qt.property("fpFocusTracker") is not None]))
"""


def test_nothing_heavy_is_imported_before_the_first_paint(tmp_path: Path) -> None:
    company = Workspace(tmp_path / "data").create(COMPANY)
    company.close()
    result = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "data")], capture_output=True, text=True, timeout=90, check=False
    )
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout.strip().splitlines()[-1]) == [[], True], "nothing heavy, and the focus ring"
