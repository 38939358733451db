"""Values of documents: JSON-like in Python, typed protocol buffers in Firestore.

What this program never writes but another one may have put there is kept, as a dict with one reserved key that can
be written back unchanged (Firestore itself forbids keys of this form): ``{"__timestamp__": "2026-..."}``,
``{"__double__": "1.5"}``, ``{"__bytes__": base64}``, ``{"__geo__": [latitude, longitude]}``,
``{"__reference__": path}``.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

from facturepro.sync.remotes.instants import instant_parts, instant_text

_MAX_DEPTH = 20
_INT64 = 1 << 63


class UnstorableValue(ValueError):  # noqa: N818 - becomes WriteRejected
    """A value that no remote can hold: a float, a Decimal, an integer beyond 64 bits, a key that is not text."""


def check_storable(value: Any, depth: int = 0) -> None:
    """Raises UnstorableValue for what :func:`encode_value` would refuse; for remotes without protocol buffers."""
    if depth > _MAX_DEPTH:
        raise UnstorableValue("nested too deeply")
    if isinstance(value, dict):
        for key, item in value.items():
            if type(key) is not str or not key:
                raise UnstorableValue(f"not a field name: {key!r}")
            check_storable(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            if isinstance(item, list):
                raise UnstorableValue("a list directly in a list")
            check_storable(item, depth + 1)
    elif type(value) is int:
        if not -_INT64 <= value < _INT64:
            raise UnstorableValue("integer beyond 64 bits")
    elif value is not None and type(value) not in (str, bool):
        raise UnstorableValue(f"{type(value).__name__} cannot be stored")


def encode_value(target: Any, value: Any, depth: int = 0) -> None:
    """Writes a Python value into an empty ``google.firestore.v1.Value``.

    Raises:
        UnstorableValue: see there.
    """
    kind = type(value)
    if kind is str:
        target.string_value = value
    elif kind is bool:
        target.boolean_value = value
    elif kind is int:
        if not -_INT64 <= value < _INT64:
            raise UnstorableValue("integer beyond 64 bits")
        target.integer_value = value
    elif value is None:
        target.null_value = 0
    elif kind is dict:
        _encode_dict(target, value, depth)
    elif kind is list:
        _encode_list(target, value, depth)
    else:
        raise UnstorableValue(f"{kind.__name__} cannot be stored")


def encode_map(target: Any, values: Mapping[str, Any], depth: int = 0) -> None:
    """Writes a dict into the ``fields`` of a Document or MapValue."""
    if depth > _MAX_DEPTH:
        raise UnstorableValue("nested too deeply")
    for key, value in values.items():
        kind = type(value)
        # The two types that make up nearly all of a record, without a call more.
        if kind is str:
            target[key].string_value = value
        elif value is None:
            target[key].null_value = 0
        elif type(key) is not str or not key:
            raise UnstorableValue(f"not a field name: {key!r}")
        else:
            encode_value(target[key], value, depth)


def _encode_dict(target: Any, value: dict[str, Any], depth: int) -> None:
    if len(value) == 1:
        ((key, inner),) = value.items()
        encode = _FOREIGN.get(key)
        if encode is not None:
            encode(target, inner)
            return
    target.map_value.SetInParent()
    encode_map(target.map_value.fields, value, depth + 1)


def _encode_list(target: Any, value: list[Any], depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise UnstorableValue("nested too deeply")
    target.array_value.SetInParent()
    for item in value:
        if type(item) is list:
            raise UnstorableValue("a list directly in a list")
        encode_value(target.array_value.values.add(), item, depth + 1)


def _encode_timestamp(target: Any, text: str) -> None:
    target.timestamp_value.seconds, target.timestamp_value.nanos = instant_parts(text)


def _encode_double(target: Any, text: str) -> None:
    target.double_value = float(text)


def _encode_bytes(target: Any, text: str) -> None:
    target.bytes_value = base64.b64decode(text)


def _encode_geo(target: Any, pair: list[str]) -> None:
    target.geo_point_value.SetInParent()
    target.geo_point_value.latitude, target.geo_point_value.longitude = map(float, pair)


def _encode_reference(target: Any, name: str) -> None:
    target.reference_value = name


_FOREIGN: dict[str, Callable[[Any, Any], None]] = {
    "__timestamp__": _encode_timestamp,
    "__double__": _encode_double,
    "__bytes__": _encode_bytes,
    "__geo__": _encode_geo,
    "__reference__": _encode_reference,
}


def decode_value(value: Any) -> Any:
    """The Python value of a ``google.firestore.v1.Value``."""
    return _DECODERS[value.WhichOneof("value_type")](value)


def decode_map(fields: Any) -> dict[str, Any]:
    decoders = _DECODERS
    return {key: decoders[value.WhichOneof("value_type")](value) for key, value in fields.items()}


def decode_timestamp(stamp: Any) -> str:
    return instant_text(stamp.seconds, stamp.nanos)


_DECODERS: dict[str | None, Callable[[Any], Any]] = {
    None: lambda value: None,
    "null_value": lambda value: None,
    "boolean_value": lambda value: value.boolean_value,
    "integer_value": lambda value: value.integer_value,
    "string_value": lambda value: value.string_value,
    "map_value": lambda value: decode_map(value.map_value.fields),
    "array_value": lambda value: [decode_value(item) for item in value.array_value.values],
    "timestamp_value": lambda value: {"__timestamp__": decode_timestamp(value.timestamp_value)},
    "double_value": lambda value: {"__double__": repr(value.double_value)},
    "bytes_value": lambda value: {"__bytes__": base64.b64encode(value.bytes_value).decode("ascii")},
    "geo_point_value": lambda value: {
        "__geo__": [repr(value.geo_point_value.latitude), repr(value.geo_point_value.longitude)]
    },
    "reference_value": lambda value: {"__reference__": value.reference_value},
}
