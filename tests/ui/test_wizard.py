"""The first start: Enter goes on, what is wrong holds it back, countries ask for their own numbers."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from facturepro import i18n
from facturepro.ui.wizard.model import WizardChecks, default_answers, proposed_mentions, register_line
from facturepro.ui.wizard.window import FirstStart


def validate(field, text, country):
    if field == "siren":
        return (None, "Numéro valide") if text.replace(" ", "") == "123456782" else ("Vérifiez le SIREN.", None)
    if field == "postcode" and country == "FR" and len(text) != 5:
        return "Il manque un chiffre.", None
    return None, None


def derive(field, text, _country):
    return {"vat_number": "FR11 123456782"} if field == "siren" and len(text) >= 9 else {}


@pytest.fixture
def wizard(qtbot):
    wizard = FirstStart(WizardChecks(validate, derive))
    qtbot.addWidget(wizard)
    wizard.show()
    wizard.activateWindow()
    qtbot.waitUntil(wizard.isActiveWindow)
    yield wizard
    i18n.set_language("fr")


def enter(wizard):
    QTest.keyClick(wizard.focusWidget(), Qt.Key.Key_Return)


def type_into(wizard, name, text):
    control = wizard.step().fields[name].control
    control.setFocus()
    control.selectAll()
    QTest.keyClicks(control, text)


COMPANY = {
    "siren": "123 456 782",
    "name": "Atelier Boisvert",
    "capital": "20000",
    "rcs_city": "Lille",
    "address": "14 rue des Tanneurs",
    "postcode": "59000",
    "city": "Lille",
    "email": "contact@atelier.example",
}


def fill_company(wizard):
    for name, text in COMPANY.items():
        type_into(wizard, name, text)


def test_four_minutes_with_the_keyboard_alone(wizard, qtbot):
    enter(wizard)
    fill_company(wizard)
    for _step in range(4):
        enter(wizard)
    assert wizard.index() == 5
    with qtbot.waitSignal(wizard.finished) as signal:
        enter(wizard)
    answers = signal.args[0]
    assert answers["name"] == "Atelier Boisvert"
    assert answers["vat_number"] == "FR11 123456782"
    assert answers["vat_regime"] == "normal"
    assert answers["layout"] == "moderne"
    assert answers["accent"].startswith("#")
    assert answers["number_prefix"] == "FA"
    assert answers["cloud"] == "later"
    assert answers["ice"] == ""
    assert len(answers["mentions"]) == 4


def test_what_is_missing_or_wrong_holds_back_and_gets_the_focus(wizard):
    wizard.go_to(1)
    enter(wizard)
    assert wizard.index() == 1
    fields = wizard.step().fields
    assert fields["siren"].control.hasFocus()
    assert "À remplir" in fields["name"].message()
    assert fields["phone"].message() == ""
    fill_company(wizard)
    type_into(wizard, "postcode", "5900")
    enter(wizard)
    assert wizard.index() == 1
    assert fields["postcode"].message() == "Il manque un chiffre."
    assert fields["postcode"].control.hasFocus()
    QTest.keyClick(fields["postcode"].control, Qt.Key.Key_End)
    QTest.keyClicks(fields["postcode"].control, "0")
    assert fields["postcode"].message() == ""  # gone as soon as it is mended
    enter(wizard)
    assert wizard.index() == 2


def test_a_good_number_is_green_and_fills_what_follows_from_it(wizard):
    wizard.go_to(1)
    type_into(wizard, "siren", "123 456 782")
    fields = wizard.step().fields
    assert fields["siren"].shown_text() == "Numéro valide"
    assert fields["siren"].control.is_ticked()
    assert fields["vat_number"].control.text() == "FR11 123456782"
    assert fields["vat_number"].message() == "Déduit du SIREN"


def test_a_derived_value_never_overwrites_what_was_typed(wizard):
    wizard.go_to(1)
    type_into(wizard, "vat_number", "FR99")
    type_into(wizard, "siren", "123 456 782")
    assert wizard.step().fields["vat_number"].control.text() == "FR99"


def test_going_back_keeps_what_was_typed(wizard):
    wizard.go_to(1)
    type_into(wizard, "name", "Atelier")
    wizard.back_button.click()
    assert wizard.index() == 0
    wizard.go_to(1)
    assert wizard.step().fields["name"].control.text() == "Atelier"


@pytest.mark.parametrize(
    ("country", "own", "absent"),
    [
        ("FR", {"siren", "vat_number", "rcs_city"}, {"ice", "company_number"}),
        ("BE", {"company_number", "vat_number"}, {"siren", "rcs_city", "ice"}),
        ("MA", {"ice", "tax_id", "rc"}, {"siren", "vat_number", "rcs_city"}),
    ],
)
def test_each_country_asks_for_its_own_numbers(wizard, country, own, absent):
    wizard.answers["country"] = country
    wizard.go_to(1)
    assert own <= set(wizard.step().fields)
    assert not absent & set(wizard.step().fields)


def test_only_steps_that_can_wait_have_later(wizard):
    shown = []
    for index in range(6):
        wizard.go_to(index)
        shown.append(wizard.later_button.isVisible())
    assert shown == [False, False, True, False, False, False]


def test_later_drops_what_is_half_typed_and_wrong(qtbot):
    wizard = FirstStart(WizardChecks(lambda field, text, _c: ("Non.", None) if field == "iban" else (None, None)))
    qtbot.addWidget(wizard)
    wizard.show()
    wizard.go_to(2)
    type_into(wizard, "iban", "FR76")
    wizard.step().check("iban")
    wizard.later_button.click()
    assert wizard.index() == 3
    assert wizard.answers["iban"] == ""


def test_the_demo_is_one_click(wizard, qtbot):
    with qtbot.waitSignal(wizard.demo_requested):
        wizard.demo_button.click()


def test_franchise_adds_its_mention_and_hides_the_vat_number(wizard):
    wizard.go_to(4)
    wizard.step().regime.buttons["franchise"].click()
    assert wizard.answers["vat_regime"] == "franchise"
    assert proposed_mentions(wizard.answers)[-1] == "TVA non applicable, art. 293 B du CGI"


def test_the_mentions_can_be_written_otherwise(wizard, qtbot):
    wizard.preview.link.clicked.emit()
    assert wizard.preview.editor.isVisible()
    wizard.preview.editor.setPlainText("Une mention\n\nUne autre ")
    assert proposed_mentions(wizard.answers) == ["Une mention", "Une autre"]


def test_another_language_rebuilds_the_texts(qtbot):
    applied = []
    wizard = FirstStart(apply_language=applied.append)
    qtbot.addWidget(wizard)
    wizard.show()
    before = wizard.demo_button
    wizard.step().fields["language"].control.edited.emit("en")
    assert applied == ["en"]
    assert wizard.answers["language"] == "en"
    assert wizard.demo_button is not before


def test_a_file_that_is_no_image_is_refused_in_words(qtbot, tmp_path):
    bad, good = tmp_path / "logo.png", tmp_path / "bon.png"
    bad.write_text("not an image")
    QImage(8, 8, QImage.Format.Format_RGB32).save(str(good))
    picked = [str(bad), str(good)]
    wizard = FirstStart(choose_file=lambda _parent: picked.pop(0))
    qtbot.addWidget(wizard)
    wizard.show()
    wizard.go_to(2)
    wizard.step().logo_button.click()
    assert "ne se lit pas" in wizard.step().fields["logo_path"].message()
    assert wizard.answers["logo_path"] == ""
    wizard.step().logo_button.click()
    assert wizard.answers["logo_path"] == str(good)
    assert wizard.step().fields["logo_path"].message() == ""


def test_register_line():
    answers = {**default_answers("fr"), "capital": "20000", "rcs_city": "Lille", "siren": "123 456 782"}
    assert register_line(answers) == ["SARL au capital de 20\u202f000\u00a0€", "RCS Lille 123 456 782"]
    assert register_line({**answers, "legal_form": "Entrepreneur individuel"})[0] == "Entrepreneur individuel"


def test_nothing_is_clipped_at_its_smallest_size(wizard, each_theme):
    wizard.resize(1280, 800)
    for index in range(6):
        wizard.go_to(index)
        assert not wizard.grab().isNull()
        assert wizard._scroll.verticalScrollBar().maximum() == 0
