"""A payment typed where the invoice is: amount prefilled with what is due, method, date; Enter records."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from facturepro.domain.errors import UserError
from facturepro.i18n import _
from facturepro.i18n.formatting import format_date, format_money
from facturepro.services import payments
from facturepro.services.catalog import METHODS
from facturepro.services.company import OpenCompany
from facturepro.ui.widgets.buttons import Button
from facturepro.ui.widgets.fields import ChoiceField, DateField, FormField, MoneyField
from facturepro.ui.widgets.labels import Label, Link

METHOD_ICONS = {
    "transfer": "bank",
    "card": "credit-card",
    "cash": "money",
    "check": "note",
    "direct_debit": "arrows-clockwise",
    "other": "dots-three",
}


def method_words(method: str) -> str:
    return _(METHODS.get(method, METHODS["other"]))


class PaymentForm(QWidget):
    """Signals: ``recorded(object)`` with the payment, ``cancelled()``."""

    recorded = Signal(object)
    cancelled = Signal()

    def __init__(
        self,
        company: OpenCompany,
        invoice_id: str,
        due: Decimal,
        currency: str = "EUR",
        today: Callable[[], date] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._company, self._invoice_id = company, invoice_id
        clock = today or company.today
        self.amount = MoneyField(due, currency)
        self.method = ChoiceField([(key, _(words)) for key, words in METHODS.items()], "transfer")
        self.paid_on = DateField(clock(), today=clock)
        self._fields = {
            "amount": FormField(_("Montant reçu"), self.amount),
            "paid_on": FormField(_("Date"), self.paid_on),
            "method": FormField(_("Mode"), self.method),
        }
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self._fields["amount"])
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self._fields["method"], 1, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._fields["paid_on"], 1, Qt.AlignmentFlag.AlignTop)
        column.addLayout(row)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        self.button = Button(_("Enregistrer"), "primary", keycap="↵")
        self.button.clicked.connect(self.submit)
        cancel = Button(_("Annuler"), "ghost")
        cancel.clicked.connect(self.cancelled)
        buttons.addWidget(self.button, 1)
        buttons.addWidget(cancel)
        column.addLayout(buttons)
        self.setFocusProxy(self.amount)

    def start(self) -> None:
        """Ready to be typed over."""
        self.amount.setFocus(Qt.FocusReason.TabFocusReason)
        self.amount.selectAll()

    def submit(self) -> None:
        problems = [field for field in self._fields.values() if not field.validate()]
        if problems:
            return
        amount = self.amount.value()
        if amount is None:
            self._fields["amount"].set_error(_("Écrivez le montant reçu."))
            return
        try:
            payment = payments.add(
                self._company, self._invoice_id, amount, str(self.method.value()), self.paid_on.value()
            )
        except UserError as error:
            self._fields["amount"].set_error(error.message)
            self.amount.setFocus()
            return
        self.recorded.emit(payment)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.submit()
        elif event.key() == Qt.Key.Key_Escape:
            self.cancelled.emit()
        else:
            super().keyPressEvent(event)


class PaymentLine(QWidget):
    """A payment in a drawer: amount, method and day; "Annuler" explains itself, then adds the reverse entry.

    Signals: ``reversed()``; ``failed(object)`` with the error.
    """

    reversed = Signal()
    failed = Signal(object)

    def __init__(
        self, company: OpenCompany, payment: dict[str, Any], currency: str = "EUR", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._company, self._payment, self._currency = company, payment, currency
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        row = QHBoxLayout()
        row.setSpacing(8)
        amount = Label(format_money(payment["amount"], currency), role="button")
        amount.setFixedHeight(28)
        row.addWidget(amount)
        row.addWidget(Label(self._note(), role="caption", color="text_2", elide=True), 1)
        self.link = Link(_("Annuler…"))
        self.link.setAccessibleName(_("Annuler le paiement de {amount}").format(amount=amount.text()))
        self.link.clicked.connect(self.ask)
        row.addWidget(self.link)
        self._column.addLayout(row)
        self.link.setVisible(can_reverse(payment))
        self._question: QWidget | None = None
        self.accept_button: Button | None = None

    def _note(self) -> str:
        payment = self._payment
        words = f"{method_words(payment['method'])}, {format_date(payment['paid_on'], 'day')}"
        if payment["reverses_id"]:
            return _("{what} · écriture inverse").format(what=words)
        return _("{what} · annulé").format(what=words) if payment["is_reversed"] else words

    def ask(self) -> None:
        """Say what reversing does, with the two buttons."""
        if self._question is not None:
            return
        self._question = QWidget()
        column = QVBoxLayout(self._question)
        column.setContentsMargins(0, 0, 0, 8)
        column.setSpacing(8)
        column.addWidget(
            Label(reversal_words(self._payment, self._currency), role="caption", color="text_2", wrap=True)
        )
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        self.accept_button = Button(_("Ajouter l’écriture inverse"), "danger", small=True)
        self.accept_button.clicked.connect(self._reverse)
        keep = Button(_("Garder"), "ghost", small=True)
        keep.clicked.connect(self._forget)
        buttons.addWidget(self.accept_button)
        buttons.addWidget(keep)
        buttons.addStretch(1)
        column.addLayout(buttons)
        self._column.addWidget(self._question)
        self.accept_button.setFocus(Qt.FocusReason.TabFocusReason)

    def _forget(self) -> None:
        if self._question is not None:
            self._question.hide()
            self._question.deleteLater()
            self._question = None

    def _reverse(self) -> None:
        try:
            payments.reverse(self._company, self._payment["id"])
        except UserError as error:
            self.failed.emit(error)
            return
        self._forget()
        self.link.hide()
        self.reversed.emit()


def can_reverse(payment: dict[str, Any]) -> bool:
    return not payment["reverses_id"] and not payment["is_reversed"]


def reversal_words(payment: dict[str, Any], currency: str = "EUR") -> str:
    return _(
        "Un paiement ne s’efface pas : une écriture de {amount} s’ajoute à la date du jour, les deux restent dans "
        "l’historique et la facture redevient due."
    ).format(amount=format_money(-payment["amount"], currency))
