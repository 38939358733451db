"""The conflict inbox: grouped, explained, true to what stands now, settled once for every computer."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event

from facturepro.db.models import Conflict
from facturepro.domain.errors import UserError
from facturepro.services import conflicts, invoices, issuing, payments, records
from facturepro.services.company import OpenCompany
from facturepro.services.undoing import UndoHistory
from tests.conftest import Clock
from tests.services.two_computers import Pair, two_computers

ADDRESS = {"address": "14 rue des Tanneurs", "postcode": "59000", "city": "Lille", "country": "FR"}


@pytest.fixture
def pair(tmp_path: Path, clock: Clock, company: OpenCompany, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pair]:
    with two_computers(tmp_path, clock, company, monkeypatch) as made:
        yield made


def client(pair: Pair, name: str = "Hôtel Beaurepaire") -> str:
    made = str(records.create(pair.one, "client", {"name": name, "phone": "0600000000"})["id"])
    pair.exchange()
    return made


def both_change(pair: Pair, client_id: str, field: str, first: str, second: str) -> None:
    """The second computer writes a minute later, and stands."""
    records.update(pair.one, "client", client_id, {field: first})
    pair.clock.advance(minutes=1)
    records.update(pair.two, "client", client_id, {field: second})
    pair.exchange()


def draft(pair: Pair, client_id: str) -> str:
    lines = [
        {"description": "Pose", "quantity": "2", "unit_price": "100"},
        {"description": "Coulisse", "unit_price": "12"},
    ]
    made = str(invoices.create(pair.one, {"client_id": client_id, "lines": lines})["id"])
    pair.exchange()
    return made


def double_payment(company: OpenCompany, invoice_id: str) -> str:
    """As the merge writes it: two payments of one invoice, above its total."""
    first, second = payments.for_invoice(company, invoice_id)
    sides = [
        {name: each[name] for name in ("method", "recorded_by")}
        | {"payment_id": each["id"], "amount": int(each["amount"] * 100), "paid_on": each["paid_on"].isoformat()}
        for each in (first, second)
    ]
    with company.db.write("x") as work:
        made = work.add(
            Conflict(
                record_kind="invoice",
                record_id=invoice_id,
                merge_group="double_payment",
                kept=sides[0],
                lost=sides[1],
                kept_stamp=work.stamp,
                lost_stamp=work.stamp,
            )
        )
        work.flush()
        return str(made.id)


def paid_twice(pair: Pair) -> tuple[str, str]:
    """(invoice, conflict): 120,00 € received on each computer."""
    lines = [{"description": "Pose", "unit_price": "100"}]
    known = client(pair)
    made = invoices.create(pair.one, {"client_id": known, "lines": lines})
    records.update(pair.one, "client", known, ADDRESS)
    invoice_id = str(issuing.issue(pair.one, made["id"])["id"])
    pair.exchange()
    for company in (pair.one, pair.two):
        payments.add(company, invoice_id, "120")
    pair.exchange()
    found = [g for g in conflicts.groups(pair.one, kind="invoice") if g.entries[0].nature == "double_payment"]
    return invoice_id, found[0].entries[0].id if found else double_payment(pair.one, invoice_id)


def test_conflicts_of_a_record_stand_together_with_who_where_and_when(pair: Pair) -> None:
    first, second = client(pair), client(pair, "Studio Okapi")
    both_change(pair, first, "phone", "0611111111", "0622222222")
    both_change(pair, first, "email", "un@beaurepaire.example", "deux@beaurepaire.example")
    both_change(pair, second, "phone", "0633333333", "0644444444")
    inbox = conflicts.inbox(pair.one)
    assert [(group.title, len(group.entries)) for group in inbox.groups] == [
        ("Studio Okapi", 1),
        ("Hôtel Beaurepaire", 2),
    ]
    assert inbox.total == 3
    assert inbox.kinds == (("client", "Clients", 2),)
    assert {label for _key, label, _count in inbox.devices} == {"Comptoir", "Portable atelier"}
    phone = next(entry for entry in inbox.groups[1].entries if entry.subject == "téléphone")
    assert phone.kept.lines == (("Téléphone", "0622222222"),)
    assert phone.lost.lines == (("Téléphone", "0611111111"),)
    assert (phone.kept.device, phone.lost.device) == ("Portable atelier", "Comptoir")
    assert (phone.kept.is_here, phone.lost.is_here) == (False, True)
    assert phone.kept.at is not None and phone.lost.at is not None
    assert (phone.kept.at - phone.lost.at).total_seconds() > 59


def test_filters_by_kind_and_computer(pair: Pair) -> None:
    known = client(pair)
    made = draft(pair, known)
    both_change(pair, known, "phone", "0611111111", "0622222222")
    for company, note in ((pair.one, "un"), (pair.two, "deux")):
        records.update(company, "invoice", made, {"notes": note})
    pair.exchange()
    assert [group.kind for group in conflicts.groups(pair.two, kind="invoice")] == ["invoice"]
    assert conflicts.groups(pair.two, kind="invoice")[0].title == "Brouillon Hôtel Beaurepaire"
    assert len(conflicts.groups(pair.two, device=pair.one.db.device_id)) == 2
    assert conflicts.groups(pair.two, device="nobody") == ()


def test_the_inbox_asks_the_database_the_same_number_of_questions_whatever_its_length(pair: Pair) -> None:
    known = [client(pair, f"Client {number}") for number in range(6)]
    both_change(pair, known[0], "phone", "0611111111", "0622222222")
    asked: list[str] = []
    event.listen(
        pair.one.db.engine, "before_cursor_execute", lambda _c, _cu, statement, *_rest: asked.append(statement)
    )
    conflicts.inbox(pair.one)
    few = len(asked)
    for each in known[1:]:
        both_change(pair, each, "phone", "0611111111", "0622222222")
    asked.clear()
    assert len(conflicts.inbox(pair.one).groups) == 6
    assert len(asked) == few


def test_several_are_restored_in_one_step_of_undo(pair: Pair) -> None:
    first, second = client(pair), client(pair, "Studio Okapi")
    both_change(pair, first, "phone", "0611111111", "0622222222")
    both_change(pair, second, "city", "Lille", "Roubaix")
    history = UndoHistory(pair.one)
    ids = [entry.id for group in conflicts.groups(pair.one) for entry in group.entries]
    conflicts.restore_many(pair.one, ids)
    assert records.get(pair.one, "client", first)["phone"] == "0611111111"
    assert records.get(pair.one, "client", second)["city"] == "Lille"
    assert conflicts.count_open(pair.one) == 0
    assert conflicts.count_resolved(pair.one) == 2
    assert history.can_undo() == "2 valeurs rétablies"
    history.undo()
    assert records.get(pair.one, "client", first)["phone"] == "0622222222"
    assert records.get(pair.one, "client", second)["city"] == "Roubaix"
    assert conflicts.count_open(pair.one) == 2
    history.close()


def test_of_several_values_of_one_field_the_newest_is_restored(pair: Pair) -> None:
    known = client(pair)
    for turn in range(2):
        both_change(pair, known, "phone", f"061111111{turn}", f"062222222{turn}")
    ids = [entry.id for group in conflicts.groups(pair.one) for entry in group.entries]
    for order in (ids, ids[::-1]):
        stamp = conflicts.restore_many(pair.one, order)
        assert records.get(pair.one, "client", known)["phone"] == "0611111111"
        UndoHistory(pair.one).undo_stamp(stamp)


def test_one_that_cannot_be_restored_leaves_all_as_they_were(pair: Pair) -> None:
    known = client(pair)
    both_change(pair, known, "phone", "0611111111", "0622222222")
    (entry,) = conflicts.groups(pair.one)[0].entries
    with pytest.raises(UserError) as refused:
        conflicts.restore_many(pair.one, [entry.id, "nothing"])
    assert refused.value.code == "record_unknown"
    with pytest.raises(UserError):
        conflicts.keep(pair.one, [entry.id, "nothing"])
    assert records.get(pair.one, "client", known)["phone"] == "0622222222"
    assert conflicts.count_open(pair.one) == 1


def test_settled_here_it_is_gone_from_the_other_computer(pair: Pair) -> None:
    first, second = client(pair), client(pair, "Studio Okapi")
    both_change(pair, first, "phone", "0611111111", "0622222222")
    both_change(pair, second, "phone", "0633333333", "0644444444")
    assert conflicts.count_open(pair.two) == 2
    of_first = next(group for group in conflicts.groups(pair.one) if group.record_id == first)
    of_second = next(group for group in conflicts.groups(pair.one) if group.record_id == second)
    conflicts.restore(pair.one, of_first.entries[0].id)
    conflicts.keep(pair.one, [of_second.entries[0].id])
    pair.exchange()
    assert conflicts.groups(pair.two) == ()
    assert conflicts.count_open(pair.two) == 0
    journal = {group.record_id: group.entries[0] for group in conflicts.groups(pair.two, is_open=False)}
    assert (journal[first].is_restored, journal[second].is_restored) == (True, False)
    assert records.get(pair.two, "client", first)["phone"] == "0611111111"
    assert records.get(pair.two, "client", second)["phone"] == "0644444444"


def test_what_stands_now_is_shown_not_what_stood_then(pair: Pair) -> None:
    known = client(pair)
    both_change(pair, known, "phone", "0611111111", "0622222222")
    records.update(pair.one, "client", known, {"phone": "0655555555"})
    (entry,) = conflicts.groups(pair.one)[0].entries
    assert entry.is_changed_since
    assert entry.kept.lines == (("Téléphone", "0655555555"),)
    assert entry.kept.device == "Comptoir"
    assert "encore changé" in entry.explanation
    records.update(pair.one, "client", known, {"phone": "0611111111"})
    (entry,) = conflicts.groups(pair.one)[0].entries
    assert "remise en place" in entry.explanation


def test_a_deletion_against_an_edit_is_explained_and_brought_back(pair: Pair) -> None:
    known = client(pair)
    records.update(pair.one, "client", known, {"phone": "0611111111"})
    pair.clock.advance(minutes=1)
    records.delete(pair.two, "client", known)
    pair.exchange()
    entry = next(e for group in conflicts.groups(pair.one) for e in group.entries if e.nature == "deleted")
    assert "« Portable atelier » l’a supprimée pendant que « Comptoir » la modifiait" in entry.explanation
    conflicts.restore(pair.one, entry.id)
    pair.exchange()
    back = records.get(pair.two, "client", known)
    assert (back["deleted_at"], back["phone"]) == (None, "0611111111")


def test_lines_are_named_and_restored_whole(pair: Pair) -> None:
    made = draft(pair, client(pair))
    for company, quantity in ((pair.one, "3"), (pair.two, "5")):
        shown = invoices.show(company, made)["lines"]
        lines = [{name: line[name] for name in ("id", "description", "quantity", "unit_price")} for line in shown]
        lines[0]["quantity"] = quantity
        invoices.save(company, made, {"lines": lines})
        pair.clock.advance(minutes=1)
    pair.exchange()
    (entry,) = [e for group in conflicts.groups(pair.two) for e in group.entries if e.nature == "line"]
    assert entry.subject == "ligne « Pose »"
    assert ("Qté", "5") in entry.kept.lines
    assert ("Qté", "3") in entry.lost.lines
    assert ("PU HT", "100,00\u00a0€") in entry.lost.lines
    conflicts.restore(pair.two, entry.id)
    pair.exchange()
    assert invoices.show(pair.one, made)["lines"][0]["quantity"] == 3


def test_one_draft_issued_twice_names_both_documents_and_says_what_to_do(pair: Pair) -> None:
    known = client(pair)
    records.update(pair.one, "client", known, ADDRESS)
    made = draft(pair, known)
    numbers = {company.db.device_id: issuing.issue(company, made)["number"] for company in (pair.one, pair.two)}
    pair.exchange()
    (entry,) = [e for group in conflicts.groups(pair.two) for e in group.entries if e.nature == "issue"]
    assert [number for _id, number in entry.papers] == [numbers[pair.one.db.device_id], numbers[pair.two.db.device_id]]
    for document_id, number in entry.papers:
        assert records.get(pair.two, "invoice", document_id)["number"] == number
    assert (entry.kept.device, entry.lost.device) == ("Comptoir", "Portable atelier")
    assert "numéro attribué ne disparaît jamais" in entry.explanation
    assert "avoir" in entry.explanation
    assert not entry.can_restore
    with pytest.raises(UserError) as refused:
        conflicts.restore(pair.two, entry.id)
    assert refused.value.code == "invoice_frozen"
    conflicts.keep(pair.two, [entry.id])
    assert conflicts.count_open(pair.two) == 0


def test_a_document_issued_since_is_not_restored(pair: Pair) -> None:
    known = client(pair)
    records.update(pair.one, "client", known, ADDRESS)
    made = draft(pair, known)
    for company, note in ((pair.one, "un"), (pair.two, "deux")):
        records.update(company, "invoice", made, {"notes": note})
        pair.clock.advance(minutes=1)
    pair.exchange()
    issuing.issue(pair.one, made)
    (entry,) = conflicts.groups(pair.one)[0].entries
    assert not entry.can_restore
    assert "émis depuis" in entry.explanation
    with pytest.raises(UserError) as refused:
        conflicts.restore(pair.one, entry.id)
    assert refused.value.code == "invoice_frozen"
    assert conflicts.count_open(pair.one) == 1


def test_a_double_payment_is_reversed_or_kept(pair: Pair) -> None:
    invoice_id, conflict_id = paid_twice(pair)
    (entry,) = [e for group in conflicts.groups(pair.one) for e in group.entries if e.nature == "double_payment"]
    assert "120,00\u00a0€" in entry.explanation
    assert str(entry.overpaid) == "120.00"
    assert [label for label, _text in entry.kept.lines] == ["Montant", "Mode", "Date"]
    assert {entry.kept.device, entry.lost.device} == {"Comptoir", "Portable atelier"}
    with pytest.raises(UserError) as refused:
        conflicts.restore(pair.one, conflict_id)
    assert refused.value.code == "conflict_double_payment"
    conflicts.reverse_payment(pair.one, conflict_id)
    assert conflicts.count_open(pair.one) == 0
    pair.exchange()
    for company in (pair.one, pair.two):
        shown = records.get(company, "invoice", invoice_id)
        assert (str(shown["amount_paid"]), shown["status"]) == ("120.00", "paid")
        assert len(payments.for_invoice(company, invoice_id)) == 3
    assert conflicts.count_open(pair.two) == 0
    with pytest.raises(UserError) as again:
        conflicts.reverse_payment(pair.one, conflict_id)
    assert again.value.code == "payment_already_reversed"


def test_a_record_of_a_newer_version_and_one_that_is_not_here_are_shown(company: OpenCompany) -> None:
    for kind, group in (("rental", "rate"), ("client", "phone")):
        with company.db.write("x") as work:
            row = Conflict(
                record_kind=kind, record_id="unknown", merge_group=group, kept_stamp=work.stamp, lost_stamp=""
            )
            row.kept, row.lost = {group: "1"}, {group: "2"}
            work.add(row)
    found = {each.kind: each.entries[0] for each in conflicts.groups(company)}
    assert found["rental"].kept.lines == (("rate", "1"),)
    assert found["client"].title == "fiche absente de cet ordinateur"
    assert not any(entry.can_restore for entry in found.values())
    assert found["rental"].lost.at is None
    assert len(conflicts.present(company)) == 2
    for entry in found.values():
        with pytest.raises(UserError) as caught:
            conflicts.restore(company, entry.id)
        assert caught.value.code == "record_unknown"
    assert conflicts.count_open(company) == 2, "what could not be put back is not settled"
