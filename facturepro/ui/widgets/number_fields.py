"""Amounts, quantities and rates, typed the French way: "1 234,50", "1234.5", "12,5 %"."""

from decimal import Decimal

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QWidget

from facturepro.domain.errors import UserError
from facturepro.domain.parsing import parse_decimal
from facturepro.i18n import _
from facturepro.i18n.formatting import currency_exponent, currency_symbol, format_number
from facturepro.ui.widgets.inputs import TextField, focus_select_all


class DecimalField(TextField):
    """A number, right-aligned; rewritten in full when the field is left.

    ``value()`` is a Decimal, or None when empty or unreadable (then ``problem()`` says why).
    Signals: ``edited(object)``, ``problem_changed(object)``.

    Args:
        decimals: digits after the comma; ``None`` keeps as many as typed, up to ``max_decimals``.
        minimum, maximum: limits that are explained, never enforced by changing what was typed.
    """

    def __init__(
        self,
        value: Decimal | None = None,
        decimals: int | None = None,
        suffix: str = "",
        minimum: Decimal | None = None,
        maximum: Decimal | None = None,
        max_decimals: int = 6,
        small: bool = False,
        bare: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        self._decimals, self._max_decimals = decimals, max_decimals
        self._minimum, self._maximum = minimum, maximum
        super().__init__(suffix=suffix, small=small, bare=bare, parent=parent)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # figures are never mirrored
        self.set_value(value)
        self.editingFinished.connect(self._rewrite)

    def value(self) -> Decimal | None:
        try:
            return self._read()
        except UserError:
            return None

    def set_value(self, value: object) -> None:
        if value is None:
            self.setText("")
            return
        self.setText(self._format(Decimal(str(value)) if not isinstance(value, Decimal) else value))
        self.setCursorPosition(0)

    def problem(self) -> str | None:
        try:
            value = self._read()
        except UserError as error:
            return error.message
        return self._out_of_range(value) if value is not None else None

    def _out_of_range(self, value: Decimal) -> str | None:
        if self._minimum is not None and value < self._minimum:
            return _("Écrivez au moins {limit}.").format(limit=self._format(self._minimum))
        if self._maximum is not None and value > self._maximum:
            return _("Écrivez au plus {limit}.").format(limit=self._format(self._maximum))
        exponent = value.normalize().as_tuple().exponent
        digits = self._max_decimals if self._decimals is None else self._decimals
        if isinstance(exponent, int) and -exponent > digits:
            return _("Au plus {digits} chiffres après la virgule.").format(digits=digits)
        return None

    def _read(self) -> Decimal | None:
        text = self.text().strip()
        return parse_decimal(text) if text else None

    def _format(self, value: Decimal) -> str:
        exponent = value.normalize().as_tuple().exponent
        needed = -exponent if isinstance(exponent, int) else 0
        if self._decimals is None:
            return format_number(value)
        return format_number(
            value, max(self._decimals, needed)
        )  # more digits than allowed stay visible, and are explained

    def _rewrite(self) -> None:
        value = self.value()
        if value is not None and not self.isReadOnly():
            self.setText(self._format(value))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        focus_select_all(self, event)


class MoneyField(DecimalField):
    """An amount of money with the symbol of its currency at the right."""

    def __init__(
        self,
        value: Decimal | None = None,
        currency: str = "EUR",
        decimals: int | None = None,
        small: bool = False,
        minimum: Decimal | None = None,
        parent: QWidget | None = None,
    ) -> None:
        places = currency_exponent(currency) if decimals is None else decimals
        super().__init__(value, places, currency_symbol(currency), minimum=minimum, small=small, parent=parent)

    def set_currency(self, currency: str) -> None:
        value = self.value()
        self._decimals = currency_exponent(currency)
        self.set_suffix(currency_symbol(currency))
        if value is not None:
            self.set_value(value)
