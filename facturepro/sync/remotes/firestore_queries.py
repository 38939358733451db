"""The queries of a company: its changed records, for one answer or for a stream, its buckets, its small collections."""

from __future__ import annotations

from typing import Any, Final

from facturepro.sync.remotes.firestore_protocol import (
    AND,
    ASCENDING,
    GREATER_THAN,
    GREATER_THAN_OR_EQUAL,
    LESS_THAN,
    ListenRequest,
    RunAggregationQueryRequest,
    RunQueryRequest,
)
from facturepro.sync.remotes.instants import instant_parts

TARGET_ID = 1
COUNT, SUM = "count", "sum"
"""Names of the two figures in the answer to :func:`summary_query`."""
_INDEX_ENTRIES_A_READ: Final = 1000

After = tuple[str | int, str]
"""What the query is ordered by (``updated_at`` or ``bucket``) and the name, of the last document that arrived."""


def changes_query(parent: str, bound: str | None, after: After | None, read_time: str | None) -> Any:
    """Records changed after ``bound``, oldest change first.

    Args:
        after: to go on behind a record.
        read_time: the state to read, so that a continued answer fits its beginning.
    """
    request = RunQueryRequest(parent=parent)
    _select_changes(request.structured_query, bound)
    _ordered(request, "updated_at", after, read_time)
    return request


def bucket_query(parent: str, low: int, high: int, after: After | None, read_time: str | None) -> Any:
    """Records whose bucket is in [low, high), by bucket; the other arguments as for :func:`changes_query`."""
    request = RunQueryRequest(parent=parent)
    _select_buckets(request.structured_query, low, high)
    _ordered(request, "bucket", after, read_time)
    return request


def summary_query(parent: str, low: int, high: int) -> Any:
    """How many records are in these buckets, and the sum of their digests."""
    request = RunAggregationQueryRequest(parent=parent)
    query = request.structured_aggregation_query
    _select_buckets(query.structured_query, low, high)
    count = query.aggregations.add(alias=COUNT)
    count.count.SetInParent()
    query.aggregations.add(alias=SUM).sum.field.field_path = "digest"
    return request


def summary_cost(count: int) -> int:
    """What is charged for an aggregation over so many records."""
    return max(1, -(-count // _INDEX_ENTRIES_A_READ))


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


def _select_buckets(query: Any, low: int, high: int) -> None:
    query.from_.add().collection_id = "records"
    both = query.where.composite_filter
    both.op = AND
    for operator, value in ((GREATER_THAN_OR_EQUAL, low), (LESS_THAN, high)):
        condition = both.filters.add().field_filter
        condition.field.field_path = "bucket"
        condition.op = operator
        condition.value.integer_value = value


def _ordered(request: Any, by: str, after: After | None, read_time: str | None) -> None:
    query = request.structured_query
    for path in (by, "__name__"):
        order = query.order_by.add()
        order.field.field_path = path
        order.direction = ASCENDING
    if after is not None:
        value, name = after
        start = query.start_at.values.add()
        if isinstance(value, int):
            start.integer_value = value
        else:
            _set_instant(start.timestamp_value, value)
        query.start_at.values.add().reference_value = name
        query.start_at.before = False
    if read_time is not None:
        _set_instant(request.read_time, read_time)
        # Firestore takes read times in whole microseconds only.
        request.read_time.nanos -= request.read_time.nanos % 1000


def _set_instant(stamp: Any, text: str) -> None:
    stamp.seconds, stamp.nanos = instant_parts(text)
