"""Joining a cloud: what it is, in plain words, and the few things that it needs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from facturepro.domain.errors import UserError
from facturepro.i18n import N_, _
from facturepro.services import cloud
from facturepro.ui import theme
from facturepro.ui.widgets.banner import Banner
from facturepro.ui.widgets.buttons import Button
from facturepro.ui.widgets.empty import EmptyDrawing
from facturepro.ui.widgets.fields import FormField, Segmented, TextField
from facturepro.ui.widgets.form import Message
from facturepro.ui.widgets.labels import Label

_UNREACHABLE = N_(
    "Le cloud ne répond pas. Vérifiez la connexion, et l’adresse si vous l’avez saisie. Rien n’a été changé."
)


@dataclass(frozen=True)
class JoinWords:
    """What the form says: above its fields, below the name, and on its button."""

    title: str
    text: str
    hint: str
    button: str


def linking() -> JoinWords:
    """For the company that is open."""
    return JoinWords(
        _("Cette entreprise vit sur cet ordinateur"),
        _(
            "Reliez-la à un cloud pour travailler à plusieurs ordinateurs. Tout reste utilisable sans connexion ; "
            "ce qui a changé part dès que le réseau revient."
        ),
        _("Le même nom sur chaque ordinateur : le premier crée l’entreprise, les suivants la rejoignent."),
        _("Relier au cloud"),
    )


def joining() -> JoinWords:
    """For a computer that has no company yet."""
    return JoinWords(
        _("Rejoindre une entreprise"),
        _(
            "Ses clients, ses produits et ses factures arrivent sur cet ordinateur. Vous pourrez travailler pendant la "
            "première lecture, et ensuite sans connexion."
        ),
        _("Il se lit sur le premier ordinateur : page Synchronisation, Compte, Entreprise."),
        _("Rejoindre"),
    )


class JoinForm(QWidget):
    """Signals: ``wanted(object, object)`` with the target and the key file (or None)."""

    wanted = Signal(object, object)

    def __init__(self, words: JoinWords, company_name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words, self._company_name = words, company_name
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
        column.addWidget(Label(self._words.title, role="section"), 0, middle)
        words = Label(self._words.text, color="text_2", wrap=True)
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
            "remote": FormField(_("Nom de l’entreprise dans le cloud"), TextField(_slug(self._company_name))),
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
        self.fields["remote"].set_hint(self._words.hint)
        self.warning = Banner(
            _(
                "Cette clé donne tous les droits sur le projet : elle passe outre les règles d’accès. Ne l’installez que "
                "sur vos propres ordinateurs. Elle est chiffrée ici, et sa clé reste dans le trousseau du système."
            )
        )
        column.addWidget(self.warning)
        self.message = Message("", "error")
        self.message.hide()
        column.addWidget(self.message)
        self.button = Button(self._words.button, "primary", "status.synced")
        self.button.clicked.connect(self.submit)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)

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
        self.message.hide()
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

    def show_error(self, error: UserError) -> None:
        """Above the button, until the next try; what the network library said is for the tool tip."""
        text = _UNREACHABLE if error.code == "cloud_unreachable" else error.message
        self.message.show_text(_(text), "error")
        self.message.setToolTip(str(error.params.get("reason", "")))
        self.message.show()
        self.fields[
            "host" if self.fields["host"].isVisible() and error.code == "cloud_unreachable" else "remote"
        ].control.setFocus()


def service_account_target(key_file: str, remote_company: str) -> tuple[dict[str, Any], Path]:
    """(target, key file) for ``cloud.join``; the project is the key's."""
    target = {"mode": "service_account", "host": "", "project": "", "remote_company": remote_company}
    return target, Path(key_file)


def _slug(name: str) -> str:
    """A name for the cloud made from the company's: letters, digits and hyphens."""
    from facturepro.services.palette import folded

    words = "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in folded(name)).split()
    return "-".join(words)[:40]
