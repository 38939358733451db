"""Single calls to Firestore: deadlines, one new token when the first is refused, errors told apart, costs counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import grpc

from facturepro.sync.remotes.base import (
    CommitResult,
    PreconditionFailed,
    RemoteDocument,
    RemoteError,
    RemoteUnavailable,
    Summary,
    Usage,
    WriteRejected,
)
from facturepro.sync.remotes.firestore_codec import decode_plain, decode_record
from facturepro.sync.remotes.firestore_connection import Connection, Line
from facturepro.sync.remotes.firestore_errors import commit_error, read_error, status_of
from facturepro.sync.remotes.firestore_protocol import REQUEST_TIME, BatchGetDocumentsRequest
from facturepro.sync.remotes.firestore_queries import COUNT, SUM, After, summary_cost
from facturepro.sync.remotes.instants import instant_parts
from facturepro.sync.remotes.paths import field_path
from facturepro.sync.remotes.values import decode_timestamp, encode_value

COMMIT_SECONDS: Final = 30.0
GET_SECONDS: Final = 20.0
QUERY_SECONDS: Final = 120.0

Seen = tuple[dict[str, Any], str]
"""Values and version of a document that is not a record."""


class FirestoreCalls:
    def __init__(self, connection: Connection, usage: Usage) -> None:
        self._connection = connection
        self._usage = usage
        self._database = connection.target.database_path

    def commit(self, request: Any, own: int = 0) -> CommitResult:
        """Commits once; only a refused token, which is certain to have changed nothing, is tried a second time.

        Args:
            own: how many writes at the front are not the caller's: left out of the result and of error positions.
        """
        if not request.writes:
            raise ValueError("nothing to commit")
        try:
            with self._connection.line() as line:
                answer = self._authorised(lambda metadata: line.commit(request, COMMIT_SECONDS, metadata))
        except grpc.RpcError as error:
            raise _without_own(commit_error(error, request.writes), own) from error
        self._usage.add(writes=len(request.writes))
        versions = [decode_timestamp(result.update_time) for result in answer.write_results]
        return CommitResult(versions[own:], decode_timestamp(answer.commit_time))

    def get(self, names: Sequence[str]) -> Iterator[Any]:
        """The documents of these names that exist, in any order."""
        if not names:
            return
        for answer in self._answers(names):
            if answer.HasField("found"):
                yield answer.found

    def get_plain(self, names: Sequence[str]) -> list[Seen | None]:
        """Documents that are not records, in the order of ``names``; None: missing."""
        found = {
            document.name: (decode_plain(document), decode_timestamp(document.update_time))
            for document in self.get(names)
        }
        return [found.get(name) for name in names]

    def get_plain_at(self, name: str) -> tuple[Seen | None, str]:
        """One document that is not a record, and the server's time when it was read."""
        (answer,) = self._answers([name])
        at = decode_timestamp(answer.read_time)
        if not answer.HasField("found"):
            return None, at
        return (decode_plain(answer.found), decode_timestamp(answer.found.update_time)), at

    def collection(self, request: Any) -> list[Any]:
        """All documents that a query answers."""
        answers = self._stream(lambda line: line.run_query, request, GET_SECONDS)
        found = [answer.document for answer in answers if answer.HasField("document")]
        self._usage.add(reads=max(1, len(found)))
        return found

    def summary(self, request: Any) -> Summary:
        """The answer to a summary query, which is charged by what it counts."""
        answers = self._stream(lambda line: line.run_aggregation, request, GET_SECONDS)
        (answer,) = [answer for answer in answers if answer.HasField("result")]
        figures = answer.result.aggregate_fields
        count = figures[COUNT].integer_value
        self._usage.add(reads=summary_cost(count))
        return Summary(count, figures[SUM].integer_value, decode_timestamp(answer.read_time))

    def records(
        self, query: Callable[[After | None, str | None], Any], place: Callable[[RemoteDocument], str | int | None]
    ) -> Iterator[tuple[str, RemoteDocument | None]]:
        """(read time, record) for each record of a query; a pair without record when there is none.

        ``query(after, read_time)`` makes the request, ``place(record)`` is the value it is ordered by. A stream that breaks under way is continued behind the last record, at the same read time, as long as each
        attempt brings something.
        """
        read_time: str | None = None
        after: After | None = None
        count = 0
        while True:
            before = count
            try:
                for answer in self._stream(lambda line: line.run_query, query(after, read_time), QUERY_SECONDS):
                    read_time = read_time or decode_timestamp(answer.read_time)
                    record = None
                    if answer.HasField("document"):
                        count += 1
                        self._usage.add(reads=1)
                        record = decode_record(answer.document)
                        if record is not None and (value := place(record)) is not None:
                            after = (value, answer.document.name)
                    yield read_time, record
            except RemoteUnavailable:
                if count == before or after is None:
                    raise
                continue
            if count == before:
                self._usage.add(reads=1)  # a query that answers nothing costs one read
            return

    def _answers(self, names: Sequence[str]) -> Iterator[Any]:
        request = BatchGetDocumentsRequest(database=self._database, documents=names)
        yield from self._stream(lambda line: line.batch_get, request, GET_SECONDS)
        self._usage.add(reads=len(names))

    def _stream(self, stub: Callable[[Line], Any], request: Any, seconds: float) -> Iterator[Any]:
        try:
            with self._connection.line() as line:
                yield from self._authorised(lambda metadata: _begun(stub(line)(request, seconds, metadata)))
        except grpc.RpcError as error:
            raise read_error(error) from error

    def _authorised(self, call: Callable[[Any], Any]) -> Any:
        """The answer of ``call(metadata)``, with a new token when the first one is refused."""
        try:
            return call(self._connection.metadata())
        except grpc.RpcError as error:
            if status_of(error)[0] is not grpc.StatusCode.UNAUTHENTICATED:
                raise
        return call(self._connection.metadata(is_refused=True))


def add_plain_write(
    request: Any, name: str, values: dict[str, Any], stamped: str | None = None, merge: bool = False
) -> Any:
    """Adds the write of a document that is not a record.

    Args:
        stamped: the field that takes the server's time.
        merge: only these top-level fields change.
    """
    write = request.writes.add()
    write.update.name = name
    try:
        for key, value in values.items():
            encode_value(write.update.fields[key], value)
    except (ValueError, TypeError) as error:
        raise WriteRejected(None, str(error)) from error
    if merge:
        write.update_mask.SetInParent()
        write.update_mask.field_paths.extend(field_path(key) for key in values)
    if stamped is not None:
        transform = write.update_transforms.add()
        transform.field_path = stamped
        transform.set_to_server_value = REQUEST_TIME
    return write


def expect_seen(write: Any, seen: Seen | None) -> None:
    """The document must still be as it was seen, or still be missing."""
    if seen is None:
        write.current_document.exists = False
        return
    write.current_document.update_time.seconds, write.current_document.update_time.nanos = instant_parts(seen[1])


def _begun(stream: Any) -> Iterator[Any]:
    """The same messages, once the first is there: a refusal shows only then."""
    return _rest(next(stream, None), stream)


def _rest(first: Any, stream: Any) -> Iterator[Any]:
    try:
        if first is not None:
            yield first
            yield from stream
    finally:
        stream.cancel()


def _without_own(error: RemoteError, own: int) -> RemoteError:
    if isinstance(error, PreconditionFailed):
        error.indexes = tuple(index - own for index in error.indexes if index >= own)
    elif isinstance(error, WriteRejected) and error.index is not None:
        error.index = error.index - own if error.index >= own else None
    return error
