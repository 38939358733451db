"""A restored backup put in the place of an open file: nothing is written, neither into the new file nor into the old one."""

import os
import shutil
from pathlib import Path

import pytest

from facturepro.db.database import Database
from facturepro.db.models import Client
from facturepro.domain.errors import UserError
from tests.sync.devices import new_database


def names(path: Path) -> list[str]:
    database = Database(path)
    try:
        with database.read() as session:
            return [row.name for row in session.query(Client)]
    finally:
        database.close()


@pytest.mark.parametrize("is_pool_empty", [False, True])
def test_a_file_in_the_place_of_the_open_one_is_not_taken_for_it(tmp_path: Path, is_pool_empty: bool) -> None:
    folder, aside, backup = (tmp_path / name for name in ("one", "aside", "backup"))
    folder.mkdir()
    path = folder / "company.db"
    new_database(path, "aaaa").close()
    shutil.copytree(folder, backup)
    database = Database(path)
    with database.write() as work:
        work.add(Client(name="kept"))
    os.replace(folder, aside)  # as a restoration does it
    os.replace(backup, folder)
    if is_pool_empty:
        database.engine.dispose()  # the next connection is a new one
    with pytest.raises(UserError) as caught, database.write() as work:
        work.add(Client(name="too late"))
    assert caught.value.code == "company_closed"
    assert names(path) == []
    os.replace(folder, backup)
    os.replace(aside, folder)
    with database.write() as work:  # it is back
        work.add(Client(name="in time"))
    database.close()
    assert names(path) == ["kept", "in time"]


def test_a_folder_that_was_moved_away_is_no_bug(tmp_path: Path) -> None:
    folder = tmp_path / "one"
    folder.mkdir()
    database = new_database(folder / "company.db", "aaaa")
    os.replace(folder, tmp_path / "two")
    with pytest.raises(UserError) as caught, database.write() as work:
        work.add(Client(name="too late"))
    assert caught.value.code in ("company_closed", "database_read_only")
    database.close()
