"""Small facts of this computer, kept in the company file and never synchronised."""

import json
from typing import Any

from sqlalchemy.orm import Session

from facturepro.db.replication_records import raw
from facturepro.db.replication_values import json_text


def get(session: Session, key: str, default: Any = None) -> Any:
    text = raw(session, "SELECT value FROM local_state WHERE key = ?", key).scalar_one_or_none()
    value = None if text is None else json.loads(text)
    return default if value is None else value


def put(session: Session, key: str, value: Any) -> None:
    text = None if value is None else json_text(value)
    raw(
        session,
        "INSERT INTO local_state (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        key,
        text,
    )


def remove(session: Session, key: str) -> None:
    raw(session, "DELETE FROM local_state WHERE key = ?", key)
