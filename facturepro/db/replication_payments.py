"""Two computers that recorded a payment of the same invoice without knowing of each other."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from facturepro.db.replication_conflicts import Finding
from facturepro.db.replication_records import WITNESS, raw
from facturepro.domain.merge import Loser

DOUBLE_PAYMENT = "double_payment"

_OVERPAID = """SELECT id, total_gross FROM invoice WHERE id IN (SELECT value FROM json_each(?))
    AND number IS NOT NULL AND total_gross > 0 AND amount_due < 0"""
_PAYMENTS = """SELECT p.id, p.amount, p.method, p.paid_on, p.recorded_by, s.clock FROM payment p
    JOIN record_state s ON s.kind = 'payment' AND s.record_id = p.id
    WHERE p.invoice_id = ? AND p.amount > 0 AND p.recorded_by <> ''
    AND NOT EXISTS (SELECT 1 FROM payment r WHERE r.reverses_id = p.id)"""


@dataclass(frozen=True, slots=True)
class _Payment:
    content: dict[str, Any]
    clock: dict[str, str]

    @property
    def stamp(self) -> str:
        return self.clock.get("payment", "")

    @property
    def device(self) -> str:
        return str(self.content["recorded_by"])

    def knew(self, other: "_Payment") -> bool:
        """Was the other one on this computer when this one was recorded? The trigger ``payment_knows`` noted it."""
        return self.device == other.device or self.clock.get(WITNESS + other.device, "") >= other.stamp


def find_double_payments(session: Session, invoices: Iterable[str]) -> list[Finding]:
    """One finding per payment that is too much and was recorded without knowing of an earlier one: the same on every
    computer, whatever came first. An overpayment that somebody made knowingly is none, nor is one that was reversed."""
    overpaid = raw(session, _OVERPAID, json.dumps(sorted(invoices))).all()
    return [finding for invoice_id, gross in overpaid for finding in _findings(session, invoice_id, gross)]


def _findings(session: Session, invoice_id: str, gross: int) -> list[Finding]:
    names = ("payment_id", "amount", "method", "paid_on", "recorded_by")
    rows = raw(session, _PAYMENTS, invoice_id).all()
    payments = [_Payment(dict(zip(names, row[:5], strict=True)), json.loads(row[5])) for row in rows]
    found, kept, received = [], list[_Payment](), 0
    for payment in sorted(payments, key=lambda one: (one.stamp, one.content["payment_id"])):
        blind = [other for other in kept if not payment.knew(other) and not other.knew(payment)]
        if blind and received + payment.content["amount"] > gross:
            first = blind[0]
            loser = Loser(DOUBLE_PAYMENT, first.content, payment.content, first.stamp, payment.stamp)
            found.append(Finding("invoice", invoice_id, loser))
        else:
            kept.append(payment)
            received += payment.content["amount"]
    return found
