"""Click, in French, with the global options before and after any sub-command."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click
from click import exceptions

from facturepro.i18n import N_, _

_TITLES = {
    "Options": N_("Options"),
    "Commands": N_("Commandes"),
    "Positional arguments": N_("Arguments"),
}


GLOBAL_FLAGS = ("--json", "--verbose", "--data-dir", "--company", "--help")
_CLICKS_OWN = ("Got unexpected", "Missing command", "No such")


class FrenchFormatter(click.HelpFormatter):
    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, _("Usage :") + " ")

    @contextmanager
    def section(self, name: str) -> Iterator[None]:
        with super().section(_(_TITLES[name]) if name in _TITLES else name):
            yield


class FrenchContext(click.Context):
    formatter_class = FrenchFormatter


class Option(click.Option):
    """An option whose help says what it is; Click's own remarks would be in English."""

    def get_help_extra(self, ctx: click.Context) -> Any:
        return {}

    def process_value(self, ctx: click.Context, value: Any) -> Any:
        if value in GLOBAL_FLAGS:  # "--name --json": the value was forgotten
            raise click.BadOptionUsage(self.opts[0], "", ctx)
        return super().process_value(ctx, value)


class GlobalOption(Option):
    """Kept in the session wherever it stands in the line; the last one counts."""

    def __init__(self, attribute: str, *declarations: str, help: str, **details: Any) -> None:
        def remember(ctx: click.Context, _parameter: click.Parameter, value: Any) -> None:
            if value not in (None, False):
                setattr(ctx.find_root().obj, attribute, value)

        super().__init__(
            [*declarations, f"global_{attribute}"], expose_value=False, callback=remember, help=help, **details
        )


def global_options() -> list[click.Parameter]:
    return [
        GlobalOption("data_dir", "--data-dir", metavar="DOSSIER", help=_("Dossier des données de FacturePro.")),
        GlobalOption("company_name", "--company", metavar="NOM_OU_ID", help=_("Entreprise, si ce n’est la dernière.")),
        GlobalOption("is_json", "--json", is_flag=True, help=_("Répondre par une seule valeur JSON.")),
        GlobalOption("is_verbose", "--verbose", is_flag=True, help=_("Dire plus sur stderr en cas de panne.")),
    ]


class _Local(click.Command):
    context_class = FrenchContext

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        own = super().get_params(ctx)
        help_option = self.get_help_option(ctx)
        at = own.index(help_option) if help_option in own else len(own)
        return [*own[:at], *global_options(), *own[at:]]

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = _("Montrer cette aide.")
        return option

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        own: list[tuple[str, str]] = []
        common: list[tuple[str, str]] = []
        asks_help = self.get_help_option(ctx)
        for parameter in self.get_params(ctx):
            record = None if isinstance(parameter, click.Argument) else parameter.get_help_record(ctx)
            if record is not None:
                (common if isinstance(parameter, GlobalOption) or parameter is asks_help else own).append(record)
        for title, records in ((_("Options"), own), (_("Options générales"), common)):
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)


class Command(_Local):
    """A leaf of the command line."""

    def __init__(self, name: str, **details: Any) -> None:
        super().__init__(name, options_metavar="[OPTIONS]", **details)


class Group(_Local, click.Group):
    command_class = Command

    def __init__(self, name: str, **details: Any) -> None:
        super().__init__(name, subcommand_metavar=_("COMMANDE …"), **details)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        _Local.format_options(self, ctx, formatter)
        self.format_commands(ctx, formatter)


def group(name: str, help: str) -> Group:
    return Group(name, help=help, no_args_is_help=True)


def option(name: str, help: str, *, metavar: str = "TEXTE", required: bool = False, **details: Any) -> Option:
    """An option that is plain text unless ``details`` say otherwise."""
    shown = _("{help} Obligatoire.").format(help=help) if required else help
    if details.get("is_flag"):
        return Option([name], help=shown, required=required, **details)
    return Option([name], help=shown, metavar=metavar, required=required, **details)


def output_option(help: str = "", required: bool = False) -> Option:
    text = help or _("Fichier à écrire.")
    shown = _("{help} Obligatoire.").format(help=text) if required else text
    return Option(["-o", "--output"], metavar="FICHIER", required=required, help=shown)


def argument(name: str, metavar: str, **details: Any) -> click.Argument:
    return click.Argument([name], metavar=metavar, **details)


def command(name: str, help: str, callback: Callable[..., Any], parameters: Sequence[click.Parameter] = ()) -> Command:
    return Command(name, help=help, callback=callback, params=list(parameters))


def usage_message(error: click.ClickException) -> str:
    """What is wrong with the line, in French."""
    if isinstance(error, exceptions.NoSuchOption):
        return _("L’option {name} n’existe pas ici.").format(name=error.option_name)
    if isinstance(error, exceptions.NoSuchCommand):
        return _("La commande « {name} » n’existe pas.").format(name=error.command_name)
    if isinstance(error, exceptions.MissingParameter):
        parameter = error.param
        if isinstance(parameter, click.Option):
            return _("Il manque l’option {name}.").format(name=parameter.opts[0])
        name = parameter.metavar or parameter.name if isinstance(parameter, click.Argument) else error.param_hint
        return _("Il manque {name}.").format(name=name)
    if isinstance(error, exceptions.BadParameter):
        name = error.param.opts[0] if isinstance(error.param, click.Option) else error.param_hint or ""
        return _("La valeur de {name} ne convient pas.").format(name=name)
    if isinstance(error, exceptions.BadOptionUsage):
        return _("L’option {name} est mal employée : il lui manque une valeur, ou elle n’en prend pas.").format(
            name=error.option_name
        )
    if error.message.startswith(_CLICKS_OWN):
        return _("Commande incomplète ou mots en trop.")
    return error.message
