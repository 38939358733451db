"""Options made from the declared fields, and values back from them."""

from collections.abc import Iterable, Mapping
from typing import Any

import click

from facturepro.cli import framework
from facturepro.domain.errors import UserError
from facturepro.i18n import _
from facturepro.services import records
from facturepro.services.catalog import EntityType, Field
from facturepro.services.company import OpenCompany

_METAVARS = {
    "money": "MONTANT",
    "unit_price": "MONTANT",
    "quantity": "NOMBRE",
    "rate": "TAUX",
    "date": "DATE",
    "bool": "OUI/NON",
    "integer": "NOMBRE",
    "reference": "ID",
}


def editable(entity: EntityType) -> tuple[Field, ...]:
    """What a person may give: the fields of the form."""
    return tuple(field for field in entity.synchronised if field.spec.in_form and field.spec.type != "instant")


def settable(entity: EntityType) -> dict[str, Field]:
    """What ``set`` may change, by option and by column name: the form, and switches such as ``is_archived``."""
    fields = [*editable(entity), *(field for field in entity.synchronised if field.spec.type == "bool")]
    return {field.option: field for field in fields} | {field.name: field for field in fields}


def flag(field: Field) -> str:
    return "--" + field.option.replace("_", "-")


def options(entity: EntityType) -> list[click.Parameter]:
    return [_option(field) for field in editable(entity)]


def _option(field: Field) -> click.Parameter:
    spec = field.spec
    metavar = _METAVARS.get(spec.type, "TEXTE")
    help_text = _(spec.label)
    if spec.choices:
        metavar = "|".join(spec.choices)
        help_text += " (" + ", ".join(_(label) for label in spec.choices.values()) + ")"
    return framework.option(flag(field), help_text + ".", metavar=metavar, required=spec.is_required)


def given(entity: EntityType, values: Mapping[str, Any]) -> dict[str, Any]:
    """By column name, what stood on the line."""
    found = {}
    for field in editable(entity):
        value = values.get(flag(field)[2:].replace("-", "_"))
        if value is not None:
            found[field.name] = value
    return found


def assignments(entity: EntityType, words: Iterable[str]) -> dict[str, str]:
    """``field=value`` words by column name.

    Raises:
        UserError: a field that does not exist. click.UsageError: a word without ``=``.
    """
    known = settable(entity)
    found: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise click.UsageError(_("« {word} » : écrivez champ=valeur.").format(word=word))
        name = name.strip().removeprefix("--").replace("-", "_")
        if name not in known:
            fields = ", ".join(dict.fromkeys(field.option for field in known.values()))
            raise UserError("field_unknown", field=name, kind=_(entity.model.label), fields=fields)
        found[known[name].name] = value
    return found


def resolved(company: OpenCompany, entity: EntityType, values: Mapping[str, Any]) -> dict[str, Any]:
    """References given as a number, SKU or exact name become ids."""
    answer = dict(values)
    for field in entity.fields:
        if field.spec.type == "reference" and answer.get(field.name):
            answer[field.name] = records.find(company, field.spec.reference, str(answer[field.name]))["id"]
    return answer
