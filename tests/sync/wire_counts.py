"""What Firestore would charge for, read off the messages that pass through the fault proxy."""

from __future__ import annotations

import math
import threading
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from google.cloud.firestore_v1.types import firestore as rpc_types
from google.protobuf.message import DecodeError

from facturepro.sync.remotes.firestore_codec import decode_key
from facturepro.sync.remotes.firestore_protocol import NO_CHANGE, ListenResponse

_Commit: Any = rpc_types.CommitRequest.pb()
_Got: Any = rpc_types.BatchGetDocumentsResponse.pb()
_Answered: Any = rpc_types.RunQueryResponse.pb()
_Aggregated: Any = rpc_types.RunAggregationQueryResponse.pb()
_Listen: Any = rpc_types.ListenRequest.pb()


@dataclass
class Counts:
    """What went through and what Firestore charges for it, whether or not the client got to see the answer.

    ``requests``: calls by method, also those that a fault kept from the emulator. ``documents``: documents read, by
    (method, kind). ``reads``: documents delivered by gets, queries and streams, one at least for a query or a new
    stream, and one for each 1,000 index entries of an aggregation. ``writes``, ``deletes``: of accepted commits.
    """

    requests: Counter[str] = field(default_factory=Counter)
    documents: Counter[tuple[str, str]] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    reads: int = 0
    writes: int = 0
    deletes: int = 0

    def reset(self) -> None:
        for counter in (self.requests, self.documents, self.faults):
            counter.clear()
        self.reads = self.writes = self.deletes = 0


class Meter:
    """Counts one call while its answers go by."""

    def __init__(self, counts: Counts, lock: threading.Lock, method: str) -> None:
        self._counts, self._lock, self._method = counts, lock, method
        self._delivered = 0
        self._is_resumed = self._is_settled = False

    def request(self, raw: bytes) -> None:
        if self._method == "Listen":
            self._is_resumed = self._is_resumed or bool(_Listen.FromString(raw).add_target.resume_token)

    def answer(self, raw: bytes) -> None:
        with self._lock:
            if self._method == "BatchGetDocuments":
                got = _Got.FromString(raw)
                if got.WhichOneof("result"):
                    self._read(got.found.name or got.missing)
            elif self._method == "RunQuery":
                answered = _Answered.FromString(raw)
                if answered.HasField("document"):
                    self._read(answered.document.name)
            elif self._method == "RunAggregationQuery":
                fields = _Aggregated.FromString(raw).result.aggregate_fields
                entries = [value.integer_value for name, value in fields.items() if name.startswith("count")]
                self._delivered += 1
                self._counts.reads += max(1, math.ceil(max(entries, default=1) / 1000))
            elif self._method == "Listen":
                # The emulator sometimes writes two messages of a stream into one another (two threads, one call): they
                # pass as they are, and the client has to cope.
                with suppress(DecodeError):
                    self._heard(ListenResponse.FromString(raw))

    def ended(self, request: bytes | None) -> None:
        """The call was answered to its end."""
        with self._lock:
            if self._method == "RunQuery" and self._delivered == 0:
                self._counts.reads += 1
            elif self._method == "Commit" and request is not None:
                writes = _Commit.FromString(request).writes
                deleted = sum(write.WhichOneof("operation") == "delete" for write in writes)
                self._counts.deletes += deleted
                self._counts.writes += len(writes) - deleted

    def _heard(self, message: Any) -> None:
        if message.WhichOneof("response_type") == "document_change" and message.document_change.target_ids:
            self._read(message.document_change.document.name)
        change = message.target_change
        is_consistent = (
            change.target_change_type == NO_CHANGE and change.HasField("read_time") and not change.target_ids
        )
        if is_consistent and not self._is_settled:
            self._is_settled = True
            if self._delivered == 0 and not self._is_resumed:
                self._counts.reads += 1

    def _read(self, name: str) -> None:
        self._delivered += 1
        self._counts.reads += 1
        key = decode_key(name) if "/records/" in name else None
        self._counts.documents[(self._method, key[0] if key else name.rsplit("/", 2)[-2])] += 1
