"""``backup create | list | restore``."""

from datetime import datetime
from pathlib import Path
from typing import Any

from facturepro.cli import framework
from facturepro.cli.framework import Group
from facturepro.cli.output import Counter, answer, column, note, table
from facturepro.cli.session import current
from facturepro.i18n import _
from facturepro.i18n.formatting import format_number
from facturepro.services import backups


def register(root: Group) -> None:
    found = framework.group("backup", _("Sauvegardes : base, papiers et empreintes en un fichier."))
    output = framework.output_option(_("Fichier à écrire ; sinon dans le dossier de l’entreprise."))
    file = framework.argument("file", "FICHIER")
    for name, text, callback, parameters in (
        ("create", _("Sauvegarder l’entreprise."), _create, [output]),
        ("list", _("Lister les sauvegardes de l’entreprise."), _list, []),
        ("restore", _("Restaurer ; l’entreprise remplacée est gardée de côté."), _restore, [file]),
    ):
        found.add_command(framework.command(name, text, callback, parameters))
    root.add_command(found)


def _size(row: Any) -> str:
    return _("{size} Ko").format(size=format_number(max(1, row["size"] // 1024)))


def _local(text: str) -> str:
    return f"{datetime.fromisoformat(text).astimezone():%d/%m/%Y %H:%M}"


def _create(output: str | None) -> None:
    with current().company() as company:
        target = Path(output).expanduser() if output else None
        made = backups.create(company, target, Counter(_("Fichiers sauvegardés :")))
    answer(made, _("Sauvegarde écrite : {file} ({size})").format(file=made["file"], size=_size(made)))


def _list() -> None:
    with current().company() as company:
        rows = backups.list_backups(company)
    made: Any = (_("Faite le"), lambda row: _local(row["created_at"]), "<")
    columns: list[Any] = [made, (_("Taille"), _size, ">"), column("Fichier", "file")]
    answer(rows, lambda: table(rows, columns, _("Aucune sauvegarde.")))


def _restore(file: str) -> None:
    restored = backups.restore(current().workspace, Path(file).expanduser(), Counter(_("Fichiers restaurés :")))
    text = _("« {name} » est restaurée. Elle émettra dans la série {series}.")
    answer(restored, text.format(name=restored["name"], series=restored["series"]))
    if restored["replaced"]:
        note(_("L’état précédent est gardé dans {folder}").format(folder=restored["replaced"]))
