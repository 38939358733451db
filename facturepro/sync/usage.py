"""The day that Firestore's free quota counts: midnight to midnight in Pacific time."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

_PACIFIC = ZoneInfo("America/Los_Angeles")


def quota_day(now: datetime) -> str:
    """ISO date of the quota day at an aware instant."""
    return now.astimezone(_PACIFIC).date().isoformat()


def quota_reset(now: datetime) -> datetime:
    """When the next quota day begins."""
    local = now.astimezone(_PACIFIC)
    return (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
