"""Work on many things in one transaction, without one of them holding back the others."""

import logging
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from facturepro.db.failures import is_about_the_file
from facturepro.db.unit_of_work import UnitOfWork

T = TypeVar("T")
R = TypeVar("R")

_log = logging.getLogger(__name__)


def isolating(work: UnitOfWork, things: list[T], run: Callable[[list[T]], R], refuse: Callable[[T, str], R]) -> list[R]:
    """``run`` them all together, derived values and search included; halve until the ones are found for which that is
    impossible, and ``refuse`` these with the technical reason. Answers what the calls answered.

    Raises what is about the file (busy, full, damaged) and not about a thing.
    """
    if not things:
        return []
    try:
        with work.session.begin_nested():
            result = run(things)
            work.settle()
            return [result]
    except Exception as error:
        if isinstance(error, MemoryError) or is_about_the_file(error):
            raise
        if len(things) == 1:
            # A defect of this program counts as well: one thing waits for a better version, the others go on.
            _log.warning("something received was kept aside: %s", type(error).__name__)
            return [refuse(things[0], _said(error))]
    middle = len(things) // 2
    return [*isolating(work, things[:middle], run, refuse), *isolating(work, things[middle:], run, refuse)]


def _said(error: Exception) -> str:
    """Technical, without the values concerned (they may be a megabyte)."""
    text = str(error.orig) if isinstance(error, DBAPIError) else str(error).split("\n")[0]
    return f"{type(error).__name__}: {text}"[:300].encode("utf-8", "replace").decode()
