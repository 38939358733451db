"""A gRPC proxy between a client and the Firestore emulator that loses, doubles, delays, refuses and cuts - from a seed.

Bytes pass through as they are; messages are read only to count what Firestore would charge for. ``script`` says what
happens to the next calls of a method; after that a :class:`Plan` decides, the same way for the same seed: the n-th call
of a method always meets the same fault. One proxy for each device gives each its own network.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any

import grpc

from tests.sync import faults
from tests.sync.faults import Call, Fault, Plan
from tests.sync.wire_counts import Counts

SHAPES = {
    "Commit": "unary_unary",
    "BatchGetDocuments": "unary_stream",
    "RunQuery": "unary_stream",
    "RunAggregationQuery": "unary_stream",
    "Listen": "stream_stream",
}
_SERVICE = "/google.firestore.v1.Firestore/"
_THREADS = 24


class FaultProxy:
    """``host_port`` stands in for the emulator's. ``plan`` None: nothing goes wrong but what ``script`` says."""

    def __init__(self, upstream: str, plan: Plan | None = None) -> None:
        self.plan = plan
        self.token_lifetime: float | None = None  # seconds from a token's first use to its end; None: for good
        self._tokens: dict[str, float] = {}
        self.counts = Counts()
        self.lock = threading.Lock()
        self.pool = ThreadPoolExecutor(_THREADS)
        self.host_port = ""
        self._script: dict[str, queue.SimpleQueue[Fault | None]] = {method: queue.SimpleQueue() for method in SHAPES}
        self._numbers: Counter[str] = Counter()
        self._channel = grpc.insecure_channel(upstream, options=_UNLIMITED)
        self.stubs = {
            method: getattr(self._channel, shape)(_SERVICE + method, _same, _same) for method, shape in SHAPES.items()
        }
        self._server = grpc.server(ThreadPoolExecutor(_THREADS), options=_UNLIMITED)
        self._server.add_generic_rpc_handlers((_Handlers(self),))

    def start(self) -> None:
        self.host_port = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()

    def stop(self) -> None:
        self._server.stop(None).wait(10)
        self.pool.shutdown()
        self._channel.close()

    def script(self, method: str, *faults: Fault | None) -> None:
        """What happens to the next calls of this method, one each; None lets a call pass."""
        for fault in faults:
            self._script[method].put(fault)

    def calm(self) -> None:
        """From now on nothing goes wrong. Calls under way end as they were going to."""
        self.plan = None
        for waiting in self._script.values():
            with suppress(queue.Empty):
                while True:
                    waiting.get_nowait()

    def answer(self, method: str, requests: Iterator[bytes], context: Any) -> Iterator[bytes]:
        call = Call(self, method, requests, context)
        with self.lock:
            self.counts.requests[method] += 1
            number, self._numbers[method] = self._numbers[method], self._numbers[method] + 1
        left = self._seconds_left(context)
        fault = self._choose(method, number)
        if left is not None and left <= 0.0:
            fault = faults.expired()
        elif left is not None and method == "Listen" and fault is None:
            fault = faults.ends_with_its_token(left)
        if fault is not None:
            with self.lock:
                self.counts.faults[fault.name] += 1
        try:
            yield from call.forward() if fault is None else fault.run(call)
        except grpc.RpcError as error:
            if isinstance(error, grpc.Call):
                context.abort(error.code(), error.details())
            raise

    def count_expired(self) -> None:
        with self.lock:
            self.counts.faults["expired"] += 1

    def _seconds_left(self, context: Any) -> float | None:
        """Until the token of this call ends, as Firestore sees it (the emulator takes any)."""
        if self.token_lifetime is None:
            return None
        token = str(dict(context.invocation_metadata()).get("authorization"))
        with self.lock:
            end = self._tokens.setdefault(token, time.monotonic() + self.token_lifetime)
        return end - time.monotonic()

    def _choose(self, method: str, number: int) -> Fault | None:
        try:
            return self._script[method].get_nowait()
        except queue.Empty:
            plan = self.plan
            return plan.choose(method, number) if plan is not None else None


_UNLIMITED: Sequence[tuple[str, int]] = (
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", -1),
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.enable_retries", 0),
    ("grpc.so_reuseport", 0),
)


def _same(raw: bytes) -> bytes:
    return raw


class _Handlers(grpc.GenericRpcHandler):
    def __init__(self, proxy: FaultProxy) -> None:
        self._proxy = proxy

    def service(self, details: Any) -> Any:
        method = details.method.removeprefix(_SERVICE)
        shape = SHAPES.get(method)
        if shape is None:
            return None
        answer = self._proxy.answer
        behaviours: dict[str, Any] = {
            "unary_unary": lambda request, context: _last(answer(method, iter((request,)), context)),
            "unary_stream": lambda request, context: answer(method, iter((request,)), context),
            "stream_stream": lambda requests, context: answer(method, requests, context),
        }
        return getattr(grpc, f"{shape}_rpc_method_handler")(behaviours[shape])


def _last(answers: Iterator[bytes]) -> bytes:
    return list(answers)[-1]


@contextmanager
def running(upstream: str, plan: Plan | None = None) -> Iterator[FaultProxy]:
    proxy = FaultProxy(upstream, plan)
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()
