"""Example data: two years of a carpenters' supplier, the same for the same seed and day.

Documents go through the services that people use, so the example holds whatever ``verify`` checks.
"""

import random
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from facturepro.db.models import Client, Product, StockMovement, Warehouse
from facturepro.db.models.stock import MAIN_WAREHOUSE_ID
from facturepro.db.search import fold
from facturepro.domain import identifiers
from facturepro.domain.errors import UserError
from facturepro.domain.money import round_half_up
from facturepro.i18n import _
from facturepro.services import demo_data as data
from facturepro.services import demo_invention as invention
from facturepro.services import invoices, issuing, numbering, payments
from facturepro.services.company import OpenCompany, settings
from facturepro.services.demo_invention import Sale
from facturepro.services.workspace import Workspace

SETTING = "demo_company"
DRAFTS = 3
PAPERS = 15
"""The last invoices keep their PDF; the others make it when they are opened."""

CLIENTS, PRODUCTS, INVOICES, SEED = 60, 40, 150, 1

Progress = Callable[[int, int], None]
Cancelled = Callable[[], bool]


# -- the example company -------------------------------------------------------------------------------------


def create_demo_company(
    workspace: Workspace, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> OpenCompany:
    """The example company, made on the first call and opened afterwards. The company last worked on stays the last one."""
    last = workspace.settings().get("last_company")
    company = _existing(workspace) or _made(workspace, progress, cancelled)
    if last:
        workspace.remember(last_company=last)
    return company


def _existing(workspace: Workspace) -> OpenCompany | None:
    known = workspace.settings().get(SETTING)
    return workspace.open(known) if any(c["id"] == known for c in workspace.companies()) else None


def _made(workspace: Workspace, progress: Progress | None, cancelled: Cancelled | None) -> OpenCompany:
    try:
        company = workspace.create(data.COMPANY)
    except UserError as error:
        if error.code != "company_exists":
            raise
        company = workspace.create(data.COMPANY | {"name": _("Atelier Boisvert (exemple)")})
    try:
        result = fill(company, progress=progress, cancelled=cancelled)
        if result["cancelled"]:
            raise UserError("demo_cancelled")
    except BaseException:
        company.close()
        workspace.remove(company.id)
        raise
    workspace.remember(**{SETTING: company.id})
    return company


def is_demo(workspace: Workspace, company_id: str) -> bool:
    return workspace.settings().get(SETTING) == company_id


def remove_demo_company(workspace: Workspace) -> None:
    """Take the example away; the caller has closed it."""
    known = workspace.settings().get(SETTING)
    if known:
        workspace.remove(known)
        workspace.remember(**{SETTING: None})


# -- filling -------------------------------------------------------------------------------------------------


def fill(
    company: OpenCompany,
    clients: int = CLIENTS,
    products: int = PRODUCTS,
    invoices: int = INVOICES,
    seed: int = SEED,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> dict[str, Any]:
    """Add plausible data to a company. Answers the counts, and ``cancelled`` when it was stopped between documents.

    Raises:
        UserError: a company that already has invoices: their numbers could not stay chronological.
    """
    # Not for secrets: the same seed must give the same data.
    chance = random.Random(seed)  # noqa: S311
    _refuse_used(company)
    places = _warehouses(company)
    people = _clients(company, clients, chance)
    shelf = _products(company, products, chance)
    sales = invention.all_sales(company.today(), people, shelf, invoices, chance)
    open_drafts = chance.sample(sales, min(len(sales) // 10, DRAFTS))
    _supply(company, places, shelf, sales, chance)
    done = _issue_all(company, sales, chance, progress, cancelled)
    is_cancelled = done < len(sales)
    for sale in [] if is_cancelled else open_drafts:
        _draft(company, sale, is_dated=False)
    return {
        "clients": len(people),
        "products": len(shelf),
        "invoices": done,
        "drafts": 0 if is_cancelled else len(open_drafts),
        "cancelled": is_cancelled,
    }


def _refuse_used(company: OpenCompany) -> None:
    if numbering.is_central(company):
        raise UserError("demo_shared", name=settings(company)["name"])
    counts = invoices.counts(company)
    if counts["all"] > counts["draft"]:
        raise UserError("demo_not_empty", name=settings(company)["name"])


def _warehouses(company: OpenCompany) -> list[str]:
    ids = [MAIN_WAREHOUSE_ID]
    with company.db.write(_("Exemple : entrepôts")) as work:
        main = work.get(Warehouse, MAIN_WAREHOUSE_ID)
        if main is not None:
            main.name, main.address = data.WAREHOUSES[0]
        for name, address in data.WAREHOUSES[1:]:
            warehouse = work.add(Warehouse(name=name, address=address))
            work.flush()
            ids.append(warehouse.id)
    return ids


def _clients(company: OpenCompany, count: int, chance: random.Random) -> list[Client]:
    made: list[Client] = []
    seen: set[str] = set()
    with company.db.write(_("Exemple : clients")) as work:
        for at in range(count):
            name, contact, street, postcode, city = (
                data.CLIENTS[at] if at < len(data.CLIENTS) else invention.any_person(chance, seen)
            )
            seen.add(name)
            siren = invention.any_siren(chance) if contact else ""
            mail = "".join(c for c in fold(name).replace(" ", "-") if c.isalnum() or c == "-")
            client = Client(
                name=contact or name,
                company_name=name if contact else "",
                email=f"contact@{mail}.example" if contact else f"{mail.replace('-', '.')}@courriel.example",
                phone="03 20 " + " ".join(f"{chance.randrange(100):02d}" for _pair in range(3)),
                siren=siren,
                vat_number=identifiers.french_vat_number(siren) if siren else "",
                address=street,
                postcode=postcode,
                city=city,
                payment_days=chance.choice((None, None, None, 45, 15)) if contact else 0,
            )
            made.append(work.add(client))
    return made


def _products(company: OpenCompany, count: int, chance: random.Random) -> list[Product]:
    made: list[Product] = []
    services = min(len(data.SERVICES), max(1, count // 6))
    with company.db.write(_("Exemple : produits")) as work:
        for at in range(count - services):
            made.append(work.add(_good(at, chance)))
        for name, sku, unit, price, vat, _weight in data.SERVICES[:services]:
            made.append(
                work.add(Product(name=name, sku=sku, unit=unit, price=Decimal(price), vat=Decimal(vat), type="service"))
            )
    return made


def _good(at: int, chance: random.Random) -> Product:
    name, sku, unit, price, cost, minimum, vat, _weight = data.GOODS[at % len(data.GOODS)]
    variant = at // len(data.GOODS)
    factor = Decimal(100 + 7 * variant) / 100
    return Product(
        name=name if not variant else f"{name}, série {variant + 1}",
        sku=sku if not variant else f"{sku}-{variant + 1}",
        unit=unit,
        price=round_half_up(Decimal(price) * factor, 2),
        cost=round_half_up(Decimal(cost) * factor, 2),
        min_stock=Decimal(minimum),
        vat=Decimal(vat),
        barcode=invention.any_barcode(chance),
    )


# -- sales ---------------------------------------------------------------------------------------------------


def _draft(company: OpenCompany, sale: Sale, is_dated: bool) -> str:
    lines = [
        {"product": line.product.id, "quantity": line.quantity, "discount": Decimal(line.discount)}
        for line in sale.lines
    ]
    values: dict[str, Any] = {"client": sale.client.id, "lines": lines}
    if is_dated:
        values["date"] = sale.on
    return str(invoices.create(company, values)["id"])


def _issue_all(
    company: OpenCompany,
    sales: Sequence[Sale],
    chance: random.Random,
    progress: Progress | None,
    cancelled: Cancelled | None,
) -> int:
    for at, sale in enumerate(sales):
        if cancelled is not None and cancelled():
            return at
        invoice = issuing.issue(
            company, _draft(company, sale, is_dated=True), sale.on, keeps_paper=at >= len(sales) - PAPERS
        )
        _settle(company, invoice, chance)
        if progress is not None:
            progress(at + 1, len(sales))
    return len(sales)


def _settle(company: OpenCompany, invoice: dict[str, Any], chance: random.Random) -> None:
    """Most pay about when it is due, some in part, a few not at all."""
    today, due_on = company.today(), invoice["due_on"]
    habit = chance.random()
    late = (today - due_on).days
    method = chance.choices(("transfer", "card", "check", "cash"), (70, 16, 11, 3))[0]
    paid_on = max(invoice["issued_on"], due_on + timedelta(days=chance.randrange(-12, 9)))
    share = chance.choice((30, 40, 50))
    never_paid = habit > (0.78 if late < 150 else 0.995)
    if never_paid or paid_on > today:
        if habit < 0.12:  # a deposit on what is still open
            _pay(company, invoice, Decimal(share), invoice["issued_on"], method)
        return
    if habit > 0.68 and late < 90:
        _pay(company, invoice, Decimal(share), paid_on, method)
    else:
        payments.add(company, invoice["id"], invoice["amount_due"], method, paid_on)


def _pay(company: OpenCompany, invoice: dict[str, Any], percent: Decimal, on: date, method: str) -> None:
    amount = round_half_up(invoice["amount_due"] * percent / 100, 2)
    if amount > 0:
        payments.add(company, invoice["id"], amount, method, on)


# -- stock ---------------------------------------------------------------------------------------------------


def _supply(
    company: OpenCompany, places: Sequence[str], shelf: Sequence[Product], sales: Sequence[Sale], chance: random.Random
) -> None:
    """Receipts ahead of what was sold, so that what is left today is known: some under the minimum, one negative."""
    today = company.today()
    goods = [product for product in shelf if product.type == "goods"]
    with company.db.write(_("Exemple : stock")) as work:
        for at, product in enumerate(goods):
            sold = [(sale.on, line.quantity) for sale in sales for line in sale.lines if line.product.id == product.id]
            left = invention.left_over(at, product, bool(sold), chance)
            elsewhere = invention.elsewhere(max(left, Decimal(0)), chance)
            for on, quantity in invention.receipts(today, left, sold):
                work.add(_movement(product, places[0], quantity, on, "receipt", product.cost))
            for place, quantity in zip(places[1:], elsewhere, strict=True):
                if quantity:
                    on = today - timedelta(days=chance.randrange(3, 60))
                    work.add(_movement(product, places[0], -quantity, on, "transfer"))
                    work.add(_movement(product, place, quantity, on, "transfer"))


def _movement(
    product: Product, place: str, quantity: Decimal, on: date, reason: str, cost: Decimal | None = None
) -> StockMovement:
    return StockMovement(
        product_id=product.id, warehouse_id=place, quantity=quantity, moved_on=on, reason=reason, unit_cost=cost
    )
