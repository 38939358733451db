"""One backup a day without being asked, the last seven kept."""

from datetime import timedelta
from pathlib import Path

from facturepro.services import backups
from facturepro.services.company import OpenCompany

PREFIX = "auto-"
KEPT = 7


def is_due(company: OpenCompany) -> bool:
    """Nothing was kept since yesterday, and there is something to keep: the file changed."""
    newest = _own(company)[-1:]
    if not newest:
        return True
    made_at = newest[0].stat().st_mtime
    is_old = company.now().timestamp() - made_at > timedelta(hours=20).total_seconds()
    return is_old and company.db.path.stat().st_mtime > made_at


def create(company: OpenCompany) -> Path:
    """Today's backup; older ones than the last seven go. Backups that a person made are never touched.

    Raises:
        UserError: full disk or unwritable folder. Nothing half-written is left, and no old backup is lost.
    """
    target = company.backups_dir / f"{PREFIX}{company.today().isoformat()}.zip"
    backups.create(company, target)
    for old in _own(company)[:-KEPT]:
        old.unlink(missing_ok=True)
    return target


def _own(company: OpenCompany) -> list[Path]:
    """Oldest first: the date is in the name."""
    return sorted(company.backups_dir.glob(f"{PREFIX}*.zip"))
