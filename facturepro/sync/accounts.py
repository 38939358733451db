"""Secrets of the cloud. Only the operating system's keyring holds one, and never more than a short key.

A service account file (2.3 KB) does not fit into a Windows credential (1,280 characters), so it is kept encrypted in
the company's folder and its 44-character key in the keyring.
"""

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from facturepro.domain.errors import UserError
from facturepro.i18n import _

SERVICE = "FacturePro"
KEY_FILE = "cloud-key.enc"
WINDOWS_LIMIT_BYTES = 2560  # of one credential, which is kept in UTF-16; refresh tokens have some 300 characters
TIMEOUT_S = 20.0  # a locked keyring with a display waits for its prompt
_REQUIRED = ("project_id", "client_email", "private_key", "token_uri")

T = TypeVar("T")


def read_service_account(path: Path) -> dict[str, Any]:
    """A Google service account key file.

    Raises:
        UserError: missing or not such a file.
    """
    try:
        info = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UserError("file_missing", path=str(path)) from error
    except (OSError, ValueError) as error:
        raise UserError("cloud_key_invalid", path=str(path)) from error
    is_key = isinstance(info, dict) and info.get("type") == "service_account" and all(info.get(k) for k in _REQUIRED)
    if not is_key:
        raise UserError("cloud_key_invalid", path=str(path))
    return dict(info)


def keep_service_account(folder: Path, company_id: str, info: dict[str, Any]) -> None:
    """Encrypt the key into the company's folder. Raises UserError ``keyring_missing``; then nothing is kept."""
    from cryptography.fernet import Fernet

    key = Fernet.generate_key()
    _keyring(lambda ring: ring.set_password(SERVICE, company_id, key.decode()))
    target = folder / KEY_FILE
    temporary = target.with_suffix(".tmp")
    temporary.write_bytes(Fernet(key).encrypt(json.dumps(info).encode()))
    temporary.replace(target)


def service_account(folder: Path, company_id: str) -> dict[str, Any]:
    """The kept key. Raises UserError ``keyring_missing`` or ``cloud_signin``."""
    from cryptography.fernet import Fernet, InvalidToken

    key = _keyring(lambda ring: ring.get_password(SERVICE, company_id))
    path = folder / KEY_FILE
    if not key or not path.exists():
        raise UserError("cloud_signin", cause=_("la clé du compte de service est absente de cet ordinateur"))
    try:
        return dict(json.loads(Fernet(key.encode()).decrypt(path.read_bytes())))
    except (InvalidToken, ValueError) as error:
        raise UserError("cloud_signin", cause=_("la clé du compte de service est illisible")) from error


class RefreshTokens:
    """The refresh token of the person who uses a company's cloud: one entry of the keyring."""

    def __init__(self, company_id: str) -> None:
        self._entry = f"{company_id}/refresh"

    def read(self) -> str | None:
        """None: nobody signed in. Raises UserError ``keyring_missing``."""
        found: str | None = _keyring(lambda ring: ring.get_password(SERVICE, self._entry))
        return found or None

    def keep(self, token: str) -> None:
        """Raises UserError ``keyring_missing``, or ``keyring_entry_long`` for what no Windows credential holds."""
        if len(token.encode("utf-16-le")) > WINDOWS_LIMIT_BYTES:
            raise UserError("keyring_entry_long")
        _keyring(lambda ring: ring.set_password(SERVICE, self._entry, token))

    def forget(self) -> None:
        """Signed out; nothing to remove is fine."""
        import keyring.errors

        with suppress(keyring.errors.PasswordDeleteError):
            _keyring(lambda ring: ring.delete_password(SERVICE, self._entry))


def forget(folder: Path, company_id: str) -> None:
    """Remove what is kept; nothing to remove is fine."""
    import keyring.errors

    path = folder / KEY_FILE
    if path.exists():
        path.unlink()
        with suppress(keyring.errors.PasswordDeleteError):
            _keyring(lambda ring: ring.delete_password(SERVICE, company_id))


def backend_name() -> str:
    """For the bug report: which keyring answers, or why none does."""
    try:
        return str(_keyring(lambda ring: type(ring.get_keyring()).__name__))
    except UserError as error:
        return error.message


def _keyring(work: Callable[[Any], T]) -> T:
    """Run on a thread of its own: some keyrings block on a prompt that nobody sees."""
    import keyring
    import keyring.errors

    outcome: list[Any] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            outcome.append(work(keyring))
        except BaseException as error:  # noqa: BLE001  handed to the caller below
            failure.append(error)

    thread = threading.Thread(target=run, name="keyring", daemon=True)
    thread.start()
    thread.join(TIMEOUT_S)
    if thread.is_alive():
        raise UserError("keyring_missing", reason="pas de réponse")
    if failure:
        if isinstance(failure[0], keyring.errors.PasswordDeleteError):
            raise failure[0]
        if isinstance(failure[0], (keyring.errors.KeyringError, RuntimeError)):
            raise UserError("keyring_missing", reason=str(failure[0]) or type(failure[0]).__name__) from failure[0]
        raise failure[0]
    result: T = outcome[0]
    return result
