"""What ``cloud join``, ``sync once``, ``sync check`` and ``conflict list`` say, in words and in JSON."""

from __future__ import annotations

import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from facturepro.db.models import Conflict
from facturepro.services import cloud, invoices, issuing, payments, records
from facturepro.services.workspace import Workspace
from facturepro.sync.remotes.base import RemoteDocument, RemoteUnavailable
from facturepro.sync.remotes.memory import MemoryCloud, MemoryRemote
from tests.cli.conftest import Run

JOIN = ("cloud", "join", "--emulator", "memory:1", "--project", "essai", "--remote-company")


@pytest.fixture
def homes(monkeypatch: pytest.MonkeyPatch) -> dict[str, MemoryCloud]:
    """Clouds in memory by the name of the company in them."""
    stores: dict[str, MemoryCloud] = {}

    def connect(target: Any, _secret: Any) -> MemoryRemote:
        return MemoryRemote(stores.setdefault(target["remote_company"], MemoryCloud()))

    monkeypatch.setattr(cloud, "connect", connect)
    return stores


def test_joining_says_whether_it_created_joined_or_moved(shop: Run, data_dir: Path, homes: Any) -> None:
    created = shop(*JOIN, "one", "--json")
    assert (created.status, created.json["outcome"], created.json["joined"]) == (0, "created", True)
    again = shop(*JOIN, "one")
    assert "rejoint l’entreprise « one »" in again.out + again.err
    moved = shop(*JOIN, "two")
    assert "transférée" in moved.out and "two" in moved.out
    shop("cloud", "leave")
    assert shop(*JOIN, "two", "--json").json["outcome"] == "joined"
    other = data_dir.with_name("other")
    joined = shop("--data-dir", str(other), *JOIN, "two", "--json")
    assert (joined.status, joined.json["outcome"]) == (0, "joined"), joined.err


def test_a_company_with_records_of_a_newer_version_is_not_moved_without_them(
    shop: Run, data_dir: Path, homes: Any
) -> None:
    shop(*JOIN, "one")
    cloud_one = homes["one"]
    newer = RemoteDocument("contract", "c1", {"name": "x"}, {}, {"name": "01b0ffffffff-0000-zzzz"})
    newer.version = newer.updated_at = cloud_one.tick()
    cloud_one.records[newer.key] = newer
    assert shop("sync", "once").status == 0
    assert shop(*JOIN, "two", "--json").code == "cloud_move_needs_update"
    assert shop("cloud", "status", "--json").json["remote_company"] == "one" and "two" not in homes
    assert shop(*JOIN, "one", "--json").json["outcome"] == "joined"


def test_an_exchange_names_the_way_to_what_was_refused(shop: Run, data_dir: Path, homes: Any) -> None:
    shop(*JOIN, "one")
    assert shop("sync", "once", "--json").json["refused"] == 0
    assert "refused list" not in shop("sync", "once").out
    company = Workspace(data_dir).open(None)
    with company.db.write("x") as work:
        work.session.connection().exec_driver_sql("UPDATE client SET notes = ?", ("x" * 1_100_000,))
        work.touch()
    company.close()
    told = shop("sync", "once", "--json").json
    assert (told["refused"], told["pending"]) == (1, 1)
    for command in ("once", "check"):
        shown = shop("sync", command)
        assert shown.status == 0 and "facturepro sync refused list" in shown.out, shown.err
        assert "1 fiche refusée" in shown.out
        assert shop("sync", command, "--json").json["refused"] == 1
    assert shop("sync", "refused", "list", "--json").json[0]["kind"] == "client"


def test_a_company_that_asks_for_a_newer_version_is_told_by_both(shop: Run, homes: Any) -> None:
    shop(*JOIN, "one")
    assert shop("sync", "check", "--json").json["blocked"] == ""
    homes["one"].company = replace(homes["one"].company, min_schema=99)
    assert shop("sync", "once", "--json").code == "cloud_update_required"
    shown = shop("sync", "check")
    assert shown.status == 0 and "mettez le programme à jour" in shown.out
    assert shop("sync", "check", "--json").json["blocked"] == "update_required"


def test_conflicts_show_money_as_decimals_and_whether_they_are_settled(shop: Run, data_dir: Path) -> None:
    product = shop("product", "list", "--json").json[0]["id"]
    company = Workspace(data_dir).open(None)
    sides = {
        "price": ({"price": 12_345_000, "vat": 2000}, {"price": 99_000, "vat": 550}),
        "min_stock": ({"min_stock": 3000}, {"min_stock": 2500}),
    }
    with company.db.write("x") as work:
        for group, (kept, lost) in sides.items():
            row = Conflict(record_kind="product", record_id=product, merge_group=group, kept=kept, lost=lost)
            row.kept_stamp = row.lost_stamp = work.stamp
            work.add(row)
        paid = Conflict(record_kind="invoice", record_id="x", merge_group="double_payment")
        paid.kept, paid.lost = {"amount": 1050, "paid_on": "2026-11-20"}, {"amount": 1050, "payment_id": "p"}
        paid.kept_stamp = paid.lost_stamp = work.stamp
        work.add(paid)
    company.close()
    rows = {row["field"]: row for row in shop("conflict", "list", "--json").json}
    assert rows["price"]["kept"] == {"price": "1234.5", "vat": "20"}
    assert rows["price"]["lost"] == {"price": "9.9", "vat": "5.5"}
    assert (rows["min_stock"]["kept"], rows["min_stock"]["lost"]) == ("3", "2.5")
    assert rows["double_payment"]["lost"] == {"amount": "10.5", "payment_id": "p"}
    assert rows["price"]["resolved"] is False
    assert shop("conflict", "keep", rows["price"]["id"], "--json").json["resolved"] is True
    assert "2.5" in shop("conflict", "list").out


def test_sync_run_goes_on_with_what_another_process_joined(
    shop: Run, data_dir: Path, homes: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop(*JOIN, "one")
    make, places = cloud.make_engine, []

    def engine(company: Any, on_state: Any = None) -> Any:
        places.append(cloud.status(company)["remote_company"])
        made = make(company, on_state)
        if len(places) == 1:
            cloud.join(company, cloud.emulator_target("memory:1", "essai", "two"))  # before it could even start
        elif len(places) == 2:
            cloud.join(company, cloud.emulator_target("memory:1", "essai", "two"))  # again: perhaps with another key
        else:
            signal.raise_signal(signal.SIGTERM)
        return made

    monkeypatch.setattr(cloud, "make_engine", engine)
    assert shop("sync", "run").status == 0
    assert places == ["one", "two", "two"]


def test_a_pause_is_kept_told_and_gone_with_the_cloud(shop: Run, homes: Any) -> None:
    assert shop("sync", "pause", "--json").code == "cloud_not_joined"
    shop(*JOIN, "one")
    assert shop("sync", "pause", "--json").json["paused"] is True
    assert "En pause" in shop("cloud", "status").out
    assert shop("sync", "resume", "--json").json["paused"] is False
    shop("sync", "pause")
    shop("cloud", "leave")
    assert shop(*JOIN, "two", "--json").json["paused"] is False


def test_joining_that_was_cut_off_after_the_cloud_had_made_the_company_can_be_done_again(
    shop: Run, data_dir: Path, homes: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who had issued invoices was told for ever that another company stands there."""
    _issued(data_dir)
    with monkeypatch.context() as patch:
        patch.setattr(MemoryRemote, "claim_series", _unreachable)
        assert shop(*JOIN, "one", "--json").code == "cloud_unreachable"
    assert shop(*JOIN, "one", "--json").json["outcome"] == "created"
    homes["two"] = MemoryCloud()
    stranger = MemoryRemote(homes["two"])
    stranger.provision({"name": "Autre"})
    stranger.claim_series("stranger", "A", {})
    assert shop(*JOIN, "two", "--json").code == "cloud_company_has_numbers"


def test_a_company_that_is_made_anew_in_the_place_of_one_that_is_gone_gets_every_record(
    shop: Run, homes: dict[str, MemoryCloud]
) -> None:
    shop(*JOIN, "one")
    sent = shop("sync", "once", "--json").json["pushed"]
    homes["one"] = MemoryCloud()
    assert shop("sync", "once", "--json").code == "cloud_company_gone"
    assert shop(*JOIN, "one", "--json").json["outcome"] == "created"
    assert shop("sync", "once", "--json").json["pushed"] == sent == len(homes["one"].records)


def _unreachable(*_given: Any) -> None:
    raise RemoteUnavailable("no network")


def _issued(data_dir: Path) -> str:
    company = Workspace(data_dir).open(None)
    client = records.create(
        company, "client", {"name": "Ali", "address": "1 rue", "postcode": "59000", "city": "Lille"}
    )
    line = {"description": "Pose", "quantity": "1", "unit_price": "10", "vat_rate": "20"}
    issued = issuing.issue(company, invoices.create(company, {"client": client["id"], "lines": [line]})["id"])
    company.close()
    return str(issued["id"])


def test_the_second_of_two_payments_is_reversed_and_the_conflict_settled(shop: Run, data_dir: Path) -> None:
    invoice_id = _issued(data_dir)
    company = Workspace(data_dir).open(None)
    payment = payments.add(company, invoice_id, "5")["id"]
    with company.db.write("x") as work:
        entry = Conflict(
            record_kind="invoice",
            record_id=invoice_id,
            merge_group="double_payment",
            kept={"payment_id": "other"},
            lost={"payment_id": payment},
            kept_stamp=work.stamp,
            lost_stamp=work.stamp,
        )
        work.add(entry)
        work.flush()
        conflict_id = entry.id
    done = shop("conflict", "reverse", conflict_id, "--json")
    assert done.json["resolved"] is True, done.err
    assert sum(each["amount"] for each in payments.for_invoice(company, invoice_id)) == 0
    assert shop("conflict", "reverse", conflict_id, "--json").code == "payment_already_reversed"
    company.close()
