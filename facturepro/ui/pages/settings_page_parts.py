"""Parts of the settings: a group of fields that saves itself, the logo, the appearance, the backups, the report."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from PySide6.QtCore import QRect, QSize, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QApplication, QFileDialog, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from facturepro.domain.errors import UserError
from facturepro.i18n import LANGUAGES, _, language
from facturepro.i18n.formatting import format_date, format_number
from facturepro.services import backups, doctor, logo
from facturepro.services.company import check_field, derive_fields, settings, update_settings
from facturepro.sync import accounts
from facturepro.ui import theme
from facturepro.ui.data import BackgroundJob, CompanyContext
from facturepro.ui.pages.base import Shell
from facturepro.ui.pages.record_list_foot import confirm
from facturepro.ui.pages.settings_page_form import CatalogForm
from facturepro.ui.widgets.buttons import Button
from facturepro.ui.widgets.drawing import box, draw_text
from facturepro.ui.widgets.fields import ChoiceField, FormField, Segmented
from facturepro.ui.widgets.form import Message
from facturepro.ui.widgets.labels import Label

_PREVIEW = QSize(160, 80)


class Group(QWidget):
    """A titled group of settings."""

    def __init__(self, title: str, note: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        current = theme.current()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(current.space("s"))
        self.column.addWidget(Label(title, role="section"))
        if note:
            self.column.addWidget(Label(note, color="text_2", wrap=True))


class CompanyGroup(Group):
    """Fields of the company's record, saved one by one when they are left."""

    def __init__(self, context: CompanyContext, title: str, names: Sequence[str], note: str = "") -> None:
        super().__init__(title, note)
        self._context = context
        wide = tuple(name for name in ("name", "address", "iban", "early_discount") if name in names)
        self.form = CatalogForm("company", names, wide=wide)
        self.form.edited.connect(self._save)
        for name, field in self.form.fields.items():
            if hasattr(field.control, "textEdited"):
                field.control.textEdited.connect(lambda text, at=name: self._check(at, text))
        self.column.addWidget(self.form)
        self.reload()

    def reload(self) -> None:
        """Show what is stored; fields of other countries are out of the way."""
        stored = settings(self._context.company)
        self.form.set_values(stored)
        for name, country in _COUNTRY_FIELDS.items():
            if name in self.form.fields:
                self.form.fields[name].setVisible(stored["country"] == country)

    def _country(self) -> str:
        return str(settings(self._context.company)["country"])

    def _check(self, name: str, text: str) -> None:
        """While one types: the sentence goes as soon as the value is good, and comes when it is left."""
        error, hint = check_field(name, text, self._country())
        if error is None:
            self.form.show_error(name, None)
        self.form.fields[name].set_hint(hint)

    def _save(self, name: str, value: object) -> None:
        values: dict[str, Any] = {name: value}
        stored = settings(self._context.company)
        for other, derived in derive_fields(name, str(value), stored["country"]).items():
            if not stored[other]:
                values[other] = derived
        try:
            update_settings(self._context.company, values)
        except UserError as error:
            self.form.show_error(name, error.message)


_COUNTRY_FIELDS = {
    "legal_form": "FR",
    "capital": "FR",
    "rcs_city": "FR",
    "siren": "FR",
    "siret": "FR",
    "ice": "MA",
    "tax_id": "MA",
    "rc": "MA",
}


class _Preview(QWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picture = QPixmap()
        self.setFixedSize(_PREVIEW)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        current = theme.current()
        paper = current.color("surface_2" if not current.is_dark else "text")  # a logo is made for white paper
        box(painter, self.rect(), current.radius("control"), paper, current.color("border"))
        if self.picture.isNull():
            middle = Qt.AlignmentFlag.AlignHCenter
            color = current.color("text_3" if not current.is_dark else "text_disabled")
            draw_text(painter, self.rect(), _("Aucun logo"), current.font("caption"), color, middle)
            return
        room = self.rect().adjusted(8, 8, -8, -8)
        size = self.picture.size().scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio)
        target = QRect(0, 0, size.width(), size.height())
        target.moveCenter(room.center())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(target, self.picture)


class LogoGroup(Group):
    """The logo with its preview. ``choose(path)`` is what the file dialog calls."""

    def __init__(self, shell: Shell, context: CompanyContext) -> None:
        super().__init__(
            _("Logo"), _("PNG ou JPEG ; une grande image est réduite. Les factures déjà émises gardent le leur.")
        )
        self._shell, self._context = shell, context
        self._job = BackgroundJob(self)
        self._job.done.connect(lambda _id: self.reload())
        self._job.failed.connect(self._failed)
        row = QHBoxLayout()
        row.setSpacing(theme.current().space("m"))
        self.preview = _Preview()
        row.addWidget(self.preview)
        self.choose_button = Button(_("Choisir un fichier…"))
        self.choose_button.clicked.connect(self._ask)
        self.remove_button = Button(_("Retirer"), "ghost")
        self.remove_button.clicked.connect(self._remove)
        row.addWidget(self.choose_button)
        row.addWidget(self.remove_button)
        row.addStretch(1)
        self.column.addLayout(row)
        self.message = Message("", "error")
        self.message.hide()
        self.column.addWidget(self.message)
        self.reload()

    def reload(self) -> None:
        data = logo.logo_bytes(self._context.company)
        picture = QPixmap()
        if data is not None:
            picture.loadFromData(data)
        self.preview.picture = picture
        self.preview.setAccessibleName(_("Aucun logo") if data is None else _("Logo de l’entreprise"))
        self.preview.update()
        self.remove_button.setVisible(data is not None)
        self.message.hide()

    def _ask(self) -> None:
        path, _kind = QFileDialog.getOpenFileName(self, _("Choisir le logo"), "", "Images (*.png *.jpg *.jpeg *.webp)")
        if path:
            self.choose(Path(path))

    def choose(self, path: Path) -> None:
        """Take a picture file as the logo; what is no picture is said beside the button."""
        company = self._context.company
        self._job.request(lambda: logo.set_logo(company, path))

    def _failed(self, error: BaseException) -> None:
        if not isinstance(error, UserError):
            self._shell.show_error(error)
            return
        self.message.show_text(error.message, "error")
        self.message.show()

    def _remove(self) -> None:
        logo.remove_logo(self._context.company)
        self.reload()


class AppearanceGroup(Group):
    """Theme and language of this computer."""

    def __init__(self, context: CompanyContext) -> None:
        super().__init__(_("Apparence"), _("Ces choix ne valent que pour cet ordinateur."))
        self._settings = context.settings
        self.theme = Segmented(
            [("system", _("Comme le système")), ("light", _("Clair")), ("dark", _("Sombre"))], _("Thème")
        )
        self.theme.set_value(str(self._settings.get("theme", theme.chosen())))
        self.theme.edited.connect(self._set_theme)
        self.language = ChoiceField(list(LANGUAGES.items()), language())
        self.language.setMaximumWidth(theme.current().size("popover_min"))
        self.language.edited.connect(self._set_language)
        self.language_field = FormField(_("Langue"), self.language)
        for widget in (FormField(_("Thème"), self.theme), self.language_field):
            self.column.addWidget(widget)

    def _set_theme(self, name: object) -> None:
        self._settings.set("theme", str(name))
        app = QApplication.instance()
        if isinstance(app, QApplication):
            theme.apply(app, str(name))

    def _set_language(self, code: object) -> None:
        self._settings.set("language", str(code))
        self.language_field.set_hint(_("La langue change au prochain démarrage."))


class _BackupRow(QWidget):
    """Day, size, and what can be done with it."""

    def __init__(self, backup: Mapping[str, Any], restore: Callable[[QWidget], object] | None) -> None:
        super().__init__()
        self.setFixedHeight(theme.current().size("row_comfort"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 1)
        row.setSpacing(theme.current().space("m"))
        at = datetime.fromisoformat(str(backup["created_at"])).astimezone()
        row.addWidget(Label(f"{format_date(at.date(), 'long')}, {at:%H:%M}", role="button"))
        row.addWidget(Label(size_words(int(backup["size"])), color="text_2"))
        row.addWidget(Label(Path(str(backup["file"])).name, role="caption", color="text_3", elide=True), 1)
        if restore is not None:
            button = Button(_("Restaurer"), icon="action.restore", small=True)
            button.clicked.connect(lambda: restore(button))
            row.addWidget(button)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(0, self.height() - 1, self.width(), 1, theme.current().color("separator"))


def size_words(size: int) -> str:
    """``1,2 Mo``."""
    if size < 1_000_000:
        return _("{count} Ko").format(count=format_number(max(1, size // 1000)))
    return _("{count} Mo").format(count=format_number(round(size / 100_000) // 10))


class BackupsGroup(Group):
    """Make, list and restore backups. ``context.restore_backup(path)``, when the window has it, closes the company,
    brings the backup back and opens it again."""

    def __init__(self, shell: Shell, context: CompanyContext) -> None:
        super().__init__(
            _("Sauvegardes"),
            _(
                "Un seul fichier avec les données et les documents gardés. Copiez-le sur un autre disque de temps en temps."
            ),
        )
        self._shell, self._context = shell, context
        self._job = BackgroundJob(self)
        self._job.done.connect(self._show)
        self._job.failed.connect(shell.show_error)
        row = QHBoxLayout()
        row.setSpacing(theme.current().space("xs"))
        self.make_button = Button(_("Sauvegarder maintenant"), "primary", "action.export")
        self.make_button.clicked.connect(self.make)
        self.folder_button = Button(_("Ouvrir le dossier"), icon="action.open_external")
        self.folder_button.clicked.connect(self._open_folder)
        row.addWidget(self.make_button)
        row.addWidget(self.folder_button)
        row.addStretch(1)
        self.column.addLayout(row)
        self.rows = QVBoxLayout()
        self.rows.setSpacing(0)
        self.column.addLayout(self.rows)
        self.reload()

    def reload(self) -> None:
        company = self._context.company
        self._job.request(lambda: backups.list_backups(company))

    def make(self) -> None:
        """One more backup, beside the window."""
        company = self._context.company

        def run(task: Any) -> Any:
            return backups.create(company, progress=lambda done, total: _step(task, done, total))

        self._shell.run_task(
            _("Sauvegarde"), run, on_done=self._made, icon="action.export",
            cancel_note=_("Annuler ne laisse aucun fichier."),
        )  # fmt: skip

    def _made(self, backup: Mapping[str, Any]) -> None:
        name = Path(str(backup["file"])).name
        self._shell.toast(_("Sauvegarde enregistrée : {name}").format(name=name), icon="status.ok")
        self.reload()

    def _open_folder(self) -> None:
        folder = self._context.company.backups_dir
        folder.mkdir(parents=True, exist_ok=True)
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    def _show(self, found: Sequence[Mapping[str, Any]]) -> None:
        while (item := self.rows.takeAt(0)) is not None:
            if item.widget() is not None:
                item.widget().hide()
                item.widget().deleteLater()
        for backup in found:
            self.rows.addWidget(_BackupRow(backup, self._restorer(backup)))
        if not found:
            self.rows.addWidget(Label(_("Aucune sauvegarde pour l’instant."), color="text_3"))

    def _restorer(self, backup: Mapping[str, Any]) -> Callable[[QWidget], object] | None:
        restore = self._context.restore_backup
        if restore is None:
            return None
        words = _(
            "L’entreprise revient à cet état. Ce qui est là maintenant est gardé à part, et les prochaines factures "
            "prennent une nouvelle série."
        )
        path = Path(str(backup["file"]))
        return lambda anchor: confirm(
            anchor,
            words,
            _("Restaurer"),
            lambda: restore(path),
            danger=True,
        )


def _step(task: Any, done: int, total: int) -> None:
    task.check()
    task.report(done, total)


class AboutGroup(Group):
    """What a bug report needs."""

    copied = Signal()

    def __init__(self, shell: Shell, context: CompanyContext) -> None:
        super().__init__(
            _("À propos"),
            _("Ce rapport aide à comprendre un défaut. Il ne contient ni clients, ni montants, ni secrets."),
        )
        self._context = context
        self._job = BackgroundJob(self)
        self._job.done.connect(self._show)
        self._job.failed.connect(shell.show_error)
        self.text = ""
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(theme.current().space("l"))
        self._grid.setVerticalSpacing(theme.current().space("xxs"))
        self._grid.setColumnStretch(1, 1)
        self.column.addLayout(self._grid)
        self.copy_button = Button(_("Copier le rapport"), icon="action.duplicate")
        self.copy_button.clicked.connect(self.copy)
        self.column.addWidget(self.copy_button, 0, Qt.AlignmentFlag.AlignLeading)
        self.reload()

    def reload(self) -> None:
        workspace, company = self._context.workspace, self._context.company
        if workspace is not None:
            self._job.request(lambda: doctor.examine(workspace, company.id, accounts.backend_name))

    def _show(self, facts: Mapping[str, Any]) -> None:
        self.text = doctor.report(dict(facts))
        while (item := self._grid.takeAt(0)) is not None:
            if item.widget() is not None:
                item.widget().deleteLater()
        for line, (name, words) in enumerate(_facts(facts)):
            self._grid.addWidget(Label(name, color="text_2"), line, 0)
            self._grid.addWidget(Label(words, elide=True), line, 1)

    def copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text)
        self.copied.emit()


def _facts(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    problems = [str(problem) for problem in facts["problems"]]
    rows = [
        (_("FacturePro"), str(facts["facturepro"])),
        (_("Système"), str(facts["system"])),
        (_("Python"), str(facts["python"])),
        (_("Trousseau"), str(facts["keyring"])),
    ]
    rows += [
        (_("Dossier"), str(path)) for path in [facts["paths"].get("data_dir") or facts["paths"].get("data")] if path
    ]
    return [*rows, *((_("Problème"), problem) for problem in problems)]
