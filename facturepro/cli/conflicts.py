"""``conflict``: the journal of values that another one replaced."""

from decimal import Decimal
from typing import Any

from facturepro.cli import framework
from facturepro.cli.framework import Group
from facturepro.cli.output import answer, column, table
from facturepro.cli.session import current
from facturepro.domain.money import plain
from facturepro.i18n import _, ngettext
from facturepro.services import conflicts
from facturepro.services.company import OpenCompany


def register(root: Group) -> None:
    found = framework.group("conflict", _("Valeurs remplacées par une autre : les voir, les rétablir, les garder."))
    is_open = framework.option("--open", _("Seulement ceux qui attendent une décision."), is_flag=True)
    found.add_command(framework.command("list", _("Lister le journal des conflits."), _list, [is_open]))
    for name, text, callback in (
        ("restore", _("Rétablir les valeurs remplacées, toutes ou aucune."), _restore),
        ("keep", _("Garder les valeurs en place : les conflits sont réglés."), _keep),
    ):
        ids = framework.argument("conflict_ids", "ID …", nargs=-1, required=True)
        found.add_command(framework.command(name, text, callback, [ids]))
    text = _("Annuler le second paiement d’une facture encaissée deux fois, par une écriture contraire.")
    found.add_command(framework.command("reverse", text, _reverse, [framework.argument("conflict_id", "ID")]))
    root.add_command(found)


def _list(open: bool) -> None:
    with current().company() as company:
        rows = conflicts.present(company, True if open else None)
        columns = [
            column("Fiche", "record"),
            column("Champ", "field"),
            column("En place", "kept"),
            column("Remplacée", "lost"),
            column("Ordinateur", "lost_device"),
            column("Identifiant", "id"),
        ]
        readable = [{key: _text(value) for key, value in row.items()} for row in rows]
        answer(rows, lambda: table(readable, columns, _("Aucun conflit.")))


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(text for each in value.values() if (text := _text(each)))
    return plain(value) if isinstance(value, Decimal) else "" if value is None else str(value)


def _restore(conflict_ids: tuple[str, ...]) -> None:
    with current().company() as company:
        conflicts.restore_many(company, conflict_ids)
        count = len(conflict_ids)
        _settled(company, conflict_ids, ngettext("Valeur rétablie.", "{n} valeurs rétablies.", count).format(n=count))


def _keep(conflict_ids: tuple[str, ...]) -> None:
    with current().company() as company:
        conflicts.keep(company, conflict_ids)
        count = len(conflict_ids)
        _settled(company, conflict_ids, ngettext("Conflit réglé.", "{n} conflits réglés.", count).format(n=count))


def _reverse(conflict_id: str) -> None:
    with current().company() as company:
        conflicts.reverse_payment(company, conflict_id)
        _settled(company, (conflict_id,), _("Second paiement annulé par une écriture contraire"))


def _settled(company: OpenCompany, conflict_ids: tuple[str, ...], text: str) -> None:
    """One id answers its entry, several an array of entries in the order given."""
    by_id = {row["id"]: row for row in conflicts.present(company)}
    found = [by_id[conflict_id] for conflict_id in conflict_ids]
    answer(found[0] if len(found) == 1 else found, text)
