"""Settings: who gives the numbers, said plainly, with the number that comes next."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt

from facturepro.domain.errors import UserError
from facturepro.i18n import _
from facturepro.services import central_numbering, cloud, numbering
from facturepro.services.company import is_joined, settings
from facturepro.ui.data import BackgroundJob, CompanyContext
from facturepro.ui.pages.base import Shell
from facturepro.ui.pages.settings_page_parts import CompanyGroup
from facturepro.ui.widgets.fields import FormField, Segmented
from facturepro.ui.widgets.form import Message
from facturepro.ui.widgets.labels import Label


class NumberingGroup(CompanyGroup):
    """The prefix, and one of two modes; the cloud is asked whether this person may change it, off the drawing thread."""

    def __init__(self, shell: Shell, context: CompanyContext) -> None:
        self.modes = Segmented(
            [("per_device", _("Par ordinateur")), ("central", _("Centrale, par le cloud"))], _("Numérotation")
        )
        self.explanation = Label("", color="text_2", wrap=True)
        self.following = Label("", color="text_2", wrap=True)
        self.message = Message("", "error")
        super().__init__(context, _("Numérotation"), ("number_prefix",))
        self._shell = shell
        self._job = BackgroundJob(self)
        self._job.done.connect(self._changed)
        self._job.failed.connect(self._failed)
        self.modes.edited.connect(self._choose)
        self.message.hide()
        self.column.addWidget(FormField(_("Mode"), self.modes), 0, Qt.AlignmentFlag.AlignLeading)
        for widget in (self.explanation, self.following, self.message):
            self.column.addWidget(widget)

    def reload(self) -> None:
        super().reload()
        company = self._context.company
        mode = str(settings(company)["numbering"])
        self.modes.set_value(mode)
        words = _(central_numbering.MODES[mode])
        if not is_joined(company):
            words += " " + _("La numérotation centrale demande un cloud : reliez l’entreprise depuis Synchronisation.")
        self.explanation.setText(words)
        number = numbering.next_number(company, company.today())
        following = _("Prochain numéro : {number}.").format(number=number)
        if numbering.is_central(company):
            following += " " + _("Un autre ordinateur peut le prendre avant vous.")
        self.following.setText(following)
        for label in (self.explanation, self.following):  # other texts, other heights: nothing else may give way
            label.setMinimumHeight(label.heightForWidth(max(label.width(), label.sizeHint().width())))

    def _choose(self, mode: object) -> None:
        company = self._context.company
        if mode == settings(company)["numbering"]:
            return
        self.message.hide()
        self.modes.setEnabled(False)
        self._job.request(lambda: cloud.choose_numbering(company, str(mode)))

    def _changed(self, _settings: Mapping[str, Any]) -> None:
        self.modes.setEnabled(True)
        self.reload()

    def _failed(self, error: BaseException) -> None:
        self.modes.setEnabled(True)
        self.reload()
        if not isinstance(error, UserError):
            self._shell.show_error(error)
            return
        self.message.show_text(error.message, "error")
        self.message.show()
