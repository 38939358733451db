"""Digests that another program left out or got wrong, written again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from facturepro.db.replication_digest import bucket_of, document_digest
from facturepro.db.replication_repair import rewritten
from facturepro.sync.home import Home
from facturepro.sync.remotes.base import (
    MAX_WRITES,
    AccessDenied,
    CommitAmbiguous,
    Contention,
    Key,
    PreconditionFailed,
    Remote,
    RemoteDocument,
    RemoteError,
    Write,
    WriteRejected,
)

_AT_MOST = 5000
"""Documents in one check: a quarter of a day's free writes. The next check goes on."""
_NOT_NOW = (PreconditionFailed, Contention, CommitAmbiguous, WriteRejected, AccessDenied)


class Resealer:
    """``done``: documents that were given their digest; ``left``: documents that still lack the right one."""

    def __init__(self, home: Home, remote: Remote, may_write: bool) -> None:
        self._home = home
        self._remote = remote
        self._may_write = may_write
        self.done: set[Key] = set()
        self.left: set[Key] = set()

    def look(self, documents: Sequence[RemoteDocument]) -> None:
        """Write the digest and bucket of those that carry others; nothing else of them changes."""
        wrong = []
        for document in documents:
            digest, bucket = document_digest(document), bucket_of(document.id)
            if (document.digest, document.bucket) != (digest, bucket):
                wrong.append(replace(document, digest=digest, bucket=bucket))
        for start in range(0, len(wrong), MAX_WRITES):
            self._write(wrong[start : start + MAX_WRITES])

    def _write(self, documents: list[RemoteDocument]) -> None:
        self.left |= {document.key for document in documents}
        if not self._may_write or len(self.done) + len(documents) > _AT_MOST:
            return
        refusal = self._commit(documents)
        if refusal is None or len(documents) == 1:
            return
        if isinstance(refusal, AccessDenied) and self._commit(documents[:1]) is not None:
            self._may_write = len(self.done) > 0  # nothing was ever accepted: it is the account
        for document in documents if self._may_write else ():
            if document.key in self.left:
                self._commit([document])

    def _commit(self, documents: list[RemoteDocument]) -> RemoteError | None:
        """Another computer's change in between, or a rule, is no reason to fail: the next check looks again."""
        try:
            result = self._remote.commit([Write(document, document.version) for document in documents])
        except _NOT_NOW as refusal:
            return refusal
        after = zip(documents, result.versions, strict=True)
        with self._home.write() as work:
            rewritten(work, {document.key: (document.version or "", version) for document, version in after})
        keys = {document.key for document in documents}
        self.done |= keys
        self.left -= keys
        return None
