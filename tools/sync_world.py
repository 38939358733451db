"""The example company as a shop with three computers: joined, with conflicts of each nature, a queue and a day's cost.

For the pictures of the guide; nothing is exchanged, what the exchange would have left in the file is written there.
"""

from datetime import timedelta
from typing import Any

from facturepro.db.models import Conflict, Device, Payment
from facturepro.domain.clock import Stamp
from facturepro.services import invoices, payments, records
from facturepro.services.company import OpenCompany

TARGET = {
    "mode": "service_account",
    "host": "",
    "project": "atelier-boisvert",
    "remote_company": "atelier-boisvert",
}
OTHERS = (
    ("b0b0b0b0b0b0", "Portable atelier", "macOS 15", "B", 3, 3811, 412),
    ("c1a1c1a1c1a1", "Bureau de Claire", "Windows 11", "C", 14 * 60 + 20, 120, 96),
)
VERSION = "1.0.0"
CHECK = {"at": "2026-11-16T06:00:00.000Z", "compared": 1530, "repaired": 0, "is_clean": True, "is_complete": True}


def share(company: OpenCompany, reads: int = 1284) -> None:
    """Join, without a network. ``reads``: of the day's quota of 50,000."""
    now = company.now()
    with company.db.write("exemple") as work:
        own = work.get(Device, company.db.device_id)
        assert own is not None
        own.name, own.platform, own.app_version, own.series = "Comptoir", "Windows 11", VERSION, "A"
        for device_id, name, platform, series, _minutes, _sent, _received in OTHERS:
            work.add(Device(id=device_id, name=name, platform=platform, app_version=VERSION, series=series))
        work.flush()
        here = (company.db.device_id, "Comptoir", "Windows 11", "A", 0, 1204, 3866)
        known = [_device(company, *each) for each in (here, *OTHERS)]
        work.keep("devices", {"devices": known})
        work.keep("exchanged", {"pushed": 1204, "pulled": 3866})
        work.keep("reconciliation", CHECK)
        work.keep("cloud", TARGET)
        work.keep("last_exchange_at", (now - timedelta(minutes=3)).isoformat())
    _empty_queue(company)
    _dispute(company)
    client = records.page(company, records.ListQuery("client")).rows[2]
    records.update(company, "client", client["id"], {"phone": "06 12 34 56 78"})
    spend(company, reads)


def _device(
    company: OpenCompany, device_id: str, name: str, platform: str, series: str, minutes: int, sent: int, received: int
) -> dict[str, Any]:
    """As the last look at the cloud's computers left it."""
    seen = (company.now() - timedelta(minutes=minutes)).isoformat()
    return {
        "id": device_id, "name": name, "platform": platform, "series": series, "app_version": VERSION, "last_seen": seen,
        "pushed": sent, "pulled": received,
    }  # fmt: skip


def spend(company: OpenCompany, reads: int) -> None:
    from facturepro.sync.usage import quota_day

    with company.db.write() as work:
        work.keep("usage", {"day": quota_day(company.now()), "reads": reads, "writes": 612, "deletes": 0})


def _empty_queue(company: OpenCompany) -> None:
    from sqlalchemy import text

    with company.db.write() as work:
        work.session.execute(text("DELETE FROM outbox"))
        work.touch()


def _dispute(company: OpenCompany) -> None:
    clients = records.page(company, records.ListQuery("client")).rows
    product = records.page(company, records.ListQuery("product")).rows[0]
    address = {
        name: clients[0][name] for name in ("address", "address_2", "postcode", "city", "country") if name in clients[0]
    }
    other = {**address, "address": "3 bis place du Concert"}
    _conflict(company, "client", clients[0]["id"], "address", address, other, minutes=46, apart=12 * 60 + 27)
    stored = int(product["price"] * 10_000)
    kept = {"price": stored, "vat_rate": 2000}
    kept = {name: kept[name] for name in kept if name in product}
    _conflict(company, "product", product["id"], "price", kept, {**kept, "price": stored - 15_000}, minutes=16 * 60)
    _conflict(
        company,
        "client",
        clients[1]["id"],
        "phone",
        {"phone": clients[1]["phone"]},
        {"phone": "06 98 76 54 32"},
        minutes=50 * 60,
    )
    open_ones = [row for row in invoices.page(company, invoices.InvoiceFilter()).rows if row["status"] == "issued"]
    _double_issue(company, open_ones[0], open_ones[1])
    _double_payment(company, open_ones[2])


def _double_issue(company: OpenCompany, one: dict[str, Any], two: dict[str, Any]) -> None:
    sides = [
        {
            "number": each["number"],
            "issued_at": each["issued_at"] and each["issued_at"].isoformat(),
            "issued_by": device,
            "hash": each["hash"],
        }
        for each, device in ((one, company.db.device_id), (two, OTHERS[0][0]))
    ]
    sides[1]["document_id"] = two["id"]
    _conflict(company, "invoice", one["id"], "issue", *sides, minutes=45 * 24 * 60)


def _double_payment(company: OpenCompany, invoice: dict[str, Any]) -> None:
    """Received in full on both computers: the second payment is one that the first would have refused."""
    first = payments.add(company, invoice["id"], invoice["amount_due"])
    copied = {name: first[name] for name in ("invoice_id", "amount", "method", "paid_on", "recorded_at")}
    with company.db.write("exemple") as work:
        second = work.add(Payment(**copied, recorded_by=OTHERS[0][0], chain_position=1, previous_hash="", hash=""))
        work.flush()
        second_id = second.id
    sides = [
        {
            "payment_id": payment_id,
            "amount": int(first["amount"] * 100),
            "method": first["method"],
            "paid_on": first["paid_on"].isoformat(),
            "recorded_by": device,
        }
        for payment_id, device in ((first["id"], company.db.device_id), (second_id, OTHERS[0][0]))
    ]
    _conflict(company, "invoice", invoice["id"], "double_payment", *sides, minutes=20 * 60)


def _conflict(
    company: OpenCompany, kind: str, record_id: str, group: str, kept: Any, lost: Any, minutes: int, apart: int = 600
) -> None:
    """``minutes`` ago, against a value written ``apart`` seconds earlier on another computer."""
    at = int(company.now().timestamp() * 1000) - minutes * 60_000
    with company.db.write("exemple") as work:
        work.add(
            Conflict(
                record_kind=kind,
                record_id=record_id,
                merge_group=group,
                kept=kept,
                lost=lost,
                kept_stamp=str(Stamp(at, 0, company.db.device_id)),
                lost_stamp=str(Stamp(at - apart * 1000, 0, OTHERS[0][0])),
            )
        )
