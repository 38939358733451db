"""Issuing in two presses: the first says what is missing or what will happen, the second does it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from facturepro.domain.errors import UserError
from facturepro.i18n import _
from facturepro.i18n.formatting import format_date, format_instant
from facturepro.services import central_numbering, issuing, numbering
from facturepro.services.company import OpenCompany
from facturepro.ui.data import BackgroundJob
from facturepro.ui.pages.invoice_editor.mentions import MentionStrip

if TYPE_CHECKING:
    from facturepro.ui.pages.invoice_editor.page import InvoiceEditorPage

_NUMBER_SECONDS = 3.0
"""So long the answer of the cloud is awaited before the person is told that the document waits."""


def _issue(company: OpenCompany, invoice_id: str) -> dict[str, Any]:
    """On a worker. The exchange numbers as soon as it hears of the request."""
    invoice = issuing.issue(company, invoice_id)
    return invoice if invoice["number"] else central_numbering.wait(company, invoice_id, _NUMBER_SECONDS)


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
        refused = self._page.refusal()
        if refused is not None:
            return _("Pas numérotée : {why}").format(why=refused.message)
        return _("Prête.") + " " + self._what_happens()

    def _what_happens(self) -> str:
        number = self.next_number()
        if numbering.is_central(self._page.company):
            words = _("Émettre prend le numéro suivant dans le cloud (à cet instant {number}) et ne se défait pas.")
        else:
            words = _("Émettre attribue le n° {number} et ne se défait pas.")
        return words.format(number=number)

    def press(self) -> None:
        if self._is_issuing or self._page.is_locked():
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
        sentence = self._what_happens()
        note = _("Facture datée du {day}.").format(day=format_date(self._day(), "long"))
        if mentions:
            names = ", ".join(mention.label for mention in mentions)
            note += " " + _("Il manque encore : {names}.").format(names=names)
        action = _("Émettre")
        if not numbering.is_central(page.company):
            action = _("Émettre {number}").format(number=self.next_number())
        self._strip.ask(sentence, note, bool(mentions), action)

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
        self._job.request(lambda: _issue(company, invoice_id))

    def _issued(self, invoice: dict[str, Any]) -> None:
        self._is_issuing = False
        self._strip.end_asking()
        self._page.show_issued(invoice)
        refused = self._page.refusal()
        if invoice["number"] is not None:
            words = _("Facture {number} émise").format(number=invoice["number"])
            self._page.shell.toast(words, icon="action.issue")
        elif refused is not None:
            self._page.shell.show_error(refused)
        else:
            words = _("La facture attend son numéro : elle l’aura dès que le cloud répond.")
            self._page.shell.toast(words, icon="status.waiting")

    def _failed(self, error: BaseException) -> None:
        self._is_issuing = False
        self._strip.end_asking()
        self._page.refresh_mentions()
        if isinstance(error, UserError) and error.code == "date_before_last":
            self._page.header.fields["issued_on"].set_error(error.message)
        self._page.shell.show_error(error)

    def show_waiting(self, invoice: Mapping[str, Any]) -> None:
        """The strip of an invoice that waits for its number."""
        when = format_instant(invoice["requested_at"])
        words = _("Numéro demandé le {when}, pris dès que le cloud répond.")
        self._strip.show_waiting(words.format(when=when), _("Retirer la demande"), self.withdraw)

    def withdraw(self) -> None:
        """The waiting invoice is a draft again."""
        page = self._page
        if page.draft.invoice_id is None:
            return
        try:
            page.show_issued(central_numbering.withdraw(page.company, page.draft.invoice_id))
        except UserError as error:
            page.shell.show_error(error)
            return
        page.shell.toast(_("Demande retirée : la facture est de nouveau un brouillon"), icon="status.draft")

    def show_issued(self, invoice: Mapping[str, Any]) -> None:
        """The strip of an issued invoice."""
        at = invoice.get("issued_at")
        when = format_instant(at) if at is not None else format_date(invoice.get("issued_on"), "long")
        self._strip.show_done(_("Émise le {when}. Scellée : elle ne change plus.").format(when=when))
