"""``company create | list | show | set``."""

from collections.abc import Mapping
from typing import Any

from facturepro.cli import fields, framework
from facturepro.cli.framework import Group
from facturepro.cli.output import answer, column, pairs, readable, table
from facturepro.cli.session import current
from facturepro.i18n import _
from facturepro.services import catalog, cloud, records
from facturepro.services import company as companies
from facturepro.services.company import OpenCompany


def register(root: Group) -> None:
    entity = catalog.entity("company")
    found = framework.group("company", _("Entreprises de cet ordinateur, une base chacune."))
    found.add_command(framework.command("create", _("Créer une entreprise."), _create, fields.options(entity)))
    found.add_command(framework.command("list", _("Lister les entreprises."), _list))
    found.add_command(framework.command("show", _("Voir l’entreprise choisie."), _show))
    words = framework.argument("words", _("CHAMP=VALEUR"), nargs=-1, required=True)
    found.add_command(framework.command("set", _("Modifier l’entreprise. Écrivez champ=valeur."), _set, [words]))
    root.add_command(found)


def _create(**values: Any) -> None:
    company = current().workspace.create(fields.given(catalog.entity("company"), values))
    try:
        _tell(company, companies.settings(company))
    finally:
        company.close()


def _list() -> None:
    rows = current().workspace.companies()
    columns = [column("Entreprise", "name"), column("Identifiant", "id"), column("Dossier", "folder")]
    answer(rows, lambda: table(rows, columns, _("Aucune entreprise ici.")))


def _show() -> None:
    with current().company() as company:
        _tell(company, companies.settings(company))


def _set(words: tuple[str, ...]) -> None:
    with current().company() as company:
        values = fields.assignments(catalog.entity("company"), words)
        mode = values.pop("numbering", None)
        if mode is not None:
            cloud.choose_numbering(company, str(mode))
        _tell(company, companies.update_settings(company, values) if values else companies.settings(company))


def _tell(company: OpenCompany, record: Mapping[str, Any]) -> None:
    presented = records.present("company", dict(record)) | {"id": company.id, "folder": str(company.folder)}
    answer(presented, lambda: _card(company, record))


def _card(company: OpenCompany, record: Mapping[str, Any]) -> str:
    entries = [(_("Identifiant"), company.id), (_("Dossier"), str(company.folder))]
    shown = [field for field in catalog.entity("company").fields if field.spec.in_form]
    return pairs(entries + [(_(field.spec.label), readable(field.spec, record[field.name])) for field in shown])
