"""Undo and redo of what this window did, with its label."""

from dataclasses import dataclass

from facturepro.db import undo as transactions
from facturepro.db.events import Changes
from facturepro.i18n import _
from facturepro.services.company import OpenCompany

LIMIT = 100


@dataclass(frozen=True, slots=True)
class Step:
    stamp: str
    label: str


class UndoHistory:
    """Follows the company's local transactions. ``undo`` makes a new transaction that takes the last one back, so the
    other computers and the audit trail see it like any other change."""

    def __init__(self, company: OpenCompany) -> None:
        self._company = company
        self._done: list[Step] = []
        self._undone: list[Step] = []
        self._is_travelling = False
        self._unsubscribe = company.bus.subscribe(self._on_changes)

    def close(self) -> None:
        self._unsubscribe()

    def _on_changes(self, changes: Changes) -> None:
        if changes.origin != "local" or self._is_travelling or not changes.label or not changes.records:
            return
        self._done = [*self._done, Step(changes.stamp, changes.label)][-LIMIT:]
        self._undone.clear()

    def can_undo(self) -> str | None:
        """Label of what undo would take back."""
        return self._done[-1].label if self._done else None

    def can_redo(self) -> str | None:
        return self._undone[-1].label if self._undone else None

    def undo(self) -> None:
        """Raises UserError ``undo_blocked`` when it can't be taken back (issued, or changed since); the step is dropped."""
        if self._done:
            step = self._done.pop()
            self._undone.append(Step(self._reverse(step, _("Annulation : {label}")), step.label))

    def redo(self) -> None:
        if self._undone:
            step = self._undone.pop()
            self._done.append(Step(self._reverse(step, _("Rétablissement : {label}")), step.label))

    def undo_stamp(self, stamp: str) -> None:
        """Take one given transaction back (the button of a toast)."""
        step = next((step for step in self._done if step.stamp == stamp), Step(stamp, ""))
        self._done = [other for other in self._done if other.stamp != stamp]
        self._undone.append(Step(self._reverse(step, _("Annulation : {label}")), step.label))

    def _reverse(self, step: Step, label: str) -> str:
        self._is_travelling = True
        try:
            with self._company.db.write(label.format(label=step.label), undoes=step.stamp) as work:
                transactions.undo(work, step.stamp)
                return work.stamp
        finally:
            self._is_travelling = False
