"""Fields: what can be typed, what comes back, what is said when it cannot be read."""

from datetime import date
from decimal import Decimal

import pytest
from PySide6.QtCore import QDate, QEvent, Qt
from PySide6.QtGui import QFocusEvent, QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCalendarWidget, QHBoxLayout, QWidget

from facturepro.ui.widgets.fields import (
    CheckBox,
    ChoiceField,
    DateField,
    DecimalField,
    FormField,
    MoneyField,
    SearchField,
    Switch,
    TextArea,
    TextField,
)

TODAY = date(2026, 11, 20)


def type_in(field: QWidget, text: str) -> None:
    """Like an input method: keyClicks aborts on anything but ASCII."""
    event = QInputMethodEvent()
    event.setCommitString(text)
    QApplication.sendEvent(field, event)


def leave(field: QWidget) -> None:
    QApplication.sendEvent(field, QFocusEvent(QEvent.Type.FocusOut, Qt.FocusReason.TabFocusReason))


def arrive(field: QWidget) -> None:
    QApplication.sendEvent(field, QFocusEvent(QEvent.Type.FocusIn, Qt.FocusReason.TabFocusReason))


@pytest.mark.parametrize("text", ["20/12/2026", "20/12", "201226", "2026-12-20", "20.12.26"])
def test_date_typed_in_any_usual_way(qtbot, text: str) -> None:
    field = DateField(today=lambda: TODAY)
    qtbot.addWidget(field)
    seen: list[object] = []
    field.edited.connect(seen.append)
    type_in(field, text)
    leave(field)
    assert field.value() == date(2026, 12, 20)
    assert field.text() == "20/12/2026"
    assert seen[-1] == date(2026, 12, 20)
    assert field.problem() is None


def test_date_that_does_not_exist_is_kept_and_explained(qtbot) -> None:
    form = FormField("Échéance", DateField(today=lambda: TODAY))
    qtbot.addWidget(form)
    type_in(form.control, "30/02/2026")
    assert form.message() == ""
    leave(form.control)
    assert form.control.value() is None
    assert form.control.text() == "30/02/2026"
    assert "20/12/2026" in form.message()
    assert form.control.property("fpState") == "error"
    assert form.control.accessibleDescription() == form.message()
    form.control.selectAll()
    type_in(form.control, "1/3")
    assert form.message() == ""
    leave(form.control)
    assert form.control.value() == date(2026, 3, 1)


def test_date_by_arrows_and_calendar(qtbot) -> None:
    field = DateField(date(2026, 12, 31), today=lambda: TODAY)
    qtbot.addWidget(field)
    QTest.keyClick(field, Qt.Key.Key_Up)
    assert field.value() == date(2027, 1, 1)
    field.show()
    calendar = field.open_calendar()
    assert not calendar.grab().isNull()
    assert isinstance(calendar, QCalendarWidget)
    assert calendar.selectedDate() == QDate(2027, 1, 1)
    with qtbot.waitSignal(field.edited) as caught:
        calendar.clicked.emit(QDate(2027, 1, 15))
    assert caught.args == [date(2027, 1, 15)]
    assert field.text() == "15/01/2027"


@pytest.mark.parametrize(
    ("text", "value", "shown"),
    [
        ("1 234,50", Decimal("1234.50"), "1\u202f234,50"),
        ("1234.5", Decimal("1234.5"), "1\u202f234,50"),
        ("12,5 €", Decimal("12.5"), "12,50"),
        ("-8888,88", Decimal("-8888.88"), "\u22128\u202f888,88"),
        ("0", Decimal(0), "0,00"),
    ],
)
def test_money_typed_the_french_way(qtbot, text: str, value: Decimal, shown: str) -> None:
    field = MoneyField()
    qtbot.addWidget(field)
    type_in(field, text)
    assert field.value() == value
    leave(field)
    assert field.text() == shown
    assert field.value() == value
    assert isinstance(field.value(), Decimal)
    assert field.alignment() & Qt.AlignmentFlag.AlignRight


def test_money_that_cannot_be_read(qtbot) -> None:
    form = FormField("Prix HT", MoneyField())
    qtbot.addWidget(form)
    type_in(form.control, "douze")
    leave(form.control)
    assert form.control.value() is None
    assert form.control.text() == "douze"
    assert "1 234,50" in form.message()


def test_empty_number_is_none_and_no_error(qtbot) -> None:
    form = FormField("Remise", DecimalField(suffix="%"), optional=True)
    qtbot.addWidget(form)
    leave(form.control)
    assert form.control.value() is None
    assert form.message() == ""
    assert form.validate()


def test_limits_are_explained_not_enforced(qtbot) -> None:
    field = DecimalField(decimals=2, minimum=Decimal(0), maximum=Decimal(100), suffix="%")
    qtbot.addWidget(field)
    type_in(field, "120")
    leave(field)
    assert field.value() == Decimal(120)
    assert "100,00" in (field.problem() or "")
    field.set_value(Decimal("12.345"))
    assert "chiffres" in (field.problem() or "")
    assert field.value() == Decimal("12.345")


def test_quantity_keeps_what_was_typed(qtbot) -> None:
    field = DecimalField()
    qtbot.addWidget(field)
    type_in(field, "1,375")
    leave(field)
    assert field.text() == "1,375"
    field.set_value(Decimal(14))
    assert field.text() == "14"


def test_currency_changes_symbol_and_decimals(qtbot) -> None:
    field = MoneyField(Decimal("12.5"))
    qtbot.addWidget(field)
    field.set_currency("TND")
    assert field.text() == "12,500"
    assert field.value() == Decimal("12.5")


def test_tab_selects_a_number_to_type_over(qtbot) -> None:
    field = MoneyField(Decimal("24.90"))
    qtbot.addWidget(field)
    arrive(field)
    assert field.selectedText() == "24,90"


def test_text_measures_and_locked(qtbot, each_theme) -> None:
    field, small = TextField("Atelier"), TextField("x", small=True)
    for each in (field, small):
        qtbot.addWidget(each)
    assert (field.height(), small.height()) == (32, 28)
    field.resize(180, 32)
    assert field.grab().toImage().pixelColor(90, 0) == each_theme.color("border_input")
    field.set_locked(True)
    assert field.isReadOnly()
    assert field.grab().toImage().pixelColor(90, 2) == each_theme.color("surface_1")


def test_form_field_error_warning_hint_order(qtbot, each_theme) -> None:
    form = FormField("SIREN", TextField())
    qtbot.addWidget(form)
    form.resize(300, form.sizeHint().height())
    low = form.sizeHint().height()
    form.set_hint("Neuf chiffres")
    form.set_warning("Obligatoire pour émettre")
    assert form.message() == "Obligatoire pour émettre"
    assert form.control.property("fpState") == "warning"
    form.set_error("Ce numéro n’existe pas : vérifiez le dernier chiffre.")
    assert form.message().startswith("Ce numéro")
    form.control.resize(200, 32)
    assert form.control.grab().toImage().pixelColor(90, 0) == each_theme.color("danger")
    form.set_error(None)
    form.set_warning(None)
    assert form.message() == "Neuf chiffres"
    form.set_hint(None)
    assert form.message() == ""
    assert form.sizeHint().height() == low == 52
    assert form.control.accessibleName() == "SIREN"


def test_choice_by_keyboard_and_wheel_kept_away(qtbot) -> None:
    field = ChoiceField([("piece", "pièce"), ("hour", "heure")], "piece")
    qtbot.addWidget(field)
    assert field.value() == "piece"
    with qtbot.waitSignal(field.edited) as caught:
        QTest.keyClick(field, Qt.Key.Key_Down)
    assert caught.args == ["hour"]
    field.set_value("unknown")
    assert field.value() is None
    assert field.height() == 32


def test_search_empties_on_escape(qtbot) -> None:
    field = SearchField("Rechercher un client")
    qtbot.addWidget(field)
    type_in(field, "dép")
    assert field.value() == "dép"
    with qtbot.waitSignal(field.edited) as caught:
        QTest.keyClick(field, Qt.Key.Key_Escape)
    assert caught.args == [""]
    assert field.accessibleName() == "Rechercher un client"


def test_area_is_left_by_tab(qtbot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    row = QHBoxLayout(window)
    area, other = TextArea("Note"), TextField()
    row.addWidget(area)
    row.addWidget(other)
    with qtbot.waitActive(window):
        window.show()
    seen: list[object] = []
    area.edited.connect(seen.append)
    area.set_value("Autre")
    assert seen == []
    area.setFocus()
    QTest.keyClick(area, Qt.Key.Key_Tab)
    assert other.hasFocus()
    assert area.value() == "Autre"


@pytest.mark.parametrize("control", [CheckBox, Switch])
def test_toggles_hold_booleans(qtbot, control: type) -> None:
    toggle = control("Actif")
    qtbot.addWidget(toggle)
    toggle.set_value(True)
    assert toggle.value() is True
    toggle.set_value(False)
    assert toggle.value() is False
