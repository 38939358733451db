"""Left column: buttons, status chips, fields."""

from datetime import date
from decimal import Decimal

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from facturepro.ui import theme
from facturepro.ui.gallery.canvas import Canvas
from facturepro.ui.widgets.buttons import Button, IconButton
from facturepro.ui.widgets.chips import StatusChip
from facturepro.ui.widgets.drawing import force_state
from facturepro.ui.widgets.fields import (
    CheckBox,
    ChoiceField,
    DateField,
    FormField,
    MoneyField,
    RadioButton,
    Segmented,
    Switch,
    TextField,
)
from facturepro.ui.widgets.focus import FocusRing, force_ring

_STATES = ("normal", "survol", "enfoncé", "focus clavier", "inactif")
_VARIANTS = (
    ("Principal", "primary", "Émettre"),
    ("Secondaire", "secondary", "Relancer"),
    ("Discret", "ghost", "Annuler"),
    ("Danger", "danger", "Supprimer"),
)
CHIPS = (
    (
        "Factures",
        402,
        [
            ("Brouillon", "neutral", "status.draft"),
            ("À encaisser", "info", "status.open"),
            ("Reste 120,00\u00a0€", "warning", "status.partial"),
            ("En retard de 12 j", "danger", "status.late"),
        ],
    ),
    (
        "",
        430,
        [
            ("Payée", "success", "status.paid"),
            ("Annulée par avoir", "violet", "status.cancelled"),
            ("À numéroter", "warning", "hourglass"),
        ],
    ),
    (
        "Devis",
        458,
        [
            ("Envoyé", "info", "action.email"),
            ("Accepté", "success", "status.paid"),
            ("Refusé", "danger", "action.close"),
            ("Expiré", "neutral", "status.open"),
        ],
    ),
    (
        "Stock",
        486,
        [
            ("4 sous le minimum", "warning", "status.low_stock"),
            ("Stock négatif", "danger", "status.negative_stock"),
            ("12 attendus", "info", "nav.deliveries"),
        ],
    ),
    (
        "Synchro",
        514,
        [
            ("Sur cet ordinateur", "neutral", "desktop"),
            ("En attente", "info", "status.waiting"),
            ("Synchronisé", "success", "status.synced"),
            ("Conflit", "violet", "status.conflict"),
        ],
    ),
)


def add(sheet: Canvas) -> None:
    _buttons(sheet)
    _chips(sheet)
    _fields(sheet)
    _choices(sheet)


def _buttons(sheet: Canvas) -> None:
    sheet.section(32, 68, "Boutons : hauteur 32 (28 en petit), rayon 6, marge 12, texte 13/500")
    for column, name in enumerate(_STATES):
        sheet.words(name, 124 + 100 * column, 116, "caption", "text_3")
    for row, (name, variant, text) in enumerate(_VARIANTS):
        top = 137 + 44 * row
        sheet.words(name, 32, top + 16, "body", "text_2")
        for column, state in enumerate((None, "hover", "pressed", "focus", None)):
            button = Button(text, variant)
            button.setEnabled(column < 4)
            sheet.put(button, 124 + 100 * column, top)
            force_state(button, state)
            if state == "focus":
                force_ring(button)
    sheet.words("Petit, icône", 32, 327, "body", "text_2")
    sheet.put(Button("PDF", icon="action.pdf", small=True), 124, 313)
    sheet.put(IconButton("action.columns", "Colonnes"), 224, 313)
    sheet.put(IconButton("action.more", "Autres actions", bordered=True), 256, 313)
    sheet.put(Button("Moderne", small=True, menu=True), 324, 313)
    sheet.put(Segmented([("ht", "HT"), ("ttc", "TTC")], "Prix"), 524, 313)


def _chips(sheet: Canvas) -> None:
    sheet.section(
        32, 361, "Pastilles d’état : hauteur 20, rayon 10, icône 14, texte 12/500 ; toujours un mot et une forme"
    )
    for name, top, chips in CHIPS:
        sheet.words(name, 32, top + 9, "caption", "text_2")
        left = 104
        for text, kind, icon in chips:
            chip = sheet.put(StatusChip(text, kind, icon), left, top)
            left += chip.width() + 8


class _Caret(QWidget):
    """The text cursor of a field that has no real focus in a picture."""

    def paintEvent(self, _event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme.current().color("text"))


def _fields(sheet: Canvas) -> None:
    sheet.section(32, 554, "Champs : libellé 12/500, écart 4, hauteur 32, message 12 dessous ; grille 16")
    due = DateField(date(2026, 12, 20))
    frozen = TextField("FA-2026-A0112")
    frozen.set_locked(True)
    rows = (
        (32, 595, "Nom", TextField("Atelier Boisvert")),
        (235, 595, "Échéance", due),
        (437, 595, "Prix HT", MoneyField(Decimal("24.90"))),
        (32, 663, "Unité", ChoiceField([("piece", "pièce"), ("hour", "heure")], "piece")),
        (235, 663, "Compagnon", TextField(placeholder="Nom ou e-mail")),
        (437, 663, "N° (émis, figé)", frozen),
    )
    for left, top, label, control in rows:
        sheet.put(FormField(label, control), left, top, 186 if left == 235 else 187, 52)
    siren = FormField("SIREN du client", TextField("314 872 053"), beside=True)
    sheet.put(siren, 32, 731, 592, 52)
    siren.control.setFixedWidth(176)
    siren.set_error("Ce numéro n’existe pas : vérifiez le dernier chiffre.")
    _show_focused(sheet, due)


def _show_focused(sheet: Canvas, field: TextField) -> None:
    """Ring and caret of the field that is shown with the keyboard focus."""
    ring = FocusRing(sheet)
    ring.setObjectName("forcedFocusRing")
    ring.attach(field)
    _Caret(field).setGeometry(88, 8, 1, 16)


def _choices(sheet: Canvas) -> None:
    partial = CheckBox("Partiel")
    partial.set_value(None)
    controls = (
        (32, CheckBox("Coché", True)),
        (116, partial),
        (199, CheckBox("Vide")),
        (271, RadioButton("Choisi", True)),
        (353, RadioButton("Autre")),
        (430, Switch("Oui", True)),
        (511, Switch("Non")),
    )
    for index, (left, control) in enumerate(controls):
        if isinstance(control, RadioButton):
            control.setAutoExclusive(False)
        sheet.put(control, left, 799)
        control.setObjectName(f"choice{index}")
