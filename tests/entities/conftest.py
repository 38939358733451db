"""Hundreds of tests, each with a company of its own: one is made, the others are copies."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from facturepro.services.company import OpenCompany
from facturepro.services.workspace import Workspace
from tests.conftest import COMPANY, Clock


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template") / "data"
    Workspace(folder, Clock(datetime(2026, 11, 20, 8, 0, tzinfo=UTC))).create(COMPANY).close()
    return folder


@pytest.fixture
def company(template: Path, tmp_path: Path, clock: Clock) -> Iterator[OpenCompany]:
    shutil.copytree(template, tmp_path / "data")
    opened = Workspace(tmp_path / "data", clock).open()
    yield opened
    opened.close()
