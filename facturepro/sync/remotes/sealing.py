"""Which digest and bucket (see ``db/replication_digest.py``) a write carries."""

from __future__ import annotations

from facturepro.db.replication_digest import bucket_of, document_digest
from facturepro.sync.remotes.base import Write

SEAL = ("digest", "bucket")


def seal_of(write: Write) -> dict[str, int]:
    """What a remote stores beside the content: given by the writer, or made here for a document that is written whole."""
    document = write.document
    digest, bucket = document.digest, document.bucket
    if write.expected is None:
        digest = document_digest(document) if digest is None else digest
        bucket = bucket_of(document.id) if bucket is None else bucket
    return {name: value for name, value in zip(SEAL, (digest, bucket), strict=True) if value is not None}
