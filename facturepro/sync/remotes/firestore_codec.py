"""Records as Firestore documents, both ways."""

from __future__ import annotations

import logging
from typing import Any

from facturepro.sync.remotes.base import MAX_DOCUMENT_BYTES, Key, RemoteDocument, Write, WriteRejected
from facturepro.sync.remotes.firestore_protocol import REQUEST_TIME
from facturepro.sync.remotes.instants import instant_parts
from facturepro.sync.remotes.paths import MISSING, field_path, outermost, value_at
from facturepro.sync.remotes.sealing import SEAL, seal_of
from facturepro.sync.remotes.sizes import TOO_LARGE, document_bytes
from facturepro.sync.remotes.values import UnstorableValue, decode_map, decode_timestamp, encode_map, encode_value

_log = logging.getLogger(__name__)

ALWAYS_WRITTEN = ("device", "op", "schema", "deleted")
KNOWN_KEYS = frozenset({"kind", "fields", "lines", "clock", "updated_at", *ALWAYS_WRITTEN, *SEAL})
_UNMASKED = frozenset({"kind", "updated_at", *ALWAYS_WRITTEN, *SEAL})


def record_id(kind: str, id: str) -> str:
    """The last segment of the document's name."""
    return f"{kind}_{id}"


def encode_write(target: Any, write: Write, name: str, index: int) -> None:
    """Fills an empty ``google.firestore.v1.Write``.

    Raises:
        WriteRejected: the document can't be stored as it is.
    """
    document = write.document
    if not document.kind or not document.id or "/" in document.kind + document.id:
        raise WriteRejected(index, f"not a record id: {document.kind!r} {document.id!r}")
    try:
        check_extra(document)
        if write.expected is None:
            _encode_whole(target, document)
            target.current_document.exists = False
        else:
            _encode_masked(target, write)
            seconds, nanos = instant_parts(write.expected)
            target.current_document.update_time.seconds = seconds
            target.current_document.update_time.nanos = nanos
    except (UnstorableValue, TypeError, ValueError) as error:
        raise WriteRejected(index, str(error)) from error
    for key, value in seal_of(write).items():
        target.update.fields[key].integer_value = value
        if write.expected is not None:
            target.update_mask.field_paths.append(key)
    target.update.name = name
    transform = target.update_transforms.add()
    transform.field_path = "updated_at"
    transform.set_to_server_value = REQUEST_TIME
    # The encoded form is larger than what Firestore counts, and quicker to measure.
    if target.update.ByteSize() > MAX_DOCUMENT_BYTES and document_bytes(document) > MAX_DOCUMENT_BYTES:
        raise WriteRejected(index, TOO_LARGE)


def check_extra(document: RemoteDocument) -> None:
    """Raises UnstorableValue when an unknown key bears the name of a known one."""
    if document.extra and not KNOWN_KEYS.isdisjoint(document.extra):
        raise UnstorableValue("a known key among the unknown ones")


def _encode_whole(target: Any, document: RemoteDocument) -> None:
    fields = target.update.fields
    fields["kind"].string_value = document.kind
    _encode_always(fields, document)
    for key, values in (("fields", document.fields), ("lines", document.lines), ("clock", document.clock)):
        part = fields[key].map_value
        part.SetInParent()
        encode_map(part.fields, values)
    encode_map(fields, document.extra)


def _encode_always(fields: Any, document: RemoteDocument) -> None:
    fields["device"].string_value = document.device
    fields["op"].string_value = document.op
    fields["schema"].integer_value = document.schema
    fields["deleted"].boolean_value = document.deleted


def _encode_masked(target: Any, write: Write) -> None:
    document = write.document
    tree = {"fields": document.fields, "lines": document.lines, "clock": document.clock, **document.extra}
    mask = target.update_mask.field_paths
    for path in outermost(write.mask):
        if path[0] in _UNMASKED:
            continue
        mask.append(field_path(*path))
        value = value_at(tree, path)
        if value is MISSING:
            continue
        node = target.update.fields
        for segment in path[:-1]:
            node = node[segment].map_value.fields
        encode_value(node[path[-1]], value)
    mask.extend(ALWAYS_WRITTEN)
    _encode_always(target.update.fields, document)


def decode_record(document: Any) -> RemoteDocument | None:
    """The record in a ``google.firestore.v1.Document``; None (and a line in the log) when it is something else."""
    fields = document.fields
    kind = fields["kind"].string_value if "kind" in fields else ""
    name = document.name.rsplit("/", 1)[-1]
    if not kind or not name.startswith(kind + "_"):
        _log.warning("a document among the records is not a record: %s", name)
        return None
    return RemoteDocument(
        kind=kind,
        id=name[len(kind) + 1 :],
        fields=_part(fields, "fields"),
        lines=_part(fields, "lines"),
        clock=_part(fields, "clock"),
        device=fields["device"].string_value if "device" in fields else "",
        op=fields["op"].string_value if "op" in fields else "",
        schema=fields["schema"].integer_value if "schema" in fields else 0,
        deleted=fields["deleted"].boolean_value if "deleted" in fields else False,
        extra=_extra(fields),
        version=decode_timestamp(document.update_time),
        updated_at=decode_timestamp(fields["updated_at"].timestamp_value) if "updated_at" in fields else None,
        digest=_integer(fields, "digest"),
        bucket=_integer(fields, "bucket"),
    )


def decode_foreign(document: Any, key: Key) -> RemoteDocument:
    """What stands under a record's name and is none. It is there: taken for missing, it would be created, for ever in
    vain. Its clock holds no stamp, so whoever reads it keeps it aside as unreadable."""
    at = decode_timestamp(document.update_time)
    return RemoteDocument(*key, clock={"kind": "not a record"}, version=at, updated_at=at)


def decode_plain(document: Any) -> dict[str, Any]:
    """The fields of any other document (company, device, counter); instants as plain text."""
    plain = decode_map(document.fields)
    return {key: _untagged(value) for key, value in plain.items()}


def decode_key(name: str) -> tuple[str, str] | None:
    """(kind, id) from the name of a document that is gone: an id of ours holds no underscore."""
    kind, underscore, id = name.rsplit("/", 1)[-1].rpartition("_")
    return (kind, id) if underscore and kind and id else None


def _part(fields: Any, key: str) -> dict[str, Any]:
    return decode_map(fields[key].map_value.fields) if key in fields else {}


def _integer(fields: Any, key: str) -> int | None:
    if key in fields and fields[key].WhichOneof("value_type") == "integer_value":
        return int(fields[key].integer_value)
    return None


def _extra(fields: Any) -> dict[str, Any]:
    if len(fields) <= len(KNOWN_KEYS) and all(key in KNOWN_KEYS for key in fields):
        return {}
    unknown = {key: value for key, value in fields.items() if key not in KNOWN_KEYS}
    return decode_map(unknown)


def _untagged(value: Any) -> Any:
    if isinstance(value, dict) and len(value) == 1 and "__timestamp__" in value:
        return value["__timestamp__"]
    return value
