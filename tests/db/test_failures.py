"""Busy, read-only, damaged and full: said in words, and nothing half-written. Killed: nothing torn."""

import json
import os
import random
import shutil
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from facturepro.db.database import Database
from facturepro.db.models import Client
from facturepro.domain.errors import UserError
from facturepro.services import invoices, issuing, records
from facturepro.services.company import DATABASE_NAME, OpenCompany
from facturepro.services.workspace import Workspace
from tests.conftest import COMPANY, missing

ROOT = Path(__file__).resolve().parents[2]


def picture(path: Path) -> Any:
    with closing(sqlite3.connect(path)) as raw:
        return [
            raw.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()
            for table in ("client", "change_log", "outbox", "record_state", "capture_context", "local_state")
        ]


def test_a_busy_file_is_said_to_be_busy(company: OpenCompany) -> None:
    path = company.folder / DATABASE_NAME
    hasty = Database(path, company.now, busy_timeout_ms=50)
    before = picture(path)
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sqlite3, sys\nc = sqlite3.connect(sys.argv[1], isolation_level=None)\nc.execute('BEGIN EXCLUSIVE')\n"
            "print('held', flush=True)\nsys.stdin.read()",
            str(path),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == "held"
        with pytest.raises(UserError) as caught, hasty.write("x") as work:
            work.add(Client(name="A"))
        assert caught.value.code == "database_locked"
        with hasty.read() as session:  # reading goes on
            assert session.query(Client).count() == 0
    finally:
        holder.communicate("", timeout=10)
    assert picture(path) == before
    with hasty.write("x") as work:
        work.add(Client(name="A"))
    hasty.close()


@pytest.fixture
def closed(workspace: Workspace) -> Path:
    company = workspace.create(COMPANY)
    for number in range(200):
        records.create(company, "client", {"name": f"Client {number}", "notes": "x" * 200})
    company.close()
    return company.folder / DATABASE_NAME


def test_a_damaged_file_is_refused_and_not_touched(workspace: Workspace, closed: Path) -> None:
    data = bytearray(closed.read_bytes())
    chance = random.Random(7)
    for page in range(1, len(data) // 4096):  # all but the first page: the schema's root stays readable
        data[page * 4096 : page * 4096 + 512] = chance.randbytes(512)
    closed.write_bytes(data)
    with pytest.raises(UserError) as caught:
        workspace.open()
    assert caught.value.code == "database_damaged"
    assert "backup restore" in caught.value.message
    assert closed.read_bytes() == bytes(data)


@pytest.mark.parametrize("content", [b"", b"PDF-1.4 this is no database" * 400, None])
def test_what_is_no_company_file_is_refused(workspace: Workspace, closed: Path, content: bytes | None) -> None:
    if content is None:  # cut off by a failing copy
        content = closed.read_bytes()[: 4096 * 3 + 100]
    closed.write_bytes(content)
    with pytest.raises(UserError) as caught:
        workspace.open()
    assert caught.value.code == "database_damaged"
    assert closed.read_bytes() == content


def test_damage_met_while_working_is_said_in_words(workspace: Workspace, closed: Path) -> None:
    with closing(sqlite3.connect(closed)) as raw:
        root = raw.execute("SELECT rootpage FROM sqlite_master WHERE name = 'client'").fetchone()[0]
    company = workspace.open()
    try:
        with closed.open("r+b") as file:
            file.seek((root - 1) * 4096)
            file.write(b"\x07" * 4096)
        company.db.engine.dispose()
        with pytest.raises(UserError) as caught:
            records.create(company, "client", {"name": "A"})
        assert caught.value.code == "database_damaged"
    finally:
        company.close()


def test_a_read_only_file_is_said_to_be_read_only(workspace: Workspace, closed: Path) -> None:
    """As another user for whom the folder is closed; root would write anyway."""
    script = (
        "import os, sys\nfrom pathlib import Path\nfrom facturepro.services.workspace import Workspace\n"
        "from facturepro.domain.errors import UserError\n"
        "import facturepro.db.migrate, facturepro.db.database\n"
        "os.geteuid() or (os.setgroups([]), os.setresgid(65534, 65534, 65534), os.setresuid(65534, 65534, 65534))\n"
        "try:\n    Workspace(Path(sys.argv[1])).open()\nexcept UserError as error:\n    print(error.code)\n"
    )
    before = closed.read_bytes()
    data_dir = closed.parent.parent.parent
    for folder in [data_dir, *data_dir.parents]:
        if folder.stat().st_uid == os.geteuid() and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | stat.S_IXOTH | stat.S_IROTH)
    closed.parent.chmod(0o555)
    try:
        done = subprocess.run(
            [sys.executable, "-c", script, str(data_dir)], capture_output=True, text=True, timeout=60, cwd=ROOT
        )
    finally:
        closed.parent.chmod(0o755)
    assert (done.stdout.strip(), done.returncode) == ("database_read_only", 0), done.stderr
    assert closed.read_bytes() == before


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MiB."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = shutil.which("mount")
    if mount is None or os.name == "nt" or os.geteuid() != 0:
        missing("a disk that can be filled", "run the tests as root on Linux (mount -t tmpfs)")
    done = subprocess.run(
        [str(mount), "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)], capture_output=True, text=True
    )
    if done.returncode != 0:
        pytest.skip(f"mounting a small disk is not allowed here: {done.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run([str(shutil.which("umount")), "-l", str(place)], check=True)


def test_a_full_disk_keeps_what_was_and_says_so(small_disk: Path) -> None:
    workspace = Workspace(small_disk)
    company = workspace.create(COMPANY)
    client = records.create(company, "client", {"name": "A"})["id"]
    draft = invoices.create(company, {"client": client, "lines": [{"description": "x", "unit_price": "1"}]})["id"]
    path = company.folder / DATABASE_NAME
    filler = small_disk / "filler"
    try:
        with pytest.raises(OSError, match="No space"), filler.open("wb", buffering=0) as file:
            while True:
                file.write(b"\0" * 4096)
        before = picture(path)
        refused = 0
        for number in range(400):  # the log has some room of its own
            try:
                records.create(company, "client", {"name": f"B{number}", "notes": "x" * 4000})
            except UserError as error:
                assert error.code == "disk_full"
                refused += 1
                break
        assert refused == 1
        kept = records.count(company, records.ListQuery("client"))
        with pytest.raises(UserError) as caught:
            issuing.issue(company, draft)
        assert caught.value.code == "disk_full"
        assert invoices.show(company, draft)["number"] is None
        assert records.count(company, records.ListQuery("client")) == kept
        assert len(picture(path)[0]) == kept >= len(before[0])
        with pytest.raises(UserError) as caught:
            workspace.create({**COMPANY, "name": "Une autre"})
        assert caught.value.code in ("disk_full", "database_read_only")
        assert len(workspace.companies()) == 1
        filler.unlink()
        assert issuing.issue(company, draft)["number"].endswith("A0001")
    finally:
        company.close()


WRITER = """
import sys
from pathlib import Path
from facturepro.services import invoices, records
from facturepro.services.workspace import Workspace

company = Workspace(Path(sys.argv[1])).open()
print("ready", flush=True)
number = 0
while True:
    number += 1
    client = records.create(company, "client", {"name": f"Client {number}"})["id"]
    lines = [{"description": f"Ligne {n}", "unit_price": "1"} for n in range(3)]
    draft = invoices.create(company, {"client": client, "lines": lines})["id"]
    invoices.save(company, draft, {"lines": lines[:2]})
    records.update(company, "client", client, {"phone": str(number)})
    print(number, flush=True)
"""
KILLS = 20


def consistent(path: Path) -> None:
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert raw.execute("PRAGMA foreign_key_check").fetchone() is None
        assert raw.execute("SELECT stamp, origin FROM capture_context").fetchone() == (None, "local")
        processed = json.loads(raw.execute("SELECT value FROM local_state WHERE key = 'processed_seq'").fetchone()[0])
        assert processed == raw.execute("SELECT MAX(seq) FROM change_log").fetchone()[0]
        states = raw.execute("SELECT kind, record_id, clock, base FROM record_state").fetchall()
        dirty = {(k, r) for k, r, c, b in states if any(json.loads(b).get(g) != s for g, s in json.loads(c).items())}
        assert dirty == set(raw.execute("SELECT kind, record_id FROM outbox"))
        for table in ("client", "invoice"):
            rows = {row[0] for row in raw.execute(f"SELECT id FROM {table}")}
            made = raw.execute("SELECT row_id FROM change_log WHERE row_table = ? AND op = 'insert'", (table,))
            assert rows == {row[0] for row in made} == {r for k, r, _c, _b in states if k == table}
        logged = {row[0] for row in raw.execute("SELECT DISTINCT stamp FROM change_log")}
        assert logged == {row[0] for row in raw.execute("SELECT stamp FROM change_transaction")}
        # A use case is whole: an invoice was never seen with one line.
        assert {row[0] for row in raw.execute("SELECT COUNT(*) FROM invoice_line GROUP BY invoice_id")} <= {2, 3}
        unsearchable = "SELECT COUNT(*) FROM client WHERE seq NOT IN (SELECT rowid FROM search_client)"
        assert raw.execute(unsearchable).fetchone()[0] == 0


def test_killed_at_any_moment_nothing_is_torn(workspace: Workspace) -> None:
    company = workspace.create(COMPANY)
    company.close()
    path = company.folder / DATABASE_NAME
    chance = random.Random(20261121)
    done = 0
    for kill in range(KILLS):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(workspace.data_dir)], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        try:
            assert writer.stdout is not None
            assert writer.stdout.readline().strip() == "ready"
            time.sleep(chance.uniform(0, 0.5))  # the moment of the kill is what is tested
        finally:
            writer.kill()
            said = writer.communicate(timeout=10)[0].split()
        done += int(said[-1]) if said else 0
        consistent(path)
        with closing(sqlite3.connect(path)) as raw:  # what was reported as done is there
            assert raw.execute("SELECT COUNT(*) FROM client WHERE phone <> ''").fetchone()[0] >= done, kill
    company = workspace.open()
    records.create(company, "client", {"name": "after"})
    company.close()
    consistent(path)
    with closing(sqlite3.connect(path)) as raw:  # the writer was killed at work, not at its start
        assert raw.execute("SELECT COUNT(*) FROM client").fetchone()[0] > KILLS / 2
