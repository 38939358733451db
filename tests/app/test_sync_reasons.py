"""Nobody is told "a fault of the program" for what has a name."""

from facturepro.app.window_sync import _REASONS, WindowSync
from facturepro.services.company import OpenCompany
from facturepro.sync.status import CODES, ERROR, OFFLINE, WAITING, SyncState


def test_every_code_of_the_exchange_has_a_short_reason() -> None:
    codes = {code for _error, code in CODES} | {"cloud_denied", "cloud_update_required"}
    assert codes <= _REASONS.keys()


def test_what_is_refused_is_not_shown_as_on_its_way(company: OpenCompany) -> None:
    shown = WindowSync(company)
    assert shown._indicated(SyncState(WAITING, 2, quarantined=1)).kind == "refused"
    assert shown._indicated(SyncState(WAITING, 2)).kind == "waiting"


def test_who_only_reads_is_not_told_that_everything_stopped(company: OpenCompany) -> None:
    state = WindowSync(company)._indicated(SyncState(ERROR, 1, code="cloud_read_only", reason="accountant"))
    assert (state.kind, state.waiting) == ("readonly", 1) and "rôle" in state.detail


def test_what_the_network_library_said_is_not_shown_to_a_person(company: OpenCompany) -> None:
    state = WindowSync(company)._indicated(SyncState(OFFLINE, reason="not reached", code="cloud_unreachable"))
    assert state.detail.startswith("Le cloud ne répond pas (pas de réponse).")
