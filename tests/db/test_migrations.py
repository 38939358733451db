"""Company files: made, migrated on a copy, refused when they are newer, damaged or foreign."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from facturepro.db import capture, catalog, database, migrate
from facturepro.db.migrations import HEAD, REVISIONS
from facturepro.domain.errors import UserError
from facturepro.services.company import DATABASE_NAME
from facturepro.services.workspace import Workspace
from tests.conftest import COMPANY


def new_file(tmp_path: Path) -> Path:
    path = tmp_path / "company.db"
    migrate.create(path)
    return path


def set_revision(path: Path, revision: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))


def test_head_is_what_the_scripts_say() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_current_head() == HEAD
    assert [script.revision for script in reversed(list(scripts.walk_revisions()))] == list(REVISIONS)


def test_migrated_schema_is_the_declared_one(tmp_path: Path) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    engine = create_engine(f"sqlite:///{new_file(tmp_path)}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": _is_ours, "compare_type": False})
        differences = compare_metadata(context, catalog.metadata)
    engine.dispose()
    assert [entry for entry in differences if "coalesce" not in str(entry)] == []


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    return not (kind == "table" and name is not None and (name.startswith("search_") or name == "alembic_version"))


def test_every_declared_trigger_stands(tmp_path: Path) -> None:
    with closing(sqlite3.connect(new_file(tmp_path))) as connection:
        names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")}
    for rows in catalog.row_types():
        assert any(name.startswith(rows.table.name) for name in names), rows.table.name
    assert len(names) == sum("CREATE TRIGGER" in statement for statement in capture.statements())


def test_newer_file_is_refused_and_untouched(tmp_path: Path) -> None:
    path = new_file(tmp_path)
    set_revision(path, "9999")
    before = path.read_bytes()
    with pytest.raises(UserError, match="plus récente") as caught:
        migrate.prepare(path)
    assert caught.value.code == "database_newer"
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 100])
def test_foreign_file_is_refused_and_untouched(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "company.db"
    path.write_bytes(content)
    with pytest.raises(UserError) as caught:
        migrate.prepare(path)
    assert caught.value.code == "database_damaged"
    assert path.read_bytes() == content


def test_failed_migration_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = new_file(tmp_path)
    before = path.read_bytes()

    def fail(_path: Path, _revision: str = HEAD) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr(migrate, "upgrade", fail)
    with pytest.raises(RuntimeError):
        migrate.migrate_copy(path)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["company.db"]


def test_migrating_keeps_the_old_file_beside(workspace: Workspace) -> None:
    company = workspace.create(COMPANY)
    company.close()
    path = company.folder / DATABASE_NAME
    migrate.migrate_copy(path)
    assert workspace.open().id == company.id
    assert (company.folder / f"company.before-{HEAD}.db").exists()
    assert not list(company.folder.glob("*.migrating"))


FIXTURES = Path(__file__).parent.parent / "fixtures" / "schemas"


@pytest.mark.parametrize("fixture", sorted(FIXTURES.glob("*.db")), ids=lambda path: path.stem)
def test_every_shipped_schema_opens(fixture: Path, workspace: Workspace) -> None:
    """Each schema version that was ever shipped stays here as a file with data."""
    import shutil

    from facturepro.services import invoices, records
    from facturepro.services.invoices import InvoiceFilter

    folder = workspace.data_dir / "companies" / fixture.stem
    folder.mkdir(parents=True)
    shutil.copy2(fixture, folder / DATABASE_NAME)
    company = workspace.open()
    rows = invoices.page(company, InvoiceFilter(status="paid")).rows
    assert [row["number"] for row in rows] == ["FA-2026-A0001"]
    client = records.find(company, "client", "ABC SARL")
    assert records.update(company, "client", client["id"], {"phone": "0611111111"})["phone"] == "0611111111"
    company.close()


def test_a_fixture_stands_for_each_revision() -> None:
    assert {path.stem for path in FIXTURES.glob("*.db")} == set(REVISIONS)


ANOTHER = """DROP TRIGGER client_updated;
    CREATE TRIGGER client_updated AFTER UPDATE OF name ON client BEGIN SELECT 1; END;
    UPDATE local_state SET value = '"newer"' WHERE key = 'capture_fingerprint'"""


def _triggers(path: Path) -> tuple[list[tuple[str, str]], str, bool]:
    """What stands, whose it is said to be, and whether a gap is noted."""
    with closing(sqlite3.connect(path)) as connection:
        kept = dict(connection.execute("SELECT key, value FROM local_state"))
        return connection.execute(capture.STANDING).fetchall(), kept[capture.FINGERPRINT], capture.GAP in kept


def test_another_program_renews_the_triggers_between_two_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = new_file(tmp_path)
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA journal_mode=WAL")  # as every file that a program has open

        class Between(sqlite3.Connection):
            def execute(self, statement, *more):  # type: ignore[no-untyped-def]
                if statement == capture.STANDING:
                    other.executescript(f"BEGIN; {ANOTHER}; COMMIT")
                return super().execute(statement, *more)

        connect = sqlite3.connect
        with monkeypatch.context() as patch:
            patch.setattr(sqlite3, "connect", lambda *arguments, **named: connect(*arguments, factory=Between, **named))
            migrate.renew_triggers(path)
    standing, whose, is_gap = _triggers(path)
    assert whose == '"newer"' and "client_updated" in capture.altered(standing) and not is_gap


@pytest.mark.parametrize("statements", ["DROP TRIGGER client_updated", ANOTHER], ids=["dropped", "of another program"])
def test_triggers_that_were_renewed_before_the_write_lock_was_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, statements: str
) -> None:
    path = new_file(tmp_path)
    before = _triggers(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(statements)
    make_engine = database.make_engine

    def later(at: Path):  # type: ignore[no-untyped-def]
        monkeypatch.undo()
        migrate.renew_triggers(path)  # another window, and what it found was compared and is told no more
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("DELETE FROM local_state WHERE key = ?", (capture.GAP,))
        return make_engine(at)

    monkeypatch.setattr(database, "make_engine", later)
    migrate.renew_triggers(path)
    standing, whose, is_gap = _triggers(path)
    assert (sorted(standing), whose, is_gap) == (sorted(before[0]), before[1], False)
