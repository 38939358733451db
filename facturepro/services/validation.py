"""Typed and typed-in values: every value that a person or a file gives goes through here before it is stored."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from facturepro.db.catalog import Field, RowType
from facturepro.domain import identifiers
from facturepro.domain.errors import UserError
from facturepro.domain.money import QUANTITY_DECIMALS, RATE_DECIMALS, UNIT_PRICE_DECIMALS, plain, round_half_up
from facturepro.domain.parsing import parse_date, parse_decimal
from facturepro.i18n import _

_DECIMALS = {"money": 2, "unit_price": UNIT_PRICE_DECIMALS, "quantity": QUANTITY_DECIMALS, "rate": RATE_DECIMALS}
_MINIMUM_DECIMALS = {"money": 2, "unit_price": 2}
LIMITS = {
    "money": Decimal("99999999999.99"),
    "unit_price": Decimal("99999999.9999"),
    "quantity": Decimal("9999999.999"),
    "rate": Decimal(100),
}
_TRUE, _FALSE = {"1", "true", "yes", "oui", "vrai"}, {"0", "false", "no", "non", "faux", ""}
CHOICE_ALIASES = {"good": "goods"}
COUNTRY_NAMES = {"france": "FR", "maroc": "MA", "morocco": "MA", "belgique": "BE", "belgium": "BE"}
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""What XML and UTF-8 cannot hold: pasted from a word processor, or bytes of the command line that are no text."""
FRENCH_RATES = tuple(Decimal(rate) for rate in ("0", "2.1", "5.5", "10", "20"))


def convert(field: Field, value: Any, today: date | None = None) -> Any:
    """The typed value of a field, from a typed value or from text as people write it.

    Raises:
        UserError: what is wrong with it, naming the field.
    """
    spec = field.spec
    if value is None or (isinstance(value, str) and not value.strip()):
        return _empty(field)
    if spec.type in _DECIMALS:
        return _number(field, parse_decimal(value))
    if spec.type == "date":
        return parse_date(value, today)
    if spec.type == "integer":
        number = parse_decimal(value)
        if number != int(number) or not 0 <= number <= 10**6:
            raise UserError("value_invalid", text=str(value), label=_(spec.label), choices="0, 1, 2…")
        return int(number)
    if spec.type == "bool":
        return _boolean(field, value)
    if spec.type == "instant":
        if not isinstance(value, datetime) or value.tzinfo is None:
            raise UserError("date_invalid", text=str(value))
        return value
    if spec.type == "json":
        return value
    if isinstance(value, (dict, list)):  # out of a JSON file: Python's way to write it is nobody's text
        raise UserError("value_invalid", text=str(value), label=_(spec.label), choices=_("un texte"))
    return _text(field, str(value))


def _empty(field: Field) -> Any:
    spec = field.spec
    if spec.is_required:
        raise UserError("field_required", label=_(spec.label))
    if field.column.nullable:
        return None
    return field.column.default.arg if field.column.default is not None else ""  # type: ignore[attr-defined]


def _number(field: Field, number: Decimal) -> Decimal:
    spec = field.spec
    high = spec.maximum if spec.maximum is not None else LIMITS[spec.type]
    low = spec.minimum if spec.minimum is not None else (Decimal(0) if spec.type == "rate" else -LIMITS[spec.type])
    if not low <= number <= high:
        raise UserError("value_out_of_range", text=plain(number), label=_(spec.label), low=plain(low), high=plain(high))
    return round_half_up(number, _DECIMALS[spec.type])


def _boolean(field: Field, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text in _TRUE | _FALSE:
        return text in _TRUE
    raise UserError("value_invalid", text=str(value), label=_(field.spec.label), choices="oui, non")


def _text(field: Field, value: str) -> str:
    spec = field.spec
    text = _CONTROL.sub(" ", value.replace("\r\n", "\n")).strip()
    if spec.type != "long_text":
        text = " ".join(text.split())
    if len(text) > spec.maximum_length:
        raise UserError("field_too_long", label=_(spec.label), limit=spec.maximum_length)
    if spec.choices:
        return _choice(field, text)
    if spec.check:
        return str(getattr(identifiers, spec.check)(text))
    return text


def _choice(field: Field, text: str) -> str:
    choices = field.spec.choices
    text = CHOICE_ALIASES.get(text.lower(), text)
    for key, label in choices.items():
        if text.lower() in (key.lower(), _(label).lower()):
            return key
    if field.name == "country" and text.lower() in COUNTRY_NAMES:
        return COUNTRY_NAMES[text.lower()]
    raise UserError("value_invalid", text=text, label=_(field.spec.label), choices=", ".join(choices))


def clean(rows: RowType, values: Mapping[str, Any], kind: str, today: date | None = None) -> dict[str, Any]:
    """Typed values by column name, from values by column or option name.

    Raises:
        UserError: unknown field or a value that cannot be taken.
    """
    cleaned: dict[str, Any] = {}
    for name, value in values.items():
        field = rows.by_name.get(name) or rows.by_option.get(name)
        if field is None or field.spec.is_derived or field.name == "deleted_at":  # records.delete and restore do that
            known = ", ".join(f.option for f in rows.fields if f.spec.in_form)
            raise UserError("field_unknown", field=name, kind=kind, fields=known)
        cleaned[field.name] = convert(field, value, today)
    return cleaned


def machine_form(field: Field, value: Any) -> Any:
    """Value for JSON and CSV: decimals as strings, dates ISO 8601."""
    if isinstance(value, Decimal):
        return plain(value, _MINIMUM_DECIMALS.get(field.spec.type, 0))
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value
