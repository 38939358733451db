"""What all tests share: temporary companies with a clock that does not depend on the day of the run."""

import contextlib
import functools
import gc
import logging
import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis.internal.conjecture import providers
from sqlalchemy import Engine, create_engine

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# Before the workers start, so that they share it; see tests/sync/fuzz. Always the same, so that a run that fails shows
# what the change before it did; FACTUREPRO_FUZZ_SEED=random looks for what nobody has found yet.
if os.environ.setdefault("FACTUREPRO_FUZZ_SEED", "20261121") == "random":
    os.environ["FACTUREPRO_FUZZ_SEED"] = str(secrets.randbelow(10**6))
# The null keyring: no test may reach a person's secrets.
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"

from facturepro.db import capture, database, migrate
from facturepro.services.company import OpenCompany
from facturepro.services.workspace import Workspace
from tests.sync import emulator as emulators

# Every commit waits for the disk, and there are tens of thousands. No test can see that: a process dies, never the power.
_MEMORY = Path("/dev/shm")
if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > 2 * 2**30:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))

_MODEL = create_engine("sqlite://", query_cache_size=5000)
_MODEL.connect().close()  # which makes its dialect ready


def engine_that_shares(*arguments: Any, **named: Any) -> Engine:
    """Thousands of files are opened in a test run: what was compiled for one of them is not compiled again."""
    engine = create_engine(*arguments, **named)
    engine.dialect = engine.pool._dialect = _MODEL.dialect
    engine._compiled_cache = _MODEL._compiled_cache
    return engine


database.create_engine = engine_that_shares

_upgrade = migrate.upgrade
_NEW_FILES: dict[str, bytes] = {}


@functools.wraps(_upgrade)
def upgrade_once(path: Path, revision: str = migrate.HEAD) -> None:
    """Hundreds of tests make a company: the migrations run for the first file, the others are copies of it."""
    declared = capture.fingerprint()
    if revision != migrate.HEAD or path.stat().st_size > 0:
        _upgrade(path, revision)
    elif declared in _NEW_FILES:
        path.write_bytes(_NEW_FILES[declared])
    else:
        _upgrade(path)
        _NEW_FILES[declared] = path.read_bytes()


migrate.upgrade = upgrade_once

# Hypothesis would also try the constants of all modules that are loaded: the same seed would be another run whenever
# another test file was read before.
providers._get_local_constants = providers.Constants


def pytest_runtest_setup(item: pytest.Item) -> None:
    """As in the program, no other thread collects garbage while there are windows (facturepro/app/collector.py)."""
    has_windows = "qapp" in getattr(item, "fixturenames", ())
    if has_windows and gc.isenabled():
        gc.disable()
    elif not has_windows and not gc.isenabled():
        gc.collect()  # windows are taken down here, in the Qt thread
        gc.enable()


def pytest_runtest_teardown(item: pytest.Item) -> None:
    if not gc.isenabled():
        from facturepro.app.collector import collect_due

        collect_due()


REQUIRE_ALL = os.environ.get("FACTUREPRO_REQUIRE_ALL") == "1"


def missing(what: str, install: str) -> None:
    """Skip, saying what to install; on CI a failure, so that nothing is left untested unnoticed."""
    message = f"{what} is missing: {install}"
    if REQUIRE_ALL:
        pytest.fail(message)
    pytest.skip(message)


class Clock:
    """A clock that moves only when told, and by a millisecond at each reading."""

    def __init__(self, start: datetime) -> None:
        self.at = start

    def __call__(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at

    def advance(self, **amount: float) -> None:
        self.at += timedelta(**amount)


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2026, 11, 20, 9, 0, tzinfo=UTC))


@pytest.fixture
def workspace(tmp_path: Path, clock: Clock) -> Workspace:
    return Workspace(tmp_path / "data", clock)


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[emulators.Emulator]:
    """One for all tests of a worker, each of which has a company of its own in it."""
    problem = emulators.missing()
    if problem is not None:
        missing("the Firestore emulator", problem)
    with emulators.running(tmp_path_factory.mktemp("emulator") / "log.txt") as started:
        yield started


@pytest.fixture(autouse=True)
def plain_text(request: pytest.FixtureRequest) -> Iterator[None]:
    """Texts as they stand in the source, so that tests can compare them; the mark ``typeset`` has them as people read
    them (real processes always have)."""
    from facturepro import i18n

    with contextlib.nullcontext() if request.node.get_closest_marker("typeset") else i18n.plain_text():
        yield


@contextlib.contextmanager
def same_logs_after() -> Iterator[None]:
    """The command line sets up the program's log files in this process; the next test hears its own log again."""
    logger, root = logging.getLogger("facturepro"), logging.getLogger()
    before = (list(logger.handlers), logger.propagate, logger.level, logging.raiseExceptions)
    yield
    for handler in set(logger.handlers) - set(before[0]):
        logger.removeHandler(handler)
        root.removeHandler(handler)
        handler.close()
    logger.propagate, logging.raiseExceptions = before[1], before[3]
    logger.setLevel(before[2])


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    with same_logs_after():
        yield


COMPANY = {
    "name": "Atelier Boisvert",
    "country": "FR",
    "siren": "123456782",
    "address": "14 rue des Tanneurs",
    "postcode": "59000",
    "city": "Lille",
    "email": "contact@atelier-boisvert.example",
    "iban": "FR7630006000011234567890189",
    "legal_form": "SARL",
    "capital": "20000",
    "rcs_city": "Lille Métropole",
}


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with the company in it, to copy: half the price of making one."""
    folder = tmp_path_factory.mktemp("template") / "data"
    Workspace(folder, Clock(datetime(2026, 11, 20, 8, 0, tzinfo=UTC))).create(COMPANY).close()
    return folder


@pytest.fixture
def company(template: Path, workspace: Workspace) -> Iterator[OpenCompany]:
    shutil.copytree(template, workspace.data_dir)
    opened = workspace.open()
    yield opened
    opened.close()


LONG = (
    "test_kills.py",
    "test_sync_properties.py",
    "test_sync_properties_2.py",
    "test_two_computers.py",
    "test_packaging.py",
    "test_two_versions.py",
    "test_killed_with_much_queued.py",
    "test_window_story.py",
    "test_wheel.py",
    "test_push_under_fire.py",
)
"""A worker takes a whole file: these go first, so that none of them keeps one worker busy while the other has nothing left."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    rank = {name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: rank.get(item.path.name, len(LONG)))


def pytest_report_header() -> list[str]:
    return [f"FacturePro tests, python {sys.version.split()[0]}, require all: {REQUIRE_ALL}"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.write_line(f"FACTUREPRO_FUZZ_SEED={os.environ['FACTUREPRO_FUZZ_SEED']}")
