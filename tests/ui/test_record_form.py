"""The form made from an entity's declarations, for every kind that a person fills in."""

from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from facturepro.services import records
from facturepro.services.catalog import entity
from facturepro.services.company import OpenCompany
from facturepro.ui.data import CompanyContext
from facturepro.ui.pages.record_form import RecordForm, form_fields, record_rows, value_words
from tests.ui.sales_world import client, product, write


@pytest.fixture
def context(company: OpenCompany, qapp: QApplication) -> Any:
    made = CompanyContext(company)
    yield made
    made.close()


def open_form(form: RecordForm) -> None:
    form.show()
    form.activateWindow()
    assert QTest.qWaitForWindowActive(form, 2000)


@pytest.mark.parametrize("kind", ["client", "product", "warehouse", "company"])
def test_every_declared_field_has_a_control_with_its_label(context: CompanyContext, kind: str) -> None:
    form = RecordForm(context, kind)
    wanted = [field for field in entity(kind).fields if field.spec.in_form and not field.spec.is_derived]
    assert [field.name for field in form_fields(kind)] == [field.name for field in wanted]
    for field in wanted:
        assert form.control(field.name).accessibleName() == field.spec.label


def test_a_field_is_saved_when_it_is_left(context: CompanyContext, qtbot: Any) -> None:
    record = client(context.company)
    form = RecordForm(context, "client", record)
    qtbot.addWidget(form)
    open_form(form)
    changed: list[tuple[str, object]] = []
    form.changed.connect(lambda name, value: changed.append((name, value)))
    form.control("phone").setFocus()
    write(form.control("phone"), "03 20 00 00 00")
    assert changed == []
    form.control("email").setFocus()
    assert changed == [("phone", "03 20 00 00 00")]
    assert records.get(context.company, "client", record["id"])["phone"] == "03 20 00 00 00"


def test_leaving_an_unchanged_field_writes_nothing(context: CompanyContext, qtbot: Any) -> None:
    record = client(context.company)
    form = RecordForm(context, "client", record)
    qtbot.addWidget(form)
    open_form(form)
    heard: list[object] = []
    stop = context.company.bus.subscribe(heard.append)
    for name in form.form_fields:
        form.control(name).setFocus()
    stop()
    assert heard == []


def test_what_cannot_be_taken_stays_with_the_reason(context: CompanyContext, qtbot: Any) -> None:
    record = client(context.company)
    form = RecordForm(context, "client", record)
    qtbot.addWidget(form)
    open_form(form)
    form.control("email").setFocus()
    write(form.control("email"), "sans arobase")
    form.control("phone").setFocus()
    assert form.form_fields["email"].message() == "« sans arobase » n’est pas une adresse e-mail."
    assert form.control("email").text() == "sans arobase"
    assert records.get(context.company, "client", record["id"])["email"] == ""


def test_a_new_record_is_made_with_enter(context: CompanyContext, qtbot: Any) -> None:
    form = RecordForm(context, "product", names=("name", "sku", "price", "vat"))
    qtbot.addWidget(form)
    open_form(form)
    made: list[dict[str, Any]] = []
    form.created.connect(made.append)
    form.focus_first()
    write(form.control("name"), "Vis à bois")
    form.control("price").setText("12,5")
    QTest.keyClick(form.control("price"), Qt.Key.Key_Return)
    assert (made[0]["name"], made[0]["price"], made[0]["vat"]) == ("Vis à bois", Decimal("12.5"), Decimal(20))


def test_missing_required_field_gets_the_focus(context: CompanyContext, qtbot: Any) -> None:
    form = RecordForm(context, "client", names=("phone", "name"))
    qtbot.addWidget(form)
    open_form(form)
    form.submit()
    assert form.form_fields["name"].message() == "Le champ « Nom » est obligatoire."
    assert QApplication.focusWidget() is form.control("name")


def test_impossible_postcode_is_said_at_the_postcode(context: CompanyContext, qtbot: Any) -> None:
    form = RecordForm(context, "client", names=("name", "postcode", "country"))
    qtbot.addWidget(form)
    form.control("name").setText("Sophie")
    form.control("postcode").setText("5900")
    form.submit()
    assert "cinq" in form.form_fields["postcode"].message()


def test_a_change_elsewhere_is_shown_but_not_where_one_types(context: CompanyContext, qtbot: Any) -> None:
    record = client(context.company)
    form = RecordForm(context, "client", record)
    qtbot.addWidget(form)
    open_form(form)
    form.control("phone").setFocus()
    write(form.control("phone"), "12")
    form.show_record(records.update(context.company, "client", record["id"], {"phone": "99", "city": "Roubaix"}))
    assert (form.control("phone").text(), form.control("city").text()) == ("12", "Roubaix")


def test_rows_read_like_people_write(context: CompanyContext) -> None:
    record = product(context.company, "Chêne", "1250.5", vat="5.5")
    fields = entity("product").by_name
    assert value_words(fields["price"], record["price"]) == "1\u202f250,50\u00a0€"
    assert value_words(fields["vat"], record["vat"]) == "5,5\u00a0%"
    assert value_words(fields["type"], record["type"]) == "Bien"
    rows = record_rows(context, "product", record, ("name", "price"))
    assert [row.text() for row in rows] == ["Chêne", "1\u202f250,50\u00a0€"]
