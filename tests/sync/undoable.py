"""What a person who comes back to a company file could take back or do again, read from its trail.

The window remembers its own steps (``services/undoing.py``); tests begin with a file.
"""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from facturepro.db.replication_records import raw


@dataclass(frozen=True, slots=True)
class Undoable:
    """A transaction of a person on this computer. ``undoes``: the transaction that it took back, if it is an undo."""

    stamp: str
    label: str
    undoes: str | None = None


_IN_EFFECT = """NOT EXISTS (SELECT 1 FROM change_transaction u WHERE u.undoes = t.stamp
        AND NOT EXISTS (SELECT 1 FROM change_transaction r WHERE r.undoes = u.stamp))"""
_LAST_DONE = f"""SELECT t.stamp, t.label, t.undoes FROM change_transaction t WHERE t.origin = 'local' AND t.undoes IS NULL
    AND EXISTS (SELECT 1 FROM change_log c WHERE c.stamp = t.stamp AND c.origin = 'local')
    AND {_IN_EFFECT} ORDER BY t.stamp DESC LIMIT 1"""
_LAST_UNDO = f"""SELECT t.stamp, d.label, t.undoes FROM change_transaction t JOIN change_transaction d ON d.stamp = t.undoes
    WHERE t.origin = 'local' AND d.undoes IS NULL AND {_IN_EFFECT} ORDER BY t.stamp DESC LIMIT 1"""


def last_undoable(session: Session) -> Undoable | None:
    """The latest transaction that is in effect: not an undo, and not taken back (or taken back and done again)."""
    row = raw(session, _LAST_DONE).one_or_none()
    return Undoable(*row) if row else None


def last_redoable(session: Session) -> Undoable | None:
    """The latest undo, unless something new was done since: its stamp goes to ``undo``. The label is the original's."""
    found = raw(session, _LAST_UNDO).one_or_none()
    newest = last_undoable(session)
    if found is None or (newest is not None and newest.stamp > found[0]):
        return None
    return Undoable(*found)
