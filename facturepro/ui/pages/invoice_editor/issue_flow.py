"""Issuing in two presses: the first says what is missing or what will happen, the second does it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from facturepro.domain.errors import UserError
from facturepro.i18n import _
from facturepro.i18n.formatting import format_date, format_instant
from facturepro.services import issuing, numbering
from facturepro.ui.data import BackgroundJob
from facturepro.ui.pages.invoice_editor.mentions import MentionStrip

if TYPE_CHECKING:
    from facturepro.ui.pages.invoice_editor.page import InvoiceEditorPage


class IssueFlow(QObject):
    def __init__(self, page: "InvoiceEditorPage", strip: MentionStrip) -> None:
        super().__init__(page)
        self._page, self._strip = page, strip
        self._is_issuing = False
        self._job = BackgroundJob(self)
        self._job.done.connect(self._issued)
        self._job.failed.connect(self._failed)
        strip.issue_confirmed.connect(self._run)
        strip.issue_given_up.connect(self.give_up)

    def is_issuing(self) -> bool:
        return self._is_issuing

    def _day(self) -> Any:
        return self._page.header.values()["issued_on"] or self._page.company.today()

    def next_number(self) -> str:
        return numbering.next_number(self._page.company, self._day())

    def ready_words(self) -> str:
        """Shown when nothing is missing."""
        number = self.next_number()
        return _("Prête. Émettre attribue le n° {number} et ne se défait pas.").format(number=number)

    def press(self) -> None:
        if self._is_issuing or self._page.is_issued():
            return
        if self._strip.is_confirming:
            self._run()
            return
        page = self._page
        page.lines.finish_editing()
        if unreadable := page.header.first_problem():
            page.header.focus(unreadable)
            return
        if error := page.lines.first_error():
            page.lines.go_to(*error[:2])
            page.shell.toast(error[2], icon="status.error")
            return
        page.refresh_mentions()
        blocking = self._strip.first_blocking()
        if blocking is not None:
            page.go_to_field(blocking.field)
            return
        if page.draft.flush():
            self._ask()

    def _ask(self) -> None:
        page = self._page
        mentions = issuing.missing_mentions(page.company, {**page.draft_invoice(), **page.header.values()})
        number, day = self.next_number(), format_date(self._day(), "long")
        sentence = _("Émettre attribue le n° {number} et ne se défait pas.").format(number=number)
        note = _("Facture datée du {day}.").format(day=day)
        if mentions:
            names = ", ".join(mention.label for mention in mentions)
            note += " " + _("Il manque encore : {names}.").format(names=names)
        self._strip.ask(sentence, note, bool(mentions), _("Émettre {number}").format(number=number))

    def give_up(self) -> None:
        if self._strip.is_confirming and not self._is_issuing:
            self._strip.end_asking()
            self._page.refresh_mentions()

    def _run(self) -> None:
        page = self._page
        if self._is_issuing or not page.draft.flush() or page.draft.invoice_id is None:
            return
        self._is_issuing = True
        self._strip.show_busy(_("Émission en cours…"))
        company, invoice_id = page.company, page.draft.invoice_id
        self._job.request(lambda: issuing.issue(company, invoice_id))

    def _issued(self, invoice: dict[str, Any]) -> None:
        self._is_issuing = False
        self._strip.end_asking()
        self._page.show_issued(invoice)
        words = _("Facture {number} émise").format(number=invoice["number"])
        self._page.shell.toast(words, icon="action.issue")

    def _failed(self, error: BaseException) -> None:
        self._is_issuing = False
        self._strip.end_asking()
        self._page.refresh_mentions()
        if isinstance(error, UserError) and error.code == "date_before_last":
            self._page.header.fields["issued_on"].set_error(error.message)
        self._page.shell.show_error(error)

    def show_issued(self, invoice: Mapping[str, Any]) -> None:
        """The strip of an issued invoice."""
        at = invoice.get("issued_at")
        when = format_instant(at) if at is not None else format_date(invoice.get("issued_on"), "long")
        self._strip.show_done(_("Émise le {when}. Scellée : elle ne change plus.").format(when=when))
