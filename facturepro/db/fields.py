"""One declaration per field: the column, and everything the rest of the program wants to know about it.

``Mapped[str] = text("Téléphone", search=True)`` gives the SQLite column, the form field, the list column, the search
index, the cloud field with its merge group, the CSV/XLSX column with its import aliases and the audit entry.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Integer, Text
from sqlalchemy.orm import MappedColumn, mapped_column

from facturepro.db.types import Instant, IsoDate, Json, Money, Quantity, Rate, UnitPrice
from facturepro.domain.money import to_scaled


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """What is known of one field.

    Attributes:
        label: French source text, translated when shown.
        type: text, long_text, email, phone, money, unit_price, quantity, rate, date, instant, bool, choice, integer,
            reference or json.
        group: merge group; the field's own name unless it only makes sense together with others.
        former_groups: groups that the field was in when older versions wrote it; it is stamped in them as well, so that
            programs of both kinds see each other's changes.
        in_list: shown as a list column by default. in_form: editable in the generic form.
        is_searchable: in the full-text index.
        is_derived: computed from synchronised values, so neither synchronised nor audited.
        is_frozen: may not change once the document is issued.
        check: name of a function of ``facturepro.domain.identifiers`` that validates the text.
        option: name on the command line and in JSON, when it is not the column's.
    """

    label: str
    type: str
    group: str = ""
    former_groups: tuple[str, ...] = ()
    in_list: bool = False
    in_form: bool = True
    is_searchable: bool = False
    is_required: bool = False
    is_derived: bool = False
    is_frozen: bool = True
    aliases: tuple[str, ...] = ()
    choices: Mapping[str, str] = field(default_factory=dict)
    reference: str = ""
    check: str = ""
    option: str = ""
    maximum_length: int = 200
    minimum: Decimal | None = None
    maximum: Decimal | None = None


_SQL_TYPES: dict[str, Any] = {
    "text": Text,
    "long_text": Text,
    "email": Text,
    "phone": Text,
    "choice": Text,
    "reference": Text,
    "money": Money,
    "unit_price": UnitPrice,
    "quantity": Quantity,
    "rate": Rate,
    "date": IsoDate,
    "instant": Instant,
    "bool": Boolean,
    "integer": Integer,
    "json": Json,
}
_TEXTS = {"text", "long_text", "email", "phone", "choice"}


def declare(
    type_: str, label: str, *, default: Any = None, foreign_key: str = "", is_nullable: bool = False, **details: Any
) -> MappedColumn[Any]:
    """A column with its ``FieldSpec``. Texts are NOT NULL with an empty default; the rest may be NULL without one."""
    if type_ == "long_text":
        details.setdefault("maximum_length", 4000)
    spec = FieldSpec(label, type_, **details)
    if type_ in _TEXTS and default is None and not is_nullable:
        default = ""
    arguments: list[Any] = [_SQL_TYPES[type_]()]
    if foreign_key:
        arguments.append(ForeignKey(foreign_key))
    extra: dict[str, Any] = {}
    if default is not None:
        # The default stands in SQLite too: raw SQL and rows of an older version get the same value.
        extra = {"default": default, "server_default": _raw_default(type_, default)}
    return mapped_column(*arguments, nullable=default is None, info={"field": spec}, **extra)


def _raw_default(type_: str, default: Any) -> str:
    if isinstance(default, Decimal):
        decimals = _SQL_TYPES[type_]().decimals
        return str(to_scaled(default, decimals))
    if isinstance(default, (bool, int)):
        return str(int(default))
    return str(default)


def text(label: str, **details: Any) -> MappedColumn[Any]:
    return declare("text", label, **details)


def long_text(label: str, **details: Any) -> MappedColumn[Any]:
    return declare("long_text", label, **details)


def choice(label: str, choices: Mapping[str, str], default: str, **details: Any) -> MappedColumn[Any]:
    return declare("choice", label, default=default, choices=choices, **details)


def money(label: str, **details: Any) -> MappedColumn[Any]:
    return declare("money", label, default=details.pop("default", Decimal(0)), **details)


def unit_price(label: str, **details: Any) -> MappedColumn[Any]:
    return declare("unit_price", label, default=details.pop("default", Decimal(0)), **details)


def quantity(label: str, **details: Any) -> MappedColumn[Any]:
    return declare("quantity", label, default=details.pop("default", Decimal(0)), **details)


def rate(label: str, **details: Any) -> MappedColumn[Any]:
    return declare("rate", label, default=details.pop("default", Decimal(0)), **details)


def boolean(label: str, default: bool = False, **details: Any) -> MappedColumn[Any]:
    return declare("bool", label, default=default, **details)


def day(label: str, **details: Any) -> MappedColumn[Any]:
    return declare("date", label, **details)


def reference(label: str, kind: str, foreign_key: str = "", **details: Any) -> MappedColumn[Any]:
    return declare("reference", label, reference=kind, foreign_key=foreign_key, **details)
