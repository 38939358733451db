"""What is used of google-cloud-firestore below its public surface, held against the installed version."""

from __future__ import annotations

from importlib.metadata import version

import pytest
from google.cloud.firestore_v1.services.firestore.transports.grpc import FirestoreGrpcTransport

from facturepro.sync.remotes import firestore_protocol as protocol


def test_the_version_is_the_one_this_was_written_for() -> None:
    assert version("google-cloud-firestore") == "2.34.1"


class _Recorder:
    """A channel that writes down which stubs the library's own transport makes on it."""

    def __init__(self) -> None:
        self.made: dict[str, str] = {}

    def __getattr__(self, shape: str) -> object:
        def make(path: str, **_how: object) -> None:
            self.made[path] = shape

        return make


@pytest.mark.parametrize(
    ("rpc", "stub"),
    [
        (protocol.COMMIT, "commit"),
        (protocol.BATCH_GET, "batch_get_documents"),
        (protocol.RUN_QUERY, "run_query"),
        (protocol.RUN_AGGREGATION, "run_aggregation_query"),
        (protocol.LISTEN, "listen"),
    ],
)
def test_paths_and_shapes_are_those_of_the_librarys_transport(rpc: protocol.Rpc, stub: str) -> None:
    recorder = _Recorder()
    transport = FirestoreGrpcTransport.__new__(FirestoreGrpcTransport)
    transport._stubs = {}
    transport._logged_channel = recorder  # type: ignore[assignment]
    getattr(transport, stub)
    assert recorder.made == {rpc.path: rpc.shape}


def test_the_raw_messages_have_the_fields_we_name() -> None:
    def names(message: object) -> set[str]:
        return {field.name for field in message.DESCRIPTOR.fields}  # type: ignore[attr-defined]

    write = protocol.CommitRequest().writes.add()
    assert {"update", "update_mask", "update_transforms", "current_document"} <= names(write)
    assert {"exists", "update_time"} <= names(write.current_document)
    assert {"field_path", "set_to_server_value"} <= names(write.update_transforms.add())
    query = protocol.StructuredQuery()
    assert {"from_", "where", "order_by", "start_at"} <= names(query)
    assert {"parent", "structured_query", "read_time"} <= names(protocol.RunQueryRequest())
    summary = protocol.RunAggregationQueryRequest()
    assert {"parent", "structured_aggregation_query"} <= names(summary)
    assert {"structured_query", "aggregations"} <= names(summary.structured_aggregation_query)
    assert {"count", "sum", "alias"} <= names(summary.structured_aggregation_query.aggregations.add())
    answer = protocol.RunAggregationQueryResponse()
    assert {"result", "read_time"} <= names(answer)
    assert {"aggregate_fields"} <= names(answer.result)
    listen = protocol.ListenRequest()
    assert {"database", "add_target"} <= names(listen)
    assert {"target_id", "query", "resume_token"} <= names(listen.add_target)
    response = protocol.ListenResponse()
    assert {"target_change", "document_change", "document_delete", "document_remove", "filter"} == names(response)
    change = response.target_change
    assert {"target_change_type", "target_ids", "cause", "resume_token", "read_time"} == names(change)


def test_the_numbers_on_the_wire() -> None:
    kinds = (protocol.NO_CHANGE, protocol.ADD, protocol.REMOVE, protocol.CURRENT, protocol.RESET)
    assert kinds == (0, 1, 2, 3, 4)
    assert (protocol.LESS_THAN, protocol.GREATER_THAN, protocol.GREATER_THAN_OR_EQUAL) == (1, 3, 4)
    assert (protocol.AND, protocol.ASCENDING, protocol.REQUEST_TIME) == (1, 1, 1)
