"""What another process writes to the same file is told here once, and own changes never twice."""

import subprocess
import sys

import pytest

from facturepro.db.events import Changes
from facturepro.services import records
from facturepro.services.company import OpenCompany

OTHER = """
import sys
from pathlib import Path
from facturepro.services import records
from facturepro.services.workspace import Workspace

company = Workspace(Path(sys.argv[1])).open()
made = records.create(company, "client", {"name": "Autre"})
records.update(company, "client", made["id"], {"phone": "0600"})
company.close()
print(made["id"])
"""


def other_process(company: OpenCompany) -> str:
    data_dir = company.folder.parent.parent
    done = subprocess.run(
        [sys.executable, "-c", OTHER, str(data_dir)], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.strip()


@pytest.fixture
def told(company: OpenCompany) -> list[Changes]:
    found: list[Changes] = []
    company.bus.subscribe(found.append)
    return found


def test_another_process_is_heard_once(company: OpenCompany, told: list[Changes]) -> None:
    assert company.db.publish_external() is False
    mine = records.create(company, "client", {"name": "A"})["id"]
    theirs = other_process(company)
    told.clear()
    assert company.db.publish_external() is True
    assert [(event.origin, event.records["client"]) for event in told] == [("external", frozenset([theirs]))]
    assert mine not in told[0].records["client"]
    assert company.db.publish_external() is False
    assert len(told) == 1
    assert records.get(company, "client", theirs)["phone"] == "0600"
    assert [row["id"] for row in records.page(company, records.ListQuery("client", text="autre")).rows] == [theirs]


def test_own_changes_are_not_told_again(company: OpenCompany, told: list[Changes]) -> None:
    for number in range(5):
        records.create(company, "client", {"name": f"A{number}"})
    told.clear()
    assert company.db.publish_external() is False
    assert told == []


def test_stamps_of_two_processes_never_meet(company: OpenCompany) -> None:
    records.create(company, "client", {"name": "A"})
    other_process(company)
    records.create(company, "client", {"name": "B"})
    with company.db.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT stamp FROM change_log ORDER BY seq").scalars().all()
    assert list(rows) == sorted(rows)
