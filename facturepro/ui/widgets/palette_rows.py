"""How the rows of the palette are drawn, and which letters of them match."""

import unicodedata
from functools import cache

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from facturepro.ui import icons, theme
from facturepro.ui.widgets.chips import chip_width, paint_chip
from facturepro.ui.widgets.drawing import box, draw_text, text_width
from facturepro.ui.widgets.keycap import keycap_width, paint_keycap
from facturepro.ui.widgets.palette_items import PaletteItem

ITEM_ROLE = int(Qt.ItemDataRole.UserRole) + 1
QUERY_ROLE = ITEM_ROLE + 1
KEYCAP_ROLE = ITEM_ROLE + 2
CURRENT_ROLE = ITEM_ROLE + 3
HEADING_HEIGHT = 32
_INSET = 8
_PADDING = 12
_GAP = 12


@cache
def _fold_letter(character: str) -> str:
    """ "É" -> "e", "œ" -> "oe": what one character counts as when letters are compared."""
    plain = {"œ": "oe", "æ": "ae", "ł": "l", "’": "'"}.get(character.casefold())
    if plain is not None:
        return plain
    decomposed = unicodedata.normalize("NFKD", character.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def fold(text: str) -> str:
    return "".join(map(_fold_letter, text))


def match_spans(text: str, query: str) -> list[tuple[int, int]]:
    """Where the letters of ``query`` are in ``text``: (start, end) pairs, none when it does not match.

    Case, accents and spaces do not count: "le go" is in "Menuiserie Le Goff" and in "Legouez". The whole query in one
    piece is preferred, at the start of a word if possible; else each of its words for itself.
    """
    letters, places = _letters(text)
    whole = _find(letters, places, text, "".join(fold(query).split()))
    if whole is not None:
        return [whole]
    spans = []
    for word in fold(query).split():
        span = _find(letters, places, text, word)
        if span is None:
            return []
        spans.append(span)
    return sorted(spans)


def _letters(text: str) -> tuple[str, list[int]]:
    """The folded letters of a text without its spaces, and the place of each in the text."""
    letters, places = [], []
    for place, character in enumerate(text):
        for letter in _fold_letter(character):
            if not letter.isspace():
                letters.append(letter)
                places.append(place)
    return "".join(letters), places


def _find(letters: str, places: list[int], text: str, wanted: str) -> tuple[int, int] | None:
    if not wanted:
        return None
    first = at = letters.find(wanted)
    while at >= 0:
        place = places[at]
        if place == 0 or not text[place - 1].isalnum():
            break
        at = letters.find(wanted, at + 1)
    at = at if at >= 0 else first
    return (places[at], places[at + len(wanted) - 1] + 1) if at >= 0 else None


class PaletteDelegate(QStyledItemDelegate):
    """Draws headings and items; the roles are those of ``PaletteModel``."""

    def sizeHint(self, _option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        is_heading = isinstance(index.data(ITEM_ROLE), str)
        return QSize(0, HEADING_HEIGHT if is_heading else theme.current().size("palette_row"))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        entry = index.data(ITEM_ROLE)
        area = QRectF(option.rect).adjusted(_INSET, 0, -_INSET, 0)
        current = theme.current()
        painter.save()
        if isinstance(entry, str):
            words = area.adjusted(_PADDING, 2, -_PADDING, 2)
            draw_text(painter, words, entry, current.font("label"), current.color("text_2"))
        else:
            is_current = bool(index.data(CURRENT_ROLE))
            if is_current:
                box(painter, area, current.radius("control"), current.color("selected"))
            self._paint_item(painter, area, entry, index.data(QUERY_ROLE), index.data(KEYCAP_ROLE), is_current)
        painter.restore()

    def _paint_item(
        self, painter: QPainter, area: QRectF, item: PaletteItem, query: str, keycap: str, is_current: bool
    ) -> None:
        current = theme.current()
        size = current.size("icon")
        left = area.left() + _PADDING
        spot = QRectF(left, area.center().y() - size / 2, size, size)
        icons.paint(painter, spot, item.icon, "accent_text" if is_current else "text_2")
        left += size + _GAP
        right = self._paint_right(painter, area, item, keycap)
        room = right - left
        used = self._paint_title(painter, QRectF(left, area.top(), room, area.height()), item, query)
        if item.detail and room - used > 2 * _GAP:
            rest = QRectF(left + used + _GAP, area.top(), room - used - _GAP, area.height())
            _paint_marked(painter, rest, item.detail, [(0, len(item.detail), "body", "text_2")], query)

    def _paint_right(self, painter: QPainter, area: QRectF, item: PaletteItem, keycap: str) -> float:
        """Keycap, amount or note, chip: from the right inwards. Answers where the text must end."""
        current = theme.current()
        right = area.right() - _PADDING
        end = Qt.AlignmentFlag.AlignRight
        if keycap:
            width, height = keycap_width(keycap), current.size("keycap")
            paint_keycap(painter, QRectF(right - width, area.center().y() - height / 2, width, height), keycap)
            right -= width + _GAP
        if item.amount or item.note:
            font = current.font("button" if item.amount else "body")
            words = item.amount or item.note
            words_width = text_width(font, words)
            color = current.color("text" if item.amount else "text_2")
            draw_text(
                painter,
                QRectF(right - words_width - 1, area.top(), words_width + 1, area.height()),
                words,
                font,
                color,
                end,
            )
            right -= max(words_width, 72 if item.amount and item.chip else 0) + _GAP
        if item.chip:
            width = chip_width(item.chip[0], item.chip[2])
            right -= width + (_GAP if item.amount else 0)
            paint_chip(painter, QRectF(right, area.top(), width, area.height()), *item.chip)
            right -= _GAP
        return right

    def _paint_title(self, painter: QPainter, area: QRectF, item: PaletteItem, query: str) -> float:
        text, strong = item.text, item.strong
        if strong is None:
            runs = [(0, len(text), "strong", "text")]
        else:
            start = text.find(strong) if strong else -1
            runs = [(0, len(text), "body", "text")]
            if start >= 0:
                end = start + len(strong)
                runs = [(0, start, "body", "text"), (start, end, "strong", "text"), (end, len(text), "body", "text")]
        return _paint_marked(painter, area, text, runs, query)


def _paint_marked(
    painter: QPainter, area: QRectF, text: str, runs: list[tuple[int, int, str, str]], query: str
) -> float:
    """Draw runs (start, end, font role, colour) of a text with its matching letters marked; answers the width used."""
    current = theme.current()
    spans = match_spans(text, query) if query else []
    offsets = [0.0]
    fonts: list[tuple[str, QFont, str]] = []
    for start, end, role, color in runs:
        font = current.font(role)
        for place in range(start, end):
            offsets.append(offsets[-1])
            fonts.append((text[place], font, color))
        for place in range(start, end):  # widths measured on the whole run, so that kerning counts
            offsets[place + 1] = offsets[start] + text_width(font, text[start : place + 1])
    if offsets[-1] > area.width():
        draw_text(painter, area, text, fonts[0][1] if fonts else current.font("body"), current.color(runs[0][3]))
        return area.width()
    for start, end in spans:
        mark = QRectF(area.left() + offsets[start], area.center().y() - 9, offsets[end] - offsets[start], 18)
        box(painter, mark, 3, current.color("mark"))
    for start, end, role, color in runs:
        piece = QRectF(area.left() + offsets[start], area.top(), offsets[end] - offsets[start] + 2, area.height())
        marked_color = current.color(color)
        draw_text(painter, piece, text[start:end], current.font(role), marked_color, elide=Qt.TextElideMode.ElideNone)
    return offsets[-1]
