"""The folder of companies: nothing is ever overwritten, and what is damaged does not hide the rest."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from facturepro.domain.errors import UserError
from facturepro.services import records
from facturepro.services import workspace as workspace_module
from facturepro.services.company import DATABASE_NAME, settings
from facturepro.services.workspace import Workspace
from tests.conftest import COMPANY


def test_similar_names_never_share_a_folder(workspace: Workspace) -> None:
    names = ["Café", "Cafe & Co", "cafe co", "???", "!!!", "كافيه", "x" * 200]
    folders = set()
    for name in names:
        company = workspace.create({**COMPANY, "name": name})
        folders.add(company.folder)
        company.close()
    assert len(folders) == len(names)
    assert {company["name"] for company in workspace.companies()} == set(names)


@pytest.mark.parametrize("again", ["Atelier Boisvert", "ATELIER  boisvert", " Atélier Boisvert "])
def test_the_same_name_is_refused_and_nothing_is_overwritten(workspace: Workspace, again: str) -> None:
    company = workspace.create(COMPANY)
    records.create(company, "client", {"name": "A"})
    company.close()
    with pytest.raises(UserError) as caught:
        workspace.create({**COMPANY, "name": again})
    assert caught.value.code == "company_exists"
    reopened = workspace.open()
    assert records.count(reopened, records.ListQuery("client")) == 1
    reopened.close()


def test_a_folder_that_exists_is_never_cleared_away(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same slug and the same random part: the other company's file stays."""
    monkeypatch.setattr(workspace_module, "new_id", lambda: "019aa1b2-c3d4-7000-8000-00000000abcd")
    company = workspace.create({**COMPANY, "name": "Café du Nord"})
    records.create(company, "client", {"name": "A"})
    company.close()
    with pytest.raises(UserError):
        workspace.create({**COMPANY, "name": "Café! du? Nord"})
    reopened = workspace.open("Café du Nord")
    assert records.count(reopened, records.ListQuery("client")) == 1
    reopened.close()


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"name": ""}, "field_required"),
        ({"name": "x" * 201}, "field_too_long"),
        ({"siren": "123456789"}, "identifier_invalid"),
        ({"postcode": "5900"}, "postcode_invalid"),
        ({"postcode": "٥٩٠٠٠"}, "postcode_invalid"),
        ({"country": "XX"}, "value_invalid"),
        ({"number_prefix": "F A"}, "prefix_invalid"),
        ({"colour": "red"}, "field_unknown"),
    ],
)
def test_what_cannot_be_leaves_nothing_behind(workspace: Workspace, wrong: dict[str, str], code: str) -> None:
    with pytest.raises(UserError) as caught:
        workspace.create({**COMPANY, **wrong})
    assert caught.value.code == code
    assert workspace.companies() == []
    assert list(workspace.data_dir.rglob("*.db")) == []


def test_the_last_company_is_opened_again(workspace: Workspace) -> None:
    for name in ("A", "B", "C"):
        workspace.create({**COMPANY, "name": name}).close()
    for wanted in ("b", "A"):
        workspace.open(wanted).close()
        opened = Workspace(workspace.data_dir).open()
        assert settings(opened)["name"] == wanted.upper()
        opened.close()


def test_without_a_choice_several_are_ambiguous(workspace: Workspace) -> None:
    with pytest.raises(UserError) as caught:
        workspace.open()
    assert caught.value.code == "company_missing"
    for name in ("A", "B"):
        workspace.create({**COMPANY, "name": name}).close()
    (workspace.data_dir / "settings.json").unlink()
    with pytest.raises(UserError) as caught:
        workspace.open()
    assert caught.value.code == "company_ambiguous"
    with pytest.raises(UserError) as caught:
        workspace.open("D")
    assert caught.value.code == "company_unknown"


def test_a_copied_folder_is_not_opened_by_chance(workspace: Workspace) -> None:
    company = workspace.create(COMPANY)
    company.close()
    shutil.copytree(company.folder, company.folder.with_name("copie"))
    with pytest.raises(UserError) as caught:
        workspace.open("Atelier Boisvert")
    assert caught.value.code == "company_ambiguous"


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\x00", b"[1]", b"null", b"[" * 100_000])
def test_damaged_settings_are_defaults(workspace: Workspace, content: bytes) -> None:
    workspace.create(COMPANY).close()
    path = workspace.data_dir / "settings.json"
    path.write_bytes(content)
    assert workspace.settings() == {}
    workspace.open().close()
    assert "last_company" in json.loads(path.read_text(encoding="utf-8"))


def test_settings_are_kept_side_by_side(workspace: Workspace) -> None:
    workspace.remember(theme="dark")
    workspace.remember(language="ar")
    assert Workspace(workspace.data_dir).settings() == {"theme": "dark", "language": "ar"}
    assert [path.name for path in workspace.data_dir.iterdir()] == ["settings.json"]


def test_a_newer_file_is_refused_untouched(workspace: Workspace) -> None:
    company = workspace.create(COMPANY)
    company.close()
    path = company.folder / DATABASE_NAME
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    before = path.read_bytes()
    with pytest.raises(UserError) as caught:
        workspace.open()
    assert caught.value.code == "database_newer"
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "statement",
    [
        "",
        "UPDATE local_state SET value = '{' WHERE key = 'company_id'",
        "UPDATE company SET name = x'ff'",
        "DROP TABLE device",
    ],
)
def test_a_damaged_file_does_not_hide_the_others(workspace: Workspace, statement: str) -> None:
    workspace.create(COMPANY).close()
    other = workspace.create({**COMPANY, "name": "Autre"})
    other.close()
    path: Path = other.folder / DATABASE_NAME
    if statement:
        with closing(sqlite3.connect(path)) as raw, raw:
            raw.execute("DROP TRIGGER IF EXISTS company_updated")
            raw.execute(statement)
    else:
        path.write_bytes(b"x" * 5000)
    listed = workspace.companies()
    assert len(listed) == 2
    assert "Atelier Boisvert" in {company["name"] for company in listed}
    workspace.open("Atelier Boisvert").close()
