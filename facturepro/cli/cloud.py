"""``cloud``, ``sync`` and ``dump``: the exchange with the other computers."""

import contextlib
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any, Self

import click

from facturepro.cli import framework, refused
from facturepro.cli.framework import Group
from facturepro.cli.output import Counter, answer, column, note, pairs, table
from facturepro.cli.session import current
from facturepro.domain.errors import UserError
from facturepro.i18n import _, ngettext
from facturepro.i18n.formatting import format_instant, format_number
from facturepro.services import catalog, central_numbering, cloud, quarantine, reconciliation
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
    refresh = framework.option(
        "--refresh", _("Demander la liste au cloud, au lieu de la dernière connue."), is_flag=True
    )
    for name, text, callback, parameters in (
        ("join", _("Relier cette entreprise, ou rejoindre celle du cloud."), _join, join),
        ("status", _("Montrer à quoi l’entreprise est reliée."), _status, []),
        ("devices", _("Lister les ordinateurs de l’entreprise, avec ce qu’ils ont échangé."), _devices, [refresh]),
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
        with closing(cloud.join_new(session.workspace, target, key)) as company:
            _joined({**cloud.status(company), "outcome": "joined"}, cloud.budget(company))
    else:
        with session.company() as company:
            _joined(cloud.join(company, target, key), cloud.budget(company))
    note(_("Pour recevoir et envoyer les fiches : facturepro sync once."))


def _joined(state: Record, spent: cloud.Budget) -> None:
    words = {
        "created": _("L’entreprise « {name} » a été créée dans le cloud."),
        "joined": _("Cet ordinateur a rejoint l’entreprise « {name} » du cloud."),
        "moved": _(
            "L’entreprise est transférée dans ce cloud sous le nom « {name} » : toutes ses fiches y seront envoyées."
        ),
    }
    told = words[state["outcome"]].format(name=state["remote_company"])
    answer(state, lambda: f"{told}\n{_status_text(state, spent)}")


def _status() -> None:
    with current().company() as company:
        state = cloud.status(company)
        spent = cloud.budget(company)
        answer(state, lambda: _status_text(state, spent))


def _status_text(state: Record, spent: cloud.Budget) -> str:
    if not state["joined"]:
        return _("Aucun cloud : les données restent sur cet ordinateur.")
    where = state["host"] or "Firestore"
    shown = [
        (_("Cloud"), f"{where}, {state['project']}"),
        (_("Entreprise"), state["remote_company"]),
        (_("Numérotation"), _(catalog.NUMBERINGS[state["numbering"]])),
        (_("Série"), state["series"]),
        (_("En attente"), str(state["pending"])),
    ]
    warning = _budget_text(spent)
    return pairs([*shown, (_("Quota"), warning)] if warning else shown)


def _budget_text(spent: cloud.Budget) -> str:
    """A warning from 80 % of the day's free quota on; else empty."""
    if spent.level == "ok":
        return ""
    again = f"{cloud.quota_reset(datetime.now(UTC)).astimezone():%H:%M}"
    if spent.level == "over":
        return _(
            "Le quota gratuit du jour est atteint. Rien n’est perdu : tout est gardé ici, et l’échange reprend de lui-même à {time}."
        ).format(time=again)
    return _("{share} % du quota gratuit du jour sont utilisés ; il est remis à zéro à {time}.").format(
        share=round(spent.share * 100), time=again
    )


def _devices(refresh: bool) -> None:
    with current().company() as company:
        rows = cloud.refresh_devices(company) if refresh else cloud.devices(company)
        columns = [
            column("Nom", "name"),
            column("Système", "platform"),
            column("Série", "series"),
            column("Version", "app_version"),
            column("Dernier échange", "last_seen"),
            column("Envoyés", "pushed"),
            column("Reçus", "pulled"),
        ]
        answer(rows, lambda: table([_device_text(row) for row in rows], columns, _("Aucun ordinateur.")))


def _device_text(row: Record) -> dict[str, str]:
    seen = format_instant(datetime.fromisoformat(row["last_seen"])) if row["last_seen"] else ""
    name = _("{name} (cet ordinateur)").format(name=row["name"]) if row["is_this"] else row["name"]
    return {**{key: str(value) for key, value in row.items()}, "last_seen": seen, "name": name}


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
    text = _("Comparer toutes les fiches avec le cloud et réparer ce qui diffère (se fait aussi chaque semaine).")
    found.add_command(framework.command("check", text, _check))
    found.add_command(refused.group())
    return found


def _once(timeout: float) -> None:
    """A reading that is interrupted (SIGINT, SIGTERM, the time) goes on where it ended with the next command."""
    with current().company() as company, _until_a_signal() as ended, _Progress() as progress:
        report = cloud.sync_once(company, timeout, ended.is_set, progress.show)
        report["refused"] = quarantine.count(company)
        tell_news(company)
        text = _("Envoyés : {pushed}, reçus : {pulled}, en attente : {pending}, conflits : {conflicts}").format(
            **report
        )
        if not report["is_complete"]:
            text += "\n" + _("La lecture n’est pas finie ; elle reprendra où elle en est : facturepro sync once.")
        notices = (_refused_text(report["refused"]), _budget_text(cloud.budget(company)))
        answer(report, "\n".join([text, *(each for each in notices if each)]))


def _refused_text(count: int) -> str:
    """The way to what was refused; empty when nothing was."""
    if not count:
        return ""
    text = ngettext(
        "{n} fiche refusée : facturepro sync refused list dit pourquoi et que faire.",
        "{n} fiches refusées : facturepro sync refused list dit pourquoi et que faire.",
        count,
    )
    return text.format(n=count)


def tell_news(company: OpenCompany) -> None:
    """What became of documents that waited for their number."""
    for each in central_numbering.take_news(company):
        note(each.text)


def _check() -> None:
    with current().company() as company, _until_a_signal() as ended:
        report = reconciliation.check(company, Counter(_("Fiches comparées :")), ended.is_set)
        report["refused"] = quarantine.count(company)
        notices = (
            UserError("cloud_update_required").message if report["blocked"] else "",
            _refused_text(report["refused"]),
        )
        answer(report, lambda: "\n".join([_check_text(report), *(each for each in notices if each)]))


def _check_text(report: Record) -> str:
    if not report["is_complete"]:
        return _("La vérification n’est pas finie.")
    lines = [ngettext("{n} fiche comparée.", "{n} fiches comparées.", report["compared"]).format(n=report["compared"])]
    if report["repaired"]:
        text = ngettext("{n} fiche réparée.", "{n} fiches réparées.", report["repaired"])
        lines.append(text.format(n=report["repaired"]))
    if not report["is_clean"]:
        lines.append(_("Il reste des différences qui n’ont pas pu être réparées ; elles sont revues chaque semaine."))
    elif not report["repaired"]:
        lines.append(_("Cet ordinateur et le cloud ont le même contenu."))
    if report["conflicts"]:
        text = ngettext(
            "{n} valeur remplacée est dans le journal des conflits.",
            "{n} valeurs remplacées sont dans le journal des conflits.",
            report["conflicts"],
        )
        lines.append(text.format(n=report["conflicts"]))
    return "\n".join(lines)


def _run() -> None:
    """Until SIGINT or SIGTERM; states go to stderr."""
    with _until_a_signal() as ended, current().company() as company:
        engine = cloud.make_engine(company, lambda state: note(_state_text(state)))
        try:
            engine.start()
            while not ended.wait(0.5):
                tell_news(company)
        finally:
            engine.stop()
            engine.remote.close()


@contextlib.contextmanager
def _until_a_signal() -> Iterator[threading.Event]:
    """An event that SIGINT and SIGTERM set, so that what is under way ends where it can go on."""
    ended = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        ended.set()

    before = {name: signal.signal(name, end) for name in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield ended
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


class _Progress:
    """A line on stderr that grows with a long reading; for people, so not beside JSON."""

    def __init__(self) -> None:
        self._is_shown = False
        self._at = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._is_shown:
            click.echo("", err=True)

    def show(self, done: int, total: int) -> None:
        """Nothing for an exchange that ends at once."""
        if current().is_json or not (done or total) or (time.monotonic() - self._at < 0.5 and done != total):
            return
        self._at, self._is_shown = time.monotonic(), True
        text = _("Lecture : {done} sur {total}") if total else _("Lecture : {done}")
        line = text.format(done=format_number(min(done, total or done)), total=format_number(total))
        click.echo(f"\r{line}", err=True, nl=False)


def _state_text(state: Any) -> str:
    if state.code:
        return UserError(state.code, reason=state.reason, path="").message
    if state.progress is not None:
        done, total = state.progress
        text = _("Lecture : {done} sur {total}") if total else _("Lecture : {done}")
        return text.format(done=format_number(done), total=format_number(total))
    if state.kind == "paused":
        return _("En pause")
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
