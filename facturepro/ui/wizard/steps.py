"""The six steps of the wizard as widgets. Each reads and writes the shared answers and says when it changed them."""

from collections.abc import Callable

from PySide6.QtCore import QDate, Qt, Signal
from PySide6.QtGui import QImageReader
from PySide6.QtWidgets import QButtonGroup, QFileDialog, QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from facturepro.i18n import LANGUAGES, _
from facturepro.ui.widgets.buttons import Button
from facturepro.ui.widgets.checkbox import RadioButton
from facturepro.ui.widgets.fields import ChoiceField
from facturepro.ui.widgets.form import FormField
from facturepro.ui.widgets.labels import Label
from facturepro.ui.widgets.segmented import Segmented
from facturepro.ui.wizard.choices import AccentChoice, LayoutChoice, default_accent
from facturepro.ui.wizard.fields import CheckedField, TickField, gap
from facturepro.ui.wizard.model import (
    COUNTRIES,
    CURRENCIES,
    DERIVED,
    LABELS,
    LEGAL_FORMS,
    UNMARKED,
    WITHOUT_CAPITAL,
    Answers,
    WizardChecks,
    company_rows,
    format_capital,
    franchise_mention,
    is_required,
    missing_sentence,
)

_COLUMNS = 6  # of the grid of the company step
_SPANS = {"postcode": 2, "city": 4}
_LONG_MESSAGES = ("postcode",)  # narrow fields whose sentence may use the whole row
_MESSAGE_GAP = 4


class Step(QWidget):
    """Signals: ``changed()`` after the answers changed."""

    changed = Signal()

    def __init__(self, answers: Answers, checks: WizardChecks) -> None:
        super().__init__()
        self.answers, self.checks = answers, checks
        self.fields: dict[str, FormField] = {}
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(gap())

    def complete(self) -> bool:
        """Check everything; shows what is wrong and puts the focus there. True when the wizard may go on."""
        return self._check_all([name for name in self.fields if isinstance(self.fields[name], CheckedField)])

    def first_control(self) -> QWidget | None:
        return next((field.control for field in self.fields.values()), None)

    # --- text fields with their checks
    def add_text(self, name: str, suffix: str = "") -> CheckedField:
        control = TickField(suffix)
        control.set_value(self.answers.get(name, ""))
        field = CheckedField(_(LABELS[name]), control, optional=not is_required(name) and name not in UNMARKED)
        control.edited.connect(lambda _value: self._typed(name))
        control.left.connect(lambda: self.check(name))
        self.fields[name] = field
        if self.answers.get(name):
            self.check(name)
        return field

    def text(self, name: str) -> str:
        return str(self.fields[name].control.value())  # type: ignore[attr-defined]

    def _typed(self, name: str) -> None:
        self.answers[name] = self.text(name)
        self.answers.setdefault("typed", set()).add(name)
        field = self.fields[name]
        error, hint = self._judge(name)
        if isinstance(field, CheckedField) and (field.has_error() or error is None):
            # An error disappears as soon as it is mended, but a new one waits until the field is left.
            field.show_check(error if field.has_error() else None, hint, good=hint is not None)
        if error is None:
            self._derive(name)
        self.changed.emit()

    def _judge(self, name: str) -> tuple[str | None, str | None]:
        text = self.text(name)
        return self.checks.validate(name, text, self.answers["country"]) if text else (None, None)

    def check(self, name: str, insist: bool = False) -> bool:
        """Show what the check says; ``insist`` also asks for what is required."""
        error, hint = self._judge(name)
        if insist and not self.text(name) and is_required(name):
            error = missing_sentence(name)
        field = self.fields[name]
        if isinstance(field, CheckedField):
            field.show_check(error, hint, good=hint is not None)
        wrong: set[str] = self.answers.setdefault("wrong", set())
        (wrong.add if error else wrong.discard)(name)
        if name == "capital" and not error:
            field.control.set_value(format_capital(self.text(name)))  # type: ignore[attr-defined]
        self.changed.emit()
        return error is None

    def _check_all(self, names: list[str]) -> bool:
        results = {name: self.check(name, insist=True) for name in names}
        for name, good in results.items():
            if not good:
                self.fields[name].control.setFocus(Qt.FocusReason.TabFocusReason)
                return False
        return True

    def _derive(self, name: str) -> None:
        typed = self.answers.get("typed", set())
        for other, value in self.checks.derive(name, self.text(name), self.answers["country"]).items():
            field = self.fields.get(other)
            if other in typed or not isinstance(field, CheckedField):
                continue
            field.control.set_value(value)  # type: ignore[attr-defined]
            self.answers[other] = value
            words = _(DERIVED.get(name, ""))
            field.show_check(None, words if value else None, good=False)


class LanguageStep(Step):
    """Signals: ``language_chosen(str)``."""

    language_chosen = Signal(str)

    def __init__(self, answers: Answers, checks: WizardChecks) -> None:
        super().__init__(answers, checks)
        language = ChoiceField(list(LANGUAGES.items()), answers["language"])
        language.edited.connect(self._choose_language)
        country = ChoiceField([(code, _(name)) for code, name in COUNTRIES.items()], answers["country"])
        country.edited.connect(self._choose_country)
        self.fields["language"] = FormField(_("Langue"), language)
        self.fields["country"] = FormField(_("Pays de votre entreprise"), country)
        self.fields["country"].set_hint(_("Il décide des numéros, des taux et des mentions."))
        self.column.addWidget(self.fields["language"])
        self.column.addWidget(self.fields["country"])

    def _choose_language(self, code: str) -> None:
        self.answers["language"] = code
        self.language_chosen.emit(code)

    def _choose_country(self, code: str) -> None:
        self.answers["country"] = code
        self.answers["legal_form"] = "SRL" if code == "BE" else "SARL"
        self.answers["mentions"] = None
        self.changed.emit()


class CompanyStep(Step):
    def __init__(self, answers: Answers, checks: WizardChecks) -> None:
        super().__init__(answers, checks)
        for names in company_rows(answers["country"]):
            self._add_row(names)
        self._show_forms_own()

    def _add_row(self, names: tuple[str, ...]) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(gap())
        grid.setVerticalSpacing(_MESSAGE_GAP)
        for column in range(_COLUMNS):
            grid.setColumnStretch(column, 1)
            grid.setColumnMinimumWidth(column, 1)
        place = 0
        for name in names:
            span = _SPANS.get(name, _COLUMNS // len(names))
            field = self._make(name)
            field.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)  # the columns decide
            grid.addWidget(field, 0, place, 1, span, Qt.AlignmentFlag.AlignTop)
            place += span
            if name in _LONG_MESSAGES and isinstance(field, CheckedField):
                grid.addWidget(field.message_widget(), 1, 0, 1, _COLUMNS)
        self.column.addLayout(grid)

    def _make(self, name: str) -> QWidget:
        if name != "legal_form":
            currency = CURRENCIES[self.answers["country"]]
            return self.add_text(name, {"EUR": "€"}.get(currency, currency) if name == "capital" else "")
        forms = LEGAL_FORMS[self.answers["country"]]
        control = ChoiceField([(form, form) for form in forms], self.answers["legal_form"])
        control.edited.connect(self._choose_form)
        self.fields[name] = FormField(_(LABELS[name]), control)
        return self.fields[name]

    def _choose_form(self, form: str) -> None:
        self.answers["legal_form"] = form
        self._show_forms_own()
        self.changed.emit()

    def _show_forms_own(self) -> None:
        if "capital" in self.fields:
            self.fields["capital"].setEnabled(self.answers["legal_form"] not in WITHOUT_CAPITAL)


class LookStep(Step):
    def __init__(
        self, answers: Answers, checks: WizardChecks, choose_file: Callable[[QWidget], str] | None = None
    ) -> None:
        super().__init__(answers, checks)
        self._choose_file = choose_file or _ask_for_image
        self.column.addWidget(self._make_logo())
        self.answers["accent"] = self.answers["accent"] or default_accent()
        accent = AccentChoice(self.answers["accent"])
        accent.edited.connect(lambda value: self._set("accent", value))
        self.fields["accent"] = FormField(_("Couleur"), accent)
        layout = LayoutChoice(self.answers["layout"], accent)
        layout.edited.connect(lambda value: self._set("layout", value))
        self.fields["layout"] = FormField(_("Présentation"), layout)
        self.column.addWidget(self.fields["accent"])
        self.column.addWidget(self.fields["layout"])
        row = QHBoxLayout()
        row.setSpacing(gap())
        row.addWidget(self.add_text("iban"), 2, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.add_text("bic"), 1, Qt.AlignmentFlag.AlignTop)
        self.column.addLayout(row)

    def _make_logo(self) -> FormField:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        self.logo_button = Button(_("Choisir une image…"), icon="action.attach")
        self.logo_button.clicked.connect(self._pick_logo)
        self.remove_button = Button(_("Retirer"), variant="ghost")
        self.remove_button.clicked.connect(lambda: self._take_logo(""))
        self.logo_name = Label("", color="text_2", elide=True)
        row.addWidget(self.logo_button)
        row.addWidget(self.remove_button)
        row.addWidget(self.logo_name, 1)
        self.fields["logo_path"] = FormField(_("Logo"), holder, optional=True)
        self._show_logo()
        return self.fields["logo_path"]

    def first_control(self) -> QWidget | None:
        return self.fields["accent"].control  # not the button: Enter goes on

    def _pick_logo(self) -> None:
        path = self._choose_file(self)
        if path:
            self._take_logo(path)

    def _take_logo(self, path: str) -> None:
        field = self.fields["logo_path"]
        if path and not QImageReader(path).canRead():
            field.set_error(_("Cette image ne se lit pas. Choisissez un fichier PNG, JPEG ou SVG."))
            return
        field.set_error(None)
        self._set("logo_path", path)
        self._show_logo()

    def _show_logo(self) -> None:
        path = str(self.answers["logo_path"])
        self.logo_name.setText(path.replace("\\", "/").rsplit("/", 1)[-1])
        self.remove_button.setVisible(bool(path))

    def _set(self, key: str, value: object) -> None:
        self.answers[key] = value
        self.changed.emit()


def _ask_for_image(parent: QWidget) -> str:
    path, _filter = QFileDialog.getOpenFileName(
        parent, _("Choisir un logo"), "", _("Images (*.png *.jpg *.jpeg *.svg *.webp)")
    )
    return path


class NumberingStep(Step):
    def __init__(self, answers: Answers, checks: WizardChecks) -> None:
        super().__init__(answers, checks)
        field = self.add_text("number_prefix")
        field.control.setMaxLength(6)  # type: ignore[attr-defined]
        field.set_standing_hint(
            _("Des lettres ou des chiffres, six au plus. L’année et la série de cet ordinateur s’y ajoutent.")
        )
        self.column.addWidget(field)
        self.example = Label("", role="strong")
        self.column.addWidget(self.example)
        self.changed.connect(self._show_example)
        self._show_example()
        self.column.addWidget(
            Label(
                _(
                    "Un numéro est attribué quand vous émettez la facture, jamais avant : un brouillon n’en a pas. "
                    "Chaque ordinateur a sa propre série (A, B…), pour numéroter même hors ligne."
                ),
                color="text_2",
                wrap=True,
            )
        )

    def _show_example(self) -> None:
        number = f"{self.answers['number_prefix'] or 'FA'}-{QDate.currentDate().year()}-A0001"
        self.example.setText(_("Votre première facture : {number}").format(number=number))


class VatStep(Step):
    def __init__(self, answers: Answers, checks: WizardChecks) -> None:
        super().__init__(answers, checks)
        normal = (_("Je facture la TVA"), _("Les taux du pays sont proposés sur chaque ligne."))
        franchise = (
            _("Je suis en franchise de TVA"),
            _("Aucune TVA sur vos factures. Mention obligatoire : « {mention} ».").format(
                mention=franchise_mention(answers["country"])
            ),
        )
        self.regime = RadioGroup({"normal": normal, "franchise": franchise}, answers["vat_regime"])
        self.regime.chosen.connect(lambda key: self._set("vat_regime", key))
        self.column.addWidget(self.regime)
        activity = Segmented(
            [("goods", _("Biens")), ("services", _("Services")), ("mixed", _("Les deux"))], _("Vous vendez")
        )
        activity.set_value(answers["activity"])
        activity.edited.connect(lambda key: self._set("activity", key))
        self.fields["activity"] = FormField(_("Vous vendez"), activity)
        self.column.addWidget(self.fields["activity"], 0, Qt.AlignmentFlag.AlignLeft)

    def first_control(self) -> QWidget | None:
        return self.regime.checked()

    def _set(self, key: str, value: object) -> None:
        self.answers[key] = value
        self.answers["mentions"] = None
        self.changed.emit()


class CloudStep(Step):
    def __init__(self, answers: Answers, checks: WizardChecks) -> None:
        super().__init__(answers, checks)
        later = (
            _("Plus tard"),
            _("Rien à configurer. Tout se trouve sur cet ordinateur, avec une sauvegarde chaque jour."),
        )
        now = (_("Relier un cloud maintenant"), _("Après la création, la page Synchronisation s’ouvre et vous guide."))
        self.choice = RadioGroup({"later": later, "now": now}, answers["cloud"])
        self.choice.chosen.connect(self._choose)
        self.column.addWidget(self.choice)

    def first_control(self) -> QWidget | None:
        return self.choice.checked()

    def _choose(self, key: str) -> None:
        self.answers["cloud"] = key
        self.changed.emit()


class RadioGroup(QWidget):
    """Exclusive choices, each with a sentence. Signals: ``chosen(str)``."""

    chosen = Signal(str)

    def __init__(self, options: dict[str, tuple[str, str]], value: str) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self._group = QButtonGroup(self)
        self.buttons: dict[str, RadioButton] = {}
        for key, (text, sentence) in options.items():
            button = RadioButton(text, checked=key == value)
            button.setAccessibleDescription(sentence)
            button.toggled.connect(lambda on, key=key: self.chosen.emit(key) if on else None)
            self._group.addButton(button)
            self.buttons[key] = button
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
            note = Label(sentence, role="caption", color="text_2", wrap=True)
            note.setContentsMargins(24, 0, 0, 12)
            column.addWidget(note)

    def checked(self) -> RadioButton | None:
        button = self._group.checkedButton()
        return button if isinstance(button, RadioButton) else None
