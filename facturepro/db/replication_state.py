"""Stamps of values that nobody typed."""

from collections.abc import Iterable

from sqlalchemy import text
from sqlalchemy.orm import Session

from facturepro.domain.clock import default_stamp


def forget_default_stamps(session: Session, device: str, keys: Iterable[tuple[str, str]]) -> None:
    """Give these records stamps older than any change: whatever another computer has typed stands over them."""
    statement = text(
        "UPDATE record_state SET clock = (SELECT json_group_object(key, :stamp) FROM json_each(clock)) "
        "WHERE kind = :kind AND record_id = :record_id"
    )
    for kind, record_id in keys:
        session.execute(statement, {"stamp": default_stamp(device), "kind": kind, "record_id": record_id})
