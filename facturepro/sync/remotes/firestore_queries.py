"""The queries of a company: its changed records, for one answer or for a stream, and its small collections."""

from __future__ import annotations

from typing import Any

from facturepro.sync.remotes.firestore_protocol import ASCENDING, GREATER_THAN, ListenRequest, RunQueryRequest
from facturepro.sync.remotes.instants import instant_parts

TARGET_ID = 1


def changes_query(parent: str, bound: str | None, after: tuple[str, str] | None, read_time: str | None) -> Any:
    """Records changed after ``bound``, oldest change first.

    Args:
        after: (updated_at, document name) of the last record that arrived, to go on behind it.
        read_time: the state to read, so that a continued answer fits its beginning.
    """
    request = RunQueryRequest(parent=parent)
    query = request.structured_query
    _select_changes(query, bound)
    for path in ("updated_at", "__name__"):
        order = query.order_by.add()
        order.field.field_path = path
        order.direction = ASCENDING
    if after is not None:
        updated_at, name = after
        _set_instant(query.start_at.values.add().timestamp_value, updated_at)
        query.start_at.values.add().reference_value = name
        query.start_at.before = False
    if read_time is not None:
        _set_instant(request.read_time, read_time)
        # Firestore takes read times in whole microseconds only.
        request.read_time.nanos -= request.read_time.nanos % 1000
    return request


def collection_query(parent: str, collection: str) -> Any:
    request = RunQueryRequest(parent=parent)
    request.structured_query.from_.add().collection_id = collection
    return request


def listen_request(database: str, parent: str, bound: str | None, resume_token: bytes | None) -> Any:
    request = ListenRequest(database=database)
    target = request.add_target
    target.target_id = TARGET_ID
    target.query.parent = parent
    _select_changes(target.query.structured_query, bound)
    if resume_token is not None:
        target.resume_token = resume_token
    return request


def _select_changes(query: Any, bound: str | None) -> None:
    query.from_.add().collection_id = "records"
    if bound is None:
        return
    condition = query.where.field_filter
    condition.field.field_path = "updated_at"
    condition.op = GREATER_THAN
    _set_instant(condition.value.timestamp_value, bound)


def _set_instant(stamp: Any, text: str) -> None:
    stamp.seconds, stamp.nanos = instant_parts(text)
