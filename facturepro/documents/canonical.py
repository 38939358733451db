"""Frozen dataclasses to JSON values and back, led by their type hints."""

import base64
import types
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from facturepro.domain.money import plain

Record = TypeVar("Record")


def pack(value: Any) -> Any:
    """JSON value of a dataclass: decimals as plain strings, dates ISO, bytes base64, tuples as lists.

    Raises:
        TypeError: a value of another type, such as a float.
    """
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise TypeError(f"{value} is not an amount")
        return plain(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, tuple):
        return [pack(item) for item in value]
    if is_dataclass(value):
        return {field.name: pack(getattr(value, field.name)) for field in fields(value)}
    raise TypeError(f"{type(value).__name__} has no canonical form")


def unpack(record: type[Record], data: Any) -> Record:
    """The dataclass out of what ``pack`` gave.

    Raises:
        ValueError: a field is missing, unknown or of the wrong type.
    """
    if not isinstance(data, dict):
        raise ValueError(f"{record.__name__}: not an object")
    hints = _hints(record)  # type: ignore[arg-type]
    unknown = set(data) - set(hints)
    if unknown:
        raise ValueError(f"{record.__name__}: unknown field {sorted(unknown)[0]}")
    required = {f.name for f in fields(record) if f.default is MISSING and f.default_factory is MISSING}  # type: ignore[arg-type]
    if required - set(data):
        raise ValueError(f"{record.__name__}: {sorted(required - set(data))[0]} is missing")
    return record(**{name: _read(hints[name], value, name) for name, value in data.items()})


@cache
def _hints(record: type) -> dict[str, Any]:
    return get_type_hints(record)


def _read(hint: Any, value: Any, name: str) -> Any:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        if value is None:
            return None
        return _read(next(arm for arm in get_args(hint) if arm is not types.NoneType), value, name)
    if origin is tuple:
        if not isinstance(value, list):
            raise ValueError(f"{name}: not a list")
        return tuple(_read(get_args(hint)[0], item, name) for item in value)
    if origin is Literal:
        hint = str
    if is_dataclass(hint):
        return unpack(hint, value)  # type: ignore[arg-type]
    return _read_plain(hint, value, name)


def _read_plain(hint: Any, value: Any, name: str) -> Any:
    if hint in (bool, int):
        if type(value) is not hint:
            raise ValueError(f"{name}: not {hint.__name__}")
        return value
    if not isinstance(value, str):
        raise ValueError(f"{name}: not a text")
    try:
        if hint is Decimal:
            return Decimal(value)
        if hint is date:
            return date.fromisoformat(value)
        if hint is bytes:
            return base64.b64decode(value, validate=True)
    except (ValueError, ArithmeticError) as error:
        raise ValueError(f"{name}: {value!r} is not {hint.__name__}") from error
    return value
