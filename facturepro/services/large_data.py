"""The file of a busy ten-year-old shop, for measurements: consistent down to the seals, so that ``verify`` passes.

Amounts are whole cents here (scaled integers as they stand in the file); the rounding is the domain's, half up.
"""

import json
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from facturepro.db.bulk_load import BulkLoad
from facturepro.db.models.stock import MAIN_WAREHOUSE_ID
from facturepro.documents import canonical
from facturepro.domain.identifiers import french_vat_number
from facturepro.domain.money import from_scaled, plain
from facturepro.domain.seals import document_seal
from facturepro.services import demo_data as data
from facturepro.services import invoice_content, payments
from facturepro.services.company import DATABASE_NAME, settings
from facturepro.services.workspace import Workspace

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Sizes:
    clients: int = 20_000
    products: int = 5_000
    invoices: int = 200_000
    lines: int = 800_000
    movements: int = 1_000_000
    years: int = 10

    def scaled(self, percent: int) -> "Sizes":
        """The same shop, smaller."""

        def part(count: int) -> int:
            return max(1, count * percent // 100)

        return Sizes(
            part(self.clients),
            part(self.products),
            part(self.invoices),
            part(self.lines),
            part(self.movements),
            self.years,
        )


@dataclass(frozen=True, slots=True)
class _Good:
    id: str
    name: str
    sku: str
    unit: str
    price: int  # x 10^4
    cost: int  # x 10^4
    rate: int  # basis points
    is_good: bool


@dataclass(frozen=True, slots=True)
class _Buyer:
    id: str
    name: str
    content: dict[str, Any]
    days: int


def create(workspace: Workspace, name: str, sizes: Sizes, seed: int = 1, progress: Progress | None = None) -> str:
    """A new company filled with that much; answers its id. Same data for the same seed and day."""
    company = workspace.create(data.COMPANY | {"name": name})
    today, own, folder, company_id = company.today(), settings(company), company.folder, company.id
    company.close()
    told = progress or (lambda _what, _done, _total: None)
    shop = _Shop(today, own, sizes, random.Random(seed), told)  # noqa: S311  not for secrets
    try:
        with BulkLoad(folder / DATABASE_NAME) as load:
            shop.fill(load)
            told("index", 0, 1)
    except BaseException:
        workspace.remove(company_id)
        raise
    told("index", 1, 1)
    return company_id


class _Shop:
    def __init__(
        self, today: date, own: Mapping[str, Any], sizes: Sizes, chance: random.Random, told: Progress
    ) -> None:
        self._today, self._own, self._sizes, self._chance, self._told = today, own, sizes, chance, told
        self._count = 0
        self._frame = self._fixed_content()
        self._lines: list[tuple[Any, ...]] = []
        self._payments: list[tuple[Any, ...]] = []
        self._movements: list[tuple[Any, ...]] = []
        self._moved = 0
        self._counters: dict[int, int] = {}
        self._last_seal, self._last_payment = "", ""
        self._paid_at = 0

    def _fixed_content(self) -> dict[str, Any]:
        own = self._own
        return {
            "kind": "invoice",
            "currency": own["currency"],
            "seller": canonical.pack(invoice_content._seller(own)),
            "payment": canonical.pack(invoice_content._payment(own)),
            "layout": own["layout"],
            "accent": own["accent"],
            "language": "fr",
        }

    def _id(self, day: date) -> str:
        """A UUIDv7 of that day, without reading a clock: the same for the same seed and day."""
        self._count += 1
        milliseconds = (day.toordinal() - 719_163) * 86_400_000 + self._count % 86_400_000
        text = f"{milliseconds:012x}7{self._count >> 24 & 0xFFF:03x}8{self._chance.getrandbits(12):03x}"
        text += f"{self._chance.getrandbits(24):06x}{self._count & 0xFFFFFF:06x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def fill(self, load: BulkLoad) -> None:
        self._device = load.device()
        start = self._today - timedelta(days=365 * self._sizes.years)
        buyers = self._buyers(load, start)
        goods = self._goods(load, start)
        self._sell(load, start, buyers, goods)
        self._restock(load, start, [good for good in goods if good.is_good])

    # -- clients and products ------------------------------------------------------------------------------------

    def _buyers(self, load: BulkLoad, start: date) -> list[_Buyer]:
        chance, rows, buyers = self._chance, [], []
        for at in range(self._sizes.clients):
            postcode, city = chance.choice(data.TOWNS)
            contact = f"{chance.choice(data.FIRST_NAMES)} {chance.choice(data.LAST_NAMES)}"
            company = f"{chance.choice(data.TRADES)} {chance.choice(data.LAST_NAMES)} {at + 1}" if at % 4 else ""
            siren = _siren(at) if company else ""
            row = {
                "id": self._id(start),
                "name": contact if company else f"{contact} {at + 1}",
                "company_name": company,
                "email": f"client{at + 1}@courriel.example",
                "phone": f"03 20 {at // 10000 % 100:02d} {at // 100 % 100:02d} {at % 100:02d}",
                "siren": siren,
                "vat_number": french_vat_number(siren) if siren else "",
                "address": f"{chance.randrange(1, 190)} {chance.choice(data.STREETS)}",
                "postcode": postcode,
                "city": city,
                "country": "FR",
                "ice": "",
            }
            rows.append(row)
            content = canonical.pack(invoice_content._client(row))
            buyers.append(_Buyer(row["id"], company or row["name"], content, chance.choice((30, 30, 45, 15, 0))))
        load.insert("client", list(rows[0]), (tuple(row.values()) for row in rows))
        self._told("clients", len(rows), len(rows))
        return buyers

    def _goods(self, load: BulkLoad, start: date) -> list[_Good]:
        goods, rows = [], []
        for at in range(self._sizes.products):
            is_good = at % 12 != 11
            source: Any = data.GOODS[at % len(data.GOODS)] if is_good else data.SERVICES[at % len(data.SERVICES)]
            price = int(Decimal(source[3]) * 10_000) + at // 40 * 1300
            rate = int(Decimal(source[6] if is_good else source[4]) * 100)
            good = _Good(
                self._id(start),
                f"{source[0]}, modèle {at + 1}",
                f"{source[1]}-{at + 1}",
                source[2],
                price,
                price * 58 // 100,
                rate,
                is_good,
            )
            goods.append(good)
            minimum = int(source[5]) * 1000 if is_good else 0
            kind = "goods" if is_good else "service"
            rows.append((good.id, good.name, good.sku, kind, good.unit, good.price, good.rate, good.cost, minimum))
        load.insert("product", ("id", "name", "sku", "type", "unit", "price", "vat", "cost", "min_stock"), rows)
        self._told("products", len(rows), len(rows))
        return goods

    # -- invoices ------------------------------------------------------------------------------------------------

    def _sell(self, load: BulkLoad, start: date, buyers: list[_Buyer], goods: list[_Good]) -> None:
        total = self._sizes.invoices
        batch: list[tuple[Any, ...]] = []
        span = (self._today - start).days
        for at in range(total):
            day = start + timedelta(days=round(at * span / total))
            batch.append(
                self._invoice(at, day, self._chance.choice(buyers), goods, is_draft=at >= total - min(40, total // 20))
            )
            if len(batch) == 5000 or at == total - 1:
                load.insert("invoice", _INVOICE_COLUMNS, batch)
                load.insert("invoice_line", _LINE_COLUMNS, self._lines)
                load.insert("payment", _PAYMENT_COLUMNS, self._payments)
                load.insert("stock_movement", _MOVEMENT_COLUMNS, self._movements)
                for rows in (batch, self._lines, self._payments, self._movements):
                    rows.clear()
                self._told("invoices", at + 1, total)

    def _invoice(self, at: int, day: date, buyer: _Buyer, goods: list[_Good], is_draft: bool) -> tuple[Any, ...]:
        invoice_id = self._id(day)
        average = max(1, round(self._sizes.lines / self._sizes.invoices))
        bases: dict[int, int] = {}
        before, shown = 0, []
        for position in range(1 + (at * 5) % (2 * average - 1)):
            good = self._chance.choice(goods)
            line_id, gross, net, row = self._line(invoice_id, position, good)
            before += gross
            bases[good.rate] = bases.get(good.rate, 0) + net
            shown.append(self._shown(line_id, good, row))
            if not is_draft and good.is_good:
                self._move(day, good.id, -row[5], "sale", None, invoice_id, at)
        net = sum(bases.values())
        rows = [(rate, base, _half_up(base * rate, 10_000)) for rate, base in sorted(bases.items(), reverse=True)]
        vat = sum(row[2] for row in rows)
        due_on = day + timedelta(days=buyer.days)
        if is_draft:
            draft = (invoice_id, buyer.id, None, None, None, "", None, "", 0, None, "", "", "", 0, "")
            return (*draft, net, vat, net + vat, 0, 0, "draft", buyer.name, self._today.isoformat())
        sums = {
            "gross_before_discount": _money(before),
            "discount": _money(before - net),
            "net": _money(net),
            "vat_rows": [
                {"rate": plain(from_scaled(rate, 2)), "base": _money(base), "amount": _money(amount), "exemption": "", "exemption_code": ""}
                for rate, base, amount in rows
            ],
            "vat": _money(vat),
            "gross": _money(net + vat),
            "paid": "0",
            "due": _money(net + vat),
        }  # fmt: skip
        number, series, counter = self._number(day)
        snapshot, seal = self._seal(number, day, due_on, buyer, shown, sums)
        paid = self._pay(invoice_id, day, due_on, net + vat)
        status = "paid" if paid >= net + vat else "partially_paid" if paid else "issued"
        head = (invoice_id, buyer.id, day.isoformat(), due_on.isoformat(), day.isoformat(), self._own["layout"])
        issue = (number, series, counter, f"{day}T10:00:00.000Z", self._device, snapshot, seal[0], at + 1, seal[1])
        money = (net, vat, net + vat, paid, net + vat - paid, status, buyer.name, day.isoformat())
        return (*head, *issue, *money)

    def _line(self, invoice_id: str, position: int, good: _Good) -> tuple[str, int, int, tuple[Any, ...]]:
        quantity = self._chance.choice((1000, 1000, 2000, 3000, 4000, 6000, 12000, 2500))
        discount = self._chance.choice((0, 0, 0, 0, 500, 1000))
        gross = _half_up(quantity * good.price, 100_000)
        net = gross - _half_up(gross * discount, 10_000)
        line_id = self._id(self._today)
        row = (
            line_id,
            invoice_id,
            position,
            good.id,
            good.name,
            quantity,
            good.unit,
            good.price,
            good.rate,
            discount,
            net,
        )
        self._lines.append(row)
        return line_id, gross, net, row

    def _shown(self, line_id: str, good: _Good, row: tuple[Any, ...]) -> dict[str, Any]:
        return {
            "id": line_id,
            "description": good.name,
            "quantity": plain(from_scaled(row[5], 3)),
            "unit_price": plain(from_scaled(good.price, 4)),
            "vat_rate": plain(from_scaled(good.rate, 2)),
            "net": _money(row[10]),
            "sku": good.sku,
            "unit": good.unit,
            "discount": plain(from_scaled(row[9], 2)),
            "exemption_code": "",
        }

    def _number(self, day: date) -> tuple[str, str, int]:
        counter = self._counters[day.year] = self._counters.get(day.year, 0) + 1
        series = f"{self._own['number_prefix']}-{day.year}-A"
        return f"{series}{counter:04d}", series, counter

    def _seal(
        self, number: str, day: date, due_on: date, buyer: _Buyer, lines: list[dict[str, Any]], totals: dict[str, Any]
    ) -> tuple[str, tuple[str, str]]:
        content = self._frame | {
            "number": number,
            "client": buyer.content,
            "lines": lines,
            "totals": totals,
            "issued_on": day.isoformat(),
            "due_on": due_on.isoformat(),
            "delivered_on": day.isoformat(),
        }
        snapshot = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        previous = self._last_seal
        self._last_seal = document_seal(previous, snapshot, "")
        return snapshot, (previous, self._last_seal)

    def _pay(self, invoice_id: str, day: date, due_on: date, gross: int) -> int:
        late = (self._today - due_on).days
        habit = self._chance.random()
        if late < -20 or habit > (0.85 if late < 120 else 0.998):
            return 0
        amount = gross if habit < 0.95 or late > 120 else gross // 3
        paid_on = min(self._today, max(day, due_on + timedelta(days=int(habit * 12) - 8)))
        payment = {"amount": from_scaled(amount, 2), "method": "transfer", "paid_on": paid_on}
        previous = self._last_payment
        self._last_payment = payments.seal_hash(previous, payment)
        self._paid_at += 1
        self._payments.append(
            (
                self._id(paid_on), invoice_id, amount, "transfer", paid_on.isoformat(), f"{paid_on}T15:00:00.000Z",
                self._device, previous, self._paid_at, self._last_payment,
            )
        )  # fmt: skip
        return amount

    # -- stock ---------------------------------------------------------------------------------------------------

    def _move(
        self, day: date, product: str, quantity: int, reason: str, cost: int | None, document: str, at: int
    ) -> None:
        if self._moved >= self._sizes.movements * 9 // 10:
            return
        self._moved += 1
        number = f"#{at + 1}" if document else ""
        row = (self._id(day), product, MAIN_WAREHOUSE_ID, quantity, cost, reason, day.isoformat(), document, number)
        self._movements.append(row)

    def _restock(self, load: BulkLoad, start: date, goods: list[_Good]) -> None:
        """What is left of the movements: receipts over the years."""
        left = self._sizes.movements - self._moved if goods else 0
        span = (self._today - start).days

        def rows() -> Iterator[tuple[Any, ...]]:
            for at in range(left):
                good = goods[at % len(goods)]
                day = start + timedelta(days=at * span // left)
                quantity = self._chance.choice((10_000, 20_000, 12_000, 24_000, 5_000))
                yield (
                    self._id(day),
                    good.id,
                    MAIN_WAREHOUSE_ID,
                    quantity,
                    good.cost,
                    "receipt",
                    day.isoformat(),
                    "",
                    "",
                )

        load.insert("stock_movement", _MOVEMENT_COLUMNS, rows())
        self._told("movements", self._sizes.movements, self._sizes.movements)


_INVOICE_COLUMNS = (
    "id", "client_id", "issued_on", "due_on", "delivered_on", "layout", "number", "series", "counter", "issued_at",
    "issued_by", "snapshot", "previous_hash", "chain_position", "hash", "total_net", "total_vat", "total_gross",
    "amount_paid", "amount_due", "status", "client_name", "sort_on",
)  # fmt: skip
_LINE_COLUMNS = (
    "id", "invoice_id", "position", "product_id", "description", "quantity", "unit", "unit_price", "vat_rate", "discount", "net",
)  # fmt: skip
_PAYMENT_COLUMNS = (
    "id", "invoice_id", "amount", "method", "paid_on", "recorded_at", "recorded_by", "previous_hash", "chain_position", "hash",
)  # fmt: skip
_MOVEMENT_COLUMNS = (
    "id", "product_id", "warehouse_id", "quantity", "unit_cost", "reason", "moved_on", "document_id", "document_number",
)  # fmt: skip


def _half_up(value: int, divisor: int) -> int:
    return (value + divisor // 2) // divisor


def _money(cents: int) -> str:
    return plain(from_scaled(cents, 2))


def _siren(at: int) -> str:
    """A SIREN with a right check digit, never the same twice."""
    digits = f"{40_000_000 + at:08d}"
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return f"{digits}{-total % 10}"
