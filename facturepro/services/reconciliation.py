"""The check with the cloud: does it hold what this computer holds? What differs is repaired."""

from contextlib import closing
from dataclasses import asdict
from typing import Any

from facturepro.db import local_state
from facturepro.services import cloud
from facturepro.services.company import OpenCompany
from facturepro.sync.giving_up import closed_when
from facturepro.sync.pull import IsOver, OnProgress, never, unseen
from facturepro.sync.reconcile import LAST


def last(company: OpenCompany) -> dict[str, Any] | None:
    """What the last complete check found, the weekly ones included; None when there was none. Works offline.

    ``at`` (ISO, UTC, the cloud's clock), ``compared``, ``repaired``, ``is_clean`` (nothing is left that differs), and the
    rest of ``check``.
    """
    with company.db.read() as session:
        found = local_state.get(session, LAST)
    return None if found is None else _shown(found)


def check(
    company: OpenCompany,
    progress: OnProgress = unseen,
    is_cancelled: IsOver = never,
) -> dict[str, Any]:
    """Exchange, then compare every record with the cloud and repair what differs; takes seconds to minutes.

    Args:
        progress: told (records compared, records in all).
        is_cancelled: asked several times a second; a check that was stopped answers ``is_complete`` False, and what it
            had repaired stays repaired.

    Returns:
        ``at``, ``compared``, ``repaired`` (records: ``fetched`` from the cloud, ``restored`` to its content, ``requeued``
        to be sent, ``removed`` as they were there, ``resealed``: their digest written again), ``is_clean``, ``is_complete``,
        ``conflicts`` (entries for the inbox), ``reads``, ``writes``, ``blocked`` (``update_required`` when the company asks for
        a newer version of this program: then nothing was sent; else empty).

    Raises:
        UserError: not joined, unreachable, refused.
    """
    with cloud.told_apart():
        engine = cloud.make_engine(company)
        with closing(engine.remote), closed_when(is_cancelled, engine.remote, cloud.GRACE_S):
            report = engine.check(is_cancelled, progress)
    return _shown(asdict(report))


def _shown(report: dict[str, Any]) -> dict[str, Any]:
    at = report["at"]
    return {**report, "at": at[:23] + "Z" if at else ""}
