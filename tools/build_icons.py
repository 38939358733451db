"""Make the application's icon in the formats that the systems want, from resources/icons/app.svg.

python tools/build_icons.py
"""

import io
import os
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QBuffer, QByteArray
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

FOLDER = Path(__file__).resolve().parent.parent / "resources" / "icons"
SIZES = (16, 24, 32, 48, 64, 128, 256)


def drawn(size: int) -> Image.Image:
    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    QSvgRenderer(str(FOLDER / "app.svg")).render(painter)
    painter.end()
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return Image.open(io.BytesIO(bytes(data.data())))


def main() -> None:
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    application = QGuiApplication([])
    pictures = [drawn(size) for size in SIZES]
    pictures[-1].save(FOLDER / "app.png", optimize=True)
    pictures[-1].save(FOLDER / "app.ico", sizes=[(size, size) for size in SIZES], append_images=pictures[:-1])
    drawn(512).save(FOLDER / "app.icns")
    del application


if __name__ == "__main__":
    main()
