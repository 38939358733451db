"""A block of paper that is measured while it is drawn: positions in points, from its top left corner downwards.

Layouts write texts and lines into a ``Sketch``; its height follows from what was written. ``Drawn`` then puts the
sketch into ReportLab's flow. Text is drawn as strings, not as Paragraph: a table of 300 lines takes half the time.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.utils import ImageReader
from reportlab.platypus import Flowable

from facturepro.documents import fonts
from facturepro.documents.qr import QrCode

Operation = Callable[[Any, float], None]


@cache
def color(code: str) -> Color:
    return HexColor(code)


@dataclass(frozen=True, slots=True)
class Style:
    font: str = fonts.REGULAR
    size: float = 9
    color: str = "#1d1b17"
    leading: float = 12.72
    mark: str | None = None  # colour behind the text

    def with_(self, **changes: Any) -> "Style":
        return replace(self, **changes)

    def width(self, text: str) -> float:
        return fonts.face(self.font).width(fonts.shown(text), self.size)


Run = tuple[str, Style]


def wrap(text: str, style: Style, width: float) -> list[str]:
    """Lines of the text that fit into the width; words that are longer are cut. At least one line."""
    return [line for part in text.split("\n") for line in _wrap_line(fonts.shown(part.strip("\r ")), style, width)]


def _wrap_line(text: str, style: Style, width: float) -> list[str]:
    measure = fonts.face(style.font).width
    if measure(text, style.size) <= width:
        return [text]
    lines: list[str] = []
    current = ""
    for word in text.split(" "):
        longer = f"{current} {word}" if current else word
        if measure(longer, style.size) <= width:
            current = longer
            continue
        if current:
            lines.append(current)
        *cut, current = _cut_word(word, style, width)
        lines += cut
    return [*lines, current]


def _cut_word(word: str, style: Style, width: float) -> list[str]:
    face = fonts.face(style.font)
    pieces: list[str] = []
    piece, used = "", 0.0
    for character in word:
        advance = face.width(character, style.size)
        if piece and used + advance > width:
            pieces.append(piece)
            piece, used = "", 0.0
        piece, used = piece + character, used + advance
    return [*pieces, piece]


def fitted(text: str, style: Style, width: float, smallest: float = 0.6) -> Style:
    """The style with a size at which the text fits into the width, but not below ``smallest`` of its size."""
    needed = style.width(text)
    return style if needed <= width else style.with_(size=style.size * max(smallest, width / needed))


def elided(text: str, style: Style, width: float) -> str:
    if style.width(text) <= width + 0.05:  # fitted texts fill it exactly
        return text
    while text and style.width(f"{text}…") > width:
        text = text[:-1]
    return f"{text}…"


class Sketch:
    """``height`` is the lowest point written so far; layouts may set it to leave room."""

    def __init__(self, width: float) -> None:
        self.width = width
        self.height = 0.0
        self.operations: list[Operation] = []

    def text(self, x: float, baseline: float, text: str, style: Style, align: str = "left") -> None:
        """One line; ``x`` is its left or right end, or its middle."""
        text = fonts.shown(text)
        if align != "left" or style.mark:
            advance = style.width(text)
            x -= {"left": 0, "right": advance, "center": advance / 2}[align]
            if style.mark:
                pad = 3.0 if align == "left" else 1.5
                top = baseline - style.size * 0.95
                self.box(x - pad, top, advance + 2 * pad, style.size * 1.3, fill=style.mark, radius=2)
        self.grow(baseline + style.size * 0.25)
        self.operations.append(_text_operation(x, baseline, text, style))

    def runs(self, x: float, baseline: float, runs: Iterable[Run]) -> None:
        """Texts of several styles in one line."""
        for text, style in runs:
            self.text(x, baseline, text, style)
            x += style.width(text)

    def lines(self, x: float, baseline: float, lines: Iterable[str], style: Style, align: str = "left") -> float:
        """Lines below one another; answers the baseline after the last one."""
        for line in lines:
            self.text(x, baseline, line, style, align)
            baseline += style.leading
        return baseline

    def paragraph(self, x: float, baseline: float, width: float, text: str, style: Style) -> float:
        return self.lines(x, baseline, wrap(text, style, width), style)

    def rule(self, x0: float, y: float, x1: float, thickness: float, code: str) -> None:
        """A horizontal line whose upper edge is ``y``."""
        self.box(x0, y, x1 - x0, thickness, fill=code)

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        fill: str | None = None,
        stroke: str | None = None,
        radius: float = 0,
        dash: tuple[float, float] | None = None,
    ) -> None:
        self.grow(y + height)

        def draw(canvas: Any, top: float) -> None:
            if fill:
                canvas.setFillColor(color(fill))
            if stroke:
                canvas.setStrokeColor(color(stroke))
                canvas.setLineWidth(0.5)
                canvas.setDash(*dash) if dash else canvas.setDash()
            if radius:
                canvas.roundRect(x, top - y - height, width, height, radius, stroke=bool(stroke), fill=bool(fill))
            else:
                canvas.rect(x, top - y - height, width, height, stroke=bool(stroke), fill=bool(fill))

        self.operations.append(draw)

    def image(self, x: float, y: float, width: float, height: float, image: ImageReader) -> None:
        self.grow(y + height)

        def draw(canvas: Any, top: float) -> None:
            canvas.drawImage(image, x, top - y - height, width, height, mask="auto")

        self.operations.append(draw)

    def qr(self, x: float, y: float, side: float, code: QrCode, ink: str) -> None:
        self.grow(y + side)

        def draw(canvas: Any, top: float) -> None:
            module = side / code.size
            path = canvas.beginPath()
            for column, row, length in code.runs:
                path.rect(x + column * module, top - y - (row + 1) * module, length * module, module)
            canvas.setFillColor(color(ink))
            canvas.drawPath(path, stroke=0, fill=1)

        self.operations.append(draw)

    def place(self, x: float, y: float, other: "Sketch") -> None:
        """Put another sketch with its corner at ``x``, ``y``."""
        self.grow(y + other.height)

        def draw(canvas: Any, top: float) -> None:
            canvas.saveState()
            canvas.translate(x, 0)
            other.draw(canvas, top - y)
            canvas.restoreState()

        self.operations.append(draw)

    def grow(self, bottom: float) -> None:
        self.height = max(self.height, bottom)

    def draw(self, canvas: Any, top: float) -> None:
        for operation in self.operations:
            operation(canvas, top)


def _text_operation(x: float, baseline: float, text: str, style: Style) -> Operation:
    def draw(canvas: Any, top: float) -> None:
        canvas.setFillColor(color(style.color))
        canvas.setFont(style.font, style.size)
        canvas.drawString(x, top - baseline, text)

    return draw


class Drawn(Flowable):  # type: ignore[misc]
    """A sketch in the flow: never split. ``at_bottom`` puts it at the foot of the room that is left."""

    def __init__(self, sketch: Sketch, at_bottom: bool = False, before: float = 0) -> None:
        super().__init__()
        self.sketch = sketch
        self.at_bottom = at_bottom
        self.before = before  # room above
        self.height = 0.0

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        needed = self.sketch.height + self.before
        self.height = available_height if self.at_bottom and needed <= available_height else needed
        return self.sketch.width, self.height

    def draw(self) -> None:
        top = self.sketch.height if self.at_bottom else self.height - self.before
        self.sketch.draw(self.canv, top)
