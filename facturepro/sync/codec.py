"""Between the records of the database and the documents of a remote."""

from dataclasses import replace
from typing import Any

from facturepro.db import catalog
from facturepro.db.replication_digest import bucket_of
from facturepro.db.replication_merge import is_line
from facturepro.db.replication_outbox import Sent
from facturepro.db.replication_records import Incoming, LocalRecord
from facturepro.db.replication_stamps import witnesses
from facturepro.db.replication_values import group_fields
from facturepro.db.replication_view import Refused, cloud_view, digest_of
from facturepro.sync.remotes.base import RemoteDocument, Write
from facturepro.sync.remotes.paths import field_path
from facturepro.sync.remotes.sizes import document_bytes


def incoming(document: RemoteDocument) -> Incoming:
    return Incoming(
        kind=document.kind,
        id=document.id,
        fields=document.fields,
        lines=document.lines,
        clock=document.clock,
        version=document.version or "",
        schema=document.schema,
        device=document.device,
        op=document.op,
        deleted=document.deleted,
        extra=document.extra,
    )


def write_of(record: LocalRecord, device: str, refused: Refused | None = None) -> tuple[Write, dict[str, str]]:
    """The write that brings the cloud to the local record, and the clock entries that it carries.

    A record that the cloud never had is written whole, else only the groups that changed. The digest is that of the
    document as it will stand then, whatever ``refused`` content it keeps.
    """
    known, view = record.known, cloud_view(record, refused)
    document = RemoteDocument(
        kind=record.kind,
        id=record.id,
        fields=view.fields,
        lines=dict(view.lines),
        clock=known.clock,
        device=device,
        op=f"{record.through}-{device}",
        schema=max(known.schema, catalog.SCHEMA),
        deleted=view.is_deleted,
        extra=known.extra.keys,
        digest=digest_of(record, view),
        bucket=bucket_of(record.id),
    )
    if known.version is None:
        # Lines that were removed before the first sending need no trace in the cloud but their stamp.
        return Write(document), known.clock
    dirty = known.dirty
    entries = {group: known.clock[group] for group in dirty} | witnesses(known.clock, known.base, device)
    document.clock = entries
    mask = [field_path("clock", entry) for entry in entries]
    for group in dirty:
        mask += _paths(record.kind, group, document.lines)
    # As the cloud has them in this very version, or as an upgrade left them unsent: their declaration is retired.
    mask += [field_path("fields", name) for name in known.extra.fields]
    return Write(document, known.version, tuple(dict.fromkeys(mask))), entries


def _paths(kind: str, group: str, lines: dict[str, Any]) -> list[str]:
    if is_line(group):
        line_id = group.removeprefix(catalog.LINE_PREFIX)
        lines.setdefault(line_id, None)
        return [field_path("lines", line_id)]
    return [field_path("fields", name) for name in group_fields(kind).get(group, ())]


def sent(record: LocalRecord, entries: dict[str, str], version: str) -> Sent:
    known = record.known
    has_all = known.base | entries == known.clock and not known.extra.absent
    return Sent(record.kind, record.id, entries, version, record.through, known.clock_text if has_all else "")


def bytes_in_cloud(record: LocalRecord, device: str) -> int:
    """Of the whole document as it will stand there, unsent groups and all."""
    write, _entries = write_of(record, device)
    return document_bytes(replace(write.document, clock=record.known.clock))


def size_of(write: Write) -> int:
    """An upper guess of the bytes of a write, good enough to fill a commit."""
    document = write.document
    total = 600 + 60 * len(document.clock) + 40 * len(write.mask)
    for values in (document.fields, *(line for line in document.lines.values() if line)):
        text = repr(values)  # one call for all values: their texts with quotes and names
        total += 30 * len(values) + len(text) * (1 if text.isascii() else 3)
    return total
