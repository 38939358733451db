"""The invoice editor: one page that looks like the invoice, saved as it is typed, issued with one button."""

from typing import Any

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from facturepro.domain.errors import UserError
from facturepro.i18n import N_, _
from facturepro.i18n.formatting import format_money
from facturepro.services import invoices, issuing, records
from facturepro.services.catalog import entity
from facturepro.services.company import settings
from facturepro.services.validation import FRENCH_RATES
from facturepro.ui import theme
from facturepro.ui.data import CompanyContext
from facturepro.ui.pages.base import Page, PageAction, PageSpec, Shell
from facturepro.ui.pages.invoice_editor.draft import DraftSession
from facturepro.ui.pages.invoice_editor.header import HeaderFields
from facturepro.ui.pages.invoice_editor.issue_flow import IssueFlow
from facturepro.ui.pages.invoice_editor.lines_box import LinesBox
from facturepro.ui.pages.invoice_editor.lines_model import Line
from facturepro.ui.pages.invoice_editor.mentions import MentionStrip
from facturepro.ui.pages.invoice_editor.paper import PaperSource
from facturepro.ui.pages.invoice_editor.preview import PreviewPane
from facturepro.ui.pages.invoices_paper import Paper
from facturepro.ui.pages.invoices_rows import OPEN, status_chip
from facturepro.ui.pages.payments_form import PaymentForm
from facturepro.ui.widgets.chips import StatusChip
from facturepro.ui.widgets.labels import Label
from facturepro.ui.widgets.popover import Popover

LIST = "invoices"
_CLIENT_FIELDS = ("siren", "address", "postcode", "city")
_LINE_FIELDS = ("id", "product_id", "description", "quantity", "unit", "unit_price", "discount", "vat_rate")


def spec(context: CompanyContext) -> PageSpec:
    """The page for the main window; the navigation lights the invoices meanwhile."""
    return PageSpec(
        "invoice_editor",
        N_("Nouvelle facture"),
        "nav.invoices",
        "",
        lambda shell: InvoiceEditorPage(shell, context),
        parent=LIST,
    )


class InvoiceEditorPage(Page):
    """``open_page("invoice_editor", invoice_id)``; without an id a new invoice, ``client:<id>`` for that client."""

    key = "invoice_editor"
    icon = "nav.invoices"
    kinds = frozenset({"invoice", "client", "product", "company", "payment"})
    compact = True

    def __init__(self, shell: Shell, context: CompanyContext) -> None:
        super().__init__(shell)
        self.context = context
        self.company = context.company
        self._own = settings(self.company)
        self._invoice: dict[str, Any] | None = None
        self._layout_key = str(self._own["layout"])
        self._loading = False
        self._refusal: str | None = None  # why the last save failed
        self._told: str | None = None
        self._preview_shown = bool(context.settings.get("editor/preview", True))
        self.paper = Paper(shell, context, self)
        self.draft = DraftSession(context, self._collect, self)
        self.draft.saved.connect(self._saved)
        self.draft.failed.connect(self._not_saved)
        self._chip = StatusChip("", "neutral", None)
        self._saved_label = Label("", color="text_2")
        self._build()
        self.paper_source = PaperSource(context, self.preview, self.draft_invoice)
        self.issue_flow = IssueFlow(self, self.strip)
        self._connect()
        self._start(None)

    # ------------------------------------------------------------------ parts
    def _build(self) -> None:
        self.header = HeaderFields(self.context, self.company.today)
        rates = FRENCH_RATES if self._own["country"] == "FR" else ()
        self.lines = LinesBox(self.context, self._own, rates)
        labels = {name: _(entity("client").by_name[name].spec.label) for name in _CLIENT_FIELDS}
        self.strip = MentionStrip(labels)
        layouts = {key: _(words) for key, words in entity("company").by_name["layout"].spec.choices.items()}
        self.preview = PreviewPane(layouts)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._scroll = self._make_scroll()
        column.addWidget(self._scroll, 1)
        column.addWidget(self.strip)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(left, 1)
        row.addWidget(self.preview)
        self.preview.setVisible(self._preview_shown)  # not before it has a parent: it would be a window of its own

    def _make_scroll(self) -> QScrollArea:
        sheet = QWidget()
        inside = QVBoxLayout(sheet)
        space = theme.current().space("l")
        inside.setContentsMargins(space, theme.current().space("m"), space, space)
        inside.setSpacing(theme.current().space("m"))
        inside.addWidget(self.header)
        inside.addWidget(self.lines)
        inside.addStretch(1)
        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(sheet)
        return scroll

    def _connect(self) -> None:
        self.header.edited.connect(self._edited)
        self.header.failed.connect(self.shell.show_error)
        self.header.client_chosen.connect(self._client_chosen)
        self.lines.edited.connect(self._edited)
        self.lines.failed.connect(self.shell.show_error)
        self.lines.row_shown.connect(self._scroll_to)
        self.strip.wanted.connect(self.go_to_field)
        self.strip.today_wanted.connect(lambda name: self.header.set_date(name, self.company.today()))
        self.strip.completed.connect(self._complete_client)
        self.preview.layout_chosen.connect(self._choose_layout)
        self.preview.failed.connect(self.shell.show_error)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        current = theme.current()
        least, most = current.size("drawer_max"), 3 * current.size("popover_min")
        self.preview.setFixedWidth(max(least, min(most, round(self.width() * 0.375))))

    def _scroll_to(self, area: QRect) -> None:
        top = self.lines.mapTo(self._scroll.widget(), QPoint(0, area.top())).y()
        self._scroll.ensureVisible(0, top, 0, area.height())
        self._scroll.ensureVisible(0, top + area.height(), 0, area.height())

    # ------------------------------------------------------------------ bar
    def is_issued(self) -> bool:
        return self._invoice is not None and self._invoice["number"] is not None

    def is_locked(self) -> bool:
        """Issued, or waiting for its number."""
        return self._invoice is not None and self._invoice["status"] != "draft"

    def refusal(self) -> UserError | None:
        """Why the invoice got no number when it was asked for."""
        return invoices.refusal(self._invoice) if self._invoice is not None and not self.is_locked() else None

    def title(self) -> str:
        if self._invoice is not None and self._invoice["number"] is not None:
            return str(self._invoice["number"])
        return _("Facture à numéroter") if self.is_locked() else _("Nouvelle facture")

    def header_widgets(self) -> list[QWidget]:
        return [self._chip, self._saved_label]

    def foot_bar(self) -> QWidget:
        return self.strip

    def back(self) -> Any:
        return lambda: self.shell.open_page(LIST)

    def primary_action(self) -> PageAction | None:
        if not self.is_locked():
            return PageAction(_("Émettre"), None, self.issue, shortcut="Ctrl+Return", show_key=True)
        if self._invoice is not None and self._invoice["status"] in OPEN:
            return PageAction(_("Enregistrer un paiement"), "action.record_payment", self.start_payment)
        return None

    def secondary_actions(self) -> list[PageAction]:
        preview = PageAction(_("Aperçu"), "action.preview", self.toggle_preview)
        if not self.is_issued() or self._invoice is None:
            return [preview]
        paper, invoice_id = self.paper, self._invoice["id"]
        return [
            PageAction(_("Ouvrir"), "action.pdf", lambda: paper.open(invoice_id)),
            PageAction(_("Enregistrer"), "action.import", lambda: paper.save(invoice_id)),
            PageAction(_("Imprimer"), "action.print", lambda: paper.print(invoice_id)),
        ]

    def new(self) -> None:
        self.shell.open_page(self.key)

    def save(self) -> None:
        if self._flush():
            self.shell.toast(_("Brouillon enregistré"), icon="status.paid")

    def print_document(self) -> None:
        if self._flush() and self._invoice is not None:
            self.paper.print(self._invoice["id"])

    def export(self) -> None:
        if self._flush() and self._invoice is not None:
            self.paper.save(self._invoice["id"])

    def toggle_preview(self) -> None:
        self._preview_shown = not self._preview_shown
        self.preview.setVisible(self._preview_shown)
        self.context.settings.set("editor/preview", self._preview_shown)
        if self._preview_shown:
            self.paper_source.refresh()

    # ------------------------------------------------------------------ visits
    def activate(self, argument: str | None) -> None:
        client = argument.removeprefix("client:") if argument and argument.startswith("client:") else None
        if argument and client is None and self._invoice is not None and self.draft.invoice_id == argument:
            return
        if not self.deactivate():
            return
        if argument and client is None:
            self._load(argument)
        else:
            self._start(client)

    def deactivate(self) -> bool:
        """What cannot be saved is said and keeps the page once; who goes on leaving gives it up."""
        if self._flush():
            return True
        if self._refusal is not None and self._told == self._refusal:
            self.draft.open(None)
            self._invoice = None
            return True
        self._told = self._refusal
        self.shell.toast(
            _("Pas enregistré : {why} Quitter encore abandonne cette saisie.").format(why=self._refusal or ""),
            icon="status.error",
        )
        return False

    def _flush(self) -> bool:
        self.lines.finish_editing()
        return self.draft.flush()

    def _start(self, client_id: str | None) -> None:
        """A new invoice."""
        self._own = settings(self.company)
        self._layout_key = str(self._own["layout"])
        self._invoice = None
        self.draft.open(None)
        self._loading = True
        self.header.set_locked(False)
        self.lines.set_locked(False)
        self.header.clear()
        self.lines.clear()
        self._loading = False
        if client_id:
            self.header.client.set_value(client_id)
            self.header.client.edited.emit(client_id)
        self._show_state()
        self.refresh_mentions()
        self.paper_source.refresh()
        if client_id:
            self.lines.focus()
        else:
            self.header.focus("client")

    def _load(self, invoice_id: str) -> None:
        try:
            invoice = invoices.show(self.company, invoice_id)
        except UserError as error:
            self.shell.show_error(error)
            self._start(None)
            return
        self._own = settings(self.company)
        self.draft.open(invoice_id)
        self._show_invoice(invoice)
        if not self.is_locked():
            self.lines.focus()

    def _show_invoice(self, invoice: dict[str, Any]) -> None:
        self._invoice = invoice
        self._loading = True
        self.header.show_invoice(invoice)
        self.lines.show_invoice(invoice)
        locked = self.is_locked()
        self.header.set_locked(locked)
        self.lines.set_locked(locked)
        self._layout_key = invoice["layout"] or str(self._own["layout"])
        self._loading = False
        self._show_state()
        self.refresh_mentions()
        self.paper_source.refresh()

    def _show_state(self) -> None:
        """Chip, title, buttons."""
        invoice = self._invoice or {"status": "draft", "due_on": None}
        self._chip.set_state(*status_chip(invoice, self.company.today(), self._own["currency"]))
        self._saved_label.set_color("text_2")
        self._saved_label.setText("" if self._invoice is None or self.is_locked() else self._saved_label.text())
        self.preview.set_layout_key(self._layout_key, locked=self.is_locked())
        self.bar_changed.emit()

    # ------------------------------------------------------------------ typing
    def _edited(self) -> None:
        if self._loading or self.is_locked():
            return
        self.issue_flow.give_up()
        self.draft.touch()
        self.refresh_mentions()
        self.paper_source.refresh_soon()

    def _client_chosen(self, _client_id: object) -> None:
        self.lines.focus()

    def _collect(self) -> tuple[dict[str, Any], list[Line]]:
        layout = self._layout_key if self._layout_key != self._own["layout"] else ""
        return {**self.header.values(), "notes": self.lines.notes(), "layout": layout}, self.lines.savable()

    def _saved(self, invoice: dict[str, Any]) -> None:
        is_first = self._invoice is None
        self._refusal = self._told = None
        self._invoice = invoice
        self._saved_label.set_color("text_2")
        at = self.company.now().astimezone()
        words = _("enregistré à {time}").format(time=f"{at:%H:%M}")
        waiting = self.lines.unsaved_words()
        self._saved_label.setText(f"{words} · {waiting}" if waiting else words)
        if is_first:
            self.bar_changed.emit()

    def _not_saved(self, error: UserError) -> None:
        self._refusal = error.message
        self._saved_label.set_color("danger")
        self._saved_label.setText(_("pas enregistré : {why}").format(why=error.message))
        self.bar_changed.emit()

    def draft_invoice(self) -> dict[str, Any]:
        """What is on screen, as ``invoices.show`` answers it."""
        base = dict(self._invoice or {"id": "", "number": None, "status": "draft", "amount_paid": 0})
        shown = self.header.shown_values()
        lines = [{**line.values(), "net": line.net()} for line in self.lines.savable()]
        return {**base, **shown, "notes": self.lines.notes(), "layout": self._layout_key, "lines": lines}

    def refresh_mentions(self) -> None:
        """What is still missing, on the strip and beside the fields."""
        if self.is_issued():
            self.issue_flow.show_issued(self._invoice or {})
            return
        if self.is_locked() and self._invoice is not None:
            self.issue_flow.show_waiting(self._invoice)
            return
        shown = {**self.draft_invoice(), **self.header.values()}
        mentions = issuing.missing_mentions(self.company, shown)
        if self.header.client.value():
            self.strip.client_values = records.get(self.company, "client", str(self.header.client.value()))
        names = {mention.field: mention.label for mention in mentions}
        short = {"client.siren": _("SIREN manquant"), "client.address": _("Adresse manquante")}
        self.header.client.set_warning(", ".join(words for field, words in short.items() if field in names))
        self.header.fields["delivered_on"].mark_missing("delivered_on" in names)
        self.strip.show_mentions(mentions, self.issue_flow.ready_words())

    def go_to_field(self, field: str) -> None:
        """Follow the link of a mention."""
        if field.startswith("seller."):
            self.shell.open_page("settings", field)
        elif field == "lines":
            self.lines.focus()
        elif field == "client" or field in self.header.controls:
            self.header.focus(field)
        else:
            self.strip.follow(field)

    def _complete_client(self, field: str, values: dict[str, Any]) -> None:
        client_id = self.header.client.value()
        if client_id is None:
            return
        country = records.get(self.company, "client", client_id)["country"]
        try:
            records.update(self.company, "client", client_id, {**values, "country": country})
        except UserError as error:
            self.strip.show_error(field, error.message)
            return
        self.header.client.set_value(client_id)
        self.refresh_mentions()
        self.paper_source.refresh_soon()

    def _choose_layout(self, key: str) -> None:
        self._layout_key = key
        self.preview.set_layout_key(key)
        self._edited()

    # ------------------------------------------------------------------ issuing and after
    def issue(self) -> None:
        """Ctrl+Enter: first what is missing or what will happen; the second time it happens."""
        self.issue_flow.press()

    def show_issued(self, invoice: dict[str, Any]) -> None:
        """The invoice as it came out of issuing: with its number and the kept paper, or waiting, and nothing is typed any
        more; or refused, and it is a draft."""
        self.draft.open(invoice["id"])
        self._show_invoice(invoice)

    def start_payment(self) -> None:
        invoice = self._invoice
        if invoice is None or invoice["status"] not in OPEN:
            return
        popover = Popover(self.window())
        popover.setAccessibleName(_("Enregistrer un paiement"))
        form = PaymentForm(self.company, invoice["id"], invoice["amount_due"], self._own["currency"])
        form.layout().setContentsMargins(12, 8, 12, 8)
        form.setFixedWidth(theme.current().size("drawer_min"))
        form.cancelled.connect(popover.dismiss)
        form.recorded.connect(popover.dismiss)
        form.recorded.connect(self._payment_recorded)
        popover.body.addWidget(form)
        bar_end = QWidget(self)
        bar_end.setGeometry(self.width() - 16 - theme.current().size("drawer_min"), -4, form.width(), 1)
        popover.open_at(bar_end, align="end")
        bar_end.deleteLater()
        form.start()

    def _payment_recorded(self, payment: dict[str, Any]) -> None:
        amount = format_money(payment["amount"], self._own["currency"])
        self.shell.toast(_("Paiement de {amount} enregistré").format(amount=amount), icon="action.record_payment")

    # ------------------------------------------------------------------ changes from elsewhere
    def on_changes(self, kind: str, ids: list[str]) -> None:
        client_id = self.header.client.value()
        concerns_head = kind in ("", "company") or (kind == "client" and (not ids or client_id in ids))
        if concerns_head and not self.is_locked():
            self._own = settings(self.company)
            self.header.client.set_value(client_id)
            self.refresh_mentions()
            self.paper_source.refresh_soon()
        if self._invoice is None or (ids and self._invoice["id"] not in ids and kind == "invoice"):
            return
        if kind in ("invoice", "payment", "") and not self.draft.is_pending():
            self._read_again(self._invoice["id"])

    def _read_again(self, invoice_id: str) -> None:
        """Another computer, undo or a payment changed it: show that, unless it is what is on screen already."""
        try:
            invoice = invoices.show(self.company, invoice_id)
        except UserError:
            invoice = None
        if invoice is None or invoice["deleted_at"] is not None:
            self.draft.open(None)
            self._invoice = None
            self.shell.open_page(LIST)
            return
        before = self._invoice
        if before is None or _content(invoice) != _content(before):
            self.lines.close_cell()
            self._show_invoice(invoice)
        elif invoice["amount_due"] != before["amount_due"]:
            self._invoice = invoice
            self._show_state()
            self.refresh_mentions()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.strip.is_confirming:
            self.issue_flow.give_up()
        else:
            super().keyPressEvent(event)


def _content(invoice: dict[str, Any]) -> tuple[Any, ...]:
    """What the editor shows of an invoice."""
    header = (
        "client_id",
        "issued_on",
        "due_on",
        "delivered_on",
        "client_reference",
        "notes",
        "layout",
        "number",
        "status",
    )
    lines = tuple(tuple(line[name] for name in _LINE_FIELDS) for line in invoice["lines"])
    return (*(invoice[name] for name in header), lines)
