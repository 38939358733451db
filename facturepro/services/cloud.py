"""The company's cloud: joining, leaving, exchanging, and what a person can see of it."""

import platform
import re
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facturepro import __version__
from facturepro.db import local_state, replication_dump, replication_outbox
from facturepro.db import replication_apply as incoming_documents
from facturepro.db.models import Device
from facturepro.db.models.company import COMPANY_ID
from facturepro.db.models.stock import MAIN_WAREHOUSE_ID
from facturepro.db.queries import invoices as invoice_queries
from facturepro.db.queries.invoices import InvoiceFilter
from facturepro.db.replication_state import forget_default_stamps
from facturepro.domain.errors import UserError
from facturepro.i18n import _
from facturepro.services import central_numbering
from facturepro.services.company import OpenCompany, settings, update_settings
from facturepro.services.company import is_joined as is_joined  # part of what this module offers
from facturepro.services.workspace import Workspace
from facturepro.sync import accounts, pause
from facturepro.sync import status as sync_status
from facturepro.sync.budget import QUOTA as QUOTA
from facturepro.sync.budget import USAGE, budget_of
from facturepro.sync.budget import Budget as Budget
from facturepro.sync.devices import KNOWN as KNOWN_DEVICES
from facturepro.sync.devices import Devices
from facturepro.sync.giving_up import closed_when
from facturepro.sync.home import MOVED, Home
from facturepro.sync.identity import is_untouched, keep_letters, part_if_twin
from facturepro.sync.ledger import EXCHANGED, LAST_EXCHANGE, Ledger
from facturepro.sync.pull import READING, IsOver, OnProgress, never, unseen
from facturepro.sync.remotes import base
from facturepro.sync.usage import quota_reset as quota_reset

if TYPE_CHECKING:
    from facturepro.sync.engine import SyncEngine
    from facturepro.sync.status import SyncState

Target = dict[str, str]
"""``mode`` (emulator, service_account or account), ``host`` (emulator), ``project``, ``remote_company``.

For a person's account also ``api_key`` (the project's, public) and, for an Auth emulator, ``token_endpoint``. As it is kept
also ``joined_at``.
"""

RemoteError = base.RemoteError
GRACE_S = 1.0
"""For an exchange that was cancelled to end where it can go on."""
_RESERVED, _NAME_BYTES = re.compile(r"__.*__"), 1500
"""What Firestore keeps for itself, and the longest name of a document."""

# -- joining -------------------------------------------------------------------------------------------------


def emulator_target(host: str, project: str, remote_company: str) -> Target:
    return {"mode": "emulator", "host": host, "project": project, "remote_company": remote_company}


def join(
    company: OpenCompany,
    target: Target,
    service_account: Path | None = None,
    is_cancelled: IsOver = never,
) -> dict[str, Any]:
    """Bring this company to a cloud: create it there, or join the one that stands. Answers ``status`` with ``outcome``:
    ``created``, ``joined``, or ``moved`` when it is created there by a company that was in another cloud.

    The settings of a company that is joined stand over what was typed here before; clients and products typed here are added.

    ``is_cancelled``: once it answers true, the cloud counts as unreachable. Joined again later, what was made of it there
    by then is found and used.

    Raises:
        UserError: unreachable or refused, or this file has issued invoices of its own and the cloud has another company.
    """
    target, secret = _checked(target, service_account)
    _refuse_leaving_behind(company, target)
    with told_apart(), _connected(target, secret, is_cancelled) as remote:
        with company.db.read() as session:
            known_home = local_state.get(session, "cloud_home")
            has_issued = invoice_queries.sums(session, _issued(company))[0] > 0
        is_known = known_home == _home(target)
        is_new = _provision(remote, settings(company)["name"]) or (not is_known and is_untouched(company.db, remote))
        is_stranger = not is_new and not is_known
        if is_stranger and has_issued:
            raise UserError("cloud_company_has_numbers", remote=target["remote_company"])
        if is_stranger:
            part_if_twin(company.db, remote)
        with company.db.read() as session:
            letter = local_state.get(session, "series", "A")
        claimed = remote.claim_series(company.db.device_id, letter, device_info(company))
        if is_new:
            _open_central_series(company, remote)
            keep_letters(company.db, remote)
        if secret is not None:
            accounts.keep_service_account(company.folder, company.id, secret)
        _remember(company, target, claimed, is_new, yields=is_stranger)
    outcome = "joined" if not is_new else "created" if is_known or known_home is None else "moved"
    return {**status(company), "outcome": outcome}


def _refuse_leaving_behind(company: OpenCompany, target: Target) -> None:
    """What this file could not bring to another cloud: whole records of a newer version, and what it has not read yet."""
    with company.db.read() as session:
        home = local_state.get(session, "cloud_home")
        if home in (None, _home(target)):
            return
        if incoming_documents.has_newer_kinds(session):
            raise UserError("cloud_move_needs_update")
        if local_state.get(session, READING) is not None:
            raise UserError("cloud_move_unread")


def _checked(target: Target, service_account: Path | None) -> tuple[Target, dict[str, Any] | None]:
    """The target with its project, and the key. Raises UserError: no such key, or a name that no document can have."""
    name = target["remote_company"]
    if name in ("", ".", "..") or "/" in name or _RESERVED.fullmatch(name) or len(name.encode()) > _NAME_BYTES:
        raise UserError("cloud_name_invalid", name=name[:60])
    if service_account is None:
        return target, None
    secret = accounts.read_service_account(service_account)
    return {**target, "project": secret["project_id"]}, secret


def _open_central_series(company: OpenCompany, remote: base.Remote) -> None:
    """A company that moves to another cloud goes on counting there, before any other computer can join."""
    with company.db.read() as session:
        for series in invoice_queries.central_series(session):
            counter, last_on, seal = invoice_queries.head_of_series(session, series)
            remote.open_series(series, base.SeriesHead(counter, last_on.isoformat() if last_on else "", seal))


def join_new(
    workspace: Workspace,
    target: Target,
    service_account: Path | None = None,
    is_cancelled: IsOver = never,
) -> OpenCompany:
    """On a computer without a company: make a local file for the company that stands in the cloud, and join it.

    ``is_cancelled``: once it answers true, the cloud counts as unreachable; no file is left here.

    Raises:
        UserError: unreachable, refused, or no such company there.
    """
    target, secret = _checked(target, service_account)
    with told_apart(), _connected(target, secret, is_cancelled) as remote:
        try:
            profile = remote.profile()
        except base.CompanyMissing as error:
            raise UserError("cloud_company_missing", remote=target["remote_company"]) from error
    company = workspace.create({"name": profile.name or target["remote_company"]})
    try:
        join(company, target, service_account, is_cancelled)
    except BaseException:
        company.close()
        workspace.remove(company.id)
        raise
    return company


def _issued(company: OpenCompany) -> Any:
    drafts = invoice_queries.conditions(InvoiceFilter(status="draft"), company.today())
    return tuple(~condition for condition in drafts)


def _home(target: Target) -> str:
    return f"{target.get('host', '')}/{target['project']}/{target['remote_company']}"


def _provision(remote: base.Remote, name: str) -> bool:
    """True when the company did not exist there yet."""
    try:
        remote.profile()
    except base.CompanyMissing:
        remote.provision({"name": name})
        return True
    return False


def _remember(company: OpenCompany, target: Target, letter: str, is_new: bool, yields: bool) -> None:
    with company.db.write(_("Cloud relié")) as work:
        former = local_state.get(work.session, "cloud_home")
        if former is not None and (is_new or former != _home(target)):
            replication_outbox.requeue_all(work)  # this cloud has none of what the former one acknowledged
        if yields:
            device = company.db.device_id
            forget_default_stamps(work.session, device, [("company", COMPANY_ID), ("warehouse", MAIN_WAREHOUSE_ID)])
        own = work.get(Device, company.db.device_id)
        if own is not None and own.series != letter:
            own.series = letter
        work.keep("series", letter)
        # Joined again, perhaps with another key: who exchanges at this moment, in whatever process, connects anew.
        work.keep("cloud", {**target, "joined_at": company.now().isoformat()})
        work.keep("cloud_home", _home(target))


def leave(company: OpenCompany) -> None:
    """Stop exchanging. Everything stays here, and stays in the cloud."""
    if _target(company)["mode"] == "account":
        accounts.RefreshTokens(company.id).forget()
    accounts.forget(company.folder, company.id)
    with company.db.write() as work:
        local_state.remove(work.session, "cloud")
        local_state.remove(work.session, pause.PAUSED)  # it was of that exchange: joined anew, this one exchanges
        work.touch()


def set_paused(company: OpenCompany, is_paused: bool) -> dict[str, Any]:
    """Hold the exchange, or go on with it, for every process that has this file open; they heed it within a second. What
    a person asks for (``sync_once``, a check) is done all the same. Answers ``status``.

    Raises:
        UserError: not joined, the file is busy.
    """
    _target(company)
    pause.keep(company.db, is_paused)
    return status(company)


def device_info(company: OpenCompany) -> dict[str, Any]:
    return {
        "name": socket.gethostname()[:60] or company.db.device_id,
        "platform": f"{platform.system()} {platform.release()}"[:60],
        "app_version": __version__,
    }


# -- exchanging ----------------------------------------------------------------------------------------------


def joined_to(company: OpenCompany) -> Target | None:
    """None: no cloud. Another value than before asks for another engine: a process joined or left, here or elsewhere."""
    with company.db.read() as session:
        target: Target | None = local_state.get(session, "cloud")
    return target


def _target(company: OpenCompany) -> Target:
    target = joined_to(company)
    if target is None:
        raise UserError("cloud_not_joined")
    return dict(target)


@contextmanager
def _connected(
    target: Target, secret: Mapping[str, Any] | None, is_cancelled: Callable[[], bool]
) -> Iterator[base.Remote]:
    with closing(connect(target, secret)) as remote, closed_when(is_cancelled, remote):
        yield remote


def connect(target: Target, secret: Mapping[str, Any] | None) -> base.Remote:
    """A remote for a target; nothing is sent yet. Imports the network library (0.5 s)."""
    from facturepro.sync.remotes.firestore import FirestoreRemote
    from facturepro.sync.remotes.firestore_connection import FirestoreTarget

    if target["mode"] == "emulator":
        place = FirestoreTarget.emulator(target["host"], target["project"])
    else:
        if secret is None:
            raise UserError("cloud_signin", cause=_("la clé du compte de service est absente de cet ordinateur"))
        place = FirestoreTarget.service_account_info(secret)
    return FirestoreRemote(place, target["remote_company"])


def connect_account(target: Target, store: accounts.RefreshTokens) -> base.Remote:
    """A remote with the ID token of whoever signed in, so that the rules of the cloud apply; nothing is sent yet."""
    from facturepro.sync.credentials import ENDPOINT, IdTokenCredentials
    from facturepro.sync.remotes.firestore import FirestoreRemote
    from facturepro.sync.remotes.firestore_connection import FirestoreTarget

    tokens = IdTokenCredentials(store, target["api_key"], target.get("token_endpoint") or ENDPOINT)
    place = FirestoreTarget.signed_in(target["project"], tokens, target.get("host", ""))
    return FirestoreRemote(place, target["remote_company"])


def connect_company(company: OpenCompany) -> base.Remote:
    """Raises UserError when the company is not joined or its secret is not at hand."""
    target = _target(company)
    if target["mode"] == "account":
        return connect_account(target, accounts.RefreshTokens(company.id))
    needs_secret = target["mode"] == "service_account"
    return connect(target, accounts.service_account(company.folder, company.id) if needs_secret else None)


def make_engine(company: OpenCompany, on_state: "Callable[[SyncState], None] | None" = None) -> "SyncEngine":
    """The engine of a joined company, not started. The caller stops it and closes ``engine.remote``.

    Raises UserError: as ``connect_company``; ``cloud_moved`` meanwhile.
    """
    from facturepro.sync.engine import SyncEngine

    number_waiting = partial(central_numbering.number_waiting, company)
    home, remote = Home(company.db), connect_company(company)
    engine = SyncEngine(company.db, remote, on_state=on_state, number_waiting=number_waiting, info=device_info(company))
    if home.has_moved():  # while the network library was loaded: the engine would take the remote for the other cloud
        remote.close()
        raise UserError(MOVED)
    return engine


def end_engine(engine: "SyncEngine") -> None:
    """Stop it and close its remote. A call that waits for the network is given a second."""
    with closing(engine.remote), closed_when(lambda: True, engine.remote, GRACE_S):
        engine.stop()


def sync_once(
    company: OpenCompany,
    timeout: float = 60.0,
    is_cancelled: IsOver = never,
    on_progress: OnProgress = unseen,
) -> dict[str, Any]:
    """Pull and push until nothing is left to do, the time is over or ``is_cancelled`` answers true.

    ``on_progress`` is called with (records read, all of them or 0 when unknown). ``is_complete`` of the answer is false
    when the reading was interrupted: the next call goes on where it ended.

    Raises:
        UserError: not joined, unreachable, refused; ``cloud_update_required`` when the company asks for a newer version of
            this program: what there was to read was read. What was not sent stays queued.
    """
    with told_apart():
        engine = make_engine(company)
        with closing(engine.remote), closed_when(is_cancelled, engine.remote, GRACE_S):
            report = engine.once(timeout, is_cancelled, on_progress)
    if report.blocked:
        raise UserError("cloud_update_required")
    return {
        "pushed": report.pushed,
        "pulled": report.pulled,
        "pending": report.pending,
        "conflicts": report.conflicts,
        "reads": report.reads,
        "writes": report.writes,
        "is_complete": report.is_complete,
    }


def trouble(state: "SyncState") -> str:
    """What is wrong with the exchange and what to do, in words; empty when nothing is."""
    return sync_status.described(state.code, state.reason).message if state.code else ""


@contextmanager
def told_apart() -> Iterator[None]:
    """Errors of a remote, in words."""
    try:
        yield
    except base.RemoteError as error:
        raise sync_status.user_error(error) from error


def choose_numbering(company: OpenCompany, mode: str) -> dict[str, Any]:
    """Change who gives numbers, ``per_device`` or ``central``; answers the settings. For all computers, so that only the
    owner of the company in the cloud may.

    Raises:
        UserError: no cloud; where rules bind: not reached, or not the owner. Nothing was changed.
    """
    if is_joined(company):
        with told_apart(), closing(connect_company(company)) as remote:
            if remote.role() not in (None, "owner"):  # None: somebody alone, whom no rule binds
                raise UserError("numbering_needs_owner")
    return update_settings(company, {"numbering": mode})


def dump(company: OpenCompany) -> list[str]:
    """Every synchronised record as one line of canonical JSON, by kind and id; alike on computers that have converged."""
    with company.db.read() as session:
        return list(replication_dump.dump(session))


# -- what a person sees --------------------------------------------------------------------------------------


def status(company: OpenCompany) -> dict[str, Any]:
    """``joined``, ``mode``, ``project``, ``remote_company``, ``host``, ``numbering``, ``series``, ``pending``, ``paused``,
    ``device``, ``last_exchange_at``."""
    with company.db.read() as session:
        target = local_state.get(session, "cloud") or {}
        return {
            "joined": bool(target),
            "mode": target.get("mode", ""),
            "host": target.get("host", ""),
            "numbering": settings(company)["numbering"],
            "project": target.get("project", ""),
            "remote_company": target.get("remote_company", ""),
            "series": local_state.get(session, "series", "A"),
            "device": company.db.device_id,
            "pending": replication_outbox.count_pending(session),
            "paused": bool(local_state.get(session, pause.PAUSED, False)),
            "last_exchange_at": local_state.get(session, LAST_EXCHANGE),
        }


def queue(company: OpenCompany, limit: int = 200) -> list[dict[str, Any]]:
    """What waits to be sent, oldest first: kind, record_id, title, stamp, attempts, quarantined_for."""
    with company.db.read() as session:
        return [
            {
                "kind": one.kind,
                "record_id": one.id,
                "title": one.title,
                "stamp": one.since,
                "attempts": one.attempts,
                "quarantined_for": one.reason or None,
            }
            for one in replication_outbox.queued(session, limit)
        ]


def record_state(company: OpenCompany, kind: str, record_id: str) -> str:
    """``local`` (no cloud), ``refused`` (by the cloud), ``waiting`` or ``synced``."""
    if not is_joined(company):
        return "local"
    with company.db.read() as session:
        if replication_outbox.is_refused(session, kind, record_id):
            return "refused"
        return "waiting" if replication_outbox.is_waiting(session, kind, record_id) else "synced"


def budget(company: OpenCompany) -> Budget:
    """Reads, writes and deletes that this computer caused today (the day of the quota, Pacific time) against the free
    quota, as last noted: at most a minute ago."""
    with company.db.read() as session:
        return budget_of(local_state.get(session, USAGE), company.now())


def devices(company: OpenCompany) -> list[dict[str, Any]]:
    """The company's computers as they were at the last look, this one first; needs no network.

    Each: id, name, platform, series, app_version, last_seen (ISO or None), pushed, pulled (records in all), is_this.
    """
    with company.db.read() as session:
        known = (local_state.get(session, KNOWN_DEVICES) or {}).get("devices", [])
        totals = local_state.get(session, EXCHANGED) or {}
        series = local_state.get(session, "series", "A")
    own = {**device_info(company), "id": company.db.device_id, "series": series, "last_seen": None}
    own |= next((device for device in known if device["id"] == company.db.device_id), {})
    own |= {name: int(totals.get(name, 0)) for name in ("pushed", "pulled")}
    others = [device for device in known if device["id"] != company.db.device_id]
    others.sort(key=lambda device: str(device["last_seen"] or ""), reverse=True)
    counted = [{**device, "pushed": device["pushed"] or 0, "pulled": device["pulled"] or 0} for device in others]
    return [{**own, "is_this": True}, *({**device, "is_this": False} for device in counted)]


def refresh_devices(company: OpenCompany) -> list[dict[str, Any]]:
    """Ask the cloud for its computers, which costs a read for each. Raises UserError."""
    with told_apart():
        home, remote = Home(company.db), connect_company(company)
        try:
            Devices(home, remote, {}).look(is_wanted=True)
            Ledger(company.db, remote).note()
        finally:
            remote.close()
    return devices(company)
