"""PySide6 6.12 takes references to None away under Python 3.11."""

import subprocess
import sys

SCRIPT = """
import os
os.environ["QT_QPA_PLATFORM"] = "offscreen"
{first}
from PySide6.QtGui import QColor, QImage, QPainter
image = QImage(8, 8, QImage.Format.Format_ARGB32)
painter = QPainter(image)
for _ in range(200_000):
    painter.fillRect(0, 0, 1, 1, QColor("red"))
painter.end()
print("alive")
"""


def run(first: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", SCRIPT.format(first=first)], capture_output=True, text=True, timeout=60
    )


def test_importing_the_window_keeps_the_process_alive() -> None:
    result = run("import facturepro.ui")
    assert result.returncode == 0, result.stderr
    assert "alive" in result.stdout
