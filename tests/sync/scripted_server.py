"""A Firestore that fails on command: answers each call with the next line of a script."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc

from facturepro.sync.remotes import firestore_protocol as protocol

Answer = Callable[[Any, Any], Any]


class ScriptedServer:
    """``script[path]`` holds what to do with the next calls; a call without a line fails as INTERNAL."""

    def __init__(self) -> None:
        self.script: dict[str, queue.SimpleQueue[Answer]] = {}
        self.calls: list[tuple[str, Any, dict[str, str]]] = []
        self.ends = threading.Event()
        self.host_port = ""

    def on(self, rpc: protocol.Rpc, *answers: Answer) -> None:
        lines = self.script.setdefault(rpc.path, queue.SimpleQueue())
        for answer in answers:
            lines.put(answer)

    def tokens(self) -> list[str]:
        return [metadata["authorization"] for _path, _request, metadata in self.calls]

    def answer(self, path: str, request: Any, context: Any) -> Any:
        self.calls.append((path, request, dict(context.invocation_metadata())))
        try:
            line = self.script[path].get_nowait()
        except (KeyError, queue.Empty):
            context.abort(grpc.StatusCode.INTERNAL, f"nothing scripted for {path}")
        return line(request, context)


def fails(code: grpc.StatusCode, details: str = "scripted") -> Answer:
    return lambda _request, context: context.abort(code, details)


def replies(message: Any) -> Answer:
    return lambda _request, _context: message


@contextmanager
def running() -> Iterator[ScriptedServer]:
    scripted = ScriptedServer()
    server = grpc.server(ThreadPoolExecutor(8))
    server.add_generic_rpc_handlers((_Handlers(scripted),))
    port = server.add_insecure_port("127.0.0.1:0")
    scripted.host_port = f"127.0.0.1:{port}"
    server.start()
    try:
        yield scripted
    finally:
        scripted.ends.set()
        server.stop(None).wait(5)


class _Handlers(grpc.GenericRpcHandler):
    def __init__(self, scripted: ScriptedServer) -> None:
        self._scripted = scripted

    def service(self, details: Any) -> Any:
        rpcs = (protocol.COMMIT, protocol.BATCH_GET, protocol.RUN_QUERY, protocol.LISTEN)
        rpc = next((rpc for rpc in rpcs if rpc.path == details.method), None)
        if rpc is None:
            return None
        make = getattr(grpc, f"{rpc.shape}_rpc_method_handler")
        return make(
            {"unary_unary": self._unary, "unary_stream": self._stream, "stream_stream": self._both}[rpc.shape](
                rpc.path
            ),
            request_deserializer=rpc.request.FromString,
            response_serializer=rpc.response.SerializeToString,
        )

    def _unary(self, path: str) -> Answer:
        return lambda request, context: self._scripted.answer(path, request, context)

    def _stream(self, path: str) -> Answer:
        def stream(request: Any, context: Any) -> Iterator[Any]:
            yield from self._scripted.answer(path, request, context)

        return stream

    def _both(self, path: str) -> Answer:
        def both(requests: Iterator[Any], context: Any) -> Iterator[Any]:
            yield from self._scripted.answer(path, next(requests), context)

        return both
