"""Joining a cloud: what it is, in plain words, and the few things that it needs."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from facturepro.i18n import _
from facturepro.services import cloud
from facturepro.services.company import settings
from facturepro.ui import theme
from facturepro.ui.data import CompanyContext
from facturepro.ui.widgets.banner import Banner
from facturepro.ui.widgets.buttons import Button
from facturepro.ui.widgets.empty import EmptyDrawing
from facturepro.ui.widgets.fields import FormField, Segmented, TextField
from facturepro.ui.widgets.labels import Label

_WIDTH = 480  # of the drawer at its widest: a form that is read in one look


class JoinForm(QWidget):
    """Signals: ``wanted(object, object)`` with the target and the key file (or None)."""

    wanted = Signal(object, object)

    def __init__(self, context: CompanyContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        outer = QVBoxLayout(self)
        outer.addStretch(1)
        centre = QHBoxLayout()
        centre.addStretch(1)
        inside = QWidget()
        inside.setFixedWidth(theme.current().size("drawer_max"))
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.current().space("m"))
        self._add_words(column)
        self._add_fields(column)
        centre.addWidget(inside)
        centre.addStretch(1)
        outer.addLayout(centre)
        outer.addStretch(1)
        self._show_mode()

    def _add_words(self, column: QVBoxLayout) -> None:
        middle = Qt.AlignmentFlag.AlignHCenter
        column.addWidget(EmptyDrawing("done"), 0, middle)
        column.addWidget(Label(_("Cette entreprise vit sur cet ordinateur"), role="section"), 0, middle)
        words = Label(
            _(
                "Reliez-la à un cloud pour travailler à plusieurs ordinateurs. Tout reste utilisable sans connexion ; "
                "ce qui a changé part dès que le réseau revient."
            ),
            color="text_2",
            wrap=True,
        )
        words.setAlignment(middle)
        column.addWidget(words)

    def _add_fields(self, column: QVBoxLayout) -> None:
        self.mode = Segmented(
            [("service_account", _("Firestore")), ("emulator", _("Émulateur local"))], _("Hébergement")
        )
        self.mode.edited.connect(lambda _key: self._show_mode())
        column.addWidget(self.mode, 0, Qt.AlignmentFlag.AlignHCenter)
        self.key_file = TextField(placeholder=_("Fichier JSON de la clé"))
        self.browse = Button(_("Parcourir…"))
        self.browse.clicked.connect(self._browse)
        self.fields = {
            "key": FormField(_("Clé du compte de service"), self.key_file),
            "host": FormField(_("Adresse de l’émulateur"), TextField("127.0.0.1:8080")),
            "project": FormField(_("Projet"), TextField("facturepro-demo")),
            "remote": FormField(_("Nom de l’entreprise dans le cloud"), TextField(_slug(self._company_name()))),
        }
        row = QHBoxLayout()
        row.setSpacing(theme.current().space("xs"))
        row.addWidget(self.fields["key"], 1)
        beside = QVBoxLayout()
        beside.setSpacing(0)
        beside.addSpacing(self.fields["key"].control_top())
        beside.addWidget(self.browse, 0, Qt.AlignmentFlag.AlignTop)
        beside.addStretch(1)
        row.addLayout(beside)
        column.addLayout(row)
        for field in self.fields.values():
            field.control.returnPressed.connect(self.submit)  # type: ignore[attr-defined]
        pair = QHBoxLayout()
        pair.setSpacing(theme.current().space("m"))
        pair.addWidget(self.fields["host"])
        pair.addWidget(self.fields["project"])
        column.addLayout(pair)
        column.addWidget(self.fields["remote"])
        self.fields["remote"].set_hint(
            _("Le même nom sur chaque ordinateur : le premier crée l’entreprise, les suivants la rejoignent.")
        )
        self.warning = Banner(
            _(
                "Cette clé donne tous les droits sur le projet : elle passe outre les règles d’accès. Ne l’installez que "
                "sur vos propres ordinateurs. Elle est chiffrée ici, et sa clé reste dans le trousseau du système."
            )
        )
        column.addWidget(self.warning)
        self.button = Button(_("Relier au cloud"), "primary", "status.synced")
        self.button.clicked.connect(self.submit)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)

    def _company_name(self) -> str:
        return str(settings(self._context.company)["name"])

    def _show_mode(self) -> None:
        is_emulator = self.mode.value() == "emulator"
        for name in ("host", "project"):
            self.fields[name].setVisible(is_emulator)
        self.fields["key"].setVisible(not is_emulator)
        self.browse.setVisible(not is_emulator)
        self.warning.setVisible(not is_emulator)

    def _browse(self) -> None:
        path, _kind = QFileDialog.getOpenFileName(self, _("Clé du compte de service"), "", "JSON (*.json)")
        if path:
            self.key_file.set_value(path)

    def _text(self, name: str) -> str:
        return str(self.fields[name].control.value())  # type: ignore[attr-defined]

    def submit(self) -> None:
        """Ask for it, or say beside the field what is missing."""
        is_emulator = self.mode.value() == "emulator"
        needed = ("host", "project", "remote") if is_emulator else ("key", "remote")
        for name in needed:
            self.fields[name].set_error(None if self._text(name) else _("Remplissez ce champ."))
        if not all(self._text(name) for name in needed):
            return
        remote = self._text("remote")
        if is_emulator:
            self.wanted.emit(cloud.emulator_target(self._text("host"), self._text("project"), remote), None)
            return
        self.wanted.emit(*service_account_target(self._text("key"), remote))


def service_account_target(key_file: str, remote_company: str) -> tuple[dict[str, Any], Path]:
    """(target, key file) for ``cloud.join``; the project is the key's."""
    target = {"mode": "service_account", "host": "", "project": "", "remote_company": remote_company}
    return target, Path(key_file)


def _slug(name: str) -> str:
    """A name for the cloud made from the company's: letters, digits and hyphens."""
    from facturepro.services.palette import folded

    words = "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in folded(name)).split()
    return "-".join(words)[:40]
