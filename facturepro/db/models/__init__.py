"""The entities, each declared once. The order is the order in which they can be applied: references come first."""

from facturepro.db.base import Entity
from facturepro.db.models import local as local
from facturepro.db.models.company import Company, Device, Image
from facturepro.db.models.journal import Conflict
from facturepro.db.models.parties import Client, Supplier
from facturepro.db.models.sales import Invoice, InvoiceLine, Payment
from facturepro.db.models.stock import Product, StockMovement, Warehouse

ENTITIES: tuple[type[Entity], ...] = (
    Company,
    Device,
    Image,
    Client,
    Supplier,
    Product,
    Warehouse,
    Invoice,
    Payment,
    StockMovement,
    Conflict,
)

__all__ = [
    "ENTITIES",
    "Client",
    "Company",
    "Conflict",
    "Device",
    "Image",
    "Invoice",
    "InvoiceLine",
    "Payment",
    "Product",
    "StockMovement",
    "Supplier",
    "Warehouse",
]
