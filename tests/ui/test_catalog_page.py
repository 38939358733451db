"""The page made from a declaration, with suppliers."""

from collections.abc import Iterator

import pytest
from PySide6.QtTest import QAbstractItemModelTester

from facturepro.services import records
from facturepro.services.company import OpenCompany
from facturepro.ui.data import CompanyContext
from facturepro.ui.pages.catalog_page import CatalogPage
from tests.ui.page_ground import RecordingShell


@pytest.fixture
def shell() -> RecordingShell:
    return RecordingShell()


@pytest.fixture
def page(qtbot, shell: RecordingShell, company: OpenCompany) -> Iterator[CatalogPage]:
    context = CompanyContext(company)
    made = CatalogPage(shell, context, "supplier", "suppliers", "nav.purchases")
    qtbot.addWidget(made)
    made.resize(1064, 744)
    made.show()
    context.changes.connect(made.on_changes)
    QAbstractItemModelTester(made.model, QAbstractItemModelTester.FailureReportingMode.Fatal, made)
    yield made
    context.close()


def test_columns_title_and_words_come_from_the_declaration(page: CatalogPage) -> None:
    assert page.title() == "Fournisseurs"
    assert [column.title for column in page.make_columns()] == ["Nom", "Contact", "E-mail", "Téléphone", "Ville"]
    assert page.primary_action().text == "Ajouter : fournisseur"


def test_a_new_one_from_the_drawer_and_what_is_wrong_beside_its_field(qtbot, page, shell, company) -> None:
    page.activate("new")
    form = shell.drawer.form
    shell.drawer.save()
    assert form.fields["name"].message() == "Le champ « Nom » est obligatoire."
    form.control("name").setText("Scierie Dubois")
    shell.drawer.save()
    qtbot.waitUntil(lambda: page.model.rowCount() == 1)
    assert records.find(company, "supplier", "Scierie Dubois")["country"] == "FR"


def test_names_sort_as_people_expect_and_changes_show(qtbot, page, company) -> None:
    made = {
        name: records.create(company, "supplier", {"name": name})["id"] for name in ("Vasseur", "Ébéniste", "Durand")
    }
    qtbot.waitUntil(lambda: page.model.rowCount() == 3)
    page.model.reload()
    order = [page.model.id_at(row) for row in range(3)]
    assert order == [made["Durand"], made["Ébéniste"], made["Vasseur"]]
    records.update(company, "supplier", made["Durand"], {"city": "Lille"})
    qtbot.waitUntil(lambda: page.model.record(page.model.row_of(made["Durand"]))["city"].value == "Lille")


def test_into_the_bin_and_back(qtbot, page, shell, company) -> None:
    supplier = records.create(company, "supplier", {"name": "Scierie"})["id"]
    qtbot.waitUntil(lambda: page.model.rowCount() == 1)
    page.delete_record(supplier)
    qtbot.waitUntil(lambda: page.model.rowCount() == 0)
    shell.toast_actions[-1]()
    qtbot.waitUntil(lambda: page.model.rowCount() == 1)
