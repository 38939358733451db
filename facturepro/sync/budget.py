"""What the day has cost, against what is free."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from facturepro.sync.usage import quota_day

QUOTA = {"reads": 50_000, "writes": 20_000, "deletes": 20_000}
"""Free per day on Firestore."""
NEAR = 0.8
USAGE = "usage"
"""Key of ``local_state``: the day, its sums, and whether the cloud refused for it."""


@dataclass(frozen=True, slots=True)
class Budget:
    """``share``: of the quota that is nearest to its end, 1.0 when it is used up. ``level``: ok, near (from 80 %) or over.

    Only this computer's part is counted, so the cloud may refuse before the sum says so: then it is over as well.
    """

    used: dict[str, int]
    quota: dict[str, int]
    share: float
    level: str


def budget_of(kept: Mapping[str, Any] | None, now: datetime) -> Budget:
    """From what ``local_state`` keeps, which counts only on its own day."""
    today = kept if kept is not None and kept.get("day") == quota_day(now) else {}
    used = {name: int(today.get(name, 0)) for name in QUOTA}
    share = max(used[name] / QUOTA[name] for name in QUOTA)
    is_over = share >= 1 or bool(today.get("refused"))
    return Budget(used, dict(QUOTA), share, "over" if is_over else "near" if share >= NEAR else "ok")
