"""``stock move | transfer | levels | movements | valuation``."""

from decimal import Decimal
from typing import Any

from facturepro.cli import framework
from facturepro.cli.framework import Group
from facturepro.cli.listing import limit_option
from facturepro.cli.output import answer, column, day_column, money_column, note, quantity_column, table
from facturepro.cli.session import current
from facturepro.domain.errors import UserError
from facturepro.domain.money import plain
from facturepro.domain.parsing import parse_date
from facturepro.i18n import _
from facturepro.i18n.formatting import format_money, format_quantity, format_unit_price
from facturepro.services import catalog, records, stock
from facturepro.services.company import OpenCompany

VALUATIONS = ("cump", "fifo")


def register(root: Group) -> None:
    found = framework.group("stock", _("Mouvements, niveaux et valeur du stock."))
    product = framework.option("--product", _("Produit (identifiant, référence ou nom)."), metavar="ID", required=True)
    some_product = framework.option("--product", _("Seulement ce produit."), metavar="ID")
    warehouse = framework.option("--warehouse", _("Entrepôt ; sinon l’entrepôt principal."), metavar="ID")
    some_warehouse = framework.option("--warehouse", _("Seulement cet entrepôt."), metavar="ID")
    quantity = framework.option("--quantity", _("Quantité, avec son signe."), metavar="NOMBRE", required=True)
    on = framework.option("--on", _("Date ; sinon aujourd’hui."), metavar="DATE")
    reasons = "|".join(catalog.REASONS)
    move = [
        product,
        warehouse,
        quantity,
        framework.option("--reason", _("Motif."), metavar=reasons, default="receipt"),
        framework.option("--unit-cost", _("Coût unitaire d’une entrée."), metavar="MONTANT"),
        on,
        framework.option("--note", _("Note.")),
    ]
    ends = [
        framework.option("--from", _("Entrepôt de départ."), metavar="ID", required=True),
        framework.option("--to", _("Entrepôt d’arrivée."), metavar="ID", required=True),
    ]
    method = framework.option("--method", _("Méthode."), metavar="cump|fifo", default="cump")
    for name, text, callback, parameters in (
        ("move", _("Ajouter un mouvement."), _move, move),
        ("transfer", _("Passer d’un entrepôt à un autre."), _transfer, [product, quantity, *ends, on]),
        ("levels", _("Quantités par produit et entrepôt."), _levels, [some_product, some_warehouse]),
        (
            "movements",
            _("Mouvements, les derniers d’abord."),
            _movements,
            [some_product, some_warehouse, limit_option()],
        ),
        (
            "valuation",
            _("Valeur du stock, au coût moyen pondéré ou premier entré premier sorti."),
            _valuation,
            [method, on],
        ),
    ):
        found.add_command(framework.command(name, text, callback, parameters))
    root.add_command(found)


def _id(company: OpenCompany, kind: str, reference: str | None, default: str = "") -> str:
    return str(records.find(company, kind, reference)["id"]) if reference else default


def _move(product: str, warehouse: str | None, quantity: str, reason: str, **rest: Any) -> None:
    with current().company() as company:
        product_id = _id(company, "product", product)
        warehouse_id = _id(company, "warehouse", warehouse, catalog.MAIN_WAREHOUSE_ID)
        movement = stock.move(
            company, product_id, quantity, reason, warehouse_id, rest["unit_cost"], rest["on"], rest["note"] or ""
        )
        level = stock.levels(company, [product_id])[product_id][warehouse_id]
        text = _("Mouvement enregistré. En stock : {quantity}").format(quantity=format_quantity(level))
        answer(records.present("stock_movement", movement) | {"level": plain(level)}, text)
        if level < 0:
            note(_("Attention : ce stock est négatif."))


def _transfer(product: str, quantity: str, on: str | None, **ends: str) -> None:
    with current().company() as company:
        product_id = _id(company, "product", product)
        source, target = (_id(company, "warehouse", ends[end]) for end in ("from", "to"))
        stock.transfer(company, product_id, quantity, source, target, on)
        rows = [_presented(row) for row in stock.level_rows(company) if row["product_id"] == product_id]
        answer(rows, _("Transfert enregistré."))


def _presented(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"quantity": plain(row["quantity"])}


def _levels(product: str | None, warehouse: str | None) -> None:
    with current().company() as company:
        rows = stock.level_rows(company)
        if product:
            wanted = _id(company, "product", product)
            rows = [row for row in rows if row["product_id"] == wanted]
        if warehouse:
            name = records.find(company, "warehouse", warehouse)["name"]
            rows = [row for row in rows if row["warehouse"] == name]
        columns = [
            column("Référence", "sku"),
            column("Produit", "product"),
            column("Entrepôt", "warehouse"),
            quantity_column("Quantité", "quantity"),
        ]
        answer([_presented(row) for row in rows], lambda: table(rows, columns, _("Aucun mouvement.")))


def _movements(product: str | None, warehouse: str | None, limit: int | None) -> None:
    with current().company() as company:
        rows = stock.movements(
            company, _id(company, "product", product), _id(company, "warehouse", warehouse), limit=limit or 100
        )
        presented = [
            records.present("stock_movement", row)
            | {"product_name": row["product_name"], "sku": row["sku"], "warehouse_name": row["warehouse_name"]}
            for row in rows
        ]
        reason: Any = (_("Motif"), lambda row: _(catalog.REASONS[row["reason"]]), "<")
        columns = [
            day_column("Date", "moved_on"),
            column("Produit", "product_name"),
            column("Entrepôt", "warehouse_name"),
            reason,
            quantity_column("Quantité", "quantity"),
            column("Document", "document_number"),
        ]
        answer(presented, lambda: table(rows, columns, _("Aucun mouvement.")))


def _valuation(method: str, on: str | None) -> None:
    if method.lower() not in VALUATIONS:
        raise UserError("value_invalid", text=method, label=_("Méthode"), choices=", ".join(VALUATIONS))
    with current().company() as company:
        day = parse_date(on, company.today()) if on else company.today()
        rows = stock.all_valuations(company, method.lower(), day)
    value = sum((row["value"] for row in rows), Decimal(0))
    presented = {
        "method": method.lower(),
        "on": day,
        "value": plain(value, 2),
        "products": [
            row
            | {
                "quantity": plain(row["quantity"]),
                "unit_cost": plain(row["unit_cost"], 2),
                "value": plain(row["value"], 2),
            }
            for row in rows
        ],
    }
    unit: Any = (_("Coût unitaire"), lambda row: format_unit_price(row["unit_cost"]), ">")
    columns = [column("Référence", "sku"), column("Produit", "product"), quantity_column("Quantité", "quantity"), unit]
    columns.append(money_column("Valeur", "value"))
    total = _("Valeur du stock : {value}").format(value=format_money(value))
    answer(presented, lambda: table(rows, columns, _("Aucun produit en stock.")) + "\n" + total)
