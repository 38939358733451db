"""The real process: exit status, locked and damaged files, full disks, folders that cannot be written."""

import json
import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.conftest import missing

ROOT = Path(__file__).parent.parent.parent
Start = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def start(data_dir: Path) -> Start:
    def process(*arguments: str, folder: Path | None = None, **details: Any) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, str(ROOT / "main.py"), "--data-dir", str(folder or data_dir), *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **details)

    return process


def company_file(data_dir: Path) -> Path:
    return next((data_dir / "companies").glob("*/company.db"))


def test_statuses(start: Start) -> None:
    assert start("company", "create", "--name", "A", "--json").returncode == 0
    refused = start("client", "show", "x", "--json")
    assert refused.returncode == 1
    assert json.loads(refused.stdout)["error"]["code"] == "record_unknown"
    wrong = start("client", "add", "--json")
    assert wrong.returncode == 2
    assert json.loads(wrong.stdout)["error"]["code"] == "usage"


def test_stdin(start: Start) -> None:
    start("company", "create", "--name", "A")
    made = start(
        "invoice", "create", "--file", "-", "--json", input='{"lines": [{"description": "Été", "unit_price": "3"}]}'
    )
    assert json.loads(made.stdout)["lines"][0]["description"] == "Été"


def test_a_reader_that_leaves_early_is_no_error(shop: Run, data_dir: Path) -> None:
    command = f"{sys.executable} main.py --data-dir {data_dir} company show --json | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "0"
    assert "Traceback" not in done.stderr and "BrokenPipe" not in done.stderr


def test_locked_by_another_process(shop: Run, start: Start, data_dir: Path) -> None:
    with closing(sqlite3.connect(company_file(data_dir), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        refused = start("client", "add", "--name", "B", "--json")
        assert refused.returncode == 1
        assert json.loads(refused.stdout)["error"]["code"] == "database_locked"
        other.execute("ROLLBACK")
    assert start("client", "add", "--name", "B", "--json").returncode == 0


@pytest.mark.parametrize("content", [b"", b"this is not a database at all", b"SQLite format 3\x00" + b"\xff" * 4000])
def test_damaged_file(shop: Run, data_dir: Path, content: bytes) -> None:
    path = company_file(data_dir)
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    path.write_bytes(content)
    outcome = shop("client", "list", "--company", path.parent.name, "--json")
    assert (outcome.status, outcome.code) == (1, "database_damaged")
    assert path.read_bytes() == content


def test_newer_file(shop: Run, data_dir: Path) -> None:
    with closing(sqlite3.connect(company_file(data_dir))) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    assert shop("client", "list", "--json").code == "database_newer"


def test_data_folder_that_is_a_file(start: Start, tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.write_text("x")
    refused = start("company", "create", "--name", "A", "--json", folder=place)
    assert refused.returncode == 1
    assert json.loads(refused.stdout)["error"]["code"] == "database_read_only"
    assert place.read_text() == "x"


def test_folder_without_write_permission(shop: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.access

    def refuse(path: Any, mode: int, **details: Any) -> bool:
        return False if mode == os.W_OK else real(path, mode, **details)

    monkeypatch.setattr(os, "access", refuse)  # root may write everywhere
    outcome = shop("client", "add", "--name", "B", "--json")
    assert (outcome.status, outcome.code) == (1, "database_read_only")


def small_files(limit: int) -> Callable[[], None]:
    """A disk that is full once a file reaches ``limit``."""

    def prepare() -> None:
        import signal

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return prepare


def test_full_disk_while_exporting_keeps_the_old_file(shop: Run, start: Start, tmp_path: Path) -> None:
    for at in range(60):
        assert shop("client", "add", "--name", f"Client {at}", "--address", "x" * 150).status == 0
    target = tmp_path / "out" / "clients.csv"
    target.parent.mkdir()
    target.write_text("as it was")
    refused = start("export", "clients", "-o", str(target), "--json", preexec_fn=small_files(4096))
    assert refused.returncode == 1, refused.stderr
    assert json.loads(refused.stdout)["error"]["code"] == "disk_full"
    assert target.read_text() == "as it was"
    assert list(target.parent.iterdir()) == [target]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own; ``fill`` takes the rest of it."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        missing("a mounted tmpfs", "run the tests as root in a container that may mount")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True, capture_output=True)


def fill(folder: Path, leave: int = 0) -> Path:
    filler = folder / "filler"
    stat = os.statvfs(folder)
    with filler.open("wb") as file:
        file.write(b"x" * max(0, stat.f_bavail * stat.f_frsize - leave))
    return filler


def test_full_disk(run: Run, small_disk: Path) -> None:
    place = ("--data-dir", str(small_disk), "--json")
    assert run("company", "create", "--name", "A", "--siren", "123456782", *place).status == 0
    assert run("client", "add", "--name", "Yann", "--address", "8 rue de Siam", "--city", "Brest", *place).status == 0
    content = '{"client": "Yann", "lines": [{"description": "Pose", "unit_price": "100"}]}'
    made = run("invoice", "create", "--file", "-", *place, stdin=content).json
    before = run("dump", *place).out
    filler = fill(small_disk)
    for arguments in (
        ("client", "add", "--name", "B", "--notes", "x" * 3900),
        ("invoice", "issue", made["id"]),
        ("backup", "create"),
        ("export", "clients", "-o", str(small_disk / "clients.csv")),
        ("company", "create", "--name", "C"),
    ):
        outcome = run(*arguments, *place)
        assert (outcome.status, outcome.code) == (1, "disk_full"), (arguments, outcome.out, outcome.err)
    filler.unlink()
    assert run("dump", *place).out == before
    assert run("verify", *place).json == {"ok": True, "problems": []}
    assert (
        not list(small_disk.rglob("*.tmp"))
        and not list(small_disk.rglob("*.zip"))
        and not list(small_disk.rglob("*.pdf"))
    )
    assert len(run("company", "list", *place).json) == 1
    assert run("invoice", "issue", made["id"], *place).json["number"].endswith("A0001")


def test_disk_that_fills_up_while_restoring(run: Run, small_disk: Path, tmp_path: Path) -> None:
    place = ("--data-dir", str(small_disk), "--json")
    company = run("company", "create", "--name", "A", *place).json
    backup = str(tmp_path / "b.zip")
    assert run("backup", "create", "-o", backup, *place).status == 0
    fill(small_disk, leave=100_000)
    outcome = run("backup", "restore", backup, *place)
    assert (outcome.status, outcome.code) == (1, "disk_full"), outcome.err
    assert run("company", "show", *place).json["id"] == company["id"]
    assert not list((small_disk / "restoring").iterdir())


NOISY = """
import logging, sys
from facturepro.services import cloud
was = cloud.status
def status(company):
    logging.getLogger("facturepro.sync.loop").info("something %s", "small")
    logging.getLogger("facturepro.sync.loop").warning("english words for nobody")
    logging.getLogger("grpc").warning("foreign words")
    try:
        raise ValueError("client 'Durand'")
    except ValueError:
        logging.getLogger("facturepro.sync").exception("it failed")
    return was(company)
cloud.status = status
from facturepro.app import run
sys.exit(run(sys.argv[1:]))
"""


def test_what_is_logged_goes_to_the_file_and_not_to_a_persons_screen(shop: Run, data_dir: Path) -> None:
    command = [sys.executable, "-c", NOISY, "--data-dir", str(data_dir), "cloud", "status", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "") and json.loads(done.stdout)["joined"] is False
    text = (data_dir / "logs" / "facturepro.log").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    assert [(line["event"], line["level"]) for line in lines[-4:]] == [
        ("something small", "info"),
        ("english words for nobody", "warning"),
        ("foreign words", "warning"),
        ("it failed", "error"),
    ]
    assert lines[-1]["type"] == "ValueError" and lines[-1]["frames"] and "Durand" not in text
    done = subprocess.run([*command, "--verbose"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert "english words for nobody" in done.stderr and json.loads(done.stdout)["joined"] is False
