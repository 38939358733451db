"""``demo``: example data in the chosen company."""

import click

from facturepro.cli import framework
from facturepro.cli.framework import Group
from facturepro.cli.output import Counter, answer
from facturepro.cli.session import current
from facturepro.i18n import _
from facturepro.services import demo


def register(root: Group) -> None:
    def count(name: str, text: str, default: int) -> click.Parameter:
        return framework.option(name, text, metavar="NOMBRE", type=click.IntRange(0, 10_000), default=default)

    options = [
        count("--clients", _("Nombre de clients."), demo.CLIENTS),
        count("--products", _("Nombre de produits."), demo.PRODUCTS),
        count("--invoices", _("Nombre de factures."), demo.INVOICES),
        framework.option(
            "--seed", _("Graine : la même donne les mêmes données."), metavar="NOMBRE", type=int, default=demo.SEED
        ),
    ]
    text = _("Remplir l’entreprise de données plausibles, les mêmes pour la même graine.")
    root.add_command(framework.command("demo", text, _demo, options))


def _demo(clients: int, products: int, invoices: int, seed: int) -> None:
    with current().company() as company:
        made = demo.fill(company, clients, products, invoices, seed, Counter(_("Factures d’exemple :")))
    text = _("{clients} clients, {products} produits, {invoices} factures émises, {drafts} brouillons.")
    answer(made, text.format(**made))
