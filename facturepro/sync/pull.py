"""From the cloud into the database: pages of a first reading, batches of a listener, single records."""

from __future__ import annotations

import base64
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from facturepro.db import local_state
from facturepro.db.database import Database
from facturepro.db.replication_apply import ApplyResult, apply, has_pending, retry_pending
from facturepro.i18n import N_
from facturepro.sync import codec
from facturepro.sync.remotes.base import Batch, Key, Page, Remote, RemoteDocument
from facturepro.sync.remotes.instants import to_nanos

CURSOR, TOKEN, OFFSET = "cursor", "resume_token", "clock_offset_ms"
LABEL = N_("Reçu d’un autre ordinateur")
PAGE = 500
_OFFSET_STEP_MS = 2000
"""The cloud's time is learned from answers, which take a while: smaller differences are noise."""


class Puller:
    """Applies what the remote has. Each page or batch is one transaction, with the cursor that follows it."""

    def __init__(self, database: Database, remote: Remote) -> None:
        self._db = database
        self._remote = remote

    def cursor(self) -> tuple[str | None, bytes | None]:
        with self._db.read() as session:
            token = local_state.get(session, TOKEN)
            return local_state.get(session, CURSOR), base64.b64decode(token) if token else None

    def pull(self, is_over: Callable[[], bool] = lambda: False) -> ApplyResult:
        """Everything since the cursor. The cursor moves once the last page is applied, so stopping early loses nothing."""
        result = ApplyResult()
        cursor, _token = self.cursor()
        with closing(_ahead(self._remote.changes_since(cursor, PAGE))) as pages:
            for page in pages:
                result.add(self.apply(page.documents, page.read_time if page.is_last else None))
                if is_over():
                    break
        return result

    def take(self, batch: Batch) -> ApplyResult:
        """What a listener saw."""
        result = ApplyResult()
        documents = batch.documents
        while len(documents) > PAGE:
            result.add(self.apply(documents[:PAGE]))
            documents = documents[PAGE:]
        result.add(self.apply(documents, batch.read_time, batch.resume_token))
        self.learn_time(batch.read_time)
        return result

    def refresh(self, keys: Sequence[Key]) -> ApplyResult:
        """Read these records and bring them in. The cursor stays."""
        found = self._remote.get(keys)
        return self.apply([document for document in found.values() if document is not None])

    def apply(
        self, documents: Sequence[RemoteDocument], cursor: str | None = None, token: bytes | None = None
    ) -> ApplyResult:
        if not documents and cursor is None:
            return ApplyResult()
        with self._db.write(LABEL, origin="remote") as work:
            result = apply(work, [codec.incoming(document) for document in documents])
            if cursor is not None:
                work.keep(CURSOR, cursor)
                work.keep(TOKEN, base64.b64encode(token).decode("ascii") if token else None)
        return result

    def retry_pending(self) -> ApplyResult:
        """What an older version of this program could not apply."""
        with self._db.read() as session:
            if not has_pending(session):
                return ApplyResult()
        with self._db.write(LABEL, origin="remote") as work:
            return retry_pending(work)

    def learn_time(self, server_time: str) -> None:
        """Stamps follow the cloud's clock, whatever this computer's says."""
        offset = to_nanos(server_time) // 1_000_000 - int(self._db.now().timestamp() * 1000)
        if abs(offset - self._db.clock_offset_ms) > _OFFSET_STEP_MS:
            with self._db.write(origin="remote") as work:
                work.keep(OFFSET, offset)
            self._db.clock_offset_ms = offset


def _ahead(pages: Iterator[Page]) -> Generator[Page, None, None]:
    """The same pages; the next one is read while the caller works on one."""
    page = next(pages)
    if not page.is_last:
        with ThreadPoolExecutor(1, "sync-read") as reader:
            while not page.is_last:
                following = reader.submit(next, pages)
                yield page
                page = following.result()
    yield page


__all__ = ["LABEL", "PAGE", "Puller"]
