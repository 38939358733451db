"""A backup a day, the last seven kept, those of a person untouched."""

import os
from pathlib import Path

from facturepro.services import backups, daily_backup, records
from facturepro.services.company import OpenCompany
from tests.conftest import Clock


def test_one_a_day_and_only_when_something_changed(company: OpenCompany, clock: Clock) -> None:
    assert daily_backup.is_due(company)
    made = daily_backup.create(company)
    stamp = clock.at.timestamp()
    os.utime(made, (stamp, stamp))
    assert not daily_backup.is_due(company)
    clock.advance(days=1)
    os.utime(company.db.path, (stamp - 60, stamp - 60))
    assert not daily_backup.is_due(company)
    os.utime(company.db.path, (stamp + 60, stamp + 60))
    assert daily_backup.is_due(company)


def test_the_last_seven_stay_and_those_of_a_person(company: OpenCompany, clock: Clock) -> None:
    own = backups.create(company)["file"]
    for day in range(10):
        records.create(company, "client", {"name": f"Client {day}"})
        daily_backup.create(company)
        clock.advance(days=1)
    names = sorted(path.name for path in company.backups_dir.glob("auto-*.zip"))
    assert len(names) == 7
    assert names[-1] == "auto-2026-11-29.zip"
    assert Path(own).exists()
    assert backups.read_manifest(company.backups_dir / names[-1])["company"] == "Atelier Boisvert"
