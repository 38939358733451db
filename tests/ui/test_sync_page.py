"""The synchronisation page: each state in words, conflicts with both values, refusals with their way out."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from facturepro.domain.errors import UserError
from facturepro.services import cloud, conflicts, payments, quarantine, reconciliation, records
from facturepro.services.company import OpenCompany
from facturepro.sync.budget import budget_of
from facturepro.sync.usage import quota_day
from facturepro.ui.data import CompanyContext
from facturepro.ui.pages.sync_page import SyncPage
from facturepro.ui.pages.sync_page_parts import DeviceRow
from facturepro.ui.pages.sync_page_words import system_words
from facturepro.ui.shell.ports import SyncState
from facturepro.ui.sync_states import LOOKS
from facturepro.ui.widgets.labels import Label
from facturepro.ui.widgets.popover import Popover
from facturepro.ui.widgets.task import cancel_all
from tests.ui.page_ground import RecordingShell, client, invoice
from tests.ui.sync_ground import OTHER, TARGET, Sync, address, conflict, joined, opened, phone, settled


@pytest.fixture
def shell() -> RecordingShell:
    return RecordingShell()


@pytest.fixture
def page(qtbot, shell: RecordingShell, company: OpenCompany) -> Iterator[SyncPage]:
    context = CompanyContext(company)
    context.sync = Sync()
    made = SyncPage(shell, context)
    qtbot.addWidget(made)
    made.resize(1064, 744)
    made.show()
    context.changes.connect(made.on_changes)
    yield made
    context.close()
    made._settle.stop()
    assert cancel_all(), "a reading outlived its page"


def accept(page: SyncPage) -> None:
    """Press the button of the question that is open."""
    (question,) = [each for each in page.window().findChildren(Popover) if not each.isHidden()]
    QTest.keyClick(QApplication.focusWidget() or question, Qt.Key.Key_Space)


# -- joining and leaving -------------------------------------------------------------------------------------


def test_without_a_cloud_it_explains_and_asks(qtbot, page, shell, monkeypatch) -> None:
    opened(qtbot, page)
    assert page.primary_action() is None
    form = page.join_form
    assert not form.warning.isHidden(), "the key bypasses the rules: said before it is chosen"
    form.submit()
    assert form.fields["key"].message() == "Remplissez ce champ."
    middles = [part.mapTo(form, part.rect().center()).y() for part in (form.browse, form.key_file)]
    assert abs(middles[0] - middles[1]) <= 1, "what is said below the field does not push the button beside it down"
    assert form.fields["remote"].control.value() == "atelier-boisvert"
    form.mode.set_value("emulator")
    form._show_mode()
    assert form.warning.isHidden()
    asked: list[Any] = []
    monkeypatch.setattr(cloud, "join", lambda *given: asked.append(given))
    form.submit()
    assert asked[0][1] == {
        "mode": "emulator",
        "host": "127.0.0.1:8080",
        "project": "facturepro-demo",
        "remote_company": "atelier-boisvert",
    }
    assert shell.toasts == ["Cette entreprise est reliée au cloud"]
    assert page.context.sync.asked == ["restart"]


def test_a_refused_cloud_is_said_in_words(qtbot, page, shell, monkeypatch) -> None:
    opened(qtbot, page)

    refusals = iter(
        [UserError("cloud_unreachable", reason="UNAVAILABLE: lookup failed"), UserError("cloud_name_invalid", name="/")]
    )

    def refuse(*_given: Any) -> None:
        raise next(refusals)

    monkeypatch.setattr(cloud, "join", refuse)
    page.acts.join(TARGET, None)
    message = page.join_form.message
    assert message.isVisible() and message.text().startswith("Le cloud ne répond pas.")
    assert "UNAVAILABLE" not in message.text(), "no English in a French window"
    assert "UNAVAILABLE" in message.toolTip()
    page.acts.join(TARGET, None)
    assert "ne peut pas être le nom" in message.text()
    assert shell.errors == [] and shell.toasts == [], "said where it was asked for, until the next try"
    assert page.context.sync.asked == []
    page.join_form.submit()
    assert message.isHidden()


def test_leaving(qtbot, page, company) -> None:
    joined(company)
    opened(qtbot, page)
    page.side._open_account()
    page.acts.leave()
    qtbot.waitUntil(lambda: page._stack.currentIndex() == 1)
    assert page.context.sync.asked == ["stop", "restart"]
    assert not cloud.is_joined(company)


def test_conflicts_that_a_former_cloud_left_are_settled_without_one(qtbot, page, shell, company, each_theme) -> None:
    """The navigation counts them: where it leads they have to be, with what settles one and what settles many."""
    joined(company)
    known = client(company)
    address(company, known)
    opened(qtbot, page)
    cloud.leave(company)
    page.load()
    qtbot.waitUntil(lambda: page._stack.currentIndex() == 1)
    assert page.inbox.isVisible() and page.foot.isVisible() and page.join_form.isVisible()
    assert page.inbox.mapTo(page, page.inbox.rect().bottomLeft()).y() <= page.join_form.mapTo(page, QPoint()).y()
    page.inbox.detail.blocks[0].lost.button.click()
    assert records.get(company, "client", known)["address"] == "3 bis place du Concert"
    qtbot.waitUntil(lambda: not page.inbox.isVisible() or page.inbox.count.text() == "0")
    joined(company)
    page.load()
    qtbot.waitUntil(lambda: page._stack.currentIndex() == 2)
    assert page.inbox.isVisible() and page.foot.isVisible() and page.head.isVisible()


# -- state ---------------------------------------------------------------------------------------------------


def test_devices_queue_and_cost(qtbot, page, company) -> None:
    joined(company)
    client(company)
    opened(qtbot, page)
    page.primary_action().callback()
    assert page.context.sync.asked == ["now"]
    assert page.side.devices.rows.count() == 1
    assert "cet ordinateur" in page.side.devices.rows.itemAt(0).widget().accessibleName()
    assert int(page.side.queue.note.text()) == cloud.status(company)["pending"] > 0
    assert page.side.cost.rows.count() == 4


STATES = [
    (SyncState("synced"), "En ligne, tout est à jour", "Aucun échange"),
    (SyncState("waiting", 2), "2 modifications en cours d’envoi", "Aucun échange"),
    (SyncState("refused", 2, refused=2), "2 modifications refusées par le cloud", "dit pourquoi"),
    (SyncState("refused", 3, refused=2), "refusées par le cloud, 1 modification en attente", "dit pourquoi"),
    (SyncState("receiving", progress=(12_400, 50_000)), "12\u202f400 fiches sur 50\u202f000", "Continuez à travailler"),
    (SyncState("receiving", progress=(300, 0)), "Première lecture : 300 fiches", "Continuez à travailler"),
    (SyncState("paused", 3), "En pause, 3 modifications en attente", "tant que vous ne reprenez pas"),
    (SyncState("offline", 2), "Hors ligne", "envoyé automatiquement"),
    (SyncState("signin"), "La connexion au cloud a expiré", "Redonnez une clé"),
    (SyncState("update", 1), "Mettez FacturePro à jour", "après la mise à jour"),
    (SyncState("connecting"), "Connexion au cloud", "Aucun échange"),
    (SyncState("readonly", 1, detail="Demandez un autre rôle."), "lecture seule, 1 modification", "autre rôle"),
    (SyncState("budget", share=1.2), "dépassé (120\u00a0%)", "Sans facturation"),
    (SyncState("budget", share=0.84), "quota du jour utilisé à 84\u00a0%", "À 100 %"),
    (SyncState("quota"), "Le quota gratuit du jour est atteint", "remise à zéro"),
    (SyncState("error", reason="accès refusé", detail="Le cloud refuse l’accès."), "accès refusé", "refuse l’accès"),
]  # fmt: skip


def test_each_state_says_why_and_what_to_do(qtbot, page, company, each_theme) -> None:
    joined(company)
    opened(qtbot, page)
    for state, title, detail in STATES:
        page.context.sync.show(state)
        assert title in page.head.title.text()
        assert detail in page.head.detail.text()
        assert not page.head.grab().isNull()
    for kind in set(LOOKS) - {"local"}:
        page.context.sync.show(SyncState(kind, 1))
        assert page.head.title.text(), kind
        assert page.head.detail.text(), kind


def test_since_when_it_is_offline(qtbot, page, company) -> None:
    joined(company)
    opened(qtbot, page)
    since = company.now() - timedelta(minutes=90)
    page.context.sync.show(SyncState("offline", 1, since=since))
    assert page.head.title.text().startswith(f"Hors ligne depuis {since.astimezone():%H:%M}")
    page.context.sync.show(SyncState("offline", 1, since=since - timedelta(days=1)))
    assert "depuis hier" in page.head.title.text()


def test_a_first_reading_is_paused_and_resumed(qtbot, page, company) -> None:
    joined(company)
    opened(qtbot, page)
    sync = page.context.sync
    sync.show(SyncState("receiving", progress=(250, 1000)))
    assert page.head.bar.share() == 0.25
    assert page.head.button.text() == "Pause"
    page.head.button.click()
    assert sync.asked == ["pause"]
    with qtbot.waitSignal(page.bar_changed):
        sync.show(SyncState("paused"))
    assert not page.primary_action().enabled
    assert page.head.bar.isHidden()
    page.head.button.click()
    assert sync.asked == ["pause", "resume"]
    sync.show(SyncState("synced"))
    assert page.head.button.isHidden()
    assert page.primary_action().enabled


def test_the_cost_warns_before_the_quota_and_says_what_happens_at_its_end(qtbot, page, company) -> None:
    joined(company)
    opened(qtbot, page)
    reset = cloud.quota_reset(company.now())

    def note(reads: int) -> Any:
        kept = {"day": quota_day(company.now()), "reads": reads}
        page.side.show_cost(budget_of(kept, company.now()), reset)
        return page.side.cost.rows.itemAt(3).widget()

    assert "0,00 €" in note(100).text()
    near = note(41_000)
    assert (near.color(), "bientôt atteint" in near.text()) == ("warning", True)
    over = note(50_000)
    assert (over.color(), "dépassé" in over.text()) == ("danger", True)
    assert f"{reset.astimezone():%H:%M}" in over.text()


# -- conflicts -----------------------------------------------------------------------------------------------


def test_a_conflict_shows_both_values_and_can_be_turned(qtbot, page, shell, company) -> None:
    joined(company)
    known = client(company)
    made = address(company, known)
    opened(qtbot, page)
    assert page.inbox.count.text() == "1"
    block = page.inbox.detail.blocks[0]
    assert "3 place du Concert" in block.kept.accessibleName()
    assert "3 bis place du Concert" in block.lost.accessibleName()
    assert "cet ordinateur" in block.kept.accessibleName()
    block.lost.button.click()
    assert records.get(company, "client", known)["address"] == "3 bis place du Concert"
    assert conflicts.groups(company) == ()
    assert conflicts.groups(company, is_open=False)[0].entries[0].id == made
    qtbot.waitUntil(lambda: page.inbox.count.text() == "0")
    assert page.foot.words.text() == "1 conflit réglé"
    assert shell.toasts == ["Valeur rétablie"]
    shell.undo()
    assert records.get(company, "client", known)["address"] == "3 place du Concert"
    qtbot.waitUntil(lambda: page.inbox.count.text() == "1")


def test_conflicts_of_one_record_stand_in_one_row(qtbot, page, company) -> None:
    joined(company)
    first, second = client(company, "Un"), client(company, "Deux")
    address(company, first)
    phone(company, first)
    phone(company, second, seconds=500)
    opened(qtbot, page)
    assert [row.group.title for row in page.inbox.rows] == ["Un", "Deux"]
    assert page.inbox.count.text() == "3"
    assert "adresse, téléphone" in page.inbox.rows[0].accessibleName() or "téléphone, adresse" in (
        page.inbox.rows[0].accessibleName()
    )
    assert len(page.inbox.detail.blocks) == 2
    page.inbox.rows[1].clicked.emit()
    assert [block.entry.record_id for block in page.inbox.detail.blocks] == [second]
    page.inbox.detail.link.clicked.emit()
    assert page.shell.opened == [("clients", second)]


def test_an_argument_opens_its_record(qtbot, page, company) -> None:
    joined(company)
    first, second = client(company, "Un"), client(company, "Deux")
    phone(company, first)
    made = phone(company, second, seconds=500)
    opened(qtbot, page, made)
    assert page.inbox.detail.blocks[0].entry.record_id == second


def test_several_records_are_chosen_by_keyboard_and_restored_in_one_step(qtbot, page, shell, company) -> None:
    joined(company)
    first, second = client(company, "Un"), client(company, "Deux")
    phone(company, first)
    phone(company, second, seconds=500)
    opened(qtbot, page)
    page.window().activateWindow()
    page.inbox.rows[0].setFocus()
    QTest.keyClick(page.inbox.rows[0], Qt.Key.Key_Space)
    QTest.keyClick(page.inbox.rows[1], Qt.Key.Key_Space)
    assert page.foot.words.text() == "2 fiches choisies"
    assert [row.is_checked() for row in page.inbox.rows] == [True, True]
    page.foot.restore_button.click()
    assert [records.get(company, "client", each)["phone"] for each in (first, second)] == ["0611111111"] * 2
    assert shell.toasts == ["2 valeurs rétablies"]
    shell.undo()
    assert [records.get(company, "client", each)["phone"] for each in (first, second)] == ["", ""]
    assert conflicts.count_open(company) == 2


def test_everything_is_reached_by_keyboard_alone(qtbot, page, company) -> None:
    """Tab to a row, Space chooses it, Tab to the bar, Space restores: no mouse, and every stop has a name."""
    joined(company)
    first = client(company, "Un")
    phone(company, first)
    phone(company, client(company, "Deux"), seconds=500)
    opened(qtbot, page)
    page.window().activateWindow()
    qtbot.waitActive(page.window())
    page.setFocus()

    def tab_to(wanted: Any) -> None:
        for _step in range(20):
            QApplication.processEvents()  # what was just made is shown
            QTest.keyClick(QApplication.focusWidget() or page, Qt.Key.Key_Tab)
            focused = QApplication.focusWidget()
            assert focused is not None
            assert focused.accessibleName(), f"{focused} has no name for a screen reader"
            if focused is wanted:
                return
        raise AssertionError(f"{wanted} is not reached by Tab")

    tab_to(page.inbox.rows[0])
    QTest.keyClick(page.inbox.rows[0], Qt.Key.Key_Space)
    tab_to(page.foot.restore_button)
    QTest.keyClick(page.foot.restore_button, Qt.Key.Key_Space)
    assert records.get(company, "client", first)["phone"] == "0611111111"
    qtbot.waitUntil(lambda: len(page.inbox.rows) == 1)
    tab_to(page.inbox.detail.blocks[0].kept.button)
    QTest.keyClick(page.inbox.detail.blocks[0].kept.button, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: page.inbox.rows == [])


def test_all_are_chosen_from_the_menu_and_kept(qtbot, page, company) -> None:
    joined(company)
    for name in ("Un", "Deux", "Trois"):
        phone(company, client(company, name))
    opened(qtbot, page)
    page.inbox.check_all(True)
    page.foot.keep_button.click()
    qtbot.waitUntil(lambda: page.inbox.count.text() == "0")
    assert page.foot.words.text() == "3 conflits réglés"


def test_filters_by_kind_and_computer_and_back(qtbot, page, company) -> None:
    joined(company)
    known = client(company)
    phone(company, known)
    product = records.create(company, "product", {"name": "Coulisse", "sku": "COU", "price": "12"})["id"]
    conflict(company, product, "name", {"name": "Coulisse"}, {"name": "Coulisse 500"}, kind="product")
    opened(qtbot, page)
    assert not page.inbox.filter_button.isHidden()
    page.inbox.set_filter(kind="product")
    qtbot.waitUntil(lambda: [row.group.kind for row in page.inbox.rows] == ["product"])
    assert not page.inbox.filters.isHidden()
    page.inbox.set_filter(kind="", device=OTHER)
    qtbot.waitUntil(lambda: len(page.inbox.rows) == 2)
    page.inbox.set_filter(device="nobody")
    qtbot.waitUntil(lambda: page.inbox.rows == [])
    page.inbox.set_filter(device="")
    qtbot.waitUntil(lambda: len(page.inbox.rows) == 2 and page.inbox.filters.isHidden())


def test_the_journal_of_settled_ones_and_back(qtbot, page, company) -> None:
    joined(company)
    known = client(company)
    conflicts.keep(company, [phone(company, known)])
    opened(qtbot, page)
    page.foot.link.clicked.emit()
    qtbot.waitUntil(lambda: page.inbox.title.text() == "Journal des conflits" and len(page.inbox.rows) == 1)
    block = page.inbox.detail.blocks[0]
    assert block.kept.button is None
    block.lost.button.click()  # a settled one can still be restored
    assert records.get(company, "client", known)["phone"] == "0611111111"
    page.foot.link.clicked.emit()
    qtbot.waitUntil(lambda: page.inbox.title.text() == "Conflits à revoir" and page.inbox.rows == [])


def test_one_draft_issued_twice_opens_either_document(qtbot, page, company) -> None:
    joined(company)
    known = client(company)
    one, two = invoice(company, known), invoice(company, known)
    kept = {"number": one["number"], "issued_at": None, "issued_by": company.db.device_id, "hash": "x"}
    lost = {"number": two["number"], "issued_at": None, "issued_by": OTHER, "hash": "y", "document_id": two["id"]}
    made = conflict(company, one["id"], "issue", kept, lost, kind="invoice")
    opened(qtbot, page, made)
    assert page.inbox.rows[0]._chip[0] == "Avoir proposé"
    block = page.inbox.detail.blocks[0]
    assert block.lost.button.text() == f"Ouvrir {two['number']}"
    block.lost.button.click()
    block.kept.button.click()
    assert page.shell.opened == [("invoices", two["id"]), ("invoices", one["id"])]
    block.settle_button.click()
    assert conflicts.count_open(company) == 0


def test_a_double_payment_is_reversed_after_a_question_or_kept(qtbot, page, company) -> None:
    joined(company)
    known = client(company)
    made = invoice(company, known)
    paid = [payments.add(company, made["id"], amount) for amount in ("60", "60")]
    sides = [
        {"payment_id": each["id"], "amount": 6000, "method": "transfer", "paid_on": "2026-11-20", "recorded_by": device}
        for each, device in zip(paid, (company.db.device_id, OTHER), strict=True)
    ]
    conflict(company, made["id"], "double_payment", *sides, kind="invoice")
    opened(qtbot, page)
    block = page.inbox.detail.blocks[0]
    assert block.kept.button is None
    block.lost.button.click()
    assert len(payments.for_invoice(company, made["id"])) == 2, "nothing before the question is answered"
    page.window().activateWindow()
    accept(page)
    qtbot.waitUntil(lambda: len(payments.for_invoice(company, made["id"])) == 3)
    assert conflicts.count_open(company) == 0
    assert records.get(company, "invoice", made["id"])["amount_due"] == 60


def test_doubles_are_left_out_of_a_bulk_action_and_said(qtbot, page, shell, company) -> None:
    joined(company)
    known = client(company)
    phone(company, known)
    made = invoice(company, known)
    conflict(company, made["id"], "double_payment", {"payment_id": "a"}, {"payment_id": "b"}, kind="invoice")
    opened(qtbot, page)
    page.inbox.check_all(True)
    page.foot.keep_button.click()
    assert shell.toasts == ["Valeur gardée, 1 à régler à part"]
    assert conflicts.count_open(company) == 1


def test_many_conflicts_are_shown_a_page_at_a_time(qtbot, page, company, monkeypatch) -> None:
    monkeypatch.setattr("facturepro.ui.pages.sync_page_inbox.PAGE", 2)
    page.inbox.set_journal(False)
    joined(company)
    for name in ("Un", "Deux", "Trois"):
        phone(company, client(company, name))
    opened(qtbot, page)
    assert len(page.inbox.rows) == 2
    page.inbox._show_more()
    assert len(page.inbox.rows) == 3


def test_with_many_records_the_values_unfold_under_their_row(qtbot, page, company, monkeypatch) -> None:
    monkeypatch.setattr("facturepro.ui.pages.sync_page_inbox._BELOW", 2)
    joined(company)
    for name in ("Un", "Deux", "Trois"):
        phone(company, client(company, name))
    opened(qtbot, page)
    page.inbox.rows[1].clicked.emit()

    def tops() -> list[int]:
        rows = page.inbox.rows
        return [each.mapTo(page, each.rect().topLeft()).y() for each in (rows[0], rows[1], page.inbox.detail, rows[2])]

    qtbot.waitUntil(lambda: tops() == sorted(set(tops())))


# -- refused -------------------------------------------------------------------------------------------------


def refuse(monkeypatch: pytest.MonkeyPatch, company: OpenCompany, client_id: str, **changes: Any) -> list[Any]:
    """The cloud does not take a client; answers what is asked of the service."""
    entry = {
        "kind": "client", "record_id": client_id, "title": "Hôtel Beaurepaire", "direction": "out", "reason": "too large",
        "reason_text": "Trop volumineux.", "since": "", "attempts": 1, "can_discard": True, "waiting": [],
    }  # fmt: skip
    asked: list[Any] = []
    monkeypatch.setattr(quarantine, "list_refused", lambda *_given: [{**entry, **changes}])
    for name in ("retry", "discard", "retry_all"):
        monkeypatch.setattr(quarantine, name, lambda _company, *key, name=name: asked.append((name, *key)))
    return asked


def test_a_refused_change_says_why_and_has_its_ways_out(qtbot, page, shell, company, monkeypatch) -> None:
    joined(company)
    known = client(company)
    asked = refuse(monkeypatch, company, known)
    opened(qtbot, page)
    (card,) = page.refused.cards
    assert "Trop volumineux" in card.accessibleName()
    card.retry_button.click()
    card.open_button.click()
    assert asked == [("retry", "client", known)]
    assert page.context.sync.asked == ["now"]
    assert shell.opened == [("clients", known)]
    card = page.refused.cards[0]
    card.discard_button.click()
    assert asked == [("retry", "client", known)], "not before the question is answered"
    page.window().activateWindow()
    accept(page)
    assert asked[-1] == ("discard", "client", known)


def test_what_cannot_be_given_up_has_no_button_for_it(qtbot, page, company, monkeypatch) -> None:
    joined(company)
    waiting = [{"kind": "invoice", "record_id": "x", "title": "Brouillon"}]
    refuse(monkeypatch, company, client(company), waiting=waiting)
    opened(qtbot, page)
    assert not hasattr(page.refused.cards[0], "discard_button")


def test_nothing_refused_shows_nothing(qtbot, page, company) -> None:
    joined(company)
    opened(qtbot, page)
    assert page.refused.isHidden()


# -- check ---------------------------------------------------------------------------------------------------


def test_the_last_check_and_another_one_now(qtbot, page, shell, company, monkeypatch) -> None:
    joined(company)
    report = {"at": "2026-11-16T09:00:00.000Z", "compared": 1204, "repaired": 0, "is_clean": True, "is_complete": True}
    known: list[dict[str, Any]] = []
    monkeypatch.setattr(reconciliation, "last", lambda _company: known[-1] if known else None)

    def check(_company: OpenCompany, progress: Any, is_cancelled: Any) -> dict[str, Any]:
        progress(600, 1204)
        known.append({**report, "repaired": len(known)})
        return known[-1]

    monkeypatch.setattr(reconciliation, "check", check)
    opened(qtbot, page)
    assert page.check.words.text() == "Pas encore comparé au cloud"
    page.check.link.clicked.emit()
    qtbot.waitUntil(lambda: page.check.words.text() == "Contrôle du 16 nov. : identique")
    assert "1\u202f204 fiches comparées" in page.check.toolTip()
    page.check.link.clicked.emit()
    qtbot.waitUntil(lambda: page.check.words.text() == "Contrôle du 16 nov. : 1 fiche réparée")
    assert shell.toasts == ["Contrôle du 16 nov. : identique", "Contrôle du 16 nov. : 1 fiche réparée"]


# -- the page ------------------------------------------------------------------------------------------------


def test_in_a_narrow_window_the_right_column_stands_below(qtbot, page, company) -> None:
    joined(company)
    address(company, client(company))
    opened(qtbot, page)
    assert page._side_area.widget() is page.side
    page.resize(684, 700)
    qtbot.waitUntil(lambda: page._right.isHidden() and page.side.isVisible() and page.check.isVisible())
    assert page.side.width() == page.inbox.width()
    page.resize(1064, 700)
    qtbot.waitUntil(lambda: page._side_area.widget() is page.side and page.side.isVisible())


def test_it_reads_again_when_something_changes_not_by_itself(qtbot, page, company, monkeypatch) -> None:
    joined(company)
    known = client(company)
    opened(qtbot, page)
    asked: list[int] = []
    load = page.load
    monkeypatch.setattr(page, "load", lambda: (asked.append(1), load()))
    page._settle.timeout.disconnect()
    page._settle.timeout.connect(lambda: page.load())
    qtbot.wait(450)
    assert asked == []
    phone(company, known)
    qtbot.waitUntil(lambda: page.inbox.count.text() == "1")
    assert len(asked) >= 1
    page.context.sync.show(replace(page.state(), kind="waiting", waiting=1))
    settled(qtbot, page)
    assert len(asked) >= 2


def test_the_last_exchange_is_the_newest_that_anybody_knows_of(qtbot, page, company) -> None:
    """The engine knows it at once, the file by the minute."""
    joined(company)
    kept = company.now() - timedelta(minutes=1)
    with company.db.write("x") as work:
        work.keep("last_exchange_at", kept.isoformat())
    opened(qtbot, page)
    page.context.sync.show(SyncState("synced"))
    assert f"{kept.astimezone():%H:%M:%S}" in page.head.detail.text()
    newest = company.now()
    page.context.sync.show(SyncState("synced", last_exchange=newest))
    assert f"{newest.astimezone():%H:%M:%S}" in page.head.detail.text()
    page.context.sync.show(SyncState("synced", last_exchange=kept - timedelta(hours=1)))
    assert f"{kept.astimezone():%H:%M:%S}" in page.head.detail.text()


def test_a_computers_long_name_never_hides_what_was_exchanged(qtbot) -> None:
    row = DeviceRow(
        "ordinateur-de-la-comptabilite-du-premier-etage-cote-cour",
        "Linux 6.12.0-18-amd64-tres-long, version 10.20.30",
        "· ↑\u00a012\u202f345 ↓\u00a067\u202f890",
        "Série AB",
        ("hier 18:42", "text_2"),
        True,
        "",
    )
    qtbot.addWidget(row)
    row.resize(360, row.height())
    row.show()
    labels = {label.text(): label for label in row.findChildren(Label)}
    for whole in ("· ↑\u00a012\u202f345 ↓\u00a067\u202f890", "Série AB", "hier 18:42", "cet ordinateur"):
        assert labels[whole].width() >= labels[whole].sizeHint().width(), whole
    right = [label.mapTo(row, label.rect().topRight()).x() for label in labels.values()]
    assert max(right) < 360


@pytest.mark.parametrize(
    ("platform", "words"),
    [
        ("Linux 6.18.44-fc-v657", "Linux 6.18"),
        ("Windows 11", "Windows 11"),
        ("Darwin 24.1.0", "macOS"),
        ("Haiku", "Haiku"),
        ("", ""),
    ],
)
def test_systems_as_people_call_them(platform: str, words: str) -> None:
    assert system_words(platform) == words


def test_chosen_doubles_say_why_they_are_not_settled_together(qtbot, page, company) -> None:
    joined(company)
    opened(qtbot, page)
    entry = SimpleNamespace(nature="issue", can_restore=False)
    page.foot.show_state(0, False, [SimpleNamespace(entries=[entry])])
    assert page.foot.words.text() == "1 fiche choisie : à régler une par une"
    assert not page.foot.keep_button.isEnabled()


def test_after_one_conflict_the_next_in_the_list_is_shown(qtbot, page, company) -> None:
    """Not the first one again, which may want another kind of decision."""
    joined(company)
    ids = [client(company, name) for name in ("Un", "Deux", "Trois")]
    for place, each in enumerate(ids):
        phone(company, each, seconds=1 + 300 * place)
    opened(qtbot, page)
    page.inbox.rows[1].clicked.emit()
    for expected in (ids[2], ids[0]):  # the one after; after the last one the one above
        page.inbox.detail.blocks[0].kept.button.click()
        qtbot.waitUntil(lambda expected=expected: page.inbox.detail.blocks[0].entry.record_id == expected)


def test_abbreviations_keep_their_capitals_in_a_sentence(qtbot, page, company) -> None:
    joined(company)
    made = str(records.create(company, "product", {"name": "Huile", "price": "16.90"})["id"])
    price = {"price": 169000, "vat": 2000}
    conflict(company, made, "price", price, {**price, "price": 159000}, kind="product")
    opened(qtbot, page)
    words = conflicts.groups(company)[0].entries[0].explanation
    assert "Prix HT, TVA" in words
