"""Column types: exact integers and ISO texts in SQLite, ``Decimal``, ``date`` and aware ``datetime`` in Python.

What stands in the row is also what stands in the cloud document and in the audit trail, so no second coding exists.
"""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Dialect, Integer, Text
from sqlalchemy.types import TypeDecorator

from facturepro.domain.money import (
    MONEY_DECIMALS,
    QUANTITY_DECIMALS,
    RATE_DECIMALS,
    UNIT_PRICE_DECIMALS,
    from_scaled,
    to_scaled,
)


class ScaledType(TypeDecorator[Decimal]):
    """``Decimal`` as an integer of ``decimals`` places. Binding a float or a value with more places is an error."""

    impl = Integer
    cache_ok = True

    def __init__(self, decimals: int) -> None:
        super().__init__()
        self.decimals = decimals

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        if not isinstance(value, (Decimal, int)) or isinstance(value, bool):
            raise TypeError(f"money, quantities and rates are Decimal, not {type(value).__name__}")
        return to_scaled(Decimal(value), self.decimals)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else from_scaled(value, self.decimals)


class Money(ScaledType):
    """Hundredths: the currencies with another exponent come with the country packs."""

    cache_ok = True

    def __init__(self, decimals: int = MONEY_DECIMALS) -> None:
        super().__init__(decimals)


class UnitPrice(ScaledType):
    cache_ok = True

    def __init__(self, decimals: int = UNIT_PRICE_DECIMALS) -> None:
        super().__init__(decimals)


class Quantity(ScaledType):
    cache_ok = True

    def __init__(self, decimals: int = QUANTITY_DECIMALS) -> None:
        super().__init__(decimals)


class Rate(ScaledType):
    """Percent with two decimals: 5.5 % is 550 basis points."""

    cache_ok = True

    def __init__(self, decimals: int = RATE_DECIMALS) -> None:
        super().__init__(decimals)


class IsoDate(TypeDecorator[date]):
    impl = Text
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> str | None:
        return None if value is None else value.isoformat()

    def process_result_value(self, value: str | None, dialect: Dialect) -> date | None:
        return None if not value else date.fromisoformat(value)


def instant_text(value: datetime) -> str:
    """An aware instant as it is stored."""
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Instant(TypeDecorator[datetime]):
    """Aware UTC as ``2026-11-20T10:42:08.123Z``: sortable as text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("instants are aware")
        return instant_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        return None if not value else datetime.fromisoformat(value)


class Json(TypeDecorator[Any]):
    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)
