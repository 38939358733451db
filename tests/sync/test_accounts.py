"""The key of a service account: encrypted beside the data, its own key in the keyring and nowhere else."""

import json
import threading
from pathlib import Path

import keyring
import keyring.backend
import keyring.errors
import pytest

from facturepro.domain.errors import UserError
from facturepro.sync import accounts

KEY = {
    "type": "service_account",
    "project_id": "atelier",
    "client_email": "robot@atelier.iam",
    "private_key": "-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n",
    "token_uri": "https://oauth2.example/token",
}


class Ring(keyring.backend.KeyringBackend):
    """Passwords in memory, with the limit of Windows."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def set_password(self, service: str, username: str, password: str) -> None:
        assert len(password) <= 1280
        self.kept[service, username] = password

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def delete_password(self, service: str, username: str) -> None:
        if self.kept.pop((service, username), None) is None:
            raise keyring.errors.PasswordDeleteError


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Ring:
    made = Ring()
    before = keyring.get_keyring()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


def test_kept_encrypted_and_read_back(ring: Ring, tmp_path: Path) -> None:
    accounts.keep_service_account(tmp_path, "company", KEY)
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"secret" not in stored
    assert b"robot" not in stored
    assert accounts.service_account(tmp_path, "company") == KEY
    assert all("secret" not in value for value in ring.kept.values())
    accounts.forget(tmp_path, "company")
    assert ring.kept == {}
    assert list(tmp_path.iterdir()) == []
    accounts.forget(tmp_path, "company")  # nothing to forget is fine


def test_a_lost_or_foreign_key_asks_to_sign_in_again(ring: Ring, tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        accounts.service_account(tmp_path, "company")
    assert caught.value.code == "cloud_signin"
    accounts.keep_service_account(tmp_path, "company", KEY)
    accounts.keep_service_account(tmp_path, "other", KEY)  # the file now needs the other key
    with pytest.raises(UserError) as caught:
        accounts.service_account(tmp_path, "company")
    assert caught.value.code == "cloud_signin"


def test_without_a_keyring_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from keyring.backends import fail

    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    try:
        with pytest.raises(UserError, match="trousseau") as caught:
            accounts.keep_service_account(tmp_path, "company", KEY)
    finally:
        keyring.set_keyring(before)
    assert caught.value.code == "keyring_missing"
    assert list(tmp_path.iterdir()) == []


def test_a_keyring_that_waits_for_a_prompt_is_given_up(
    ring: Ring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = threading.Event()
    monkeypatch.setattr(accounts, "TIMEOUT_S", 0.05)
    monkeypatch.setattr(ring, "get_password", lambda *_names: answered.wait(20) and None)
    try:
        with pytest.raises(UserError) as caught:
            accounts.service_account(tmp_path, "company")
    finally:
        answered.set()
    assert caught.value.code == "keyring_missing"


@pytest.mark.parametrize(
    "content",
    ["", "not json", "[]", "{}", json.dumps({**KEY, "type": "user"}), json.dumps({"type": "service_account"})],
)
def test_a_file_that_is_no_key_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "key.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        accounts.read_service_account(path)
    assert caught.value.code == "cloud_key_invalid"


def test_a_real_key_file_is_read_and_a_missing_one_named(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    path.write_text(json.dumps(KEY), encoding="utf-8")
    assert accounts.read_service_account(path)["project_id"] == "atelier"
    with pytest.raises(UserError) as caught:
        accounts.read_service_account(tmp_path / "absent.json")
    assert caught.value.code == "file_missing"
