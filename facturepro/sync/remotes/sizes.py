"""How large a document is, as Firestore counts it: the limit that a write is judged by, wherever it is asked."""

from __future__ import annotations

from typing import Any

from facturepro.sync.remotes.base import MAX_DOCUMENT_BYTES, RemoteDocument
from facturepro.sync.remotes.sealing import SEAL

ROOM_BYTES = 16_384
"""Left free in a document that can never be made smaller again: notes and stamps are still added to it."""
MAX_FINAL_BYTES = MAX_DOCUMENT_BYTES - ROOM_BYTES
"""Largest document that may be frozen."""
TOO_LARGE = "larger than 1 MiB"
"""Begins the reason of what a remote refuses for its size."""
_NAME_BYTES = 256
"""The document's name but for kind and id: the company's name is nearly always shorter; and 32 bytes each document pays."""


def document_bytes(document: RemoteDocument) -> int:
    """Of all that the document holds, written or not: names and values, in bytes."""
    own = (
        document.kind,
        document.device,
        document.op,
        "updated_at",
        "kind",
        "device",
        "op",
        "schema",
        "deleted",
        *SEAL,
    )
    parts = {"fields": document.fields, "lines": document.lines, "clock": document.clock, **document.extra}
    return (
        _NAME_BYTES
        + len(document.kind)
        + len(document.id.encode("utf-8", "surrogatepass"))
        + 40
        + sum(map(_value, own))
        + _value(parts)
    )


def _value(value: Any) -> int:
    if isinstance(value, str):
        return len(value.encode("utf-8", "surrogatepass")) + 1
    if isinstance(value, dict):
        return sum(_value(name) + _value(item) for name, item in value.items())
    if isinstance(value, (list, tuple)):
        return sum(map(_value, value))
    return 1 if value is None or isinstance(value, bool) else 8
