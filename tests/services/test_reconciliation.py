"""The check with the cloud as a person starts it, on the official emulator."""

import json
from pathlib import Path

import pytest
from sqlalchemy import text

from facturepro.services import cloud, reconciliation, records
from facturepro.services.company import OpenCompany
from tests.conftest import Clock
from tests.services.test_cloud import second, target_of
from tests.sync.emulator import Emulator

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(120)]


def test_a_check_compares_repairs_and_is_remembered(
    company: OpenCompany, emulator: Emulator, tmp_path: Path, clock: Clock
) -> None:
    client = records.create(company, "client", {"name": "Ali", "phone": "1"})
    target = target_of(emulator)
    cloud.join(company, target)
    cloud.sync_once(company)
    assert reconciliation.last(company) is None
    spent = cloud.budget(company).used["reads"]
    seen: list[tuple[int, int]] = []
    report = reconciliation.check(company, lambda done, total: seen.append((done, total)))
    assert (report["repaired"], report["is_clean"], report["is_complete"], report["reads"]) == (0, True, True, 1)
    assert seen[-1] == (report["compared"], report["compared"])
    assert reconciliation.last(company) == report and json.dumps(report)
    assert cloud.budget(company).used["reads"] > spent

    with company.db.engine.begin() as connection:  # as another tool would, past the capture
        connection.execute(text("UPDATE capture_context SET origin = 'remote'"))
        connection.execute(text("UPDATE client SET phone = 'rotten' WHERE id = :i"), {"i": client["id"]})
        connection.execute(text("UPDATE capture_context SET origin = 'local'"))
    report = reconciliation.check(company, is_cancelled=lambda: True)
    assert (report["is_complete"], report["repaired"]) == (False, 0)
    report = reconciliation.check(company)
    assert (report["restored"], report["conflicts"], report["is_clean"]) == (1, 1, True)
    assert records.get(company, "client", client["id"])["phone"] == "1"

    other = cloud.join_new(second(tmp_path, clock), target)
    cloud.sync_once(other)
    assert reconciliation.check(other)["is_clean"]
    cloud.sync_once(company)
    assert cloud.dump(company) == cloud.dump(other)
    other.close()
