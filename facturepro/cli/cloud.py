"""``cloud``, ``sync`` and ``dump``: the exchange with the other computers."""

import contextlib
import signal
import threading
from pathlib import Path
from types import FrameType
from typing import Any

import click

from facturepro.cli import framework, refused
from facturepro.cli.framework import Group
from facturepro.cli.output import answer, note, pairs
from facturepro.cli.session import current
from facturepro.domain.errors import UserError
from facturepro.i18n import _, ngettext
from facturepro.services import catalog, central_numbering, cloud
from facturepro.services.company import OpenCompany
from facturepro.services.records import Record


def register(root: Group) -> None:
    root.add_command(_cloud_group())
    root.add_command(_sync_group())
    text = _(
        "Écrire toutes les fiches synchronisées en JSON canonique ; deux ordinateurs à jour donnent le même texte."
    )
    root.add_command(framework.command("dump", text, _dump))


# -- cloud ---------------------------------------------------------------------------------------------------


def _cloud_group() -> Group:
    found = framework.group("cloud", _("Relier l’entreprise à un cloud et la partager entre ordinateurs."))
    join = [
        framework.option("--emulator", _("Émulateur Firestore."), metavar=_("HÔTE:PORT")),
        framework.option("--project", _("Projet de l’émulateur."), metavar="PROJET"),
        framework.option("--service-account", _("Clé d’un compte de service (projet à vous)."), metavar="FICHIER"),
        framework.option("--remote-company", _("Nom de l’entreprise dans le cloud."), metavar="NOM", required=True),
    ]
    for name, text, callback, parameters in (
        ("join", _("Relier cette entreprise, ou rejoindre celle du cloud."), _join, join),
        ("status", _("Montrer à quoi l’entreprise est reliée."), _status, []),
        ("leave", _("Ne plus échanger ; tout reste ici et dans le cloud."), _leave, []),
    ):
        found.add_command(framework.command(name, text, callback, parameters))
    return found


def _join(emulator: str | None, project: str | None, service_account: str | None, remote_company: str) -> None:
    if bool(emulator) == bool(service_account):
        raise click.UsageError(_("Donnez soit --emulator, soit --service-account."))
    if emulator and not project:
        raise click.UsageError(_("--emulator demande aussi --project."))
    target = cloud.emulator_target(emulator or "", project or "", remote_company)
    key = None
    if service_account:
        key = Path(service_account)
        target = {"mode": "service_account", "host": "", "project": "", "remote_company": remote_company}
        note(_("Attention : une clé de compte de service contourne les règles de sécurité du cloud."))
    session = current()
    if not session.company_name and not session.workspace.companies():
        company = cloud.join_new(session.workspace, target, key)
        company.close()
    else:
        with session.company() as company:
            cloud.join(company, target, key)
    _status()


def _status() -> None:
    with current().company() as company:
        state = cloud.status(company)
        answer(state, lambda: _status_text(state))


def _status_text(state: Record) -> str:
    if not state["joined"]:
        return _("Aucun cloud : les données restent sur cet ordinateur.")
    where = state["host"] or "Firestore"
    return pairs(
        [
            (_("Cloud"), f"{where}, {state['project']}"),
            (_("Entreprise"), state["remote_company"]),
            (_("Numérotation"), _(catalog.NUMBERINGS[state["numbering"]])),
            (_("Série"), state["series"]),
            (_("En attente"), str(state["pending"])),
        ]
    )


def _leave() -> None:
    with current().company() as company:
        cloud.leave(company)
        answer(cloud.status(company), _("Le cloud est quitté. Toutes les données restent ici."))


# -- sync ----------------------------------------------------------------------------------------------------


def _sync_group() -> Group:
    found = framework.group("sync", _("Échanger avec le cloud."))
    timeout = framework.option("--timeout", _("Durée au plus, en secondes."), metavar="S", type=float, default=60.0)
    found.add_command(framework.command("once", _("Envoyer et recevoir jusqu’à être à jour."), _once, [timeout]))
    found.add_command(framework.command("run", _("Échanger en continu, jusqu’à Ctrl+C."), _run))
    found.add_command(refused.group())
    return found


def _once(timeout: float) -> None:
    with current().company() as company:
        report = cloud.sync_once(company, timeout)
        tell_news(company)
        text = _("Envoyés : {pushed}, reçus : {pulled}, en attente : {pending}, conflits : {conflicts}")
        answer(report, text.format(**report))


def tell_news(company: OpenCompany) -> None:
    """What became of documents that waited for their number."""
    for each in central_numbering.take_news(company):
        note(each.text)


def _run() -> None:
    """Until SIGINT or SIGTERM; states go to stderr."""
    ended = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        ended.set()

    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, end)
    with current().company() as company:
        engine = cloud.make_engine(company, lambda state: note(_state_text(state)))
        meter = cloud.UsageMeter(company, engine.remote)
        try:
            with contextlib.suppress(cloud.RemoteError):  # offline: the next start asks again
                cloud.claim_stale_series(company, engine.remote)
            engine.start()
            while not ended.wait(0.5):
                company.db.publish_external()  # what other commands write to the file goes out at once
                tell_news(company)
        finally:
            engine.stop()
            meter.note()
            engine.remote.close()


def _state_text(state: Any) -> str:
    if state.code:
        return UserError(state.code, reason=state.reason, path="").message
    if state.pending:
        return ngettext("{n} modification en attente", "{n} modifications en attente", state.pending).format(
            n=state.pending
        )
    return _("À jour")


def _dump() -> None:
    import json

    with current().company() as company:
        lines = cloud.dump(company)
        answer([json.loads(line) for line in lines] if current().is_json else None, "\n".join(lines))
