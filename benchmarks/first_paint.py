"""Run in a process of its own: says when the first window was painted and the event loop was free again.

    python benchmarks/first_paint.py bare | program DATA_DIR

Prints JSON: seconds on the monotonic clock (comparable between processes of one machine), modules, memory.
"""

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

HEAVY = ("pyqtgraph", "numpy", "google", "grpc", "reportlab", "pikepdf", "alembic", "openpyxl", "keyring", "lxml")
SETTLED_MS = 6000  # what is warmed up in the background is there by then


def memory() -> dict[str, float]:
    found = {}
    status = Path("/proc/self/status")
    for line in status.read_text().splitlines() if status.exists() else []:
        if line.startswith(("VmRSS", "VmHWM", "RssAnon")):
            found[line.split(":")[0]] = int(line.split()[1]) / 1024
    return found


def watch(application: object) -> None:
    """Install on the window that is there when the event loop begins."""
    from PySide6.QtCore import QEvent, QObject, QTimer
    from PySide6.QtWidgets import QApplication

    class Watcher(QObject):
        told: dict[str, object] = {}  # noqa: RUF012  one watcher per process

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Paint and not self.told:
                self.told["painted"] = time.monotonic()
                self.told["heavy"] = [name for name in HEAVY if name in sys.modules]
                self.told["memory"] = memory()
                QTimer.singleShot(0, self._free)
            return False

        def _free(self) -> None:
            self.told["free"] = time.monotonic()
            QTimer.singleShot(SETTLED_MS if "program" in sys.argv else 0, self._end)

        def _end(self) -> None:
            self.told["settled"] = memory()
            print(json.dumps(self.told), flush=True)
            QApplication.quit()

    watcher = Watcher(application)
    for widget in QApplication.topLevelWidgets():
        if widget.isWindow() and widget.isVisible():
            widget.installEventFilter(watcher)


def main() -> None:
    if sys.argv[1] == "bare":
        from PySide6.QtWidgets import QApplication, QMainWindow

        application = QApplication([])
        window = QMainWindow()
        window.show()
        watch(application)
        application.exec()
        return
    from PySide6.QtWidgets import QApplication

    original = QApplication.exec

    def observed(*_arguments: object) -> int:
        watch(QApplication.instance())
        return int(original())

    QApplication.exec = observed  # type: ignore[method-assign]
    from facturepro.app import run

    sys.exit(run(["--data-dir", sys.argv[2], "gui"]))


if __name__ == "__main__":
    main()
