"""What this program uses of google-cloud-firestore: message classes and RPC paths, gathered in one place.

The high-level client is left aside on purpose: its Commit retries (a write may be applied twice), its listener is unfit
for an offline-first program, its transport logs whole payloads at DEBUG level, and it costs several times more per
document.
``tests/sync/test_firestore_library.py`` holds what is written here against the installed version.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from google.cloud.firestore_v1.types import aggregation_result as aggregation_types
from google.cloud.firestore_v1.types import document as document_types
from google.cloud.firestore_v1.types import firestore as rpc_types
from google.cloud.firestore_v1.types import query as query_types
from google.cloud.firestore_v1.types import write as write_types

# The raw classes under the proto-plus wrappers: no wrapping, no copying.
Document: Any = document_types.Document.pb()
Value: Any = document_types.Value.pb()
StructuredQuery: Any = query_types.StructuredQuery.pb()
CommitRequest: Any = rpc_types.CommitRequest.pb()
WriteMessage: Any = write_types.Write.pb()
BatchGetDocumentsRequest: Any = rpc_types.BatchGetDocumentsRequest.pb()
RunQueryRequest: Any = rpc_types.RunQueryRequest.pb()
RunAggregationQueryRequest: Any = rpc_types.RunAggregationQueryRequest.pb()
RunAggregationQueryResponse: Any = rpc_types.RunAggregationQueryResponse.pb()
AggregationResult: Any = aggregation_types.AggregationResult.pb()
ListenRequest: Any = rpc_types.ListenRequest.pb()
ListenResponse: Any = rpc_types.ListenResponse.pb()

_Operator = query_types.StructuredQuery.FieldFilter.Operator
GREATER_THAN = int(_Operator.GREATER_THAN)
GREATER_THAN_OR_EQUAL = int(_Operator.GREATER_THAN_OR_EQUAL)
LESS_THAN = int(_Operator.LESS_THAN)
AND = int(query_types.StructuredQuery.CompositeFilter.Operator.AND)
ASCENDING = int(query_types.StructuredQuery.Direction.ASCENDING)
REQUEST_TIME = int(write_types.DocumentTransform.FieldTransform.ServerValue.REQUEST_TIME)

_ChangeType = rpc_types.TargetChange.TargetChangeType
NO_CHANGE = int(_ChangeType.NO_CHANGE)
ADD = int(_ChangeType.ADD)
REMOVE = int(_ChangeType.REMOVE)
CURRENT = int(_ChangeType.CURRENT)
RESET = int(_ChangeType.RESET)


class Rpc(NamedTuple):
    """One remote procedure: its path, how it is called on a channel, and its messages."""

    path: str
    shape: str
    request: Any
    response: Any


COMMIT = Rpc("/google.firestore.v1.Firestore/Commit", "unary_unary", CommitRequest, rpc_types.CommitResponse.pb())
BATCH_GET = Rpc(
    "/google.firestore.v1.Firestore/BatchGetDocuments",
    "unary_stream",
    BatchGetDocumentsRequest,
    rpc_types.BatchGetDocumentsResponse.pb(),
)
RUN_QUERY = Rpc(
    "/google.firestore.v1.Firestore/RunQuery", "unary_stream", RunQueryRequest, rpc_types.RunQueryResponse.pb()
)
RUN_AGGREGATION = Rpc(
    "/google.firestore.v1.Firestore/RunAggregationQuery",
    "unary_stream",
    RunAggregationQueryRequest,
    RunAggregationQueryResponse,
)
LISTEN = Rpc("/google.firestore.v1.Firestore/Listen", "stream_stream", ListenRequest, ListenResponse)
