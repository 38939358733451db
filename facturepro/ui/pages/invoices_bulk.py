"""What one does to many invoices at once: in a worker, with a count, and each invoice whole or not at all."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from PySide6.QtWidgets import QWidget

from facturepro.domain.errors import UserError
from facturepro.i18n import _, labelled, ngettext
from facturepro.i18n.formatting import format_money
from facturepro.services import issuing, numbering, payments, records
from facturepro.services.company import settings
from facturepro.ui.data import CompanyContext
from facturepro.ui.pages.base import Shell
from facturepro.ui.pages.invoices_rows import OPEN
from facturepro.ui.pages.record_list_foot import confirm
from facturepro.ui.pages.undo_toast import tell_with_undo
from facturepro.ui.widgets.task import TaskControl

Collect = Callable[[], Sequence[str]]
_UNDO_LIMIT = 50


class InvoiceBulk:
    def __init__(self, shell: Shell, context: CompanyContext, page: QWidget) -> None:
        self._shell, self._context, self._page = shell, context, page

    # ------------------------------------------------------------------ payments
    def pay(self, anchor: QWidget, shown: Sequence[dict[str, Any]], collect: Collect, due: Decimal) -> None:
        """Record the rest of each, after saying so."""
        currency = settings(self._context.company)["currency"]
        sentence = _(
            "Enregistrer aujourd’hui, par virement, le reste dû de chaque facture cochée : {amount} en tout. "
            "Un paiement ne s’efface pas ; il s’annule ensuite par une écriture inverse."
        ).format(amount=format_money(due, currency))
        confirm(anchor, sentence, _("Enregistrer les paiements"), lambda: self._run_pay(collect, len(shown)))

    def _run_pay(self, collect: Collect, count: int) -> None:
        company = self._context.company

        def one(invoice: dict[str, Any]) -> bool:
            if invoice["status"] not in OPEN or invoice["amount_due"] <= 0:
                return False
            payments.add(company, invoice["id"], invoice["amount_due"])
            return True

        def tell(done: int, failures: list[str]) -> None:
            words = ngettext("{count} paiement enregistré", "{count} paiements enregistrés", done).format(count=done)
            self._tell(words, failures, "action.mark_paid")

        self._run(
            _("Paiements"), collect, count, one, tell, "action.mark_paid", _("Annuler garde ce qui est enregistré.")
        )

    # ------------------------------------------------------------------ issuing
    def issue(self, anchor: QWidget, shown: Sequence[dict[str, Any]], collect: Collect) -> None:
        """Issue the drafts among them, after saying that it is for good."""
        drafts = sum(1 for invoice in shown if invoice["status"] == "draft")
        sentence = ngettext(
            "Émettre {count} brouillon : il reçoit son numéro définitif et ne se modifie plus.",
            "Émettre {count} brouillons : ils reçoivent leurs numéros définitifs et ne se modifient plus.",
            drafts,
        ).format(count=drafts)
        confirm(anchor, sentence, _("Émettre"), lambda: self._run_issue(collect, drafts))

    def _run_issue(self, collect: Collect, count: int) -> None:
        company = self._context.company

        def one(invoice: dict[str, Any]) -> bool:
            if invoice["status"] != "draft":
                return False
            issuing.issue(company, invoice["id"])
            return True

        is_central = numbering.is_central(company)

        def tell(done: int, failures: list[str]) -> None:
            words = (
                ngettext("{count} numéro demandé au cloud", "{count} numéros demandés au cloud", done)
                if is_central
                else ngettext("{count} facture émise", "{count} factures émises", done)
            ).format(count=done)
            self._tell(words, failures, "action.issue")

        self._run(_("Émission"), collect, count, one, tell, "action.issue", _("Annuler garde ce qui est émis."))

    # ------------------------------------------------------------------ deleting
    def delete(self, _anchor: QWidget, shown: Sequence[dict[str, Any]], collect: Collect) -> None:
        """Drafts go to the bin; what is issued stays."""
        company = self._context.company
        stamps: list[str] = []

        def one(invoice: dict[str, Any]) -> bool:
            if invoice["number"] is not None:
                return False
            stamps.append(records.delete(company, "invoice", invoice["id"]))
            return True

        def tell(done: int, failures: list[str]) -> None:
            words = ngettext("{count} brouillon supprimé", "{count} brouillons supprimés", done).format(count=done)
            if failures or len(stamps) > _UNDO_LIMIT:
                self._tell(words, failures, "action.delete")
            else:
                tell_with_undo(self._shell, self._context, words, stamps)

        self._run(
            _("Suppression"), collect, len(shown), one, tell, "action.delete", _("Annuler garde ce qui est fait.")
        )

    # ------------------------------------------------------------------ common
    def _run(
        self,
        title: str,
        collect: Collect,
        count: int,
        one: Callable[[dict[str, Any]], bool],
        tell: Callable[[int, list[str]], None],
        icon: str,
        note: str,
    ) -> None:
        company = self._context.company

        def work(task: TaskControl) -> tuple[int, list[str]]:
            done, failures = 0, []
            ids = collect()
            for index, invoice_id in enumerate(ids):
                if task.is_cancelled:  # each invoice is whole: stopping here leaves nothing half-done
                    break
                invoice = records.get(company, "invoice", invoice_id)
                try:
                    done += one(invoice)
                except UserError as error:
                    name = invoice["number"] or invoice["client_name"] or _("Brouillon")
                    failures.append(labelled(name, error.message))
                task.report(index + 1, len(ids))
            return done, failures

        self._shell.run_task(
            title, work, on_done=lambda answer: tell(*answer), icon=icon, cancel_note=note, total=count
        )

    def _tell(self, words: str, failures: Sequence[str], icon: str) -> None:
        if failures:
            more = _(" (et {count} autres)").format(count=len(failures) - 1) if len(failures) > 1 else ""
            words = _("{done}. Pas fait : {what}{more}").format(done=words, what=failures[0], more=more)
        self._shell.toast(words, icon=icon)
