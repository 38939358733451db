"""The ID token of a person who signed in: made from the refresh token in the keyring, and made anew in time.

Knows nothing of how somebody signs in; it needs a store that holds a refresh token, and the project's web API key.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any, Protocol

from facturepro.domain.errors import UserError
from facturepro.sync.remotes.base import NotSignedIn, QuotaExceeded, RemoteMisconfigured, RemoteUnavailable
from facturepro.sync.remotes.uptime import uptime

_log = logging.getLogger(__name__)

ENDPOINT = "https://securetoken.googleapis.com/v1/token"
MARGIN_SECONDS = 300.0
"""A token is made anew this long before it expires."""
_JUST_MADE_SECONDS = 30.0
_TIMEOUTS = (10.0, 15.0)  # to connect, and between two bytes of the answer
_MISCONFIGURED = ("API_KEY", "API key", "CONFIGURATION_NOT_FOUND", "PROJECT_NOT_FOUND", "OPERATION_NOT_ALLOWED")
_TOO_MANY = ("TOO_MANY_ATTEMPTS_TRY_LATER", "QUOTA_EXCEEDED", "RESOURCE_EXHAUSTED")


class RefreshTokenStore(Protocol):
    """``accounts.RefreshTokens`` in the program. Both may raise UserError."""

    def read(self) -> str | None: ...

    def keep(self, token: str) -> None: ...


class IdTokenCredentials:
    """A token source (see ``FirestoreTarget``) for any number of threads: one refresh at a time serves them all.

    Args:
        store: where the refresh token is; what the service answers replaces it there.
        api_key: the project's web API key (public; it names the project).
        endpoint: of the token service; for the Auth emulator ``http://host/securetoken.googleapis.com/v1/token``.
        clock: seconds that pass in sleep too.
        margin: seconds before its end at which a token is made anew.
    """

    def __init__(
        self,
        store: RefreshTokenStore,
        api_key: str,
        endpoint: str = ENDPOINT,
        clock: Callable[[], float] = uptime,
        margin: float = MARGIN_SECONDS,
    ) -> None:
        self._store = store
        self._api_key = api_key
        self._endpoint = endpoint
        self._clock = clock
        self._margin = margin
        self._lock = threading.Lock()
        self._token = ""
        self._made_at = self._ends_at = 0.0
        self._unstored: str | None = None

    def __call__(self, is_refused: bool = False) -> str:
        """The token to send. ``is_refused``: the server did not take the last one.

        Raises:
            NotSignedIn: nobody signed in, or the account was disabled, removed, or signed out everywhere.
            RemoteUnavailable: the token service is not reached; the refresh token stays where it is.
            RemoteMisconfigured: the API key is not one of a project with sign-in.
        """
        with self._lock:
            now = self._clock()
            # Who was refused while another thread refreshed had the former token.
            is_stale = is_refused and now - self._made_at >= _JUST_MADE_SECONDS
            if not self._token or is_stale or now >= self._ends_at - self._margin:
                self._refresh()
            return self._token

    def seconds_left(self) -> float:
        """How long the token that was last answered is good for."""
        return self._ends_at - self._clock()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._endpoint!r})"  # never a token, whoever logs it

    def _refresh(self) -> None:
        refresh_token = self._unstored or self._stored()
        try:
            answer = self._ask(refresh_token)
        except NotSignedIn:
            renewed = self._stored()
            if renewed == refresh_token:
                raise
            answer = self._ask(renewed)  # another process of this program renewed it, or the person signed in again
            refresh_token = renewed
        try:
            token, seconds = str(answer["id_token"]), float(answer["expires_in"])
            returned = str(answer.get("refresh_token") or refresh_token)
        except (KeyError, TypeError, ValueError) as error:
            raise RemoteUnavailable("the token service answers something else") from error
        now = self._clock()
        self._token, self._made_at, self._ends_at = token, now, now + seconds
        if returned != refresh_token or self._unstored:
            self._keep(returned)

    def _stored(self) -> str:
        try:
            found = self._store.read()
        except UserError as error:
            raise NotSignedIn(error.message) from error
        if not found:
            raise NotSignedIn("no refresh token")
        return found

    def _keep(self, refresh_token: str) -> None:
        self._unstored = refresh_token
        try:
            self._store.keep(refresh_token)
        except UserError as error:  # good until the program ends; stored at the next refresh
            _log.warning("the renewed sign-in is not stored: %s", error.code)
        else:
            self._unstored = None

    def _ask(self, refresh_token: str) -> dict[str, Any]:
        import requests  # comes with google-api-core, and brings the certificates

        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        try:
            answer = requests.post(
                self._endpoint, params={"key": self._api_key}, data=form, timeout=_TIMEOUTS, allow_redirects=False
            )
            body = answer.json()
        except ValueError as error:  # a page of a hotel's network, for instance
            raise RemoteUnavailable(f"the token service answers no JSON: {type(error).__name__}") from None
        except requests.RequestException as error:  # its text holds the address with the key
            raise RemoteUnavailable(f"the token service is not reached: {type(error).__name__}") from None
        if not isinstance(body, dict):
            raise RemoteUnavailable("the token service answers something else")
        if answer.status_code != 200:
            raise _refusal(answer.status_code, body)
        return body


def _refusal(status: int, body: dict[str, Any]) -> Exception:
    error = body.get("error")
    message = str(error.get("message", "")) if isinstance(error, dict) else str(error or "")
    said = f"{status} {message}".strip()
    if status == 429 or message.startswith(_TOO_MANY):
        return QuotaExceeded(said)
    if status in (400, 401, 403):
        return RemoteMisconfigured(said) if any(word in message for word in _MISCONFIGURED) else NotSignedIn(said)
    return RemoteUnavailable(said)
