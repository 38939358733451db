"""What people type: amounts and dates the French way, and the machine forms that scripts use."""

import re
from datetime import date
from decimal import Decimal

from facturepro.domain.errors import UserError

_SPACES = re.compile(r"[\s\u00a0\u202f\u2009']+")
_PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")
_GROUPED_DOT = re.compile(r"[+-]?\d{1,3}(\.\d{3})+,\d+")
_GROUPED_COMMA = re.compile(r"[+-]?\d{1,3}(,\d{3})+\.\d+")
_DMY = re.compile(r"(\d{1,2})[/.\-\s](\d{1,2})(?:[/.\-\s](\d{4}|\d{2}))?")
_COMPACT = re.compile(r"(\d{2})(\d{2})(\d{4}|\d{2})?")
_DIGITS_LIMIT = 15  # scaled integers stay far inside SQLite's 64 bits


def parse_decimal(text: str | int | Decimal) -> Decimal:
    """``"1 234,50"``, ``"1.234,50"``, ``"1234.5"``, ``"12,5 €"``, ``"20 %"`` -> ``Decimal``.

    A float is refused on purpose: it has already lost the figure that was meant.

    Raises:
        UserError: ``amount_invalid``.
    """
    if isinstance(text, bool) or not isinstance(text, (str, int, Decimal)):
        raise UserError("amount_invalid", text=str(text))
    if isinstance(text, (int, Decimal)):
        number = Decimal(text)
        if not number.is_finite() or number.adjusted() >= _DIGITS_LIMIT:
            raise UserError("amount_invalid", text=f"{number:.6E}" if number.is_finite() else str(number))
        return number
    raw = str(text)
    compact = _SPACES.sub("", raw).replace("\u2212", "-").rstrip("€%").removesuffix("EUR").removesuffix("MAD")
    if _GROUPED_DOT.fullmatch(compact):
        compact = compact.replace(".", "").replace(",", ".")
    elif _GROUPED_COMMA.fullmatch(compact):
        compact = compact.replace(",", "")
    elif compact.count(",") == 1 and "." not in compact:
        compact = compact.replace(",", ".")
    digits = compact.lstrip("+-").partition(".")[0].lstrip("0")
    if not compact.isascii() or not _PLAIN.fullmatch(compact) or len(digits) > _DIGITS_LIMIT:
        raise UserError("amount_invalid", text=raw)
    return Decimal(compact)


def parse_date(text: str | date, today: date | None = None) -> date:
    """``2026-12-20``, ``20/12/2026``, ``20/12/26``, ``201226``; ``20/12`` takes the year of ``today``.

    Raises:
        UserError: ``date_invalid``, also for a day that does not exist (30 February).
    """
    if isinstance(text, date):
        return text
    raw = str(text).strip()
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", raw):
            return date.fromisoformat(raw)
        match = _DMY.fullmatch(raw) or _COMPACT.fullmatch(raw)
        if match:
            day, month, year = match.groups()
            if year is None and today is not None:
                return date(today.year, int(month), int(day))
            if year is not None:
                return date(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day))
    except ValueError as error:
        raise UserError("date_invalid", text=raw) from error
    raise UserError("date_invalid", text=raw)
