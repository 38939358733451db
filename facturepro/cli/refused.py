"""``sync refused``: what the cloud refused of ours or could not be taken of its own, and the ways out."""

import click

from facturepro.cli import framework
from facturepro.cli.framework import Group
from facturepro.cli.output import answer, column, table
from facturepro.cli.session import current
from facturepro.i18n import _
from facturepro.services import quarantine
from facturepro.services.records import Record


def group() -> Group:
    found = framework.group("refused", _("Fiches refusées par le cloud ou ici : les voir, réessayer, abandonner."))
    named = [framework.argument("kind", _("SORTE")), framework.argument("record_id", "ID")]
    optional = [
        framework.argument("kind", _("SORTE"), required=False),
        framework.argument("record_id", "ID", required=False),
    ]
    found.add_command(framework.command("list", _("Lister les fiches refusées et pourquoi."), _list))
    found.add_command(framework.command("retry", _("Réessayer une fiche, ou toutes."), _retry, optional))
    found.add_command(
        framework.command(
            "discard", _("Abandonner la modification d’ici et prendre la version du cloud."), _discard, named
        )
    )
    return found


def _list() -> None:
    with current().company() as company:
        rows = quarantine.list_refused(company)
        answer(rows, lambda: _text(rows))


def _text(rows: list[Record]) -> str:
    columns = [
        column("Sorte", "kind"),
        column("Fiche", "title"),
        column("Identifiant", "record_id"),
        column("Raison", "reason_text"),
    ]
    return table(rows, columns, _("Rien n’a été refusé."))


def _retry(kind: str | None, record_id: str | None) -> None:
    if kind and not record_id:
        raise click.UsageError(_("Donnez la sorte et l’identifiant, ou rien pour réessayer tout."))
    with current().company() as company:
        if kind and record_id:
            quarantine.retry(company, kind, record_id)
        else:
            quarantine.retry_all(company)
        answer(quarantine.list_refused(company), _("Un nouvel essai aura lieu au prochain échange."))


def _discard(kind: str, record_id: str) -> None:
    with current().company() as company:
        quarantine.discard(company, kind, record_id)
        answer(
            quarantine.list_refused(company),
            _("La modification est abandonnée ; elle reste parmi les conflits à revoir."),
        )
