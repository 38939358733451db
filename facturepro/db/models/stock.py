"""Products, warehouses and the append-only movements whose sum is the stock."""

from datetime import date
from decimal import Decimal

from sqlalchemy import Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from facturepro.db.base import Base, Entity
from facturepro.db.fields import boolean, choice, day, declare, long_text, quantity, rate, reference, text, unit_price
from facturepro.db.sorting import sort_title
from facturepro.i18n import N_

MAIN_WAREHOUSE_ID = "00000000-0000-7000-8000-000000000002"
"""The warehouse every company starts with; one id everywhere, so that two computers do not make two of it."""

REASONS = {
    "receipt": N_("Réception"),
    "sale": N_("Vente"),
    "return": N_("Retour"),
    "count": N_("Inventaire"),
    "loss": N_("Perte"),
    "transfer": N_("Transfert"),
}


class Product(Base, Entity):
    __tablename__ = "product"
    kind = "product"
    label = N_("Produit")
    label_plural = N_("Produits")

    name: Mapped[str] = text(
        N_("Désignation"),
        is_required=True,
        is_searchable=True,
        in_list=True,
        aliases=("nom", "désignation", "libellé", "label"),
    )
    sku: Mapped[str] = text(
        N_("Référence"),
        is_searchable=True,
        in_list=True,
        maximum_length=60,
        aliases=("référence", "ref", "réf", "code"),
    )
    type: Mapped[str] = choice(
        N_("Nature"),
        {"goods": N_("Bien"), "service": N_("Service")},
        "goods",
        option="kind",
        aliases=("nature", "type", "kind"),
    )
    unit: Mapped[str] = text(N_("Unité"), in_list=True, maximum_length=20, aliases=("unité",))
    price: Mapped[Decimal] = unit_price(
        N_("Prix HT"),
        in_list=True,
        group="price",
        aliases=("prix", "prix ht", "pu", "pu ht", "unit price"),
        minimum=Decimal(0),
    )
    vat: Mapped[Decimal] = rate(
        N_("TVA"), in_list=True, group="price", default=Decimal(20), aliases=("tva", "taux", "taux tva", "vat rate")
    )
    cost: Mapped[Decimal] = unit_price(N_("Coût"), aliases=("coût", "cout", "prix d'achat"), minimum=Decimal(0))
    min_stock: Mapped[Decimal] = quantity(
        N_("Stock minimum"), aliases=("stock minimum", "minimum", "seuil"), minimum=Decimal(0)
    )
    barcode: Mapped[str] = text(
        N_("Code-barres"), is_searchable=True, check="ean", aliases=("ean", "gtin", "code-barres")
    )
    description: Mapped[str] = long_text(N_("Description"))
    is_archived: Mapped[bool] = boolean(N_("Archivé"), in_form=False)

    sort_title: Mapped[str] = sort_title("name")
    __table_args__ = (Index("ix_product_name", "sort_title", "id"), Index("ix_product_sku", "sku"))


class Warehouse(Base, Entity):
    __tablename__ = "warehouse"
    kind = "warehouse"
    label = N_("Entrepôt")
    label_plural = N_("Entrepôts")

    name: Mapped[str] = text(N_("Nom"), is_required=True, is_searchable=True, in_list=True, aliases=("nom",))
    address: Mapped[str] = text(N_("Adresse"), in_list=True, aliases=("adresse",))
    is_archived: Mapped[bool] = boolean(N_("Archivé"), in_form=False)

    sort_title: Mapped[str] = sort_title("name")


class StockMovement(Base, Entity):
    """Signed quantity; negative leaves the warehouse. Never changed, never deleted."""

    __tablename__ = "stock_movement"
    kind = "stock_movement"
    label = N_("Mouvement de stock")
    label_plural = N_("Mouvements de stock")
    is_append_only = True
    title_field = "id"

    product_id: Mapped[str] = reference(
        N_("Produit"), "product", "product.id", group="movement", is_required=True, option="product"
    )
    warehouse_id: Mapped[str] = reference(
        N_("Entrepôt"), "warehouse", "warehouse.id", group="movement", is_required=True, option="warehouse"
    )
    quantity: Mapped[Decimal] = quantity(N_("Quantité"), in_list=True, group="movement")
    unit_cost: Mapped[Decimal | None] = declare("unit_price", N_("Coût unitaire"), group="movement")
    reason: Mapped[str] = choice(N_("Motif"), REASONS, "receipt", in_list=True, group="movement")
    moved_on: Mapped[date] = day(N_("Date"), in_list=True, group="movement", option="on")
    document_id: Mapped[str] = text(N_("Document"), group="movement", in_form=False)
    document_number: Mapped[str] = text(N_("N° de document"), group="movement", in_form=False)
    note: Mapped[str] = text(N_("Note"), group="movement")

    __table_args__ = (
        Index("ix_movement_product", "product_id", "moved_on", "id", "quantity", "unit_cost"),
        Index("ix_movement_date", "moved_on", "id"),
        Index("ix_movement_document", "document_id"),
    )


class StockLevel(Base):
    """Sum of the movements per product and warehouse, kept by a trigger. Local: every computer adds for itself."""

    __tablename__ = "stock_level"
    product_id: Mapped[str] = mapped_column(Text, primary_key=True)
    warehouse_id: Mapped[str] = mapped_column(Text, primary_key=True)
    quantity: Mapped[int] = mapped_column(Integer, nullable=False)  # x 10^3, as in the movements
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012  SQLAlchemy's own protocol
