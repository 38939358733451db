"""The whole command line, and what its exit status says: 0 done, 1 refused, 2 wrong usage, 3 bug."""

import contextlib
import errno
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Any

import click
from click import exceptions

from facturepro import i18n
from facturepro.cli import (
    backups,
    checks,
    cloud,
    companies,
    conflicts,
    demo,
    exchange,
    invoices,
    payments,
    records,
    stock,
    sync,
)
from facturepro.cli.framework import Group, usage_message
from facturepro.cli.output import json_text
from facturepro.cli.session import Host, Session
from facturepro.domain.errors import UserError
from facturepro.i18n import _

DONE, REFUSED, WRONG_USAGE, BUG, INTERRUPTED = 0, 1, 2, 3, 130
Extension = Callable[[Group], None]


def build(extend: Extension | None = None) -> Group:
    """The root command. ``extend`` adds what only the composition root knows (the window)."""
    root = Group(
        "facturepro",
        help=_("Facturation hors ligne d’abord. Sans commande, ouvre la fenêtre."),
        epilog=_("État de sortie : 0 fait, 1 refusé, 2 mauvais usage, 3 défaut du programme."),
        no_args_is_help=True,
    )
    for module in (
        companies,
        records,
        stock,
        invoices,
        payments,
        exchange,
        backups,
        cloud,
        sync,
        conflicts,
        demo,
        checks,
    ):
        module.register(root)
    if extend is not None:
        extend(root)
    return root


def run(arguments: Sequence[str], host: Host, extend: Extension | None = None) -> int:
    """Carry out one command line and answer its exit status. Never raises."""
    session = Session(host, is_json="--json" in arguments, is_verbose="--verbose" in arguments)
    host.route_logs(lambda: session.folder, session.is_verbose)
    with i18n.plain_text() if session.is_json else contextlib.nullcontext():
        return _answered(arguments, session, extend)


def _answered(arguments: Sequence[str], session: Session, extend: Extension | None) -> int:
    try:
        return _carry_out(build(extend), list(arguments), session)
    except UserError as error:
        return _refused(session, error)
    except exceptions.Abort:
        return INTERRUPTED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of stdout has left (head, less): nothing is wrong with what was done.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except click.ClickException as error:
        return _wrong_usage(session, error)
    except OSError as error:
        return _refused(session, _told_apart(error))
    except Exception as error:  # noqa: BLE001  the last resort: what is no UserError is a bug, logged with its traceback
        return _bug(session, error)


def _carry_out(root: Group, arguments: list[str], session: Session) -> int:
    try:
        with root.make_context("facturepro", arguments, obj=session) as context:
            status = root.invoke(context)
    except exceptions.Exit as finished:  # --help
        return int(finished.exit_code)
    return status if isinstance(status, int) else DONE


def _refused(session: Session, error: UserError) -> int:
    _tell(session, error.code, error.message, error.params)
    session.host.log("refused", code=error.code, folder=session.folder)
    return REFUSED


def _wrong_usage(session: Session, error: click.ClickException) -> int:
    if isinstance(error, exceptions.NoArgsIsHelpError):
        click.echo(error.format_message(), err=True)
        if session.is_json:
            click.echo(json_text({"error": _error("usage", _("Commande incomplète."), {})}))
        return WRONG_USAGE
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "facturepro"
    if context is not None:
        click.echo(context.get_usage(), err=True)
    _tell(session, "usage", usage_message(error), {})
    click.echo(_("Aide : {command} --help").format(command=path), err=True)
    return WRONG_USAGE


def _bug(session: Session, error: BaseException) -> int:
    session.host.log_failure("bug", error=error, folder=session.folder)
    if session.is_verbose:
        traceback.print_exception(error)
    message = _("Défaut du programme ({kind}). Vos données sont intactes ; le journal est dans {folder}.").format(
        kind=type(error).__name__, folder=session.folder / "logs"
    )
    _tell(session, "bug", message, {"type": type(error).__name__})
    return BUG


def _told_apart(error: OSError) -> UserError:
    """What the operating system refuses is for a person to mend."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return UserError("disk_full")
    path = str(error.filename or "")
    if error.errno == errno.ENOENT:
        return UserError("file_missing", path=path)
    return UserError("file_unwritable", path=path, reason=error.strerror or str(error))


def _error(code: str, message: str, details: dict[str, Any]) -> dict[str, Any]:
    return {"code": code, "message": message, "details": {key: str(value) for key, value in details.items()}}


def _tell(session: Session, code: str, message: str, details: dict[str, Any]) -> None:
    click.echo(message, err=True)
    if session.is_json:
        click.echo(json_text({"error": _error(code, message, details)}))
