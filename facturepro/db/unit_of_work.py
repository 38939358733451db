"""What one use case changes, in one transaction with its stamp."""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from facturepro.db import derive, local_state, search
from facturepro.db.events import Changes
from facturepro.db.replication_records import raw
from facturepro.db.types import instant_text
from facturepro.domain.clock import Stamp, tick

E = TypeVar("E")

# Plain statements: every change of a person and every acknowledgement of the cloud goes through here.
_CONTEXT = "SELECT device, clock_ms, clock_counter FROM capture_context WHERE id = 1"
_BEGIN = "UPDATE capture_context SET stamp = ?, clock_ms = ?, clock_counter = ?, origin = ?"
_DONE = "INSERT OR IGNORE INTO change_transaction (stamp, at, label, origin, undoes) VALUES (?, ?, ?, ?, ?)"
_UNPROCESSED = "SELECT DISTINCT kind, record_id FROM change_log WHERE seq > ?"
_SINCE = "SELECT seq, stamp, kind, record_id FROM change_log WHERE seq > ?"
_MAX_SEQ = "SELECT COALESCE(MAX(seq), 0) FROM change_log"


class UnitOfWork:
    """Made by ``Database.write``. ``stamp`` marks every change made inside; ``device`` is this computer.

    ``session`` is for the queries of ``facturepro.db``; services use ``add``, ``get`` and those queries.
    """

    def __init__(self, session: Session, now: Callable[[], datetime], offset_ms: int = 0) -> None:
        self.session = session
        self._now = now
        self._offset_ms = offset_ms
        self.stamp = ""
        self.device = ""
        self.now = now()
        self._records: dict[str, set[str]] = {}
        self._told: dict[str, set[str]] = {}
        self._is_given_up = self._is_reserved = False

    def begin(self, label: str, origin: str, undoes: str | None) -> None:
        device, last_ms, last_counter = raw(self.session, _CONTEXT).one()
        self.now = self._now()
        milliseconds, counter = tick(last_ms, last_counter, self.now_ms)
        self.device = device
        self.stamp = str(Stamp(milliseconds, counter, device))
        self._label, self._origin, self._undoes = label, origin, undoes
        raw(self.session, _BEGIN, self.stamp, milliseconds, counter, origin)

    @property
    def now_ms(self) -> int:
        """Milliseconds since 1970 by the clock of the cloud, as far as this computer knows it."""
        return int(self.now.timestamp() * 1000) + self._offset_ms

    def rehearse(self, stamp: str) -> None:
        """From here on everything bears ``stamp``, which was reserved for it, and nothing is kept in the end."""
        self.stamp = stamp
        self._is_given_up = True
        raw(self.session, "UPDATE capture_context SET stamp = ?", stamp)

    def reserve(self) -> str:
        """Give this transaction's stamp to changes that will arrive from the cloud as this computer's own. The transaction
        is kept for it, so that nobody takes them for the changes of a twin (see ``incarnation``)."""
        self._is_reserved = True
        return self.stamp

    def as_origin(self, origin: str) -> None:
        """From here on changes count as ``origin`` (the conflict journal inside a remote application is local)."""
        self.session.flush()
        raw(self.session, "UPDATE capture_context SET origin = ?", origin)

    def add(self, entity: E) -> E:
        self.session.add(entity)
        return entity

    def add_all(self, entities: Iterable[Any]) -> None:
        self.session.add_all(entities)

    def get(self, model: type[E], record_id: str) -> E | None:
        return self.session.get(model, record_id)

    def delete_row(self, row: Any) -> None:
        """Remove a line of a draft. Records are never removed, only marked with ``deleted_at``."""
        self.session.delete(row)

    def one_statement(self) -> AbstractContextManager[Any]:
        """Hold changes back while queries run, so that a record that freezes is written in one statement."""
        return self.session.no_autoflush

    @contextmanager
    def taken_back(self) -> Iterator[None]:
        """Nothing of what is done inside stays; objects read again stand as before."""
        self.session.flush()
        inside = self.session.begin_nested()
        try:
            yield
        finally:
            inside.rollback()

    def flush(self) -> None:
        self.session.flush()

    def settle(self) -> None:
        """Bring derived values and the search index up to what was written so far; ``finish`` does it for the rest."""
        self.session.flush()
        seen = int(local_state.get(self.session, "processed_seq", 0))
        last = int(raw(self.session, _MAX_SEQ).scalar_one())
        if last > seen:
            records = process(self.session, seen)
            local_state.put(self.session, "processed_seq", last)
            for kind, ids in records.items():
                self._records.setdefault(kind, set()).update(ids)

    def finish(self) -> Changes | None:
        """Derived values, search index and audit header; None when nothing was changed."""
        if self._is_given_up:
            return None
        self.settle()
        session = self.session
        if self._records or self._is_reserved:
            raw(session, _DONE, self.stamp, instant_text(self.now), self._label, self._origin, self._undoes)
        elif not session.info.get("local_state_changed"):
            return None
        raw(session, "UPDATE capture_context SET stamp = NULL, origin = 'local'")
        kinds = self._records.keys() | self._told.keys()
        frozen = {kind: frozenset(self._records.get(kind, set()) | self._told.get(kind, set())) for kind in kinds}
        return Changes(frozen, self._origin, self.stamp, self._label)

    def keep(self, key: str, value: Any) -> None:
        """Remember a local fact in this transaction, even when no record changes."""
        local_state.put(self.session, key, value)
        self.touch()

    def tell(self, kind: str, record_id: str) -> None:
        """Commit, and tell subscribers of this record, although only what the program keeps of it changed."""
        self._told.setdefault(kind, set()).add(record_id)
        self.touch()

    def touch(self) -> None:
        """Commit even when no record changed (local tables only)."""
        self.session.info["local_state_changed"] = True


def catch_up(session: Session) -> dict[str, set[str]]:
    """Process what was written outside a unit of work (raw SQL, a bulk load); part of the caller's transaction."""
    seen = int(local_state.get(session, "processed_seq", 0))
    last = int(raw(session, _MAX_SEQ).scalar_one())
    records = process(session, seen) if last > seen else {}
    local_state.put(session, "processed_seq", last)
    return records


def process(session: Session, after_seq: int) -> dict[str, set[str]]:
    """Bring derived values and the search index up to the change log; answers every record concerned.

    It reads the log, not the session, so changes made by raw SQL or by another program are caught up as well.
    """
    touched: dict[str, set[str]] = {}
    for kind, record_id in raw(session, _UNPROCESSED, after_seq).all():
        touched.setdefault(kind, set()).add(record_id)
    derive.refresh(session, touched)
    search.index(session, touched)
    return touched


def external_changes(session: Session, after_seq: int, own: Collection[str]) -> tuple[dict[str, set[str]], int]:
    """Records changed after ``after_seq`` by transactions that are not in ``own``, and the last entry seen."""
    touched: dict[str, set[str]] = {}
    last = after_seq
    known = set(own)
    for seq, stamp, kind, record_id in raw(session, _SINCE, after_seq):
        last = max(last, seq)
        if stamp not in known:
            touched.setdefault(kind, set()).add(record_id)
    derive.add_concerned(session, touched)
    return touched, last
