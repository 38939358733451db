"""Invoices with their lines, and payments."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Index
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped

from facturepro.db.base import Base, Entity, Line
from facturepro.db.fields import choice, day, declare, long_text, money, quantity, rate, reference, text, unit_price
from facturepro.db.sorting import sort_title
from facturepro.i18n import N_

STATUSES = {
    "draft": N_("Brouillon"),
    "to_number": N_("À numéroter"),
    "issued": N_("À encaisser"),
    "partially_paid": N_("Payée en partie"),
    "paid": N_("Payée"),
    "cancelled": N_("Annulée par avoir"),
}
METHODS = {
    "transfer": N_("Virement"),
    "card": N_("Carte"),
    "cash": N_("Espèces"),
    "check": N_("Chèque"),
    "direct_debit": N_("Prélèvement"),
    "other": N_("Autre"),
}


class InvoiceLine(Base, Line):
    __tablename__ = "invoice_line"
    parent_field = "invoice_id"
    parent_kind = "invoice"

    invoice_id: Mapped[str] = reference(N_("Facture"), "invoice", "invoice.id", in_form=False)
    position: Mapped[int] = declare("integer", N_("Ordre"), default=0, in_form=False)
    product_id: Mapped[str | None] = reference(N_("Produit"), "product", "product.id", option="product")
    description: Mapped[str] = long_text(N_("Désignation"), is_required=True)
    quantity: Mapped[Decimal] = quantity(N_("Qté"), default=Decimal(1))
    unit: Mapped[str] = text(N_("Unité"), maximum_length=20)
    unit_price: Mapped[Decimal] = unit_price(N_("PU HT"))
    vat_rate: Mapped[Decimal] = rate(N_("TVA"), default=Decimal(20))
    discount: Mapped[Decimal] = rate(N_("Remise"), minimum=Decimal(0), maximum=Decimal(100))
    net: Mapped[Decimal] = money(N_("Total HT"), is_derived=True)

    __table_args__ = (
        Index("ix_invoice_line_parent", "invoice_id", "position"),
        Index("ix_invoice_line_product", "product_id"),
    )


class Invoice(Base, Entity):
    """A draft until it has a number; then frozen, all but ``internal_note``.

    In central numbering a document may wait for its number (the group ``request``, decision 0011): ``requested_by`` is
    the computer that will number it, ``requested_on`` the date a person asked for, ``requested_hash`` what the document
    said then. ``refused_for`` keeps why the last request was refused, as JSON. All empty on an issued document.
    """

    __tablename__ = "invoice"
    kind = "invoice"
    is_feminine = True
    label = N_("Facture")
    label_plural = N_("Factures")
    title_field = "number"
    line_model = InvoiceLine

    client_id: Mapped[str | None] = reference(N_("Client"), "client", "client.id", option="client")
    issued_on: Mapped[date | None] = day(N_("Date"), option="date", in_list=True)
    due_on: Mapped[date | None] = day(N_("Échéance"), option="due", in_list=True)
    delivered_on: Mapped[date | None] = day(N_("Livraison ou prestation"), option="delivery")
    client_reference: Mapped[str] = text(N_("Référence du client"), is_searchable=True, option="reference")
    notes: Mapped[str] = long_text(N_("Notes"))
    layout: Mapped[str] = text(N_("Présentation"), in_form=False)
    internal_note: Mapped[str] = long_text(N_("Note interne"), is_frozen=False)

    number: Mapped[str | None] = declare(
        "text", N_("Numéro"), is_nullable=True, group="issue", is_searchable=True, in_list=True, in_form=False
    )
    series: Mapped[str] = text(N_("Série"), group="issue", in_form=False)
    counter: Mapped[int] = declare("integer", N_("Rang"), default=0, group="issue", in_form=False)
    issued_at: Mapped[datetime | None] = declare("instant", N_("Émise à"), group="issue", in_form=False)
    issued_by: Mapped[str] = text(N_("Émise par"), group="issue", in_form=False)
    snapshot: Mapped[str] = declare("long_text", N_("Contenu figé"), group="issue", in_form=False, maximum_length=10**7)
    logo_id: Mapped[str] = text(N_("Logo"), group="issue", in_form=False)  # Image; its bytes are not in the snapshot
    previous_hash: Mapped[str] = text(N_("Empreinte précédente"), group="issue", in_form=False)
    chain_position: Mapped[int] = declare("integer", N_("Rang dans la chaîne"), default=0, group="issue", in_form=False)
    hash: Mapped[str] = text(N_("Empreinte"), group="issue", in_form=False)

    requested_at: Mapped[datetime | None] = declare("instant", N_("Numéro demandé à"), group="request", in_form=False)
    requested_by: Mapped[str] = text(N_("Numéro demandé par"), group="request", in_form=False)
    requested_on: Mapped[date | None] = day(N_("Date demandée"), group="request", in_form=False)
    requested_hash: Mapped[str] = text(N_("Empreinte de la demande"), group="request", in_form=False)
    refused_for: Mapped[str] = long_text(N_("Motif du refus"), group="request", in_form=False)

    total_net: Mapped[Decimal] = money(N_("Total HT"), is_derived=True)
    total_vat: Mapped[Decimal] = money(N_("TVA"), is_derived=True)
    total_gross: Mapped[Decimal] = money(N_("Total TTC"), is_derived=True, in_list=True)
    amount_paid: Mapped[Decimal] = money(N_("Encaissé"), is_derived=True)
    amount_due: Mapped[Decimal] = money(N_("Reste dû"), is_derived=True)
    status: Mapped[str] = choice(N_("Statut"), STATUSES, "draft", is_derived=True, in_list=True)
    client_name: Mapped[str] = text(N_("Client"), is_derived=True, is_searchable=True, in_list=True)
    sort_on: Mapped[str] = text(N_("Tri"), is_derived=True, in_form=False)
    sort_title: Mapped[str] = sort_title("client_name")

    __table_args__ = (
        # Filters of the list, by date, and its sums are answered by this index alone: rows are wide (their snapshot).
        Index("ix_invoice_sort", "sort_on", "id", "status", "total_gross", "amount_due", "deleted_at"),
        Index("ix_invoice_status", "status", "sort_on", "id", "due_on", "amount_due", "total_gross"),
        Index("ix_invoice_client", "client_id", "sort_on", "id", "status", "amount_due", "total_net"),
        Index("ix_invoice_number", "number"),
        Index("ix_invoice_requested", "requested_at", sqlite_where=sql("requested_at IS NOT NULL")),
        Index("ix_invoice_series", "series", "counter"),
        Index("ix_invoice_due", "status", "due_on", "amount_due"),
        Index("ix_invoice_turnover", "issued_on", "status", "total_net"),
        Index("ix_invoice_name", "sort_title", "id"),
        Index("ix_invoice_total", "total_gross", "id", "status", "amount_due", "deleted_at"),
        Index("ix_invoice_chain", "issued_by", "chain_position"),
        Index("ix_invoice_due_sort", sql("coalesce(due_on, '')"), "id"),
        Index("ix_invoice_number_sort", sql("coalesce(number, '')"), "id"),
    )


class Payment(Base, Entity):
    """Positive when money comes in; a wrong payment is reversed by its negative."""

    __tablename__ = "payment"
    kind = "payment"
    label = N_("Paiement")
    label_plural = N_("Paiements")
    is_append_only = True
    title_field = "id"

    invoice_id: Mapped[str] = reference(
        N_("Facture"), "invoice", "invoice.id", group="payment", is_required=True, option="invoice"
    )
    amount: Mapped[Decimal] = money(N_("Montant"), group="payment", in_list=True)
    method: Mapped[str] = choice(N_("Mode"), METHODS, "transfer", group="payment", in_list=True)
    paid_on: Mapped[date] = day(N_("Date"), group="payment", in_list=True, option="on")
    note: Mapped[str] = text(N_("Note"), group="payment")
    reverses_id: Mapped[str | None] = reference(
        N_("Annule"), "payment", group="payment", in_form=False, option="reverses"
    )
    recorded_at: Mapped[datetime] = declare("instant", N_("Enregistré à"), group="payment", in_form=False)
    recorded_by: Mapped[str] = text(N_("Enregistré par"), group="payment", in_form=False)
    previous_hash: Mapped[str] = text(N_("Empreinte précédente"), group="payment", in_form=False)
    chain_position: Mapped[int] = declare(
        "integer", N_("Rang dans la chaîne"), default=0, group="payment", in_form=False
    )
    hash: Mapped[str] = text(N_("Empreinte"), group="payment", in_form=False)

    __table_args__ = (
        Index("ix_payment_invoice", "invoice_id", "amount"),
        Index("ix_payment_date", "paid_on", "id"),
        Index("ix_payment_chain", "recorded_by", "chain_position"),
        # Partial: nearly every payment reverses none, and the planner would take the whole index for useless.
        Index("ix_payment_reverses", "reverses_id", sqlite_where=sql("reverses_id IS NOT NULL")),
    )
