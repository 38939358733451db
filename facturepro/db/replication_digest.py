"""What two copies of a record are compared by: a digest of its content and the bucket that its id falls into.

Every document in the cloud carries both, so that the cloud can count and add up the digests of a range of buckets without
sending a single document. ``docs/sync.md`` holds the definition for other clients; this is its only implementation.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, Protocol
from zlib import crc32

from facturepro.db.replication_records import WITNESS
from facturepro.db.replication_values import json_text

BUCKETS = 256
_DIGEST_BYTES = 5  # the sum of eight million digests still fits 63 bits

Values = Mapping[str, Any]


def bucket_of(record_id: str) -> int:
    """0..255: the low byte of the CRC-32 of the id in UTF-8."""
    return crc32(record_id.encode("utf-8", "surrogatepass")) % BUCKETS


def record_digest(
    kind: str,
    record_id: str,
    fields: Values,
    lines: Mapping[str, Values | None],
    clock: Mapping[str, str],
    is_deleted: bool,
    unknown: Values,
) -> int:
    """40 bits of the content of a cloud document: the first five bytes of the SHA-256 of its canonical JSON.

    Lines that were removed and witnesses of the clock are left out. So are fields (also of lines) that say nothing: null,
    false, 0 and whatever is empty. A version that adds such a field therefore agrees with one that never heard of it.
    """
    content = dict(unknown)
    content["kind"], content["id"], content["deleted"] = kind, record_id, is_deleted
    content["fields"] = _telling(fields)
    content["lines"] = {
        # what another program wrote there may be no map at all
        line_id: _telling(line) if isinstance(line, Mapping) else line
        for line_id, line in lines.items()
        if line is not None
    }
    content["clock"] = {group: stamp for group, stamp in clock.items() if not group.startswith(WITNESS)}
    text = json_text(content).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(text).digest()[:_DIGEST_BYTES], "big")


class Document(Protocol):
    """A cloud document in whichever form it is held."""

    @property
    def kind(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def fields(self) -> Values: ...
    @property
    def lines(self) -> Mapping[str, Any]: ...
    @property
    def clock(self) -> Mapping[str, str]: ...
    @property
    def deleted(self) -> bool: ...
    @property
    def extra(self) -> Values: ...


def document_digest(document: Document) -> int:
    """Of the document's content, whatever digest it carries."""
    found = document
    return record_digest(found.kind, found.id, found.fields, found.lines, found.clock, found.deleted, found.extra)


def _telling(values: Values) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}
