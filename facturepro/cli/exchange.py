"""``import KIND FILE`` and ``export KIND -o FILE``."""

from pathlib import Path

import click

from facturepro.cli import framework
from facturepro.cli.framework import Group
from facturepro.cli.output import Counter, answer, note
from facturepro.cli.records import is_card
from facturepro.cli.session import current
from facturepro.domain.errors import UserError
from facturepro.i18n import _, ngettext
from facturepro.services import catalog, exchange

ERRORS_SHOWN = 20


def register(root: Group) -> None:
    kind = framework.argument("kind", _("SORTE"))
    cards = ", ".join(f"{entity.kind}s" for entity in catalog.entities() if is_card(entity))
    mapping = click.Option(
        ["--map", "mapping"], multiple=True, metavar="COLONNE=CHAMP", help=_("Colonne du fichier → champ.")
    )
    importing = [
        kind,
        framework.argument("file", "FICHIER"),
        mapping,
        framework.option("--dry-run", _("Dire ce qui serait fait, sans rien écrire."), is_flag=True),
    ]
    exporting = [kind, framework.output_option(_("Fichier .csv ou .xlsx à écrire."), required=True)]
    exporting.append(framework.option("--query", _("Mots cherchés."), default=""))
    text = _("Importer un CSV ou un classeur XLSX ({kinds}). Réimporter ne double rien.")
    root.add_command(framework.command("import", text.format(kinds=cards), _import, importing))
    text = _("Exporter en CSV ou XLSX ({kinds}, invoices, payments, stock_movements).")
    root.add_command(framework.command("export", text.format(kinds=cards), _export, exporting))


def _kind(text: str, cards_only: bool) -> str:
    known = {}
    for entity in catalog.entities():
        if is_card(entity) or (not cards_only and not entity.model.is_internal and not entity.model.is_singleton):
            known[entity.kind] = known[f"{entity.kind}s"] = entity.kind
    wanted = text.lower().replace("-", "_")
    if wanted not in known:
        choices = ", ".join(f"{kind}s" for kind in dict.fromkeys(known.values()))
        raise UserError("value_invalid", text=text, label=_("Sorte"), choices=choices)
    return known[wanted]


def _import(kind: str, file: str, mapping: tuple[str, ...], dry_run: bool) -> None:
    wanted = _kind(kind, cards_only=True)
    chosen = {}
    for word in mapping:
        column, equals, name = word.rpartition("=")
        if not equals:
            raise click.UsageError(_("« {word} » : écrivez colonne=champ.").format(word=word))
        chosen[column] = name
    with current().company() as company:
        result = exchange.import_file(
            company, wanted, Path(file).expanduser(), chosen, dry_run, progress=Counter(_("Lignes importées :"))
        )
        answer(result.present(), lambda: _told(result, dry_run))
    for error in result.errors[:ERRORS_SHOWN]:
        note(_("Ligne {row} : {message}").format(row=error.row, message=error.message))
    more = len(result.errors) - ERRORS_SHOWN
    if more > 0:
        note(ngettext("… et {n} autre erreur.", "… et {n} autres erreurs.", more).format(n=more))


def _told(result: exchange.ImportResult, dry_run: bool) -> str:
    text = _("{created} ajoutés, {updated} modifiés, {unchanged} inchangés, {errors} lignes refusées.")
    told = text.format(
        created=result.created,
        updated=result.updated,
        unchanged=result.unchanged,
        errors=len({e.row for e in result.errors}),
    )
    return _("Essai, rien n’a été écrit : {told}").format(told=told) if dry_run else told


def _export(kind: str, output: str, query: str) -> None:
    wanted = _kind(kind, cards_only=False)
    target = Path(output).expanduser()
    with current().company() as company:
        count = exchange.export_file(company, wanted, target, query, progress=Counter(_("Lignes exportées :")))
    text = ngettext("{n} ligne écrite dans {path}", "{n} lignes écrites dans {path}", count)
    answer({"file": str(target), "rows": count}, text.format(n=count, path=target))
