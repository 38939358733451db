"""Taking a number of a central series: the document is sealed in a rehearsal, and becomes real where it becomes unique.

Nothing is written here before the cloud has it: the sealed document comes in the way of any document that another
computer issued. So a crash, or an answer that was lost, at whatever moment, leaves nothing to mend (decision 0011).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from facturepro.db.replication_records import Key, load
from facturepro.db.unit_of_work import UnitOfWork
from facturepro.domain.errors import UserError
from facturepro.sync import codec
from facturepro.sync.pull import Puller
from facturepro.sync.remotes.base import (
    CommitAmbiguous,
    Numbered,
    PreconditionFailed,
    RemoteError,
    SeriesHead,
    Write,
)

Rehearsal = Callable[[UnitOfWork, SeriesHead], "Rehearsed"]
"""Seals the document behind a head of its series, within a unit of work that is given up."""


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """``keys``: the document first, then what was made with it. ``on``: its date (ISO). ``seal``: its hash."""

    keys: Sequence[Key]
    on: str
    seal: str


def take_number(puller: Puller, series: str, known: SeriesHead, stamp: str, rehearse: Rehearsal) -> None:
    """Have ``rehearse`` seal a document behind the head of the series, store it in the cloud with its number, bring it in.

    ``stamp`` is reserved for what is made: it was given to a transaction of this computer that was kept. The file is only
    locked while the document is sealed, not during the exchange. ``puller`` is older than the exchange: what it answers is
    for the cloud that the file was in.

    Raises:
        RemoteError: as ``Remote.commit_numbered``; after PreconditionFailed, what stood in the way has been read again;
            after CommitAmbiguous, also when the document was numbered and could
            not be brought in, the record must be read again. What ``rehearse`` raises comes through, and no number is
            taken.
        UserError: ``cloud_moved``, before a number was taken.
    """
    made: list[Key] = []

    def build(head: SeriesHead) -> Numbered:
        with puller.home.write(origin="local") as work:
            work.rehearse(stamp)
            rehearsed = rehearse(work, head)
            records = load(work.session, rehearsed.keys)
            writes: list[Write] = [codec.write_of(records[key], work.device)[0] for key in rehearsed.keys]
        made[:] = rehearsed.keys
        return Numbered(writes, rehearsed.on, rehearsed.seal)

    try:
        puller.remote.commit_numbered(series, known, build)
    except PreconditionFailed as error:
        puller.refresh([made[index] for index in error.indexes if index < len(made)] or made)
        raise
    try:
        puller.refresh(made)
    except (RemoteError, UserError) as error:  # it has its number there, and this file does not know it yet
        raise CommitAmbiguous(str(error)) from error
