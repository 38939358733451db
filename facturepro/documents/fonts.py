"""Inter FP for ReportLab: registered once, measured fast, and no character ever vanishes.

ReportLab writes glyph 0 for a character that a font lacks, and PDF/A forbids that. ``shown`` replaces it by a visible
box; what is only typography (thin spaces, soft hyphens, direction marks) becomes its plain form or nothing.
"""

from dataclasses import dataclass
from functools import cache, lru_cache

from reportlab import rl_config
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from facturepro.assets import asset

REGULAR = "InterFP-Regular"
MEDIUM = "InterFP-Medium"
SEMIBOLD = "InterFP-SemiBold"
BOLD = "InterFP-Bold"
FACES = (REGULAR, MEDIUM, SEMIBOLD, BOLD)

MISSING_GLYPH = "\u25a1"  # WHITE SQUARE
# What a font may lack without loss: the plain form that is drawn instead.
_PLAIN_FORMS = {
    "\t": " ",
    "\u00ad": "",  # soft hyphen
    "\u200b": "",
    "\u200c": "",
    "\u200d": "",
    "\u200e": "",
    "\u200f": "",
    "\u2060": "",
    "\ufeff": "",
    "\u2011": "-",
    "\u2066": "",
    "\u2067": "",
    "\u2068": "",
    "\u2069": "",
    "\ufe0f": "",
}


@dataclass(frozen=True, slots=True)
class Face:
    """Advance widths of one registered font, in thousandths of its size."""

    name: str
    widths: dict[int, float]
    characters: frozenset[int]

    def width(self, text: str, size: float) -> float:
        widths = self.widths
        return sum([widths[ord(character)] for character in text]) * size / 1000


@cache
def face(name: str) -> Face:
    """The registered font of that name (one of ``FACES``).

    Raises:
        FileNotFoundError: the font file is missing from the installation.
    """
    font = TTFont(name, str(asset("fonts", f"{name}.ttf")))
    pdfmetrics.registerFont(font)
    if name == REGULAR:  # every canvas starts with this font: else each file lists unembedded Helvetica
        rl_config.canvas_basefontname = REGULAR
    widths = {code: float(width) for code, width in font.face.charWidths.items()}
    return Face(name, widths, frozenset(font.face.charToGlyph))


def register_all() -> None:
    for name in FACES:
        face(name)


@lru_cache(maxsize=8192)
def shown(text: str) -> str:
    """The text as the fonts can draw it: the four faces have the same characters (a test holds that)."""
    known = face(REGULAR).characters
    if all(ord(character) in known for character in text) and text.isprintable():
        return text
    return "".join(_shown_character(character, known) for character in text)


def _shown_character(character: str, known: frozenset[int]) -> str:
    if character in _PLAIN_FORMS:
        return _PLAIN_FORMS[character]
    if ord(character) < 32 or 0x7F <= ord(character) < 0xA0:
        return ""
    return character if ord(character) in known else MISSING_GLYPH
