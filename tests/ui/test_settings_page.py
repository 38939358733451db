"""Settings: fields that save themselves, errors beside them, logo, appearance, backups, report."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtGui import QGuiApplication

from facturepro.services import backups, logo
from facturepro.services.company import OpenCompany, settings
from facturepro.services.workspace import Workspace
from facturepro.ui import theme
from facturepro.ui.data import CompanyContext
from facturepro.ui.pages.settings_page import SettingsPage
from tests.ui.page_ground import RecordingShell


@pytest.fixture
def shell() -> RecordingShell:
    return RecordingShell()


@pytest.fixture
def page(qtbot, shell: RecordingShell, company: OpenCompany, workspace: Workspace) -> Iterator[SettingsPage]:
    context = CompanyContext(company, workspace)
    made = SettingsPage(shell, context)
    qtbot.addWidget(made)
    made.resize(1064, 744)
    made.show()
    context.changes.connect(made.on_changes)
    yield made
    context.close()


def type_in(page: SettingsPage, group: str, name: str, text: str):
    field = page.groups[group].form.fields[name]
    field.control.setText(text)
    field.control.textEdited.emit(text)
    field.control.editingFinished.emit()
    return field


def test_a_field_saves_itself_when_it_is_left(page, company) -> None:
    page.activate(None)
    assert type_in(page, "identity", "name", "Atelier  Boisvert & Fils").message() == ""
    assert settings(company)["name"] == "Atelier Boisvert & Fils"


def test_what_cannot_be_is_said_beside_the_field_and_not_kept(page, company) -> None:
    page.activate(None)
    before = settings(company)["siren"]
    assert type_in(page, "identity", "siren", "123456789").message()
    assert settings(company)["siren"] == before
    assert type_in(page, "address", "postcode", "5900").message().startswith("Il manque un chiffre")
    assert type_in(page, "address", "postcode", "59100").message() == ""
    assert settings(company)["postcode"] == "59100"
    assert type_in(page, "bank", "iban", "FR76 3000").message()


def test_fields_of_other_countries_are_out_of_the_way(qtbot, page, company) -> None:
    page.activate(None)
    form = page.groups["identity"].form
    assert form.fields["ice"].isHidden() and not form.fields["siren"].isHidden()
    country = page.groups["address"].form.control("country")
    country.set_value("MA")
    country.edited.emit("MA")
    qtbot.waitUntil(lambda: form.fields["siren"].isHidden())
    assert not form.fields["ice"].isHidden()


def test_a_link_opens_its_group(page) -> None:
    page.activate("print")
    assert page.tab_bar.current() == "invoices"
    page.activate("backups")
    assert page.tab_bar.current() == "backups"
    page.activate("nothing")
    assert page.tab_bar.current() == "company"


def test_choices_and_long_texts(page, company) -> None:
    page.activate("invoices")
    regime = page.groups["vat"].form.control("vat_regime")
    regime.set_value("franchise")
    regime.edited.emit("franchise")
    assert settings(company)["vat_regime"] == "franchise"
    page.groups["terms"].form.control("late_penalty").setPlainText("Trois fois le taux légal.")
    assert settings(company)["late_penalty"] == "Trois fois le taux légal."


def test_logo(qtbot, page, company, tmp_path: Path) -> None:
    page.activate("logo")
    group = page.groups["logo"]
    assert group.preview.picture.isNull()
    Image.new("RGB", (900, 300), "navy").save(tmp_path / "logo.png")
    group.choose(tmp_path / "logo.png")
    qtbot.waitUntil(lambda: not group.preview.picture.isNull())
    assert group.preview.picture.width() == 600
    (tmp_path / "no.png").write_bytes(b"no")
    group.choose(tmp_path / "no.png")
    qtbot.waitUntil(lambda: not group.message.isHidden())
    group.remove_button.click()
    assert logo.logo_bytes(company) is None


def test_theme_follows_the_choice(page, qapp) -> None:
    page.activate("appearance")
    group = page.groups["appearance"]
    group.theme.set_value("dark")
    group.theme.edited.emit("dark")
    assert theme.current().name == "dark"
    assert page.context.settings.get("theme") == "dark"
    group.language.edited.emit("en")
    assert page.context.settings.get("language") == "en"
    assert group.language_field.message()


def test_backup_now(qtbot, page, shell, company) -> None:
    page.activate("backups")
    group = page.groups["backups"]
    group.make_button.click()
    assert shell.toasts[-1].startswith("Sauvegarde enregistrée")
    assert len(backups.list_backups(company)) == 1
    qtbot.waitUntil(lambda: group.rows.count() == 1 and "Ko" in texts(group))


def texts(group) -> str:
    from facturepro.ui.widgets.labels import Label

    return " ".join(label.text() for label in group.findChildren(Label))


def test_report_can_be_copied(qtbot, page, shell) -> None:
    page.activate("about")
    group = page.groups["about"]
    qtbot.waitUntil(lambda: bool(group.text))
    group.copy_button.click()
    assert QGuiApplication.clipboard().text() == group.text
    assert shell.toasts == ["Rapport copié"]
