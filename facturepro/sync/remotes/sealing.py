"""The digest and the bucket of documents (see ``db/replication_digest.py``)."""

from __future__ import annotations

from facturepro.db.replication_digest import bucket_of, record_digest
from facturepro.sync.remotes.base import RemoteDocument, Write

SEAL = ("digest", "bucket")


def digest_of(document: RemoteDocument) -> int:
    """Of the document's content, whatever digest it carries."""
    return record_digest(
        document.kind,
        document.id,
        document.fields,
        document.lines,
        document.clock,
        document.deleted,
        document.extra,
    )


def seal_of(write: Write) -> dict[str, int]:
    """What a remote stores beside the content: given by the writer, or made here for a document that is written whole."""
    document = write.document
    digest, bucket = document.digest, document.bucket
    if write.expected is None:
        digest = digest_of(document) if digest is None else digest
        bucket = bucket_of(document.id) if bucket is None else bucket
    return {name: value for name, value in zip(SEAL, (digest, bucket), strict=True) if value is not None}
