"""gRPC statuses of Firestore, told apart by what the engine has to do next."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import grpc

from facturepro.sync.remotes.base import (
    AccessDenied,
    CommitAmbiguous,
    Contention,
    NotSignedIn,
    PreconditionFailed,
    QuotaExceeded,
    RemoteError,
    RemoteMisconfigured,
    RemoteUnavailable,
    WriteRejected,
)

_Code = grpc.StatusCode

# What gRPC says when a request never left this computer: the connection itself could not be made.
_NEVER_SENT = (
    "failed to connect to all addresses",
    "failed to create channel",
    "dns resolution failed",
    "errors resolving",
    "name resolution",
    "hostname lookup",
    "address lookup failed",
)
_NO_API = ("has not been used in project", "api is not enabled", "is disabled", "consumer_invalid")


def status_of(error: grpc.RpcError) -> tuple[grpc.StatusCode, str]:
    """Code and message of any gRPC error."""
    code = error.code() if isinstance(error, grpc.Call) else _Code.UNKNOWN
    details = error.details() if isinstance(error, grpc.Call) else str(error)
    return code or _Code.UNKNOWN, details or ""


def read_error(error: grpc.RpcError) -> RemoteError:
    """For calls that change nothing."""
    code, details = status_of(error)
    return _error_of(code, details) or RemoteUnavailable(_said(code, details))


def commit_error(error: grpc.RpcError, writes: Sequence[Any]) -> RemoteError:
    """For a Commit of these ``google.firestore.v1.Write``; everything that is not certain is a CommitAmbiguous."""
    code, details = status_of(error)
    names = [write.update.name for write in writes]
    if code in (_Code.ALREADY_EXISTS, _Code.FAILED_PRECONDITION):
        return PreconditionFailed(_said(code, details), _positions(details, names) or _based_on(details, writes))
    if code is _Code.NOT_FOUND and _names_document(details):
        return PreconditionFailed(_said(code, details), _positions(details, names))
    if code in (_Code.INVALID_ARGUMENT, _Code.OUT_OF_RANGE):
        positions = _positions(details, names)
        index = positions[0] if positions else (0 if len(names) == 1 else None)
        return WriteRejected(index, _said(code, details))
    if code is _Code.UNAVAILABLE and any(text in details.lower() for text in _NEVER_SENT):
        return RemoteUnavailable(_said(code, details))
    return _error_of(code, details) or CommitAmbiguous(_said(code, details))


def _error_of(code: grpc.StatusCode, details: str) -> RemoteError | None:
    """What is certain from the status alone; None: unreachable, or no telling."""
    said = _said(code, details)
    if code is _Code.UNAUTHENTICATED:
        return NotSignedIn(said)
    if code is _Code.PERMISSION_DENIED:
        is_missing = any(text in details.lower() for text in _NO_API)
        return RemoteMisconfigured(said) if is_missing else AccessDenied(said)
    if code is _Code.RESOURCE_EXHAUSTED:
        return QuotaExceeded(said)
    if code is _Code.ABORTED:
        return Contention(said)
    if code in (_Code.NOT_FOUND, _Code.FAILED_PRECONDITION, _Code.INVALID_ARGUMENT, _Code.UNIMPLEMENTED):
        return RemoteMisconfigured(said)
    return None


def _said(code: Any, details: str) -> str:
    return f"{code.name}: {details}" if details else str(code.name)


def _names_document(details: str) -> bool:
    return "/documents/" in details or "document to update" in details.lower()


def _positions(details: str, names: Sequence[str]) -> tuple[int, ...]:
    """Positions of the documents that a message names, compared by their last path segment (messages vary)."""
    words = set(re.split(r"[^\w.~:-]+", details))
    return tuple(
        index for index, name in enumerate(names) if name in details or name.rsplit("/", 1)[-1].rstrip(".") in words
    )


def _based_on(details: str, writes: Sequence[Any]) -> tuple[int, ...]:
    """The one write that was based on the version (in microseconds) that a message calls required."""
    match = re.search(r"required base version \((\d+)\)", details)
    if match is None:
        return ()
    seconds, micros = divmod(int(match[1]), 1_000_000)
    found = tuple(
        index
        for index, write in enumerate(writes)
        if write.current_document.update_time.seconds == seconds
        and write.current_document.update_time.nanos // 1000 == micros
    )
    return found if len(found) == 1 else ()
