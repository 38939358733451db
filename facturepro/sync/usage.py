"""The day that Firestore's free quota counts: midnight to midnight in Pacific time."""

from datetime import datetime
from zoneinfo import ZoneInfo


def quota_day(now: datetime) -> str:
    """ISO date of the quota day at an aware instant."""
    return now.astimezone(ZoneInfo("America/Los_Angeles")).date().isoformat()
