"""The same verbs for every kind that people keep as cards: made from the declarations, no kind is named here."""

from collections.abc import Callable
from typing import Any

import click

from facturepro.cli import fields, framework
from facturepro.cli.framework import Group
from facturepro.cli.listing import all_rows, limit_option, listed
from facturepro.cli.output import Column, answer, pairs, readable, table
from facturepro.cli.session import current
from facturepro.i18n import _
from facturepro.services import catalog, records
from facturepro.services.catalog import EntityType, Field
from facturepro.services.records import Record


def register(root: Group) -> None:
    for entity in catalog.entities():
        if is_card(entity):
            root.add_command(verbs(entity))


def is_card(entity: EntityType) -> bool:
    """Kinds with a life of their own commands (invoices, payments, movements) are left to their modules."""
    model = entity.model
    return not (model.is_append_only or model.is_singleton or model.is_internal or entity.lines)


def verbs(entity: EntityType) -> Group:
    name = entity.kind.replace("_", "-")
    label, plural = _(entity.model.label), _(entity.model.label_plural)
    found = framework.group(name, _("{plural} : ajouter, lister, voir, modifier, supprimer.").format(plural=plural))
    identity = framework.argument("reference", "ID")
    makers: list[tuple[str, str, Callable[..., Any], list[click.Parameter]]] = [
        ("add", _("Ajouter : {label}."), _add(entity), fields.options(entity)),
        ("list", _("Lister : {label}."), _list(entity), [_query_option(), limit_option()]),
        ("show", _("Voir : {label} (identifiant, référence ou nom exact)."), _show(entity), [identity]),
        ("set", _("Modifier : {label}. Écrivez champ=valeur."), _set(entity), [identity, _assignments()]),
        ("delete", _("Mettre à la corbeille : {label}."), _delete(entity), [identity]),
        ("restore", _("Reprendre de la corbeille : {label}."), _restore(entity), [identity]),
    ]
    for verb, text, callback, parameters in makers:
        found.add_command(framework.command(verb, text.format(label=label.lower()), callback, parameters))
    return found


def _query_option() -> click.Parameter:
    return framework.option("--query", _("Mots cherchés, commencés ou entiers."))


def _assignments() -> click.Parameter:
    return framework.argument("words", _("CHAMP=VALEUR"), nargs=-1, required=True)


def _tell(entity: EntityType, record: Record) -> None:
    presented = records.present(entity.kind, record)
    if record["deleted_at"]:  # found by its id in the bin: a script must be able to tell
        presented |= {"deleted": True}
    answer(presented, lambda: card(entity, record))


def card(entity: EntityType, record: Record) -> str:
    entries = [(_("Identifiant"), record["id"])]
    for field in entity.fields:
        if field.name != "deleted_at" and field.spec.maximum_length <= 4000:
            entries.append((_(field.spec.label), readable(field.spec, record[field.name])))
    return pairs(entries)


def _add(entity: EntityType) -> Callable[..., None]:
    def add(**values: Any) -> None:
        with current().company() as company:
            given = fields.resolved(company, entity, fields.given(entity, values))
            _tell(entity, records.create(company, entity.kind, given))

    return add


def _list(entity: EntityType) -> Callable[..., None]:
    def list_(query: str | None, limit: int | None) -> None:
        with current().company() as company:
            rows = all_rows(lambda after, size: records.page(company, _wanted(entity, query), after, size), limit)
            shown = [field for field in entity.fields if field.spec.in_list]
            columns = [*(_column(field) for field in shown), (_("Identifiant"), lambda row: row["id"], "<")]
            listed(
                rows,
                [records.present(entity.kind, row) for row in rows],
                lambda part: table(part, columns, _("Rien à montrer.")),
            )

    return list_


def _wanted(entity: EntityType, query: str | None) -> Any:
    return records.ListQuery(entity.kind, text=query or "")


def _column(field: Field) -> Column:
    side = ">" if field.spec.type in ("money", "unit_price", "quantity", "rate", "integer") else "<"
    return (_(field.spec.label), lambda row: readable(field.spec, row[field.name]), side)


def _show(entity: EntityType) -> Callable[..., None]:
    def show(reference: str) -> None:
        with current().company() as company:
            _tell(entity, records.find(company, entity.kind, reference))

    return show


def _set(entity: EntityType) -> Callable[..., None]:
    def set_(reference: str, words: tuple[str, ...]) -> None:
        with current().company() as company:
            values = fields.resolved(company, entity, fields.assignments(entity, words))
            found = records.find(company, entity.kind, reference)
            _tell(entity, records.update(company, entity.kind, found["id"], values))

    return set_


def _delete(entity: EntityType) -> Callable[..., None]:
    def delete(reference: str) -> None:
        with current().company() as company:
            found = records.find(company, entity.kind, reference)
            records.delete(company, entity.kind, found["id"])
            shown = _("« {name} » est dans la corbeille pour 30 jours.")
            answer(
                records.present(entity.kind, found) | {"deleted": True},
                shown.format(name=records.title(entity.kind, found)),
            )

    return delete


def _restore(entity: EntityType) -> Callable[..., None]:
    def restore(reference: str) -> None:
        with current().company() as company:
            _tell(entity, records.restore(company, entity.kind, reference))

    return restore
