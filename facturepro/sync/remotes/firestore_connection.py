"""Channels to Firestore: who is asking, what is kept open, and what is thrown away when the network fails.

gRPC reconnects a broken channel by itself, and until its own back-off allows it answers at once with the old error.
That would both connect behind our back and miss the moment the network returns, so a channel that failed is replaced.
"""

from __future__ import annotations

import base64
import json
import platform
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, Self, runtime_checkable
from urllib.parse import quote

import grpc

from facturepro.sync.remotes.base import NotSignedIn, RemoteMisconfigured, RemoteUnavailable
from facturepro.sync.remotes.firestore_protocol import BATCH_GET, COMMIT, LISTEN, RUN_AGGREGATION, RUN_QUERY, Rpc
from facturepro.sync.remotes.uptime import uptime

TokenSource = Callable[[bool], str]
"""Answers a bearer token; called with True when the last one was refused, so that a new one is made.

May raise NotSignedIn or RemoteUnavailable.
"""


@runtime_checkable
class ExpiringTokens(Protocol):
    """A token source whose tokens end: a stream must be opened anew before its token does."""

    def __call__(self, is_refused: bool) -> str: ...

    def seconds_left(self) -> float:
        """Of the token that was last answered."""
        ...


_HOST = "firestore.googleapis.com:443"
_AUDIENCE = "https://firestore.googleapis.com/"
_PERSONS_ISSUER = "https://securetoken.google.com/"
_OPTIONS = (
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", -1),
    ("grpc.use_local_subchannel_pool", 1),  # no back-off shared with another channel
    ("grpc.enable_retries", 0),
)
_KEEPALIVE = (("grpc.keepalive_time_ms", 30_000), ("grpc.keepalive_timeout_ms", 15_000))
"""Not for the emulator: it closes the connection for it once a minute, and every new stream reads everything again."""


def token_claims(token: str) -> dict[str, Any]:
    """What a JWT says, unchecked (the server checks it); empty for any other token."""
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return {}
    return claims if isinstance(claims, dict) else {}


@dataclass(frozen=True)
class FirestoreTarget:
    """Which database, where, and with whose token."""

    project: str
    token: TokenSource | None
    host: str = _HOST
    is_secure: bool = True
    database: str = "(default)"

    @classmethod
    def emulator(cls, host_port: str, project: str, token: Callable[[], str] | None = None) -> Self:
        """The official emulator; without a token as its ``owner``, whom no rule binds."""
        return cls(project, (lambda _is_refused: token()) if token else (lambda _is_refused: "owner"), host_port, False)

    @classmethod
    def service_account(cls, path: str | Path, database: str = "(default)") -> Self:
        """A project of one's own, with its key file. Such a key bypasses the rules.

        Raises:
            RemoteMisconfigured: the file is not readable as such a key.
        """
        try:
            info = json.loads(Path(path).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise RemoteMisconfigured(f"not a service account key: {type(error).__name__}") from error
        return cls.service_account_info(info, database)

    @classmethod
    def service_account_info(cls, info: Mapping[str, Any], database: str = "(default)") -> Self:
        """The same with the content of the key file.

        Raises:
            RemoteMisconfigured: it is not such a key.
        """
        from google.auth import exceptions, jwt

        try:
            credentials = jwt.Credentials.from_service_account_info(dict(info), audience=_AUDIENCE)
            project = str(info["project_id"])
        except (ValueError, KeyError, TypeError, exceptions.GoogleAuthError) as error:
            raise RemoteMisconfigured(f"not a service account key: {type(error).__name__}") from error
        return cls(project, _JwtTokens(credentials), database=database)

    @classmethod
    def signed_in(cls, project: str, token: TokenSource, host_port: str = "") -> Self:
        """With the ID token of a person (Firebase Auth), so that the rules apply; ``host_port``: of an emulator."""
        return cls(project, token, host_port, False) if host_port else cls(project, token)

    @property
    def database_path(self) -> str:
        return f"projects/{self.project}/databases/{self.database}"


class _JwtTokens:
    """Tokens that the key file itself signs: no request to anyone."""

    def __init__(self, credentials: Any) -> None:
        self._credentials = credentials
        self._lock = threading.Lock()
        self._ends_at = 0.0

    def seconds_left(self) -> float:
        return self._ends_at - uptime()

    def __call__(self, is_refused: bool) -> str:
        with self._lock:
            if is_refused or not self._credentials.valid:
                self._credentials.refresh(None)
            token = self._credentials.token
            expiry = self._credentials.expiry.replace(tzinfo=UTC)
            self._ends_at = uptime() + (expiry - datetime.now(UTC)).total_seconds()
        return token.decode("ascii") if isinstance(token, bytes) else str(token)


class Line:
    """One channel with its stubs; closed when it is retired and the last call on it has ended."""

    def __init__(self, target: FirestoreTarget) -> None:
        if target.is_secure:
            self.channel = grpc.secure_channel(
                target.host, grpc.ssl_channel_credentials(), options=_OPTIONS + _KEEPALIVE
            )
        else:
            self.channel = grpc.insecure_channel(target.host, options=_OPTIONS)
        self.calls = 0
        self.is_retired = False
        self.commit = self._stub(COMMIT)
        self.batch_get = self._stub(BATCH_GET)
        self.run_query = self._stub(RUN_QUERY)
        self.run_aggregation = self._stub(RUN_AGGREGATION)
        self.listen = self._stub(LISTEN)

    def _stub(self, rpc: Rpc) -> Any:
        make = getattr(self.channel, rpc.shape)
        return make(
            rpc.path, request_serializer=rpc.request.SerializeToString, response_deserializer=rpc.response.FromString
        )


class Connection:
    """The line in use, and the metadata that goes with each call."""

    def __init__(self, target: FirestoreTarget) -> None:
        self.target = target
        self._lock = threading.Lock()
        self._line: Line | None = None
        self._is_closed = False
        database = quote(target.database_path, safe="")
        self._fixed_metadata = (
            ("google-cloud-resource-prefix", target.database_path),
            ("x-goog-request-params", f"database={database}"),
            ("x-goog-api-client", f"gl-python/{platform.python_version()} grpc/{grpc.__version__}"),
        )

    def metadata(self, is_refused: bool = False) -> tuple[tuple[str, str], ...]:
        """Raises NotSignedIn or RemoteUnavailable as the token source does."""
        if self.target.token is None:
            raise NotSignedIn("no credentials")
        return (*self._fixed_metadata, ("authorization", f"Bearer {self.target.token(is_refused)}"))

    def token_seconds(self) -> float | None:
        """How long the token that was last sent is good for; None: for good."""
        source = self.target.token
        return source.seconds_left() if isinstance(source, ExpiringTokens) else None

    def uid(self) -> str | None:
        """Whom the rules see; None: credentials that no rule binds. Raises as :meth:`metadata` does."""
        if self.target.token is None:
            raise NotSignedIn("no credentials")
        claims = token_claims(self.target.token(False))
        is_person = str(claims.get("iss", "")).startswith(_PERSONS_ISSUER)
        return str(claims["sub"]) if is_person and claims.get("sub") else None

    @contextmanager
    def line(self) -> Iterator[Line]:
        """The line to call on. A call that ends in UNAVAILABLE retires it: the next call connects anew, at once."""
        line = self._enter()
        try:
            yield line
        except grpc.RpcError as error:
            if isinstance(error, grpc.Call) and error.code() is grpc.StatusCode.UNAVAILABLE:
                self._retire(line)
            raise
        finally:
            self._leave(line)

    def own_line(self) -> Line:
        """A line for a listener alone, which closes it."""
        return Line(self.target)

    def close(self) -> None:
        """Ends everything under way."""
        with self._lock:
            self._is_closed = True
            line, self._line = self._line, None
        if line is not None:
            line.channel.close()

    def _enter(self) -> Line:
        with self._lock:
            if self._is_closed:
                raise RemoteUnavailable("this remote was closed")
            if self._line is None:
                self._line = Line(self.target)
            self._line.calls += 1
            return self._line

    def _retire(self, line: Line) -> None:
        with self._lock:
            line.is_retired = True
            if self._line is line:
                self._line = None

    def _leave(self, line: Line) -> None:
        with self._lock:
            line.calls -= 1
            is_done = line.is_retired and line.calls == 0
        if is_done:
            line.channel.close()
