"""``cloud`` and ``dump``: where the company is shared, and what its computers have in common."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click

from facturepro.cli import framework
from facturepro.cli.framework import Group
from facturepro.cli.output import answer, column, note, pairs, table
from facturepro.cli.session import current
from facturepro.i18n import _
from facturepro.i18n.formatting import format_instant
from facturepro.services import catalog, cloud
from facturepro.services.records import Record


def register(root: Group) -> None:
    root.add_command(_cloud_group())
    text = _(
        "Écrire toutes les fiches synchronisées en JSON canonique ; deux ordinateurs à jour donnent le même texte."
    )
    root.add_command(framework.command("dump", text, _dump))


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
    if state["paused"]:
        shown.append((_("Échange"), _("En pause")))
    warning = budget_text(spent)
    return pairs([*shown, (_("Quota"), warning)] if warning else shown)


def budget_text(spent: cloud.Budget) -> str:
    """A warning from 80 % of the day's free quota on; else empty."""
    if spent.level == "ok":
        return ""
    again = f"{cloud.quota_reset(datetime.now(UTC)).astimezone():%H:%M}"
    if spent.level == "over":
        return _(
            "Le quota gratuit est dépassé. Sans facturation chez Google, l’échange reprend à {time} ; rien n’est perdu."
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


def _dump() -> None:
    import json

    with current().company() as company:
        lines = cloud.dump(company)
        answer([json.loads(line) for line in lines] if current().is_json else None, "\n".join(lines))
